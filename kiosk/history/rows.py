"""Entries -> rows of the history's database."""

import json
import math
import sqlite3
import struct
import zlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, TypeAlias

from kiosk.history.boots import Boots
from kiosk.history.entries import (
    Entry,
    Feedback,
    HoldDone,
    Id,
    PersonNamed,
    RepetitionDone,
    RepetitionTimed,
    RuleInForce,
    SetBegan,
    SetEnded,
    TimedTestDone,
    VisitBegan,
    VisitEnded,
    WarningRaised,
    WarningSeries,
)

RUN_SHIFT: Final = 32
"""A row's id is the run's id shifted left by this many bits, plus the number of the entry in the run."""

_FLOAT_BYTES: Final = 4

Part: TypeAlias = RepetitionDone | HoldDone | TimedTestDone | WarningRaised
"""What belongs to a set."""


class RejectedError(Exception):
    """An entry that can't be stored, as it holds no number where one must be."""


class Rows:
    """Stores entries within the caller's transaction. What it remembers of the database is void after a rollback."""

    def __init__(self, connection: sqlite3.Connection, token: str, boots: Boots) -> None:
        self._connection = connection
        self._token = token
        self._boots = boots
        self._runs: dict[str, int] = {}
        self._measures: dict[tuple[str, ...], int] = {}
        self._rules: dict[RuleInForce, int] = {}

    def enter_run(self) -> bool:
        """Make this run known to the database; return whether it was not before, as in a new one."""
        if self._run(self._token) is not None:
            return False
        values = (self._token, self._boots.id())
        self._runs[self._token] = self._inserted("INSERT INTO runs (token, boot) VALUES (?, ?)", values)
        return True

    def store(self, entry: Entry) -> bool:
        """Store an entry; storing it again changes nothing. Return False if what it belongs to is not there."""
        try:
            return self._store(entry)
        except sqlite3.IntegrityError as error:
            if error.sqlite_errorcode == sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
                return False
            raise RejectedError(f"{type(entry).__name__}: {error}") from error
        except (OverflowError, ValueError, struct.error) as error:
            raise RejectedError(f"{type(entry).__name__}: {error}") from error

    def _store(self, entry: Entry) -> bool:
        match entry:
            case VisitBegan(id=id_, t_s=t_s):
                stored = self._insert("visits", id_, {"boot": self._boots.id(), "begin_s": t_s})
            case PersonNamed(visit=visit, name=name):
                stored = self._update("visits", visit, person=name)
            case VisitEnded(visit=visit, t_s=t_s):
                stored = self._update("visits", visit, end_s=t_s)
            case SetEnded(set=set_, t_s=t_s):
                stored = self._update("sets", set_, end_s=t_s)
            case Feedback(warning=warning, verdict=verdict):
                stored = self._update("warnings", warning, verdict=verdict)
            case RepetitionTimed():
                times = _values(entry, ("begin_s", "end_s", "out_s", "back_s"))
                stored = self._update("repetitions", entry.repetition, **times, of=entry.set)
            case WarningSeries():
                stored = self._insert("warning_series", entry.warning, self._series(entry), key="warning")
            case SetBegan():
                owner = {"visit": self._row(entry.visit), "begin_s": entry.t_s}
                stored = self._insert("sets", entry.id, owner | _values(entry, ("exercise", "number", "rules")))
            case _:
                table, values = self._part(entry)
                stored = self._insert(table, entry.id, {"set": self._row(entry.set), **values})
        return stored

    def _part(self, entry: Part) -> tuple[str, dict[str, object]]:
        """The table for an entry that belongs to a set, and its values."""
        match entry:
            case RepetitionDone(measures=measures):
                names = ("number", "partial", "side", "begin_s", "end_s", "out_s", "back_s")
                measured = packed(
                    value for extent in measures.values() for value in (extent.start, extent.lowest, extent.highest)
                )
                return "repetitions", {
                    **_values(entry, names),
                    "measures": self._measure_list(measures),
                    "measured": measured,
                }
            case HoldDone():
                return "holds", _values(entry, ("begin_s", "end_s", "held_s"))
            case TimedTestDone():
                return "tests", {"end_s": entry.t_s, **_values(entry, ("timed_s", "reps"))}
            case WarningRaised():
                values = _values(entry, ("side", "rep", "phase", "share"))
                return "warnings", {"at_s": entry.t_s, "rule": self._rule(entry.rule), **values}

    def _series(self, entry: WarningSeries) -> dict[str, object]:
        if len({len(values) for values in entry.values.values()}) > 1:
            raise ValueError("not as many values of each measure")
        numbers = packed(value for values in entry.values.values() for value in values)
        measures = self._measure_list(entry.values)
        return {"measures": measures, **_values(entry, ("from_s", "step_s")), "packed": compressed(numbers)}

    def _insert(self, table: str, id_: Id, values: dict[str, object], key: str = "id") -> bool:
        row = self._row(id_)
        if row is None:
            return False
        columns = ", ".join(f'"{name}"' for name in values)
        self._connection.execute(
            f"INSERT INTO {table} ({key}, {columns}) VALUES (?{', ?' * len(values)}) ON CONFLICT DO NOTHING",
            (row, *values.values()),
        )
        return True

    def _update(self, table: str, id_: Id, *, of: Id | None = None, **values: object) -> bool:
        """Change a row; `of` is the set that it belongs to, in a table that is kept by set."""
        rows = [self._row(id_), *([] if of is None else [self._row(of)])]
        if None in rows:
            return False
        columns = ", ".join(f"{name} = ?" for name in values)
        where = "id = ?" + ("" if of is None else ' AND "set" = ?')
        found = self._connection.execute(f"UPDATE {table} SET {columns} WHERE {where}", (*values.values(), *rows))
        return found.rowcount > 0

    def _row(self, id_: Id) -> int | None:
        """The row's id, None if the database does not know the run that it is of."""
        token, _, number = id_.rpartition("-")
        run = self._run(token)
        return None if run is None else run << RUN_SHIFT | int(number)

    def _run(self, token: str) -> int | None:
        if token not in self._runs:
            found = self._connection.execute("SELECT id FROM runs WHERE token = ?", (token,)).fetchone()
            if found is None:
                return None
            self._runs[token] = found[0]
        return self._runs[token]

    def _measure_list(self, names: Iterable[str]) -> int:
        listed = tuple(names)
        if listed not in self._measures:
            text = json.dumps(listed, ensure_ascii=False)
            found = self._connection.execute("SELECT id FROM measure_lists WHERE names = ?", (text,)).fetchone()
            insert = "INSERT INTO measure_lists (names) VALUES (?)"
            self._measures[listed] = found[0] if found else self._inserted(insert, (text,))
        return self._measures[listed]

    def _rule(self, rule: RuleInForce) -> int:
        if rule not in self._rules:
            values = (rule.rules, rule.warning, rule.level, rule.when, rule.clear, rule.for_s)
            columns = ("rules", "warning", "level", "when_text", "clear_text", "for_s")
            same = " AND ".join(f"{column} IS ?" for column in columns)
            found = self._connection.execute(f"SELECT id FROM rules_in_force WHERE {same}", values).fetchone()
            insert = f"INSERT INTO rules_in_force ({', '.join(columns)}) VALUES (?, ?, ?, ?, ?, ?)"
            self._rules[rule] = found[0] if found else self._inserted(insert, values)
        return self._rules[rule]

    def _inserted(self, statement: str, values: Sequence[object]) -> int:
        row = self._connection.execute(statement, values).lastrowid
        assert row is not None
        return row


def _values(entry: Entry, names: Iterable[str]) -> dict[str, object]:
    return {name: getattr(entry, name) for name in names}


def packed(values: Iterable[float | None]) -> bytes:
    """Return numbers as 4-byte floats, little-endian, unknown ones as not-a-number; five digits of an angle survive."""
    numbers = [math.nan if value is None else value for value in values]
    return struct.pack(f"<{len(numbers)}f", *numbers)


def unpacked(data: bytes) -> Iterator[float | None]:
    """Yield the numbers that `packed` was given."""
    for (value,) in struct.iter_unpack("<f", data):
        yield None if math.isnan(value) else value


def compressed(data: bytes) -> bytes:
    """Return packed numbers in fewer bytes: first bytes, second bytes ... together, as neighbours are much alike."""
    return zlib.compress(b"".join(data[place::_FLOAT_BYTES] for place in range(_FLOAT_BYTES)), 9)


def decompressed(data: bytes) -> bytes:
    """Return what `compressed` was given."""
    turned = zlib.decompress(data)
    count = len(turned) // _FLOAT_BYTES
    return b"".join(turned[number::count] for number in range(count)) if count else b""


def close_what_is_open(connection: sqlite3.Connection) -> None:
    """Let visits and sets that a killed program left open end with the last that is known of them."""
    last = ", ".join(
        f'coalesce((SELECT max({end}) FROM {table} WHERE {table}."set" = sets.id), begin_s)'
        for table, end in (("repetitions", "end_s"), ("holds", "end_s"), ("tests", "end_s"), ("warnings", "at_s"))
    )
    ended = "coalesce((SELECT max(end_s) FROM sets WHERE sets.visit = visits.id), begin_s)"
    connection.execute("BEGIN IMMEDIATE")
    connection.execute(f"UPDATE sets SET end_s = max(begin_s, {last}) WHERE end_s IS NULL")
    connection.execute(f"UPDATE visits SET end_s = max(begin_s, {ended}) WHERE end_s IS NULL")
    connection.execute("COMMIT")
