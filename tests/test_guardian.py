"""What is trouble and what is none, as the guardian judges it."""

import time
from dataclasses import replace
from pathlib import Path

import pytest

from kiosk.health import guardian as module
from kiosk.health.guardian import Guardian, Ways
from kiosk.health.heartbeat import STALE_S, START_S, Heartbeat
from kiosk.health.restarts import Restarts
from kiosk.health.systemd import Notifier

WELL = Ways(
    ping=lambda: None, status=lambda: "well", camera_hung_s=lambda: 0.0, fail=lambda _: None, rescue=lambda: None
)


def guardian(tmp_path: Path, *beats: Heartbeat, ways: Ways = WELL) -> Guardian:
    return Guardian(beats, ways, Restarts(tmp_path / "restarts.json", "one"), Notifier({}), repairs=False)


def test_a_worker_is_late_after_five_seconds_but_may_take_a_minute_to_start() -> None:
    beat = Heartbeat("pose")
    now_s = time.monotonic()
    assert beat.overdue_s(now_s + START_S - 1, 0.0) is None
    assert beat.overdue_s(now_s + START_S + 1, 0.0) == pytest.approx(START_S + 1, abs=0.5)
    beat.beat()
    assert beat.overdue_s(now_s + STALE_S - 0.5, 0.0) is None
    assert beat.overdue_s(now_s + STALE_S + 1, 0.0) == pytest.approx(STALE_S + 1, abs=0.5)


def test_a_worker_that_begins_something_long_may_take_as_long_as_the_start() -> None:
    beat = Heartbeat("pose")
    beat.beat()
    beat.begin()
    now_s = time.monotonic()
    assert beat.overdue_s(now_s + START_S - 1, 0.0) is None
    assert beat.overdue_s(now_s + START_S + 1, 0.0)
    beat.beat()
    assert beat.overdue_s(now_s + STALE_S + 1, 0.0)


def test_what_was_not_let_run_is_not_late() -> None:
    beat = Heartbeat("pose")
    beat.beat()
    now_s = time.monotonic() + 100
    assert beat.overdue_s(now_s, now_s - 1) is None
    assert beat.overdue_s(now_s, now_s - STALE_S - 1)


def test_all_is_well_until_something_is_late(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    beats = Heartbeat("pose"), Heartbeat("view")
    watching = guardian(tmp_path, *beats)
    beats[0].beat()
    assert watching.trouble() is None
    began_s = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: began_s + 7)
    trouble = watching.trouble()
    assert trouble
    assert (trouble.cause, trouble.text) == ("pose", "the pose worker has shown no life for 7 s")


def test_a_driver_that_hangs_is_trouble_a_camera_that_is_waited_for_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hung = guardian(tmp_path, ways=replace(WELL, camera_hung_s=lambda: 60.0))
    assert hung.trouble() is None, "the guardian has watched for no time yet"
    began_s = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: began_s + 9)
    trouble = hung.trouble()
    assert trouble
    assert trouble.cause == "camera"
    assert guardian(tmp_path).trouble() is None


def test_memory_beyond_the_limit_is_trouble(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "limit_bytes", lambda: 1 << 30)
    watching = guardian(tmp_path)
    monkeypatch.setattr(module, "resident_bytes", lambda: (1 << 30) - 1)
    assert watching.trouble() is None
    monkeypatch.setattr(module, "resident_bytes", lambda: 1 << 31)
    trouble = watching.trouble()
    assert trouble
    assert (trouble.cause, trouble.text) == ("memory", "2048 MB of memory are in use, of 1024 at most")
