"""A made-up year of training, to measure with: visits, sets, repetitions, warnings with the measures around them.

The same seed makes the same year. It goes through the same rows as real training, in larger transactions.
"""

import math
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Final

from kiosk.dates import DAY_S, ClockOffset
from kiosk.history.boots import Boots
from kiosk.history.entries import (
    Entry,
    Extent,
    Feedback,
    HoldDone,
    Id,
    PersonNamed,
    RepetitionDone,
    RuleInForce,
    SetBegan,
    SetEnded,
    VisitBegan,
    VisitEnded,
    WarningRaised,
    WarningSeries,
)
from kiosk.history.file import NAME, open_history
from kiosk.history.rows import Rows

DAYS: Final = 365
REPS_A_SET: Final = 10
SETS_A_VISIT: Final = 3
WARNING_SHARE: Final = 0.08
"""Warnings a repetition: the drawn athlete with `fault=mix` has more, people who have trained for a while less."""

HOLD_SHARE: Final = 0.2
"""Visits that end with a plank."""

EXERCISES: Final = {
    "squat": ("knee", "hip", "trunk", "knee_past_toe", "heel", "ankle", "knee_rate", "depth"),
    "push_up": ("elbow", "body", "hip_sag", "head", "elbow_rate"),
    "biceps_curl": ("elbow", "upper_arm", "trunk", "swing"),
    "lateral_raise": ("shoulder", "elbow", "trunk", "shrug"),
    "sit_to_stand": ("knee", "hip", "trunk", "hip_rate"),
}
_NAMES: Final = ("Anna", "Ben", "小王", "7", None, None)
_TOKEN: Final = "made-up"
_RULES: Final = "0123456789abcdef"
_SERIES: Final = 31
"""Values a warning: ten a second, from 2 s before it to 1 s after."""


@dataclass(frozen=True, slots=True)
class _Calendar:
    """A clock that never was wrong: the machine started once, at `begin_s`."""

    begin_s: float
    boot: str = "made up"

    def now_s(self) -> float:
        return DAYS * DAY_S

    def offset(self) -> ClockOffset:
        return ClockOffset(self.begin_s, synchronised=True)


def make_year(folder: Path, repetitions: int, begin_s: float = 1_735_689_600.0, seed: int = 1) -> int:
    """Write a year of training with at least this many repetitions into a new history in `folder`; return how many.

    It begins at `begin_s`, in Unix time; by default with the year 2025.
    """
    visits = math.ceil(repetitions / (REPS_A_SET * SETS_A_VISIT))
    numbers = count(1)
    year = _Year(random.Random(seed), lambda: Id(f"{_TOKEN}-{next(numbers)}"))
    done = 0
    with closing(open_history(folder / NAME, check=False)) as connection:
        boots = Boots(connection, _Calendar(begin_s))
        rows = Rows(connection, _TOKEN, boots)
        connection.execute("BEGIN IMMEDIATE")
        rows.enter_run()
        for number in range(visits):
            for entry in year.visit(number * DAYS * DAY_S / visits):
                rows.store(entry)
                done += isinstance(entry, RepetitionDone)
            if number % 100 == 99:
                connection.execute("COMMIT")
                connection.execute("BEGIN IMMEDIATE")
        boots.follow()
        connection.execute("COMMIT")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return done


class _Year:
    """Makes visits up."""

    def __init__(self, chance: random.Random, new_id: Callable[[], Id]) -> None:
        self._chance = chance
        self._new_id = new_id

    def visit(self, t_s: float) -> Iterator[Entry]:
        """Yield what happens in a visit that begins at `t_s`."""
        visit = self._new_id()
        yield VisitBegan(visit, t_s)
        yield PersonNamed(visit, self._chance.choice(_NAMES))
        for number in range(SETS_A_VISIT):
            t_s += 20
            exercise = self._chance.choice(tuple(EXERCISES))
            set_ = self._new_id()
            yield SetBegan(set_, visit, t_s, exercise, number + 1, _RULES)
            for rep in range(1, REPS_A_SET + 1):
                yield self.repetition(set_, t_s, rep, EXERCISES[exercise])
                t_s += 3
                if self._chance.random() < WARNING_SHARE:
                    yield from self._warning(set_, t_s, rep, EXERCISES[exercise])
            yield SetEnded(set_, t_s)
        if self._chance.random() < HOLD_SHARE:
            set_, held_s = self._new_id(), self._chance.uniform(10, 60)
            yield SetBegan(set_, visit, t_s, "plank", 1, _RULES)
            yield HoldDone(self._new_id(), set_, t_s + 5, t_s + 5 + held_s, held_s)
            yield SetEnded(set_, t_s + 5 + held_s)
        yield VisitEnded(visit, t_s + 70)

    def repetition(self, set_: Id, t_s: float, number: int, measures: Sequence[str]) -> RepetitionDone:
        """Return a repetition of three seconds, one in twenty of them partial."""
        out_s = self._chance.uniform(1.0, 2.0)
        extents = {name: Extent(self._value(), self._value(), self._value()) for name in measures}
        partial = self._chance.random() < 0.05
        return RepetitionDone(
            id=self._new_id(),
            set=set_,
            number=number,
            partial=partial,
            side=None,
            begin_s=t_s,
            end_s=t_s + 3,
            out_s=out_s,
            back_s=3 - out_s,
            measures=extents,
        )

    def _warning(self, set_: Id, t_s: float, rep: int, measures: Sequence[str]) -> Iterator[Entry]:
        warning = self._new_id()
        rule = RuleInForce(_RULES, f"{measures[0]}_load", "danger", f"{measures[0]} < 90", f"{measures[0]} > 95", 0.2)
        yield WarningRaised(warning, set_, t_s, rule, None, rep, "out", round(self._chance.random(), 2))
        yield WarningSeries(warning, -2.0, 0.1, {name: self._swing() for name in measures})
        if self._chance.random() < 0.1:
            yield Feedback(warning, self._chance.choice(("right", "false_alarm")))

    def _swing(self) -> tuple[float, ...]:
        """One measure around a warning: a movement with the noise that poses have."""
        middle, reach = self._value(), self._chance.uniform(10, 50)
        return tuple(middle + reach * math.sin(n / 8) + self._chance.gauss(0, 1) for n in range(_SERIES))

    def _value(self) -> float:
        return self._chance.uniform(20, 180)
