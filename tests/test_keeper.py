"""From the pipeline's updates to the disk: what was shown is kept, whatever the clock says."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from kiosk.coaching.coach import Measured
from kiosk.coaching.events import WarningEvent
from kiosk.coaching.practice import Practice
from kiosk.flow import Update
from kiosk.history.entries import Id
from kiosk.history.file import NAME
from kiosk.history.keeper import Keeper
from kiosk.history.past import Selection
from kiosk.history.training import Training
from kiosk.history.visits import NobodyError, Visiting
from kiosk.history.writer import History
from kiosk.landmarks import Pose
from tests.exercises import exercise
from tests.histories import ToldClock
from tests.poses import figure, squats, times
from tests.waiting import until

ALL = Selection()
SQUAT = exercise()
NOON = datetime(2026, 3, 2, 12)


class Room:
    """Somebody in front of a kiosk whose clock says what it is told."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / NAME
        self.clock = ToldClock(NOON)
        self.keeps = True
        self.history = History(folder, keep_days=365, failed=print, clock=self.clock)
        self.keeper = Keeper(self.history, SQUAT, self.clock, lambda: self.keeps)
        self.raised: list[Id] = []
        self._practice = Practice(SQUAT)

    def squat(self, number: int, lowest: float = 105.0) -> None:
        """Squat, too high to be right."""
        curve, begin_s = squats(number, lowest=lowest), self.clock.now_s()
        for t_s in times(number * 3.5 + 3, 15):
            self.clock.pass_s(begin_s + t_s - self.clock.now_s())
            self.see(figure(begin_s + t_s, knee=curve(t_s)))

    def see(self, pose: Pose) -> None:
        t_s, practice = self.clock.now_s(), self._practice
        events = practice.step(t_s, pose)
        measured: tuple[tuple[float, Measured], ...] = ((t_s, practice.measured),)
        update = Update(
            t_s, SQUAT, practice.snapshot, practice.progress(), None, tuple(events), measured, None, 640, 480, 15.0
        )
        ids = self.keeper.take(update)
        rose = [event for event in events if isinstance(event, WarningEvent) and event.on]
        assert len(ids) == (len(rose) if self.keeps else 0)
        self.raised += ids

    def close(self) -> None:
        self.keeper.finish()
        self.history.close(10)


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    made = Room(tmp_path)
    made.history.start()
    yield made
    made.history.close(10)


def test_what_was_judged_is_kept_with_the_name_and_the_verdicts(room: Room) -> None:
    with pytest.raises(NobodyError):
        room.keeper.name("Anna", None)
    room.squat(2)
    visiting = room.keeper.visiting()
    assert visiting is not None and visiting.person is None
    room.keeper.name(" Anna ", None)
    assert room.keeper.visiting() == Visiting(visiting.id, "Anna")
    first, second = room.raised
    newest, oldest = room.keeper.warnings(3600)
    assert (newest.id, oldest.id, oldest.warning.id, oldest.rep) == (second, first, "shallow", 1)
    assert NOON.timestamp() < oldest.at_s < newest.at_s < room.clock.wall.timestamp()
    room.clock.pass_s(60)
    assert [warning.id for warning in room.keeper.warnings(60 + 5)] == [second]
    room.keeper.judge(first, "false_alarm")
    assert [warning.verdict for warning in room.keeper.warnings(3600)] == [None, "false_alarm"]
    until(lambda: room.keeper.waiting == 0)
    room.close()
    with Training(room.path) as training:
        [visit] = training.visits(ALL)
        assert (visit.id, visit.person) == (visiting.id, "Anna")
        assert [(one.id, one.verdict) for one in training.warnings(ALL)] == [(first, "false_alarm"), (second, None)]
        assert [one.at_s for one in training.warnings(ALL)] == pytest.approx([oldest.at_s, newest.at_s], abs=0.01)
        assert [rep.number for rep in training.repetitions(ALL)] == [1, 2]
        assert training.has_warning(second)


def test_a_clock_that_is_set_back_by_a_year_breaks_no_order_and_no_duration(room: Room) -> None:
    room.squat(2)
    room.clock.wall = room.clock.wall.replace(year=2025)
    room.squat(2)
    room.clock.wall = room.clock.wall.replace(year=2026)
    room.squat(1)
    room.close()
    with Training(room.path) as training:
        [visit] = training.visits(ALL)
        done = list(training.repetitions(ALL))
    assert [rep.number for rep in done] == [1, 2, 3, 4, 5]
    assert [rep.began_s for rep in done] == sorted(rep.began_s for rep in done)
    assert all(rep.ended_s - rep.began_s == pytest.approx(2.5, abs=0.2) for rep in done)
    assert visit.ended_s is not None
    assert visit.ended_s - visit.began_s < 40


def test_nothing_is_kept_of_drawn_pictures_that_nobody_asked_for(room: Room) -> None:
    room.squat(1)
    room.keeps = False
    room.squat(2)
    assert room.keeper.visiting() is None
    assert len(room.raised) == 1
    room.close()
    with Training(room.path) as training:
        [visit] = training.visits(ALL)
        assert [rep.number for rep in training.repetitions(ALL)] == [1]
    assert visit.ended_s is not None, "what was under way has ended"
