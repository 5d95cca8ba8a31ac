"""The command `kiosk`. Exit code 0: done; 1: it failed on the way; 2: something given to it is wrong."""

import argparse
import asyncio
import json
import logging
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from tqdm import tqdm

from kiosk import models
from kiosk.app import Parts, camera_from, serve
from kiosk.bench import engine as bench
from kiosk.bench import history as bench_history
from kiosk.bench import pipeline as bench_pipeline
from kiosk.bench import rules as bench_rules
from kiosk.coaching.coach import Event, HoldEvent, RepEvent, TimedEvent, WarningEvent
from kiosk.commands import history as history_command
from kiosk.commands import tune as tune_command
from kiosk.commands.pin import add_pin
from kiosk.commands.report import add_report
from kiosk.config import (
    Settings,
    default_config,
    exercise_names,
    exercises_folder,
    is_loopback,
    load_settings,
    no_such_exercise,
    state_folder,
)
from kiosk.history.file import HistoryError
from kiosk.history.retention import UnfinishedError
from kiosk.listen import CannotStartError
from kiosk.pins import PinError, PinFileError
from kiosk.pose.mediapipe import EngineError
from kiosk.pose.seal import SealError
from kiosk.recording import Recorder, RecordingError
from kiosk.replay import Moment, VideoOut, is_recording, recorded_moments, replay, video_moments
from kiosk.rules.compiler import load_exercise
from kiosk.rules.exercise import Exercise
from kiosk.rules.library import Library
from kiosk.yamlfile import FileError, Problem

WRONG: Final = 2
FAILED: Final = 1


class UsageError(Exception):
    """Something on the command line is wrong; its text is one sentence for people."""


MISTAKES: Final = (
    UsageError,
    CannotStartError,
    RecordingError,
    PinError,
    PinFileError,
    HistoryError,
    models.ModelError,
    tune_command.TuneError,
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

    run = commands.add_parser("run", help="run the kiosk: camera, judging and page")
    run.set_defaults(work=_run)
    _add_config(run)
    run.add_argument(
        "--camera", metavar="URL", help="camera address, such as demo:squat, v4l2:/dev/video0 or rtsp://..."
    )
    run.add_argument("--exercise", metavar="NAME", help="a file of the exercises folder, without .yaml")
    run.add_argument("--host", metavar="H", help="address to serve on; one beyond this box needs a viewing PIN")
    run.add_argument("--port", metavar="P", type=int, help="port to serve the page on; 0 takes any free one")
    run.add_argument(
        "--record", metavar="FILE", type=Path, help="write the poses as numbers: NAME.poses.jsonl or .jsonl.gz"
    )

    check = commands.add_parser(
        "check", help="find mistakes in kiosk.yaml and the exercise files, and run their examples"
    )
    check.set_defaults(work=_check)
    check.add_argument(
        "paths", metavar="PATH", nargs="*", type=Path, help="files or folders; without any, all that are in use"
    )

    again = commands.add_parser("replay", help="judge a video or a pose recording as if it were live")
    again.set_defaults(work=_replay)
    _add_config(again)
    again.add_argument("recording", metavar="VIDEO", type=Path, help="a video, or a *.poses.jsonl (.gz) file")
    again.add_argument(
        "--exercise", metavar="NAME", required=True, help="a file of the exercises folder, without .yaml"
    )
    again.add_argument("--json", metavar="OUT", type=Path, help="write the summary to a file")
    again.add_argument("--video", metavar="OUT.mp4", type=Path, help="write the annotated pictures")

    _add_models(commands.add_parser("models", help="fetch, list or verify the pose models"))

    add_report(commands.add_parser("report", help="write a training report to print, as one HTML file"))
    add_pin(commands.add_parser("pin", help="set, remove or list the PINs of staff and viewers"))
    tune_command.add_tune(
        commands.add_parser("tune", help="see which rules give false alarms, and better numbers for them")
    )
    history_command.add_export(commands.add_parser("export", help="write the training history to a file, CSV or JSON"))
    history_command.add_forget(commands.add_parser("forget", help="erase training from the history for good"))

    measure = commands.add_parser("bench", help="measure side by side, as ratios of figures from one run")
    measure.set_defaults(work=_bench)
    measure.add_argument(
        "what", choices=("engine", "rules", "pipeline", "viewers", "history"), nargs="?", default="engine"
    )
    measure.add_argument("--json", metavar="OUT", type=Path, help="write the figures to a file")
    return parser


def _add_config(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--config", metavar="F", type=Path, default=_near(default_config()), help="kiosk.yaml (default: %(default)s)"
    )


def _add_models(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(work=_models)
    parser.add_argument("action", choices=("fetch", "list", "verify"))
    parser.add_argument("names", metavar="NAME", nargs="*", help="lite, full or heavy (default: full)")


def _run(options: argparse.Namespace) -> int:
    settings = _overridden(load_settings(options.config), options)
    recorder = _recorder(options.record) if options.record else None
    _exercise(settings.exercise, options.config)
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
    )
    asyncio.run(serve(parts, announce=lambda address: print(f"The kiosk's page: {address}", flush=True)))
    return 0


def _overridden(settings: Settings, options: argparse.Namespace) -> Settings:
    """The settings with what the command line says instead."""
    camera = settings.camera.model_copy(update=_given(address=options.camera))
    if options.port is not None and not 0 <= options.port <= 65535:
        raise UsageError(f"--port {options.port}: a port is a number from 0 to 65535")
    lan = None if options.host is None else not is_loopback(options.host)
    site = settings.web.model_copy(update=_given(host=options.host, lan=lan, port=options.port))
    return settings.model_copy(update={"camera": camera, "web": site, **_given(exercise=options.exercise)})


def _given(**values: object) -> dict[str, object]:
    return {name: value for name, value in values.items() if value is not None}


def _recorder(path: Path) -> Recorder:
    if not is_recording(path):
        raise UsageError(f"--record {path}: the name of a pose recording ends in .poses.jsonl or .poses.jsonl.gz")
    try:
        return Recorder(path)
    except OSError as error:
        raise UsageError(f"--record {path}: can't be written: {error.strerror}") from None


def _exercise(name: str, config: Path) -> Exercise:
    folder = exercises_folder(config)
    known = exercise_names(folder)
    if name not in known:
        raise UsageError(no_such_exercise(name, known))
    return load_exercise(folder / f"{name}.yaml")


def _check(options: argparse.Namespace) -> int:
    config = _near(default_config())
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
    return WRONG if problems else 0


def _files(paths: Sequence[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from sorted(path.rglob("*.yaml"))
        else:
            yield path


def _replay(options: argparse.Namespace) -> int:
    settings = load_settings(options.config)
    exercise = _exercise(options.exercise, options.config)
    moments, fps, count = _moments(options.recording, settings)
    out = VideoOut(options.video, fps) if options.video else None
    watched = tqdm(moments, total=count, unit=" frames", disable=not sys.stderr.isatty())
    try:
        summary = replay(watched, exercise, _tell, out.write if out else None).to_json()
        if options.json:
            _write_json(options.json, summary)
    except OSError as error:
        raise UsageError(str(error)) from None
    finally:
        if out:
            out.close()
    print(json.dumps(summary))
    return 0


def _moments(path: Path, settings: Settings) -> tuple[Iterator[Moment], float, int | None]:
    if is_recording(path):
        if not path.is_file():
            raise UsageError(f"there is no recording {path}: check the path")
        return recorded_moments(path), 30.0, None
    bundle = models.verify(settings.pose.model, state_folder() / "models")
    try:
        return video_moments(path, bundle, settings.pose.width_px)
    except (OSError, ValueError) as error:
        raise UsageError(str(error)) from None


def _tell(event: Event) -> None:
    if isinstance(event, RepEvent):
        what = "partial repetition" if event.partial else f"repetition {event.number}"
        line = f"{event.t_s:8.2f} s  {what}: out {event.out_s:.1f} s, back {event.back_s:.1f} s"
    elif isinstance(event, HoldEvent):
        line = f"{event.t_s:8.2f} s  held for {event.held_s:.1f} s"
    elif isinstance(event, TimedEvent):
        line = f"{event.t_s:8.2f} s  test over: {event.reps} repetitions in {event.timed_s:.0f} s"
    elif isinstance(event, WarningEvent):
        where = f" in repetition {event.rep}" if event.rep else ""
        line = f"{event.t_s:8.2f} s  {event.warning.level} {event.warning.id} {'rises' if event.on else 'ends'}{where}"
    else:
        return  # sets and gestures are the live kiosk's
    tqdm.write(line, file=sys.stdout)


def _models(options: argparse.Namespace) -> int:
    folder = state_folder() / "models"
    if options.action == "list":
        for listed in models.listing(folder):
            size = f"{listed.size_bytes / 1e6:6.1f} MB" if listed.size_bytes else ""
            print(f"{listed.name:8}{listed.state:9}{size}")
        return 0
    for name in options.names or ["full"]:
        if options.action == "fetch":
            models.fetch(name, folder, print)
        else:
            print(f"{name}: {_near(models.verify(name, folder))} is whole")
    return 0


def _bench(options: argparse.Namespace) -> int:
    folder = state_folder() / "models"
    library = Library(exercises_folder(default_config()))
    library.refresh()
    squat = library.exercises["squat"]
    measure: dict[str, tuple[Callable[[], dict[str, Any]], Callable[[dict[str, Any]], str]]] = {
        "engine": (lambda: bench.bench_engine(folder), bench.engine_table),
        "rules": (lambda: bench_rules.bench_rules(folder, [*library.exercises.values()]), bench_rules.rules_table),
        "pipeline": (lambda: bench_pipeline.bench_pipeline(folder, squat), bench_pipeline.pipeline_table),
        "history": (lambda: bench_history.bench_history(state_folder()), bench_history.history_table),
        "viewers": (lambda: bench_pipeline.bench_viewers(folder, squat), bench_pipeline.viewers_table),
    }
    run, table = measure[options.what]
    result = run()
    print(table(result))
    if options.json:
        try:
            _write_json(options.json, result)
        except OSError as error:
            raise UsageError(str(error)) from None
    return 0


def _write_json(path: Path, value: dict[str, Any]) -> None:
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _near(path: Path) -> Path:
    """The path as people in this folder would write it."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
