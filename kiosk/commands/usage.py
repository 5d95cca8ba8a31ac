"""What the commands share: a wrong option's error, the option --config, JSON files."""

import argparse
import json
from pathlib import Path
from typing import Any

from kiosk.config import default_config, exercise_names, exercises_folder, no_such_exercise
from kiosk.errors import PlainError
from kiosk.rules.compiler import load_exercise
from kiosk.rules.exercise import Exercise


class UsageError(PlainError):
    """Something on the command line is wrong; its text is one sentence for people."""


def add_config(parser: argparse.ArgumentParser) -> None:
    """Describe the option --config."""
    parser.add_argument(
        "--config", metavar="F", type=Path, default=near(default_config()), help="kiosk.yaml (default: %(default)s)"
    )


def checked_port(port: int | None) -> int | None:
    """Return the value of an option --port; UsageError if it is none."""
    if port is not None and not 0 <= port <= 65535:
        raise UsageError(f"--port {port}: a port is a number from 0 to 65535")
    return port


def near(path: Path) -> Path:
    """Return the path as people in this folder would write it."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def chosen_exercise(name: str, config: Path) -> Exercise:
    """Return the exercise called `name` beside a kiosk.yaml; UsageError if there is none, FileError if it is wrong."""
    folder = exercises_folder(config)
    known = exercise_names(folder)
    if name not in known:
        raise UsageError(no_such_exercise(name, known))
    return load_exercise(folder / f"{name}.yaml")


def write_json(path: Path, value: dict[str, Any]) -> None:
    """Write `value` as people can read it; UsageError if the file can't be written."""
    try:
        path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{path}: can't be written: {error.strerror}") from error
