"""What the history gives back: visits, sets, repetitions, warnings as they were stored, and totals of them.

Moments are Unix times in seconds; `kiosk.dates.local` makes dates of them. A visit belongs to the day on
which it began.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date

import numpy as np
from numpy.typing import NDArray

from kiosk.history.entries import Extent, Id, RuleInForce, Verdict, WarningSeries
from kiosk.rules.exercise_file import Phase
from kiosk.stance import Side


@dataclass(frozen=True, slots=True)
class Selection:
    """What to read: visits that began from day `first` to day `last`, both included, of one person and exercise.

    None means all. A person is found however the name is typed, see `kiosk.history.entries.same_name`.
    """

    first: date | None = None
    last: date | None = None
    person: str | None = None
    exercise: str | None = None
    visit: Id | None = None


@dataclass(frozen=True, slots=True)
class Visit:
    """Somebody's stay before the camera; `ended_s` is None while it is under way, `person` where nobody gave a name."""

    id: Id
    person: str | None
    began_s: float
    ended_s: float | None


@dataclass(frozen=True, slots=True)
class TrainingSet:
    """One set; `rules` is the hash of the exercise file with which it began."""

    id: Id
    visit: Visit
    exercise: str
    number: int
    rules: str
    began_s: float
    ended_s: float | None


@dataclass(frozen=True, slots=True)
class PastRepetition:
    """A repetition as it was stored; see `kiosk.history.entries.RepetitionDone`."""

    id: Id
    set: Id
    number: int
    partial: bool
    side: Side | None
    began_s: float
    ended_s: float
    out_s: float
    back_s: float
    measures: dict[str, Extent]


@dataclass(frozen=True, slots=True)
class PastHold:
    """A posture that was kept, of which `held_s` counted."""

    id: Id
    set: Id
    began_s: float
    ended_s: float
    held_s: float


@dataclass(frozen=True, slots=True)
class PastTest:
    """A timed test that ended."""

    id: Id
    set: Id
    ended_s: float
    timed_s: float
    reps: int


@dataclass(frozen=True, slots=True)
class PastWarning:
    """A warning with the rule in force then; see `kiosk.history.entries.WarningRaised`.

    `verdict` is None where nobody judged it, `series` where it was not asked for or not stored.
    """

    id: Id
    set: Id
    exercise: str
    at_s: float
    rule: RuleInForce
    side: Side | None
    rep: int | None
    phase: Phase | None
    share: float | None
    verdict: Verdict | None
    series: WarningSeries | None


@dataclass(slots=True)
class DayTotal:
    """One exercise on one day. `out_s` and `back_s` are means over whole repetitions, None without any."""

    day: date
    exercise: str
    visits: int = 0
    sets: int = 0
    repetitions: int = 0
    partials: int = 0
    out_s: float | None = None
    back_s: float | None = None
    held_s: float = 0.0
    warnings: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class RepetitionColumns:
    """Repetitions column by column, in their order: to compute with many of them at once.

    `set` is the index in `sets`; `side` is 0 for none, 1 left, 2 right. `measures` holds for each measure a row a
    repetition: start, lowest, highest, not-a-number where unknown.
    """

    sets: tuple[TrainingSet, ...]
    set: NDArray[np.int64]
    number: NDArray[np.int64]
    partial: NDArray[np.bool_]
    side: NDArray[np.int8]
    began_s: NDArray[np.float64]
    ended_s: NDArray[np.float64]
    out_s: NDArray[np.float64]
    back_s: NDArray[np.float64]
    measures: dict[str, NDArray[np.float32]]
