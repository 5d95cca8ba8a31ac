"""The command `kiosk`. Exit code 0: done; 1: it failed on the way; 2: something given to it is wrong."""

import argparse
import logging
import sys
from collections.abc import Sequence
from typing import Final

from kiosk.commands.bench import add_bench
from kiosk.commands.check import add_check
from kiosk.commands.history import add_export, add_forget
from kiosk.commands.models import add_models
from kiosk.commands.pin import add_pin
from kiosk.commands.replay import add_replay
from kiosk.commands.report import add_report
from kiosk.commands.run import add_run
from kiosk.commands.tune import TuneError, add_tune
from kiosk.commands.usage import UsageError
from kiosk.history.file import HistoryError
from kiosk.history.retention import UnfinishedError
from kiosk.listen import CannotStartError
from kiosk.models import ModelError
from kiosk.pins import PinError, PinFileError
from kiosk.pose.mediapipe import EngineError
from kiosk.pose.seal import SealError
from kiosk.recording import RecordingError
from kiosk.yamlfile import FileError

WRONG: Final = 2
FAILED: Final = 1

COMMANDS: Final = {
    "run": (add_run, "run the kiosk: camera, judging and page"),
    "check": (add_check, "find mistakes in kiosk.yaml and the exercise files, and run their examples"),
    "replay": (add_replay, "judge a video or a pose recording as if it were live"),
    "models": (add_models, "fetch, list or verify the pose models"),
    "report": (add_report, "write a training report to print, as one HTML file"),
    "pin": (add_pin, "set, remove or list the PINs of staff and viewers"),
    "tune": (add_tune, "see which rules give false alarms, and better numbers for them"),
    "export": (add_export, "write the training history to a file, CSV or JSON"),
    "forget": (add_forget, "erase training from the history for good"),
    "bench": (add_bench, "measure side by side, as ratios of figures from one run"),
}

MISTAKES: Final = (
    UsageError,
    CannotStartError,
    RecordingError,
    PinError,
    PinFileError,
    HistoryError,
    ModelError,
    TuneError,
)
"""Errors whose text is one sentence for people: something that the command was given or finds is wrong."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")
    try:
        return int(options.work(options))
    except FileError as error:
        print(error, file=sys.stderr)
    except MISTAKES as error:
        print(f"kiosk: {error}", file=sys.stderr)
    except (SealError, EngineError, UnfinishedError) as error:
        print(f"kiosk: {error}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        return 130
    return WRONG


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="kiosk", description="Watches exercises through a camera: counts repetitions and warns of risky movement."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, (add, does) in COMMANDS.items():
        add(commands.add_parser(name, help=does))
    return parser
