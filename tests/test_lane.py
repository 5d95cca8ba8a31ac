"""Both sides apart, timed tests, and what a repetition must be to count."""

from dataclasses import replace
from statistics import fmean, stdev
from typing import Any

import numpy as np
import pytest

from kiosk.coaching.coach import Coach, Event, RepEvent, TempoEvent, TimedEvent
from kiosk.coaching.tempo import LATEST
from kiosk.landmarks import INDEX, Pose
from tests.exercises import exercise
from tests.poses import Curve, bends, figure, squats, times

APART = [
    ("side: near\n", ""),
    ("  max_s: 10", "  max_s: 10\n  each: true"),
    ("see: [shoulder, hip, knee, ankle, foot_index]", "see: [hip]"),
]


def judged(coach: Coach, poses: list[tuple[float, Pose]], kind: type[Any]) -> list[Any]:
    events: list[Event] = [event for t_s, pose in poses for event in coach.step(t_s, pose)]
    return [event for event in events if isinstance(event, kind)]


def both(t_s: float, left: float, right: float) -> Pose:
    """A figure whose legs bend apart: the right leg's points from a figure of its own."""
    one, other = (figure(t_s, knee=knee, turned_deg=0.0) for knee in (left, right))
    rows = [INDEX[f"right_{name}"] for name in ("hip", "knee", "ankle", "heel", "foot_index")]
    world = np.array(one.world)
    world[rows] = other.world[rows]
    return replace(one, world=world)


def legs(left: Curve, right: Curve, until_s: float, fps: float = 15) -> list[tuple[float, Pose]]:
    return [(t_s, both(t_s, left(t_s), right(t_s))) for t_s in times(until_s, fps)]


def test_left_and_right_are_counted_apart() -> None:
    coach = Coach(exercise(*APART))
    still = bends((0.0, 175.0))
    ended = judged(coach, legs(squats(3), still, 14), RepEvent)
    assert [(event.number, event.side) for event in ended] == [(1, "left"), (2, "left"), (3, "left")]
    assert coach.snapshot().sides == (3, 0)
    assert coach.reps == 3


def test_each_repetition_has_its_tempo_and_each_side_its_own() -> None:
    coach = Coach(exercise(*APART))
    curve = squats(3, out_s=2.0, back_s=1.0)
    told = judged(coach, legs(curve, bends((0.0, 175.0)), 14), TempoEvent)
    assert [(event.number, event.side) for event in told] == [(1, "left"), (2, "left"), (3, "left")]
    for event in told:
        # The figure's angles have a swing's course, and only the knees in metres move: the counting measure tells.
        assert (event.out_s, event.back_s) == pytest.approx((2.0, 1.0), abs=0.25)
        assert event.t_s - event.begin_s == pytest.approx(event.out_s + event.back_s)


def test_who_leaves_keeps_the_tempo_of_the_last_repetition_and_partials_have_none() -> None:
    coach = Coach(exercise())
    curve = bends((1, 175), (2, 125), (3, 175), (4, 85), (5, 175))
    poses: list[tuple[float, Pose | None]] = [(t_s, figure(t_s, knee=curve(t_s))) for t_s in times(4.85, 15)]
    events = [event for t_s, pose in poses for event in coach.step(t_s, pose)]
    assert [event.partial for event in events if isinstance(event, RepEvent)] == [True, False]
    assert not any(isinstance(event, TempoEvent) for event in events)
    left = [event for n in range(20) for event in coach.step(5 + n / 15, None)]
    assert [event.number for event in left if isinstance(event, TempoEvent)] == [1]


def test_evenness_is_that_of_the_whole_repetitions() -> None:
    coach = Coach(exercise())
    told = judged(coach, squatting(3), TempoEvent)
    whole_s = [event.out_s + event.back_s for event in told]
    assert coach.snapshot().unevenness == pytest.approx(stdev(whole_s) / fmean(whole_s))


def test_a_set_without_end_is_as_even_as_of_late() -> None:
    coach = Coach(exercise())
    uneven = bends((1, 175), (2, 85), (3, 175), (4, 175), (7, 85), (10, 175), (11, 175), (12, 85), (13, 175))
    judged(coach, [(t_s, figure(t_s, knee=uneven(t_s))) for t_s in times(14, 10)], RepEvent)
    before = coach.snapshot().unevenness
    assert before is not None
    assert before > 0.4
    even = [(t_s + 20, pose) for t_s, pose in squatting(LATEST + 1, 10)]
    told = judged(coach, even, TempoEvent)[-LATEST:]
    assert coach.reps == LATEST + 4
    whole_s = [event.out_s + event.back_s for event in told]
    assert coach.snapshot().unevenness == pytest.approx(stdev(whole_s) / fmean(whole_s))


def test_both_legs_at_once_count_for_both() -> None:
    coach = Coach(exercise(*APART))
    judged(coach, legs(squats(2), squats(2), 10), RepEvent)
    assert coach.snapshot().sides == (2, 2)


def squatting(count: int, fps: float = 15, **about: float) -> list[tuple[float, Pose]]:
    curve = squats(count, **about)
    until_s = count * (about.get("out_s", 1.4) + about.get("back_s", 1.1) + about.get("rest_s", 1.0)) + 2
    return [(t_s, figure(t_s, knee=curve(t_s))) for t_s in times(until_s, fps)]


@pytest.mark.parametrize(
    ("require", "counted"),
    [("rep.range(bend) > 20", 3), ("rep.range(bend) > 150", 0), ("rep.s > 30", 0), ("rep.min(knee_past_toe) < 9", 3)],
)
def test_only_a_repetition_that_is_as_required_counts(require: str, counted: int) -> None:
    coach = Coach(exercise(("  max_s: 10", f'  max_s: 10\n  require: "{require}"')))
    assert len(judged(coach, squatting(3), RepEvent)) == counted


def test_a_timed_test_ends_by_itself_and_is_told_once() -> None:
    coach = Coach(exercise(("  max_s: 10", "  max_s: 10\n  timed_s: 9")))
    poses = squatting(6)
    (over,) = judged(coach, poses, TimedEvent)
    begun_s = over.t_s - 9
    assert 0 < begun_s < 2.5
    # Period 3.5 s: two are whole after 9 s, and the third is on its way out or back.
    assert over.reps in (2, 3)
    assert coach.reps == 6
    assert coach.snapshot().timed_left_s is None


TIMED = "  max_s: 4\n  timed_s: 9"


@pytest.mark.parametrize("fps", [8, 15, 30])
@pytest.mark.parametrize(
    ("before", "require"),
    [
        ([(1.0, 175.0), (1.8, 152.0), (2.6, 175.0)], ""),
        ([(1.0, 175.0), (2.0, 130.0), (3.0, 175.0)], ""),
        ([(1.0, 175.0), (2.0, 105.0), (3.0, 175.0)], '\n  require: "rep.min(bend) < 95"'),
        ([(1.0, 175.0), (2.0, 85.0), (7.0, 85.0), (7.8, 175.0)], ""),
    ],
    ids=["unrest", "partial", "not as required", "no repetition but a pause"],
)
def test_a_timed_test_runs_from_the_first_movement_that_is_a_repetition(
    fps: float, before: list[tuple[float, float]], require: str
) -> None:
    coach = Coach(exercise(("  max_s: 10", TIMED + require)))
    first, squat = bends((0.0, 175.0), *before), squats(3)
    poses = [(t_s, figure(t_s, knee=first(t_s) if t_s < 8 else squat(t_s - 8))) for t_s in times(20, fps)]
    (over,) = judged(coach, poses, TimedEvent)
    assert over.t_s - 9 == pytest.approx(9.2, abs=0.3), "they set out at 9 s"
    assert over.reps == 3


@pytest.mark.parametrize(("require", "counted"), [("", 2), ('\n  require: "rep.min(bend) < 95"', 1)])
def test_what_is_under_way_when_time_is_over_counts_if_it_is_as_required_by_then(require: str, counted: int) -> None:
    coach = Coach(exercise(("  max_s: 10", "  max_s: 10\n  timed_s: 6" + require)))
    knee = bends((1.0, 175.0), (2.4, 85.0), (3.5, 175.0), (4.0, 175.0), (6.0, 115.0), (9.0, 115.0))
    (over,) = judged(coach, [(t_s, figure(t_s, knee=knee(t_s))) for t_s in times(9, 15)], TimedEvent)
    assert over.reps == counted


@pytest.mark.parametrize("fps", [10, 30])
def test_a_set_is_as_even_as_it_was(fps: float) -> None:
    coach = Coach(exercise())
    judged(coach, squatting(4, fps), RepEvent)
    assert coach.snapshot().unevenness == pytest.approx(0.0, abs=0.02)
