"""Signing in and out, staff's routes, guessing, and what survives what: over real sockets."""

import gzip
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from aiohttp import web

from kiosk.pins import SCRYPT, Pin
from kiosk.web import access
from kiosk.web.answers import read_json
from kiosk.web.caller import is_own_screen
from tests.doors import STAFF, VIEWING, Caller, Site, served, stranger
from tests.waiting import WITHIN_S, until


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A site in the network with both PINs."""
    monkeypatch.setitem(SCRYPT, "n", 16)
    monkeypatch.setattr(access, "CUT_S", 0.02)
    with served(tmp_path, lan=True) as site:
        site.pins.set("staff", STAFF)
        site.pins.set("viewing", VIEWING)
        yield site


def test_a_viewer_signs_in_and_out(site: Site) -> None:
    viewer = stranger(site.port)
    assert viewer.get("/secret").status == 401
    assert viewer.get("/api/pin").json == {"staff": False, "viewing": False, "staff_set": True, "viewing_set": True}
    signed_in = viewer.sign_in(VIEWING)
    assert (signed_in.status, signed_in.json) == (200, {"role": "viewing"})
    cookie = signed_in.headers["Set-Cookie"]
    assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= set(cookie.split("; ")) and "Secure" not in cookie
    assert viewer.get("/secret").json == {"secret": "the room"}
    assert viewer.get("/work").status == 401
    kept = dict(viewer.cookies)
    assert viewer.ask("DELETE", "/api/pin").status == 200
    viewer.cookies = kept
    assert viewer.get("/secret").status == 401, "the session ended, not the browser's cookie alone"


def test_staff_need_their_pin_even_on_the_box_itself_and_are_viewers_too(site: Site) -> None:
    here, coach = Caller(site.port), stranger(site.port)
    refused = here.get("/work")
    assert (refused.status, refused.json["pin"]) == (401, "staff")
    assert refused.json["hint"] == "sign in with the staff PIN"
    for caller in (here, coach):
        assert caller.sign_in(VIEWING, "staff").status == 403
        assert caller.sign_in(STAFF, "staff").status == 200
        assert caller.get("/work").json == {"done": True}
    assert coach.get("/secret").status == 200
    coach.cookies = {"kiosk_staff": coach.cookies["kiosk_staff"]}
    assert coach.get("/secret").status == 200, "staff are viewers"


def test_staff_sign_out_and_go_on_watching(site: Site) -> None:
    coach = stranger(site.port)
    coach.sign_in(STAFF, "staff")
    kept = dict(coach.cookies)
    assert coach.ask("DELETE", "/api/pin?role=owner").status == 400
    assert coach.get("/work").status == 200
    assert coach.ask("DELETE", "/api/pin?role=staff").json == {"signed_out": ["staff"]}
    coach.cookies = kept
    assert coach.get("/work").status == 401
    assert coach.get("/secret").status == 200


def test_an_idle_staff_session_ends_but_goes_on_showing_the_picture(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    coach = stranger(site.port)
    coach.sign_in(STAFF, "staff")
    seen_s = time.monotonic()
    monkeypatch.setattr(access, "_now_s", lambda role: time.time() if role == "viewing" else seen_s + 1790)
    assert coach.get("/secret").status == 200
    assert coach.get("/work").status == 200
    monkeypatch.setattr(access, "_now_s", lambda role: time.time() if role == "viewing" else seen_s + 1790 + 1801)
    assert coach.get("/api/pin").json["staff"] is False
    assert coach.get("/work").status == 401
    assert coach.get("/secret").status == 200


def test_watching_keeps_no_staff_session_open(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    coach = stranger(site.port)
    coach.sign_in(STAFF, "staff")
    del coach.cookies["kiosk_viewing"]
    begun_s = time.monotonic()
    for minutes in range(0, 40, 5):
        monkeypatch.setattr(access, "_now_s", lambda role, at_s=begun_s + minutes * 60: at_s)
        coach.get("/secret")
        coach.get("/api/pin")
    assert coach.get("/work").status == 401


@pytest.mark.parametrize("role", ["staff", "viewing"])
def test_without_a_pin_nobody_signs_in_and_the_hint_says_how_to_set_one(
    role: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(SCRYPT, "n", 16)
    with served(tmp_path, lan=True) as site:
        for caller in (Caller(site.port), stranger(site.port)):
            refused = caller.sign_in("", role)
            assert refused.status == 403
            assert refused.json["hint"] == f"set one with: kiosk pin set {role}"
        assert Caller(site.port).get("/work").json["hint"] == "set one with: kiosk pin set staff"
        assert stranger(site.port).get("/secret").json["hint"] == "set one with: kiosk pin set viewing"


@pytest.mark.parametrize("damage", ["{", '{"pins": {}}', ""])
def test_a_damaged_file_lets_nobody_in_and_says_so(site: Site, damage: str, caplog: pytest.LogCaptureFixture) -> None:
    viewer, coach = stranger(site.port), Caller(site.port)
    viewer.sign_in(VIEWING)
    coach.sign_in(STAFF, "staff")
    good = site.pins.path.read_text()
    site.pins.path.write_text(damage)
    assert viewer.get("/secret").status == 401
    refused = coach.get("/work")
    assert refused.status == 401
    assert "pins.json is damaged: remove it" in refused.json["hint"]
    assert coach.sign_in(STAFF, "staff").status == 403
    assert caplog.text.count("nobody can sign in") == 1
    site.pins.path.write_text(good)
    assert viewer.get("/secret").status == 200


def test_a_changed_pin_counts_at_once_and_ends_sessions_and_streams(site: Site) -> None:
    viewer, coach = stranger(site.port), Caller(site.port)
    viewer.sign_in(VIEWING)
    coach.sign_in(STAFF, "staff")
    stream = HTTPConnection(viewer.host, site.port, timeout=10)
    cookie = f"kiosk_viewing={viewer.cookies['kiosk_viewing']}"
    stream.request("GET", "/endless", headers={**viewer.always, "Cookie": cookie})
    watched = stream.getresponse()
    assert watched.read(20)
    site.pins.set("viewing", "9753")
    until(lambda: bool(site.cut), "the stream is cut")
    stream.close()
    assert viewer.get("/secret").status == 401
    assert viewer.sign_in(VIEWING).status == 403
    assert viewer.sign_in("9753").status == 200
    assert coach.get("/work").status == 200, "the other PIN's sessions go on"
    site.pins.remove("staff")
    assert coach.get("/work").status == 401


def test_the_boxs_own_stream_is_never_cut(site: Site) -> None:
    own = HTTPConnection("127.0.0.1", site.port, timeout=10)
    own.request("GET", "/endless")
    watched = own.getresponse()
    assert watched.read(7)
    site.pins.remove("viewing")
    for _ in range(30):
        assert watched.read(7) == b"picture"
    own.close()


def test_a_viewer_survives_a_restart_and_staff_do_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SCRYPT, "n", 16)
    with served(tmp_path, lan=True) as site:
        site.pins.set("staff", STAFF)
        site.pins.set("viewing", VIEWING)
        wall, coach = stranger(site.port), stranger(site.port)
        wall.sign_in(VIEWING)
        coach.sign_in(STAFF, "staff")
    kept = tmp_path / "viewing-sessions.json"
    assert kept.stat().st_mode & 0o777 == 0o600
    assert wall.cookies["kiosk_viewing"] not in kept.read_text()
    with served(tmp_path, lan=True) as site:
        wall.port = coach.port = site.port
        assert wall.get("/secret").status == 200
        assert coach.get("/secret").status == 200
        assert coach.get("/work").status == 401
    kept.write_text("{")
    with served(tmp_path, lan=True) as site:
        wall.port = site.port
        assert wall.get("/secret").status == 401


def test_guessing_must_wait_longer_and_longer_and_a_right_guess_too(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    now_s = time.monotonic()
    monkeypatch.setattr(access, "time", SimpleNamespace(monotonic=lambda: now_s, time=time.time))
    guesser = Caller(site.port)
    assert [guesser.sign_in(f"000{number}", "staff").status for number in range(5)] == [403] * 5
    refused = guesser.sign_in(STAFF, "staff")
    assert refused.status == 429
    assert int(refused.headers["Retry-After"]) >= 1
    assert "try again in" in refused.json["hint"]
    assert guesser.sign_in(VIEWING, "viewing").status == 200, "the other PIN is guessed apart"


def test_strangers_who_guess_from_everywhere_wait_in_all_but_the_box_itself_does_not(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    addresses = iter(f"198.51.100.{number}" for number in range(99))
    monkeypatch.setattr(access, "network", lambda _: next(addresses))
    answers = [stranger(site.port).sign_in("0000", "viewing").status for _ in range(22)]
    assert answers[:20] == [403] * 20
    assert 429 in answers[20:]
    assert Caller(site.port).sign_in(VIEWING).status == 200


def test_pins_are_checked_one_at_a_time_while_the_site_goes_on(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    gate, at_once, most = threading.Event(), [0], [0]

    def slow(self: Pin, text: str) -> bool:
        at_once[0] += 1
        most[0] = max(most[0], at_once[0])
        gate.wait(10)
        at_once[0] -= 1
        return False

    monkeypatch.setattr(Pin, "matches", slow)
    with ThreadPoolExecutor(12) as guessers:
        guesses = [guessers.submit(Caller(site.port).sign_in, "0000", "staff") for _ in range(12)]
        until(lambda: sum(guess.done() for guess in guesses) >= 12 - access.MOST_CHECKS, "too many are turned away")
        assert Caller(site.port).get("/secret").status == 200
        gate.set()
        answers = sorted(guess.result().status for guess in guesses)
    assert most[0] == 1
    assert answers == [403] * 5 + [429] * 7


def test_strangers_whose_pins_wait_to_be_checked_do_not_keep_the_boxs_own_screen_out(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, come, matches = threading.Event(), threading.Event(), Pin.matches

    def slow(self: Pin, text: str) -> bool:
        gate.wait(WITHIN_S)
        return matches(self, text)

    async def noted(request: web.Request, example: str) -> dict[str, Any]:
        body = await read_json(request, example)
        if is_own_screen(request):
            come.set()
        return body

    monkeypatch.setattr(Pin, "matches", slow)
    monkeypatch.setattr(access, "read_json", noted)
    many = access.MOST_CHECKS + 4
    with ThreadPoolExecutor(many + 1) as callers:
        guesses = [callers.submit(stranger(site.port).sign_in, "0000") for _ in range(many)]
        until(lambda: sum(guess.done() for guess in guesses) == many - access.MOST_CHECKS, "the others all wait")
        turned_away = [guess.result() for guess in guesses if guess.done()]
        own = callers.submit(Caller(site.port).sign_in, VIEWING)
        assert come.wait(WITHIN_S)
        gate.set()
        assert own.result().status == 200
    assert {(answer.status, answer.json["error"]) for answer in turned_away} == {
        (429, "many PINs are being checked just now")
    }
    assert {answer.headers["Retry-After"] for answer in turned_away} == {"1"}


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"pin=1357&role=viewing", "application/x-www-form-urlencoded", 415),
        (b'{"pin": "1357", "role": "viewing"}', "text/plain", 415),
        (b'{"pin": "1357", "role": "viewing"}', None, 415),
        (b"{", "application/json", 400),
        (b"", "application/json", 400),
        (b"[" * 4000, "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        ([], "application/json", 400),
        ({"pin": 1357, "role": "viewing"}, "application/json", 400),
        ({"pin": "1357", "role": "owner"}, "application/json", 400),
        ({"pin": "1357", "role": ["staff"]}, "application/json", 400),
        ({"pin": "1357"}, "application/json", 400),
        ({"pin": "1" * 5000, "role": "viewing"}, "application/json", 413),
        ({"pin": "\udcff", "role": "viewing"}, "application/json", 403),
    ],
)
def test_odd_requests_get_an_answer_that_helps(site: Site, body: object, content_type: str | None, status: int) -> None:
    answer = stranger(site.port).ask("POST", "/api/pin", body, Content_Type=content_type)
    assert answer.status == status
    assert answer.json.keys() == {"error", "hint"}
    assert not answer.cookies


def test_a_packed_body_is_refused_and_leaves_nothing_in_the_log(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    for body in (b"no gzip", gzip.compress(b'{"pin": "9", "role": "staff"}')):
        answer = stranger(site.port).ask("POST", "/api/pin", body, Content_Encoding="gzip")
        assert answer.status == 415
    assert [record for record in caplog.records if record.exc_info] == []


def test_phones_are_led_to_an_address_that_answers(site: Site, tmp_path: Path) -> None:
    for caller in (Caller(site.port), stranger(site.port)):
        caller.sign_in(VIEWING)
        address = caller.get("/address").json["address"]
        assert address == site.announced[1]
        assert address.startswith("http://") and address.endswith(f":{site.port}/")
    with served(tmp_path, lan=True, names=("kiosk.example",)) as named:
        assert Caller(named.port).get("/address").json["address"] == f"http://kiosk.example:{named.port}/"
    with served(tmp_path) as alone:
        assert Caller(alone.port).get("/address").json["address"] is None
        assert alone.announced == (f"http://127.0.0.1:{alone.port}/", None)
