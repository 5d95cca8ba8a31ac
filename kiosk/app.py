"""Builds the running kiosk from its settings, starts and stops it in order."""

import asyncio
import errno
import logging
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from aiohttp import web

from kiosk.camera import Camera, CameraOptions
from kiosk.config import LOOPBACK, Settings
from kiosk.library import Library
from kiosk.pipeline import FrameSource, Outlets, Pipeline, Update
from kiosk.programme import Programme
from kiosk.recording import Recorder
from kiosk.rules import Exercise
from kiosk.stream import Viewers
from kiosk.web import exercises, live, pages
from kiosk.web.guard import add_headers, host_check

log = logging.getLogger(__name__)

STOP_S: Final = 1.0
"""How long each part may take to end; all together stay under 3 s."""


class CannotStartError(Exception):
    """The kiosk can't start as it is told to; its text is one sentence for people."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What a kiosk is made of, checked before anything starts."""

    settings: Settings
    library: Library
    exercise: Exercise
    bundle: Path
    camera: FrameSource
    recorder: Recorder | None = None


def camera_from(settings: Settings) -> Camera:
    """Return the camera that the settings name; CannotStartError for a wrong address."""
    wanted = settings.camera
    options = CameraOptions(
        width_px=wanted.width_px,
        height_px=wanted.height_px,
        fps=wanted.fps,
        rotate=wanted.rotate,
        inference_width_px=settings.pose.width_px,
    )
    try:
        return Camera(wanted.address, options)
    except ValueError as error:
        raise CannotStartError(f"camera: {error}") from None


async def serve(parts: Parts, announce: Callable[[str], None] = print) -> None:
    """Run the kiosk until SIGINT or SIGTERM; `announce` is given the page's address once it answers.

    CannotStartError if the address can't be listened on. Whatever ends a worker is raised here: a kiosk that no longer
    judges must not look as if it did.
    """
    # MediaPipe passes each frame through several threads. With Python's usual 5 ms, each hop may wait that long
    # for a thread that draws or serves.
    sys.setswitchinterval(0.001)
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[None] = loop.create_future()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, _finish, ended)
    state = _live(parts)
    pipeline = _pipeline(parts, _outlets(loop, state, ended))
    programme = Programme(parts.library, parts.exercise, use=pipeline.use, tell=state.tell_problems)
    state.problems = programme.problems()
    runner = web.AppRunner(_site(state, programme), access_log=None, shutdown_timeout=STOP_S / 2)
    await runner.setup()
    try:
        address = await _listen(runner, parts.settings)
        fresh = asyncio.create_task(programme.keep_fresh())
        fresh.add_done_callback(partial(_end_with, ended))
        parts.camera.start()
        pipeline.start()
        announce(address)
        try:
            await ended
        finally:
            log.info("stopping")
            fresh.cancel()
            await asyncio.to_thread(parts.camera.close)
            await asyncio.to_thread(pipeline.stop, STOP_S)
    finally:
        await runner.cleanup()


def _finish(ended: asyncio.Future[None]) -> None:
    if not ended.done():
        ended.set_result(None)


def _end_with(ended: asyncio.Future[None], task: asyncio.Task[None]) -> None:
    """A task without end has ended: so must the program, for systemd to start it anew."""
    if not task.cancelled() and not ended.done():
        ended.set_exception(task.exception() or RuntimeError(f"{task.get_coro()} ended"))


def _live(parts: Parts) -> live.Live:
    settings = parts.settings
    return live.Live(
        exercise=parts.exercise,
        language=settings.language,
        camera=parts.camera,
        viewers=Viewers(settings.web.max_viewers),
    )


def _site(state: live.Live, programme: Programme) -> web.Application:
    site = web.Application(middlewares=[host_check(frozenset(LOOPBACK))])
    site[live.LIVE] = state
    site[exercises.PROGRAMME] = programme
    site.add_routes([*live.routes(), *exercises.routes(), *pages.routes()])
    site.on_response_prepare.append(add_headers)
    return site


async def _listen(runner: web.AppRunner, settings: Settings) -> str:
    host, port = settings.web.host, settings.web.port
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            reason = f"port {port} is in use: stop the other program or choose another with --port"
        elif error.errno == errno.EACCES:
            reason = f"port {port} needs privileges: choose one from 1024 up with --port"
        else:
            reason = f"can't listen on {host}: {error.strerror or error}"
        raise CannotStartError(reason) from None
    bound_port = runner.addresses[0][1]
    return f"http://{f'[{host}]' if ':' in host else host}:{bound_port}/"


def _pipeline(parts: Parts, outlets: Outlets) -> Pipeline:
    settings = parts.settings
    size = (settings.camera.width_px, settings.camera.height_px)
    return Pipeline(
        camera=parts.camera,
        exercise=parts.exercise,
        bundle=parts.bundle,
        width_px=settings.pose.width_px,
        mirror=settings.camera.mirror,
        language=settings.language,
        jpeg_quality=settings.web.jpeg_quality,
        blank_size_px=size if settings.camera.rotate in (0, 180) else size[::-1],
        outlets=outlets,
        recorder=parts.recorder,
    )


def _outlets(loop: asyncio.AbstractEventLoop, state: live.Live, ended: asyncio.Future[None]) -> Outlets:
    def cross(call: Callable[..., None], *values: object) -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(call, *values)

    def fail(error: BaseException) -> None:
        if not ended.done():
            ended.set_exception(error)

    def update(value: Update) -> None:
        cross(state.take, value)

    return Outlets(
        update=update,
        picture=lambda jpeg: cross(state.pictures.publish, jpeg),
        watched=lambda: state.viewers.count > 0,
        failed=lambda error: cross(fail, error),
    )
