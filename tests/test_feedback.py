"""Which warnings staff are shown to be marked, on a real socket."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from kiosk.history.file import NAME
from kiosk.history.retention import Wanted, forget
from kiosk.web import feedback
from tests.editor_site import Site, editor_site
from tests.feedback import KNEE, TRUNK, alarms_in

JSON = {"Content_Type": "application/json"}


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with editor_site(tmp_path) as serving:
        yield serving


def listed(site: Site, query: str) -> list[dict[str, Any]]:
    status, body, _ = site.ask("GET", f"/api/warnings?{query}", **site.sign_in())
    assert status == 200
    return list(body["warnings"])


def test_without_a_history_there_are_none(site: Site) -> None:
    assert listed(site, "") == []
    assert listed(site, "from=2026-01-01") == []
    body = json.dumps({"warning": "run-1", "verdict": "right"})
    assert site.ask("POST", "/api/feedback", body, **site.sign_in(), **JSON)[0] == 404


def test_warnings_of_an_earlier_start_are_listed_until_they_are_forgotten(site: Site) -> None:
    [ago] = alarms_in(site.state, KNEE, [(88.0, None)], wall=datetime.now() - timedelta(minutes=30))
    [now] = alarms_in(site.state, TRUNK, [(40.0, "right")], wall=datetime.now())
    assert [one["id"] for one in listed(site, "minutes=5")] == [now]
    found = listed(site, "minutes=60")
    assert [(one["id"], one["warning"], one["verdict"]) for one in found] == [
        (now, "lumbar_load", "right"),
        (ago, "knee_load", None),
    ]
    forget(site.state / NAME, Wanted())
    assert listed(site, "minutes=60") == []


def test_those_of_a_report_are_found_however_old_and_only_the_newest_of_many(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = alarms_in(site.state, KNEE, [(88.0, None)] * 4, wall=datetime(2026, 3, 2, 12))
    assert [one["id"] for one in listed(site, "period=week&date=2026-03-05&exercise=squat")] == ids[::-1]
    assert listed(site, "period=day&date=2026-03-03") == listed(site, "from=2026-03-03") == []
    monkeypatch.setattr(feedback, "MOST", 3)
    status, body, _ = site.ask("GET", "/api/warnings?to=2026-03-02", **site.sign_in())
    assert (status, body["more"], [one["id"] for one in body["warnings"]]) == (200, True, ids[:0:-1])
    assert site.ask("GET", "/api/warnings?from=monday", **site.sign_in())[0] == 400
