"""Frames a second, from their capture times."""

import random

import pytest

from kiosk.framerate import FRAMES, FrameLimit, FrameRate, FrameTime


@pytest.mark.parametrize("fps", [5.0, 10.0, 30.0])
def test_it_is_that_of_the_newest_frames(fps: float) -> None:
    rate = FrameRate()
    for n in range(FRAMES):
        rate.tick(n / 3)  # slow, and long ago
    for n in range(FRAMES):
        rate.tick(100 + n / fps)
    assert rate.fps == pytest.approx(fps)


def test_one_frame_has_no_rate_and_a_pause_begins_anew() -> None:
    rate = FrameRate()
    rate.tick(1.0)
    assert rate.fps == 0.0
    rate.tick(1.1)
    rate.rest()
    assert rate.fps == 0.0
    rate.tick(9.0)
    assert rate.fps == 0.0


def test_how_long_a_frame_takes_is_the_average_of_the_newest() -> None:
    time = FrameTime()
    assert time.mean_s is None
    time.take(0.1)
    time.take(0.3)
    assert time.mean_s == pytest.approx(0.2)
    for _ in range(5 * FRAMES):
        time.take(0.05)
    assert time.mean_s == pytest.approx(0.05, rel=0.05)
    time.rest()
    time.take(1.0)
    assert time.mean_s == 1.0


@pytest.mark.parametrize(
    ("camera_fps", "least", "most"),
    [(10, 10, 10), (29, 29, 29), (30, 30, 30), (31, 30, 31), (41, 29, 31), (60, 29, 31), (71, 29, 31), (120, 29, 31)],
)
def test_no_more_frames_are_chosen_than_wanted_and_none_of_a_slower_camera_is_lost(
    camera_fps: int, least: int, most: int
) -> None:
    limit = FrameLimit(30)
    trembling = random.Random(1)
    times_s = [1000 + n / camera_fps + trembling.uniform(-0.002, 0.002) for n in range(camera_fps * 10)]
    chosen = [limit.takes(t_s) for t_s in times_s]
    assert least * 10 <= sum(chosen) <= most * 10 + 1


def test_a_clock_that_jumps_stops_no_picture() -> None:
    limit = FrameLimit(30)
    assert limit.takes(1000.0)
    assert limit.takes(10.0)
    assert not limit.takes(10.01)
    assert limit.takes(50.0)
