"""Builds the running kiosk from its settings, starts and stops it in order."""

import asyncio
import logging
import signal
import sys
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final

from aiohttp import web

from kiosk.aside import Aside
from kiosk.capture.camera import Camera
from kiosk.capture.source import CameraOptions
from kiosk.care import Care
from kiosk.clock import SystemClock
from kiosk.config import Settings
from kiosk.flow import FrameSource, Outlets
from kiosk.heap import share_heaps
from kiosk.history.file import recordings_folder
from kiosk.history.keeper import Keeper
from kiosk.history.writer import History
from kiosk.listen import CannotStartError, check_viewing_pin, listen, tls_context
from kiosk.pins import PinFile
from kiosk.pipeline import Pipeline
from kiosk.pose.swap import Engines
from kiosk.programme import Programme
from kiosk.recording import Recorder
from kiosk.rules.editing import ExerciseFiles
from kiosk.rules.exercise import Exercise
from kiosk.rules.library import Library
from kiosk.rules.versions import Versions
from kiosk.sound.voice import Voice
from kiosk.stream import Viewers
from kiosk.web import access, editor, exercises, history, live, metrics, photo, recording, report, workout
from kiosk.web.guard import RUNNER
from kiosk.web.site import make_site

log = logging.getLogger(__name__)

MOST_BESIDE: Final = 8
"""Pieces of heavy work that may wait for their one process."""

STOP_S: Final = 1.0
"""How long each part may take to end; all together stay under 3 s."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What a kiosk is made of, checked before anything starts. `state` is the folder for what must outlive it.

    A `tended` kiosk ends its process when it hangs, and does less when hot or slow, if need be with a `smaller` model.
    """

    settings: Settings
    library: Library
    exercise: Exercise
    bundle: Path
    camera: FrameSource
    state: Path
    recorder: Recorder | None = None
    smaller: dict[str, Path] = field(default_factory=dict)
    tended: bool = False


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
    doors = _doors(parts)
    tls = tls_context(parts.settings.web.tls)
    # MediaPipe passes each frame through several threads. With Python's usual 5 ms, each hop may wait that long
    # for a thread that draws or serves.
    sys.setswitchinterval(0.001)
    share_heaps()
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[None] = loop.create_future()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, _finish, ended)
    built = _build(parts, doors, ended)
    runner = web.AppRunner(built.site, shutdown_timeout=STOP_S / 2, **RUNNER)
    await runner.setup()
    try:
        address, for_others = await listen(runner, parts.settings.web, tls)
        with built.care.restarts.counted():
            async with _working(parts.camera, built, ended):
                announce(address)
                if for_others:
                    log.info("for phones and other screens, with the viewing PIN: %s", for_others)
                built.care.start()  # last: it tells systemd that the kiosk is ready
                await ended
    finally:
        await runner.cleanup()


@dataclass(frozen=True, slots=True)
class _Built:
    """What runs: the site, the workers, and what goes on beside them without end."""

    site: web.Application
    pipeline: Pipeline
    history: History
    keeper: Keeper
    care: Care
    endless: tuple[Callable[[], Coroutine[None, None, None]], ...]


def _build(parts: Parts, doors: access.Access, ended: asyncio.Future[None]) -> _Built:
    cross = partial(_cross, asyncio.get_running_loop())
    fail = partial(cross, partial(_fail, ended))
    speech, clock = _voice(parts), SystemClock()
    past = History(parts.state, keep_days=parts.settings.history.keep_days, failed=fail, clock=clock)
    keeper = Keeper(past, parts.exercise, clock, keeps=partial(_is_training, parts))
    care = Care(parts.state, clock.boot, parts.settings.pose, tended=parts.tended)
    state = _live(parts, speech, keeper, care)
    pipeline = _pipeline(parts, _outlets(cross, fail, state))
    programme = Programme(parts.library, parts.exercise, use=pipeline.use, tell=state.tell_problems)
    state.problems, state.choose_next = programme.problems(), programme.choose_next
    beside = Aside(MOST_BESIDE)
    files = ExerciseFiles(parts.library.folder, Versions(parts.state / "versions"))
    care.take_up(state, pipeline, past, cross=cross, fail=fail)
    site = make_site(doors, state)
    site[exercises.PROGRAMME] = programme
    site[workout.RUN] = pipeline.run
    site[live.GUARDIAN] = care.guardian
    site[metrics.METRICS] = metrics.Sources(state, care.guardian, past, pipeline)
    site[photo.PHOTOS] = photo.Photos(beside, parts.settings.pose.engine, parts.bundle, parts.settings.language)
    site[history.HISTORY] = past.path
    site[recording.RECORDINGS] = recording.Recordings(
        folder=recordings_folder(past.path), allowed=parts.settings.history.record_poses, recent=pipeline.recent
    )
    site[editor.EDITOR] = editor.Editor(files=files, recent=pipeline.recent, aside=beside)
    site[report.REPORTS] = report.Reports(past.path, beside, parts.state / "matplotlib")
    site.on_shutdown.append(lambda _: beside.close())
    return _Built(site, pipeline, past, keeper, care, (programme.keep_fresh, doors.keep_watch, speech.run))


@asynccontextmanager
async def _working(camera: FrameSource, built: _Built, ended: asyncio.Future[None]) -> AsyncGenerator[None, None]:
    """Start what works behind the site, and stop it in order."""
    tasks = [asyncio.create_task(endless()) for endless in built.endless]
    for task in tasks:
        task.add_done_callback(partial(_end_with, ended))
    built.history.start()
    camera.start()
    built.pipeline.start()
    try:
        yield
    finally:
        log.info("stopping")
        built.care.stopping()
        for task in tasks:
            task.cancel()
        await asyncio.gather(asyncio.to_thread(camera.close), asyncio.to_thread(built.pipeline.stop, STOP_S))
        built.keeper.finish()
        await asyncio.to_thread(built.history.close, STOP_S / 2)
        built.care.stopped()


def _is_training(parts: Parts) -> bool:
    """Whether what the camera shows is kept: the drawn athlete only where somebody asked for it by its address."""
    return not (parts.camera.is_demo and parts.settings.camera.address == "auto")


def _finish(ended: asyncio.Future[None]) -> None:
    if not ended.done():
        ended.set_result(None)


def _end_with(ended: asyncio.Future[None], task: asyncio.Task[None]) -> None:
    """A task without end has ended: so must the program, for systemd to start it anew."""
    if not task.cancelled() and not ended.done():
        ended.set_exception(task.exception() or RuntimeError(f"{task.get_coro()} ended"))


def _doors(parts: Parts) -> access.Access:
    pins, site = PinFile(parts.state), parts.settings.web
    check_viewing_pin(site, pins)
    return access.Access(pins, lan=site.lan, names=site.known_as, viewers=parts.state / "viewing-sessions.json")


def _voice(parts: Parts) -> Voice:
    settings = parts.settings
    folder = parts.state / "voice"
    return Voice(library=parts.library, settings=settings.voice, language=settings.language, folder=folder)


def _live(parts: Parts, speech: Voice, keeper: Keeper, care: Care) -> live.Live:
    settings = parts.settings
    return live.Live(
        exercise=parts.exercise,
        language=settings.language,
        camera=parts.camera,
        viewers=Viewers(settings.web.max_viewers),
        voice=speech,
        keeper=keeper,
        restarts=care.restarts,
        pacer=care.pacer,
        lan=settings.web.lan,
        gestures=settings.gestures,
    )


def _pipeline(parts: Parts, outlets: Outlets) -> Pipeline:
    settings = parts.settings
    size, pose = (settings.camera.width_px, settings.camera.height_px), settings.pose
    return Pipeline(
        camera=parts.camera,
        exercise=parts.exercise,
        engines=Engines(pose.engine, {pose.model: parts.bundle} | parts.smaller, pose.threads or None, pose.width_px),
        mirror=settings.camera.mirror,
        language=settings.language,
        jpeg_quality=settings.web.jpeg_quality,
        picture_fps=settings.web.picture_fps,
        blank_size_px=size if settings.camera.rotate in (0, 180) else size[::-1],
        gestures=settings.gestures,
        outlets=outlets,
        recorder=parts.recorder,
    )


def _cross(loop: asyncio.AbstractEventLoop, call: Callable[..., None], *values: object) -> None:
    """Call something in the event loop, from any thread."""
    if not loop.is_closed():
        loop.call_soon_threadsafe(call, *values)


def _fail(ended: asyncio.Future[None], error: BaseException) -> None:
    if not ended.done():
        ended.set_exception(error)


def _outlets(cross: Callable[..., None], fail: Callable[[BaseException], None], state: live.Live) -> Outlets:
    return Outlets(
        update=partial(cross, state.take),
        picture=partial(cross, state.take_picture),
        watched=lambda: state.viewers.count > 0,
        failed=fail,
    )
