"""Who means no good gets a clean answer or none, and takes neither memory nor the way in from the others."""

import contextlib
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kiosk import door
from kiosk.turns import Turns
from kiosk.web import guard
from tests.conftest import RunKiosk
from tests.doors import HERE, Caller, Site, served, stranger
from tests.hostile import EACH, attacked, request


def test_hostile_connections_and_a_flood_do_no_harm(
    run_kiosk: RunKiosk, record_property: Callable[[str, object], None]
) -> None:
    with run_kiosk("--camera", "demo:squat") as kiosk:
        found = attacked(kiosk, each=EACH, seconds=4, calm_s=2)
        assert Caller(kiosk.port).get("/healthz").status == 200
    calm, hostile, flooded, _ = found.fps
    record_property("frame_rate_ratios", f"hostile {hostile / calm:.2f}, flood {flooded / calm:.2f}")
    for kind, answers in found.answers.items():
        if kind in ("slow headers", "half open"):
            assert set(answers) <= {"waits", "ended", "408"}, kind
        else:
            assert all(answer.startswith("4") for answer in answers), f"{kind}: {answers}"
        assert answers.total() == EACH, kind
    assert found.asked > 1000
    assert found.recovered_s < 3
    before_mb, most_mb, _ = found.mb
    assert most_mb < before_mb + 40
    assert "Traceback" not in found.log
    assert found.log.count("\n") < 40, "strangers can't fill the log"


# -- the door


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with served(tmp_path, max_viewers=1) as site:
        yield site


def opened(site: Site, count: int, host: str = HERE) -> list[socket.socket]:
    """So many connections, each let in or turned away by now."""
    connections = [socket.create_connection((host, site.port), 5) for _ in range(count)]
    time.sleep(0.3)
    return connections


def says(connection: socket.socket, within_s: float = 0.3) -> bytes | None:
    """What comes, b"" when it was ended, None when nothing comes."""
    connection.settimeout(within_s)
    try:
        return connection.recv(4096)
    except TimeoutError:
        return None
    except ConnectionError:
        return b""


def test_a_silent_connection_is_ended_and_one_that_asks_now_and_then_or_watches_is_not(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "SILENT_S", 6.0)
    silent, slow, asking, watching = opened(site, 4)
    slow.sendall(b"GET / HTTP/1.1\r\nX: ")
    watching.sendall(request(path="/endless"))
    for _ in range(10):
        asking.sendall(request(path="/pin/words.json"))
        time.sleep(0.8)
        with contextlib.suppress(OSError):
            slow.sendall(b"a")
        assert (says(asking, 5) or b"").startswith(b"HTTP/1.1 200"), "it asks within each six seconds"
    assert says(silent, 10) == b""
    assert says(slow, 10) == b""
    shown = b"".join(says(watching, 5) or b"ended" for _ in range(100))
    assert shown.startswith(b"HTTP/1.1 200")
    assert not shown.endswith(b"ended")


def test_one_machine_can_t_take_all_places_and_the_box_itself_has_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "MOST_BY_ADDRESS", 8)
    monkeypatch.setattr(door, "COME_AT_ONCE", 200)
    with served(tmp_path, lan=True) as site:
        somebody = stranger(site.port)
        if somebody.host == HERE:
            pytest.skip("this machine has no address in a network")
        taken = opened(site, 12, somebody.host)
        refused = [says(connection, 5) or b"" for connection in taken[8:]]
        assert all(answer.startswith(b"HTTP/1.1 429") for answer in refused)
        assert [says(connection, 0.05) for connection in taken[:8]] == [None] * 8
        assert Caller(site.port).get("/pin").status == 200
        for connection in taken:
            connection.close()
        assert [somebody.get("/pin").status for _ in range(30)] == [200] * 30, "the places are free again at once"


def test_there_is_room_for_so_many_and_no_more(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "BESIDE", 0)
    most = door.BY_VIEWER + 256  # the site was opened before
    taken = opened(site, most)
    assert says(taken[-1], 2) is None
    refused = opened(site, 1)[0]
    assert (says(refused, 5) or b"").startswith(b"HTTP/1.1 429 Too Many Requests\r\nRetry-After: 5")
    for connection in taken:
        connection.close()
    time.sleep(0.1)
    assert Caller(site.port).get("/pin").status == 200


def test_who_asks_too_fast_waits_and_another_does_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "ASKED_HZ", 4.0)
    monkeypatch.setattr(guard, "ASKED_AT_ONCE", 10)
    with served(tmp_path, lan=True) as site:
        connections = opened(site, 30)
        begun_s = time.monotonic()
        for connection in connections:
            connection.sendall(request(path="/pin/words.json"))
        somebody = stranger(site.port)
        assert somebody.host == HERE or somebody.get("/pin").status == 200
        answers = [says(connection, 0.01) for connection in connections]
        assert somebody.host == HERE or None in answers, "others still wait"
        late = [connection for connection, answer in zip(connections, answers, strict=True) if answer is None]
        answers += [says(connection, 10) for connection in late]
        good = [answer for answer in answers if answer is not None and answer.startswith(b"HTTP/1.1 200")]
        assert len(good) == len(connections)
        assert time.monotonic() - begun_s > 20 / 4 - 0.5, "twenty too many, four a second"


def test_turns_are_as_many_as_said() -> None:
    turns = Turns(10.0, 5)
    waits_s = [turns.wait_s(100.0) for _ in range(10)]
    assert waits_s[:5] == [0.0] * 5
    assert waits_s[5:] == pytest.approx([0.1, 0.2, 0.3, 0.4, 0.5])
    assert turns.wait_s(200.0) == 0.0
