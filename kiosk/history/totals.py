"""Many repetitions at once: totals by day and exercise, and columns to compute with."""

from collections.abc import Sequence
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kiosk.dates import local
from kiosk.history.past import DayTotal, RepetitionColumns, Selection
from kiosk.history.training import REPETITION, Training

_SIDES: Final = {None: 0, "left": 1, "right": 2}
_BY_SET: Final = "GROUP BY sets.id"


def days(training: Training, wanted: Selection) -> list[DayTotal]:
    """Return the totals of each day and exercise, by day and then by the exercise's name."""
    totals: dict[tuple[date, str], DayTotal] = {}
    of_set: dict[int, DayTotal] = {}
    seen: dict[int, tuple[date, set[str]]] = {}
    for row, visit, began_s, exercise in training.rows(
        "sets.id, visits.id, visits.begin_s + offset_s, exercise", wanted
    ):
        if visit not in seen:
            seen[visit] = (local(began_s).date(), set())
        day, exercises = seen[visit]
        if (day, exercise) not in totals:
            totals[day, exercise] = DayTotal(day, exercise)
        of_set[row] = total = totals[day, exercise]
        total.sets += 1
        total.visits += exercise not in exercises
        exercises.add(exercise)
    _add_repetitions(training, wanted, of_set)
    for row, held_s in training.rows("sets.id, sum(held_s)", wanted, "holds", end=_BY_SET):
        of_set[row].held_s += held_s
    rule = " JOIN rules_in_force AS rule ON rule.id = x.rule"
    for row, warning, count in training.rows(
        "sets.id, rule.warning, count(*)", wanted, "warnings", rule, f"{_BY_SET}, rule.warning"
    ):
        of_set[row].warnings[warning] += count
    return [totals[key] for key in sorted(totals)]


def columns(training: Training, wanted: Selection) -> RepetitionColumns:
    """Return repetitions column by column, the partial ones too; 200,000 take some 100 MB on the way."""
    sets = tuple(training.sets(wanted))
    places = {found.id: place for place, found in enumerate(sets)}
    rows = list(training.rows(REPETITION, wanted, "repetitions"))
    (_, of, number, partial, side, began_s, ended_s, out_s, back_s, lists, measured) = (
        zip(*rows, strict=True) if rows else [()] * 11
    )
    place_of = {row: places[training.id(row)] for row in dict.fromkeys(of)}
    return RepetitionColumns(
        sets=sets,
        set=np.array([place_of[row] for row in of], np.int64),
        number=np.array(number, np.int64),
        partial=np.array(partial, np.bool_),
        side=np.array([_SIDES[one] for one in side], np.int8),
        began_s=np.array(began_s, np.float64),
        ended_s=np.array(ended_s, np.float64),
        out_s=np.array(out_s, np.float64),
        back_s=np.array(back_s, np.float64),
        measures=_measures(training, lists, measured),
    )


def _add_repetitions(training: Training, wanted: Selection, of_set: dict[int, DayTotal]) -> None:
    whole = "FILTER (WHERE partial = 0)"
    sums = f"sets.id, sum(partial = 0), sum(partial), total(out_s) {whole}, total(back_s) {whole}"
    times_s: dict[int, tuple[DayTotal, float, float]] = {}
    for row, count, partials, out_s, back_s in training.rows(sums, wanted, "repetitions", end=_BY_SET):
        total = of_set[row]
        total.repetitions += count
        total.partials += partials
        _, out_before_s, back_before_s = times_s.get(id(total), (total, 0.0, 0.0))
        times_s[id(total)] = (total, out_before_s + out_s, back_before_s + back_s)
    for total, out_s, back_s in times_s.values():
        if total.repetitions:
            total.out_s, total.back_s = out_s / total.repetitions, back_s / total.repetitions


def _measures(training: Training, lists: Sequence[int], measured: Sequence[bytes]) -> dict[str, NDArray[np.float32]]:
    """The measures of each repetition: not-a-number where its exercise file did not have one."""
    list_of = np.array(lists, np.int64)
    measures: dict[str, NDArray[np.float32]] = {}
    for row in np.unique(list_of):
        names = training.measure_list(int(row))
        chosen = np.flatnonzero(list_of == row)
        numbers = np.frombuffer(b"".join(measured[place] for place in chosen.tolist()), "<f4").reshape(
            len(chosen), len(names), 3
        )
        for column, name in enumerate(names):
            every = measures.setdefault(name, np.full((len(list_of), 3), np.nan, np.float32))
            every[chosen] = numbers[:, column]
    return measures
