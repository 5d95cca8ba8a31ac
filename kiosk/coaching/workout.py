"""Sets: what one visitor does of one exercise, with a countdown before it and a summary after each set.

Pure, no clock of its own. It only watches: nothing that the coach counts waits for the countdown.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import inf
from statistics import fmean
from typing import Final

from kiosk.coaching.coach import Snapshot
from kiosk.coaching.events import Best, Event, HoldEvent, RepEvent, SetEvent, TempoEvent, TimedEvent
from kiosk.coaching.holds import SHORTEST_S
from kiosk.coaching.tempo import LATEST, unevenness
from kiosk.rules.exercise import Exercise, Repetitions

COUNTDOWN_S: Final = 3.0

SUMMARY_S: Final = 8.0
"""A summary has up to six numbers; somebody out of breath, three metres away, reads about one a second."""

LEFT_S: Final = 3.0
"""Who was away for longer has ended the set. With the second after which the coach misses somebody that is four: longer
than a person on the floor is lost for between two repetitions, or behind whoever walks by."""

AWAY_S: Final = 10.0
"""Who was away for longer has ended the exercise: whoever comes next begins with the first set."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a visitor is in the workout.

    `running` is false while it is stopped; `starts_in_s` counts from COUNTDOWN_S to 0 before the first movement, else
    it is None. `reps` and `partials` are those of set `number`; `sets` is how many are planned, None beyond them: a
    fourth set is neither the fourth of three nor the first again. `summary` is that of the set before, for a while.
    While `idle`, nothing is under way: the person has left, or rests for longer than a set's pauses are. `visitor`
    changes when whoever comes next is taken for somebody else.
    """

    running: bool = True
    starts_in_s: float | None = None
    number: int = 1
    sets: int | None = None
    reps: int = 0
    partials: int = 0
    summary: SetEvent | None = None
    idle: bool = False
    visitor: int = 0


class Workout:
    """Follows one visitor at a time through the sets of an exercise; `step` takes what the coach said of each frame.

    A set begins with its first full repetition or hold. It is done at the planned number of repetitions; when a hold
    ends that brought the set's time to its target; when a timed test is over; when nothing has moved for the file's
    `pause_s` (until then a hold may be taken up again); when the person has left; and when the workout is stopped. Who
    is only lost for a moment, or whoever is seen after that, goes on with it.
    """

    def __init__(self, exercise: Exercise) -> None:
        self.running = True
        self.begins_anew = False
        """Whether the next repetition is the first of a set since the last step."""
        self._exercise = exercise
        self._away_since_s: float | None = None
        self._expecting = True
        self._idle = False
        self._visitor = 0
        self._begin_first_set()

    def follow(self, exercise: Exercise) -> None:
        """Take another exercise, which begins with its first set, or an edited version of this one, which goes on."""
        old, self._exercise = self._exercise, exercise
        if not exercise.is_edit_of(old):
            self._begin_first_set()

    def run(self, *, running: bool) -> None:
        """Stop or start; the set under way is done with the next step."""
        if running != self.running:
            self.running = running
            self._countdown = _Countdown()

    def step(self, t_s: float, snapshot: Snapshot, events: Sequence[Event]) -> list[SetEvent]:
        """Take what the coach showed and said at `t_s`; return the set that is done with it, if one is."""
        self.begins_anew = False
        if not snapshot.resting:
            self._set.moved_s = t_s
        begun = [self._set.take(t_s, event, self._exercise) for event in events] if events else []
        if snapshot.person:
            self._away_since_s, self._expecting = None, False
        elif self._away_since_s is None:
            self._away_since_s = t_s
        away_s = 0.0 if self._away_since_s is None else t_s - self._away_since_s
        done = self._end_set(t_s, snapshot, away_s)
        self._keep_summary(t_s, snapshot)
        if not snapshot.person:
            self._miss(away_s)
        self._countdown.step(t_s, ready=snapshot.ready, resting=snapshot.resting, begun=any(begun))
        return done

    def progress(self) -> Progress:
        """Return where the visitor is after the last step."""
        return Progress(
            running=self.running,
            starts_in_s=self._countdown.left_s,
            number=self._number,
            sets=self._planned(),
            reps=self._set.reps,
            partials=self._set.partials,
            summary=self._summary,
            idle=self._idle,
            visitor=self._visitor,
        )

    def _begin_first_set(self) -> None:
        self._number = 1
        self._set = _Set(-inf)
        self._countdown = _Countdown()
        self._summary: SetEvent | None = None
        self._rested = True

    def _planned(self) -> int | None:
        planned = self._exercise.sets.number
        return planned if planned is not None and self._number <= planned else None

    def _end_set(self, t_s: float, snapshot: Snapshot, away_s: float) -> list[SetEvent]:
        left = not self.running or away_s > LEFT_S
        idle_s = t_s - self._set.moved_s if snapshot.resting and snapshot.timed_left_s is None else 0.0
        self._idle = left or idle_s >= self._exercise.sets.pause_s
        if not (self._set.over or self._idle):
            return []
        if not self._set.begun:
            self._set.partials = 0  # turning round halfway and going away is no set
            return []
        self._summary = self._set.summary(t_s, self._number, self._planned(), self._exercise)
        self._set = _Set(t_s)
        self._number += 1
        self._rested = False
        self.begins_anew = True
        return [self._summary]

    def _keep_summary(self, t_s: float, snapshot: Snapshot) -> None:
        """Take the summary away in time, or once the next set is under way."""
        if self._summary is None:
            return
        # A timed test may end in the middle of a repetition, which is not the next set's.
        self._rested = self._rested or snapshot.resting
        moving = snapshot.phase in ("end", "back") or (snapshot.hold_s or 0.0) >= SHORTEST_S
        if t_s - self._summary.t_s >= SUMMARY_S or (self._rested and (moving or self._set.begun)):
            self._summary = None

    def _miss(self, away_s: float) -> None:
        """Count down anew for whoever steps in, unless into a set; after a while begin anew for the next visitor."""
        if not self._set.begun:
            self._countdown = _Countdown()
        if not self._expecting and away_s > AWAY_S:
            self._expecting = self.running = self.begins_anew = True
            self._visitor += 1
            self._begin_first_set()


class _Countdown:
    """Counts once, from when the person is placed well until the first movement; `left_s` while it is shown."""

    def __init__(self) -> None:
        self.left_s: float | None = None
        self._over = False
        self._from_s: float | None = None

    def step(self, t_s: float, *, ready: bool, resting: bool, begun: bool) -> None:
        if self._over:
            return
        if self._from_s is None:
            # Who is still moving when they are first seen well walks in, or has begun already, which `begun` will say.
            self._from_s = t_s if ready and resting else None
            self._over = begun
        elif not ready:
            self._from_s = None
        else:
            self._over = begun or not resting or t_s - self._from_s >= COUNTDOWN_S
        shown = self._from_s is not None and not self._over
        self.left_s = COUNTDOWN_S - (t_s - self._from_s) if shown and self._from_s is not None else None


class _Set:
    """One set under way; repetitions that began before `from_s` belong to the one before."""

    def __init__(self, from_s: float) -> None:
        self.over = False
        self.partials = 0
        self.moved_s = from_s
        self._from_s = from_s
        self._full = 0
        self._latest: deque[RepEvent] = deque(maxlen=LATEST)
        self._lowest: dict[str, float] = {}
        self._highest: dict[str, float] = {}
        self._held_s = 0.0
        self._timed_reps = 0

    @property
    def begun(self) -> bool:
        """Whether there is anything to sum up: a full repetition, a hold, or a timed test that is over."""
        return self.over or self._full > 0 or self._held_s > 0

    @property
    def reps(self) -> int:
        """Full repetitions, with the one under way that a timed test counts when time is over."""
        return max(self._full, self._timed_reps)

    def take(self, t_s: float, event: Event, exercise: Exercise) -> bool:
        """Add what happened; return whether it shows that the person exercises."""
        match event:
            case RepEvent() if event.begin_s >= self._from_s:
                self.moved_s = t_s
                if event.partial:
                    self.partials += 1
                else:
                    self._count(event)
                # More than planned where an edit made the set shorter than what was done already.
                self.over = self.over or self._full >= (exercise.sets.reps or inf)
            case HoldEvent():
                self._held_s += event.held_s
                self.over = exercise.hold is not None and self._held_s >= exercise.hold.target_s
            case TimedEvent():
                self._timed_reps, self.over = event.reps, True
            case TempoEvent():
                self._settle(event)
                return False
            case _:
                return False
        return True

    def _count(self, event: RepEvent) -> None:
        self._full += 1
        self._latest.append(event)
        for name, low in event.lowest.items():
            self._lowest[name] = min(low, self._lowest.get(name, low))
        for name, high in event.highest.items():
            self._highest[name] = max(high, self._highest.get(name, high))

    def _settle(self, tempo: TempoEvent) -> None:
        for place, rep in enumerate(self._latest):
            if (rep.number, rep.side) == (tempo.number, tempo.side):
                self._latest[place] = replace(rep, out_s=tempo.out_s, back_s=tempo.back_s)

    def summary(self, t_s: float, number: int, sets: int | None, exercise: Exercise) -> SetEvent:
        """Return what was done."""
        full = self._latest
        return SetEvent(
            t_s=t_s,
            number=number,
            sets=sets,
            reps=self.reps,
            partials=self.partials,
            held_s=self._held_s if exercise.hold else None,
            out_s=fmean(event.out_s for event in full) if full else None,
            back_s=fmean(event.back_s for event in full) if full else None,
            evenness=unevenness([event.out_s + event.back_s for event in full]),
            best=self._best(exercise.reps, exercise) if exercise.reps else None,
        )

    def _best(self, rules: Repetitions, exercise: Exercise) -> Best | None:
        measure = next(measure for measure in exercise.measures if measure.name == rules.measure)
        if measure.unit != "deg":
            return None  # "0.31 trunks" says nothing to the people who read it
        value = (self._lowest if rules.start.above else self._highest).get(measure.name)
        return None if value is None else Best(measure.name, value)
