"""Numbers, days and measures as people write them, in each language. Pure."""

from datetime import date
from itertools import accumulate
from typing import Final
from unicodedata import east_asian_width

from kiosk.dates import local
from kiosk.report.contents import Part
from kiosk.report.period import Step
from kiosk.words import Language, words

_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_SIDES: Final = {"left": "report_left_measure", "right": "report_right_measure"}
_MINUTES_FROM_S: Final = 120.0


def say(key: str, language: Language, detail: object = "") -> str:
    """Return the sentence `key`, its blank filled with `detail`."""
    return words()[key][language].format(detail=detail)


def day_text(day: date, language: Language) -> str:
    """Return a day in full."""
    if language == "zh":
        return f"{day.year}年{day.month}月{day.day}日"
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def days_text(first: date | None, last: date | None, language: Language) -> str:
    """Return from when to when, both days included; None for no such days."""
    if first is None or last is None:
        return say("report_all_time", language)
    return day_text(first, language) if first == last else f"{day_text(first, language)} – {day_text(last, language)}"


def part_text(part: Part, step: Step, language: Language, *, short: bool = False) -> str:
    """Return which part this is: a time of day, a day, a week by its Monday, or a month; `short` for charts."""
    if step == "set":
        return time_text(part.began_s)
    day = part.day
    if step == "month":
        return f"{day.year}年{day.month}月" if language == "zh" else f"{_MONTHS[day.month - 1]} {day.year}"
    if short:
        return f"{day.month}月{day.day}日" if language == "zh" else f"{day.day} {_MONTHS[day.month - 1]}"
    return say("report_week_of", language, day_text(day, language)) if step == "week" else day_text(day, language)


def time_text(wall_s: float) -> str:
    """Return the time of day, in the box's time zone."""
    return local(wall_s).strftime("%H:%M")


def measure_text(name: str, language: Language) -> str:
    """Return what a measure is called: its word if it has one, with its side, else its own name."""
    side, _, bare = name.partition("_")
    if side in _SIDES and (word := words().get(f"measure_{bare}")):
        return say(_SIDES[side], language, word[language])
    word = words().get(f"measure_{name}")
    return word[language] if word else name


def value_text(value: float, unit: str, language: Language) -> str:
    """Return a measured value with its unit."""
    if unit == "deg":
        return f"{value:.0f}°".replace("-0°", "0°")
    return f"{value:.2f} {unit_text(unit, language)}"


def unit_text(unit: str, language: Language) -> str:
    """Return the unit of a measured length: metres, or times a length of the body."""
    known = words().get(f"unit_{unit}")
    return known[language] if known else unit


def seconds_text(seconds: float, language: Language) -> str:
    """Return how long a movement takes."""
    return say("seconds", language, f"{seconds:.1f}")


def duration_text(seconds: float, language: Language) -> str:
    """Return how long something was kept: seconds, or minutes from two on."""
    if seconds < _MINUTES_FROM_S:
        return say("seconds", language, f"{seconds:.0f}")
    return say("report_minutes", language, f"{seconds / 60:.0f}")


def percent_text(share: float) -> str:
    """Return a share in percent."""
    return f"{share * 100:.0f}%"


def shortened(text: str, columns: int) -> str:
    """Return a text as far as it has room, with an ellipsis where that is not all; a Chinese letter is two wide."""
    ends = list(accumulate(1 + (east_asian_width(letter) in "WF") for letter in text))
    if not ends or ends[-1] <= columns:
        return text
    return text[: sum(end < columns for end in ends)].rstrip() + "…"
