"""What a database is told that never heard of the visit under way, and what it is not told again."""

import os
import shutil
from datetime import datetime
from pathlib import Path

import pytest

from kiosk.history.entries import Entry, PersonNamed, RepetitionDone, SetBegan, SetEnded, VisitBegan, VisitEnded
from kiosk.history.file import NAME
from kiosk.history.past import Selection
from kiosk.history.retention import Wanted, forget
from kiosk.history.store import GoneError, Store
from kiosk.history.training import Training
from tests.histories import Run, ToldClock, repetition, run

NOON = datetime(2026, 3, 2, 12)


def begin(running: Run) -> tuple[Entry, Entry, Entry, Entry]:
    """A visit under way in its first set, not stored yet."""
    visit, set_ = running.new_id(), running.new_id()
    began = VisitBegan(visit, 10), PersonNamed(visit, "Anna"), SetBegan(set_, visit, 11, "squat", 1, "")
    return *began, repetition(running.new_id(), set_, 1)


def again(running: Run) -> Store:
    """The same run after its database was lost, with a new one."""
    running.store.close()
    path = running.store._path
    return Store.opened(path, check=False, token="run", clock=running.clock, keep_days=365)


def stored(folder: Path) -> tuple[list[str | None], list[int], list[int]]:
    with Training(folder / NAME) as training:
        names = [visit.person for visit in training.visits(Selection())]
        sets = [one.number for one in training.sets(Selection())]
        return names, sets, [one.number for one in training.repetitions(Selection())]


def test_a_new_database_is_told_of_what_is_under_way(tmp_path: Path) -> None:
    with run(tmp_path, ToldClock(NOON)) as running:
        visit, named, set_, first = begin(running)
        running.write(visit, named, set_, first)
        assert isinstance(set_, SetBegan)
        shutil.rmtree(tmp_path)
        second = repetition(running.new_id(), set_.id, 2)
        with pytest.raises(GoneError):
            running.write(second)
        running.store = again(running)
        assert running.write(second, SetEnded(set_.id, 60), VisitEnded(set_.visit, 61)) == 0
        assert not running.underway.began
    assert stored(tmp_path) == (["Anna"], [1], [2])


def test_a_file_that_was_replaced_is_noticed_after_the_write(tmp_path: Path) -> None:
    with run(tmp_path, ToldClock(NOON)) as running:
        running.visit()
        shutil.copy(tmp_path / NAME, tmp_path / "other")
        os.replace(tmp_path / "other", tmp_path / NAME)  # noqa: PTH105
        with pytest.raises(GoneError):
            running.visit()


def test_a_beginning_that_was_dropped_is_made_up_for(tmp_path: Path) -> None:
    with run(tmp_path, ToldClock(NOON)) as running:
        visit, named, set_, rep = begin(running)
        for dropped in (visit, named, set_):
            running.underway.note(dropped)
        assert running.write(rep) == 0
    assert stored(tmp_path) == (["Anna"], [1], [1])


def test_what_belongs_to_nothing_is_counted(tmp_path: Path) -> None:
    with run(tmp_path, ToldClock(NOON)) as running:
        _, _, set_, rep = begin(running)
        assert isinstance(set_, SetBegan)
        assert running.store.write([rep, SetEnded(set_.id, 9), VisitEnded(set_.visit, 9)], running.underway) == 3


def test_what_is_forgotten_while_it_is_under_way_does_not_come_back(tmp_path: Path) -> None:
    with run(tmp_path, ToldClock(NOON)) as running:
        visit, named, set_, first = begin(running)
        assert isinstance(set_, SetBegan)
        running.write(visit, named, set_, first)
        forget(tmp_path / NAME, Wanted(person="Anna"))
        next_set = SetBegan(running.new_id(), set_.visit, 70, "squat", 2, "")
        late: list[Entry] = [repetition(running.new_id(), set_.id, 2), PersonNamed(set_.visit, "Anna"), next_set]
        assert running.write(*late, repetition(running.new_id(), next_set.id, 1), SetEnded(set_.id, 80)) == 0
        assert stored(tmp_path) == ([], [], [])
        running.store = again(running)  # as after trouble with the disk
        assert running.write(repetition(running.new_id(), next_set.id, 2), VisitEnded(set_.visit, 90)) == 0
        assert stored(tmp_path) == ([], [], [])
        running.visit("Ben")
    assert stored(tmp_path) == (["Ben"], [1], [1, 2])


def test_a_made_up_beginning_is_not_made_up_again(tmp_path: Path) -> None:
    with run(tmp_path, ToldClock(NOON)) as running:
        visit, named, set_, first = begin(running)
        assert isinstance(set_, SetBegan)
        assert isinstance(first, RepetitionDone)
        for dropped in (visit, named, set_):
            running.underway.note(dropped)
        running.write(first)
        forget(tmp_path / NAME, Wanted())
        running.write(repetition(running.new_id(), set_.id, 2))
    assert stored(tmp_path) == ([], [], [])


def test_sets_that_were_left_open_go_with_their_visit(tmp_path: Path) -> None:
    with run(tmp_path, ToldClock(NOON)) as running:
        visit, named, set_, _ = begin(running)
        assert isinstance(visit, VisitBegan)
        running.write(visit, named, set_, VisitEnded(visit.id, 60))
        assert not running.underway.began
        assert not running.underway.names
        assert not running.underway.stored
