"""Periods of training, and the steps into which a report divides them. Pure."""

from datetime import date, timedelta
from typing import Final, Literal

Period = Literal["day", "week", "month", "year", "all"]
Step = Literal["set", "day", "week", "month"]

FINEST_SETS: Final = 30
FINEST_DAYS: Final = 45
FINEST_WEEKS: Final = 60
"""So many steps of one kind fit side by side on a page 180 mm wide; of more, larger ones are made."""


def days_of(period: Period, day: date) -> tuple[date, date] | tuple[None, None]:
    """Return the first and the last day of the period that `day` lies in; weeks begin on Monday."""
    if period == "all":
        return None, None
    if period == "day":
        return day, day
    if period == "week":
        monday = _monday(day)
        return monday, monday + timedelta(days=min(6, (date.max - monday).days))
    if period == "year":
        return date(day.year, 1, 1), date(day.year, 12, 31)
    first = day.replace(day=1)
    last = date(day.year, 12, 31) if day.month == 12 else day.replace(month=day.month + 1, day=1) - timedelta(days=1)
    return first, last


def step_of(first: date, last: date, sets: int) -> Step:
    """Return the steps in which to show training of these days with so many sets."""
    days = (last - first).days + 1
    if days == 1 and sets <= FINEST_SETS:
        return "set"
    if days <= FINEST_DAYS:
        return "day"
    return "week" if days <= 7 * FINEST_WEEKS else "month"


def step_day(day: date, step: Step) -> date:
    """Return the first day of the step that `day` lies in."""
    if step == "week":
        return _monday(day)
    return day.replace(day=1) if step == "month" else day


def _monday(day: date) -> date:
    return day - timedelta(days=min(day.weekday(), (day - date.min).days))
