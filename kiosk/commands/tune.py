"""`kiosk tune`: what marked alarms teach about the rules, and putting a better number into an exercise file."""

import argparse
import getpass
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

from kiosk.config import default_config, exercises_folder, state_folder
from kiosk.errors import PlainError
from kiosk.history.file import NAME
from kiosk.learning.lessons import BLOCKED, Lesson, accepted, lessons
from kiosk.pins import PinFile
from kiosk.rules.editing import ChangedError, ExerciseFiles, GoneError, StorageError, Text
from kiosk.rules.retouch import Retouched, RetouchError, taken_back
from kiosk.rules.versions import Versions
from kiosk.yamlfile import FileError, did_you_mean

_HEAD: Final = ("rule", "alarms", "judged", "false", "suggestion")


class TuneError(PlainError):
    """What was asked for can't be done; the text is one sentence for people."""


def add_tune(parser: argparse.ArgumentParser) -> None:
    """Describe the options of `kiosk tune`."""
    parser.set_defaults(work=_tune)
    parser.epilog = (
        "Alarms are marked right or false on the kiosk's page /review. A suggestion keeps every alarm that was marked "
        "right; a danger rule is tuned only as far as `tune: {min: ..., max: ...}` in its file allows."
    )
    parser.add_argument("exercise", metavar="EXERCISE", nargs="?", help="without one, all that had alarms")
    parser.add_argument("--config", metavar="F", type=Path, default=default_config(), help="kiosk.yaml")
    parser.add_argument("--json", metavar="OUT", type=Path, help="write what is known of each rule to a file")
    change = parser.add_mutually_exclusive_group()
    change.add_argument(
        "--accept", metavar="RULE", help="put the suggested number into the file; asks for the staff PIN"
    )
    change.add_argument("--take-back", metavar="RULE", help="put the number back that stood there before")


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the exercise files, their versions and the history are."""

    files: ExerciseFiles
    history: Path

    def read(self, name: str) -> Text:
        try:
            text = self.files.read(name) if name in self.files.names() else None
        except StorageError as error:
            raise _storage(error) from None
        if text is None:
            raise TuneError(f"no such exercise: '{name}'{did_you_mean(name, self.files.names())}")
        return text

    def lessons(self, name: str) -> tuple[Lesson, ...]:
        return lessons(self.history, self.read(name).data, name, _today())


def _tune(options: argparse.Namespace) -> int:
    state = state_folder()
    folder = exercises_folder(options.config)
    place = _Place(ExerciseFiles(folder, Versions(state / "versions")), state / NAME)
    rule = options.accept or options.take_back
    if rule is None:
        return _report(place, options.exercise, options.json)
    if options.exercise is None:
        raise TuneError("name the exercise too, as in: kiosk tune squat --accept knee_load")
    now = place.read(options.exercise)
    try:
        if options.accept:
            new = accepted(place.history, now.data, options.exercise, rule=rule, today=_today())
        else:
            new = taken_back(now.data, options.exercise, rule)
    except RetouchError as error:
        raise TuneError(str(error)) from None
    _show(options.exercise, new)
    _ask_pin(state)
    _save(place.files, options.exercise, now, new)
    if options.accept:
        print(f"To undo it: kiosk tune {options.exercise} --take-back {rule}")
    return 0


def _report(place: _Place, exercise: str | None, out: Path | None) -> int:
    """Print what is known, of one exercise or of all that had alarms; return the exit code."""
    found: dict[str, tuple[Lesson, ...]] = {}
    mistakes: list[FileError] = []
    for name in [exercise] if exercise else place.files.names():
        try:
            found[name] = place.lessons(name)
        except FileError as error:
            mistakes.append(error)
    if exercise is None:
        found = {name: learned for name, learned in found.items() if any(lesson.alarms for lesson in learned)}
    for name, learned in found.items():
        print(f"{name}\n{_table(learned)}")
    if not found and not mistakes:
        print("There are no alarms in the training history yet.")
    if out:
        _write(out, found)
    for mistake in mistakes:
        print(mistake, file=sys.stderr)
    return 2 if mistakes else 0


def _write(out: Path, found: Mapping[str, Iterable[Lesson]]) -> None:
    known = {name: [lesson.to_json() for lesson in learned] for name, learned in found.items()}
    try:
        out.write_text(json.dumps(known, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    except OSError as error:
        raise TuneError(f"--json {out}: can't be written: {error.strerror}") from error


def _table(learned: Iterable[Lesson]) -> str:
    rows = [_HEAD, *map(_row, learned)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD) - 1)]
    return "\n".join(_line(row, widths) for row in rows)


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    rule, *numbers, suggestion = row
    cells = [rule.ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(numbers, widths[1:], strict=True))]
    return "  ".join(["", *cells, suggestion]).rstrip()


def _row(lesson: Lesson) -> tuple[str, ...]:
    share = lesson.false_share
    false = "" if share is None else f"{share:.0%}"
    return (lesson.id, str(lesson.alarms), str(lesson.right + lesson.false), false, "; ".join(_said(lesson)))


def _said(lesson: Lesson) -> Iterable[str]:
    found = lesson.suggestion
    if found:
        yield (
            f"{found.of}: {found.number} instead of {found.old:g} removes {found.removes} of {found.false} false"
            f" alarms, keeps {found.keeps} of {found.right}"
        )
    elif lesson.false:
        yield "no number would remove most of the false alarms and keep the right ones"
    if lesson.blocked:
        yield f"but it {BLOCKED[lesson.blocked]}"
    if lesson.unexplained:
        yield f"{lesson.unexplained} of the judged alarms can't be tried"
    if lesson.note:
        yield f"tuned from {lesson.note.old} on {lesson.note.day}"


def _show(name: str, new: Retouched) -> None:
    print(f"{name}.yaml, line {new.line}:\n- {new.before}\n+ {new.after}")


def _ask_pin(state: Path) -> None:
    pin = PinFile(state).pins().get("staff")
    if pin is None:
        raise TuneError("only staff may change the rules, and no staff PIN is set: set one with kiosk pin set staff")
    try:
        typed = getpass.getpass("Staff PIN: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\r\n")
    except EOFError:
        typed = ""
    if not pin.matches(typed):
        raise TuneError(
            "this is not the staff PIN: nothing has changed" if typed else "no PIN was typed: nothing changed"
        )


def _save(files: ExerciseFiles, name: str, now: Text, new: Retouched) -> None:
    try:
        files.save(name, new.data, frozenset({now.etag}))
    except (ChangedError, GoneError):
        raise TuneError(f"somebody else changed {name}.yaml meanwhile: nothing was saved, look at it again") from None
    except StorageError as error:
        raise _storage(error) from None
    print("Saved. A running kiosk works by it within a second.")


def _storage(error: StorageError) -> TuneError:
    return TuneError(f"{error.error}: {error.hint}")


def _today() -> date:
    return datetime.now(UTC).astimezone().date()
