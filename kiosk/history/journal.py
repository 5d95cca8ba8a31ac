"""What the coach and the workout say -> what the history keeps of it. Pure, no clock of its own.

A visit begins with the first repetition, hold, timed test or warning of somebody, and so does each set; a set ends as
the workout says, or when its exercise is no longer judged.
"""

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf
from typing import Final

from kiosk.coaching.coach import Measured, Snapshot
from kiosk.coaching.events import Event, HoldEvent, RepEvent, SetEvent, TempoEvent, TimedEvent, WarningEvent
from kiosk.coaching.holds import SHORTEST_S
from kiosk.coaching.measured import AFTER_S, BEFORE_S, STEP_S, MeasuredPast
from kiosk.coaching.workout import Progress
from kiosk.history.entries import (
    Entry,
    Extent,
    HoldDone,
    Id,
    RepetitionDone,
    RepetitionTimed,
    RuleInForce,
    SetBegan,
    SetEnded,
    TimedTestDone,
    WarningRaised,
    WarningSeries,
)
from kiosk.history.visits import Visits
from kiosk.rules.conditions import REP_FUNCTIONS, REP_NUMBERS
from kiosk.rules.exercise import Exercise
from kiosk.stance import Side

SPARE_S: Final = 3.0
"""Measures are kept this much longer than what is looked back at lasts."""


@dataclass(slots=True)
class _Set:
    """A set under way, or the last one. `done_s` is when something was done last, `over_s` when it was over."""

    id: Id
    done_s: float
    over_s: float = -inf
    counts: dict[Side | None, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Raised:
    """A warning whose measures are still coming in; `numbers` are those of the repetition that it is about."""

    id: Id
    t_s: float
    place: int
    names: tuple[str, ...]
    numbers: Mapping[str, float]


class Journal:
    """Takes what each update of the pipeline told and returns what is to be kept; `new_id` makes ids for it."""

    def __init__(self, exercise: Exercise, new_id: Callable[[], Id]) -> None:
        self.visits = Visits(new_id)
        self._new_id = new_id
        self._exercise = exercise
        self._past = _past_for(exercise)
        self._visitor = 0
        self._number = 1
        self._set: _Set | None = None
        self._before: _Set | None = None
        self._raised: list[_Raised] = []
        self._untimed: dict[Side | None, tuple[int, Id, Id]] = {}
        self._totals: dict[Side | None, int] = {}
        self._hold: HoldEvent | None = None

    def take(
        self,
        exercise: Exercise,
        snapshot: Snapshot,
        progress: Progress,
        events: Sequence[Event],
        measured: Sequence[tuple[float, Measured]],
    ) -> list[Entry]:
        """Return what is to be kept; `measured` are the measures up to this frame, whose are the last."""
        entries: list[Entry] = []
        if exercise is not self._exercise:
            self._past.add(measured[:-1])
            entries += self._follow(exercise)
            measured = measured[-1:]
        t_s = measured[-1][0]
        self._past.add(measured)
        self.visits.see(t_s, person=snapshot.person)
        # Where a set is done with this frame, the progress is the next one's already.
        self._number = next((event.number for event in events if isinstance(event, SetEvent)), progress.number)
        for event in events:
            entries += self._happened(event)
        self._follow_hold(t_s, snapshot.hold_s)
        entries += self._series(t_s)
        entries += self._leave(t_s, snapshot, progress)
        return entries

    def finish(self) -> list[Entry]:
        """End all that is under way, as when the program ends."""
        return [*self._interrupt(), *self._end_visit()]

    def _follow(self, exercise: Exercise) -> Iterator[Entry]:
        """Go on with another exercise, or with an edited version of this one."""
        if exercise.is_edit_of(self._exercise):
            yield from self._series(inf)
        else:
            yield from self._interrupt()
            yield from self._end_set()
            self._before, self._totals = None, {}
        self._exercise, self._past = exercise, _past_for(exercise)

    def _interrupt(self) -> Iterator[Entry]:
        """Keep what is known by now of a hold that is under way, and of the measures around warnings."""
        self._untimed.clear()
        hold, self._hold = self._hold, None
        if hold and hold.held_s >= SHORTEST_S:
            yield from self._held(hold)
        yield from self._series(inf)

    def _leave(self, t_s: float, snapshot: Snapshot, progress: Progress) -> Iterator[Entry]:
        """End what the person has gone away from."""
        if progress.idle and self._set:
            # The workout knows of no set that has warnings alone, nor of partial repetitions that nothing followed.
            paused = t_s - self._set.done_s >= self._exercise.sets.pause_s
            yield from self._end_set() if paused or not snapshot.person else ()
        if progress.visitor != self._visitor or self.visits.is_idle(t_s):
            self._visitor = progress.visitor
            yield from self._end_visit()

    def _happened(self, event: Event) -> Iterator[Entry]:
        match event:
            case RepEvent():
                yield from self._counted(event)
            case TempoEvent():
                yield from self._timed(event)
            case HoldEvent():
                self._hold = None
                yield from self._held(event)
            case TimedEvent():
                set_ = yield from self._begin(event.t_s - event.timed_s, event.t_s)
                yield TimedTestDone(self._new_id(), set_.id, event.t_s, event.timed_s, event.reps)
            case WarningEvent(on=True):
                yield from self._warned(event)
            case SetEvent():
                yield from self._end_set(event.t_s)

    def _counted(self, event: RepEvent) -> Iterator[Entry]:
        end_s = event.onset_s + event.out_s + event.back_s
        late = self._before is not None and event.begin_s < self._before.over_s  # under way when time was over
        set_ = self._before if late and self._before else (yield from self._begin(event.onset_s, end_s))
        number = set_.counts.get(event.side, 0) + (not event.partial)
        set_.counts[event.side] = number
        id_ = self._new_id()
        if not event.partial:
            self._totals[event.side], self._untimed[event.side] = event.number, (event.number, id_, set_.id)
        yield RepetitionDone(
            id=id_,
            set=set_.id,
            number=number,
            partial=event.partial,
            side=event.side,
            begin_s=event.onset_s,
            end_s=end_s,
            out_s=event.out_s,
            back_s=event.back_s,
            measures=self._extents(event),
        )

    def _extents(self, event: RepEvent) -> Mapping[str, Extent]:
        extents = {}
        for name, start in self._past.at(event.onset_s, _place(event.side), self._names()).items():
            # The event's extremes begin where the counting measure left its line, on the way already.
            known = [value for value in (start, event.lowest.get(name), event.highest.get(name)) if value is not None]
            extents[name] = Extent(start, min(known, default=None), max(known, default=None))
        return extents

    def _timed(self, event: TempoEvent) -> Iterator[Entry]:
        counted = self._untimed.pop(event.side, None)
        if counted and counted[0] == event.number:
            yield RepetitionTimed(*counted[1:], event.begin_s, event.t_s, event.out_s, event.back_s)

    def _held(self, event: HoldEvent) -> Iterator[Entry]:
        set_ = yield from self._begin(event.begin_s, event.t_s)
        yield HoldDone(self._new_id(), set_.id, event.begin_s, event.t_s, event.held_s)

    def _warned(self, event: WarningEvent) -> Iterator[Entry]:
        set_ = yield from self._begin(event.t_s, event.t_s)
        warning, place, id_ = event.warning, _place(event.side), self._new_id()
        rule = RuleInForce(
            rules=self._exercise.version,
            warning=warning.id,
            level=warning.level,
            when=warning.when.text,
            clear=warning.clear.text if warning.clear else None,
            for_s=warning.for_s,
        )
        # The coach counts on from set to set.
        before = self._totals.get(event.side, 0) - set_.counts.get(event.side, 0)
        rep = None if event.rep is None else max(1, event.rep - before)
        share = self._share(event.t_s, place) if event.phase else None
        yield WarningRaised(id_, set_.id, event.t_s, rule, event.side, rep, event.phase, share)
        self._raised.append(_Raised(id_, event.t_s, place, self._names(), _judged_by(event)))

    def _share(self, t_s: float, place: int) -> float | None:
        """How far the counting measure is on its way from `start` to `end`."""
        reps = self._exercise.reps
        value = self._past.at(t_s, place, (reps.measure,))[reps.measure] if reps else None
        if reps is None or value is None:
            return None
        return min(1.0, max(0.0, (value - reps.start.value) / (reps.end.value - reps.start.value)))

    def _series(self, t_s: float) -> Iterator[Entry]:
        """Yield the measures around each warning that lies far enough back."""
        while self._raised and self._raised[0].t_s + AFTER_S <= t_s:
            raised = self._raised.pop(0)
            values = self._past.around(raised.t_s, raised.place, raised.names)
            length = max(map(len, values.values()), default=1)
            values |= {name: (number,) * length for name, number in raised.numbers.items()}
            yield WarningSeries(raised.id, -BEFORE_S, STEP_S, values)

    def _follow_hold(self, t_s: float, held_s: float | None) -> None:
        """Remember a hold under way: where judging is cut off, nobody says what it came to."""
        if not held_s:
            self._hold = None
            return
        self.visits.did(t_s)
        self._hold = HoldEvent(t_s, self._hold.begin_s if self._hold else t_s - held_s, held_s)

    def _begin(self, begin_s: float, done_s: float) -> Generator[Entry, None, _Set]:
        """Return the set in which something was done; begin it, and a visit, unless they are under way."""
        if self._set is None:
            if self.visits.lasts_too_long(begin_s):
                yield from self.visits.end(keeps_name=True)
            visit = yield from self.visits.begin(begin_s)
            self._set = _Set(self._new_id(), done_s)
            exercise = self._exercise
            yield SetBegan(self._set.id, visit, begin_s, exercise.name, self._number, exercise.version)
        self._set.done_s = max(self._set.done_s, done_s)
        self.visits.did(done_s)
        return self._set

    def _end_set(self, over_s: float = -inf) -> Iterator[Entry]:
        """End the set; a repetition that was under way at `over_s` still belongs to it."""
        if self._set:
            yield SetEnded(self._set.id, self._set.done_s)
            self._set.over_s = over_s
            self._before, self._set = self._set, None

    def _end_visit(self) -> Iterator[Entry]:
        yield from self._end_set()
        self._before = None
        yield from self.visits.end()

    def _names(self) -> tuple[str, ...]:
        return tuple(measure.name for measure in self._exercise.measures)


def _past_for(exercise: Exercise) -> MeasuredPast:
    longest_s = exercise.reps.max_s if exercise.reps else 0.0
    return MeasuredPast(max(longest_s, BEFORE_S + AFTER_S) + SPARE_S)


def _place(side: Side | None) -> int:
    """Where a side's measures stand among those of a frame."""
    return 1 if side == "right" else 0


def _judged_by(event: WarningEvent) -> dict[str, float]:
    """The numbers of a repetition on which its warning can depend."""
    of_measures = {f"rep.{function}({name})" for function in REP_FUNCTIONS for name in event.warning.when.names}
    wanted = {f"rep.{name}" for name in REP_NUMBERS} | of_measures
    return {name: number for name, number in (event.numbers or {}).items() if name in wanted}
