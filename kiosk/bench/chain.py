"""A kiosk at work on frames that are handed out, with viewers in a process of their own: what benchmarks measure."""

import asyncio
import multiprocessing
import re
import selectors
import socket
import time
import urllib.request
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from multiprocessing.synchronize import Event as ProcessEvent
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Condition, Event
from typing import Final
from urllib.parse import urlsplit

from kiosk import models
from kiosk.app import Parts, serve
from kiosk.capture.frame import Frame, NoFrame
from kiosk.capture.source import Image
from kiosk.config import Settings, VoiceSettings, WebSettings, default_config, exercises_folder
from kiosk.demo.athlete import Athlete
from kiosk.flow import FrameSource
from kiosk.framerate import FrameLimit
from kiosk.rules.exercise import Exercise
from kiosk.rules.library import Library
from kiosk.words import Phrase

WIDTH_PX, HEIGHT_PX = 640, 480
FRAMES: Final = 90
READ_PAUSE_S: Final = 0.02
_DELAY: Final = re.compile(r'^kiosk_picture_delay_seconds\{quantile="([\d.]+)"\} (\S+)', re.MULTILINE)


def drawn_frames() -> list[Frame]:
    """Return some seconds of the drawn athlete."""
    athlete = Athlete("squat")
    return [Frame(athlete.draw(n / 30, WIDTH_PX, HEIGHT_PX), n / 30, n) for n in range(FRAMES)]


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


class Paced:
    """A camera that gives `fps` frames a second, `images` again and again, and fewer where fewer are wanted."""

    address = "bench"
    is_demo = False

    def __init__(self, images: list[Image], fps: float) -> None:
        self._images, self._fps = images, fps
        self._limit: FrameLimit | None = None
        self._closed = Event()
        self._begun_s = time.monotonic()
        self._tick = 0

    def start(self) -> None:
        """Nothing to open."""

    def newest(self, after: int, timeout_s: float) -> Frame | NoFrame:
        """Return the next frame that is wanted, at its time."""
        del timeout_s
        while True:
            self._tick = max(self._tick + 1, round((time.monotonic() - self._begun_s) * self._fps))
            due_s = self._begun_s + self._tick / self._fps
            if self._closed.wait(max(0.0, due_s - time.monotonic())):
                return NoFrame(Phrase("no_live_video"))
            if self._limit is None or self._limit.takes(due_s):
                return Frame(self._images[self._tick % len(self._images)], due_s, after + 1)

    def hung_s(self) -> float:
        """Nothing can hang."""
        return 0.0

    def limit(self, fps: float | None) -> None:
        """Leave frames out from now on."""
        self._limit = FrameLimit(fps) if fps else None

    def close(self) -> None:
        """Let the worker go."""
        self._closed.set()


@asynccontextmanager
async def at_work(
    folder: Path, exercise: Exercise, camera: FrameSource, *, reading: int = 0, deaf: int = 0
) -> AsyncGenerator[str, None]:
    """Run a kiosk with the models of `folder` and that many viewers, `deaf` ones reading nothing; yields its address.

    What people have trained at this machine is not mixed with what the benchmark does.
    """
    state = TemporaryDirectory(prefix="kiosk-bench-")
    parts = Parts(
        settings=Settings(web=WebSettings(port=0), voice=VoiceSettings(enabled=False)),
        library=Library(exercises_folder(default_config())),
        exercise=exercise,
        bundle=models.verify("full", folder),
        camera=camera,
        state=Path(state.name),
    )
    address: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    kiosk = asyncio.create_task(serve(parts, announce=address.set_result))
    apart = multiprocessing.get_context("spawn")
    ready, stop = apart.Event(), apart.Event()
    viewers = apart.Process(target=watch, args=(await address, reading, deaf, ready, stop), daemon=True)
    viewers.start()
    await asyncio.to_thread(ready.wait)
    try:
        yield address.result()
    finally:
        stop.set()
        viewers.join(5)
        kiosk.cancel()
        with suppress(asyncio.CancelledError):
            await kiosk
        state.cleanup()


def delays_ms(address: str) -> dict[float, float]:
    """Return how old pictures were on a viewer's socket, in ms by quantile, of a kiosk at work."""
    with urllib.request.urlopen(f"{address}metrics", timeout=10) as answer:
        return {float(share): 1000 * float(age) for share, age in _DELAY.findall(answer.read().decode())}


def watch(address: str, reading: int, deaf: int, ready: ProcessEvent, stop: ProcessEvent) -> None:
    """Watch the stream until `stop`, as `reading` viewers who read all and `deaf` ones who read nothing."""
    where = urlsplit(address)
    connections = [socket.create_connection((where.hostname, where.port)) for _ in range(reading + deaf)]
    with selectors.DefaultSelector() as selector:
        for connection in connections[:reading]:
            selector.register(connection, selectors.EVENT_READ)
        for connection in connections:
            connection.sendall(f"GET /stream.mjpg HTTP/1.1\r\nHost: {where.netloc}\r\n\r\n".encode())
        ready.set()
        while not stop.wait(READ_PAUSE_S):  # what a viewer costs is not the kiosk's: read much at once
            for key, _ in selector.select(0):
                if isinstance(key.fileobj, socket.socket) and not key.fileobj.recv(1 << 18):
                    selector.unregister(key.fileobj)
    for connection in connections:
        connection.close()
