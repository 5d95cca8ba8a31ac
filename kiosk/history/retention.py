"""What leaves the history: training older than `history.keep_days`, and what `kiosk forget` is told."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from kiosk.clock import Clock
from kiosk.dates import DAY_S, believed_s, local
from kiosk.errors import FailedError
from kiosk.history.boots import Boots
from kiosk.history.entries import folded, same_name, tidy_name
from kiosk.history.file import (
    HistoryError,
    UnusableError,
    aside_files,
    is_damage,
    open_history,
    primary_code,
    recordings,
)
from kiosk.recent import KEPT_S

STEP_VISITS: Final = 10
"""Visits deleted in one transaction, some hundred rows: whoever waits to write waits for a few milliseconds."""

PATIENCE_S: Final = 30.0
"""How long `forget` waits for others to leave the database alone."""

_PIECE_BYTES: Final = 1 << 20
_OVERLAP_BYTES: Final = 1024
"""More than a name takes."""

_PARTS: Final = ("", "-wal", "-shm", "-journal")


class Retention:
    """Deletes training older than `keep_days`, in small steps, when the program starts and then once a day."""

    def __init__(self, connection: sqlite3.Connection, boots: Boots, clock: Clock, keep_days: int, path: Path) -> None:
        self._connection = connection
        self._boots = boots
        self._clock = clock
        self._keep_days = keep_days
        self._path = path
        self._due_s = float("-inf")
        self._oldest_s: float | None = None

    def step(self) -> bool:
        """Delete a little of what is too old; return whether there may be more."""
        if self._clock.now_s() < self._due_s:
            return False
        if self._oldest_s is None:
            self._oldest_s = self._believed_s() - self._keep_days * DAY_S
        deleted = self._connection.execute(
            "DELETE FROM visits WHERE id IN (SELECT visits.id FROM visits JOIN boots ON boots.id = visits.boot"
            " WHERE begin_s + offset_s < ? AND end_s IS NOT NULL LIMIT ?)",
            (self._oldest_s, STEP_VISITS),
        ).rowcount
        if deleted:
            return True
        self._finish(self._oldest_s)
        return False

    def _finish(self, oldest_s: float) -> None:
        for kept in (*aside_files(self._path), *recordings(self._path)):
            if kept.stat().st_mtime < oldest_s:
                _delete(kept)
        # The log may still hold what was deleted.
        self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self._due_s, self._oldest_s = self._clock.now_s() + DAY_S, None

    def _believed_s(self) -> float:
        now_s, at_s, boot = self._boots.now_s(), self._clock.now_s(), self._clock.boot
        found = self._connection.execute("SELECT believed_s, boot, at_s FROM retention").fetchone()
        before_s, another_day = (found[0], found[1] != boot or at_s - found[2] >= DAY_S) if found else (None, True)
        now_s = believed_s(now_s, before_s, synchronised=self._clock.offset().synchronised, another_day=another_day)
        if another_day:
            self._connection.execute("INSERT OR REPLACE INTO retention VALUES (1, ?, ?, ?)", (now_s, boot, at_s))
        return now_s


class UnfinishedError(FailedError):
    """Not everything was forgotten that was asked for; the text is one sentence for people."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be forgotten: a person's visits, those that began on a day, or with neither everything."""

    person: str | None = None
    day: date | None = None


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was forgotten: how many visits and repetitions, which databases set aside, which pose recordings."""

    visits: int
    repetitions: int
    files: tuple[Path, ...]
    recordings: tuple[Path, ...] = ()


def forget(path: Path, wanted: Wanted) -> Forgotten:
    """Erase training from the history at `path`, also while the kiosk runs, and leave no byte of it in its folder.

    A visit that is under way is forgotten to its end. Of the databases that were set aside, nothing can be erased
    within: those that may hold what is to be forgotten are deleted, and so are pose recordings, which name nobody, of
    the days of what is forgotten. Raises HistoryError where there is no history that
    can be used, UnfinishedError where the disk or another program is in the way.
    """
    if not path.exists():
        if not aside_files(path) and not recordings(path):
            raise HistoryError(f"there is no training history yet: {path} appears when the kiosk runs")
        recorded = tuple(_forget_recordings(path, wanted, set()))
        return Forgotten(0, 0, tuple(_forget_aside(path, wanted)), recorded)
    try:
        with closing(open_history(path, check=False)) as connection:
            visits = _visits(connection, wanted)
            repetitions = sum(_erase(connection, some) for some in _steps(list(visits)))
            _patiently(connection, "VACUUM")
            _patiently(connection, "PRAGMA wal_checkpoint(TRUNCATE)")
    except UnusableError as error:
        raise HistoryError(f"nothing was forgotten: {path} is {error.condition}: {error}") from error
    except (sqlite3.Error, OSError) as error:
        broken = isinstance(error, sqlite3.Error) and is_damage(error)
        hint = (
            "start the kiosk, which sets it aside" if broken else "free some space or end other programs, and try again"
        )
        raise UnfinishedError(f"not everything was forgotten: {error}: {hint}") from error
    recorded = tuple(_forget_recordings(path, wanted, set().union(*visits.values())))
    return Forgotten(len(visits), repetitions, tuple(_forget_aside(path, wanted)), recorded)


def _visits(connection: sqlite3.Connection, wanted: Wanted) -> dict[int, set[date]]:
    """The visits that are to be forgotten, with the days on which their poses may have been written."""
    rows = connection.execute(
        "SELECT visits.id, person, begin_s + offset_s, end_s + offset_s"
        " FROM visits JOIN boots ON boots.id = visits.boot"
    )
    return {
        row: _days(begin_s, (time.time() if end_s is None else end_s) + KEPT_S)
        for row, person, begin_s, end_s in rows
        if (wanted.person is None or (person is not None and same_name(person, wanted.person)))
        and (wanted.day is None or local(begin_s).date() == wanted.day)
    }


def _days(first_s: float, last_s: float) -> set[date]:
    first, last = local(first_s).date(), local(last_s).date()
    return {first + timedelta(days=more) for more in range((last - first).days + 1)} | {first}


def _steps(visits: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(visits), STEP_VISITS):
        yield visits[start : start + STEP_VISITS]


def _erase(connection: sqlite3.Connection, visits: list[int]) -> int:
    """Delete visits with all that belongs to them; return how many repetitions that were."""
    marks = ", ".join("?" * len(visits))
    _patiently(connection, "BEGIN IMMEDIATE")
    (count,) = connection.execute(
        f'SELECT count(*) FROM repetitions JOIN sets ON sets.id = repetitions."set" WHERE visit IN ({marks})', visits
    ).fetchone()
    connection.execute(f"DELETE FROM visits WHERE id IN ({marks})", visits)
    connection.execute("COMMIT")
    return int(count)


def _patiently(connection: sqlite3.Connection, statement: str) -> None:
    """Run a statement that needs the database for itself, waiting for those who use it."""
    until_s = time.monotonic() + PATIENCE_S
    while True:
        try:
            result = connection.execute(statement).fetchone()
        except sqlite3.OperationalError as error:
            if primary_code(error) not in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED) or time.monotonic() > until_s:
                raise
        else:
            if result is None or result[0] == 0:
                return
            if time.monotonic() > until_s:
                raise sqlite3.OperationalError("another program is reading the history")
        time.sleep(0.05)


def _forget_aside(path: Path, wanted: Wanted) -> Iterator[Path]:
    for aside in aside_files(path):
        if not _may_hold(aside, wanted):
            continue
        if ".newer-" in aside.name:
            raise UnfinishedError(
                f"the rest is forgotten, but {aside} was written by a newer version of the kiosk and may hold more: "
                "delete that file, or forget with that version"
            )
        _delete(aside)
        yield aside


def _forget_recordings(path: Path, wanted: Wanted, days: set[date]) -> Iterator[Path]:
    for recorded in recordings(path):
        everything = wanted.person is None and wanted.day is None
        if everything or _day_of(recorded) in days | {wanted.day}:
            recorded.unlink()
            yield recorded


def _may_hold(aside: Path, wanted: Wanted) -> bool:
    if wanted.person is not None:
        name = folded(tidy_name(wanted.person) or "")
        return any(_holds(part, name) for part in _parts(aside))
    return wanted.day is None or wanted.day <= _day_of(aside)


def _holds(part: Path, name: str) -> bool:
    """Whether a name stands in a file, however it is typed there; the file may be large."""
    before = b""
    with part.open("rb") as file:
        while piece := file.read(_PIECE_BYTES):
            if name in folded((before + piece).decode(errors="ignore")):
                return True
            before = piece[-_OVERLAP_BYTES:]
    return False


def _day_of(path: Path) -> date:
    return local(path.stat().st_mtime).date()


def _delete(aside: Path) -> None:
    for part in _parts(aside):
        part.unlink()


def _parts(aside: Path) -> Iterator[Path]:
    for ending in _PARTS:
        part = aside.with_name(aside.name + ending)
        if part.exists():
            yield part
