"""What was stored of one exercise, laid out to compute with, and its division into days, weeks or visits. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kiosk.coaching.tempo import FEWEST
from kiosk.dates import local
from kiosk.history.past import PastHold, PastTest, PastWarning, RepetitionColumns, TrainingSet

Numbers = NDArray[np.float64]
Places = NDArray[np.int64]

START: Final = 0
LOWEST: Final = 1
HIGHEST: Final = 2
"""The columns of a measure, see `kiosk.history.past.RepetitionColumns`."""


@dataclass(frozen=True)
class Sheet:
    """The sets of one exercise with all that belongs to them, in order of time.

    `days` holds the day of each set, which is its visit's. `set_of` gives each repetition's place in `sets`.
    `measures` are those that the exercise's repetitions have.
    """

    sets: Sequence[TrainingSet]
    days: Sequence[date]
    set_of: Places
    partial: NDArray[np.bool_]
    side: NDArray[np.int8]
    out_s: Numbers
    back_s: Numbers
    measures: dict[str, NDArray[np.float32]]
    warnings: Sequence[PastWarning]
    holds: Sequence[PastHold]
    tests: Sequence[PastTest]

    @cached_property
    def whole(self) -> Places:
        """Places of the whole repetitions."""
        return np.flatnonzero(~self.partial)

    @cached_property
    def seconds(self) -> Numbers:
        """How long each repetition took."""
        return self.out_s + self.back_s

    @cached_property
    def visits(self) -> Places:
        """The number of each set's visit, from 0 in order of time."""
        numbers: dict[str, int] = {}
        return np.array([numbers.setdefault(one.visit.id, len(numbers)) for one in self.sets], np.int64)

    @cached_property
    def warnings_of_set(self) -> Places:
        """How many warnings each set had."""
        return self._counted([self._place[warning.set] for warning in self.warnings])

    @cached_property
    def held_s_of_set(self) -> Numbers:
        """How long each set's holds were together."""
        places = [self._place[hold.set] for hold in self.holds]
        held_s = np.zeros(len(self.sets))
        np.add.at(held_s, places, [hold.held_s for hold in self.holds])
        return held_s

    @cached_property
    def unevenness_of_set(self) -> Numbers:
        """Each set's coefficient of variation of its whole repetitions' times, not-a-number for fewer than FEWEST."""
        of, seconds = self.set_of[self.whole], self.seconds[self.whole]
        count = np.bincount(of, minlength=len(self.sets)).astype(np.float64)
        count[count < FEWEST] = np.nan
        mean = np.bincount(of, seconds, len(self.sets)) / count
        squares = np.bincount(of, (seconds - mean[of]) ** 2, len(self.sets))
        return np.asarray(np.sqrt(squares / (count - 1)) / np.where(mean > 0, mean, np.nan), np.float64)

    @cached_property
    def whole_of_set(self) -> Places:
        """How many whole repetitions each set had."""
        return self._counted(self.set_of[self.whole])

    @cached_property
    def _place(self) -> dict[str, int]:
        return {one.id: place for place, one in enumerate(self.sets)}

    def _counted(self, places: Sequence[int] | Places) -> Places:
        return np.bincount(np.asarray(places, np.int64), minlength=len(self.sets))


def sheets(
    columns: RepetitionColumns,
    warnings: Sequence[PastWarning],
    holds: Sequence[PastHold],
    tests: Sequence[PastTest],
) -> dict[str, Sheet]:
    """Return the sheet of each exercise, by its name; the one with the most sets comes first."""
    began_s = {one.visit.id: one.visit.began_s for one in columns.sets}
    day_of = {id_: local(wall_s).date() for id_, wall_s in began_s.items()}
    exercise_of = {one.id: one.exercise for one in columns.sets}
    places: dict[str, list[int]] = {}
    for place, one in enumerate(columns.sets):
        places.setdefault(one.exercise, []).append(place)
    made: dict[str, Sheet] = {}
    for name in sorted(places, key=lambda name: (-len(places[name]), name)):
        chosen = np.flatnonzero(np.isin(columns.set, places[name]))
        measures = {measure: values[chosen] for measure, values in columns.measures.items()}
        made[name] = Sheet(
            sets=[columns.sets[place] for place in places[name]],
            days=[day_of[columns.sets[place].visit.id] for place in places[name]],
            set_of=np.searchsorted(places[name], columns.set[chosen]),
            partial=columns.partial[chosen],
            side=columns.side[chosen],
            out_s=columns.out_s[chosen],
            back_s=columns.back_s[chosen],
            measures={measure: values for measure, values in measures.items() if np.isfinite(values).any()},
            warnings=[one for one in warnings if one.exercise == name],
            holds=[one for one in holds if exercise_of[one.set] == name],
            tests=[one for one in tests if exercise_of[one.set] == name],
        )
    return made


def grouped(keys: Places) -> Iterator[Places]:
    """Yield the places of each key, in the keys' order."""
    order = np.argsort(keys, kind="stable")
    borders = np.flatnonzero(np.diff(keys[order])) + 1
    return iter(np.split(order, borders)) if len(keys) else iter(())


def known_mean(values: Numbers | NDArray[np.float32]) -> float | None:
    """Return the mean of what is known, None where nothing is."""
    known = values[np.isfinite(values)]
    return float(known.mean(dtype=np.float64)) if len(known) else None
