"""Why the kiosk ended, as its file tells the next run."""

import json
import os
import threading
import time
from pathlib import Path

import pytest

from kiosk.health import restarts as module
from kiosk.health.restarts import CAUSES, RepairError, Restarts
from kiosk.words import Phrase


def run(path: Path, end: BaseException | None = None, boot: str = "one") -> Restarts:
    """A run that ends so."""
    restarts = Restarts(path, boot)
    try:
        with restarts.counted():
            if isinstance(end, RepairError):
                restarts.note("pose")
            if end:
                raise end  # noqa: TRY301
    except BaseException as raised:  # noqa: BLE001
        assert raised is end
    return restarts


def counted(restarts: Restarts) -> dict[str, int]:
    return {cause: count for cause, count in restarts.counts.items() if count}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "restarts.json"


def cut_off(path: Path, boot: str = "one", pid: int | None = None) -> None:
    """A run that ends without a word."""
    restarts = Restarts(path, boot)
    restarts._begin()
    if pid is not None:
        stored = json.loads(path.read_text())
        stored["running"]["pid"] = pid
        path.write_text(json.dumps(stored))


def test_an_end_as_wished_is_none(path: Path) -> None:
    run(path)
    last = run(path)
    assert (last.last, counted(last), last.notice()) == (None, {}, None)


def test_a_repair_is_told_once_and_counted_for_good(path: Path) -> None:
    run(path, RepairError("the pose worker"))
    told = run(path)
    assert (told.last, told.notice()) == ("pose", Phrase("restarted_pose"))
    later = run(path)
    assert (later.last, counted(later)) == (None, {"pose": 1})


def test_an_error_is_a_cause_and_no_wish(path: Path) -> None:
    run(path, ValueError("a mistake"))
    run(path, ValueError("a mistake"))
    last = run(path)
    assert (last.last, counted(last)) == ("failed", {"failed": 2})


def test_a_run_that_was_cut_off_was_killed_or_without_power(path: Path) -> None:
    cut_off(path)
    killed = run(path)
    assert (killed.last, counted(killed)) == ("killed", {"killed": 1})
    cut_off(path)
    power = run(path, boot="two")
    assert (power.last, power.notice(), counted(power)) == ("power", None, {"killed": 1, "power": 1})


def test_another_kiosk_with_the_same_folder_was_not_cut_off(path: Path) -> None:
    cut_off(path, pid=os.getppid())
    assert counted(run(path)) == {}
    cut_off(path, pid=os.getppid())
    assert counted(run(path, boot="two")) == {"power": 1}


def test_the_page_is_told_for_some_minutes(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(path, RepairError("x"))
    told = run(path)
    assert told.notice()
    monkeypatch.setattr(module, "TOLD_S", 0.0)
    assert told.notice() is None


@pytest.mark.parametrize(
    "text", ["", "[]", '{"counts": 3}', '{"counts": {"pose": "x"}, "why": [], "running": 1}', "\0"]
)
def test_a_damaged_file_is_begun_anew(path: Path, text: str) -> None:
    path.write_text(text)
    assert counted(run(path)) == {}
    assert json.loads(path.read_text())["counts"] == dict.fromkeys(CAUSES, 0)


def test_a_disk_that_refuses_or_hangs_stops_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").touch()
    run(tmp_path / "file" / "restarts.json", RepairError("x"))
    assert "can't be noted" in caplog.text
    waits = threading.Event()
    monkeypatch.setattr(module, "replace_file", lambda *_: waits.wait(20))
    monkeypatch.setattr(module, "WRITE_S", 0.1)
    begun_s = time.monotonic()
    Restarts(tmp_path / "restarts.json", "one").note("pose")
    assert time.monotonic() - begun_s < 10, "the disk takes twenty"
    waits.set()
