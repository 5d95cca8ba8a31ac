"""The coach: an exercise and poses over time -> phases, repetitions and warnings. Pure, with no clock of its own."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

from kiosk.exercise_file import Level, Phase
from kiosk.landmarks import Pose
from kiosk.measures import Body
from kiosk.readiness import Readiness
from kiosk.repetitions import Repetition, RepetitionCounter
from kiosk.rules import Exercise, FormWarning
from kiosk.stance import Stance
from kiosk.watch import Watch
from kiosk.words import Phrase

GONE_S: Final = 1.0
"""Nobody seen for this long: the person has left."""

URGENCY: Final[dict[Level, int]] = {"danger": 0, "caution": 1, "info": 2}


@dataclass(frozen=True, slots=True)
class RepEvent:
    """A repetition ended; `number` is the count with it (a partial one leaves the count as it was)."""

    t_s: float
    number: int
    partial: bool
    out_s: float
    back_s: float


@dataclass(frozen=True, slots=True)
class WarningEvent:
    """A warning rose (`on`) or fell; `rep` is the repetition it belongs to, None between repetitions."""

    t_s: float
    warning: FormWarning
    on: bool
    rep: int | None
    speak: bool


Event: TypeAlias = RepEvent | WarningEvent


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What there is to show at one moment.

    `warnings` stand now, the most urgent first. `faulty` maps landmark indices to the level of the warning they belong
    to; `labels` are numbers in degrees to be written at the middle of these landmarks.
    """

    person: bool = False
    phase: Phase | None = None
    phase_s: float = 0.0
    reps: int = 0
    partials: int = 0
    numbers: dict[str, float | None] | None = None
    warnings: tuple[FormWarning, ...] = ()
    guidance: Phrase | None = None
    faulty: tuple[tuple[int, Level], ...] = ()
    labels: tuple[tuple[tuple[int, ...], float], ...] = ()


class Coach:
    """Judges one exercise. `step` takes each frame's pose, or None where nobody was found, in order of capture time."""

    def __init__(self, exercise: Exercise) -> None:
        self.exercise = exercise
        self.reps = 0
        self.partials = 0
        self._counter = RepetitionCounter(exercise.reps)
        self._readiness = Readiness(exercise)
        self._watches = tuple(Watch(warning) for warning in exercise.warnings)
        self._stance: Stance | None = None
        self._track: int | None = None
        self._seen_s = 0.0
        self._t_s = 0.0
        self._numbers: dict[str, float | None] = {}

    def step(self, t_s: float, pose: Pose | None) -> list[Event]:
        """Take one frame; return what happened with it."""
        self._t_s = t_s
        if pose is None:
            for watch in self._watches:
                watch.step(t_s, None, None)
            gone = self._track is not None and t_s - self._seen_s > GONE_S
            return list(self._forget_person()) if gone else []
        events: list[Event] = []
        if pose.track != self._track:
            events += self._forget_person()
        self._track, self._seen_s = pose.track, t_s
        self._stance = Stance.first(pose) if self._stance is None else self._stance.followed_by(pose)
        body = Body(pose, self._stance)
        self._numbers = {measure.name: measure.value(body) for measure in self.exercise.measures}
        resting = self._counter.phase in (None, "start")
        self._readiness.step(t_s, body, pose, resting=resting)
        if self._readiness.ready:
            events += self._judge(t_s, body)
        else:
            # Followed already, so that the repetition somebody begins with at once is whole; counted only when ready.
            self._counter.step(t_s, self._numbers)
            events += self._lower_all()
        return events

    def snapshot(self) -> Snapshot:
        """Return what there is to show after the last step."""
        standing = [watch.warning for watch in self._watches if watch.raised]
        counter = self._counter
        return Snapshot(
            person=self._track is not None,
            phase=counter.phase,
            phase_s=self._t_s - counter.phase_since_s if counter.phase else 0.0,
            reps=self.reps,
            partials=self.partials,
            numbers=dict(self._numbers),
            warnings=tuple(sorted(standing, key=lambda warning: URGENCY[warning.level])),
            guidance=self._readiness.guidance,
            faulty=tuple(self._faulty(standing)),
            labels=tuple(self._labels()),
        )

    def _judge(self, t_s: float, body: Body) -> Iterator[Event]:
        in_view = self._readiness.in_view(self.exercise.view, body)
        if in_view is False:
            self._counter.reset()
        ended = self._counter.step(t_s, self._numbers) if in_view else None
        for watch in self._watches:
            if not watch.warning.at_rep:
                yield from self._judge_frame(t_s, watch, body)
        if ended:
            yield from self._count(ended)
        for watch in self._watches:
            if watch.warning.at_rep:
                yield from self._judge_repetition(t_s, watch, body, ended)

    def _judge_frame(self, t_s: float, watch: Watch, body: Body) -> Iterator[Event]:
        warning = watch.warning
        when = warning.when.judge(self._numbers)
        clear = warning.clear.judge(self._numbers) if warning.clear else None if when is None else not when
        in_view = self._readiness.in_view(warning.view, body)
        if in_view is None:
            when = clear = None
        elif not in_view or (warning.during and self._counter.phase not in warning.during):
            when, clear = False, True
        if watch.step(t_s, when, clear):
            yield self._changed(t_s, watch)

    def _judge_repetition(self, t_s: float, watch: Watch, body: Body, ended: Repetition | None) -> Iterator[Event]:
        if watch.fade(t_s):
            yield self._changed(t_s, watch)
        if ended is None or ended.partial or not self._readiness.in_view(watch.warning.view, body):
            return
        # A measure's bare name means its value at this moment.
        if watch.at_rep(t_s, watch.warning.when.judge(self._numbers | ended.numbers())):
            yield WarningEvent(t_s, watch.warning, on=True, rep=self.reps, speak=watch.to_be_spoken(t_s))

    def _count(self, ended: Repetition) -> Iterator[Event]:
        if ended.partial:
            self.partials += 1
        else:
            self.reps += 1
        yield RepEvent(ended.end_s, self.reps, ended.partial, ended.out_s, ended.back_s)

    def _changed(self, t_s: float, watch: Watch) -> WarningEvent:
        speak = watch.raised and watch.to_be_spoken(t_s)
        moving = self._counter.phase not in (None, "start")
        return WarningEvent(t_s, watch.warning, watch.raised, self.reps + 1 if moving else None, speak)

    def _forget_person(self) -> Iterator[Event]:
        self._track = self._stance = None
        self._numbers = {}
        self._counter.reset()
        self._readiness.reset()
        yield from self._lower_all()

    def _lower_all(self) -> Iterator[Event]:
        for watch in self._watches:
            if watch.lower():
                yield WarningEvent(self._t_s, watch.warning, on=False, rep=None, speak=False)

    def _faulty(self, standing: list[FormWarning]) -> Iterator[tuple[int, Level]]:
        if self._stance is None:
            return
        for warning in sorted(standing, key=lambda warning: URGENCY[warning.level], reverse=True):
            for ref in warning.points:
                yield from ((index, warning.level) for index in ref.indices(self._stance))

    def _labels(self) -> Iterator[tuple[tuple[int, ...], float]]:
        if self._stance is None:
            return
        for measure in self.exercise.measures:
            value = self._numbers.get(measure.name)
            if measure.label and value is not None:
                yield measure.label.indices(self._stance), value
