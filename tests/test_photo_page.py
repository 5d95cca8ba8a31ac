"""The photo page in a real Chromium with the real kiosk: choose, drop, paste; progress, angles, copying, refusals."""

import base64
import json

import pytest
from playwright.sync_api import Page, expect

from kiosk.landmarks import INDEX
from kiosk.words import words
from tests.browser import Open
from tests.conftest import RunningKiosk
from tests.photos import drawn, encoded, iso_media, truth

PHOTO = encoded(drawn(1280, 960), quality=92)
PATIENCE_MS = 60_000  # the process beside the kiosk starts, and gives way to all else

# Hands a file over by an event, as a browser does when somebody drops or pastes it.
HAND_OVER = """([how, name, type, data]) => {
  const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
  const carried = new DataTransfer();
  carried.items.add(new File([bytes], name, {type}));
  const stage = document.querySelector(".stage");
  if (how === "paste") {
    stage.dispatchEvent(new ClipboardEvent("paste", {bubbles: true, clipboardData: carried}));
    return;
  }
  for (const step of ["dragover", "drop"]) {
    stage.dispatchEvent(new DragEvent(step, {bubbles: true, cancelable: true, dataTransfer: carried}));
  }
}"""

DROP_LARGE = """() => {
  const carried = new DataTransfer();
  carried.items.add(new File([new Uint8Array(15_000_001)], "large.png", {type: "image/png"}));
  document.body.dispatchEvent(new DragEvent("drop", {bubbles: true, cancelable: true, dataTransfer: carried}));
}"""

# What the page's text says while it works.
WATCH_PROGRESS = """() => {
  window.said = [];
  const text = document.getElementById("progress-text");
  new MutationObserver(() => said.push(text.textContent)).observe(text, {childList: true});
}"""

OVERHANG = """() => [...document.querySelectorAll("main *")].filter((element) => {
  if (!element.checkVisibility({visibilityProperty: true}) || element.matches(".heard, textarea, svg *")) return false;
  const box = element.getBoundingClientRect();
  return box.left < -1 || box.right > innerWidth + 1;
}).map((element) => `${element.tagName}#${element.id}.${element.className}`)"""


def mode(page: Page, expected: str) -> None:
    expect(page.locator("body")).to_have_attribute("data-mode", expected, timeout=PATIENCE_MS)


def hand_over(page: Page, how: str, name: str, kind: str, data: bytes) -> None:
    page.evaluate(HAND_OVER, [how, name, kind, base64.b64encode(data).decode()])


def test_a_chosen_picture_is_uploaded_analysed_and_shown(own_kiosk: RunningKiosk, visit: Open) -> None:
    visited = visit(own_kiosk.url + "photo", "small wall", permissions=["clipboard-read", "clipboard-write"])
    page = visited.page
    expect(page.locator("h1")).to_have_text("Photo analysis")
    expect(page.locator(".private")).to_have_text(words()["photo_private"]["en"])
    expect(page.locator("#angles")).to_be_hidden()
    page.evaluate(WATCH_PROGRESS)
    page.context.new_cdp_session(page).send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 200_000},
    )
    page.set_input_files("#file", {"name": "squat.jpg", "mimeType": "image/jpeg", "buffer": PHOTO})
    expect(page.locator("#progress")).to_be_visible()
    mode(page, "done")
    said = [text for text in page.evaluate("said") if text]
    assert said[0] == "Uploading… 0 %"
    assert any(text not in (said[0], said[-1]) for text in said), "the upload was not followed"
    assert said[-1] == "Analysing…"
    expect(page.locator("#progress")).to_be_hidden()
    assert page.locator("#annotated").evaluate("(image) => [image.naturalWidth, image.naturalHeight]") == [1280, 960]

    expected = truth(1280, 960)
    expect(page.locator("#joints tr")).to_have_count(6)
    knee = page.locator("#joints tr", has_text="Knee").locator("td").nth(1).inner_text()
    assert float(knee.removesuffix("°")) == pytest.approx(expected.angles_deg["knee"], abs=10)
    expect(page.locator("#joints .unseen").first).to_contain_text("not seen")

    page.click("#points summary")
    page.click("#copy")
    expect(page.locator("#copied")).to_have_text("Copied")
    points = json.loads(page.evaluate("navigator.clipboard.readText()"))
    assert len(points) == 33
    assert points[INDEX["right_knee"]]["x"] * 1280 == pytest.approx(expected.points["right_knee"][0], abs=30)
    page.evaluate("""() => {
      navigator.clipboard.writeText = () => Promise.reject(new Error("over plain HTTP"));
      document.execCommand = (command) => (window.copied = [command, getSelection().toString()]);
    }""")
    page.click("#copy")
    command, selected = page.evaluate("copied")
    assert (command, json.loads(selected)) == ("copy", points)

    expect(page.locator("#warnings")).to_be_empty()
    page.select_option("#exercise", label="Squat")
    warning = page.locator("#warnings .message")
    expect(warning).to_have_attribute("data-level", "danger", timeout=PATIENCE_MS)
    expect(warning.locator("use")).to_have_attribute("href", "#icon-danger")
    expect(warning).to_have_text("DangerYour back is leaning too far: lift your chest")
    page.click("[data-language=zh]")
    expect(warning).to_have_text("危险腰椎受力异常，请挺胸")
    expect(page.locator("#exercise option:checked")).to_have_text("深蹲")
    expect(page.locator("#joints th").first).to_have_text("肩")
    page.click("#measures summary")
    expect(page.locator("#measures-rows tr", has_text="knee_past_toe").locator("td")).to_contain_text("shin")
    assert visited.faults == []
    assert [address for address in visited.addresses if not address.startswith((own_kiosk.url, "data:"))] == []


def test_refusals_are_sentences_in_the_language_of_the_page(own_kiosk: RunningKiosk, visit: Open) -> None:
    page = visit(own_kiosk.url + "photo").page
    page.click("[data-language=zh]")
    hand_over(page, "drop", "IMG_1.HEIC", "image/heic", iso_media(b"heic"))
    mode(page, "failed")
    expect(page.locator("#failure-error")).to_have_text("不支持 HEIC 图片")
    expect(page.locator("#failure")).to_have_attribute("role", "alert")
    expect(page.locator("#again")).to_be_hidden()
    page.click("[data-language=en]")
    expect(page.locator("#failure-error")).to_have_text("HEIC pictures can't be read here")
    expect(page.locator("#failure-hint")).to_contain_text("Most Compatible")

    hand_over(page, "paste", "note.jpg", "image/jpeg", b"a text")
    expect(page.locator("#failure-error")).to_have_text(words()["photo_kind"]["en"], timeout=PATIENCE_MS)
    page.evaluate(DROP_LARGE)
    expect(page.locator("#failure-error")).to_have_text("The picture is larger than 15 MB")

    page.context.set_offline(True)
    hand_over(page, "drop", "squat.jpg", "image/jpeg", PHOTO)
    expect(page.locator("#failure-error")).to_have_text(words()["kiosk_silent"]["en"])
    page.context.set_offline(False)
    page.click("#again")
    mode(page, "done")
    expect(page.locator("#failure")).to_be_hidden()


def test_a_phone_takes_a_photo_and_everything_fits(own_kiosk: RunningKiosk, visit: Open) -> None:
    visited = visit(own_kiosk.url + "photo", "phone", has_touch=True, is_mobile=True)
    page = visited.page
    camera = page.locator("#camera")
    expect(page.locator("label", has=camera)).to_be_visible()
    expect(camera).to_have_attribute("capture", "environment")
    # An iPhone turns its HEIC into JPEG where this list has no HEIC.
    assert {field.get_attribute("accept") for field in page.locator("input[type=file]").all()} == {
        "image/jpeg,image/png,image/webp"
    }
    assert page.evaluate(OVERHANG) == []
    page.select_option("#exercise", "squat")
    page.set_input_files("#camera", {"name": "image.jpg", "mimeType": "image/jpeg", "buffer": PHOTO})
    mode(page, "done")
    expect(page.locator("label", has=camera)).to_be_visible()
    for details in ("#measures", "#points"):
        page.click(f"{details} summary")
    for language in ("en", "zh"):
        page.click(f"[data-language={language}]")
        assert page.evaluate(OVERHANG) == [], language
        for target in page.locator("button:visible, label.button:visible, select:visible, summary:visible").all():
            box = target.bounding_box()
            assert box, target
            assert box["height"] >= 47.5, target
    assert visited.faults == []
