"""Every page, and every state of the wall, examined by axe-core: contrast (WCAG AA), names, roles, languages, order."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser import CHEST, KNEE, SUMMARY, Open, Scripted, live, mode
from tests.conftest import RunningKiosk

AXE = Axe()
STANDARD = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
WORKOUT = {"running": True, "starts_in_s": None, "set": 2, "sets": 3, "reps": 3, "partials": 1, "summary": None}
SEVERAL: dict[str, dict[str, Any]] = {
    "exercising": {},
    "danger": {"warnings": [KNEE]},
    "caution": {"warnings": [CHEST]},
    "guidance": {"guidance": {"en": "Come closer", "zh": "请靠近一点"}},
    "countdown": {"workout": WORKOUT | {"starts_in_s": 2.4, "reps": 0}},
    "set done": {"workout": WORKOUT | {"summary": SUMMARY}},
    "paused": {"workout": WORKOUT | {"running": False}},
    "hold": {"hold": {"held_s": 41.7, "target_s": 60}},
    "wrong file": {"problems": ["squat.yaml:14:11: unknown measure"]},
    "nobody": {"person": False},
}


def mistakes(page: Page) -> list[str]:
    """What axe-core finds wrong, each with where it is, once what slides and fades has come to rest."""
    page.evaluate("Promise.allSettled(document.getAnimations().map((one) => one.finished))")
    found = AXE.run(page, options=STANDARD).response["violations"]
    return [f"{rule['id']}: {node['target']}: {node['failureSummary']}" for rule in found for node in rule["nodes"]]


@pytest.mark.parametrize("path", ["", "photo", "editor", "pin?role=staff"])
@pytest.mark.parametrize(("screen", "language"), [("small wall", "en"), ("phone", "zh")])
def test_a_page_can_be_used_by_everybody(
    own_kiosk: RunningKiosk, visit: Open, path: str, screen: str, language: str
) -> None:
    page = visit(own_kiosk.url + path, screen).page
    expect(page.locator(f"[data-language={language}]").first).to_be_visible()
    if page.locator("html").get_attribute("lang") != ("zh-Hans" if language == "zh" else "en"):
        page.locator(f"[data-language={language}]").first.click()
    if path == "":
        live(page)
    if path == "editor":
        expect(page.locator("textarea").first).not_to_have_value("")
    assert mistakes(page) == []


@pytest.mark.parametrize("screen", ["wall", "phone"])
def test_every_state_of_the_wall_can_be_read(daemon: Scripted, visit: Open, screen: str) -> None:
    page = visit(daemon.url, screen).page
    mode(page, "exercising")
    plain = {key: daemon.state[key] for state in SEVERAL.values() for key in state}
    wrong = {}
    for name, state in SEVERAL.items():
        daemon.say(**(plain | state))
        if warnings := state.get("warnings", []):
            expect(page.locator("#band")).to_have_attribute("data-level", warnings[0]["level"])
        page.wait_for_timeout(400)
        if found := mistakes(page):
            wrong[name] = found
    assert wrong == {}
    page.keyboard.press("e")
    expect(page.locator("dialog[open]")).to_be_visible()
    assert mistakes(page) == []
