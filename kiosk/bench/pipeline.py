"""The whole chain against the bare engine on the same frames, with no viewer and with many: ratios from one run."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from math import ceil
from pathlib import Path
from statistics import median
from typing import Any, Final

from kiosk import models
from kiosk.bench.chain import HandedOut, at_work, delays_ms, drawn_frames
from kiosk.capture.frame import Frame
from kiosk.pose.choice import choose_engine
from kiosk.pose.engine import Engine
from kiosk.rules.exercise import Exercise

BLOCK: Final = 45
ROUNDS: Final = 8
"""The sides take turns for so many frames, so often: whatever else the machine does slows both alike."""

VIEWERS: Final = (0, 1, 10, 50)
_DEAF: Final = 10
"""One viewer of so many reads nothing."""


class _Bare:
    """The engine alone on the same frames, in the one thread that may use it; `times_ms` are those of each frame."""

    def __init__(self, thread: ThreadPoolExecutor, engine: Engine, frames: list[Frame]) -> None:
        self._thread, self._engine, self._frames = thread, engine, frames
        self.times_ms: list[float] = []

    def run(self, count: int) -> float:
        """Look at `count` frames and return how many seconds that took."""
        return self._thread.submit(self._look, count).result()

    def _look(self, count: int) -> float:
        begun_s = time.perf_counter()
        for n in range(count):
            frame_s = time.perf_counter()
            self._engine.detect(Frame(self._frames[n % len(self._frames)].image, time.monotonic(), n))
            self.times_ms.append((time.perf_counter() - frame_s) * 1000)
        return time.perf_counter() - begun_s


def bench_pipeline(folder: Path, exercise: Exercise) -> dict[str, Any]:
    """Measure the whole chain with one viewer against the engine alone, on the same frames in turns.

    Returns `{"frames", "engine_fps", "pipeline_fps", "ratio", "engine_p95_ms", "delay_p50_ms", "delay_p95_ms"}`, the
    delays being those from capture to the viewer's socket. Raises `ModelError` where the model is not fetched.
    """
    return _measured(folder, exercise, 1)


def bench_viewers(folder: Path, exercise: Exercise) -> dict[str, Any]:
    """Measure the chain with 0, 1, 10 and 50 viewers, of whom one in ten reads nothing, each against the bare engine.

    Returns `{"viewers": {number: row}}`, a row being what `bench_pipeline` returns.
    """
    return {"viewers": {str(number): _measured(folder, exercise, number) for number in VIEWERS}}


def pipeline_table(result: dict[str, Any]) -> str:
    """Return what `bench_pipeline` measured, for people."""
    return (
        f"whole chain with one viewer, {result['frames']} drawn frames of 640x480 in turns with the bare engine\n"
        f"engine alone {result['engine_fps']:6.1f} frames a second, 95 % within {result['engine_p95_ms']:.1f} ms\n"
        f"whole chain  {result['pipeline_fps']:6.1f} frames a second, {result['ratio']:.2f} of the engine's\n"
        f"from capture to the viewer's socket {result['delay_p50_ms']:.1f} ms, "
        f"95 % within {result['delay_p95_ms']:.1f} ms"
    )


def viewers_table(result: dict[str, Any]) -> str:
    """Return what `bench_viewers` measured, for people."""
    lines = ["whole chain in turns with the bare engine, one viewer of ten reading nothing"]
    for number, row in result["viewers"].items():
        delay = f", 95 % of the pictures within {row['delay_p95_ms']:.0f} ms" if row["delay_p95_ms"] else ""
        lines.append(f"{number:>3} viewers {row['pipeline_fps']:6.1f} frames a second, {row['ratio']:.2f}{delay}")
    return "\n".join(lines)


def _measured(folder: Path, exercise: Exercise, viewers: int) -> dict[str, Any]:
    frames = drawn_frames()
    with ThreadPoolExecutor(1) as sealed:
        bare = _Bare(sealed, sealed.submit(choose_engine, "auto", models.verify("full", folder)).result(), frames)
        chain_s, alone_s, delays = asyncio.run(_in_turns(folder, exercise, frames, bare, viewers))
    times_ms = sorted(bare.times_ms[BLOCK:])
    return {
        "frames": BLOCK * ROUNDS,
        "engine_fps": round(BLOCK / median(alone_s), 1),
        "pipeline_fps": round(BLOCK / median(chain_s), 1),
        "ratio": round(median(alone / chain for alone, chain in zip(alone_s, chain_s, strict=True)), 3),
        "engine_p95_ms": round(times_ms[ceil(0.95 * len(times_ms)) - 1], 2),
        "delay_p50_ms": round(delays[0.5], 2) if delays else None,
        "delay_p95_ms": round(delays[0.95], 2) if delays else None,
    }


async def _in_turns(
    folder: Path, exercise: Exercise, frames: list[Frame], bare: _Bare, viewers: int
) -> tuple[list[float], list[float], dict[float, float]]:
    """Return the seconds of each round of the chain and of the bare engine, and the pictures' delays."""
    camera, deaf = HandedOut(frames), viewers // _DEAF
    chain_s, alone_s = [], []
    async with at_work(folder, exercise, camera, reading=viewers - deaf, deaf=deaf) as address:
        for number in range(ROUNDS + 1):
            taken_s = await asyncio.to_thread(camera.run, BLOCK)
            bare_s = await asyncio.to_thread(bare.run, BLOCK)
            if number:  # the first round loads the engine and lets the viewers come
                chain_s.append(taken_s)
                alone_s.append(bare_s)
        return chain_s, alone_s, await asyncio.to_thread(delays_ms, address)
