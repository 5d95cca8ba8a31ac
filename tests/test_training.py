"""Reading the history: by day, person, exercise and visit, while it is written."""

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from kiosk.history.entries import Extent, Id, SetBegan, VisitBegan
from kiosk.history.file import NAME, HistoryError
from kiosk.history.past import Selection
from kiosk.history.training import Training
from tests.histories import ToldClock, repetition, run

NOON = datetime(2026, 3, 28, 12)
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A time zone in which the 29th of March 2026 has 23 hours."""
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Six visits on five days, around the day on which summer time begins."""
    visits = [
        (datetime(2026, 3, 27, 0, 0), "Anna", "squat"),
        (datetime(2026, 3, 28, 23, 59, 58), None, "squat"),
        (datetime(2026, 3, 29, 0, 0), "anna", "plank"),
        (datetime(2026, 3, 29, 23, 59, 50), "Ben", "squat"),
        (datetime(2026, 3, 30, 0, 0), "Anna", "push_up"),
        (datetime(2026, 4, 2, 12), "小王", "squat"),
    ]
    clock = ToldClock(visits[0][0])
    with run(tmp_path, clock) as running:
        for began, person, exercise in visits:
            clock.pass_s(began.timestamp() - clock.wall.timestamp())
            running.visit(person, sets=2, reps=1, exercise=exercise)
        running.write(VisitBegan(running.new_id(), clock.now_s()))
    return tmp_path


FIRST, LAST = date(2026, 3, 28), date(2026, 3, 29)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        pytest.param(Selection(), [1, 2, 3, 4, 5, 6, 7], id="everything"),
        pytest.param(Selection(first=FIRST), [2, 3, 4, 5, 6, 7], id="from a day"),
        pytest.param(Selection(last=LAST), [1, 2, 3, 4], id="to a day"),
        pytest.param(Selection(first=FIRST, last=LAST), [2, 3, 4], id="two days"),
        pytest.param(Selection(first=LAST, last=LAST), [3, 4], id="the day of 23 hours"),
        pytest.param(Selection(first=LAST, last=FIRST), [], id="no day"),
        pytest.param(Selection(last=date.max), [1, 2, 3, 4, 5, 6, 7], id="to the end of days"),
        pytest.param(Selection(person="ANNA"), [1, 3, 5], id="a person"),
        pytest.param(Selection(person="小王"), [6], id="a Chinese name"),
        pytest.param(Selection(person="Nobody"), [], id="a person who never came"),
        pytest.param(Selection(exercise="squat"), [1, 2, 4, 6], id="an exercise"),
        pytest.param(Selection(person="Anna", exercise="squat", last=LAST), [1], id="all of it"),
    ],
)
def test_what_is_wanted(folder: Path, wanted: Selection, found: list[int]) -> None:
    with Training(folder / NAME) as training:
        every = [visit.id for visit in training.visits(Selection())]
        assert [every.index(visit.id) + 1 for visit in training.visits(wanted)] == found
        with_sets = [every[number - 1] for number in found if number != 7]
        assert [one.visit.id for one in training.sets(wanted)] == [id_ for id_ in with_sets for _ in range(2)]
        sets = [one.id for one in training.sets(wanted)]
        assert [rep.set for rep in training.repetitions(wanted)] == sets


def test_one_visit(folder: Path) -> None:
    with Training(folder / NAME) as training:
        every = list(training.visits(Selection()))
        assert list(training.visits(Selection(visit=every[2].id))) == [every[2]]
        assert [one.exercise for one in training.sets(Selection(visit=every[2].id))] == ["plank", "plank"]
        for unknown in ("run-999", "none-1"):
            assert list(training.visits(Selection(visit=Id(unknown)))) == []


def test_the_visit_under_way_has_no_end(folder: Path) -> None:
    with Training(folder / NAME) as training:
        ends = [visit.ended_s for visit in training.visits(Selection())]
        assert [end is None for end in ends] == [False] * 6 + [True]


def test_people_are_listed_as_they_were_typed(folder: Path) -> None:
    with Training(folder / NAME) as training:
        assert training.people() == ["Anna", "Ben", "anna", "小王"]


def test_it_is_read_while_it_is_written(tmp_path: Path) -> None:
    with run(tmp_path, ToldClock(NOON)) as running:
        visit, set_ = running.new_id(), running.new_id()
        running.write(VisitBegan(visit, 1), SetBegan(set_, visit, 1, "squat", 1, ""))
        for number in (1, 2):
            running.write(repetition(running.new_id(), set_, number))
            with Training(tmp_path / NAME) as training:
                assert [rep.number for rep in training.repetitions(Selection())] == list(range(1, number + 1))
        with Training(tmp_path / NAME) as training:
            reading = training.repetitions(Selection())
            next(reading)
            running.write(repetition(running.new_id(), set_, 3))
            assert len(list(reading)) == 1, "a reader sees what was there when it began"


def test_an_edited_exercise_changes_the_measures_within_a_set(tmp_path: Path) -> None:
    with run(tmp_path, ToldClock(NOON)) as running:
        visit, set_ = running.new_id(), running.new_id()
        running.write(VisitBegan(visit, 1), SetBegan(set_, visit, 1, "squat", 1, ""))
        rep = repetition(running.new_id(), set_, 1)
        other = replace(
            rep, id=running.new_id(), measures={"hip": Extent(1.0, 2.0, 3.0), "knee": Extent(4.0, 5.0, 6.0)}
        )
        bare = replace(rep, id=running.new_id(), measures={})
        running.write(rep, other, bare)
    with Training(tmp_path / NAME) as training:
        assert [past.measures for past in training.repetitions(Selection())] == [rep.measures, other.measures, {}]


def test_a_history_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(HistoryError, match="no training history yet"):
        Training(tmp_path / NAME)
