"""Reads the history, for reports, export and tuning, while it may be written to."""

import json
import logging
import struct
import zlib
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from kiosk.history.entries import Extent, Id, RuleInForce, WarningSeries, same_name
from kiosk.history.file import open_to_read
from kiosk.history.past import (
    PastHold,
    PastRepetition,
    PastTest,
    PastWarning,
    Selection,
    TrainingSet,
    Visit,
)
from kiosk.history.rows import RUN_SHIFT, decompressed, unpacked

log = logging.getLogger(__name__)

_VISIT: Final = "visits.id, person, visits.begin_s + offset_s, visits.end_s + offset_s"
_SET: Final = f"{_VISIT}, sets.id, exercise, sets.number, sets.rules, sets.begin_s + offset_s, sets.end_s + offset_s"
REPETITION: Final = (
    'x.id, x."set", x.number, partial, side, x.begin_s + offset_s, x.end_s + offset_s, out_s, back_s,'
    " measures, measured"
)
"""The columns of a repetition for `Training.rows`."""

_WARNING: Final = (
    'x.id, x."set", exercise, at_s + offset_s, side, rep, phase, share, verdict,'
    " rule.rules, rule.warning, level, when_text, clear_text, for_s"
)
_FIRST: Final = date(1900, 1, 1)
_LAST: Final = date(9900, 1, 1)
"""The operating system can't tell the moments of the first and the last days that there are."""

_RULE: Final = " JOIN rules_in_force AS rule ON rule.id = x.rule"
_SERIES: Final = " LEFT JOIN warning_series AS series ON series.warning = x.id"


class Training:
    """The history for reading, all of it as it is when the first of it is read. For one thread; a context manager."""

    def __init__(self, path: Path) -> None:
        """Open the history at `path`; HistoryError with a sentence for people if it can't be read."""
        self._connection = open_to_read(path)
        self._connection.execute("BEGIN")  # else a set that begins meanwhile has repetitions that no set is there for
        self._tokens: dict[int, str] = {}
        self._measure_lists: dict[int, tuple[str, ...]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._connection.close()

    def people(self) -> list[str]:
        """Return the nicknames in the history, as they were typed."""
        rows = self._connection.execute("SELECT DISTINCT person FROM visits WHERE person IS NOT NULL ORDER BY person")
        return [row[0] for row in rows]

    def visits(self, wanted: Selection) -> Iterator[Visit]:
        """Yield visits in their order; those without a set too, unless an exercise is asked for."""
        sets = "" if wanted.exercise is None else " JOIN sets ON sets.visit = visits.id"
        for row in self._select(_VISIT, sets, wanted, "GROUP BY visits.id ORDER BY visits.id"):
            yield self._visit(row)

    def sets(self, wanted: Selection) -> Iterator[TrainingSet]:
        """Yield sets in their order."""
        for row in self.rows(_SET, wanted):
            yield TrainingSet(self.id(row[4]), self._visit(row[:4]), *row[5:])

    def repetitions(self, wanted: Selection) -> Iterator[PastRepetition]:
        """Yield repetitions, the partial ones too, in their order."""
        for row in self.rows(REPETITION, wanted, "repetitions"):
            names, values = self.measure_list(row[9]), unpacked(row[10])
            measures = {name: Extent(next(values), next(values), next(values)) for name in names}
            number, partial, side, began_s, ended_s, out_s, back_s = row[2:9]
            yield PastRepetition(
                id=self.id(row[0]),
                set=self.id(row[1]),
                number=number,
                partial=bool(partial),
                side=side,
                began_s=began_s,
                ended_s=ended_s,
                out_s=out_s,
                back_s=back_s,
                measures=measures,
            )

    def holds(self, wanted: Selection) -> Iterator[PastHold]:
        """Yield holds in their order."""
        columns = 'x.id, x."set", x.begin_s + offset_s, x.end_s + offset_s, held_s'
        for row in self.rows(columns, wanted, "holds"):
            yield PastHold(self.id(row[0]), self.id(row[1]), *row[2:])

    def tests(self, wanted: Selection) -> Iterator[PastTest]:
        """Yield timed tests in their order."""
        for row in self.rows('x.id, x."set", x.end_s + offset_s, timed_s, reps', wanted, "tests"):
            yield PastTest(self.id(row[0]), self.id(row[1]), *row[2:])

    def warnings(self, wanted: Selection, *, series: bool = False, judged: bool = False) -> Iterator[PastWarning]:
        """Yield warnings in their order; with `series`, the measures around each where they were stored.

        With `judged`, only those that somebody judged.
        """
        yield from self._warnings(wanted, " AND x.verdict IS NOT NULL" if judged else "", series=series)

    def newest_warnings(self, wanted: Selection, most: int, since_s: float = 0.0) -> list[PastWarning]:
        """Return the newest `most` warnings since a moment, the newest first."""
        condition, end = f" AND x.at_s + offset_s >= {since_s!r}", f"ORDER BY x.id DESC LIMIT {most}"
        return list(self._warnings(wanted, condition, series=False, end=end))

    def warning(self, id_: Id) -> PastWarning | None:
        """Return one warning with the measures around it, None if there is no such warning."""
        token, _, number = id_.rpartition("-")
        run = self._connection.execute("SELECT id FROM runs WHERE token = ?", (token,)).fetchone()
        if run is None:
            return None
        found = self._warnings(Selection(), f" AND x.id = {run[0] << RUN_SHIFT | int(number)}", series=True)
        return next(found, None)

    def _warnings(self, wanted: Selection, condition: str, *, series: bool, end: str = "") -> Iterator[PastWarning]:
        columns = _WARNING + (", series.measures, from_s, step_s, packed" if series else "")
        for row in self.rows(columns, wanted, "warnings", _RULE + condition + (_SERIES if series else ""), end):
            id_, rule = self.id(row[0]), RuleInForce(*row[9:15])
            kept = self._series(id_, *row[15:]) if series and row[15] is not None else None
            side, rep, phase, share, verdict = row[4:9]
            yield PastWarning(
                id_, self.id(row[1]), row[2], row[3], rule, side, rep, phase, share, verdict=verdict, series=kept
            )

    def has_warning(self, warning: Id) -> bool:
        """Whether there is a warning with this id."""
        token, _, number = warning.rpartition("-")
        found = self._connection.execute(
            "SELECT 1 FROM warnings WHERE id = (SELECT id << ? | ? FROM runs WHERE token = ?)",
            (RUN_SHIFT, int(number), token),
        )
        return found.fetchone() is not None

    def rows(self, columns: str, wanted: Selection, table: str = "", join: str = "", end: str = "") -> Iterator[Any]:
        """Yield rows of sets, or of `table`, called x, whose rows belong to sets; SQL's names are the database's.

        They come in their order, unless `end` groups them.
        """
        if table:
            join = f' JOIN {table} AS x ON x."set" = sets.id{join}'
        order = "ORDER BY visits.id, sets.id" + (", x.id" if table else "")
        yield from self._select(columns, f" JOIN sets ON sets.visit = visits.id{join}", wanted, end or order)

    def id(self, row: int) -> Id:
        """Return the id of a row."""
        run = row >> RUN_SHIFT
        if run not in self._tokens:
            (self._tokens[run],) = self._connection.execute("SELECT token FROM runs WHERE id = ?", (run,)).fetchone()
        return Id(f"{self._tokens[run]}-{row & ((1 << RUN_SHIFT) - 1)}")

    def measure_list(self, row: int) -> tuple[str, ...]:
        """Return the names of the measures that a row's numbers are of."""
        if row not in self._measure_lists:
            (text,) = self._connection.execute("SELECT names FROM measure_lists WHERE id = ?", (row,)).fetchone()
            self._measure_lists[row] = tuple(json.loads(text))
        return self._measure_lists[row]

    def _select(self, columns: str, join: str, wanted: Selection, end: str) -> Iterator[Any]:
        where, values = self._where(wanted)
        source = f"visits JOIN boots ON boots.id = visits.boot{join}"
        yield from self._connection.execute(f"SELECT {columns} FROM {source} WHERE {where} {end}", values)

    def _where(self, wanted: Selection) -> tuple[str, list[object]]:
        conditions: list[str] = ["true"]
        values: list[object] = []
        if wanted.first is not None:
            conditions.append("visits.begin_s + offset_s >= ?")
            values.append(_midnight_s(wanted.first))
        if wanted.last is not None and wanted.last < date.max:
            conditions.append("visits.begin_s + offset_s < ?")
            values.append(_midnight_s(wanted.last + timedelta(days=1)))
        if wanted.person is not None:
            names = [name for name in self.people() if same_name(name, wanted.person)]
            conditions.append(f"person IN ({', '.join('?' * len(names))})")
            values += names
        if wanted.exercise is not None:
            conditions.append("exercise = ?")
            values.append(wanted.exercise)
        if wanted.visit is not None:
            conditions.append("visits.id = (SELECT id << ? | ? FROM runs WHERE token = ?)")
            token, _, number = wanted.visit.rpartition("-")
            values += [RUN_SHIFT, int(number), token]
        return " AND ".join(conditions), values

    def _visit(self, row: Sequence[Any]) -> Visit:
        return Visit(self.id(row[0]), *row[1:])

    def _series(self, warning: Id, measures: int, from_s: float, step_s: float, packed: bytes) -> WarningSeries | None:
        """Return the measures around a warning, None where a bit of them has turned over on the disk."""
        names = self.measure_list(measures)
        try:
            values = list(unpacked(decompressed(packed)))
        except (zlib.error, struct.error) as error:
            log.warning("the measures around the warning %s are damaged: %s", warning, error)
            return None
        count = len(values) // len(names) if names else 0
        series = {name: tuple(values[n * count : (n + 1) * count]) for n, name in enumerate(names)}
        return WarningSeries(warning, from_s, step_s, series)


def _midnight_s(day: date) -> float:
    day = min(max(day, _FIRST), _LAST)
    return datetime(day.year, day.month, day.day).timestamp()  # the box's time zone, as it is in force that day
