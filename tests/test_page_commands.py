"""What people do on the page: choose, start, stop and mute by touch, keys and hands; the page as an app on a phone."""

import json
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser import LOST_MS, SUMMARY, Open, Scripted, live, mode, shows_picture, speak
from tests.waiting import until

RunKiosk = Callable[..., AbstractContextManager[Any]]


def sent(daemon: Scripted, *commands: tuple[str, dict[str, Any]]) -> None:
    until(lambda: len(daemon.commands) >= len(commands), what=f"{commands} is sent")
    assert daemon.commands == list(commands)
    daemon.commands.clear()


def test_an_exercise_is_chosen_with_the_keyboard_alone(daemon: Scripted, visit: Open) -> None:
    page = visit(daemon.url).page
    mode(page, "exercising")
    page.keyboard.press("e")
    tiles = page.locator("#tiles button")
    expect(tiles).to_have_text(["Squat", "Plank", "Sit-up"])
    expect(tiles.nth(0)).to_be_focused()
    expect(tiles.nth(0)).to_have_attribute("aria-current", "true")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("End")
    expect(tiles.nth(2)).to_be_focused()
    page.keyboard.press("ArrowLeft")
    expect(tiles.nth(1)).to_be_focused()
    for _ in range(8):  # the keyboard can't leave the dialog for the page behind it
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.closest('main') === null")
    tiles.nth(1).focus()
    page.keyboard.press("Enter")
    sent(daemon, ("/api/exercise", {"name": "plank"}))
    expect(page.locator("#picker")).to_be_hidden()
    page.keyboard.press("e")
    expect(page.locator("#picker")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#picker")).to_be_hidden()
    assert daemon.commands == []


def test_keys_do_what_the_buttons_do(daemon: Scripted, visit: Open) -> None:
    page = visit(daemon.url).page
    mode(page, "exercising")
    page.keyboard.press("Space")
    sent(daemon, ("/api/workout", {"running": False}))
    page.click("#run")
    sent(daemon, ("/api/workout", {"running": False}))
    page.evaluate("document.activeElement.blur()")
    daemon.say(workout={"running": False})
    expect(page.locator("#run-text")).to_have_text("Start")
    page.keyboard.press("Space")
    sent(daemon, ("/api/workout", {"running": True}))
    page.keyboard.press("ArrowRight")
    sent(daemon, ("/api/exercise", {"name": "plank"}))
    page.keyboard.press("ArrowLeft")  # from the first, round to the last
    sent(daemon, ("/api/exercise", {"name": "sit_up"}))
    page.keyboard.press("l")
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")
    expect(page.locator("#run-text")).to_have_text("开始")
    page.keyboard.press("Control+m")  # the browser's own
    page.keyboard.press("m")
    sent(daemon, ("/api/voice", {"muted": True}))


def test_on_a_touch_screen_a_tile_is_tapped_and_a_refusal_says_why(daemon: Scripted, visit: Open) -> None:
    page = visit(daemon.url, "phone", has_touch=True, is_mobile=True).page
    mode(page, "exercising")
    speak(page, "zh")
    page.tap("#choose")
    tile = page.locator("#tiles button", has_text="平板支撑")
    box = tile.bounding_box()
    assert box and box["height"] >= 48
    daemon.refusal = (404, json.dumps({"error": "no such exercise: 'plank'", "hint": "did you mean 'planck'?"}))
    with page.expect_request("**/api/exercise") as asked:
        tile.tap()
    assert asked.value.headers["accept-language"] == "zh-Hans", "the kiosk is told in which language to refuse"
    toast = page.locator("#toast")
    expect(toast).to_have_text("no such exercise: 'plank' - did you mean 'planck'?")
    assert (
        page.evaluate("""() => {
      const { x, y, width, height } = document.getElementById("toast").getBoundingClientRect();
      return document.elementFromPoint(x + width / 2, y + height / 2).id;
    }""")
        == "toast"
    ), "the reason lies behind the dialog"
    expect(page.locator("#picker")).to_be_visible()
    daemon.refusal = None
    tile.tap()
    expect(page.locator("#picker")).to_be_hidden()
    page.tap("#more")
    assert [link.get_attribute("href") for link in page.locator("#menu a").all()] == ["/photo", "/editor"]


def test_a_name_is_picked_for_the_visit_shown_and_taken_back(daemon: Scripted, visit: Open) -> None:
    page = visit(daemon.url).page
    mode(page, "exercising")
    expect(page.locator("#person")).to_be_hidden()
    daemon.say(visit={"id": "a-1", "person": None})
    page.click("#person")
    expect(page.locator("#who-name")).to_be_focused()
    expect(page.locator("#who-why")).to_contain_text("For this visit only.")
    daemon.say(visit=None)  # who goes to the screen may have left the picture
    page.keyboard.type(" le m 7 ")  # letters that are keys of the page, too
    page.keyboard.press("Enter")
    sent(daemon, ("/api/visit", {"person": "le m 7", "visit": "a-1"}))
    expect(page.locator("#who")).to_be_hidden()
    daemon.say(visit={"id": "a-1", "person": "le m 7"})
    expect(page.locator("#person-name")).to_have_text("le m 7")
    expect(page.locator("#person")).to_have_attribute("aria-label", "le m 7: change the name")
    page.click("#person")
    expect(page.locator("#who-name")).to_have_value("le m 7")
    daemon.refusal = (409, json.dumps({"error": "nobody is in front of the camera", "hint": "step in front of it"}))
    page.click("#who-nobody")
    expect(page.locator("#toast")).to_have_text("nobody is in front of the camera - step in front of it")
    expect(page.locator("#who")).to_be_visible()
    daemon.refusal = None
    daemon.commands.clear()
    page.click("#who-nobody")
    sent(daemon, ("/api/visit", {"person": None, "visit": "a-1"}))
    daemon.say(visit=None)
    expect(page.locator("#person")).to_be_hidden()


def test_a_command_to_a_daemon_that_is_gone_says_so(daemon: Scripted, visit: Open) -> None:
    page = visit(daemon.url).page
    mode(page, "exercising")
    daemon.stop()
    page.click("#run")
    expect(page.locator("#toast")).to_have_text(re.compile("does not answer"))
    daemon.start()


def test_the_sound_button_mutes_the_box_at_the_box_and_the_phone_on_a_phone(daemon: Scripted, visit: Open) -> None:
    page = visit(daemon.url).page
    mode(page, "exercising")
    button = page.locator("#sound")
    expect(button).to_have_attribute("aria-pressed", "true")
    daemon.say(voice={"muted": True})
    expect(button).to_have_attribute("aria-pressed", "false")
    expect(page.locator("#sound-icon")).to_have_attribute("href", "#icon-silent")
    button.click()
    sent(daemon, ("/api/voice", {"muted": False}))
    reason = {"en": "No loudspeaker answers", "zh": "扬声器没有响应"}
    daemon.say(voice={"available": False, "muted": False, "reason": reason})
    expect(page.locator("#voice-reason")).to_have_text("No loudspeaker answers")
    expect(button).to_have_attribute("aria-pressed", "false")

    elsewhere = daemon.url.replace("127.0.0.1", "kiosk.localhost")
    phone = visit(elsewhere, "phone", has_touch=True, is_mobile=True).page
    mode(phone, "exercising")
    phone.evaluate("HTMLMediaElement.prototype.play = async () => {}")
    expect(phone.locator("#sound")).to_have_attribute("aria-pressed", "false")
    phone.tap("#sound")
    expect(phone.locator("#sound")).to_have_attribute("aria-pressed", "true")
    assert daemon.commands == []


def test_a_hand_that_is_kept_up_fills_a_ring_that_says_what_it_does(daemon: Scripted, visit: Open) -> None:
    page = visit(daemon.url).page
    mode(page, "exercising")
    text, ring = page.locator("#gesture-text"), page.locator("#gesture-ring")
    expect(page.locator("#gesture")).to_be_hidden()
    for gesture, running, words in (
        ({"kind": "toggle", "share": 0.25}, True, "Keep your hand up: pause"),
        ({"kind": "toggle", "share": 0.5}, False, "Keep your hand up: go on"),
        ({"kind": "next", "share": 0.75}, False, "Both hands: next exercise"),
    ):
        daemon.say(gesture=gesture, workout={"running": running})
        expect(text).to_have_text(words)
        assert ring.evaluate("(ring) => ring.style.getPropertyValue('--share')") == str(gesture["share"])
    icon = page.locator("#gesture-icon")
    expect(icon).to_have_attribute("href", "#icon-next")
    expect(page.locator("#notice-detail")).to_have_text("Raise one hand to go on")
    daemon.say(gesture=None, gestures=False)
    expect(page.locator("#gesture")).to_be_hidden()
    expect(page.locator("#notice-detail")).to_have_text("Press start to go on")
    daemon.say(person=False, workout={"running": True})
    mode(page, "nobody")
    expect(page.locator("#notice-hint")).to_be_hidden()
    daemon.say(gestures=True)
    expect(page.locator("#notice-hint")).to_be_visible()


def test_a_set_begins_with_a_countdown_and_ends_with_a_summary(daemon: Scripted, visit: Open) -> None:
    page = visit(daemon.url).page
    number = page.locator("#countdown-number")
    for starts_in_s, shown in ((2.9, "3"), (1.2, "2"), (0.1, "1")):
        daemon.say(workout={"starts_in_s": starts_in_s})
        expect(number).to_have_text(shown)
    daemon.say(workout={"starts_in_s": None})
    expect(page.locator("#countdown")).to_be_hidden()
    daemon.say(workout={"summary": SUMMARY})
    card = page.locator("#summary")
    expect(card).to_contain_text("Set 1 of 3 done")
    expect(page.locator("#summary-count")).to_have_text("10")
    expect(page.locator("#summary-tempo dd")).to_have_text("out 1.9 s · back 1.2 s")
    expect(page.locator("#summary-best dd")).to_have_text("Knee 84°")
    expect(page.locator("#summary-even .dots")).to_have_attribute("aria-label", "4 of 5")
    bare = {**SUMMARY, "held_s": 40.4, "partials": 0, "out_s": None, "back_s": None, "evenness": None, "best": None}
    daemon.say(workout={"summary": {**bare, "sets": None}})
    expect(card).to_contain_text("Set 1 done")
    expect(page.locator("#summary-count")).to_have_text("40")
    expect(page.locator("#summary dl")).to_have_text("", use_inner_text=True)
    daemon.say(workout={"summary": None})
    mode(page, "exercising")
    expect(card).to_be_hidden()


def test_the_code_for_phones_is_shown_with_lan_access_only(daemon: Scripted, visit: Open) -> None:
    visited = visit(daemon.url)
    code = visited.page.locator("#qr")
    mode(visited.page, "exercising")
    expect(code).to_be_hidden()
    assert not [address for address in visited.addresses if "qr" in address]
    daemon.say(lan=True)
    expect(code).to_be_visible()
    box = code.bounding_box()
    assert box and box["width"] >= 120


def test_a_stream_that_stands_still_is_opened_again(daemon: Scripted, visit: Open) -> None:
    page = visit(daemon.url).page
    until(lambda: shows_picture(page), what="the picture")
    assert daemon.streams_opened == 1
    daemon.frozen = True
    until(lambda: daemon.streams_opened == 2, within_s=15, what="the stream is opened again")


def test_who_may_no_longer_look_is_asked_for_the_pin(daemon: Scripted, visit: Open) -> None:
    page = visit(daemon.url, "phone").page
    mode(page, "exercising")
    with page.expect_navigation():
        daemon.refused = True
    daemon.refused = False  # as when the PIN has been typed
    mode(page, "exercising")


def test_the_screen_of_a_phone_stays_on_while_somebody_exercises(daemon: Scripted, visit: Open) -> None:
    page = visit(daemon.url, "phone", has_touch=True).page
    page.add_init_script("""
      window.locks = 0;
      Object.defineProperty(navigator, "wakeLock", {value: {request: async () => {
        locks += 1;
        return {released: false, release() { locks -= 1; }};
      }}});
    """)
    page.reload()

    def locks(count: int) -> None:
        until(lambda: page.evaluate("locks") == count, what=f"{count} locks")

    mode(page, "exercising")
    locks(1)
    daemon.say(workout={"running": False})
    locks(0)


def installability_errors(page: Page) -> list[str]:
    session = page.context.new_cdp_session(page)
    found = session.send("Page.getInstallabilityErrors")["installabilityErrors"]
    # A private window, which every test's is, installs nothing.
    return [error["errorId"] for error in found if error["errorId"] != "in-incognito"]


def test_the_page_is_an_app_and_an_unreachable_box_is_said_so(run_kiosk: RunKiosk, visit: Open) -> None:
    with run_kiosk("--camera", "demo:squat") as kiosk:
        port = kiosk.port
        visited = visit(kiosk.url, "phone")
        page = visited.page
        live(page)
        assert installability_errors(page) == []
        page.evaluate("navigator.serviceWorker.ready.then(() => {})")
        until(lambda: page.evaluate("navigator.serviceWorker.controller !== null"), what="the worker stands by")
        kept = page.evaluate("""async () => {
          const keys = await (await caches.open((await caches.keys())[0])).keys();
          return keys.map((request) => new URL(request.url).pathname);
        }""")
        assert not [path for path in kept if not path.startswith("/static/") and path != "/words.json"]
        kiosk.kill()
        page.reload()
        expect(page.locator("h1")).to_have_text("The box is not reachable", timeout=LOST_MS)
    with run_kiosk("--camera", "demo:squat", "--port", str(port)):
        live(page)
        until(lambda: shows_picture(page), what="the picture after the restart")
