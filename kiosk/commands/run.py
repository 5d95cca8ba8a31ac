"""`kiosk run`: the kiosk itself."""

import argparse
import asyncio
import atexit
import faulthandler
import os
import time
from functools import partial
from pathlib import Path
from typing import Final

from kiosk import models
from kiosk.app import Parts, camera_from, serve
from kiosk.commands.usage import UsageError, add_config, checked_port, chosen_exercise
from kiosk.config import Settings, exercises_folder, is_loopback, load_settings, state_folder
from kiosk.recording import SUFFIXES, Recorder
from kiosk.rlimits import leave_no_core
from kiosk.rules.library import Library

STDERR: Final = 2
"""The file descriptor, whatever stands for sys.stderr."""

LEAST_S: Final = 10.0
"""So long does a service last that fails. systemd starts it anew at once: one that can't start, as its config is wrong,
would busy the processor, the log and the memory card until somebody comes."""


def add_run(parser: argparse.ArgumentParser) -> None:
    """Describe the options of `kiosk run`."""
    parser.set_defaults(work=_run)
    add_config(parser)
    parser.add_argument(
        "--camera", metavar="URL", help="camera address, such as demo:squat, v4l2:/dev/video0 or rtsp://..."
    )
    parser.add_argument("--exercise", metavar="NAME", help="a file of the exercises folder, without .yaml")
    parser.add_argument("--host", metavar="H", help="address to serve on; one beyond this box needs a viewing PIN")
    parser.add_argument("--port", metavar="P", type=int, help="port to serve the page on; 0 takes any free one")
    parser.add_argument(
        "--record", metavar="FILE", type=Path, help="write the poses as numbers: NAME.poses.jsonl or .jsonl.gz"
    )


def _run(options: argparse.Namespace) -> int:
    wait = partial(_wait_until, time.monotonic() + LEAST_S)
    if "NOTIFY_SOCKET" in os.environ:
        atexit.register(wait)  # after the reason has been printed
    _serve(options)
    atexit.unregister(wait)
    return 0


def _wait_until(end_s: float) -> None:
    time.sleep(max(0.0, end_s - time.monotonic()))


def _serve(options: argparse.Namespace) -> None:
    settings = _overridden(load_settings(options.config), options)
    recorder = _recorder(options.record) if options.record else None
    chosen_exercise(settings.exercise, options.config)
    library = Library(exercises_folder(options.config))
    library.refresh()
    parts = Parts(
        settings=settings,
        library=library,
        exercise=library.exercises[settings.exercise],
        bundle=models.verify(settings.pose.model, state_folder() / "models"),
        camera=camera_from(settings),
        state=state_folder(),
        recorder=recorder,
        smaller=models.next_smaller(settings.pose.model, state_folder() / "models"),
        tended=True,
    )
    # systemd aborts a kiosk that shows no life: the log then says where each thread stood.
    faulthandler.enable(STDERR)
    leave_no_core()
    asyncio.run(serve(parts, announce=lambda address: print(f"The kiosk's page: {address}", flush=True)))


def _overridden(settings: Settings, options: argparse.Namespace) -> Settings:
    """The settings with what the command line says instead."""
    camera = settings.camera.model_copy(update=_given(address=options.camera))
    port = checked_port(options.port)
    lan = None if options.host is None else not is_loopback(options.host)
    site = settings.web.model_copy(update=_given(host=options.host, lan=lan, port=port))
    return settings.model_copy(update={"camera": camera, "web": site, **_given(exercise=options.exercise)})


def _given(**values: object) -> dict[str, object]:
    return {name: value for name, value in values.items() if value is not None}


def _recorder(path: Path) -> Recorder:
    if not path.name.endswith(SUFFIXES):
        raise UsageError(f"--record {path}: the name of a pose recording ends in .poses.jsonl or .poses.jsonl.gz")
    try:
        return Recorder(path)
    except OSError as error:
        raise UsageError(f"--record {path}: can't be written: {error.strerror}") from None
