"""Everything that is measured of a box, as one table that its owner can paste."""

import os
import platform
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from kiosk.bench.box import bench_idle, bench_start
from kiosk.bench.engine import bench_engine
from kiosk.bench.pictures import bench_pictures
from kiosk.bench.pipeline import bench_pipeline, bench_viewers
from kiosk.bench.rules import bench_rules
from kiosk.rules.exercise import Exercise

Row = tuple[str, str, str]

_WIDTHS: Final = (40, 26, 0)


def bench_all(folder: Path, exercises: Mapping[str, Exercise], say: Callable[[str], object]) -> dict[str, Any]:
    """Measure all but the history; `say` is told what is measured now. Takes some minutes.

    Returns `{"machine", "engine", "rules", "pictures", "pipeline", "viewers", "idle", "start"}`, each what its own
    benchmark returns. Raises `ModelError` where the model full is not fetched.
    """
    squat = exercises["squat"]
    parts: dict[str, Callable[[], dict[str, Any]]] = {
        "engine": lambda: bench_engine(folder),
        "rules": lambda: bench_rules(folder, [*exercises.values()]),
        "pictures": lambda: bench_pictures(squat),
        "pipeline": lambda: bench_pipeline(folder, squat),
        "viewers": lambda: bench_viewers(folder, squat),
        "idle": lambda: bench_idle(folder, squat),
        "start": lambda: bench_start(folder),
    }
    result: dict[str, Any] = {"machine": machine()}
    for name, measure in parts.items():
        say(f"measuring: {name}")
        result[name] = measure()
    return result


def machine() -> dict[str, Any]:
    """Return what this box is: `{"processor", "cores", "python"}`."""
    model = Path("/proc/device-tree/model")
    if model.exists():
        processor = model.read_text(encoding="utf-8").rstrip("\0")
    else:
        told = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        names = [line.partition(":")[2].strip() for line in told if line.startswith("model name")]
        processor = names[0] if names else platform.machine()
    return {"processor": processor, "cores": len(os.sched_getaffinity(0)), "python": platform.python_version()}


def all_table(result: dict[str, Any]) -> str:
    """Return what `bench_all` measured as a Markdown table."""
    box = result["machine"]
    rows: list[Row] = [("measured", f"{box['processor']}, {box['cores']} cores", "beside"), ("---", "---", "---")]
    rows += [*_engines(result["engine"]), *_work(result), *_box(result)]
    return "\n".join(
        f"| {' | '.join(cell.ljust(width) for cell, width in zip(row, _WIDTHS, strict=True))} |" for row in rows
    )


def _engines(engine: dict[str, Any]) -> Iterator[Row]:
    for name, row in engine["models"].items():
        if row["stock_ms"] is None:
            yield f"MediaPipe {name}", "cannot run here", ""
        else:
            yield f"MediaPipe {name}, as it comes", f"{row['stock_ms']:.1f} ms a frame", ""
            yield f"MediaPipe {name}, pruned", f"{row['pruned_ms']:.1f} ms", f"{row['ratio']:.2f} times as fast"
        for threads, litert in row["litert"].items():
            times = "" if litert["ratio"] is None else f"{litert['ratio']:.2f} times as fast, "
            beside = f"{times}{litert['overhead']:.0%} over the bare model"
            yield f"LiteRT {name}, threads: {threads}", f"{litert['ms']:.1f} ms", beside


def _work(result: dict[str, Any]) -> Iterator[Row]:
    rules, pipeline = result["rules"], result["pipeline"]
    largest = rules["largest"]
    judged = rules["exercises"][largest]
    yield (
        f"judging ({largest}, the slowest)",
        f"{judged['rules_ms']:.2f} ms",
        f"{judged['share']:.1%} of the pose's time",
    )
    for size, row in result["pictures"].items():
        yield f"a picture of {size}", f"{row['draw_ms']:.1f} ms + {row['encode_ms']:.1f} ms", "drawing + JPEG"
    yield (
        "engine alone",
        f"{pipeline['engine_fps']:.0f} frames a second",
        f"95 % within {pipeline['engine_p95_ms']:.0f} ms",
    )
    for number, row in result["viewers"]["viewers"].items():
        yield (
            f"whole chain, viewers: {number}",
            f"{row['pipeline_fps']:.0f} frames a second",
            f"{row['ratio']:.2f} of the engine",
        )
    delay = f"{pipeline['delay_p50_ms']:.0f} ms, 95 % within {pipeline['delay_p95_ms']:.0f} ms"
    yield "from capture to a viewer's socket", delay, "one viewer, unthrottled"


def _box(result: dict[str, Any]) -> Iterator[Row]:
    idle, start = result["idle"], result["start"]
    yield "processor while somebody exercises", f"{idle['exercising_share']:.0%} of a core", "30 frames a second"
    yield "processor while nobody is there", f"{idle['idle_share']:.1%} of a core", f"{idle['ratio']:.2f} of that"
    yield "first annotated picture after the start", f"{start['picture_s']:.1f} s", ""
    yield "resident memory", f"{start['resident_mb']:.0f} MB", "with the drawn athlete"
