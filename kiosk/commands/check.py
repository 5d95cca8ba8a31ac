"""`kiosk check`: finds the mistakes of kiosk.yaml and the exercise files."""

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

from kiosk.commands.usage import near
from kiosk.config import default_config, exercises_folder, load_settings
from kiosk.rules.compiler import load_exercise
from kiosk.yamlfile import FileError, Problem


def add_check(parser: argparse.ArgumentParser) -> None:
    """Describe the options of `kiosk check`."""
    parser.set_defaults(work=_check)
    parser.add_argument(
        "paths", metavar="PATH", nargs="*", type=Path, help="files or folders; without any, all that are in use"
    )


def _check(options: argparse.Namespace) -> int:
    config = near(default_config())
    paths = options.paths or [config, exercises_folder(config)]
    problems: list[Problem] = []
    checked = 0
    for path in _files(paths):
        checked += 1
        try:
            load_settings(path) if path.name == default_config().name else load_exercise(path)
        except FileError as error:
            problems += error.problems
    for problem in problems:
        print(problem)
    if not problems:
        print(f"{checked} file{'s' if checked != 1 else ''} checked, no mistakes")
    return 2 if problems else 0


def _files(paths: Sequence[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from sorted(path.rglob("*.yaml"))
        else:
            yield path
