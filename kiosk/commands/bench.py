"""`kiosk bench`: what this machine can do, side by side."""

import argparse
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from kiosk.bench import box, engine, history, overall, parity, pictures, pipeline, rules
from kiosk.commands.usage import UsageError, chosen_exercise, write_json
from kiosk.config import default_config, exercises_folder, state_folder
from kiosk.rules.library import Library

Bench = tuple[Callable[[], dict[str, Any]], Callable[[dict[str, Any]], str]]


def add_bench(parser: argparse.ArgumentParser) -> None:
    """Describe the options of `kiosk bench`."""
    parser.set_defaults(work=_bench)
    parser.add_argument("what", choices=[*_benches({})], nargs="?", default="engine")
    parser.add_argument(
        "clips", metavar="VIDEO=EXERCISE", nargs="*", type=_clip, help="what parity compares the engines on as well"
    )
    parser.add_argument("--json", metavar="OUT", type=Path, help="write the figures to a file")


def _tell(what: str) -> None:
    print(what, file=sys.stderr)


def _clip(text: str) -> tuple[Path, str]:
    video, equals, exercise = text.rpartition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"{text}: write the video and what is done in it, such as clip.mp4=squat")
    return Path(video), exercise


def _benches(clips: Mapping[Path, str]) -> dict[str, Bench]:
    """Return what can be measured, and how it is shown."""
    models, folder = state_folder() / "models", exercises_folder(default_config())

    def exercises() -> Library:
        library = Library(folder)
        library.refresh()
        return library

    return {
        "engine": (lambda: engine.bench_engine(models), engine.engine_table),
        "parity": (lambda: parity.bench_parity(models, folder, clips), parity.parity_table),
        "rules": (lambda: rules.bench_rules(models, [*exercises().exercises.values()]), rules.rules_table),
        "pipeline": (lambda: pipeline.bench_pipeline(models, exercises().exercises["squat"]), pipeline.pipeline_table),
        "viewers": (lambda: pipeline.bench_viewers(models, exercises().exercises["squat"]), pipeline.viewers_table),
        "pictures": (lambda: pictures.bench_pictures(exercises().exercises["squat"]), pictures.pictures_table),
        "idle": (lambda: box.bench_idle(models, exercises().exercises["squat"]), box.idle_table),
        "start": (lambda: box.bench_start(models), box.start_table),
        "all": (lambda: overall.bench_all(models, exercises().exercises, _tell), overall.all_table),
        "history": (lambda: history.bench_history(state_folder()), history.history_table),
    }


def _bench(options: argparse.Namespace) -> int:
    clips = dict(options.clips)
    if clips and options.what != "parity":
        raise UsageError(f"bench {options.what} takes no videos: they are for bench parity")
    for exercise in clips.values():
        chosen_exercise(exercise, default_config())
    run, table = _benches(clips)[options.what]
    try:
        result = run()
    except (OSError, ValueError) as error:
        raise UsageError(str(error)) from error
    print(table(result))
    if options.json:
        write_json(options.json, result)
    return 0
