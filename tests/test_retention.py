"""What is to be gone is gone: by age, and by `kiosk forget` to the last byte, while the kiosk goes on writing."""

import os
import re
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import closing
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from kiosk.history import file as history_file
from kiosk.history import retention
from kiosk.history.entries import Id, PersonNamed, SetBegan, VisitBegan
from kiosk.history.file import MIGRATIONS, NAME, HistoryError, recordings_folder, set_aside
from kiosk.history.past import Selection
from kiosk.history.retention import Forgotten, UnfinishedError, Wanted, forget
from kiosk.history.training import Training
from kiosk.history.writer import History
from tests.histories import ToldClock, repetition, run
from tests.waiting import until

NOON = datetime(2026, 3, 2, 12)
DAY = timedelta(days=1)
NAME_IN_FILES = "Griselda Quux"


def days(folder: Path) -> list[int]:
    """How many days before NOON each visit began."""
    with Training(folder / NAME) as training:
        return [round((NOON.timestamp() - visit.began_s) / 86400) for visit in training.visits(Selection())]


def people(folder: Path) -> list[str]:
    with Training(folder / NAME) as training:
        return training.people()


def files_with(folder: Path, text: str) -> list[str]:
    """The files in which `text` stands, whatever they are."""
    parts = [path for path in folder.rglob("*") if path.is_file()]
    return sorted(path.name for path in parts if text.encode() in path.read_bytes())


def fill(folder: Path, *before: timedelta) -> None:
    """A visit at each time before NOON."""
    clock = ToldClock(NOON)
    with run(folder, clock) as running:
        for earlier in before:
            clock.pass_s((NOON - earlier).timestamp() - clock.wall.timestamp())
            running.visit(NAME_IN_FILES)


def delete_old(folder: Path, clock: ToldClock, keep_days: int = 365) -> int:
    with run(folder, clock, token=str(clock.monotonic_s), keep_days=keep_days) as running:
        return deleted(running.store.delete_old)


def deleted(step: Callable[[], bool]) -> int:
    steps = 0
    while step():
        steps += 1
    return steps


def test_what_is_too_old_goes_in_small_steps(tmp_path: Path) -> None:
    fill(tmp_path, *(366 * DAY for _ in range(25)), 366 * DAY, 364 * DAY, 2 * DAY)
    assert delete_old(tmp_path, ToldClock(NOON, "boot 2")) == 3
    assert days(tmp_path) == [364, 2]
    with closing(sqlite3.connect(tmp_path / NAME)) as connection:
        for table in ("sets", "repetitions"):
            assert connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] == {"sets": 2}.get(table, 4)


def test_it_goes_at_the_start_and_then_once_a_day(tmp_path: Path) -> None:
    fill(tmp_path, 365 * DAY - timedelta(hours=30), 365 * DAY + timedelta(hours=1))
    clock = ToldClock(NOON, "boot 2")
    with run(tmp_path, clock, "next") as running:
        deleted(running.store.delete_old)
        assert len(days(tmp_path)) == 1
        clock.pass_s(23 * 3600)
        assert not running.store.delete_old()
        clock.pass_s(8 * 3600)
        deleted(running.store.delete_old)
    assert days(tmp_path) == []


def test_the_visit_under_way_is_not_too_old(tmp_path: Path) -> None:
    clock = ToldClock(NOON - 400 * DAY)
    with run(tmp_path, clock) as running:
        running.write(VisitBegan(running.new_id(), clock.now_s()))
        clock.pass_s(400 * 86400)
        deleted(running.store.delete_old)
        assert days(tmp_path) == [400]


def test_a_clock_set_fifty_years_ahead_deletes_nothing_for_weeks(tmp_path: Path) -> None:
    fill(tmp_path, 300 * DAY, 200 * DAY, DAY)
    delete_old(tmp_path, ToldClock(NOON, "boot 2"))
    clock = ToldClock(NOON, "boot 2")
    clock.start_machine(NOON + 50 * 365 * DAY, synchronised=False)
    for _ in range(9):
        delete_old(tmp_path, clock)
        clock.pass_s(86400)
    assert days(tmp_path) == [300, 200, 1]
    delete_old(tmp_path, clock)
    assert days(tmp_path) == [200, 1], "but a box that was off for long, and has no network, comes to it"


def test_a_clock_that_the_network_set_is_believed_at_once(tmp_path: Path) -> None:
    fill(tmp_path, 300 * DAY)
    clock = ToldClock(NOON, "boot 2", synchronised=False)
    delete_old(tmp_path, clock)
    clock.start_machine(NOON + 66 * DAY, synchronised=True)
    delete_old(tmp_path, clock)
    assert days(tmp_path) == []


def test_fewer_days_to_keep_are_in_force_at_once(tmp_path: Path) -> None:
    fill(tmp_path, 300 * DAY, 20 * DAY)
    clock = ToldClock(NOON, "boot 2", synchronised=False)
    delete_old(tmp_path, clock)
    delete_old(tmp_path, clock, keep_days=30)
    assert days(tmp_path) == [20]


def test_what_was_set_aside_goes_too(tmp_path: Path) -> None:
    fill(tmp_path, DAY)
    aside = set_aside(tmp_path / NAME, "damaged").path
    os.utime(aside, times=((NOON - 366 * DAY).timestamp(),) * 2)
    fill(tmp_path, DAY)
    fresh = set_aside(tmp_path / NAME, "damaged").path
    delete_old(tmp_path, ToldClock(NOON))
    assert not aside.exists()
    assert fresh.exists()


@pytest.mark.parametrize("typed", [NAME_IN_FILES, "  griselda  QUUX ", "Ｇriselda quux"])
def test_a_person_is_forgotten_to_the_last_byte_and_others_are_not(tmp_path: Path, typed: str) -> None:
    clock = ToldClock(NOON)
    with run(tmp_path, clock) as running:
        for number in range(60):
            running.visit(NAME_IN_FILES if number % 3 == 0 else f"Person {number % 7}")
        assert files_with(tmp_path, NAME_IN_FILES) != []
        assert forget(tmp_path / NAME, Wanted(person=typed)) == Forgotten(20, 40, ())
        assert files_with(tmp_path, NAME_IN_FILES) == []
        assert (len(people(tmp_path)), len(days(tmp_path))) == (7, 40)
        running.visit("Anna")
    assert files_with(tmp_path, NAME_IN_FILES) == []
    assert "Anna" in people(tmp_path)
    assert forget(tmp_path / NAME, Wanted(person=typed)) == Forgotten(0, 0, ())


def test_a_day_is_forgotten(tmp_path: Path) -> None:
    midnight = timedelta(hours=12)
    fill(tmp_path, 2 * DAY, DAY + midnight, DAY + midnight - timedelta(seconds=30), DAY, midnight)
    assert forget(tmp_path / NAME, Wanted(day=date(2026, 3, 1))) == Forgotten(3, 6, ())
    with Training(tmp_path / NAME) as training:
        began = [datetime.fromtimestamp(visit.began_s) for visit in training.visits(Selection())]
    assert began == [datetime(2026, 2, 28, 12), datetime(2026, 3, 2)]


def recorded(tmp_path: Path, day: datetime) -> Path:
    """A pose recording that was written on this day."""
    folder = recordings_folder(tmp_path / NAME)
    folder.mkdir(exist_ok=True)
    path = folder / f"{day:%Y%m%d-%H%M%S}.poses.jsonl.gz"
    path.touch()
    os.utime(path, times=(day.timestamp(),) * 2)
    return path


def test_pose_recordings_leave_with_age(tmp_path: Path) -> None:
    old, fresh = recorded(tmp_path, NOON - 366 * DAY), recorded(tmp_path, NOON - DAY)
    with run(tmp_path, ToldClock(NOON)) as running:
        while running.store.delete_old():
            pass
    assert (old.exists(), fresh.exists()) == (False, True)


def test_pose_recordings_of_the_days_of_what_is_forgotten_are_forgotten_too(tmp_path: Path) -> None:
    clock = ToldClock(NOON)
    with run(tmp_path, clock) as running:
        running.visit("Anna")
        clock.pass_s(2 * 86400)
        running.visit("Ben")
    of_anna, between, of_ben = (recorded(tmp_path, NOON + days * DAY) for days in (0, 1, 2))
    assert forget(tmp_path / NAME, Wanted(person="Anna")).recordings == (of_anna,)
    assert forget(tmp_path / NAME, Wanted(day=(NOON + DAY).date())).recordings == (between,)
    assert of_ben.exists()
    assert forget(tmp_path / NAME, Wanted()).recordings == (of_ben,)
    assert list(recordings_folder(tmp_path / NAME).iterdir()) == []


def test_a_visit_that_ended_after_midnight_has_recordings_of_both_days(tmp_path: Path) -> None:
    clock = ToldClock(datetime(2026, 3, 2, 23, 58))
    with run(tmp_path, clock) as running:
        running.visit("Anna", reps=30)
        clock.pass_s(3600)
        running.visit("Ben")
    of_anna = (recorded(tmp_path, NOON + timedelta(hours=11)), recorded(tmp_path, NOON + timedelta(hours=13)))
    recorded(tmp_path, NOON + 2 * DAY)
    assert forget(tmp_path / NAME, Wanted(person="Anna")).recordings == of_anna


def test_a_recording_is_written_a_minute_after_what_it_shows(tmp_path: Path) -> None:
    clock = ToldClock(datetime(2026, 3, 2, 23, 59, 50))
    with run(tmp_path, clock) as running:
        running.visit("Anna", reps=2)
    of_anna = recorded(tmp_path, datetime(2026, 3, 3, 0, 0, 20))
    assert forget(tmp_path / NAME, Wanted(person="Anna")).recordings == (of_anna,)


def test_where_only_what_was_set_aside_is_left_that_is_forgotten(tmp_path: Path) -> None:
    fill(tmp_path, DAY)
    aside = set_aside(tmp_path / NAME, "damaged").path
    kept = recorded(tmp_path, NOON)
    assert not (tmp_path / NAME).exists()
    assert forget(tmp_path / NAME, Wanted(person="nobody")) == Forgotten(0, 0, ())
    assert forget(tmp_path / NAME, Wanted()) == Forgotten(0, 0, (aside,), (kept,))
    with pytest.raises(HistoryError, match="no training history yet"):
        forget(tmp_path / NAME, Wanted())


@pytest.mark.parametrize("typed", ["émilie", "ÉMILIE", "E\u0301milie", "Émilie "])
def test_a_name_is_found_in_what_was_set_aside_however_it_is_typed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, typed: str
) -> None:
    monkeypatch.setattr(retention, "_PIECE_BYTES", 700)
    with run(tmp_path, ToldClock(NOON)) as running:
        running.visit("Émilie")
    aside = set_aside(tmp_path / NAME, "damaged").path
    fill(tmp_path, DAY)
    assert forget(tmp_path / NAME, Wanted(person="Émile")).files == ()
    assert forget(tmp_path / NAME, Wanted(person=typed)).files == (aside,)
    assert not aside.exists()


def test_everything_is_forgotten_with_what_was_set_aside(tmp_path: Path) -> None:
    fill(tmp_path, 3 * DAY)
    aside = set_aside(tmp_path / NAME, "damaged").path
    fill(tmp_path, 2 * DAY, DAY)
    assert forget(tmp_path / NAME, Wanted()) == Forgotten(2, 4, (aside,))
    assert files_with(tmp_path, NAME_IN_FILES) == []
    assert days(tmp_path) == []


def test_of_what_was_set_aside_only_that_goes_which_may_hold_it(tmp_path: Path) -> None:
    fill(tmp_path, 3 * DAY)
    aside = set_aside(tmp_path / NAME, "damaged").path
    os.utime(aside, times=((NOON - 2 * DAY).timestamp(),) * 2)
    fill(tmp_path, DAY)
    assert forget(tmp_path / NAME, Wanted(person="Anna")).files == ()
    assert forget(tmp_path / NAME, Wanted(day=date(2026, 3, 1))).files == ()
    assert aside.exists()
    assert forget(tmp_path / NAME, Wanted(day=date(2026, 2, 28))).files == (aside,)


def test_of_a_newer_version_nothing_is_deleted_but_it_is_said(tmp_path: Path) -> None:
    fill(tmp_path, 3 * DAY)
    aside = set_aside(tmp_path / NAME, "newer").path
    fill(tmp_path, DAY)
    with pytest.raises(UnfinishedError, match=f"{re.escape(str(aside))} was written by a newer version.*may hold more"):
        forget(tmp_path / NAME, Wanted(person=NAME_IN_FILES))
    assert files_with(tmp_path, NAME_IN_FILES) == [aside.name]
    assert forget(tmp_path / NAME, Wanted(person="Anna")) == Forgotten(0, 0, ())


def test_a_history_that_can_not_be_used_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / NAME
    with pytest.raises(HistoryError, match="no training history yet"):
        forget(path, Wanted())
    fill(tmp_path, DAY)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    with pytest.raises(HistoryError, match=r"nothing was forgotten: .* is newer"):
        forget(path, Wanted())
    path.write_bytes(b"all of this is text\n" * 1000)
    with pytest.raises(HistoryError, match=r"nothing was forgotten: .* is damaged"):
        forget(path, Wanted())


def test_somebody_who_keeps_the_database_busy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "PATIENCE_S", 0.1)
    monkeypatch.setattr(history_file, "_BUSY_S", 0.1)
    fill(tmp_path, DAY)
    with closing(sqlite3.connect(tmp_path / NAME, isolation_level=None)) as other:
        other.execute("BEGIN")
        other.execute("SELECT count(*) FROM visits").fetchall()
        with pytest.raises(UnfinishedError, match=r"not everything was forgotten: .*try again"):
            forget(tmp_path / NAME, Wanted())
        other.execute("COMMIT")
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(UnfinishedError, match=r"not everything was forgotten: .*locked.*try again"):
            forget(tmp_path / NAME, Wanted())
        other.execute("COMMIT")
    forget(tmp_path / NAME, Wanted())
    assert files_with(tmp_path, NAME_IN_FILES) == []


def test_forgetting_beside_a_kiosk_that_writes_loses_nothing_else(tmp_path: Path) -> None:
    history = History(tmp_path, keep_days=365, failed=print)
    history.start()
    ended = threading.Event()
    sent: dict[str, int] = {"Ben": 0}

    def train() -> None:
        for person in [NAME_IN_FILES, "Ben"] * 1000:
            visit, set_ = history.new_id(), history.new_id()
            history.write(VisitBegan(visit, 1.0))
            history.write(PersonNamed(visit, person))
            history.write(SetBegan(set_, visit, 1.0, "squat", 1, ""))
            for number in range(10):
                history.write(repetition(Id(history.new_id()), set_, number))
            sent["Ben"] += 10 * (person == "Ben")
            time.sleep(0.02)
            if ended.is_set() and person == "Ben":
                return

    trainer = threading.Thread(target=train)
    trainer.start()
    try:
        until(lambda: history.written > 0)
        forgotten = 0
        while forgotten < 3:
            time.sleep(0.2)
            forgotten += forget(tmp_path / NAME, Wanted(person=NAME_IN_FILES)).visits > 0
    finally:
        ended.set()
        trainer.join()
        history.close(20)
    forget(tmp_path / NAME, Wanted(person=NAME_IN_FILES))
    assert files_with(tmp_path, NAME_IN_FILES) == []
    assert (history.dropped, history.waiting) == (0, 0)
    with Training(tmp_path / NAME) as training:
        assert sum(1 for _ in training.repetitions(Selection(person="Ben"))) == sent["Ben"]
        assert people(tmp_path) == ["Ben"]
