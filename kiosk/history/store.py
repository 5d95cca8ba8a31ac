"""The history's database while the kiosk runs: batches of entries, and what to tell a new one of."""

import logging
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from kiosk.clock import Clock
from kiosk.history.boots import Boots
from kiosk.history.entries import (
    Entry,
    Feedback,
    Id,
    PersonNamed,
    RepetitionTimed,
    SetBegan,
    SetEnded,
    VisitBegan,
    VisitEnded,
    WarningSeries,
)
from kiosk.history.file import open_history
from kiosk.history.retention import Retention
from kiosk.history.rows import RejectedError, Rows, close_what_is_open

log = logging.getLogger(__name__)


class GoneError(OSError):
    """The database's file was deleted or replaced while it was open: what was written to it is lost."""


@dataclass(slots=True)
class Underway:
    """The visits and sets that are under way, so that a new database can be told of them.

    `stored` are those that the present database has been told of; if it has them no longer, they were forgotten.
    """

    began: dict[Id, VisitBegan | SetBegan] = field(default_factory=dict)
    names: dict[Id, PersonNamed] = field(default_factory=dict)
    stored: set[Id] = field(default_factory=set)

    def note(self, entry: Entry) -> None:
        """Take an entry that was handed over."""
        if isinstance(entry, VisitBegan | SetBegan):
            self.began[entry.id] = entry
        elif isinstance(entry, PersonNamed) and entry.visit in self.began:
            self.names[entry.visit] = entry

    def settle(self, entry: Entry, *, dropped: bool = False) -> None:
        """Take an entry that is stored for good, or was dropped."""
        if isinstance(entry, VisitEnded | SetEnded):
            self._forget(_belongs_to(entry))
            for left_open in [began.id for began in list(self.began.values()) if _belongs_to(began) not in self.began]:
                self._forget(left_open)
        elif isinstance(entry, VisitBegan | SetBegan) and not dropped:
            self.stored.add(entry.id)

    def _forget(self, id_: Id) -> None:
        self.began.pop(id_, None)
        self.names.pop(id_, None)
        self.stored.discard(id_)


class _ForgottenError(Exception):
    """What an entry belongs to was erased by `kiosk forget` while it was under way."""


class Store:
    """One open database. After any error it is void: close it and open another."""

    def __init__(self, connection: sqlite3.Connection, path: Path, *, token: str, clock: Clock, keep_days: int) -> None:
        self._connection = connection
        self._path = path
        self._file = _identity(path)
        self._told: list[Entry] = []
        self._boots = Boots(connection, clock)
        self._rows = Rows(connection, token, self._boots)
        self._retention = Retention(connection, self._boots, clock, keep_days, path)

    @classmethod
    def opened(cls, path: Path, *, check: bool, token: str, clock: Clock, keep_days: int) -> Self:
        """Return the store; with `check`, as when the program starts, look for damage and end what a kill left open.

        Raises what `kiosk.history.file.open_history` does.
        """
        connection = open_history(path, check=check)
        try:
            if check:
                close_what_is_open(connection)
            return cls(connection, path, token=token, clock=clock, keep_days=keep_days)
        except BaseException:
            connection.close()
            raise

    def write(self, entries: Sequence[Entry], underway: Underway) -> int:
        """Store entries for good, all or none; return how many can't be, as what they belong to was never stored.

        Raises `sqlite3.Error`, or GoneError if the file is no longer there.
        """
        self._told = []
        self._connection.execute("BEGIN IMMEDIATE")
        if self._rows.enter_run():
            underway.stored.clear()
        dropped = sum(not self._write_one(entry, underway) for entry in entries)
        self._boots.follow()
        self._connection.execute("COMMIT")
        self._expect_file()
        for entry in (*self._told, *entries):
            underway.settle(entry)
        return dropped

    def delete_old(self) -> bool:
        """Delete a little of what is older than it may be kept; return whether there may be more."""
        return self._retention.step()

    def close(self) -> None:
        """Close the database; what was written stays."""
        try:
            self._connection.close()
        except sqlite3.Error as error:
            log.warning("the training history was not closed well: %s", error)

    def _expect_file(self) -> None:
        if _identity(self._path) != self._file:
            raise GoneError(f"{self._path} was deleted or replaced")

    def _write_one(self, entry: Entry, underway: Underway) -> bool:
        """Store one entry; return False if it had to be dropped."""
        try:
            self._store(entry, underway)
        except _ForgottenError:
            return True
        except RejectedError as error:
            log.warning("not stored in the training history: %s", error)
            return False
        return True

    def _store(self, entry: Entry, underway: Underway) -> None:
        if self._rows.store(entry) or isinstance(entry, Feedback | RepetitionTimed | WarningSeries):
            return
        owner = _belongs_to(entry)
        if owner in underway.stored:
            raise _ForgottenError
        began = underway.began.get(owner)
        if began is None:
            raise RejectedError(f"{type(entry).__name__}: what it belongs to was dropped")
        # This database was begun meanwhile, or the beginning was dropped: nothing but that is missing.
        self._store(began, underway)
        self._told.append(began)
        if owner in underway.names:
            self._rows.store(underway.names[owner])
        self._rows.store(entry)


def _belongs_to(entry: Entry) -> Id:
    """The visit or set that must be there for an entry to be stored."""
    match entry:
        case SetBegan(visit=owner) | PersonNamed(visit=owner) | VisitEnded(visit=owner):
            return owner
        case (
            VisitBegan(id=owner)
            | Feedback(warning=owner)
            | WarningSeries(warning=owner)
            | RepetitionTimed(repetition=owner)
        ):
            return owner
        case _:
            return entry.set


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        known = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return known.st_dev, known.st_ino
