"""Periods and steps."""

from datetime import date

import pytest

from kiosk.report.period import Period, Step, days_of, step_day, step_of

DAY = date(2026, 2, 18)  # a Wednesday


@pytest.mark.parametrize(
    ("period", "first", "last"),
    [
        ("day", date(2026, 2, 18), date(2026, 2, 18)),
        ("week", date(2026, 2, 16), date(2026, 2, 22)),
        ("month", date(2026, 2, 1), date(2026, 2, 28)),
        ("year", date(2026, 1, 1), date(2026, 12, 31)),
        ("all", None, None),
    ],
)
def test_a_period_holds_its_day(period: Period, first: date | None, last: date | None) -> None:
    assert days_of(period, DAY) == (first, last)


@pytest.mark.parametrize("period", ["day", "week", "month", "year", "all"])
def test_the_first_and_the_last_day_have_periods(period: Period) -> None:
    for day in (date.min, date.max, date(2024, 12, 31)):
        first, last = days_of(period, day)
        assert first is None or last is None or first <= day <= last


@pytest.mark.parametrize(
    ("last", "sets", "step"),
    [
        (date(2026, 2, 18), 30, "set"),
        (date(2026, 2, 18), 31, "day"),
        (date(2026, 3, 31), 5, "day"),
        (date(2026, 12, 31), 5, "week"),
        (date(2028, 12, 31), 5, "month"),
    ],
)
def test_steps_fit_side_by_side(last: date, sets: int, step: Step) -> None:
    assert step_of(DAY, last, sets) == step


@pytest.mark.parametrize(
    ("step", "day"), [("set", DAY), ("day", DAY), ("week", date(2026, 2, 16)), ("month", date(2026, 2, 1))]
)
def test_a_step_begins(step: Step, day: date) -> None:
    assert step_day(DAY, step) == day
