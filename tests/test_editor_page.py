"""The editor in a real Chromium: a wrong and a right file, two editors at once, drafts, undo, keys, phone, Chinese."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Dialog, Locator, Page, expect

from tests.browser import SCREENS
from tests.editor_site import PIN, SQUAT, Site, editor_site
from tests.poses import figure, squats
from tests.waiting import until

REFUSED = ("401 (Unauthorized)", "404 (Not Found)", "412 (Precondition Failed)", "422 (Unprocessable Entity)")
SEEN_MS = 20_000


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with editor_site(tmp_path_factory.mktemp("editor")) as served:
        yield served


class Editing:
    """A browser of its own with the editor open; `faults` are what its console complains of."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.context = context
        self.url = url
        self.faults: list[str] = []
        self.page = self.opened()

    def opened(self) -> Page:
        page = self.context.new_page()
        page.on("console", lambda said: self.faults.append(said.text) if said.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.goto(f"{self.url}/editor#squat")
        expect(page.locator("#text")).to_be_editable(timeout=SEEN_MS)
        return page

    def text(self) -> str:
        return self.page.locator("#text").input_value()

    def put_caret(self, before: str, length: int = 0) -> None:
        self.page.locator("#text").evaluate(
            """(text, [before, length]) => {
              text.focus();
              const at = text.value.indexOf(before);
              text.setSelectionRange(at, at + length);
            }""",
            [before, length],
        )

    def change(self, old: str, new: str) -> None:
        """Select a part of the text and type another."""
        assert old in self.text()
        self.put_caret(old, len(old))
        self.page.keyboard.insert_text(new)

    def save(self) -> None:
        self.page.click("#save")
        dialog = self.page.locator("#pin-input")
        expect(self.page.locator("#status[data-level=good]").or_(dialog).first).to_be_visible(timeout=SEEN_MS)
        if dialog.is_visible():
            dialog.fill(PIN)
            self.page.keyboard.press("Enter")
        self.status("good")

    def comes_back(self) -> None:
        """The person returns to this window: it looks at once whether somebody else saved, and else after a while."""
        self.page.evaluate("dispatchEvent(new Event('focus'))")

    def status(self, level: str) -> None:
        expect(self.page.locator("#status")).to_have_attribute("data-level", level, timeout=SEEN_MS)

    def notice(self) -> Locator:
        return self.page.locator("#notices")

    def ends(self) -> None:
        unexpected = [fault for fault in self.faults if not any(status in fault for status in REFUSED)]
        assert unexpected == []


Edit = Callable[..., Editing]


@pytest.fixture
def edit(browser: Browser, site: Site) -> Iterator[Edit]:
    """Open the editor on the squat as it is shipped."""
    site.file().write_text(SQUAT, encoding="utf-8")
    opened: list[Editing] = []

    def go(screen: str = "wall", **options: Any) -> Editing:
        width, height = SCREENS[screen]
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        opened.append(Editing(context, site.url))
        return opened[-1]

    yield go
    for editing in opened:
        editing.context.close()
        editing.ends()


def test_a_mistake_is_marked_as_it_is_typed_and_cannot_be_saved_until_it_is_right(edit: Edit, site: Site) -> None:
    editing = edit()
    page = editing.page
    editing.status("good")
    editing.change("when: knee < 90", "when: kneee < 90")
    editing.status("danger")
    line = SQUAT[: SQUAT.index("when: knee < 90")].count("\n") + 1
    expect(page.locator("#gutter .wrong")).to_have_text(str(line))
    expect(page.locator("#colours .mistake")).to_have_text("kneee")
    mistake = page.get_by_role("button", name="unknown measure 'kneee' - did you mean 'knee'?")
    expect(mistake).to_contain_text(f"Line {line}")
    expect(page.locator("#panel-changes ins")).to_contain_text("kneee < 90")
    expect(page.locator("#panel-changes del")).to_contain_text("knee < 90")

    page.evaluate("document.getElementById('code').scrollTop = 0")
    mistake.click()
    assert page.locator("#text").evaluate("text => text.value.slice(text.selectionStart)").startswith("kneee < 90")
    marked, area = page.locator("#gutter .wrong").bounding_box(), page.locator("#code").bounding_box()
    assert marked and area and area["y"] <= marked["y"] <= area["y"] + area["height"] - marked["height"]

    page.click("#save")
    page.fill("#pin-input", "9999")
    page.keyboard.press("Enter")
    expect(page.locator("dialog[open] .message")).to_be_visible(timeout=SEEN_MS)
    page.fill("#pin-input", PIN)
    page.keyboard.press("Enter")
    expect(page.locator("#pin-input")).to_have_count(0, timeout=SEEN_MS)
    expect(page.locator("#save")).to_be_enabled()
    assert site.file().read_text(encoding="utf-8") == SQUAT

    editing.change("kneee < 90", "knee < 85")
    editing.status("caution")
    expect(page.locator("#gutter .wrong")).to_have_count(0)
    editing.save()
    assert site.file().read_text(encoding="utf-8") == SQUAT.replace("when: knee < 90", "when: knee < 85")
    expect(page.locator("#panel-changes")).to_have_text("Nothing differs from the saved text.")
    expect(page.locator("#save")).to_be_disabled()
    editing.faults = [fault for fault in editing.faults if "403" not in fault]


def test_two_editors_at_once_lose_nothing(edit: Edit, site: Site) -> None:
    anna, ben, clara = edit(), edit(), edit("small wall")
    ben.change("level: info", "level: caution")
    anna.change("for_s: 0.2", "for_s: 0.4")
    anna.save()
    ben.comes_back()
    clara.comes_back()
    expect(clara.notice()).to_contain_text("this is the newest text", timeout=SEEN_MS)
    assert clara.text() == SQUAT.replace("for_s: 0.2", "for_s: 0.4")

    expect(ben.notice()).to_contain_text("Somebody else has saved", timeout=SEEN_MS)
    assert "level: caution" in ben.text()
    ben.page.get_by_role("button", name="See their changes").click()
    expect(ben.page.locator("#panel-changes ins")).to_contain_text(["for_s: 0.4", "level: caution"])
    ben.page.get_by_role("button", name="Take theirs").click()
    assert ben.text() == site.file().read_text(encoding="utf-8")
    ben.page.get_by_role("button", name="Bring it back").click()
    assert ben.text() == SQUAT.replace("level: info", "level: caution")

    clara.change("max_s: 10", "max_s: 12")
    site.file().write_text(SQUAT.replace("min_s: 0.6", "min_s: 0.5"), encoding="utf-8")
    clara.page.click("#save")
    clara.page.fill("#pin-input", PIN)
    clara.page.keyboard.press("Enter")
    clara.page.get_by_role("button", name="Save mine on top").click(timeout=SEEN_MS)
    clara.status("good")
    assert "max_s: 12" in site.file().read_text(encoding="utf-8")
    clara.page.click("#tab-versions")
    expect(clara.page.locator("#versions li").first).to_contain_text("saved here")
    by_hand = clara.page.get_by_role("button", name="changed by hand").first
    by_hand.click()
    expect(clara.page.locator("#version ins")).to_contain_text(["min_s: 0.5"])
    clara.page.get_by_role("button", name="Bring this version back").click()
    assert clara.text() == SQUAT.replace("min_s: 0.6", "min_s: 0.5")
    clara.status("caution")
    clara.save()
    assert site.file().read_text(encoding="utf-8") == SQUAT.replace("min_s: 0.6", "min_s: 0.5")


def test_an_unsaved_text_outlives_the_page_and_leaving_it_is_asked_about(edit: Edit, site: Site) -> None:
    editing = edit()
    editing.change("en: Squat", "en: Knee bend")
    asked: list[str] = []

    def accept(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    editing.page.on("dialog", accept)
    editing.page.reload()
    assert asked == ["beforeunload"]
    expect(editing.notice()).to_contain_text("your unsaved text of last time", timeout=SEEN_MS)
    assert editing.text() == SQUAT.replace("en: Squat", "en: Knee bend")
    expect(editing.page.locator("#files [data-name=squat]")).to_contain_text("Not saved")
    site.file().write_text(SQUAT.replace("max_s: 10", "max_s: 11"), encoding="utf-8")
    editing.page.reload()
    expect(editing.notice()).to_contain_text("Somebody else has saved", timeout=SEEN_MS)
    assert "Knee bend" in editing.text()
    editing.page.get_by_role("button", name="Discard changes").click()
    editing.status("good")
    assert editing.text() == site.file().read_text(encoding="utf-8")
    expect(editing.notice()).to_contain_text("Your text of before is kept")
    editing.page.reload()
    editing.status("good")
    assert asked == ["beforeunload"] * 2
    assert editing.text() == site.file().read_text(encoding="utf-8")


def test_the_keyboard_indents_leaves_undoes_and_saves(edit: Edit, site: Site) -> None:
    editing = edit()
    page, keys = editing.page, editing.page.keyboard
    editing.put_caret("measure: bend")
    keys.press("Tab")
    assert "reps:\n    measure: bend" in editing.text()
    keys.press("Control+z")
    assert editing.text() == SQUAT
    editing.put_caret("\nmeasures:\n")
    keys.press("ArrowDown")
    keys.press("End")
    keys.press("Enter")
    keys.type("waist: {angle: [knee, hip, shoulder]}")
    keys.press("Enter")
    keys.type("# mine")
    assert "measures:\n  waist: {angle: [knee, hip, shoulder]}\n  # mine\n  bend:" in editing.text()
    editing.put_caret("  waist", len("  waist: {angle: [knee, hip, shoulder]}\n  # mine"))
    keys.press("Tab")
    assert "\n    waist" in editing.text() and "\n    # mine" in editing.text()
    keys.press("Shift+Tab")
    assert "\n  waist" in editing.text() and "\n  # mine" in editing.text()
    editing.put_caret("id: shallow")
    keys.press("End")
    keys.press("Enter")
    keys.type("view: any")
    assert "  - id: shallow\n    view: any\n    at: rep" in editing.text()
    keys.press("Escape")
    keys.press("Tab")
    assert page.evaluate("document.activeElement.id") != "text"
    keys.press("Shift+Tab")
    assert page.evaluate("document.activeElement.id") == "text"
    keys.press("Escape")
    keys.press("Shift+Tab")
    assert page.evaluate("document.activeElement.id") != "text"
    keys.press("Control+s")
    page.fill("#pin-input", PIN)
    keys.press("Enter")
    editing.status("good")
    assert site.file().read_text(encoding="utf-8") == editing.text()
    # What is seen is the <pre>: it must hold the same text on the same lines, whatever was painted again.
    assert page.locator("#colours").evaluate("pre => pre.textContent") == editing.text() + "\n"
    tab = page.get_by_role("tab", name="Changes")
    tab.focus()
    keys.press("ArrowLeft")
    expect(page.get_by_role("tab", name="Help")).to_be_focused()
    expect(page.get_by_role("tabpanel")).to_contain_text("The angle at the middle point")


# Where each letter of the <pre> and of the text area lies can't be asked of a text area; its size can.
SAME_MEASURES = """() => {
  const [pre, text] = [document.getElementById("colours"), document.getElementById("text")];
  const names = ["fontFamily", "fontSize", "lineHeight", "letterSpacing", "tabSize", "paddingLeft", "paddingTop"];
  const of = (element) => names.map((name) => getComputedStyle(element)[name]).join();
  const parts = [pre, ...pre.querySelectorAll("span span")].map((part) => getComputedStyle(part).fontFamily);
  return of(pre) === of(text) && new Set(parts).size === 1
    && text.scrollWidth <= text.clientWidth && text.scrollHeight <= text.clientHeight;
}"""
OVERHANG = """() => [...document.querySelectorAll("body *")].filter((element) => {
  if (!element.checkVisibility({visibilityProperty: true}) || element.closest("#code, .heard, .icon")) return false;
  const box = element.getBoundingClientRect();
  return box.left < -1 || box.right > innerWidth + 1 || element.scrollWidth > element.clientWidth + 1
    && getComputedStyle(element).display !== "inline" && !element.matches("input");
}).map((element) => `${element.tagName}#${element.id}.${element.className}`)"""
SMALL_TARGETS = """() => [...document.querySelectorAll("button, a, input")].filter((element) => {
  const box = element.getBoundingClientRect();
  return element.checkVisibility() && (box.height < 48 || box.width < 48);
}).map((element) => element.outerHTML)"""


@pytest.mark.parametrize("screen", ["small wall", "phone"])
def test_every_panel_fits_the_screen_in_both_languages(edit: Edit, site: Site, screen: str) -> None:
    knee = squats(5, lowest=80)
    site.moments[:] = [(t / 10, figure(t / 10, knee=knee(t / 10), past_toe=0.1)) for t in range(180)]
    editing = edit(screen)
    page = editing.page
    editing.change('end: "< 110"', 'end: "< 70"')
    editing.change("knee_past_toe > 0", "knee_past_toes > 0 and a_very_long_name_of_a_measure_that_is_not_there > 0")
    editing.status("danger")
    for language, lang in (("zh", "zh-Hans"), ("en", "en")):
        page.click(f"[data-language={language}]")
        expect(page.locator("html")).to_have_attribute("lang", lang)
        for tab in page.get_by_role("tab").all():
            tab.click()
            assert page.evaluate(OVERHANG) == [], (language, tab.inner_text())
            assert page.evaluate(SMALL_TARGETS) == []
        assert page.evaluate(SAME_MEASURES)
    if screen == "phone":
        page.click("#files-toggle")
        expect(page.locator("#files [data-name=squat]")).to_be_visible()
        assert page.evaluate(OVERHANG) == []
    editing.change("knee_past_toes > 0 and a_very_long_name_of_a_measure_that_is_not_there > 0", "knee_past_toe > 0")
    editing.status("caution")
    page.get_by_role("tab", name="Try it").click()
    page.get_by_role("button", name="Run the last minute").click()
    row = page.locator("#trial tr")
    expect(row.filter(has_text="Repetitions")).to_have_text("Repetitions50", timeout=SEEN_MS)
    expect(row.filter(has_text="Partial")).to_have_text("Partial05")
    expect(row.filter(has_text="knee_load")).to_have_text("knee_load55")
    expect(page.locator("#trial p")).to_contain_text("Run on the last 18 s.")
    assert page.evaluate(OVERHANG) == []


def test_a_new_exercise_is_saved_beside_the_one_it_was_made_from(edit: Edit, site: Site) -> None:
    editing = edit()
    page = editing.page
    editing.change("en: Squat", "en: Deep squat")
    page.click("#save-as")
    page.fill("#new-name", "squat")
    page.keyboard.press("Enter")
    page.fill("#pin-input", PIN)
    page.keyboard.press("Enter")
    expect(page.locator("#naming .message")).to_have_text("There is an exercise of that name already: choose another")
    page.fill("#new-name", "deep_squat")
    page.keyboard.press("Enter")
    expect(page.locator("#file-name")).to_have_text("deep_squat.yaml", timeout=SEEN_MS)
    editing.status("good")
    made = SQUAT.replace("name: squat", "name: deep_squat").replace("en: Squat", "en: Deep squat")
    assert site.file("deep_squat").read_text(encoding="utf-8") == made
    assert site.file().read_text(encoding="utf-8") == SQUAT
    page.locator("#files [data-name=squat]").click()
    expect(page.locator("#file-name")).to_have_text("squat.yaml")
    assert "Deep squat" in editing.text(), "the draft of the other exercise is still there"
    (site.folder / "torn.yaml").write_text("name: [", encoding="utf-8")
    torn = page.locator("#files [data-name=torn]")
    until(lambda: site.ask("GET", "/api/exercises")[1]["wrong"] == ["torn"], what="the kiosk has seen the wrong file")
    editing.comes_back()
    expect(torn).to_contain_text("mistakes", timeout=SEEN_MS)
    torn.click()
    expect(page.locator("#mistakes-list li")).to_have_count(1, timeout=SEEN_MS)
    site.file("torn").unlink()
    editing.comes_back()
    expect(editing.notice()).to_contain_text("The file was removed", timeout=SEEN_MS)
    site.file("deep_squat").unlink()
