"""`kiosk bench`: what this machine can do, side by side."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kiosk.bench import engine, history, pipeline, rules
from kiosk.commands.usage import write_json
from kiosk.config import default_config, exercises_folder, state_folder
from kiosk.rules.library import Library

Bench = tuple[Callable[[], dict[str, Any]], Callable[[dict[str, Any]], str]]


def add_bench(parser: argparse.ArgumentParser) -> None:
    """Describe the options of `kiosk bench`."""
    parser.set_defaults(work=_bench)
    parser.add_argument("what", choices=[*_benches()], nargs="?", default="engine")
    parser.add_argument("--json", metavar="OUT", type=Path, help="write the figures to a file")


def _benches() -> dict[str, Bench]:
    """Return what can be measured, and how it is shown."""
    models, folder = state_folder() / "models", exercises_folder(default_config())

    def exercises() -> Library:
        library = Library(folder)
        library.refresh()
        return library

    return {
        "engine": (lambda: engine.bench_engine(models), engine.engine_table),
        "rules": (lambda: rules.bench_rules(models, [*exercises().exercises.values()]), rules.rules_table),
        "pipeline": (lambda: pipeline.bench_pipeline(models, exercises().exercises["squat"]), pipeline.pipeline_table),
        "viewers": (lambda: pipeline.bench_viewers(models, exercises().exercises["squat"]), pipeline.viewers_table),
        "history": (lambda: history.bench_history(state_folder()), history.history_table),
    }


def _bench(options: argparse.Namespace) -> int:
    run, table = _benches()[options.what]
    result = run()
    print(table(result))
    if options.json:
        write_json(options.json, result)
    return 0
