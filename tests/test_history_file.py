"""The history's file: made, brought up to date, checked, and set aside when it can't be used; nothing is ever lost."""

import random
import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest

from kiosk.history import file as history_file
from kiosk.history.file import (
    MIGRATIONS,
    NAME,
    HistoryError,
    UnusableError,
    aside_files,
    open_history,
    open_to_read,
    set_aside,
)
from tests.histories import ToldClock, run

NOON = datetime(2026, 3, 2, 12)


@pytest.fixture
def filled(tmp_path: Path) -> Path:
    """A history with forty visits, all in the database and nothing in its log."""
    with run(tmp_path, ToldClock(NOON)) as running:
        for _ in range(40):
            running.visit("Anna", reps=10)
    return tmp_path / NAME


def visits(path: Path) -> int:
    with closing(open_to_read(path)) as connection:
        return int(connection.execute("SELECT count(*) FROM visits").fetchone()[0])


def test_a_new_history_survives_power_cuts_and_is_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "state" / "kiosk" / NAME
    with closing(open_history(path, check=True)) as connection:
        asked = {name: connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")}
        assert asked == {"journal_mode": "wal", "synchronous": 2}
        assert connection.execute("PRAGMA secure_delete").fetchone()[0] == 1
        assert connection.execute("PRAGMA user_version").fetchone()[0] == len(MIGRATIONS)
        for part in path.parent.iterdir():
            assert stat.S_IMODE(part.stat().st_mode) == 0o600, part


def test_opening_again_keeps_what_is_there(filled: Path) -> None:
    with closing(open_history(filled, check=True)):
        pass
    assert visits(filled) == 40


def test_each_older_version_is_brought_up_to_date_with_what_it_holds(
    filled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    older = len(MIGRATIONS)
    steps = [
        "ALTER TABLE visits ADD COLUMN mood TEXT",
        "CREATE TABLE moods (id); UPDATE visits SET mood = 'ok'",
    ]
    monkeypatch.setattr(history_file, "MIGRATIONS", [*MIGRATIONS, *steps])
    with pytest.raises(HistoryError, match=r"older version.*start this one once"):
        open_to_read(filled)
    with closing(open_history(filled, check=True)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone()[0] == older + 2
        assert connection.execute("SELECT DISTINCT mood FROM visits").fetchall() == [("ok",)]
    assert visits(filled) == 40


def test_a_step_that_fails_leaves_the_version_before(filled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history_file, "MIGRATIONS", [*MIGRATIONS, "CREATE TABLE moods (id INTEGER); DROP TABLE none"])
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        open_history(filled, check=True)
    monkeypatch.undo()
    assert visits(filled) == 40
    with closing(open_to_read(filled)) as connection:
        assert not connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'moods'").fetchall()


def test_a_newer_version_is_not_touched(filled: Path) -> None:
    with closing(sqlite3.connect(filled)) as connection:
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    before = filled.read_bytes()
    with pytest.raises(UnusableError, match="tables are of version") as caught:
        open_history(filled, check=True)
    assert caught.value.condition == "newer"
    assert filled.read_bytes() == before
    with pytest.raises(HistoryError, match="newer version"):
        open_to_read(filled)


def flip(data: bytearray) -> bytearray:
    # From the second page on, a byte in each: where every page says of which kind it is and where its rows are.
    chance = random.Random(1)
    for page in range(1, len(data) // 4096):
        data[page * 4096 + chance.randrange(8)] ^= 0xFF
    return data


DAMAGES: dict[str, Callable[[bytearray], bytearray | bytes]] = {
    "bytes flipped": flip,
    "truncated": lambda data: data[: len(data) // 2],
    "truncated within a page": lambda data: data[: len(data) - 1000],
    "begins with zeros": lambda data: bytes(4096) + data[4096:],
    "not a database": lambda _: b"all of this is text\n" * 1000,
    "one byte": lambda _: b"x",
    "zeros": lambda data: bytes(len(data)),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_is_found(filled: Path, damage: str) -> None:
    spoilt = bytes(DAMAGES[damage](bytearray(filled.read_bytes())))
    filled.write_bytes(spoilt)
    with pytest.raises(UnusableError) as caught:
        open_history(filled, check=True)
    assert caught.value.condition == "damaged"
    assert filled.read_bytes() == spoilt, "a damaged database is not written to"


def test_another_programs_database_is_not_taken_over(tmp_path: Path) -> None:
    path = tmp_path / NAME
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE guests (name TEXT)")
    before = path.read_bytes()
    with pytest.raises(UnusableError, match="another program's"):
        open_history(path, check=True)
    assert path.read_bytes() == before
    with pytest.raises(HistoryError, match="another program's"):
        open_to_read(path)


def test_an_empty_file_becomes_a_history(tmp_path: Path) -> None:
    (tmp_path / NAME).touch()
    with closing(open_history(tmp_path / NAME, check=True)):
        pass
    assert visits(tmp_path / NAME) == 0


def test_what_is_set_aside_is_kept_whole_and_a_new_one_begins_empty(tmp_path: Path) -> None:
    path = tmp_path / NAME
    with run(tmp_path, ToldClock(NOON)) as running:
        running.visit()
        parts = {part.name.removeprefix(NAME): part.read_bytes() for part in tmp_path.iterdir()}
        assert parts.keys() == {"", "-wal", "-shm"}, "some of it is in the log still"
        aside = set_aside(path, "damaged")
    assert aside.path.name.startswith(f"{NAME}.damaged-")
    for ending in ("", "-wal"):
        assert aside.path.with_name(aside.path.name + ending).read_bytes() == parts[ending]
    with closing(open_history(path, check=True)):
        pass
    assert (visits(path), visits(aside.path)) == (0, 1)
    assert aside.notice.say("en").startswith("The training history was damaged")
    second = set_aside(path, "damaged")
    assert second.path != aside.path
    assert aside_files(path) == sorted([aside.path, second.path])


def test_nothing_to_read_is_said_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(HistoryError, match="no training history yet"):
        open_to_read(tmp_path / NAME)
    (tmp_path / NAME).write_bytes(b"all of this is text\n" * 1000)
    with pytest.raises(HistoryError, match="can't be read: file is not a database"):
        open_to_read(tmp_path / NAME)
