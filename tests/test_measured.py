"""Looking back at measures: the same at any frame rate, nothing made up where nothing was known."""

import math

import pytest

from kiosk.coaching.coach import Measured
from kiosk.coaching.measured import AFTER_S, BEFORE_S, STEP_S, MeasuredPast


def wave(t_s: float) -> float:
    return 90 + 60 * math.sin(t_s)


def past(fps: float, seconds: float = 8.0, kept_s: float = 20.0) -> MeasuredPast:
    found = MeasuredPast(kept_s)
    moments: list[tuple[float, Measured]] = [(n / fps, ({"knee": wave(n / fps)},)) for n in range(int(seconds * fps))]
    for moment in moments:
        found.add([moment])
    return found


@pytest.mark.parametrize("fps", [7.0, 12.0, 30.0])
def test_a_value_lies_between_its_neighbours(fps: float) -> None:
    for t_s in (0.0, 1.03, 3.3333, 5.0):
        assert past(fps).at(t_s, 0, ["knee", "hip"]) == {"knee": pytest.approx(wave(t_s), abs=0.2), "hip": None}


@pytest.mark.parametrize("fps", [7.0, 12.0, 30.0])
def test_the_series_goes_from_before_to_after_in_even_steps(fps: float) -> None:
    series = past(fps).around(4.0, 0, ["knee"])["knee"]
    assert len(series) == round((BEFORE_S + AFTER_S) / STEP_S) + 1
    for place, value in enumerate(series):
        assert value == pytest.approx(wave(4.0 - BEFORE_S + place * STEP_S), abs=0.2)


def test_what_was_not_seen_is_not_made_up() -> None:
    found = MeasuredPast(20.0)
    found.add([(0.0, ({"knee": 10.0},)), (0.2, ({"knee": None},)), (0.4, ({"knee": 30.0},)), (0.5, ()), (1.6, ())])
    found.add([(2.0, ({"knee": 20.0},)), (2.6, ({"knee": 40.0},))])
    known = {
        t_s: found.at(t_s, 0, ["knee"])["knee"] for t_s in (0.0, 0.1, 0.2, 0.3, 0.4, 0.45, 1.0, 2.0, 2.3, 2.6, 2.7)
    }
    assert {t_s: value for t_s, value in known.items() if value is not None} == {0.0: 10, 0.4: 30, 2.0: 20, 2.6: 40}
    series = found.around(0.4, 0, ["knee"])["knee"]
    assert [place for place, value in enumerate(series) if value is not None] == [16, 20]


def test_each_side_is_its_own() -> None:
    found = MeasuredPast(20.0)
    found.add([(0.0, ({"elbow": 1.0}, {"elbow": 2.0})), (0.1, ({"elbow": 3.0},))])
    assert [found.at(0.0, side, ["elbow"])["elbow"] for side in (0, 1)] == [1.0, 2.0]
    assert found.at(0.1, 1, ["elbow"]) == {"elbow": None}


def test_the_past_is_bounded() -> None:
    found = past(30.0, seconds=60, kept_s=5.0)
    assert found.at(50.0, 0, ["knee"]) == {"knee": None}
    assert found.at(58.0, 0, ["knee"])["knee"] == pytest.approx(wave(58.0), abs=0.2)
    assert len(found._moments) <= 5 * 30 + 1
