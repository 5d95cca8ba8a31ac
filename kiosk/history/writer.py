"""The training history: entries are handed over from the event loop and stored by a thread of its own.

An entry is on the disk GATHER_S plus one write of the disk after it was handed over. Trouble with the disk never
stops anybody from exercising: entries wait in memory, `notice` says so, and they are stored when the disk works again.
"""

import logging
import secrets
import shutil
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Final, TypeAlias

from kiosk.clock import Clock, SystemClock
from kiosk.history.entries import Entry, Id
from kiosk.history.file import NAME, Condition, UnusableError, is_damage, primary_code, set_aside
from kiosk.history.store import GoneError, Store, Underway
from kiosk.words import Phrase

log = logging.getLogger(__name__)

GATHER_S: Final = 0.1
"""Entries that come together are stored together: each time the disk is written to wears a memory card."""

BATCH: Final = 500
"""Entries stored at once after trouble."""

RETRY_S: Final = 1.0
"""How often a database that could not be written to is tried again."""

LOOK_S: Final = 60.0
"""How often an idle writer looks whether anything has become too old."""

MOST: Final = 10_000
"""Entries that wait in memory, some 20 MB; five hours of exercising without a pause."""

PATIENCE_S: Final = 10.0
"""Another program may use the database for as long before the page speaks of it."""

TOLD_S: Final = 86400.0
"""How long the page says that a damaged database was set aside."""

FULL_BYTES: Final = 1_000_000
"""With less space than this, a write that failed did so because the disk is full."""


_Trouble: TypeAlias = sqlite3.Error | OSError | UnusableError


class History:
    """Stores entries in `folder`/history.db from `start` to `close`.

    `failed` is called from the writer's thread with what ended it: a mistake in the program, never trouble with the
    disk. All else is for one thread, the event loop's, and returns at once.
    """

    def __init__(
        self,
        folder: Path,
        *,
        keep_days: int,
        failed: Callable[[BaseException], None],
        clock: Clock | None = None,
        most: int = MOST,
    ) -> None:
        self.path = folder / NAME
        self.written = 0
        self._refused = 0
        self._rejected = 0
        self._keep_days = keep_days
        self._failed = failed
        self._clock = clock or SystemClock()
        self._most = most
        self._token = secrets.token_hex(8)
        self._numbers = count(1)
        self._underway = Underway()
        self._queue: deque[Entry] = deque()
        self._pending: list[Entry] = []
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._guarded, name="history", daemon=True)
        self._store: Store | None = None
        self._checked = False
        self._trouble: Phrase | None = None
        self._busy_since_s: float | None = None
        self._failing = False
        self._began_anew = False
        self._told: tuple[Phrase, float] | None = None

    @property
    def notice(self) -> Phrase | None:
        """What the page is to say of the history, None while all is well."""
        if self._trouble:
            return self._trouble
        told = self._told
        return told[0] if told and time.monotonic() - told[1] < TOLD_S else None

    @property
    def waiting(self) -> int:
        """How many entries wait in memory to be stored."""
        return len(self._queue) + len(self._pending)

    @property
    def dropped(self) -> int:
        """How many entries were lost: too many waited already, or they could not be stored."""
        return self._refused + self._rejected

    def new_id(self) -> Id:
        """Return the id for an entry that begins something or can be referred to; ids of one history never repeat."""
        return Id(f"{self._token}-{next(self._numbers)}")

    def write(self, entry: Entry) -> None:
        """Hand over an entry; `written` grows when it is on the disk, `dropped` if it never will be."""
        self._underway.note(entry)
        if self.waiting >= self._most:
            self._refused += 1
            self._underway.settle(entry, dropped=True)
            return
        self._queue.append(entry)
        self._wake.set()

    def start(self) -> None:
        """Open the database and begin to write."""
        self._wake.set()
        self._thread.start()

    def close(self, timeout_s: float) -> None:
        """Store what waits and end; blocks for up to `timeout_s`."""
        self._stopping.set()
        self._wake.set()
        if self._thread.ident is not None:
            self._thread.join(timeout_s)
        if self._thread.is_alive():
            log.warning("the training history's writer does not end")
        if self.waiting:
            log.error("%d entries of the training history could not be stored", self.waiting)

    def _guarded(self) -> None:
        try:
            self._work()
        except BaseException as error:  # noqa: BLE001 - the thread's edge: whatever ended it must end the program
            self._failed(error)
        finally:
            self._close_store()

    def _work(self) -> None:
        while not self._stopping.is_set():
            self._wake.wait(LOOK_S)
            self._stopping.wait(GATHER_S)
            self._wake.clear()
            while self._turn():
                pass
            if self._failing:
                self._stopping.wait(RETRY_S)
                self._wake.set()
        while self._turn():
            pass

    def _turn(self) -> bool:
        """Do one thing; return whether there may be more to do at once."""
        try:
            store = self._store = self._store or self._opened()
            while self._queue and len(self._pending) < BATCH:
                self._pending.append(self._queue.popleft())
            if self._pending:
                dropped = store.write(self._pending, self._underway)
                self._rejected += dropped
                self.written += len(self._pending) - dropped
                self._pending = []
            elif store.delete_old():
                return not self._stopping.is_set()
        except (sqlite3.Error, OSError, UnusableError) as error:
            return self._mend(error)
        if self._trouble:
            log.info("the training history is written again")
        self._failing, self._began_anew, self._trouble, self._busy_since_s = False, False, None, None
        return bool(self._queue)

    def _opened(self) -> Store:
        store = Store.opened(
            self.path, check=not self._checked, token=self._token, clock=self._clock, keep_days=self._keep_days
        )
        self._checked = True
        return store

    def _mend(self, error: _Trouble) -> bool:
        """Do what can be done about a database that could not be written to; return whether to go on at once."""
        self._close_store()
        if isinstance(error, GoneError):
            log.warning("%s: a new one is begun", error)
            self._tell(Phrase("history_gone"))
            return True
        self._failing = True
        if (condition := _condition(error)) and not self._began_anew:
            log.warning("%s is %s: %s", self.path, condition, error)
            try:
                self._tell(set_aside(self.path, condition).notice)
            except OSError as why:
                error = why
            else:
                self._began_anew = True
                return True
        trouble = self._explained(error)
        if trouble != self._trouble:
            log.warning("the training history is not written, trying again each second: %s", error)
        self._trouble = trouble
        return False

    def _tell(self, notice: Phrase) -> None:
        self._told = (notice, time.monotonic())

    def _explained(self, error: _Trouble) -> Phrase | None:
        code = primary_code(error) if isinstance(error, sqlite3.Error) else None
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            now_s = time.monotonic()
            self._busy_since_s = now_s if self._busy_since_s is None else self._busy_since_s
            patient = now_s - self._busy_since_s < PATIENCE_S
            return None if patient else Phrase("history_busy", str(self.path))
        if code == sqlite3.SQLITE_FULL or self._is_full():
            return Phrase("history_full")
        return Phrase("history_unwritable", str(self.path.parent))

    def _is_full(self) -> bool:
        try:
            return shutil.disk_usage(self.path.parent).free < FULL_BYTES
        except OSError:
            return False

    def _close_store(self) -> None:
        if self._store:
            self._store.close()
            self._store = None


def _condition(error: _Trouble) -> Condition | None:
    """Why the database must be set aside, None if it need not be."""
    if isinstance(error, UnusableError):
        return error.condition
    return "damaged" if isinstance(error, sqlite3.Error) and is_damage(error) else None
