"""A kiosk in the network as strangers meet it: the running daemon, real sockets, and the PIN page in Chromium."""

import re
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from kiosk.pins import PinFile
from kiosk.web.guard import FOR_STRANGERS
from tests.browser import SCREENS, SIDEWAYS, Open
from tests.conftest import MODELS, RunningKiosk, running_kiosk
from tests.doors import STAFF, VIEWING, Caller, stranger
from tests.test_routes import ROUTES, fill
from tests.waiting import until

RIGHT_MS = 10_000  # a PIN is checked in a third of a second of one core that others want too


@pytest.fixture(scope="module")
def kiosk(model_bundle: object, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningKiosk]:
    """A kiosk that serves the network, with both PINs; its log is in its state folder. Without a camera it is quick."""
    state = tmp_path_factory.mktemp("state")
    (state / "models").symlink_to(MODELS)
    PinFile(state).set("staff", STAFF)
    PinFile(state).set("viewing", VIEWING)
    with running_kiosk(state, "--camera", "v4l2:/dev/video99", "--host", "0.0.0.0", state=state) as kiosk:
        yield kiosk


@pytest.fixture
def outside(kiosk: RunningKiosk) -> Caller:
    """Somebody on the network who knows no PIN yet."""
    return stranger(kiosk.port)


def url(caller: Caller, target: str) -> str:
    return f"http://{caller.host}:{caller.port}{target}"


@pytest.mark.parametrize(("method", "path"), [route for route in ROUTES if route[1] not in FOR_STRANGERS])
def test_every_route_is_refused_to_a_stranger(outside: Caller, method: str, path: str) -> None:
    for name in ("squat", "main.js"):
        answer = outside.ask("GET" if method == "*" else method, fill(path, name))
        assert (answer.status, answer.json["pin"]) == (401, "viewing")


def test_what_strangers_are_refused_is_most_of_what_there_is() -> None:
    refused = {path for _, path in ROUTES if path not in FOR_STRANGERS}
    assert {"/", "/stream.mjpg", "/snapshot.jpg", "/events", "/api/state", "/healthz", "/words.json"} <= refused
    assert {"/static/{name}", "/photo", "/detect", "/editor"} <= refused


def test_the_box_itself_needs_no_pin_and_says_that_others_may_come(kiosk: RunningKiosk) -> None:
    state = Caller(kiosk.port).get("/api/state")
    assert (state.status, state.json["lan"]) == (200, True)
    log = kiosk.log.read_text()
    assert f"The kiosk's page: http://127.0.0.1:{kiosk.port}/" in log
    assert re.search(rf"for phones and other screens, with the viewing PIN: http://\S+:{kiosk.port}/", log)


def keypad(page: Page, digits: str) -> None:
    for digit in digits:
        page.click(f"[data-digit='{digit}']")


def come(visit: Open, outside: Caller, target: str, screen: str, **options: Any) -> Page:
    page: Page = visit(url(outside, target), screen, extra_http_headers=outside.always, **options).page
    expect(page.locator("#form")).to_be_visible()
    return page


def test_on_a_phone_the_keypad_opens_the_page_that_was_asked_for(visit: Open, outside: Caller) -> None:
    phone = {"has_touch": True, "is_mobile": True, "reduced_motion": "reduce"}  # without motion the card does not shake
    page = come(visit, outside, "/editor#plank", "phone", locale="en-GB", **phone)
    expect(page.get_by_role("heading", name="Viewing PIN", exact=True)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    expect(page.locator("#pin")).not_to_be_focused()  # the system's keyboard would cover the keypad
    heights = page.eval_on_selector_all("button", "all => all.map(one => one.getBoundingClientRect().height)")
    assert len(heights) == 14 and min(heights) >= 48
    keypad(page, "135799")
    page.click("#delete")
    expect(page.locator("#pin")).to_have_value("13579")
    before = page.locator("#enter").bounding_box()
    page.click("#enter")
    expect(page.locator("#message")).to_have_text(re.compile("Wrong PIN"), timeout=RIGHT_MS)
    expect(page.locator("#message")).to_have_role("alert")
    expect(page.locator("#form")).to_have_class(re.compile("wrong"))
    expect(page.locator("#pin")).to_have_value("")
    assert page.locator("#enter").bounding_box() == before, "no key moves under a finger"
    keypad(page, VIEWING)
    page.click("#enter")
    expect(page).to_have_url(url(outside, "/editor#plank"), timeout=RIGHT_MS)


def test_at_a_desk_the_keyboard_is_enough_and_both_languages_are_there(visit: Open, outside: Caller) -> None:
    page = come(visit, outside, "/pin?role=staff&next=/photo", "small wall", locale="zh-CN")
    expect(page.get_by_role("heading", name="员工密码", exact=True)).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")
    expect(page.get_by_role("textbox", name="员工密码")).to_be_focused()
    page.keyboard.type("1111")
    page.keyboard.press("Enter")
    expect(page.locator("#message")).to_have_text(re.compile("密码错误"), timeout=RIGHT_MS)
    page.click("[data-language=en]")
    expect(page.get_by_role("heading", name="Staff PIN", exact=True)).to_be_visible()
    expect(page.locator("#message")).to_have_text(re.compile("Wrong PIN"))
    page.keyboard.type(STAFF)  # the button has the focus: digits count all the same
    page.locator("#pin").press("Enter")
    expect(page).to_have_url(url(outside, "/photo"), timeout=RIGHT_MS)
    outside.cookies = {cookie["name"]: cookie["value"] for cookie in page.context.cookies()}
    assert outside.get("/api/pin").json["staff"] is True
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("button", name="Sign out")).to_be_hidden()
    assert outside.get("/api/pin").json["staff"] is False
    assert outside.get("/photo").status == 200, "whoever was staff goes on watching"


def test_signing_in_leads_nowhere_else(visit: Open, outside: Caller) -> None:
    outside.sign_in(VIEWING)
    visited = visit(url(outside, "/static/icon.svg"), "phone", extra_http_headers=outside.always)
    page = visited.page
    page.context.add_cookies(
        [{"name": name, "value": value, "url": url(outside, "/")} for name, value in outside.cookies.items()]
    )
    page.route(url(outside, "/"), lambda route: route.fulfill(body="the kiosk's page"))
    for target in ("//evil.example/", "https://evil.example/", "/\\evil.example", "javascript:alert(1)", "/pin"):
        page.goto(url(outside, f"/pin?next={quote(target)}"), wait_until="commit")
        expect(page.locator("body")).to_have_text("the kiosk's page")
        assert page.url == url(outside, "/"), target
    assert all(address.startswith(url(outside, "/")) for address in visited.addresses)


def test_it_fits_every_screen_and_says_how_long_to_wait(visit: Open, outside: Caller) -> None:
    page = come(visit, outside, "/", "wall", locale="en-GB")
    for width, height in (*SCREENS.values(), SIDEWAYS["phone on its side"]):
        page.set_viewport_size({"width": width, "height": height})
        card = page.locator("#form").bounding_box()
        assert card and card["x"] >= 0 and card["x"] + card["width"] <= width and card["y"] + card["height"] <= height
    page.route(
        "**/api/pin",
        lambda route: route.fulfill(status=429, headers={"Retry-After": "2"}, json={"error": "", "hint": ""}),
    )
    page.keyboard.type("9999")
    page.evaluate(
        """() => {
          window.seen = [];
          const [message, enter, left] = ["message-text", "enter", "left"].map((id) => document.getElementById(id));
          const note = () => seen.push([message.textContent, enter.disabled, left.textContent]);
          new MutationObserver(note).observe(document.getElementById("form"), {
            subtree: true, childList: true, characterData: true, attributes: true,
          });
        }"""
    )
    begun_s = time.monotonic()
    page.keyboard.press("Enter")
    until(lambda: page.evaluate("seen.length > 0 && !seen.at(-1)[1]"), "the wait is over")
    assert time.monotonic() - begun_s >= 2.0
    waits = [(left, disabled) for text, disabled, left in page.evaluate("seen") if "wait 2 s" in text]
    assert [left for left in dict.fromkeys(waits) if left[1]] == [("2", True), ("1", True)]
    expect(page.locator("#enter")).to_be_enabled()
    expect(page.locator("#message")).to_be_hidden()


def test_a_new_pin_sends_a_watching_phone_to_the_pin_page(visit: Open, outside: Caller, kiosk: RunningKiosk) -> None:
    page = come(visit, outside, "/", "phone", locale="en-GB")
    keypad(page, VIEWING)
    page.click("#enter")
    expect(page.locator("body")).to_have_attribute("data-mode", "no-video", timeout=20_000)
    PinFile(kiosk.log.parent).set("viewing", "9753")
    try:
        expect(page).to_have_url(re.compile(r"/pin\?next="), timeout=20_000)
        expect(page.locator("#form")).to_be_visible()
    finally:
        PinFile(kiosk.log.parent).set("viewing", VIEWING)
