"""One side of one person at one exercise: measures, repetitions or a hold, and warnings.

Most exercises have one lane, the side the camera sees better; those that count left and right apart have two.
"""

from collections.abc import Iterator
from dataclasses import replace
from math import inf
from typing import Final

from kiosk.coaching.course import Timing
from kiosk.coaching.events import Event, HoldEvent, RepEvent, TempoEvent, TimedEvent, WarningEvent
from kiosk.coaching.holds import Held, HoldTimer
from kiosk.coaching.readings import Readings
from kiosk.coaching.repetitions import PARTIAL_SHARE, Repetition, RepetitionCounter
from kiosk.coaching.rhythm import Rhythm
from kiosk.coaching.tempo import RepetitionTimes
from kiosk.coaching.watch import Watch
from kiosk.landmarks import INDEX
from kiosk.rules.exercise import Exercise, FormWarning, Repetitions
from kiosk.rules.exercise_file import Phase
from kiosk.rules.measures import Body
from kiosk.stance import Side, Stance

HALFWAY: Final = 0.5
"""A timed chair stand that is more than halfway up when time is over counts (CDC STEADI, 30-second chair stand)."""

_JOINTS: Final = tuple(
    [INDEX[f"{side}_{joint}"] for joint in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")]
    for side in ("left", "right")
)


class Lane:
    """Judges one side; `side` None means whichever is near."""

    def __init__(self, exercise: Exercise, side: Side | None) -> None:
        self.side = side
        self.reps = 0
        self.partials = 0
        self.rep_times = RepetitionTimes()
        self.readings = Readings(exercise.measures)
        self.counter = RepetitionCounter(exercise.reps) if exercise.reps else None
        self.rhythm = Rhythm(exercise.reps) if exercise.reps else None
        self.timer = HoldTimer(exercise.hold) if exercise.hold else None
        self._exercise = exercise
        self._watches = tuple(Watch(warning) for warning in exercise.warnings)
        self._timed_from_s: float | None = None
        self._timed_over = False
        self._set_from_s = -inf
        self._timed_from_reps = 0
        self._tempo_of: int | None = None

    @property
    def resting(self) -> bool:
        """Whether the person is between repetitions, or not holding."""
        if self.counter:
            return self.counter.phase in (None, "start")
        return self.timer is None or not self.timer.holding

    def standing(self) -> list[FormWarning]:
        """Return the warnings that stand."""
        return [watch.warning for watch in self._watches if watch.raised]

    def timed_left_s(self, t_s: float) -> float | None:
        """Return what is left of a timed test, None where none runs."""
        reps = self._exercise.reps
        if reps is None or reps.timed_s is None or self._timed_from_s is None or self._timed_over:
            return None
        return max(0.0, self._timed_from_s + reps.timed_s - t_s)

    def stance(self, stance: Stance) -> Stance:
        """Return the stance in which this lane's side is the near one."""
        return replace(stance, near=self.side) if self.side else stance

    def measure(self, t_s: float, body: Body) -> None:
        """Take the measures of a body in this lane's stance."""
        self.readings.step(t_s, body, resting=self.resting)

    def follow(self, t_s: float, body: Body) -> Iterator[Event]:
        """Follow the movement without counting, so that the repetition somebody begins with at once is whole.

        A hold that is under way can't be told to go on: it ends after its grace.
        """
        yield from self._follow_rhythm(t_s, body)
        if self.counter:
            self.counter.step(t_s, self.readings.numbers)
        yield from self._time_hold(t_s, None)

    def miss(self, t_s: float) -> None:
        """Pass a frame in which the person was not seen: nothing is known of it, so it raises and clears nothing."""
        for watch in self._watches:
            watch.step(t_s, None, None)

    def judge(self, t_s: float, body: Body, in_view: bool | None) -> Iterator[Event]:
        """Judge the newest measures; `in_view` says whether the person stands as counting demands."""
        yield from self._follow_rhythm(t_s, body)
        ended = self._count_repetition(t_s, in_view, body)
        yield from self._time_hold(t_s, in_view)
        for watch in self._watches:
            if not watch.warning.at_rep:
                yield from self._judge_frame(t_s, watch, body)
        if ended:
            yield self._counted(ended)
        for watch in self._watches:
            if watch.warning.at_rep:
                yield from self._judge_repetition(t_s, watch, body, ended)
        yield from self._time_test(t_s)

    def interrupt(self, t_s: float) -> Iterator[Event]:
        """Stop judging for now: what is under way ends, what was counted stays."""
        if self.counter:
            self.counter.reset()
        if self.reps == self._timed_from_reps and not self._timed_over:
            self._timed_from_s = None
        if self.rhythm:
            yield from self._tempo(self.rhythm.finish())
            self.rhythm.reset()
        if self.timer and (held := self.timer.end()):
            yield _told(held)
        yield from self.lower_all(t_s)

    def go_on_from(self, old: "Lane") -> None:
        """Take over what was counted, and what is under way, by the exercise before it was edited."""
        self.reps, self.partials = old.reps, old.partials
        self.rep_times = old.rep_times
        self._timed_from_s, self._timed_from_reps = old._timed_from_s, old._timed_from_reps
        self._timed_over, self._set_from_s = old._timed_over, old._set_from_s
        if old.timer and self._exercise.hold:
            self.timer = old.timer
            self.timer.follow(self._exercise.hold)
        if _counting(self._exercise) == _counting(old._exercise):
            self.counter, self.rhythm, self._tempo_of = old.counter, old.rhythm, old._tempo_of

    def begin_set(self, t_s: float) -> None:
        """Begin another set: its evenness and its timed test are its own."""
        self.rep_times = RepetitionTimes()
        self._timed_from_s, self._timed_over = None, False
        self._set_from_s = t_s

    def lower_all(self, t_s: float) -> Iterator[Event]:
        """Lower every warning."""
        for watch in self._watches:
            if watch.lower():
                yield WarningEvent(t_s, watch.warning, on=False, rep=None, side=self.side)

    def to_be_spoken(self, t_s: float, warning: FormWarning) -> bool:
        """Whether a cue may be given again by now."""
        return next(watch for watch in self._watches if watch.warning is warning).to_be_spoken(t_s)

    def _follow_rhythm(self, t_s: float, body: Body) -> Iterator[TempoEvent]:
        if self.rhythm is None or self.counter is None or self._exercise.reps is None:
            return
        self.rhythm.step(t_s, self.readings.numbers.get(self._exercise.reps.measure), body.pose.points)
        # A measure that only wavers about its line after a repetition has not begun another.
        next_s = self.counter.begin_s if self.counter.share >= PARTIAL_SHARE else None
        yield from self._tempo(self.rhythm.settle(t_s, next_s))

    def _tempo(self, timing: Timing | None) -> Iterator[TempoEvent]:
        number, self._tempo_of = self._tempo_of, None if timing else self._tempo_of
        if timing is None or number is None:
            return
        self.rep_times.correct(timing.out_s + timing.back_s)
        yield TempoEvent(
            timing.end_s, timing.onset_s, number, timing.out_s, timing.back_s, timing.pause_s, side=self.side
        )

    def _joints(self, stance: Stance) -> list[int]:
        """The joints of the side that the exercise asks to see, or of both."""
        asked = {index for ref in self._exercise.see for index in ref.indices(stance)}
        both = [index for joints in _JOINTS if asked.intersection(joints) for index in joints]
        return both or list(_JOINTS[stance.near == "right"])

    def _count_repetition(self, t_s: float, in_view: bool | None, body: Body) -> Repetition | None:
        rules = self._exercise.reps
        if self.counter is None or self.rhythm is None or rules is None or in_view is None:
            return None
        if not in_view:
            self.counter.reset()
            return None
        ended = self.counter.step(t_s, self.readings.numbers)
        if ended:
            timing = self.rhythm.count(ended.begin_s, ended.end_s, self._joints(body.stance))
            ended = replace(ended, onset_s=timing.onset_s, out_s=timing.out_s, back_s=timing.back_s)
        return ended if ended and self._is_as_required(ended) else None

    def _is_as_required(self, repetition: Repetition) -> bool:
        require = self._exercise.reps and self._exercise.reps.require
        return not require or bool(require.judge(repetition.numbers()))

    def _time_hold(self, t_s: float, in_view: bool | None) -> Iterator[Event]:
        rules = self._exercise.hold
        if self.timer is None or rules is None:
            return
        verdict = rules.condition.judge(self.readings.numbers) if in_view else in_view
        if held := self.timer.step(t_s, verdict):
            yield _told(held)

    def _counted(self, ended: Repetition) -> RepEvent:
        if ended.partial:
            self.partials += 1
        else:
            self.reps += 1
            self.rep_times.add(ended.out_s + ended.back_s)
            self._tempo_of = self.reps
        return RepEvent(
            t_s=ended.end_s,
            begin_s=ended.begin_s,
            onset_s=ended.onset_s,
            number=self.reps,
            partial=ended.partial,
            out_s=ended.out_s,
            back_s=ended.back_s,
            lowest=ended.lowest,
            highest=ended.highest,
            side=self.side,
        )

    def _time_test(self, t_s: float) -> Iterator[Event]:
        rules, counter = self._exercise.reps, self.counter
        if rules is None or counter is None or rules.timed_s is None or self._timed_over:
            return
        if self._timed_from_s is None:
            # What was begun in the set before belongs to it.
            if counter.begin_s is not None and counter.begin_s >= self._set_from_s:
                self._timed_from_s, self._timed_from_reps = counter.begin_s, self.reps
        elif self.reps == self._timed_from_reps and counter.begin_s != self._timed_from_s:
            self._timed_from_s = None  # it was no repetition: somebody put their feet in place, or got up to go
        elif t_s - self._timed_from_s >= rules.timed_s:
            self._timed_over = True
            yield TimedEvent(t_s, rules.timed_s, self.reps - self._timed_from_reps + self._is_halfway(t_s, counter))

    def _is_halfway(self, t_s: float, counter: RepetitionCounter) -> bool:
        under_way = counter.so_far(t_s)
        return under_way is not None and counter.share >= HALFWAY and self._is_as_required(under_way)

    def _judge_frame(self, t_s: float, watch: Watch, body: Body) -> Iterator[Event]:
        warning = watch.warning
        when = warning.when.judge(self.readings.numbers)
        clear = warning.clear.judge(self.readings.numbers) if warning.clear else None if when is None else not when
        in_view = body.in_view(warning.view)
        if in_view is None:
            when = clear = None
        elif not in_view or (warning.during and self._phase() not in warning.during):
            when, clear = False, True
        if watch.step(t_s, when, clear):
            phase = self._phase()
            rep = None if phase in (None, "start") else self.reps + 1
            yield WarningEvent(t_s, warning, watch.raised, rep, phase, self.side)

    def _judge_repetition(self, t_s: float, watch: Watch, body: Body, ended: Repetition | None) -> Iterator[Event]:
        if watch.fade(t_s):
            yield WarningEvent(t_s, watch.warning, on=False, rep=None, side=self.side)
        if ended is None or ended.partial or not body.in_view(watch.warning.view):
            return
        numbers = ended.numbers()
        if watch.at_rep(t_s, watch.warning.when.judge(numbers)):
            yield WarningEvent(t_s, watch.warning, on=True, rep=self.reps, side=self.side, numbers=numbers)

    def _phase(self) -> Phase | None:
        return self.counter.phase if self.counter else None


def _told(held: Held) -> HoldEvent:
    return HoldEvent(held.end_s, held.begin_s, held.held_s)


def _counting(exercise: Exercise) -> Repetitions | None:
    """The rules by which a repetition is followed, without those by which it is judged when it has ended."""
    return replace(exercise.reps, require=None, timed_s=None) if exercise.reps else None
