"""The report's routes on a real socket, with the process beside that reads the history."""

import csv
import gzip
import http.client
import io
import pickle
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from kiosk import lookup
from kiosk.aside import Aside, AsideBusyError, AsideDiedError
from kiosk.history.file import NAME, HistoryError
from kiosk.history.past import Selection
from tests.editor_site import Site
from tests.histories import ToldClock, run
from tests.report_site import report_site
from tests.training_stories import MONDAY, Done, Rep, patient_month, store_days, store_visit

ODD = '<script>alert("1")</script> & \'$x_1$'
ROUTES = ["/api/report", "/api/report/choices", "/api/history", "/api/history.csv", "/api/history.json"]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A patient's month, and two visits of others."""
    state = tmp_path_factory.mktemp("site")
    store_days(state, patient_month(), "Anna")
    clock = ToldClock(MONDAY.replace(month=5), boot="boot 2")
    with run(state, clock, "second") as running:
        store_visit(running, [Done("gone", [Rep()] * 2)], ODD)
        store_visit(running, [Done("squat", [Rep(measures={"bend": (150, 90, 165)})])], "anna")
    with report_site(state) as serving:
        yield serving


@pytest.fixture(scope="module")
def staff(site: Site) -> dict[str, str]:
    return site.sign_in()


@pytest.mark.parametrize("path", ROUTES)
def test_training_is_for_staff(site: Site, path: str) -> None:
    status, body, _ = site.ask("GET", path)
    assert (status, body["pin"]) == (401, "staff")


def test_choices(site: Site, staff: dict[str, str]) -> None:
    status, body, _ = site.ask("GET", "/api/report/choices", **staff)
    assert status == 200
    assert body["people"] == [ODD, "anna"]
    assert [one["name"] for one in body["exercises"]] == ["gone", "lateral_raise", "plank", "squat"]
    assert body["exercises"][3]["title"] == {"en": "Squat", "zh": "深蹲"}
    assert body["exercises"][0]["title"] == {"en": "gone", "zh": "gone"}
    assert (body["first"], body["last"]) == ("2026-03-02", "2026-05-02")


def test_the_numbers_of_a_report(site: Site, staff: dict[str, str]) -> None:
    status, body, _ = site.ask("GET", "/api/report?person=Anna&period=month&date=2026-03-15&exercise=squat", **staff)
    assert status == 200
    assert (body["person"], body["first"], body["last"], body["step"]) == ("Anna", "2026-03-01", "2026-03-31", "day")
    (squat,) = body["exercises"]
    assert (squat["name"], squat["repetitions"], squat["partials"], squat["visits"]) == ("squat", 280, 14, 14)
    assert squat["reach"]["target"] == 110
    assert squat["tempo"]["out"]["target_s"] == [1.0, 4.0]
    every = site.ask("GET", "/api/report", **staff)[1]
    assert (every["visits"], every["first"], every["last"]) == (16, "2026-03-02", "2026-05-02")
    latest = site.ask("GET", "/api/report?period=month", **staff)[1]
    assert (latest["visits"], latest["first"]) == (2, "2026-05-01")
    range_ = site.ask("GET", "/api/report?from=2026-03-02&to=2026-03-04", **staff)[1]
    assert range_["visits"] == 2


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_report_as_html(site: Site, staff: dict[str, str], language: str) -> None:
    status, fragment, headers = site.ask("GET", f"/api/report?format=html&language={language}", **staff)
    assert (status, headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert fragment.startswith('<article class="report"')
    assert "style=" not in fragment, "the policy refuses styles in the HTML"
    assert "<script" not in fragment
    _, page, headers = site.ask("GET", f"/api/report?format=file&language={language}", **staff)
    assert headers["Content-Disposition"] == 'attachment; filename="training-report.html"'
    assert fragment in page


@pytest.mark.parametrize(
    "query",
    [
        "period=decade",
        "period=month&date=2026-02-30",
        "date=yesterday",
        "date=2026-W10-1",
        "from=20260301",
        "from=2026-03-02&to=2026-03-01",
        "period=day&from=2026-03-01",
        "format=pdf",
        "language=fr",
        f"person={'x' * 300}",
        f"exercise={'x' * 300}",
    ],
)
def test_wrong_questions_are_explained(site: Site, staff: dict[str, str], query: str) -> None:
    status, body, _ = site.ask("GET", f"/api/report?{query}", **staff)
    assert status == 400
    assert set(body) == {"error", "hint"}


@pytest.mark.parametrize(
    "query",
    [
        "from=0001-01-01&to=9999-12-31",
        "period=week&date=0001-01-01",
        "period=week&date=9999-12-31",
        "person=nobody",
        "exercise=unknown",
        f"person={quote(ODD)}&period=all",
        "person=%00%ff%ed%a0%80",
        "exercise='; DROP TABLE visits",
    ],
)
def test_odd_questions_are_answered(site: Site, staff: dict[str, str], query: str) -> None:
    for form in ("json", "html"):
        assert site.ask("GET", f"/api/report?format={form}&{query.replace(' ', '%20')}", **staff)[0] == 200


def test_the_history_comes_in_pages_newest_first(site: Site, staff: dict[str, str]) -> None:
    seen: list[dict[str, Any]] = []
    address = "/api/history?limit=7"
    while address:
        status, body, _ = site.ask("GET", address, **staff)
        assert status == 200
        seen += body["visits"]
        address = f"/api/history?limit=7&after={body['next']}" if body["next"] else ""
    assert len(seen) == 16
    assert [visit["began"] for visit in seen] == sorted((visit["began"] for visit in seen), reverse=True)
    assert len({visit["id"] for visit in seen}) == 16
    newest = seen[0]["sets"][0]
    assert newest["repetitions"][0]["measures"]["bend"] == {"start": 150, "lowest": 90, "highest": 165}
    of_person = site.ask("GET", "/api/history?person=ANNA&exercise=plank", **staff)[1]
    assert len(of_person["visits"]) == 14
    assert {one["exercise"] for visit in of_person["visits"] for one in visit["sets"]} == {"plank"}


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=-1", "limit=x", "limit=1e1"])
def test_a_wrong_limit(site: Site, staff: dict[str, str], query: str) -> None:
    assert site.ask("GET", f"/api/history?{query}", **staff)[0] == 400


@pytest.mark.parametrize("after", ["", "gone-1", "second-99999999999999999999", "'", "-"])
def test_a_place_that_is_gone(site: Site, staff: dict[str, str], after: str) -> None:
    assert site.ask("GET", f"/api/history?after={quote(after)}", **staff)[1] == {"visits": [], "next": None}


def test_exports(site: Site, staff: dict[str, str]) -> None:
    status, text, headers = site.ask("GET", "/api/history.csv?person=anna&period=day&date=2026-03-02", **staff)
    assert (status, headers["Content-Encoding"]) == (200, None)
    assert headers["Content-Disposition"] == 'attachment; filename="training.csv"'
    rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
    assert len(rows) == 11 + 10 + 8 + 1 + 2
    assert {row["person"] for row in rows} == {"Anna"}
    body = site.ask("GET", "/api/history.json", **staff)[1]
    assert len(body["visits"]) == 16
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=30)
    connection.request("GET", "/api/history.csv", headers={**staff, "Accept-Encoding": "gzip"})
    answer = connection.getresponse()
    assert answer.headers["Content-Encoding"] == "gzip"
    unpacked = gzip.decompress(answer.read()).decode("utf-8-sig")
    connection.close()
    assert unpacked.startswith("date,time,visit")
    assert "'=" not in unpacked


def test_the_page_may_be_seen_by_viewers(site: Site) -> None:
    status, text, headers = site.ask("GET", "/report")
    assert status == 200
    assert "report.js" in text
    assert headers["Cache-Control"] == "no-cache"


def test_no_history_yet(tmp_path: Path) -> None:
    with report_site(tmp_path) as site:
        staff = site.sign_in()
        assert site.ask("GET", "/api/report/choices", **staff)[1] == {
            "people": [],
            "exercises": [],
            "first": None,
            "last": None,
        }
        assert site.ask("GET", "/api/report?period=month", **staff)[1]["visits"] == 0
        assert "No training was recorded" in site.ask("GET", "/api/report?format=html", **staff)[1]
        assert site.ask("GET", "/api/history", **staff)[1] == {"visits": [], "next": None}
        for path in ("/api/history.json", "/api/history.csv"):
            status, body, _ = site.ask("GET", path, **staff)
            assert status == 409
            assert "no training history yet" in body["error"]
        (tmp_path / NAME).write_bytes(b"This is no database. " * 100)
        for path in ROUTES:
            status, body, _ = site.ask("GET", path, **staff)
            assert status == 409
            assert set(body) == {"error", "hint"}


@pytest.mark.parametrize(
    ("trouble", "status", "errors"),
    [
        (
            lookup.TooMuchError(56021),
            413,
            ("that is too much at once: 56021 repetitions", "一次导出的数据过多：56021 次动作"),
        ),
        (AsideDiedError(), 413, ("that took too long", "处理时间过长")),
        (AsideBusyError(), 429, ("the kiosk is busy with other work", "设备正忙")),
        (sqlite3.DatabaseError("x"), 409, ("the training history can't be read: x", "无法读取训练记录：x")),
        (HistoryError("it is newer"), 409, ("it is newer", "无法使用训练记录：it is newer")),
    ],
)
def test_a_refusal_is_in_the_pages_language(
    site: Site,
    staff: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    *,
    trouble: Exception,
    status: int,
    errors: tuple[str, str],
) -> None:
    async def fail(*_: object, **__: object) -> None:
        raise trouble

    monkeypatch.setattr(Aside, "run", fail)
    for language, error in zip(("en", "zh-Hans"), errors, strict=True):
        answered, body, _ = site.ask("GET", "/api/history.csv", Accept_Language=language, **staff)
        assert (answered, body["error"]) == (status, error)
        assert body["hint"].isascii() == (language == "en")


def test_how_much_was_too_much_comes_from_the_other_process() -> None:
    assert pickle.loads(pickle.dumps(lookup.TooMuchError(7))).count == 7


def test_too_much_is_not_exported_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = store_days(tmp_path, [[Done(reps=[Rep()] * 5)]])
    monkeypatch.setattr(lookup, "MOST_EXPORTED", 4)
    with pytest.raises(lookup.TooMuchError, match="5 repetitions"):
        lookup.export_packed(path, Selection(), "csv")
