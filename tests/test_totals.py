"""Totals and columns equal what a plain count over all that was stored gives."""

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from kiosk.dates import local
from kiosk.history.entries import Extent, SetBegan, VisitBegan
from kiosk.history.file import NAME
from kiosk.history.made_up import make_year
from kiosk.history.past import Selection
from kiosk.history.totals import columns, days
from kiosk.history.training import Training
from tests.histories import ToldClock, repetition, run


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A made-up year, thinly trained in."""
    folder = tmp_path_factory.mktemp("year")
    make_year(folder, 3000)
    return folder / NAME


@pytest.mark.parametrize(
    "wanted",
    [
        Selection(),
        Selection(exercise="squat", person="anna"),
        Selection(first=datetime(2025, 6, 1).date(), last=datetime(2025, 6, 20).date()),
        Selection(person="Nobody"),
    ],
    ids=str,
)
def test_days_are_what_counting_gives(year: Path, wanted: Selection) -> None:
    with Training(year) as training:
        totals = {(total.day, total.exercise): total for total in days(training, wanted)}
        assert list(totals) == sorted(totals)
        sets = {one.id: one for one in training.sets(wanted)}
        keys = {id_: (local(one.visit.began_s).date(), one.exercise) for id_, one in sets.items()}
        reps = list(training.repetitions(wanted))
        for key, total in totals.items():
            assert total.sets == sum(found == key for found in keys.values())
            assert total.visits == len({sets[id_].visit.id for id_, found in keys.items() if found == key})
            whole = [rep for rep in reps if keys[rep.set] == key and not rep.partial]
            assert total.repetitions == len(whole)
            assert total.partials == sum(keys[rep.set] == key and rep.partial for rep in reps)
            assert total.out_s == (pytest.approx(np.mean([rep.out_s for rep in whole])) if whole else None)
            assert total.back_s == (pytest.approx(np.mean([rep.back_s for rep in whole])) if whole else None)
            held_s = sum(hold.held_s for hold in training.holds(wanted) if keys[hold.set] == key)
            assert total.held_s == pytest.approx(held_s)
        warned = Counter((keys[one.set], one.rule.warning) for one in training.warnings(wanted))
        assert warned == Counter(
            {(key, warning): n for key, total in totals.items() for warning, n in total.warnings.items()}
        )


def test_columns_are_the_repetitions(year: Path) -> None:
    wanted = Selection(exercise="squat")
    with Training(year) as training:
        table, reps = columns(training, wanted), list(training.repetitions(wanted))
    assert len(reps) > 100
    assert [table.sets[place].id for place in table.set] == [rep.set for rep in reps]
    for name in ("number", "partial", "began_s", "ended_s", "out_s", "back_s"):
        assert getattr(table, name).tolist() == [getattr(rep, name) for rep in reps]
    assert table.measures.keys() == reps[0].measures.keys()
    knee = [(extent.start, extent.lowest, extent.highest) for extent in (rep.measures["knee"] for rep in reps)]
    assert table.measures["knee"].tolist() == [list(extent) for extent in knee]


def test_columns_of_repetitions_that_differ(tmp_path: Path) -> None:
    with run(tmp_path, ToldClock(datetime(2026, 3, 2))) as running:
        visit, set_ = running.new_id(), running.new_id()
        running.write(VisitBegan(visit, 1), SetBegan(set_, visit, 1, "squat", 1, ""))
        first = repetition(running.new_id(), set_, 1)
        second = replace(first, id=running.new_id(), side="right", measures={"hip": Extent(1.0, None, 3.0)})
        running.write(first, second, replace(first, id=running.new_id(), side="left", partial=True))
    with Training(tmp_path / NAME) as training:
        table = columns(training, Selection())
        assert table.side.tolist() == [0, 2, 1]
        assert np.isnan(table.measures["knee"][1]).all()
        np.testing.assert_array_equal(table.measures["hip"][1], [1, np.nan, 3])
        assert table.measures["knee"][2].tolist() == [170.0, 62.5, 176.25]
        nobody = columns(training, Selection(person="Nobody"))
        assert (len(nobody.sets), len(nobody.set), nobody.measures) == (0, 0, {})


def test_a_visit_over_midnight_is_of_the_day_on_which_it_began(tmp_path: Path) -> None:
    clock = ToldClock(datetime(2026, 3, 1, 23, 59, 59))
    with run(tmp_path, clock) as running:
        running.visit(sets=3, reps=2)
    with Training(tmp_path / NAME) as training:
        [total] = days(training, Selection())
    assert (total.day, total.visits, total.sets, total.repetitions) == (datetime(2026, 3, 1).date(), 1, 3, 6)
    assert clock.wall - timedelta(hours=1) < datetime(2026, 3, 1, 23, 59, 59) < clock.wall
