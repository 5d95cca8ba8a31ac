"""Sound on a phone: the real page in Chromium, with its rules for when a page may make a sound."""

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import expect

from kiosk.sound.waveform import RATE_HZ, tick, to_wav
from kiosk.words import words
from tests.browser import Open, Scripted, Visit

# Notes each sound that begins and each buzz, and keeps the page's sound elements where a test finds them.
SPY = """
window.log = [];
window.buzzes = [];
window.elements = [];
const RealAudio = window.Audio;
window.Audio = function () {
  const element = new RealAudio();
  element.addEventListener("playing", () => window.log.push(element.src.split("/").pop()));
  window.elements.push(element);
  return element;
};
Object.defineProperty(Navigator.prototype, "vibrate", { value: (pattern) => window.buzzes.push(pattern) > 0 });
"""
TAP_BY_SCRIPT = """
const tapping = setInterval(() => {
  const button = document.getElementById("sound");
  if (button?.title) {
    clearInterval(tapping);
    button.click();
    console.info("tapped");
  }
}, 20);
"""
WITHIN_S = 10.0


def clip(length_s: float) -> bytes:
    return to_wav((3000 * np.sin(np.arange(int(length_s * RATE_HZ)) / 20)).astype(np.int16))


def warning(name: str, level: str, **changes: Any) -> dict[str, Any]:
    event = {
        "id": name,
        "level": level,
        "say": {"en": name, "zh": name},
        "on": True,
        "rep": 1,
        "speak": True,
        "t_s": 1.0,
        "audio": {"en": f"/voice/{name}.wav", "zh": f"/voice/{name}_zh.wav"},
    }
    return event | changes


@pytest.fixture
def phone(daemon: Scripted, visit: Open) -> Callable[..., Visit]:
    """Open the page as a phone does, which is not the box itself; `script`, which taps, runs before the page's own."""
    daemon.sounds = {"tick.wav": to_wav(tick("tick", 80)), "partial.wav": to_wav(tick("partial", 80))}
    daemon.sounds |= {"long.wav": clip(20.0), "danger.wav": clip(1.5), "next.wav": clip(0.3), "last_zh.wav": clip(0.3)}

    def open_phone(script: str = "") -> Visit:
        opened = visit("about:blank", "phone")
        opened.page.add_init_script(SPY + script)
        address = f"http://phone.localhost:{daemon.port}/"
        if script:
            # Not to be asked anything before: for Chromium, a question by Playwright is a tap by somebody.
            with opened.page.expect_console_message(lambda message: message.text == "tapped"):
                opened.page.goto(address)
        else:
            opened.page.goto(address)
            expect(opened.page.locator("#sound")).to_have_attribute("title", words()["sound_on"]["en"])
        return opened

    return open_phone


def until(visited: Visit, expression: str, expected: object) -> None:
    deadline_s = time.monotonic() + WITHIN_S
    while (found := visited.page.evaluate(expression)) != expected:
        assert time.monotonic() < deadline_s, f"{expression} is {found}, not {expected}"
        time.sleep(0.02)


def test_one_tap_lets_a_phone_speak_tick_and_buzz(daemon: Scripted, phone: Callable[..., Visit]) -> None:
    visited = phone()
    button = visited.page.locator("#sound")
    daemon.event("warning", warning("danger", "danger"))
    expect(visited.page.locator("#band-text")).to_have_text("danger")
    assert visited.page.evaluate("[log.length, buzzes.length]") == [0, 0], "before a tap there is no sound"

    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    expect(button).to_have_attribute("title", words()["sound_off"]["en"])
    until(visited, "log", ["tick.wav", "tick.wav"])
    visited.page.evaluate("log.length = 0")

    daemon.event("warning", warning("silent", "caution", speak=False))
    daemon.event("warning", warning("no_file", "caution", audio={"en": None, "zh": None}))
    daemon.event("warning", warning("long", "caution"))
    until(visited, "log", ["long.wav"])
    until(visited, "elements[0].currentTime > 0.2", True)
    daemon.event("rep", {"number": 1, "partial": False, "audio": {"en": "/voice/tick.wav", "zh": "/voice/tick.wav"}})
    daemon.event("rep", {"number": 1, "partial": True, "audio": {"en": "/voice/partial.wav", "zh": None}})
    until(visited, "log.at(-1)", "partial.wav")
    assert visited.page.evaluate("[elements[0].paused, elements[0].src.endsWith('long.wav')]") == [False, True]

    daemon.event("warning", warning("danger", "danger"))
    daemon.event("warning", warning("dropped", "info"))
    daemon.event("warning", warning("next", "caution"))
    until(visited, "log.slice(-2)", ["danger.wav", "next.wav"])
    until(visited, "elements[0].ended", True)
    assert visited.page.evaluate("buzzes.length") == 1
    assert "dropped.wav" not in visited.page.evaluate("log")

    visited.page.keyboard.press("l")
    daemon.event("warning", warning("last", "caution"))
    until(visited, "log.at(-1)", "last_zh.wav")

    heard = visited.page.evaluate("log.length")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "false")
    assert visited.page.evaluate("elements.every((element) => element.paused)")
    daemon.event("warning", warning("danger", "danger", say={"en": "off", "zh": "off"}))
    expect(visited.page.locator("#band-text")).to_have_text("off")
    assert visited.page.evaluate("log.length") == heard
    assert not visited.faults


def test_a_browser_that_blocks_sound_is_no_error_and_the_button_says_so(phone: Callable[..., Visit]) -> None:
    visited = phone(TAP_BY_SCRIPT)
    button = visited.page.locator("#sound")
    expect(button).to_have_attribute("title", words()["sound_blocked"]["en"])
    expect(button).to_have_attribute("aria-pressed", "false")
    assert not visited.faults
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")


def test_a_box_without_sounds_is_no_error_either(daemon: Scripted, phone: Callable[..., Visit]) -> None:
    visited = phone()
    daemon.sounds = {}
    visited.page.locator("#sound").click()
    expect(visited.page.locator("#sound")).to_have_attribute("title", words()["sound_blocked"]["en"])
    assert all("404" in fault for fault in visited.faults), visited.faults
