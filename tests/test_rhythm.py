"""The tempo of repetitions as they happen: told at once, and again when they are over."""

from dataclasses import dataclass, field

import numpy as np
import pytest

from kiosk.coaching.course import Timing
from kiosk.coaching.repetitions import PARTIAL_SHARE, RepetitionCounter
from kiosk.coaching.rhythm import Rhythm
from tests.exercises import reps
from tests.poses import times
from tests.test_course import FRAME_RATES, Curve, least_jerk

UP = (('start: "> 160"', 'start: "< 110"'), ('end: "< 110"', 'end: "> 150"'))


@dataclass
class Session:
    """What was foreseen of each repetition, what was said of it in the end, and when."""

    foreseen: list[Timing] = field(default_factory=list)
    final: list[Timing] = field(default_factory=list)
    waited_s: list[float] = field(default_factory=list)


def followed(share: Curve, until_s: float, fps: float, *, rises: bool = False) -> Session:
    rules = reps(*(UP if rises else ()))
    counter, rhythm, session, counted_s = RepetitionCounter(rules), Rhythm(rules), Session(), 0.0
    for t_s in times(until_s, fps):
        bend = 90 + 85 * share(t_s) if rises else 175 - 85 * share(t_s)
        points = np.zeros((33, 4), np.float32)
        points[24] = (200 + 100 * share(t_s), 240, 0, 0.9)
        rhythm.step(t_s, bend, points)
        if timing := rhythm.settle(t_s, counter.begin_s if counter.share >= PARTIAL_SHARE else None):
            session.final.append(timing)
            session.waited_s.append(t_s - counted_s)
        if ended := counter.step(t_s, {"bend": bend}):
            session.foreseen.append(rhythm.count(ended.begin_s, ended.end_s, [24, 26]))
            counted_s = t_s
    return session


@pytest.mark.parametrize("fps", FRAME_RATES)
@pytest.mark.parametrize("rises", [False, True])
def test_the_tempo_of_each_repetition_is_told_at_once_and_when_it_is_over(fps: float, rises: bool) -> None:
    turns = [
        (begin_s + at_s, share) for begin_s in (1, 5, 9) for at_s, share in ((0, 0), (1.5, 1), (1.75, 1), (2.95, 0))
    ]
    session = followed(least_jerk(*turns), 14, fps, rises=rises)
    assert len(session.foreseen) == len(session.final) == 3
    for timing in (*session.foreseen, *session.final):
        assert (timing.out_s, timing.back_s) == pytest.approx((1.625, 1.325), abs=0.1)
    assert max(session.waited_s) <= 1.3
    assert [timing.onset_s for timing in session.final] == pytest.approx([1, 5, 9], abs=0.1)


@pytest.mark.parametrize("fps", FRAME_RATES)
def test_without_a_rest_the_turn_between_two_ends_one_and_begins_the_next(fps: float) -> None:
    turns = [(1 + 1.2 * n, n % 2) for n in range(9)]
    session = followed(least_jerk(*turns), 13, fps)
    assert len(session.final) == 4
    for timing in session.final:
        assert (timing.out_s, timing.back_s) == pytest.approx((1.2, 1.2), abs=0.12)
    for before, after in zip(session.final, session.final[1:], strict=False):
        assert 0 <= after.onset_s - before.end_s < 0.1


def test_what_is_interrupted_keeps_what_was_foreseen() -> None:
    rules, share = reps(), least_jerk((1, 0), (2.2, 1), (3.4, 0))
    counter, rhythm = RepetitionCounter(rules), Rhythm(rules)
    for t_s in times(4, 30):
        bend = 175 - 85 * share(t_s)
        rhythm.step(t_s, bend, np.zeros((33, 4), np.float32))
        if ended := counter.step(t_s, {"bend": bend}):
            foreseen = rhythm.count(ended.begin_s, ended.end_s, [24])
            break
    assert rhythm.finish() == foreseen
    assert rhythm.finish() is None, "it is told once"


def test_a_measure_that_vanishes_keeps_nobody_waiting() -> None:
    rules, share = reps(), least_jerk((1, 0), (2.2, 1), (3.4, 0))
    counter, rhythm, told_s = RepetitionCounter(rules), Rhythm(rules), 0.0
    counted_s = 0.0
    for t_s in times(6, 30):
        bend = None if counted_s else 175 - 85 * share(t_s)
        rhythm.step(t_s, bend, np.zeros((33, 4), np.float32))
        if rhythm.settle(t_s, None):
            told_s = t_s
        if ended := counter.step(t_s, {"bend": bend}):
            rhythm.count(ended.begin_s, ended.end_s, [24])
            counted_s = t_s
    assert 0 < told_s - counted_s < 1.5
