"""The command `kiosk`. Exit code 0: done; 1: it failed on the way; 2: something given to it is wrong.

As shells say it of any program, 130 and 141: ended by Ctrl-C, and by a reader that had read enough.
"""

import argparse
import gc
import io
import logging
import os
import signal
import sys
from collections.abc import Sequence
from importlib import import_module
from types import ModuleType
from typing import Final

from kiosk.errors import PlainError
from kiosk.mistakes import shortened
from kiosk.yamlfile import FileError

COMMANDS: Final = {
    "run": ("run", "run the kiosk: camera, judging and page"),
    "status": ("status", "say how the kiosk that runs on this box is"),
    "check": ("check", "find mistakes in kiosk.yaml and the exercise files, and run their examples"),
    "replay": ("replay", "judge a video or a pose recording as if it were live"),
    "models": ("models", "fetch, list or verify the pose models"),
    "report": ("report", "write a training report to print, as one HTML file"),
    "pin": ("pin", "set, remove or list the PINs of staff and viewers"),
    "tune": ("tune", "see which rules give false alarms, and better numbers for them"),
    "export": ("history", "write the training history to a file, CSV or JSON"),
    "forget": ("history", "erase training from the history for good"),
    "bench": ("bench", "measure side by side, as ratios of figures from one run"),
}
"""Each command's module in `kiosk.commands`, whose function add_NAME describes its options, and what it does.

A module is imported for its own command alone: a small box takes seconds to import them all.
"""

PIPE_CLOSED: Final = 128 + signal.SIGPIPE


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code."""
    if sys.stdin is None:  # it was closed: whoever asks is told that nothing comes
        sys.stdin = io.StringIO()
    try:
        try:
            return _done(sys.argv[1:] if arguments is None else arguments)
        finally:
            if sys.stdout is not None:
                sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read has had enough, as `head` does. What Python writes at its end must not fail once more.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return PIPE_CLOSED


def _done(given: Sequence[str]) -> int:
    try:
        _check_encoding(given)
        options = _parser(given[0] if given else "").parse_args(given)
        logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")
        return int(options.work(options))
    except FileError as error:
        print(error, file=sys.stderr)
        return 2
    except PlainError as error:
        print(f"kiosk: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return 130


def _check_encoding(given: Sequence[str]) -> None:
    """Raise PlainError for an argument that can be neither looked up nor shown."""
    for argument in given:
        try:
            argument.encode()
        except UnicodeEncodeError:
            raise PlainError(f"{shortened(argument)}: this is no text in UTF-8") from None


def _parser(wanted: str) -> argparse.ArgumentParser:
    """Return the parser of all commands, which knows the options of the one that is wanted."""
    parser = argparse.ArgumentParser(
        prog="kiosk", description="Watches exercises through a camera: counts repetitions and warns of risky movement."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, (module, does) in COMMANDS.items():
        command = commands.add_parser(name, help=does)
        if name == wanted:
            getattr(_imported(module), f"add_{name}")(command)
    return parser


def _imported(module: str) -> ModuleType:
    # What is imported stays. To search it for garbage on the way takes a tenth of the time until the page answers, and
    # each time later halts every thread.
    gc.disable()
    try:
        return import_module(f"kiosk.commands.{module}")
    finally:
        gc.freeze()
        gc.enable()
