"""Frames a second, from their capture times."""

import pytest

from kiosk.framerate import FRAMES, FrameRate


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
