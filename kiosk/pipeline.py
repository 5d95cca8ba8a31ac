"""The workers: camera -> pose -> coach in one thread, draw -> encode in another, newest frame only.

Pose detection beside Python code that holds the interpreter is slowed by it (measured: the coach in a thread of its own
costs 4 % of the frame rate), so the coach takes its turn after the pose, and drawing is done in few, large calls.

The pose thread is sealed off the network for good (see `kiosk.pose.seal`), so nothing else may run in it. What a frame
brought crosses into the event loop once, as an immutable `Update`; pictures follow when somebody watches.
"""

import logging
import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

import cv2

from kiosk.attention import Attention
from kiosk.capture.frame import Frame, NoFrame
from kiosk.coaching.coach import Measured, Snapshot
from kiosk.coaching.practice import Practice
from kiosk.flow import FrameSource, Outlets, Update
from kiosk.framerate import FrameLimit, FrameRate, FrameTime
from kiosk.health.heartbeat import SLACK, START_S, Heartbeat
from kiosk.health.load import Work
from kiosk.health.pace import Pace
from kiosk.landmarks import Pose
from kiosk.pose.swap import Engines
from kiosk.pose.tracks import Tracks
from kiosk.recent import Moment, Recent
from kiosk.recording import Recorder
from kiosk.rules.exercise import Exercise
from kiosk.stream import Still
from kiosk.view import annotate, blank
from kiosk.words import Language

log = logging.getLogger(__name__)
T = TypeVar("T")

WAIT_S: Final = 1.2
"""The longest a worker waits for a frame before it shows that it lives: more than the slowest camera's pause."""

RETRY_S: Final = 0.25
"""How often a worker asks a camera that has no picture."""

TELL_S: Final = 0.09
"""The page gets a state ten times a second, so more are not told; what happens is told at once."""


class Slot(Generic[T]):
    """The newest value between two threads; what nobody took in time is replaced."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._value: T | None = None

    def put(self, value: T) -> None:
        """Make `value` the newest."""
        with self._changed:
            self._value = value
            self._changed.notify()

    def take(self, timeout_s: float) -> T | None:
        """Return the newest value once, or None if there is no new one within `timeout_s`."""
        with self._changed:
            self._changed.wait_for(lambda: self._value is not None, timeout_s)
            value, self._value = self._value, None
            return value


@dataclass(frozen=True, slots=True)
class Shown:
    """What the view thread is to draw."""

    source: Frame | NoFrame
    pose: Pose | None
    snapshot: Snapshot


@dataclass(frozen=True, slots=True, eq=False)
class Command:
    """Somebody's wish to start or stop; each is carried out once."""

    running: bool


class Pipeline:
    """Runs both workers from `start` to `stop`; `engines` has the one that finds the body."""

    def __init__(
        self,
        *,
        camera: FrameSource,
        exercise: Exercise,
        engines: Engines,
        mirror: bool,
        language: Language,
        jpeg_quality: int,
        picture_fps: float,
        blank_size_px: tuple[int, int],
        gestures: bool,
        outlets: Outlets,
        recorder: Recorder | None = None,
    ) -> None:
        self._camera = camera
        self._exercise = exercise
        self._command: Command | None = None
        self.engines = engines
        self._mirror = mirror
        self._language = language
        self._jpeg_quality = jpeg_quality
        self._limit = FrameLimit(picture_fps)
        self._blank_size_px = blank_size_px
        self._gestures = gestures
        self._outlets = outlets
        self._recorder = recorder
        self._recent = Recent()
        self._told: Update | None = None
        self._looking_fps: float | None = None
        self._most_fps = math.inf
        self._work = Work(0.0, None, engines.model, engines.models)
        self._measured: list[tuple[float, Measured]] = []
        self._pose_beat, self._view_beat = Heartbeat("pose", START_S / SLACK), Heartbeat("view")
        self._stopping = threading.Event()
        self._to_show: Slot[Shown] = Slot()
        self._threads = [
            threading.Thread(target=self._guarded, args=(work,), name=name, daemon=True)
            for name, work in (("pose", self._judge_frames), ("view", self._draw_pictures))
        ]

    def start(self) -> None:
        """Start the workers."""
        for thread in self._threads:
            thread.start()

    def use(self, exercise: Exercise) -> None:
        """Judge by `exercise` from the next frame on; an edited one goes on with the count of the old."""
        self._exercise = exercise

    def run(self, *, running: bool) -> None:
        """Start or stop the workout with the next frame; while it is stopped nothing is judged."""
        self._command = Command(running)

    def pace(self, pace: Pace) -> None:
        """Look at most so often, and with that model, from the next frame on."""
        self._most_fps = pace.fps
        self.engines.use(pace.smaller)

    @property
    def work(self) -> Work:
        """What the pose worker does; from any thread."""
        return self._work

    @property
    def heartbeats(self) -> tuple[Heartbeat, ...]:
        """The signs of life of both workers."""
        return self._pose_beat, self._view_beat

    def recent(self) -> tuple[Moment, ...]:
        """Return what the coach was given in the last minute; from any thread."""
        return self._recent.moments()

    def stop(self, timeout_s: float) -> None:
        """Ask the workers to end and wait for them; a hung one is left behind."""
        self._stopping.set()
        deadline_s = time.monotonic() + timeout_s
        for thread in self._threads:
            thread.join(max(0.0, deadline_s - time.monotonic()))
            if thread.is_alive():
                log.warning("the %s worker does not end", thread.name)

    def _guarded(self, work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - the thread's edge: whatever ended it must end the program
            self._outlets.failed(error)

    def _judge_frames(self) -> None:
        engines = self.engines
        engine = engines.open()
        practice = Practice(self._exercise, gestures=self._gestures)
        tracks, rate, attention, spent = Tracks(), FrameRate(), Attention(), FrameTime()
        number, done = 0, None
        try:
            while not self._stopping.is_set():
                if engines.is_due():
                    self._pose_beat.begin()
                    engine = engines.change(engine)
                    spent.rest()
                self._pose_beat.beat()
                source = self._camera.newest(number, WAIT_S)
                taken_s = time.perf_counter()
                practice.follow(self._exercise)
                command = self._command
                if command is not None and command is not done:
                    practice.run(running=command.running)
                    done = command
                pose, is_left = None, True
                if isinstance(source, Frame):
                    if source.number <= number:
                        continue
                    number = source.number
                    pose = tracks.follow(source.t_s, engine.detect(source))
                    self._record(source, pose, rate.fps)
                    looking_fps = attention.look(source.t_s, somebody=pose is not None)
                    is_left = looking_fps is not None
                    self._look(looking_fps)
                self._publish(source, pose, practice, rate)
                if pose is not None:
                    spent.take(time.perf_counter() - taken_s)
                elif is_left:
                    spent.rest()
                self._work = Work(rate.fps, spent.mean_s, engines.model, engines.models)
                if isinstance(source, NoFrame):
                    self._stopping.wait(RETRY_S)
        finally:
            engine.close()
            if self._recorder:
                self._recorder.close()

    def _look(self, fps: float | None) -> None:
        fps = min(fps or math.inf, self._most_fps)
        fps = None if math.isinf(fps) else fps
        if fps != self._looking_fps:
            self._looking_fps = fps
            self._camera.limit(fps)

    def _publish(self, source: Frame | NoFrame, pose: Pose | None, practice: Practice, rate: FrameRate) -> None:
        live = isinstance(source, Frame)
        t_s = source.t_s if isinstance(source, Frame) else time.monotonic()
        self._recent.add(t_s, pose)
        events = tuple(practice.step(t_s, pose))
        self._measured.append((t_s, practice.measured))
        rate.tick(t_s) if live else rate.rest()
        width_px, height_px = source.image.shape[1::-1] if isinstance(source, Frame) else self._blank_size_px
        no_video = None if isinstance(source, Frame) else source.reason
        update = Update(
            t_s=t_s,
            exercise=practice.exercise,
            snapshot=practice.snapshot,
            progress=practice.progress(),
            gesture=practice.gesture,
            events=events,
            measured=tuple(self._measured),
            no_video=no_video,
            width_px=width_px,
            height_px=height_px,
            fps=rate.fps,
            frames=rate.frames,
        )
        if self._is_news(update):
            self._told = update
            self._measured.clear()
            self._outlets.update(update)
        self._to_show.put(Shown(source, pose, practice.snapshot))

    def _is_news(self, update: Update) -> bool:
        """Whether the event loop is to hear of it now: waking it for every frame would slow the pose engine."""
        told = self._told
        return (
            told is None
            or bool(update.events)
            or update.t_s - told.t_s >= TELL_S
            or (update.no_video, update.exercise) != (told.no_video, told.exercise)
        )

    def _record(self, frame: Frame, pose: Pose | None, fps: float) -> None:
        if self._recorder is None:
            return
        height_px, width_px = frame.image.shape[:2]
        try:
            self._recorder.write(frame.t_s, pose, width_px, height_px, fps)
        except OSError as error:
            log.warning("the recording ends here: %s", error.strerror)
            self._recorder = None

    def _draw_pictures(self) -> None:
        quality = (cv2.IMWRITE_JPEG_QUALITY, self._jpeg_quality)
        while not self._stopping.is_set():
            self._view_beat.beat()
            shown = self._to_show.take(WAIT_S)
            if shown is None or not self._outlets.watched():
                continue
            if isinstance(shown.source, Frame):
                if not self._limit.takes(shown.source.t_s):
                    continue
                picture = annotate(shown.source, shown.pose, shown.snapshot, mirror=self._mirror)
            else:
                picture = blank(shown.source.reason, *self._blank_size_px, self._language)
            t_s = shown.source.t_s if isinstance(shown.source, Frame) else None
            self._outlets.picture(Still(cv2.imencode(".jpg", picture, quality)[1].tobytes(), t_s))
