"""The history's file: an SQLite database, its tables by version, how it is opened, and what is done with a damaged one.

Ids in it are those of the program's run (its row in `runs`) times 2^32 plus a number that counts up in the run, so they
give the order of everything. Times are monotonic seconds of the visit's boot; `boots.offset_s` makes dates of them.
"""

import logging
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Literal

from kiosk.errors import PlainError
from kiosk.words import Phrase

log = logging.getLogger(__name__)

NAME: Final = "history.db"

APPLICATION: Final = 0x706B6869
"""`PRAGMA application_id` of a history, "pkhi": another program's database is not taken for one."""

MIGRATIONS: Final[list[str]] = [
    # A measured value is three 4-byte floats: start, lowest, highest; see kiosk.history_rows.
    """
    CREATE TABLE boots (
        id INTEGER PRIMARY KEY,
        boot TEXT NOT NULL UNIQUE,
        clock_s REAL NOT NULL,
        synchronised INTEGER NOT NULL,
        offset_s REAL NOT NULL
    ) STRICT;
    CREATE TABLE runs (
        id INTEGER PRIMARY KEY,
        token TEXT NOT NULL UNIQUE,
        boot INTEGER NOT NULL REFERENCES boots
    ) STRICT;
    CREATE TABLE retention (id INTEGER PRIMARY KEY CHECK (id = 1), believed_s REAL, boot TEXT, at_s REAL) STRICT;
    CREATE TABLE visits (
        id INTEGER PRIMARY KEY,
        boot INTEGER NOT NULL REFERENCES boots,
        person TEXT,
        begin_s REAL NOT NULL,
        end_s REAL
    ) STRICT;
    CREATE INDEX visits_of_person ON visits (person) WHERE person IS NOT NULL;
    CREATE INDEX visits_open ON visits (id) WHERE end_s IS NULL;
    CREATE TABLE sets (
        id INTEGER PRIMARY KEY,
        visit INTEGER NOT NULL REFERENCES visits ON DELETE CASCADE,
        exercise TEXT NOT NULL,
        number INTEGER NOT NULL,
        rules TEXT NOT NULL,
        begin_s REAL NOT NULL,
        end_s REAL
    ) STRICT;
    CREATE INDEX sets_of_visit ON sets (visit);
    CREATE INDEX sets_open ON sets (id) WHERE end_s IS NULL;
    CREATE TABLE measure_lists (id INTEGER PRIMARY KEY, names TEXT NOT NULL UNIQUE) STRICT;
    -- The most by far: kept by set, so that storing one writes one page, and a set is read at once.
    CREATE TABLE repetitions (
        id INTEGER NOT NULL,
        "set" INTEGER NOT NULL REFERENCES sets ON DELETE CASCADE,
        number INTEGER NOT NULL,
        partial INTEGER NOT NULL,
        side TEXT,
        begin_s REAL NOT NULL,
        end_s REAL NOT NULL,
        out_s REAL NOT NULL,
        back_s REAL NOT NULL,
        measures INTEGER NOT NULL REFERENCES measure_lists,
        measured BLOB NOT NULL,
        PRIMARY KEY ("set", id)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE holds (
        id INTEGER PRIMARY KEY,
        "set" INTEGER NOT NULL REFERENCES sets ON DELETE CASCADE,
        begin_s REAL NOT NULL,
        end_s REAL NOT NULL,
        held_s REAL NOT NULL
    ) STRICT;
    CREATE INDEX holds_of_set ON holds ("set");
    CREATE TABLE tests (
        id INTEGER PRIMARY KEY,
        "set" INTEGER NOT NULL REFERENCES sets ON DELETE CASCADE,
        end_s REAL NOT NULL,
        timed_s REAL NOT NULL,
        reps INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX tests_of_set ON tests ("set");
    CREATE TABLE rules_in_force (
        id INTEGER PRIMARY KEY,
        rules TEXT NOT NULL,
        warning TEXT NOT NULL,
        level TEXT NOT NULL,
        when_text TEXT NOT NULL,
        clear_text TEXT,
        for_s REAL NOT NULL
    ) STRICT;
    CREATE TABLE warnings (
        id INTEGER PRIMARY KEY,
        "set" INTEGER NOT NULL REFERENCES sets ON DELETE CASCADE,
        at_s REAL NOT NULL,
        rule INTEGER NOT NULL REFERENCES rules_in_force,
        side TEXT,
        rep INTEGER,
        phase TEXT,
        share REAL,
        verdict TEXT
    ) STRICT;
    CREATE INDEX warnings_of_set ON warnings ("set");
    CREATE TABLE warning_series (
        warning INTEGER PRIMARY KEY REFERENCES warnings ON DELETE CASCADE,
        measures INTEGER NOT NULL REFERENCES measure_lists,
        from_s REAL NOT NULL,
        step_s REAL NOT NULL,
        packed BLOB NOT NULL
    ) STRICT;
    """,
]
"""The step from each version of the tables to the next; `PRAGMA user_version` says how many have been taken."""

_BUSY_S: Final = 1.0
"""How long a statement waits for another program's transaction before it fails."""

_SMALLEST_BYTES: Final = 512
"""The smallest page of a database; SQLite takes a shorter file for an empty one and writes over it."""

_WAL_LIMIT_BYTES: Final = 4_194_304
"""What the write-ahead log may keep of the disk once its content is in the database."""

_DAMAGE: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
Condition = Literal["damaged", "newer"]


class HistoryError(PlainError):
    """The history can't be used as asked; its text is one sentence for people."""


class UnusableError(Exception):
    """The database must be set aside: it is damaged, another program's, or of a newer version of this one."""

    def __init__(self, condition: Condition, reason: str) -> None:
        self.condition: Condition = condition
        super().__init__(reason)


@dataclass(frozen=True, slots=True)
class SetAside:
    """A database that was set aside, with the name it has now."""

    path: Path
    condition: Condition

    @property
    def notice(self) -> Phrase:
        """What the page says of it."""
        return Phrase("history_newer" if self.condition == "newer" else "history_damaged", self.path.name)


def is_damage(error: sqlite3.Error) -> bool:
    """Whether an error means that the database itself is broken, and not the disk or this program."""
    return primary_code(error) in _DAMAGE


def primary_code(error: sqlite3.Error) -> int:
    """Return SQLite's result code without its details; -1 for a mistake that Python's module found itself."""
    code: int = getattr(error, "sqlite_errorcode", -1)
    return code if code < 0 else code & 0xFF


def open_history(path: Path, *, check: bool) -> sqlite3.Connection:
    """Return a connection for writing, the tables made or brought to this version; the folder is made if need be.

    With `check`, the whole file is read for damage: a second for 100 MB on a memory card. Raises UnusableError if the
    database must be set aside, `sqlite3.Error` or OSError if the disk does not let it be opened.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    if 0 < path.stat().st_size < _SMALLEST_BYTES:
        raise UnusableError("damaged", "it is cut short")
    connection = sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None)
    try:
        _settle(connection)
        if check:
            _check(connection)
        _migrate(connection)
    except sqlite3.Error as error:
        connection.close()
        if is_damage(error):
            raise UnusableError("damaged", str(error)) from error
        raise
    except BaseException:
        connection.close()
        raise
    return connection


def open_to_read(path: Path) -> sqlite3.Connection:
    """Return a connection that only reads; HistoryError with a sentence for people if there is nothing to read."""
    if not path.exists():
        raise HistoryError(f"there is no training history yet: {path} appears when the kiosk runs")
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=10, isolation_level=None)
        version = _version(connection)
    except sqlite3.Error as error:
        raise HistoryError(f"the training history {path} can't be read: {error}") from error
    except UnusableError as error:
        raise HistoryError(f"{path} is no training history: {error}") from error
    if version == len(MIGRATIONS):
        return connection
    connection.close()
    if version > len(MIGRATIONS):
        raise HistoryError(f"{path} was written by a newer version of the kiosk: use that one")
    raise HistoryError(
        f"{path} was written by an older version of the kiosk: start this one once, to bring it up to date"
    )


def set_aside(path: Path, condition: Condition) -> SetAside:
    """Rename the database, so that a new one can be begun; nothing is deleted, and `sqlite3 FILE .recover` may help."""
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    number, aside = 1, path.with_name(f"{path.name}.{condition}-{stamp}")
    while aside.exists():
        number += 1
        aside = path.with_name(f"{path.name}.{condition}-{stamp}-{number}")
    # The log first: a log that is left beside a new database would be played back into it.
    for ending in ("-wal", "-shm", ""):
        part = path.with_name(path.name + ending)
        if part.exists():
            part.rename(aside.with_name(aside.name + ending))
    log.warning("the training history was set aside as %s (%s); a new one is begun", aside, condition)
    return SetAside(aside, condition)


def aside_files(path: Path) -> list[Path]:
    """Return the databases that were set aside beside the history, without what SQLite keeps beside them."""
    found = (aside for condition in ("damaged", "newer") for aside in path.parent.glob(f"{path.name}.{condition}-*"))
    return sorted(aside for aside in found if not aside.name.endswith(("-wal", "-shm")))


def recordings_folder(path: Path) -> Path:
    """Return where pose recordings that staff asked for are kept, beside the history at `path`."""
    return path.parent / "recordings"


def recordings(path: Path) -> list[Path]:
    """Return the pose recordings that are kept beside the history at `path`."""
    return sorted(recordings_folder(path).glob("*.poses.jsonl*"))


def _settle(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA secure_delete = ON")
    connection.execute("PRAGMA foreign_keys = ON")
    version = _version(connection)
    if version > len(MIGRATIONS):
        raise UnusableError("newer", f"its tables are of version {version}, this program knows {len(MIGRATIONS)}")
    connection.execute("PRAGMA journal_mode = WAL")
    # FULL waits for the disk at each commit: what the page has shown survives a power cut.
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute(f"PRAGMA journal_size_limit = {_WAL_LIMIT_BYTES}")


def _version(connection: sqlite3.Connection) -> int:
    """The version of the tables, 0 for an empty database; UnusableError if they are not this program's."""
    with closing(connection.cursor()) as cursor:
        (tables,) = cursor.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        (application,) = cursor.execute("PRAGMA application_id").fetchone()
        (version,) = cursor.execute("PRAGMA user_version").fetchone()
    if application != APPLICATION and tables:
        raise UnusableError("damaged", "it is another program's database")
    return int(version)


def _check(connection: sqlite3.Connection) -> None:
    found = [str(row[0]) for row in connection.execute("PRAGMA quick_check(5)")]
    if found != ["ok"]:
        raise UnusableError("damaged", "; ".join(found))


def _migrate(connection: sqlite3.Connection) -> None:
    while _version(connection) < len(MIGRATIONS):
        connection.execute("BEGIN IMMEDIATE")
        try:
            version = _version(connection)  # again, as another process may have taken the step meanwhile
            for statement in MIGRATIONS[version].split(";") if version < len(MIGRATIONS) else ():
                connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {APPLICATION}")
            connection.execute(f"PRAGMA user_version = {min(version + 1, len(MIGRATIONS))}")
            connection.execute("COMMIT")
        except BaseException:
            connection.execute("ROLLBACK")
            raise
