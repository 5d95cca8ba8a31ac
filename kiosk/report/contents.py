"""What a training report says: numbers by exercise, frozen, without a word of any language. Pure.

Angles are those of the screen (a straight joint is 180 degrees); other measures are in the unit that their exercise
file gives them. Times are seconds. None stands where there is nothing to tell: no repetition, too few, never measured.
"""

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Final

from kiosk.report.period import Step
from kiosk.report.rules import Rules, Texts
from kiosk.rules.exercise_file import Level, Range

MOMENTS: Final = 9
"""The way out in quarters, the far end, the way back in quarters."""


@dataclass(frozen=True, slots=True)
class Reach:
    """How far whole repetitions went by one measure: the farthest value of each, which `falls` or rises to it.

    `least` and `most` are between which nine in ten lie, the less far first; `extent` is the mean way from a
    repetition's lowest to its highest value. `target` is where a repetition counts as whole, None for another measure
    than the one that counts. `change` is what a straight line through the days changes from the first to the last.
    """

    measure: str
    unit: str
    falls: bool
    repetitions: int
    mean: float
    best: float
    least: float
    most: float
    extent: float
    target: float | None
    change: float | None


@dataclass(frozen=True, slots=True)
class Angle:
    """An angle over whole repetitions: means of its value at the start, its lowest, its highest, and between them."""

    measure: str
    start: float | None
    lowest: float
    highest: float
    extent: float


@dataclass(frozen=True, slots=True)
class Way:
    """The times of one way, out or back, over whole repetitions; how many were quicker or slower than the target."""

    mean_s: float
    target_s: Range | None
    fast: int
    slow: int


@dataclass(frozen=True, slots=True)
class InSet:
    """Means over the repetitions that were the `number`th whole one of their set."""

    number: int
    repetitions: int
    out_s: float
    back_s: float
    reach: float | None


@dataclass(frozen=True, slots=True)
class Tempo:
    """The rhythm. `evenness` is the mean of the sets' coefficients of variation of the repetitions' times.

    It is of the `sets` with at least `kiosk.coaching.tempo.FEWEST` whole repetitions, of which `even` keep to the
    target. Fatigue: over the `long_sets` (six or more whole repetitions), `slower` is by what share the last third of a
    set took longer than its first third, and `shorter` by how much less far it went, in the reach's unit.
    """

    out: Way
    back: Way
    evenness: float | None
    evenness_target: float | None
    sets: int
    even: int
    long_sets: int
    slower: float | None
    shorter: float | None
    course: tuple[InSet, ...]


@dataclass(frozen=True, slots=True)
class OneSide:
    """Whole repetitions of one side; `extent` is the mean way from lowest to highest value."""

    repetitions: int
    extent: float | None
    seconds: float | None


@dataclass(frozen=True, slots=True)
class Symmetry:
    """Left against right by an angle: `share` is the smaller way divided by the larger one, 1 for alike.

    `apart` where left and right are counted apart; else both were measured in the same repetitions.
    """

    measure: str
    apart: bool
    left: OneSide
    right: OneSide
    share: float | None


@dataclass(frozen=True, slots=True)
class WarningKind:
    """One kind of warning. `per_100` is by all repetitions, partial ones too, for those raise warnings as well.

    `moments` counts where in the repetition it rose (see MOMENTS), `elsewhere` those that belong to no such moment:
    between repetitions, in a hold, or judged of a repetition as a whole.
    """

    id: str
    level: Level
    say: Texts
    count: int
    per_100: float | None
    moments: tuple[int, ...]
    elsewhere: int
    right: int
    false_alarms: int


@dataclass(frozen=True, slots=True)
class Holds:
    """Postures that were kept; `reached` is how many sets brought together the target."""

    count: int
    total_s: float
    longest_s: float
    target_s: float | None
    reached: int | None


@dataclass(frozen=True, slots=True)
class TimedTests:
    """Timed tests: repetitions in so many seconds."""

    timed_s: float
    count: int
    best: int
    last: int


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the training: a set, a day, a week, a month or a visit. Repetitions are whole ones."""

    day: date
    began_s: float
    sets: int
    repetitions: int
    partials: int
    reach: float | None
    least: float | None
    most: float | None
    out_s: float | None
    back_s: float | None
    evenness: float | None
    warnings: int
    held_s: float


@dataclass(frozen=True, slots=True)
class PastVisit:
    """One visit's part; `person` is who was named in it."""

    person: str | None
    part: Part


@dataclass(frozen=True, slots=True)
class ExerciseReport:
    """One exercise. `known` is false where its file is gone, so that there are no targets and no title but its name.

    `best` is the visit with the most whole repetitions (of holds: the longest time), of equals the one with fewer
    warnings, then the later one; None where there was but one visit.
    """

    rules: Rules
    known: bool
    visits: int
    sets: int
    repetitions: int
    partials: int
    reach: Reach | None
    angles: tuple[Angle, ...]
    tempo: Tempo | None
    symmetry: Symmetry | None
    warnings: tuple[WarningKind, ...]
    holds: Holds | None
    tests: tuple[TimedTests, ...]
    parts: tuple[Part, ...]
    last: PastVisit
    best: PastVisit | None

    @property
    def warnings_per_100(self) -> float | None:
        """All warnings together, by all repetitions."""
        return per_100(sum(kind.count for kind in self.warnings), self.repetitions + self.partials)


@dataclass(frozen=True, slots=True)
class Report:
    """Everything about one person's training, or everybody's (None), from day `first` to day `last`.

    The days are None where none was asked for and nothing was found. `step` is what a part of `parts` and of the
    exercises' parts is. The exercise with the most sets comes first.
    """

    person: str | None
    first: date | None
    last: date | None
    step: Step
    visits: int
    days: int
    sets: int
    repetitions: int
    partials: int
    held_s: float
    parts: tuple[Part, ...]
    exercises: tuple[ExerciseReport, ...]

    def to_json(self) -> dict[str, Any]:
        """Return all numbers under the names of the fields; days as YYYY-MM-DD, of the rules the name and title."""
        report = asdict(self)
        for exercise, numbers in zip(self.exercises, report["exercises"], strict=True):
            rules = numbers.pop("rules")
            numbers["name"], numbers["title"] = rules["name"], rules["title"]
            numbers["warnings_per_100"] = exercise.warnings_per_100
        return {key: _plain(value) for key, value in report.items()}


def per_100(count: int, repetitions: int) -> float | None:
    """Return how many that is for each 100 repetitions, None without any."""
    return 100 * count / repetitions if repetitions else None


def _plain(value: object) -> object:
    match value:
        case dict():
            return {key: _plain(one) for key, one in value.items()}
        case list() | tuple():
            return [_plain(one) for one in value]
        case date():
            return value.isoformat()
        case float():
            return round(value, 4)
    return value
