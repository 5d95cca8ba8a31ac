"""Looking back at one repetition: curves whose onset, turn and end are known, at any frame rate."""

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.coaching.course import Look, Timing
from tests.poses import times

FRAME_RATES = [10, 15, 30]
Curve = Callable[[float], float]
WAY_PX = 100.0


def least_jerk(*turns: tuple[float, float]) -> Curve:
    """A curve over time through these (seconds, share) with the course of least jerk, level before and after."""

    def share(t_s: float) -> float:
        for (from_s, start), (to_s, end) in pairwise(turns):
            if from_s <= t_s < to_s:
                x = (t_s - from_s) / (to_s - from_s)
                return start + (end - start) * x**3 * (10 - 15 * x + 6 * x * x)
        return turns[0][1] if t_s < turns[0][0] else turns[-1][1]

    return share


REPETITION = least_jerk((1.0, 0), (2.5, 1), (2.9, 1), (4.1, 0))
TRUTH = (1.0, 2.5, 2.9, 4.1)


def points(shares: Sequence[float], *, visibility: float = 0.9, noise_px: float = 0.0) -> np.ndarray:
    """Two joints, of which the first moves by WAY_PX; the second stays."""
    drawn = np.zeros((len(shares), 2, 4))
    drawn[:, 0, 0] = np.array(shares) * 0.6 * WAY_PX
    drawn[:, 0, 1] = np.array(shares) * 0.8 * WAY_PX
    drawn[..., :2] += np.random.default_rng(3).normal(0, noise_px, drawn[..., :2].shape)
    drawn[..., 3] = visibility
    return drawn


def crossings(at: Sequence[float], values: Sequence[float], line: float) -> tuple[float, float]:
    """When the value left its line for the first time and was back at last, between two frames."""
    crossed = [
        a + (b - a) * (line - x) / (y - x)
        for (a, x), (b, y) in pairwise(zip(at, values, strict=True))
        if (x < line) != (y < line)
    ]
    return crossed[0], crossed[-1]


def look(
    curve: Curve,
    fps: float,
    *,
    scale: float = 1.0,
    until_s: float = 6.0,
    hole: tuple[float, float] = (0, 0),
    **seen: float,
) -> Look:
    at = [t_s for t_s in times(until_s, fps) if not hole[0] < t_s < hole[1]]
    shares = [curve(t_s) for t_s in at]
    begin_s, end_s = crossings(at, shares, 0.3)
    return Look(np.array(at), np.array(shares) * scale, points(shares, **seen), begin_s, end_s)


def times_of(timing: Timing) -> tuple[float, ...]:
    return timing.onset_s, timing.turn_begin_s, timing.turn_end_s, timing.end_s


@pytest.mark.parametrize("fps", FRAME_RATES)
@pytest.mark.parametrize("scale", [0.3, 90.0])
def test_a_movement_of_the_course_of_least_jerk_is_timed_to_a_twentieth_of_a_second(fps: float, scale: float) -> None:
    timing = look(REPETITION, fps, scale=scale).timing(0, 6)
    assert times_of(timing) == pytest.approx(TRUTH, abs=0.05)
    assert timing.out_s + timing.back_s == pytest.approx(timing.end_s - timing.onset_s)
    assert timing.out_s == pytest.approx(1.7, abs=0.05), "half of the pause is on the way out"
    assert timing.pause_s == pytest.approx(0.4, abs=0.08)


@pytest.mark.parametrize("fps", FRAME_RATES)
def test_the_end_is_foreseen_before_it_is_there(fps: float) -> None:
    at = [t_s for t_s in times(6, fps) if t_s < 3.75]
    shares = [REPETITION(t_s) for t_s in at]
    begin_s, end_s = crossings(at, shares, 0.3)
    seen = Look(np.array(at), np.array(shares), points(shares), begin_s, end_s)
    assert times_of(seen.timing(0, None)) == pytest.approx(TRUTH, abs=0.08)


@pytest.mark.parametrize("fps", FRAME_RATES)
def test_noise_is_no_movement(fps: float) -> None:
    timing = look(REPETITION, fps, noise_px=1.0).timing(0, 6)
    assert (timing.out_s, timing.back_s) == pytest.approx((1.7, 1.4), abs=0.12)


@pytest.mark.parametrize("fps", FRAME_RATES)
@pytest.mark.parametrize("hole", [(0.9, 1.2), (1.5, 1.8), (2.5, 2.8), (3.9, 4.2)])
def test_a_moment_unseen_is_bridged(hole: tuple[float, float], fps: float) -> None:
    timing = look(REPETITION, fps, hole=hole).timing(0, 6)
    assert (timing.out_s, timing.back_s) == pytest.approx((1.7, 1.4), abs=0.1)


@pytest.mark.parametrize("fps", FRAME_RATES)
def test_joints_that_are_not_seen_leave_the_counting_measure_to_tell(fps: float) -> None:
    timing = look(REPETITION, fps, visibility=0.2, noise_px=40.0).timing(0, 6)
    assert times_of(timing) == pytest.approx(TRUTH, abs=0.05)


@pytest.mark.parametrize("fps", FRAME_RATES)
def test_what_begins_in_another_joint_begins_there(fps: float) -> None:
    trunk = least_jerk((0.6, 0), (1.8, 1), (3.2, 1), (4.5, 0))
    at = times(6, fps)
    shares = [REPETITION(t_s) for t_s in at]
    drawn = points(shares)
    drawn[:, 1, 0] = [trunk(t_s) * WAY_PX for t_s in at]
    begin_s, end_s = crossings(at, shares, 0.3)
    timing = Look(np.array(at), np.array(shares), drawn, begin_s, end_s).timing(0, 6)
    assert (timing.onset_s, timing.end_s) == pytest.approx((0.6, 4.5), abs=0.1)


def test_feet_put_in_place_beforehand_are_another_movement() -> None:
    at = times(6, 30)
    shares = [REPETITION(t_s) for t_s in at]
    drawn = points(shares)
    step = least_jerk((-2.0, 0), (0.5, 1))
    drawn[:, 1, 0] = [step(t_s) * WAY_PX for t_s in at]
    begin_s, end_s = crossings(at, shares, 0.3)
    assert Look(np.array(at), np.array(shares), drawn, begin_s, end_s).timing(-9, 6).onset_s > 0.5


@pytest.mark.parametrize("fps", FRAME_RATES)
@pytest.mark.parametrize("speed", ["even", "swinging"])
def test_other_courses_are_timed_nearly_as_well(speed: str, fps: float) -> None:
    def shaped(t_s: float) -> float:
        x = min(1.0, max(0.0, min((t_s - 1) / 1.5, (4.1 - t_s) / 1.2)))
        return x if speed == "even" else (1 - np.cos(np.pi * x)) / 2

    timing = look(shaped, fps).timing(0, 6)
    assert (timing.onset_s, timing.end_s) == pytest.approx((1, 4.1), abs=0.2)


def test_nothing_begins_before_what_was_before_or_ends_after_what_comes_next() -> None:
    timing = look(REPETITION, 30).timing(1.3, 3.9)
    assert timing.onset_s == 1.3
    assert timing.end_s <= 3.9


def test_a_bounce_at_the_far_end_belongs_to_the_pause() -> None:
    bounce = least_jerk((1.0, 0), (2.5, 1), (2.8, 0.7), (3.1, 1), (4.3, 0))
    timing = look(bounce, 30).timing(0, 6)
    assert (timing.turn_begin_s + timing.turn_end_s) / 2 == pytest.approx(2.8, abs=0.1)
    assert timing.pause_s == pytest.approx(0.6, abs=0.15)


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.floats(-50, 200, width=16), min_size=3, max_size=40),
    st.lists(st.floats(0.01, 0.5), min_size=40, max_size=40),
    st.floats(-1, 20),
    st.booleans(),
)
def test_whatever_was_seen_the_times_are_in_their_order(
    values: list[float], steps_s: list[float], before_s: float, settled: bool
) -> None:
    at = np.cumsum(steps_s[: len(values)])
    begin_s, end_s = float(at[len(at) // 3]), float(at[-1])
    drawn = points([value / WAY_PX for value in values], noise_px=5.0)
    timing = Look(at, np.array(values, float), drawn, begin_s, end_s).timing(
        min(before_s, begin_s), end_s if settled else None
    )
    assert min(before_s, begin_s) <= timing.onset_s <= timing.turn_begin_s <= timing.turn_end_s <= timing.end_s
    assert timing.onset_s <= begin_s
    assert timing.end_s >= end_s
