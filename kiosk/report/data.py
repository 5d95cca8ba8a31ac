"""Reads the history for a report. For one thread, best in a process of its own: a year takes a second and 300 MB."""

import gc
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from kiosk.history.past import RepetitionColumns, Selection
from kiosk.history.totals import columns
from kiosk.history.training import Training
from kiosk.report.contents import Report
from kiosk.report.numbers import report_of
from kiosk.report.rules import Rules


def read_report(path: Path, wanted: Selection, rules: Mapping[str, Rules]) -> Report:
    """Return the report of what is `wanted` of the history at `path`.

    Raises HistoryError where there is no history and `sqlite3.Error` where it can't be read.
    """
    with Training(path) as training, _uncollected():
        return report_of(
            columns(training, wanted),
            list(training.warnings(wanted)),
            list(training.holds(wanted)),
            list(training.tests(wanted)),
            rules,
            person=wanted.person,
            first=wanted.first,
            last=wanted.last,
        )


def nothing(wanted: Selection) -> Report:
    """Return the report of what is `wanted` where there is no history yet."""
    numbers = np.array([])
    empty = RepetitionColumns(
        sets=(),
        set=numbers.astype(np.int64),
        number=numbers.astype(np.int64),
        partial=numbers.astype(np.bool_),
        side=numbers.astype(np.int8),
        began_s=numbers,
        ended_s=numbers,
        out_s=numbers,
        back_s=numbers,
        measures={},
    )
    return report_of(empty, (), (), (), {}, person=wanted.person, first=wanted.first, last=wanted.last)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Rows by the hundred thousand hold no cycles, but looking for some takes a third of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
