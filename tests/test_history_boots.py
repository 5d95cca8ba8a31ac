"""Dates in the history, on a box whose clock is wrong: order and durations hold, and dates are mended."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from kiosk.dates import local
from kiosk.history.file import NAME
from kiosk.history.past import Selection, Visit
from kiosk.history.training import Training
from tests.histories import ToldClock, run

NOON = datetime(2026, 3, 2, 12)
LASTED_S = 6
YEAR = timedelta(days=365)


def visits(folder: Path) -> list[Visit]:
    with Training(folder / NAME) as training:
        return list(training.visits(Selection()))


def began(folder: Path) -> list[datetime]:
    found = visits(folder)
    for visit in found:
        assert visit.ended_s is not None
        assert visit.ended_s - visit.began_s == pytest.approx(LASTED_S, abs=1e-3), "a wrong clock changed a duration"
    times_s = [visit.began_s for visit in found]
    assert times_s == sorted(times_s), "a wrong clock changed the order"
    return [local(time_s).replace(tzinfo=None) for time_s in times_s]


def test_a_machine_that_starts_in_1970_and_asks_the_network(tmp_path: Path) -> None:
    clock = ToldClock(datetime(1970, 1, 1, 9), synchronised=False)
    with run(tmp_path, clock) as running:
        running.visit()
        assert began(tmp_path) == [datetime(1970, 1, 1, 9)]
        clock.wall, clock.synchronised = NOON, True
        running.visit()
    assert began(tmp_path) == [NOON - timedelta(seconds=LASTED_S), NOON]


def test_a_machine_that_starts_in_1970_after_one_with_a_good_clock(tmp_path: Path) -> None:
    clock = ToldClock(NOON)
    with run(tmp_path, clock, "first") as running:
        running.visit()
    clock.start_machine(datetime(1970, 1, 1), synchronised=False)
    with run(tmp_path, clock, "second") as running:
        running.visit()
        first, second = began(tmp_path)
        assert (first, second - first) == (NOON, timedelta(seconds=LASTED_S))
        clock.pass_s(60)
        clock.wall = NOON + timedelta(days=3)  # somebody sets it
        running.visit()
    assert began(tmp_path)[1:] == [NOON + timedelta(days=3, seconds=-66), NOON + timedelta(days=3)]


def test_a_machine_that_starts_at_the_last_time_it_had_saved(tmp_path: Path) -> None:
    clock = ToldClock(NOON)
    with run(tmp_path, clock, "first") as running:
        for _ in range(10):
            running.visit()
    clock.start_machine(NOON + timedelta(seconds=20), synchronised=False)
    with run(tmp_path, clock, "second") as running:
        running.visit()
    assert began(tmp_path)[-1] == NOON + timedelta(seconds=60)


@pytest.mark.parametrize("by", [timedelta(minutes=-10), -YEAR, -50 * YEAR], ids=str)
def test_a_clock_that_somebody_sets_back(tmp_path: Path, by: timedelta) -> None:
    clock = ToldClock(NOON, synchronised=False)
    with run(tmp_path, clock) as running:
        running.visit()
        clock.wall += by
        running.visit()
    assert began(tmp_path) == [NOON, NOON + timedelta(seconds=LASTED_S)]
    with run(tmp_path, clock, "again") as running:  # the program starts again, the machine does not
        running.visit()
    assert began(tmp_path)[-1] == NOON + timedelta(seconds=2 * LASTED_S)


@pytest.mark.parametrize("by", [timedelta(minutes=7), 50 * YEAR], ids=str)
def test_a_clock_that_jumps_forward_moves_all_of_its_boot(tmp_path: Path, by: timedelta) -> None:
    clock = ToldClock(NOON, synchronised=False)
    with run(tmp_path, clock, "first") as running:
        running.visit()
    with run(tmp_path, clock, "second") as running:
        running.visit()
        clock.wall += by
        running.visit()
    after = timedelta(seconds=LASTED_S)
    assert began(tmp_path) == [NOON + by, NOON + by + after, NOON + by + 2 * after]


def test_a_year_typed_wrong_is_put_right_when_the_network_knows(tmp_path: Path) -> None:
    clock = ToldClock(NOON)
    with run(tmp_path, clock, "first") as running:
        running.visit()
    clock.start_machine(datetime(2062, 3, 3, 12), synchronised=False)
    with run(tmp_path, clock, "second") as running:
        running.visit()
        assert began(tmp_path)[-1] == datetime(2062, 3, 3, 12)
    tomorrow = NOON + timedelta(days=2)
    clock.start_machine(tomorrow, synchronised=True)
    with run(tmp_path, clock, "third") as running:
        running.visit()
    assert began(tmp_path) == [NOON, tomorrow - timedelta(seconds=LASTED_S), tomorrow]


def test_small_corrections_write_nothing(tmp_path: Path) -> None:
    clock = ToldClock(NOON)
    with run(tmp_path, clock) as running:
        running.visit()
        clock.wall += timedelta(seconds=0.5)
        running.visit()
    assert began(tmp_path) == [NOON, NOON + timedelta(seconds=LASTED_S)]
