"""The coach: an exercise and poses over time -> phases, repetitions, holds and warnings. Pure, no clock of its own."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from kiosk.coaching.events import Event, HoldEvent, RepEvent, TempoEvent, TimedEvent, WarningEvent
from kiosk.coaching.lane import Lane
from kiosk.coaching.readiness import Readiness
from kiosk.landmarks import Pose
from kiosk.rules.exercise import Exercise, FormWarning
from kiosk.rules.exercise_file import Level, Phase
from kiosk.rules.measures import Body, Measure
from kiosk.stance import Side, Stance
from kiosk.words import Phrase

__all__ = ["Coach", "Event", "HoldEvent", "RepEvent", "Snapshot", "TempoEvent", "TimedEvent", "WarningEvent"]

GONE_S: Final = 1.0
"""The person not seen for this long has left; until then nobody takes their place."""

LOOK_S: Final = 0.09
"""How somebody stands, and whether they can be judged, is looked at ten times a second at the most: turning and walking
take longer, and it is a third of the cost of judging a frame."""

MOST_LABELS: Final = 4
"""More numbers upon a picture are not read; the first ones of the file are shown."""

Measured: TypeAlias = tuple[Mapping[str, float | None], ...]
"""The measures of one frame, for each side that is judged apart, left first; empty where nobody was judged. They are
never changed."""

_URGENCY: Final[dict[Level, int]] = {"danger": 0, "caution": 1, "info": 2}
_SIDES: Final[tuple[Side, ...]] = ("left", "right")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What there is to show at one moment.

    `ready` is true while the person is placed so that they can be judged, `resting` between repetitions and holds.
    `reps` is the count of both sides together, `sides` that of each where they are counted apart. `unevenness` is the
    coefficient of variation of the repetition times, once there are enough. `hold_s` is the time of the hold under way,
    `timed_left_s` what is left of a timed test. `warnings` stand now, the most urgent first. `faulty` maps landmark
    indices to the level of the warning they belong to; `labels` are numbers in degrees to be written at the middle of
    these landmarks.
    """

    person: bool = False
    ready: bool = False
    resting: bool = True
    phase: Phase | None = None
    phase_s: float = 0.0
    reps: int = 0
    partials: int = 0
    sides: tuple[int, int] | None = None
    unevenness: float | None = None
    hold_s: float | None = None
    timed_left_s: float | None = None
    numbers: dict[str, float | None] | None = None
    warnings: tuple[FormWarning, ...] = ()
    guidance: Phrase | None = None
    faulty: tuple[tuple[int, Level], ...] = ()
    labels: tuple[tuple[tuple[int, ...], float], ...] = ()


class Coach:
    """Judges one exercise. `step` takes each frame's pose, or None where nobody was found, in order of capture time."""

    def __init__(self, exercise: Exercise) -> None:
        self.exercise = exercise
        self.measured: Measured = ()
        """What the last step measured."""
        apart = exercise.reps is not None and exercise.reps.each
        self._lanes = [Lane(exercise, side) for side in (_SIDES if apart else (None,))]
        self._readiness = Readiness(exercise)
        self._stance: Stance | None = None
        self._track: int | None = None
        self._judging = True
        self._seen_s = 0.0
        self._looked_s = 0.0
        self._t_s = 0.0

    @property
    def reps(self) -> int:
        """How many repetitions were counted."""
        return sum(lane.reps for lane in self._lanes)

    @property
    def partials(self) -> int:
        """How many repetitions turned round before their end."""
        return sum(lane.partials for lane in self._lanes)

    @property
    def track(self) -> int | None:
        """The number of the body that is judged, None while nobody is there."""
        return self._track

    def begin_set(self) -> None:
        """Begin another set: its evenness and its timed test are its own."""
        for lane in self._lanes:
            lane.begin_set(self._t_s)

    def step(self, t_s: float, pose: Pose | None, *, judging: bool = True) -> list[Event]:
        """Take one frame; return what happened with it. Without `judging` it only follows who is there."""
        self._t_s, self.measured = t_s, ()
        stopped: list[Event] = []
        if self._judging and not judging:
            stopped += self._stop()
            self.begin_set()
        self._judging = judging
        if pose is not None and self._track is not None and pose.track != self._track:
            # Somebody else is in the picture. Judging pauses: it never swaps people.
            pose = None
        if pose is None:
            for lane in self._lanes:
                lane.miss(t_s)
            gone = self._track is not None and t_s - self._seen_s > GONE_S
            return [*stopped, *self._forget_person()] if gone else stopped
        self._track, self._seen_s = pose.track, t_s
        if not judging:
            return stopped
        stance = self._stance
        if looks := stance is None or t_s - self._looked_s >= LOOK_S:
            stance = stance.followed_by(pose) if stance else Stance.first(pose)
            self._stance, self._looked_s = stance, t_s
        events = list(self._judge(t_s, Body(pose, stance), pose, looks=looks))
        return self._with_cue(t_s, events) if events else events

    def followed_by(self, exercise: Exercise) -> "Coach":
        """Return a coach for `exercise` and the same person; by an edited version of the old it goes on."""
        coach = Coach(exercise)
        coach._track, coach._seen_s, coach._t_s = self._track, self._seen_s, self._t_s
        if exercise.is_edit_of(self.exercise) and len(coach._lanes) == len(self._lanes):
            # Who is judged already needn't stand still once more, which would cut into a hold.
            coach._stance, coach._readiness.ready = self._stance, self._readiness.ready
            for new, old in zip(coach._lanes, self._lanes, strict=True):
                new.go_on_from(old)
        return coach

    def finish(self) -> list[Event]:
        """End what is under way, as when a recording is over; return what that brings."""
        return [event for lane in self._lanes for event in lane.interrupt(self._t_s)]

    def snapshot(self) -> Snapshot:
        """Return what there is to show after the last step."""
        lane = self._shown_lane()
        counter, timer = lane.counter, lane.timer
        standing = self._standing()
        return Snapshot(
            person=self._track is not None,
            ready=self._readiness.ready,
            resting=self._resting(),
            phase=counter.phase if counter else None,
            phase_s=self._t_s - counter.phase_since_s if counter and counter.phase else 0.0,
            reps=self.reps,
            partials=self.partials,
            sides=(self._lanes[0].reps, self._lanes[1].reps) if len(self._lanes) > 1 else None,
            unevenness=lane.rep_times.unevenness,
            hold_s=timer.held_s if timer else None,
            timed_left_s=lane.timed_left_s(self._t_s),
            numbers=dict(lane.readings.numbers),
            warnings=tuple(dict.fromkeys(warning for _, warning in standing)),
            guidance=self._readiness.guidance if self._judging or self._track is None else None,
            faulty=tuple(self._faulty(standing)),
            labels=tuple(self._labels(lane)),
        )

    def _judge(self, t_s: float, near: Body, pose: Pose, *, looks: bool) -> Iterator[Event]:
        bodies = [Body(pose, lane.stance(near.stance)) if lane.side else near for lane in self._lanes]
        for lane, body in zip(self._lanes, bodies, strict=True):
            lane.measure(t_s, body)
        self.measured = tuple(lane.readings.numbers for lane in self._lanes)
        if looks:
            self._readiness.step(t_s, near, resting=self._resting())
        for lane, body in zip(self._lanes, bodies, strict=True):
            if self._readiness.ready:
                yield from lane.judge(t_s, body, body.in_view(self.exercise.view))
            else:
                yield from lane.follow(t_s, body)
                yield from lane.lower_all(t_s)

    def _with_cue(self, t_s: float, events: list[Event]) -> list[Event]:
        """Mark the one cue to be spoken: the most urgent that rises now, unless a more urgent one stands already."""
        rising = [event.warning for event in events if isinstance(event, WarningEvent) and event.on]
        standing = self._standing() if rising else []
        if not standing:
            return events
        lane, first = standing[0]
        if first not in rising or not lane.to_be_spoken(t_s, first):
            return events
        return [replace(e, speak=e.on and e.warning is first) if isinstance(e, WarningEvent) else e for e in events]

    def _standing(self) -> list[tuple[Lane, FormWarning]]:
        standing = [(lane, warning) for lane in self._lanes for warning in lane.standing()]
        return sorted(standing, key=lambda pair: (_URGENCY[pair[1].level], pair[1].order))

    def _resting(self) -> bool:
        return all(lane.resting for lane in self._lanes)

    def _shown_lane(self) -> Lane:
        """The lane whose phase and numbers are shown: the one that moves, or else the near side's."""
        moving = [lane for lane in self._lanes if not lane.resting]
        near = [lane for lane in self._lanes if self._stance is None or lane.side in (None, self._stance.near)]
        return (moving or near)[0]

    def _forget_person(self) -> Iterator[Event]:
        self._track = None
        yield from self._stop()

    def _stop(self) -> Iterator[Event]:
        """End what is under way and forget how the person stood."""
        self._stance = None
        self._readiness.reset()
        for lane in self._lanes:
            yield from lane.interrupt(self._t_s)
            lane.readings.reset()

    def _faulty(self, standing: list[tuple[Lane, FormWarning]]) -> Iterator[tuple[int, Level]]:
        if self._stance is None:
            return
        for lane, warning in reversed(standing):
            for ref in warning.points:
                yield from ((index, warning.level) for index in ref.indices(lane.stance(self._stance)))

    def _labels(self, lane: Lane) -> Iterator[tuple[tuple[int, ...], float]]:
        if self._stance is None:
            return
        for measure in shown_measures(self.exercise):
            value = lane.readings.numbers.get(measure.name)
            if measure.label and value is not None:
                yield measure.label.indices(lane.stance(self._stance)), value


def shown_measures(exercise: Exercise) -> list[Measure]:
    """Return the measures that people are shown: angles and tilts in the picture, at most MOST_LABELS."""
    return [measure for measure in exercise.measures if measure.label][:MOST_LABELS]
