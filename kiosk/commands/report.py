"""`kiosk report`: a training report as one HTML file, to print or to give to somebody."""

import argparse
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

from kiosk.commands.history import add_selection, check_known, selection
from kiosk.config import default_config, exercises_folder, state_folder
from kiosk.files import replace_file
from kiosk.history.file import NAME, HistoryError
from kiosk.report import charts as report_charts
from kiosk.report.data import read_report
from kiosk.report.page import page
from kiosk.report.rules import Rules
from kiosk.rules.library import Library
from kiosk.words import LANGUAGES


def add_report(parser: argparse.ArgumentParser) -> None:
    """Describe the options of `kiosk report`."""
    parser.set_defaults(work=_report)
    parser.add_argument("--out", metavar="FILE.html", type=Path, required=True, help="the page to write")
    add_selection(parser)
    parser.add_argument("--exercise", metavar="NAME", help="one exercise only")
    parser.add_argument("--language", choices=LANGUAGES, default="en", help="default: %(default)s")


def _report(options: argparse.Namespace) -> int:
    path, folder = state_folder() / NAME, exercises_folder(default_config())
    wanted = selection(options, options.exercise)
    library = Library(folder)
    library.refresh()
    rules = {name: Rules.of(exercise) for name, exercise in library.exercises.items()}
    try:
        check_known(path, wanted, library.exercises)
        report = read_report(path, wanted, rules)
    except sqlite3.Error as error:
        raise HistoryError(f"the training history {path} can't be read: {error}") from error
    report_charts.load(state_folder() / "matplotlib")
    text = page(report, options.language, datetime.now(UTC).astimezone().date())
    try:
        _write(options.out, text)
    except OSError as error:
        raise HistoryError(f"--out {options.out}: can't be written: {error.strerror}") from error
    print(f"{options.out}: {report.sets} sets with {report.repetitions} repetitions on {report.days} days")
    return 0


def _write(out: Path, text: str) -> None:
    if out.exists() and not out.is_file():  # such as /dev/stdout: there is nothing to replace
        out.write_text(text, encoding="utf-8")
    else:
        replace_file(out, text.encode())
