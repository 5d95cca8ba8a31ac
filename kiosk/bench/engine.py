"""Side-by-side measurements, as ratios of figures from one run: a machine that throttles slows both sides alike."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any, Final

import numpy as np

from kiosk import models
from kiosk.capture.camera import Frame
from kiosk.demo.athlete import Athlete
from kiosk.landmarks import Pose
from kiosk.pose.mediapipe import MediaPipeEngine

ENGINE_FRAMES: Final = 120
_BLOCK: Final = 10
"""Frames that one side takes before the other has its turn: short against anything else that the machine does."""


def bench_engine(folder: Path) -> dict[str, Any]:
    """Measure the stock against the pruned bundle of each model in `folder` on the same drawn frames.

    Returns `{"frames", "models": {name: {"stock_ms", "pruned_ms", "ratio", "poses", "difference_px"}}}`: medians of the
    time per frame, how many times as fast the pruned one is, and the largest distance between their landmarks, None
    where one of them found a person that the other missed. Raises `ModelError` where no model is fetched, `SealError`
    and `EngineError`.
    """
    names = [listed.name for listed in models.listing(folder) if listed.state == "whole"]
    if not names:
        raise models.ModelError(f"there is no model in {folder} to measure: run kiosk models fetch")
    athlete = Athlete("squat")
    frames = [Frame(athlete.draw(n / 30, 640, 480), n / 30, n) for n in range(ENGINE_FRAMES)]
    with ThreadPoolExecutor(1) as sealed:  # an engine seals its thread against the network for good, so not this one
        return {
            "frames": len(frames),
            "models": {n: sealed.submit(_compare, n, folder, frames).result() for n in names},
        }


def engine_table(result: dict[str, Any]) -> str:
    """Return what `bench_engine` measured as a table for people."""
    lines = [
        f"pose engine, median ms a frame over {result['frames']} drawn frames of 640x480",
        f"{'model':8}{'stock':>8}{'pruned':>8}{'ratio':>8}   landmarks",
    ]
    for name, row in result["models"].items():
        difference = row["difference_px"]
        landmarks = "not the same people" if difference is None else f"differ by {difference:.3f} px at most"
        lines.append(
            f"{name:8}{row['stock_ms']:8.1f}{row['pruned_ms']:8.1f}{row['ratio']:7.2f}x   "
            f"{landmarks}, person in {row['poses']} frames"
        )
    return "\n".join(lines)


def _compare(name: str, folder: Path, frames: list[Frame]) -> dict[str, Any]:
    bundles = {"stock": models.stock(name, folder), "pruned": models.verify(name, folder)}
    engines = {side: MediaPipeEngine(bundle) for side, bundle in bundles.items()}
    times_ms: dict[str, list[float]] = {side: [] for side in engines}
    poses: dict[str, list[Pose | None]] = {side: [] for side in engines}
    try:
        for start in range(0, len(frames), _BLOCK):
            for side, engine in engines.items():
                for frame in frames[start : start + _BLOCK]:
                    began_s = perf_counter()
                    poses[side].append(engine.detect(frame))
                    times_ms[side].append((perf_counter() - began_s) * 1000)
    finally:
        for engine in engines.values():
            engine.close()
    stock_ms, pruned_ms = median(times_ms["stock"]), median(times_ms["pruned"])
    return {
        "stock_ms": round(stock_ms, 2),
        "pruned_ms": round(pruned_ms, 2),
        "ratio": round(stock_ms / pruned_ms, 3),
        "poses": sum(pose is not None for pose in poses["pruned"]),
        "difference_px": _difference_px(poses["stock"], poses["pruned"]),
    }


def _difference_px(stock: list[Pose | None], pruned: list[Pose | None]) -> float | None:
    largest = 0.0
    for a, b in zip(stock, pruned, strict=True):
        if a is None and b is None:
            continue
        if a is None or b is None:
            return None
        largest = max(largest, float(np.hypot(*(a.points - b.points)[:, :2].T).max()))
    return round(largest, 4)
