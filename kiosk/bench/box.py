"""What the kiosk asks of a box: how soon it is there, how much memory it takes, what it costs while nobody is there."""

import asyncio
import os
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from kiosk.attention import LEFT_S
from kiosk.bench.chain import HEIGHT_PX, WIDTH_PX, Paced, at_work, drawn_frames
from kiosk.capture.source import Image
from kiosk.demo import room
from kiosk.health.memory import resident_bytes
from kiosk.models import verify
from kiosk.pose.litert import SPARE_S
from kiosk.rules.exercise import Exercise

FPS: Final = 30
MEASURED_S: Final = 15.0
SETTLED_S: Final = SPARE_S + 25.0
"""After so long the models that are not needed are gone, and so is what the start left behind."""


def bench_idle(folder: Path, exercise: Exercise) -> dict[str, Any]:
    """Measure the processor's time while somebody exercises and while nobody is there, without viewers.

    Returns `{"exercising_share", "idle_share", "ratio"}`, shares of one core. The frames are there at no cost.
    """
    empty = room.room(room.stage(room.STANDING, WIDTH_PX, HEIGHT_PX))
    exercising = asyncio.run(_share(folder, exercise, [frame.image for frame in drawn_frames()]))
    idle = asyncio.run(_share(folder, exercise, [empty]))
    return {
        "exercising_share": round(exercising, 4),
        "idle_share": round(idle, 4),
        "ratio": round(idle / exercising, 3),
    }


def idle_table(result: dict[str, Any]) -> str:
    """Return what `bench_idle` measured, for people."""
    return (
        f"processor's time at {FPS} frames a second: {result['exercising_share']:.1%} of a core while somebody "
        f"exercises, {result['idle_share']:.1%} while nobody is there, {result['ratio']:.2f} of that"
    )


def bench_start(folder: Path) -> dict[str, Any]:
    """Start a kiosk on the drawn athlete and look at it as its first viewer does.

    Returns `{"page_s", "picture_s", "resident_mb"}`: seconds from the start of the program to the page and to the first
    annotated picture, and the resident memory once it has settled, the drawing of the athlete included.
    """
    verify("full", folder)
    with TemporaryDirectory(prefix="kiosk-bench-") as state:
        (Path(state) / "models").symlink_to(folder.resolve())
        begun_s = time.monotonic()
        command = [sys.executable, "-m", "kiosk", "run", "--camera", "demo:squat", "--port", "0"]
        with subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=os.environ | {"STATE_DIRECTORY": state},
        ) as kiosk:
            try:
                return _watched(kiosk, lambda: time.monotonic() - begun_s)
            finally:
                kiosk.terminate()


def start_table(result: dict[str, Any]) -> str:
    """Return what `bench_start` measured, for people."""
    return (
        f"the page answers {result['page_s']:.1f} s after the start, with a picture after {result['picture_s']:.1f} s; "
        f"resident memory {result['resident_mb']:.0f} MB"
    )


def _watched(kiosk: subprocess.Popen[str], elapsed_s: Callable[[], float]) -> dict[str, Any]:
    announced = re.search(r"http\S+", kiosk.stdout.readline() if kiosk.stdout else "")
    if announced is None:
        raise ValueError("the kiosk did not start: kiosk run --camera demo:squat says why")
    page_s = elapsed_s()
    with urllib.request.urlopen(f"{announced[0]}snapshot.jpg", timeout=60) as answer:
        answer.read()
    picture_s = elapsed_s()
    time.sleep(SETTLED_S)
    resident_mb = resident_bytes(kiosk.pid) / (1 << 20)
    return {"page_s": round(page_s, 2), "picture_s": round(picture_s, 2), "resident_mb": round(resident_mb, 1)}


async def _share(folder: Path, exercise: Exercise, images: list[Image]) -> float:
    """Return what share of a core the process takes with these images before the camera."""
    async with at_work(folder, exercise, Paced(images, FPS)):
        await asyncio.sleep(LEFT_S + 4)
        begun_s, busy_s = time.monotonic(), time.process_time()
        await asyncio.sleep(MEASURED_S)
        return (time.process_time() - busy_s) / (time.monotonic() - begun_s)
