"""Side-by-side measurements, as ratios of figures from one run: a machine that throttles slows all sides alike."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any, ClassVar, Final

import numpy as np

from kiosk import models
from kiosk.capture.frame import Frame
from kiosk.demo.athlete import Athlete
from kiosk.landmarks import Pose
from kiosk.pose.engine import Engine
from kiosk.pose.litert import LiteRTEngine, Models
from kiosk.pose.mediapipe import MediaPipeEngine, refusal

ENGINE_FRAMES: Final = 120
_ROUND: Final = 10
"""Frames that one side takes before the other has its turn: short against anything else that the machine does."""

Side = Callable[[Sequence[Frame]], tuple[list[Pose | None], list[float]]]


def bench_engine(folder: Path) -> dict[str, Any]:
    """Measure the engines on the same drawn frames with each model in `folder`, round by round in turn.

    Returns `{"frames", "models": {name: row}}`. A row has the medians of the time per frame of MediaPipe with the stock
    and with the pruned bundle, `stock_ms` and `pruned_ms`, and how many times as fast the latter is, `ratio`; `poses`,
    the frames with a person; `difference_px`, the largest distance between both bundles' landmarks, None where one of
    them found a person that the other missed; and `litert`: for each number of threads `ms`, the `ratio` to stock
    MediaPipe, `bare_ms` of the landmark model's call alone, and `overhead`, what the rest adds to that as a fraction.

    What is MediaPipe's is None on a processor on which that cannot run. Ratios are medians of those of single rounds.
    Raises `ModelError` where no model is fetched, `SealError` and `EngineError`.
    """
    names = [listed.name for listed in models.listing(folder) if listed.state == "whole"]
    if not names:
        raise models.ModelError(f"there is no model in {folder} to measure: run kiosk models fetch")
    athlete = Athlete("squat")
    frames = [Frame(athlete.draw(n / 30, 640, 480), n / 30, n) for n in range(ENGINE_FRAMES)]
    return {"frames": len(frames), "models": {name: _compare(name, folder, frames) for name in names}}


def engine_table(result: dict[str, Any]) -> str:
    """Return what `bench_engine` measured as a table for people."""
    lines = [
        f"pose engine, median ms a frame over {result['frames']} drawn frames of 640x480, ratio to stock MediaPipe"
    ]
    for name, row in result["models"].items():
        lines += _mediapipe_lines(name, row)
        lines += [
            f"{'':8}{f'LiteRT, threads: {threads}':22}{litert['ms']:8.1f}{_times(litert['ratio'])}   "
            f"{100 * litert['overhead']:.0f} % more than the {litert['bare_ms']:.1f} ms of the bare model"
            for threads, litert in row["litert"].items()
        ]
    return "\n".join(lines)


def _mediapipe_lines(name: str, row: dict[str, Any]) -> list[str]:
    if row["stock_ms"] is None:
        return [f"{name:8}MediaPipe cannot run here; person in {row['poses']} frames"]
    difference = row["difference_px"]
    landmarks = "not the same people" if difference is None else f"differ by {difference:.3f} px at most"
    return [
        f"{name:8}{'MediaPipe, stock':22}{row['stock_ms']:8.1f}",
        f"{'':8}{'MediaPipe, pruned':22}{row['pruned_ms']:8.1f}{_times(row['ratio'])}   "
        f"{landmarks}, person in {row['poses']} frames",
    ]


def _times(ratio: float | None) -> str:
    return " " * 8 if ratio is None else f"{ratio:7.2f}x"


def _compare(name: str, folder: Path, frames: list[Frame]) -> dict[str, Any]:
    bundle = models.verify(name, folder)
    threads = range(1, len(os.sched_getaffinity(0)) + 1)
    with _sides(models.stock(name, folder), bundle, threads) as sides:
        times_ms, poses = _measure(sides, frames)

    def ms(side: str) -> float | None:
        return round(median(times_ms[side]), 2) if side in times_ms else None

    def ratio(slow: str, quick: str, less: int = 0) -> float | None:
        if slow not in times_ms or quick not in times_ms:
            return None
        return round(median(a / b for a, b in zip(times_ms[slow], times_ms[quick], strict=True)) - less, 3)

    return {
        "stock_ms": ms("stock"),
        "pruned_ms": ms("pruned"),
        "ratio": ratio("stock", "pruned"),
        "poses": sum(pose is not None for pose in poses.get("pruned", poses["litert 1"])),
        "difference_px": _difference_px(poses["stock"], poses["pruned"]) if "stock" in poses else None,
        "litert": {
            str(n): {
                "ms": ms(f"litert {n}"),
                "ratio": ratio("stock", f"litert {n}"),
                "bare_ms": ms(f"bare {n}"),
                "overhead": ratio(f"litert {n}", f"bare {n}", less=1),
            }
            for n in threads
        },
    }


@contextmanager
def _sides(stock: Path, pruned: Path, threads: range) -> Iterator[dict[str, Side]]:
    """Make all that is compared and close it afterwards.

    Each side has a thread of its own: MediaPipe seals its thread against the network for good, and on a busy machine
    the system favours whoever has slept, so all must wait and run alike.
    """
    mediapipe = {} if refusal() else {"stock": stock, "pruned": pruned}
    makers: dict[str, Callable[[], Engine]] = {
        **{name: partial(MediaPipeEngine, bundle) for name, bundle in mediapipe.items()},
        **{f"litert {n}": partial(LiteRTEngine, pruned, n) for n in threads},
        **{f"bare {n}": partial(_Bare, pruned, n) for n in threads},
    }
    with ExitStack() as stack:
        sides = {}
        for name, make in makers.items():
            thread = stack.enter_context(ThreadPoolExecutor(1))
            engine = thread.submit(make).result()
            stack.callback(_wait_for, thread, engine.close)
            sides[name] = _timed(thread, engine)
        yield sides


def _wait_for(thread: ThreadPoolExecutor, work: Callable[[], None]) -> None:
    thread.submit(work).result()


def _timed(thread: ThreadPoolExecutor, engine: Engine) -> Side:
    """Return what looks at frames in `thread`, and how long each took in ms."""

    def look(frames: Sequence[Frame]) -> tuple[list[Pose | None], list[float]]:
        poses, times_ms = [], []
        for frame in frames:
            began_s = perf_counter()
            poses.append(engine.detect(frame))
            times_ms.append((perf_counter() - began_s) * 1000)
        return poses, times_ms

    return lambda frames: thread.submit(look, frames).result()


class _Bare:
    """The landmark model's call, whatever is on the frame."""

    name: ClassVar[str] = "bare"

    def __init__(self, bundle: Path, threads: int) -> None:
        self._model = Models(bundle, threads).landmarks

    def detect(self, _: Frame) -> None:
        self._model.run()

    def close(self) -> None:
        pass


def _measure(
    sides: Mapping[str, Side], frames: Sequence[Frame]
) -> tuple[dict[str, list[float]], dict[str, list[Pose | None]]]:
    """Return for each side the median time per frame of each round in ms, and what it saw on each frame."""
    rounds_ms: dict[str, list[float]] = {name: [] for name in sides}
    seen: dict[str, list[Pose | None]] = {name: [] for name in sides}
    for start in range(0, len(frames), _ROUND):
        for name, side in sides.items():
            poses, times_ms = side(frames[start : start + _ROUND])
            seen[name] += poses
            rounds_ms[name].append(median(times_ms))
    return rounds_ms, seen


def _difference_px(stock: list[Pose | None], pruned: list[Pose | None]) -> float | None:
    largest = 0.0
    for a, b in zip(stock, pruned, strict=True):
        if a is None and b is None:
            continue
        if a is None or b is None:
            return None
        largest = max(largest, float(np.hypot(*(a.points - b.points)[:, :2].T).max()))
    return round(largest, 4)
