"""The commands `kiosk export` and `kiosk forget`."""

import argparse
import difflib
import sqlite3
from collections.abc import Iterable
from datetime import date
from pathlib import Path

from kiosk.config import no_such_exercise, state_folder
from kiosk.history.entries import same_name, tidy_name
from kiosk.history.export import COLUMNS, export
from kiosk.history.file import NAME, HistoryError
from kiosk.history.past import Selection
from kiosk.history.retention import Wanted, forget
from kiosk.history.training import Training
from kiosk.mistakes import did_you_mean


def add_export(parser: argparse.ArgumentParser) -> None:
    """Describe the options of `kiosk export`."""
    columns = "\n".join(f"  {name:12}{meaning}" for name, meaning in COLUMNS.items())
    parser.set_defaults(work=_export)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = (
        "A CSV file is UTF-8 with a byte order mark, a line for each repetition, hold, timed test and warning:\n"
        f"{columns}\n  and MEASURE.start, .lowest, .highest of each repetition, in the measure's own unit.\n"
        "Text that a spreadsheet would run as a formula begins with '. A JSON file holds visits, their sets and all\n"
        "in them, and the measures around each warning."
    )
    parser.add_argument("--out", metavar="FILE", type=Path, required=True, help="a name that ends in .csv or .json")
    add_selection(parser)


def add_selection(parser: argparse.ArgumentParser) -> None:
    """Describe the options that say which training is meant; see `selection`."""
    parser.add_argument("--from", metavar="DATE", dest="first", help="the first day, YYYY-MM-DD")
    parser.add_argument("--to", metavar="DATE", dest="last", help="the last day")
    parser.add_argument("--person", metavar="NAME", help="one person's visits only")


def selection(options: argparse.Namespace, exercise: str | None = None) -> Selection:
    """Return what the options of `add_selection` ask for; HistoryError if they make no sense."""
    wanted = Selection(_day("--from", options.first), _day("--to", options.last), _person(options.person), exercise)
    if wanted.first and wanted.last and wanted.first > wanted.last:
        raise HistoryError(f"--from {wanted.first} is after --to {wanted.last}")
    return wanted


def check_known(path: Path, wanted: Selection, exercises: Iterable[str] = ()) -> None:
    """Raise HistoryError for a person whom the history does not know, or an exercise that is not of `exercises` either.

    It is raised too where there is no history, and `sqlite3.Error` where that can't be read.
    """
    with Training(path) as training:
        name, people = wanted.person, training.people()
        if name is not None and not any(same_name(name, person) for person in people):
            hint = did_you_mean(name, people) if difflib.get_close_matches(name, people) else ""
            raise HistoryError(f"--person {name}: nobody in the training history is called that{hint}")
        if wanted.exercise is not None:
            stored = (row[0] for row in training.rows("DISTINCT exercise", Selection(), end="ORDER BY exercise"))
            known = {*exercises, *stored}
            if wanted.exercise not in known:
                raise HistoryError(no_such_exercise(wanted.exercise, sorted(known)))


def add_forget(parser: argparse.ArgumentParser) -> None:
    """Describe the options of `kiosk forget`."""
    parser.set_defaults(work=_forget)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--person", metavar="NAME", help="every visit for which this nickname or number was picked")
    what.add_argument("--date", metavar="DATE", help="every visit that began on this day, YYYY-MM-DD")
    what.add_argument("--all", action="store_true", help="everything")


def _export(options: argparse.Namespace) -> int:
    if options.out.suffix.lower() not in (".csv", ".json"):
        raise HistoryError(f"--out {options.out}: the name ends in .csv or .json")
    wanted = selection(options)
    path = state_folder() / NAME
    try:
        check_known(path, wanted)
        count = export(path, options.out, wanted)
    except sqlite3.Error as error:
        raise HistoryError(f"the training history {path} can't be read: {error}") from error
    except OSError as error:
        raise HistoryError(f"--out {options.out}: can't be written: {error.strerror}") from error
    print(f"{_counted(count, 'set')} written to {options.out}")
    return 0


def _forget(options: argparse.Namespace) -> int:
    done = forget(state_folder() / NAME, Wanted(_person(options.person), _day("--date", options.date)))
    print(f"{_counted(done.visits, 'visit')} with {_counted(done.repetitions, 'repetition')} forgotten")
    for path in done.files:
        print(f"deleted {path.name}, a damaged history that had been set aside")
    for path in done.recordings:
        print(f"deleted {path.name}, a pose recording")
    return 0


def _day(option: str, text: str | None) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        raise HistoryError(f"{option} {text}: a day is written YYYY-MM-DD, such as 2026-03-31") from None


def _person(text: str | None) -> str | None:
    if text is not None and tidy_name(text) is None:
        raise HistoryError("--person: this name is empty")
    return text


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
