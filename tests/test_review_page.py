"""From a tap on a warning to a better number in the file, in a real Chromium."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from kiosk.history.file import NAME
from kiosk.history.past import Selection
from kiosk.history.training import Training
from tests.browser import SCREENS
from tests.editor_site import PIN, SQUAT, Site, editor_site
from tests.feedback import KNEE, SHALLOW, TRUNK, alarms_in
from tests.test_editor_page import OVERHANG, SMALL_TARGETS
from tests.waiting import until

SEEN_MS = 20_000
REFUSED = "401 (Unauthorized)"
Open = Callable[..., Page]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with editor_site(tmp_path_factory.mktemp("review")) as served:
        yield served


@pytest.fixture
def opened(browser: Browser, site: Site) -> Iterator[Open]:
    """Open a page on a screen; at the end its console must have complained of nothing but the missing PIN."""
    site.file().write_text(SQUAT, encoding="utf-8")
    for path in site.state.glob(f"{NAME}*"):
        path.unlink()
    contexts: list[Any] = []
    faults: list[str] = []

    def go(path: str, screen: str = "small wall") -> Page:
        width, height = SCREENS[screen]
        contexts.append(browser.new_context(viewport={"width": width, "height": height}))
        page: Page = contexts[-1].new_page()
        page.on("console", lambda said: faults.append(said.text) if said.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(f"{site.url}{path}")
        return page

    yield go
    for context in contexts:
        context.close()
    assert [fault for fault in faults if REFUSED not in fault] == []


def enter_pin(page: Page) -> None:
    page.fill("#pin-input", PIN)
    page.keyboard.press("Enter")
    expect(page.locator("#pin-input")).to_have_count(0, timeout=SEEN_MS)


def fits(page: Page) -> None:
    for screen in ("wall", "small wall", "phone"):
        width, height = SCREENS[screen]
        page.set_viewport_size({"width": width, "height": height})
        assert page.evaluate(OVERHANG) == [], screen
        assert page.evaluate(SMALL_TARGETS) == [], screen


def warned(page: Page, name: str) -> Locator:
    return page.locator("#recent > li").filter(has_text=name)


def verdicts(site: Site) -> list[str | None]:
    with Training(site.state / NAME) as training:
        return [past.verdict for past in training.warnings(Selection())]


def test_marks_teach_a_number_that_is_accepted_and_taken_back(opened: Open, site: Site) -> None:
    alarms_in(site.state, KNEE, [(88.0, None), (87.0, "false_alarm"), (80.0, None)], wall=datetime.now())
    page = opened("/review")
    enter_pin(page)
    items = page.locator("#recent > li")
    expect(items).to_have_count(3, timeout=SEEN_MS)
    expect(items.nth(0)).to_contain_text("Repetition 3")
    expect(items.nth(0).locator("svg[role=img]")).to_have_count(2, timeout=SEEN_MS)
    expect(items.nth(0).locator("figcaption").nth(0)).to_have_text("knee < 90")
    expect(items.nth(1).locator(".false")).to_have_attribute("aria-pressed", "true")

    right, false = items.nth(0).locator(".right"), items.nth(2).locator(".false")
    right.click()
    false.click()
    until(lambda: verdicts(site) == ["false_alarm", "false_alarm", "right"], what="both taps are stored")
    right.click()
    expect(right).to_have_attribute("aria-pressed", "false")
    until(lambda: verdicts(site)[2] is None, what="the second tap took it back")
    right.click()
    until(lambda: verdicts(site)[2] == "right", what="the third marked it again")

    page.goto(f"{site.url}/editor#squat")
    expect(page.locator("#text")).to_be_editable(timeout=SEEN_MS)
    page.get_by_role("tab", name="Learn").click()
    lesson = page.locator(".lesson[data-rule=knee_load]")
    expect(lesson).to_contain_text("Alarms: 3 · marked: 3 · 67 % false", timeout=SEEN_MS)
    expect(lesson).to_contain_text("Removes 2 of 2 false alarms · keeps 1 of 1 right ones")
    expect(lesson.locator("ins")).to_contain_text("knee < 85 and knee_past_toe > 0  # ")

    accept = lesson.get_by_role("button", name="Accept and save")
    page.locator("#text").press("End")
    page.keyboard.insert_text(" ")
    page.get_by_role("tab", name="Changes").click()
    page.get_by_role("tab", name="Learn").click()
    expect(accept).to_be_disabled(timeout=SEEN_MS)
    page.get_by_role("button", name="Discard changes").click()
    page.get_by_role("tab", name="Learn").click()
    accept.click(timeout=SEEN_MS)
    expect(page.locator("#notices")).to_contain_text("Saved. The kiosk works by it within a second.", timeout=SEEN_MS)
    assert "knee < 85 and knee_past_toe > 0  # " in site.file().read_text(encoding="utf-8")
    assert page.locator("#text").input_value() == site.file().read_text(encoding="utf-8")
    expect(lesson).to_contain_text("Alarms: 1 · marked: 1 · 0 % false", timeout=SEEN_MS)
    expect(lesson).to_contain_text("knee 90 → 85")
    lesson.get_by_role("button", name="Take it back").click()
    expect(lesson).to_contain_text("Alarms: 3", timeout=SEEN_MS)
    assert site.file().read_text(encoding="utf-8") == SQUAT
    page.get_by_role("tab", name="Earlier").click()
    expect(page.locator("#versions li").first).to_contain_text("saved here")


def test_the_warnings_of_a_report_are_marked_too_long_after(opened: Open, site: Site) -> None:
    day = datetime.now() - timedelta(days=40)
    alarms_in(site.state, KNEE, [(88.0, None), (80.0, None)], wall=day)
    alarms_in(site.state, TRUNK, [(48.0, None)], exercise="gone", wall=day)
    page = opened("/report", "wall")
    enter_pin(page)
    expect(page.locator("#sheet article")).to_be_visible(timeout=SEEN_MS)
    page.select_option("#exercise", "squat")
    page.get_by_role("link", name="Mark warnings").click()
    items = page.locator("#recent > li")
    expect(items).to_have_count(2, timeout=SEEN_MS)
    expect(items.nth(0)).to_contain_text(f"{day:%d/%m/%Y}")
    items.nth(1).locator(".false").click()
    until(lambda: verdicts(site) == ["false_alarm", None, None], "the tap is stored")
    fits(page)
    page.get_by_role("link", name="Back to the report").click()
    expect(page.locator("#sheet article")).to_be_visible(timeout=SEEN_MS)
    assert page.locator("#exercise").input_value() == "squat"
    page.select_option("#exercise", "")
    page.get_by_role("link", name="Mark warnings").click()
    expect(items).to_have_count(3, timeout=SEEN_MS)
    expect(items.filter(has_text="gone").locator("h2")).to_have_text("lumbar_load")


def test_both_fit_every_screen_in_both_languages(opened: Open, site: Site) -> None:
    site.file().write_text(SQUAT.replace("    tune: {min: 46, max: 55}\n", ""), encoding="utf-8")
    now = datetime.now()
    alarms_in(site.state, TRUNK, [(48.0, "false_alarm"), (99.0, "right")], wall=now)
    alarms_in(site.state, SHALLOW, [(104.0, "false_alarm"), (103.0, "right"), (102.0, "right")], wall=now)
    page = opened("/review")
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator("#notice")).to_contain_text("Enter the staff PIN to see the warnings.")
    page.locator("#notice button").click()
    enter_pin(page)
    expect(page.locator("#recent > li")).to_have_count(5, timeout=SEEN_MS)
    expect(warned(page, "rep.min(bend) 104 > 100")).to_have_count(1, timeout=SEEN_MS)
    page.locator("#within button").nth(1).click()
    expect(page.locator("#within button").nth(1)).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#within button").nth(1)).to_be_focused()
    for language, words in (("zh", "这些警告正确吗？"), ("en", "Were these warnings right?")):
        page.click(f"[data-language={language}]")
        expect(page.locator("h1")).to_have_text(words)
        fits(page)
    page.goto(f"{site.url}/editor#squat")
    expect(page.locator("#text")).to_be_editable(timeout=SEEN_MS)
    page.get_by_role("tab", name="Learn").click()
    trunk = page.locator(".lesson[data-rule=lumbar_load]")
    expect(trunk).to_contain_text("a danger rule needs bounds in the file", timeout=SEEN_MS)
    expect(trunk).to_contain_text("don't show why they came: 1")
    expect(trunk.get_by_role("button")).to_have_count(0)
    expect(page.locator(".lesson[data-rule=shallow]")).to_contain_text("No number would remove most")
    for language, words in (("zh", "不能采用"), ("en", "Not offered")):
        page.click(f"[data-language={language}]")
        expect(trunk).to_contain_text(words, timeout=SEEN_MS)
        fits(page)
