"""The whole chain against the bare engine on the same frames, and against many viewers: ratios from one run."""

import asyncio
import multiprocessing
import selectors
import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from multiprocessing.synchronize import Event as ProcessEvent
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from threading import Condition
from typing import Any, Final
from urllib.parse import urlsplit

from kiosk import models
from kiosk.app import Parts, serve
from kiosk.capture.camera import Frame, NoFrame
from kiosk.config import Settings, VoiceSettings, WebSettings, default_config, exercises_folder
from kiosk.demo.athlete import Athlete
from kiosk.pose.choice import choose_engine
from kiosk.pose.engine import Engine
from kiosk.rules.exercise import Exercise
from kiosk.rules.library import Library
from kiosk.words import Phrase

FRAMES: Final = 90
BLOCK: Final = 45
ROUNDS: Final = 8
"""The sides take turns for so many frames, so often: whatever else the machine does slows both alike."""


READ_PAUSE_S: Final = 0.02


class HandedOut:
    """A camera whose frames are there as soon as the last one is done with, but only as many as were granted."""

    address = "bench"
    is_demo = False

    def __init__(self, frames: list[Frame]) -> None:
        self._frames = frames
        self._changed = Condition()
        self._granted = 0
        self.taken = 0
        self._closed = False

    def start(self) -> None:
        """Nothing to open."""

    def newest(self, after: int, timeout_s: float) -> Frame | NoFrame:
        """Return the next frame; the one before it is done with."""
        with self._changed:
            self.taken = after
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._granted > after or self._closed, None if after else timeout_s)
        if self._closed or self._granted <= after:
            return NoFrame(Phrase("no_live_video"))
        return Frame(self._frames[after % len(self._frames)].image, time.monotonic(), after + 1)

    def hung_s(self) -> float:
        """Nothing can hang."""
        return 0.0

    def limit(self, fps: float | None) -> None:
        """Frames come as they are granted."""

    def close(self) -> None:
        """Let the worker go."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def run(self, count: int) -> float:
        """Hand out `count` frames and return how many seconds the chain took for them."""
        with self._changed:
            begun_s, wanted = time.perf_counter(), self._granted + count
            self._granted = wanted
            self._changed.notify_all()
            self._changed.wait_for(lambda: self.taken >= wanted or self._closed)
            return time.perf_counter() - begun_s


def bench_pipeline(folder: Path, exercise: Exercise) -> dict[str, Any]:
    """Measure the whole chain with one viewer against the engine alone, on the same frames in turns.

    Returns `{"frames", "engine_fps", "pipeline_fps", "ratio"}`. Raises `ModelError` where the model is not fetched.
    """
    frames = _frames()
    with ThreadPoolExecutor(1) as sealed:
        engine = sealed.submit(choose_engine, "auto", models.verify("full", folder)).result()

        def bare(count: int) -> float:
            return sealed.submit(_detect, engine, frames, count).result()

        chain, alone = asyncio.run(_in_turns(folder, exercise, frames, bare, reading=1, deaf=0))
        sealed.submit(engine.close).result()
    return _ratio("engine_fps", alone, "pipeline_fps", chain)


def bench_viewers(folder: Path, exercise: Exercise, reading: int = 15, deaf: int = 5) -> dict[str, Any]:
    """Measure the chain with many viewers, of whom `deaf` read nothing, against the chain with one.

    Returns `{"frames", "one_viewer_fps", "many_viewers_fps", "ratio", "viewers"}`.
    """
    frames = _frames()
    one, _ = asyncio.run(_in_turns(folder, exercise, frames, None, reading=1, deaf=0))
    many, _ = asyncio.run(_in_turns(folder, exercise, frames, None, reading=reading, deaf=deaf))
    again, _ = asyncio.run(_in_turns(folder, exercise, frames, None, reading=1, deaf=0))
    return _ratio("one_viewer_fps", one + again, "many_viewers_fps", many) | {"viewers": reading + deaf, "deaf": deaf}


def pipeline_table(result: dict[str, Any]) -> str:
    """Return what `bench_pipeline` measured, for people."""
    return (
        f"whole chain with one viewer, {result['frames']} drawn frames of 640x480 in turns with the bare engine\n"
        f"engine alone {result['engine_fps']:6.1f} frames a second\n"
        f"whole chain  {result['pipeline_fps']:6.1f} frames a second, {result['ratio']:.2f} of the engine's"
    )


def viewers_table(result: dict[str, Any]) -> str:
    """Return what `bench_viewers` measured, for people."""
    viewers = result["viewers"]
    return (
        f"whole chain with {viewers} viewers, {result['deaf']} of whom read nothing\n"
        f"one viewer   {result['one_viewer_fps']:6.1f} frames a second\n"
        f"{viewers} viewers   {result['many_viewers_fps']:6.1f} frames a second, {result['ratio']:.2f} of that"
    )


def _frames() -> list[Frame]:
    athlete = Athlete("squat")
    return [Frame(athlete.draw(n / 30, 640, 480), n / 30, n) for n in range(FRAMES)]


def _ratio(base: str, base_s: list[float], other: str, other_s: list[float]) -> dict[str, Any]:
    base_fps, other_fps = BLOCK / median(base_s), BLOCK / median(other_s)
    return {
        "frames": BLOCK * ROUNDS,
        base: round(base_fps, 1),
        other: round(other_fps, 1),
        "ratio": round(other_fps / base_fps, 3),
    }


def _detect(engine: Engine, frames: list[Frame], count: int) -> float:
    begun_s = time.perf_counter()
    for n in range(count):
        engine.detect(Frame(frames[n % len(frames)].image, time.monotonic(), n))
    return time.perf_counter() - begun_s


async def _in_turns(
    folder: Path,
    exercise: Exercise,
    frames: list[Frame],
    bare: Callable[[int], float] | None,
    *,
    reading: int,
    deaf: int,
) -> tuple[list[float], list[float]]:
    camera = HandedOut(frames)
    # What people have trained at this machine is not mixed with what the benchmark does.
    state = TemporaryDirectory(prefix="kiosk-bench-")
    settings = Settings(web=WebSettings(port=0), voice=VoiceSettings(enabled=False))
    parts = Parts(
        settings=settings,
        library=Library(exercises_folder(default_config())),
        exercise=exercise,
        bundle=models.verify("full", folder),
        camera=camera,
        state=Path(state.name),
    )
    address: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    kiosk = asyncio.create_task(serve(parts, announce=address.set_result))
    stop = multiprocessing.get_context("spawn").Event()
    viewers = multiprocessing.get_context("spawn").Process(
        target=watch, args=(await address, reading, deaf, stop), daemon=True
    )
    viewers.start()
    chain: list[float] = []
    alone: list[float] = []
    try:
        for number in range(ROUNDS + 1):
            taken_s = await asyncio.to_thread(camera.run, BLOCK)
            bare_s = await asyncio.to_thread(bare, BLOCK) if bare else 0.0
            if number:  # the first round loads the engine and lets the viewers come
                chain.append(taken_s)
                alone.append(bare_s)
    finally:
        stop.set()
        viewers.join(5)
        kiosk.cancel()
        with suppress(asyncio.CancelledError):
            await kiosk
        state.cleanup()
    return chain, alone


def watch(address: str, reading: int, deaf: int, stop: ProcessEvent) -> None:
    """Watch the stream as `reading` viewers who read all and `deaf` ones who read nothing, until `stop`."""
    where = urlsplit(address)
    connections = [socket.create_connection((where.hostname, where.port)) for _ in range(reading + deaf)]
    with selectors.DefaultSelector() as selector:
        for connection in connections[:reading]:
            selector.register(connection, selectors.EVENT_READ)
        for connection in connections:
            connection.sendall(f"GET /stream.mjpg HTTP/1.1\r\nHost: {where.netloc}\r\n\r\n".encode())
        while not stop.wait(READ_PAUSE_S):  # what a viewer costs is not the kiosk's: read much at once
            for key, _ in selector.select(0):
                if isinstance(key.fileobj, socket.socket) and not key.fileobj.recv(1 << 18):
                    selector.unregister(key.fileobj)
    for connection in connections:
        connection.close()
