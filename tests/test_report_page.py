"""The report on the kiosk's page and as a file: read, printed, and with names that mean harm."""

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from kiosk.history.past import Selection
from kiosk.report import charts as report_charts
from kiosk.report.contents import Report
from kiosk.report.data import nothing, read_report
from kiosk.report.page import article, page
from kiosk.words import LANGUAGES, Language
from tests.browser import Open
from tests.editor_site import PIN, Site
from tests.report_site import report_site
from tests.test_accessibility import mistakes
from tests.training_stories import Done, Rep, Warned, patient_month, report_on, rules, store_days

PRINTED = date(2026, 4, 1)
HARM = '<img src=x onerror="document.title=1"><script>document.title=2</script>\'"&'


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A state folder with a patient's month."""
    folder = tmp_path_factory.mktemp("state")
    store_days(folder, patient_month(), "Anna")
    report_charts.load(folder / "matplotlib")
    return folder


@pytest.fixture(scope="module")
def site(state: Path) -> Iterator[Site]:
    with report_site(state) as serving:
        yield serving


@pytest.fixture(scope="module")
def month(state: Path) -> Report:
    return read_report(state / "history.db", Selection(person="anna"), rules())


def opened(visit: Open, site: Site, screen: str = "wall") -> Page:
    """The page with the PIN entered and the report shown."""
    visited = visit(f"{site.url}/report", screen)
    visited.page.fill("#pin-input", PIN)
    visited.page.keyboard.press("Enter")
    expect(visited.page.locator("article.report")).to_be_visible(timeout=20_000)
    assert all("401" in fault or "username" in fault for fault in visited.faults), visited.faults
    visited.faults.clear()
    return visited.page


def test_choosing_what_to_report(site: Site, visit: Open) -> None:
    page = opened(visit, site)
    report = page.locator("article.report")
    expect(report.locator("h1")).to_have_text("Everybody")
    expect(report.locator(".when")).to_have_text("1 Mar 2026 – 31 Mar 2026")
    page.select_option("#person", "Anna")
    expect(report.locator("h1")).to_have_text("Anna")
    page.select_option("#exercise", "squat")
    expect(report.locator("h2").first).to_have_text("Squat")
    expect(report.locator("section.exercise")).to_have_count(1)
    expect(report.locator(".figures dd").nth(3)).to_have_text("280")
    page.select_option("#period", "week")
    expect(report.locator(".when")).to_have_text("23 Mar 2026 – 29 Mar 2026")
    page.click("#before")
    expect(report.locator(".when")).to_have_text("16 Mar 2026 – 22 Mar 2026")
    page.select_option("#period", "year")
    page.click("#after")
    expect(report.locator(".nothing")).to_have_text("No training was recorded in this time.")
    page.select_option("#period", "all")
    expect(page.locator("#date")).to_be_hidden()
    expect(report.locator(".when")).to_have_text("2 Mar 2026 – 28 Mar 2026")
    page.click("[data-language=zh]")
    expect(report.locator(".kind")).to_have_text("训练报告")
    expect(report).to_have_attribute("lang", "zh-Hans")
    for address, name in (("/api/report", "training-report.html"), ("/api/history.csv", "training.csv")):
        with page.expect_download() as waiting:
            page.click(f"[data-save='{address}']")
        assert waiting.value.suggested_filename == name
        saved = waiting.value.path().read_text(encoding="utf-8-sig")
        assert "Anna" in saved
        assert "lateral_raise" not in saved


def test_without_a_date_everything_so_far_can_still_be_asked_for(site: Site, visit: Open) -> None:
    page = opened(visit, site)
    page.fill("#date", "")
    page.select_option("#period", "all")
    expect(page.locator("article.report .when")).to_have_text("2 Mar 2026 – 28 Mar 2026")


def test_a_refusal_is_said(site: Site, visit: Open, state: Path) -> None:
    page = opened(visit, site)
    (state / "history.db").rename(state / "away.db")
    try:
        for language, kind, refused in (
            ("zh", "训练报告", "还没有训练记录"),
            ("en", "Training report", "there is no training history yet"),
        ):
            page.click(f"[data-language={language}]")
            expect(page.locator("article.report .kind")).to_have_text(kind)
            page.click("[data-save='/api/history.json']")
            expect(page.locator("#failure-text")).to_contain_text(refused)
    finally:
        (state / "away.db").rename(state / "history.db")
    page.click("#again")
    expect(page.locator("#failure")).to_be_hidden()
    expect(page.locator("article.report h1")).to_have_text("Everybody")


@pytest.mark.parametrize(("screen", "language"), [("phone", "en"), ("small wall", "zh")])
def test_the_page_can_be_used_by_everybody(site: Site, visit: Open, screen: str, language: str) -> None:
    page = opened(visit, site, screen)
    if language == "zh":
        page.click("[data-language=zh]")
        expect(page.locator("article.report .kind")).to_have_text("训练报告")
    page.locator("details summary").first.click()
    assert mistakes(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    told = page.locator("article.report svg[role=img]").evaluate_all(
        "charts => charts.map((chart) => ['title', 'desc'].map((name) => chart.querySelector(name).textContent).join())"
    )
    assert len(told) > 15
    assert all(re.search(r"\d", words) for words in told)
    cut = page.locator("article.report figure").evaluate_all(
        "figures => figures.filter((figure) => figure.getBoundingClientRect().right > innerWidth).length"
    )
    assert cut == 0


def test_paper_shows_the_report_alone_with_every_number(site: Site, visit: Open) -> None:
    page = opened(visit, site)
    page.select_option("#exercise", "squat")
    expect(page.locator("section.exercise")).to_have_count(1)
    table = page.locator("details table").first
    expect(table).to_be_hidden()
    page.emulate_media(media="print")
    expect(table).to_be_visible()
    for hidden in ("#top", "#choice"):
        expect(page.locator(hidden)).to_be_hidden()
    grounds = page.evaluate(
        "[...document.querySelectorAll('body, main, #sheet, #sheet *')].map((e) => getComputedStyle(e).backgroundColor)"
    )
    assert set(grounds) == {"rgba(0, 0, 0, 0)"}
    pdf = page.pdf(prefer_css_page_size=True)
    sizes = set(re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", pdf))
    assert {(round(float(width)), round(float(height))) for width, height in sizes} == {(595, 842)}
    assert 2 <= len(re.findall(rb"/Type /Page\b", pdf)) <= 4


def test_a_file_needs_nothing_else(browser: Browser, month: Report, tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    file.write_text(page(month, "zh", PRINTED), encoding="utf-8")
    opened = browser.new_page()
    asked: list[str] = []
    faults: list[str] = []
    opened.on("request", lambda request: asked.append(request.url))
    opened.on("console", lambda message: faults.append(message.text))
    opened.goto(file.as_uri())
    assert (asked, faults) == ([file.as_uri()], [])
    expect(opened.locator("h1")).to_have_text("Anna")
    assert opened.locator("h1").evaluate("e => getComputedStyle(e).fontSize") == "30px"
    opened.close()


def test_every_language_says_everything(month: Report) -> None:
    told = {language: article(month, language, PRINTED) for language in LANGUAGES}
    assert all(text.count("<") == told["en"].count("<") for text in told.values())
    words = re.sub(r"<[^>]+>", " ", told["zh"]).replace("Anna", "")
    assert not re.search(r"[a-z]{3}", words), "something is not translated"


@pytest.mark.parametrize("language", LANGUAGES)
def test_names_are_text_wherever_they_stand(browser: Browser, tmp_path: Path, language: Language) -> None:
    sets = [Done(HARM, [Rep()] * 2, warnings=[Warned(HARM), Warned("x" * 300)])]
    path = store_days(tmp_path, [sets, sets], HARM)
    report_charts.load(tmp_path)
    file = tmp_path / "report.html"
    file.write_text(page(read_report(path, Selection(), {}), language, PRINTED), encoding="utf-8")
    opened = browser.new_page(viewport={"width": 390, "height": 844})
    opened.goto(file.as_uri())
    assert opened.title() not in {"1", "2"}
    assert opened.locator("article img, article script").count() == 0
    expect(opened.locator("h2").first).to_have_text(HARM)
    assert opened.evaluate("document.documentElement.scrollWidth <= innerWidth")
    opened.close()


@pytest.mark.parametrize("width", [360, 390])
def test_a_long_name_without_a_space_stays_on_a_phone(browser: Browser, tmp_path: Path, width: int) -> None:
    path = store_days(tmp_path, [[Done(reps=[Rep()] * 2)]] * 2, "W" * 40)
    report_charts.load(tmp_path)
    file = tmp_path / "report.html"
    file.write_text(page(read_report(path, Selection(person="w" * 40), rules()), "en", PRINTED), encoding="utf-8")
    opened = browser.new_page(viewport={"width": width, "height": 800})
    opened.goto(file.as_uri())
    expect(opened.locator("h1")).to_have_text("W" * 40)
    assert opened.evaluate("document.documentElement.scrollWidth") <= width
    opened.close()


def test_little_is_reported_well(tmp_path: Path) -> None:
    report_charts.load(tmp_path)
    one = report_on(tmp_path, [[Done(reps=[Rep(measures={"bend": (150, 90, 165)})])]])
    for report in (one, nothing(Selection()), report_on(tmp_path / "hold", [[Done("plank", holds_s=[61.0])]])):
        for language in LANGUAGES:
            text = page(report, language, PRINTED)
            assert not re.search(r"\b(nan|None|inf)\b", text)
