"""A compiled exercise: what an exercise file says, ready to judge by."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from kiosk.rules.conditions import Condition
from kiosk.rules.exercise_file import Level, Phase, SetsEntry, TempoEntry, Texts
from kiosk.rules.limits import Bounds
from kiosk.rules.measures import Measure, PointRef, ViewChoice


@dataclass(frozen=True, slots=True)
class Threshold:
    """A line that a measure crosses: `> 160` or `< 110`."""

    above: bool
    value: float

    def met(self, number: float) -> bool:
        """Whether `number` lies beyond the line."""
        return number > self.value if self.above else number < self.value


@dataclass(frozen=True, slots=True)
class Repetitions:
    """How repetitions are counted: `start` and `end` are the two ends of the movement of `measure`.

    `require` must be true of a whole repetition for it to count. With `each`, left and right are counted apart.
    `timed_s` is the length of a timed test, from where the first repetition began.
    """

    measure: str
    start: Threshold
    end: Threshold
    min_s: float
    max_s: float
    require: Condition | None = None
    each: bool = False
    timed_s: float | None = None


@dataclass(frozen=True, slots=True)
class Hold:
    """A posture that is kept: time counts while `condition` is true; lapses of up to `grace_s` do not end it."""

    condition: Condition
    target_s: float
    grace_s: float


@dataclass(frozen=True, slots=True)
class FormWarning:
    """A fault to watch for; with `at_rep` it is judged once, when a repetition ends.

    `order` is its place in the file: of two warnings of one level the first is given. `tune` says how far tuning may
    go, `examples` are the numbers of the file's examples that expect this warning.
    """

    id: str
    order: int
    when: Condition
    clear: Condition | None
    at_rep: bool
    for_s: float
    repeat_s: float
    during: frozenset[Phase]
    view: ViewChoice
    level: Level
    points: tuple[PointRef, ...]
    say: Texts
    tune: Bounds | None
    examples: tuple[Mapping[str, float], ...] = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Exercise:
    """A compiled exercise file; it has either `reps` or `hold`.

    `gestures` is false where hands above the head are the exercise itself, so that they ask for nothing. `text` is the
    file's own.
    """

    name: str
    title: Texts
    view: ViewChoice
    see: tuple[PointRef, ...]
    height: tuple[float, float] | None
    measures: tuple[Measure, ...]
    reps: Repetitions | None
    hold: Hold | None
    warnings: tuple[FormWarning, ...]
    tempo: TempoEntry | None
    sets: SetsEntry
    gestures: bool
    text: str = field(repr=False, compare=False)

    @property
    def version(self) -> str:
        """A mark of the text: training is kept with that of the rules it was judged by."""
        return hashlib.sha256(self.text.encode()).hexdigest()[:32]

    def is_edit_of(self, old: "Exercise") -> bool:
        """Whether this is `old` with something changed, so that who is at it goes on."""
        return self.name == old.name and (self.hold is None) == (old.hold is None)
