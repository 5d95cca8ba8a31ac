"""What is trouble and what is none, as the guardian judges it."""

import time
from dataclasses import replace
from itertools import accumulate
from pathlib import Path
from threading import Event

import pytest

from kiosk.capture.source import Image
from kiosk.demo import room
from kiosk.health import guardian as module
from kiosk.health.guardian import Guardian, Ways
from kiosk.health.heartbeat import SLACK, STALE_S, START_S, Heartbeat
from kiosk.health.restarts import Restarts
from kiosk.health.systemd import Notifier
from tests.drawn_camera import HEIGHT_PX, WIDTH_PX, DrawnCamera, run_chain
from tests.exercises import exercise

WELL = Ways(
    ping=lambda: None, status=lambda: "well", camera_hung_s=lambda: 0.0, fail=lambda _: None, rescue=lambda: None
)


def guardian(tmp_path: Path, *beats: Heartbeat, ways: Ways = WELL) -> Guardian:
    return Guardian(beats, ways, Restarts(tmp_path / "restarts.json", "one"), Notifier({}), repairs=False)


def beaten(monkeypatch: pytest.MonkeyPatch, *gaps_s: float) -> Heartbeat:
    """A heartbeat that began at 0 s and beat after each of these."""
    monkeypatch.setattr(time, "monotonic", iter(accumulate(gaps_s, initial=0.0)).__next__)
    beat = Heartbeat("pose", START_S / SLACK)
    for _ in gaps_s:
        beat.beat()
    return beat


def test_a_worker_that_begins_something_long_may_take_as_long_as_the_start() -> None:
    beat = Heartbeat("pose")
    beat.beat()
    beat.begin()
    now_s = time.monotonic()
    assert beat.overdue_s(now_s + START_S - 1, 0.0) is None
    assert beat.overdue_s(now_s + START_S + 1, 0.0)
    beat.beat()
    assert beat.overdue_s(now_s + STALE_S + 1, 0.0)


@pytest.mark.parametrize(
    ("gaps_s", "limit_s"),
    [
        pytest.param([], START_S, id="before its first"),
        pytest.param([30.0], START_S, id="while its first frame is looked at"),
        pytest.param([2.0, *[0.03] * 24], STALE_S, id="a second later"),
        pytest.param([2.0, *[1.2] * 40], STALE_S, id="while a camera is waited for"),
        pytest.param([2.0, *[0.03] * 60, 4.0], 16.0, id="after one slow frame"),
        pytest.param([2.0, *[0.03] * 60, 4.0, *[0.03] * 11], STALE_S + 0.02, id="and eleven quick ones"),
        pytest.param([30.0, *[9.0] * 100], 36.0, id="where each frame is slow"),
        pytest.param([30.0, *[40.0] * 100], START_S, id="and never longer than to start"),
    ],
)
def test_how_long_a_worker_may_show_no_life(
    gaps_s: list[float], limit_s: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    beat, last_s = beaten(monkeypatch, *gaps_s), sum(gaps_s)
    assert beat.limit_s == pytest.approx(limit_s, abs=0.01)
    assert beat.overdue_s(last_s + limit_s - 0.1, 0.0) is None
    assert beat.overdue_s(last_s + limit_s + 0.1, 0.0) == pytest.approx(limit_s + 0.1)


def test_what_starts_at_once_is_late_as_soon_as_it_has_beaten() -> None:
    beat = Heartbeat("loop")
    assert beat.limit_s == START_S
    beat.beat()
    assert beat.limit_s == STALE_S


@pytest.mark.parametrize("frame_s", [0.03, 1.0, 4.9, 8.0, 14.0])
def test_a_slow_box_is_never_late(frame_s: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """It waits for a camera first; each frame with somebody in it takes three times one without."""
    room = [frame_s / 3] * 100
    gaps_s = [1.2, 1.2, frame_s, *room, frame_s, *room, *[frame_s] * 50]
    for number, gap_s in enumerate(gaps_s):
        limit_s = beaten(monkeypatch, *gaps_s[:number]).limit_s
        assert gap_s < limit_s


def test_the_first_frame_may_take_as_long_as_the_start(model_bundle: Path) -> None:
    asked, given = Event(), Event()

    def draw(_: float) -> Image:
        asked.set()
        given.wait(60)
        return room.room(room.stage(room.STANDING, WIDTH_PX, HEIGHT_PX))

    camera = DrawnCamera(draw, 0.0, 30)
    pipeline, failed = run_chain(camera, exercise(), model_bundle, lambda _: None)
    assert asked.wait(60)
    pose, _ = pipeline.heartbeats
    assert pose.limit_s == START_S
    given.set()
    assert camera.over.wait(60)
    pipeline.stop(5)
    assert failed == []


def test_what_was_not_let_run_is_not_late(monkeypatch: pytest.MonkeyPatch) -> None:
    beat = beaten(monkeypatch, 1.0, *[0.03] * 60)
    now_s = 100.0
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
