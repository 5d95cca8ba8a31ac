"""What the site asks of the history, each in one call and answered in bytes, as a process beside the live picture does.

Without a history there is nothing in it yet: what is shown says so, but nothing is exported. All raise HistoryError
for one that can't be read, and `sqlite3.Error` where the database is damaged or the disk does not let it be read.
"""

import gzip
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, Final, Literal

from kiosk.dates import local
from kiosk.history.entries import Id, same_name
from kiosk.history.export import visits_json, write_csv, write_json
from kiosk.history.past import Selection
from kiosk.history.training import Training
from kiosk.report.rules import Rules
from kiosk.words import Language

Form = Literal["json", "html", "file"]

_CSV_BEGINS: Final = "\ufeff"
"""A byte order mark: Excel takes a CSV file without one for one in the country's old code page."""


MOST_EXPORTED: Final = 50_000
"""Repetitions that are exported at once, which takes a small box half a minute; a quarter of a busy gym's year."""


class TooMuchError(Exception):
    """More training than is exported at once: `count` repetitions."""

    def __init__(self, count: int) -> None:
        super().__init__(count)
        self.count = count

    def __str__(self) -> str:
        return f"{self.count} repetitions"


@dataclass(frozen=True, slots=True)
class Wish:
    """How a report is to look: numbers as JSON, HTML for the kiosk's page, or a file that needs nothing else.

    `printed` is the day on which it is made, `fonts` the folder for the list of fonts (see `kiosk.report.charts`).
    """

    form: Form
    language: Language
    printed: date
    fonts: Path


def choices(path: Path) -> dict[str, Any]:
    """Return `{"people", "exercises", "first", "last"}`: who and what is in the history, and from which day to which.

    Each person is there once, as the name was typed last in the alphabet's order.
    """
    if not path.exists():
        return {"people": [], "exercises": [], "first": None, "last": None}
    with Training(path) as training:
        people: list[str] = []
        for name in training.people():
            people = [*(one for one in people if not same_name(one, name)), name]
        exercises = sorted(
            {name for (name,) in training.rows("DISTINCT exercise", Selection(), end="ORDER BY exercise")}
        )
        began = "min(visits.begin_s + offset_s), max(visits.begin_s + offset_s)"
        first_s, last_s = next(iter(training.rows(began, Selection(), end="LIMIT 1")))
    return {
        "people": sorted(people, key=str.casefold),
        "exercises": exercises,
        "first": _day(first_s),
        "last": _day(last_s),
    }


def report(path: Path, wanted: Selection, rules: Mapping[str, Rules], wish: Wish) -> bytes:
    """Return the report of what is `wanted` in the form that is wished for."""
    from kiosk.report import charts, page  # noqa: PLC0415 - for the process beside; the kiosk only sends it here
    from kiosk.report.data import nothing, read_report  # noqa: PLC0415

    made = read_report(path, wanted, rules) if path.exists() else nothing(wanted)
    if wish.form == "json":
        return json.dumps(made.to_json(), ensure_ascii=False, allow_nan=False).encode()
    charts.load(wish.fonts)
    write = page.page if wish.form == "file" else page.article
    return write(made, wish.language, wish.printed).encode()


def visits(path: Path, wanted: Selection, after: Id | None, most: int) -> bytes:
    """Return `{"visits": [...], "next"}` as JSON, the newest visits first, `most` of those before the visit `after`.

    `next` is what to ask for as `after` to go on, None at the end. Where that visit is gone, there are no more.
    """
    if not path.exists():
        return b'{"visits": [], "next": null}'
    with Training(path) as training:
        ids = [visit.id for visit in training.visits(wanted)][::-1]
        begin = 0 if after is None else ids.index(after) + 1 if after in ids else len(ids)
        chosen = ids[begin : begin + most]
        found = [visit for id_ in chosen for visit in visits_json(training, replace(wanted, visit=id_))]
    more = {"visits": found, "next": chosen[-1] if begin + most < len(ids) else None}
    return json.dumps(more, ensure_ascii=False, allow_nan=False).encode()


def export_packed(path: Path, wanted: Selection, kind: Literal["csv", "json"]) -> bytes:
    """Return the training as a file of this kind, packed by gzip.

    Raises TooMuchError for more than MOST_EXPORTED, HistoryError where there is no history yet.
    """
    packed = io.BytesIO()
    with Training(path) as training, gzip.open(packed, "wt", compresslevel=3, encoding="utf-8", newline="") as file:
        (count,) = next(training.rows("count(*)", wanted, "repetitions", end="LIMIT 1"))
        if count > MOST_EXPORTED:
            raise TooMuchError(count)
        if kind == "csv":
            file.write(_CSV_BEGINS)
        (write_csv if kind == "csv" else write_json)(file, training, wanted)
    return packed.getvalue()


def _day(wall_s: float | None) -> str | None:
    return None if wall_s is None else local(wall_s).date().isoformat()
