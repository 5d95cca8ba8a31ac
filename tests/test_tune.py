"""The routes of tuning: for staff only, what they answer, and what they change."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from kiosk.history.file import NAME
from kiosk.pins import SCRYPT
from tests.editor_site import SQUAT, Answer, Site, editor_site
from tests.feedback import KNEE, alarms_in, usual

PATH = "/api/exercises/squat/tune"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(SCRYPT, "n", 16)
        with editor_site(tmp_path_factory.mktemp("tune")) as site:
            yield site


@pytest.fixture
def site(served: Site) -> Iterator[Site]:
    """The site with the squat as it is shipped and the usual alarms."""
    served.file().write_text(SQUAT, encoding="utf-8")
    for path in served.state.glob(f"{NAME}*"):
        path.unlink()
    usual(served.state)
    yield served


def post(site: Site, cookie: dict[str, str], **body: Any) -> Answer:
    return site.ask("POST", PATH, json.dumps(body), Content_Type="application/json", **cookie)


def test_nothing_is_told_to_who_has_not_signed_in(site: Site) -> None:
    for method, path in (("GET", PATH), ("POST", PATH), ("GET", "/api/warnings/run-1")):
        status, answer, _ = site.ask(method, path, "{}" if method == "POST" else None)
        assert (status, answer["pin"]) == (401, "staff")
    assert site.ask("GET", "/review")[0] == 200, "the page itself holds nothing"


def test_a_suggestion_is_shown_accepted_and_taken_back(site: Site) -> None:
    staff = site.sign_in()
    status, answer, headers = site.ask("GET", PATH, **staff)
    assert (status, headers["Cache-Control"]) == (200, "no-store")
    knee, trunk, _ = answer["rules"]
    assert (knee["id"], knee["alarms"], knee["right"], knee["false"]) == ("knee_load", 23, 12, 9)
    assert knee["suggestion"]["number"] == "86"
    assert knee["line"]["after"].startswith("    when: knee < 86 and knee_past_toe > 0  # ")
    assert (trunk["alarms"], trunk["suggestion"], trunk["note"]) == (0, None, None)

    days = {datetime.now(UTC).astimezone().date()}
    status, answer, _ = post(site, staff, rule="knee_load", number="86")
    assert (status, answer["etag"]) == (200, site.etag().strip('"'))
    days.add(datetime.now(UTC).astimezone().date())
    notes = [f"  # {day.isoformat()} knee tuned from 90 to 86: removes 7 of 9 false alarms" for day in days]
    rule = "knee < 90 and knee_past_toe > 0"
    changed = [SQUAT.replace(rule, f"knee < 86 and knee_past_toe > 0{note}") for note in notes]
    assert site.file().read_text(encoding="utf-8") in changed
    assert site.ask("GET", "/api/exercises/squat/versions")[1]["versions"][0]["what"] == "saved"
    assert site.ask("GET", PATH, **staff)[1]["rules"][0]["note"]["old"] == "90"

    assert post(site, staff, rule="knee_load", take_back=True)[0] == 200
    assert site.file().read_text(encoding="utf-8") == SQUAT
    status, answer, _ = post(site, staff, rule="knee_load", take_back=True)
    assert (status, answer["error"]) == (409, "'knee_load' has not been tuned, or its comment was removed")


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        pytest.param(
            {"rule": "knee_load", "number": "80"}, 409, "is 86 by now", id="another number than the shown one"
        ),
        pytest.param({"rule": "shallow", "number": "90"}, 409, "nothing to accept", id="no suggestion"),
        pytest.param({"rule": "knees", "number": "90"}, 409, "no warning 'knees'", id="no rule"),
        pytest.param({"rule": "knee_load"}, 400, "which rule", id="no number"),
        pytest.param({"rule": ["knee_load"], "number": "86"}, 400, "which rule", id="odd rule"),
        pytest.param({"rule": "knee_load", "number": 86, "take_back": "yes"}, 400, "which rule", id="odd number"),
    ],
)
def test_what_cannot_be_done_is_said(site: Site, body: dict[str, Any], status: int, said: str) -> None:
    answered, answer, _ = post(site, site.sign_in(), **body)
    assert answered == status
    assert said in answer["error"]
    if status == 409:
        chinese = post(site, {**site.sign_in(), "Accept-Language": "zh-Hans"}, **body)[1]
        assert (chinese["error"][:3], chinese["hint"]) == ("不能自", "内容未被修改")
    assert site.file().read_text(encoding="utf-8") == SQUAT


def test_a_wrong_file_and_a_damaged_history_are_told_of(site: Site) -> None:
    staff = site.sign_in()
    site.file().write_text(SQUAT.replace("knee < 90", "kneee < 90"), encoding="utf-8")
    status, answer, _ = site.ask("GET", PATH, **staff)
    assert status == 409
    assert "unknown measure 'kneee'" in answer["hint"]
    site.file().write_text(SQUAT, encoding="utf-8")
    (site.state / NAME).write_bytes(b"no database" * 1000)
    for path in (PATH, "/api/warnings/run-1"):
        assert site.ask("GET", path, **staff)[0] == 409
    assert post(site, staff, rule="knee_load", number="86")[0] == 409
    assert site.ask("GET", "/api/exercises/nobody/tune", **staff)[0] == 404


def test_the_numbers_around_a_warning_are_answered(site: Site) -> None:
    (warning,) = alarms_in(site.state, KNEE, [(80.0, None)], exercise="plank")
    staff = site.sign_in()
    status, answer, _ = site.ask("GET", f"/api/warnings/{warning}", **staff)
    assert status == 200
    assert [(trace["of"], trace["limit"], trace["above"]) for trace in answer["traces"]] == [
        ("knee", 90.0, False),
        ("knee_past_toe", 0.0, True),
    ]
    for unknown in ("run-99", "nobody", "%F0%9F", "-1", "a" * 300):
        assert site.ask("GET", f"/api/warnings/{unknown}", **staff)[0] == 404
