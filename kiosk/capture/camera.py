"""Cameras: whatever the address says, the newest frame or the reason why there is none."""

import logging
import math
import threading
import time
from contextlib import closing
from dataclasses import dataclass, field
from typing import Final

import cv2

from kiosk.capture.address import Address, parse_address
from kiosk.capture.devices import capture_devices, choose_camera
from kiosk.capture.frame import Frame, NoFrame, rotated
from kiosk.capture.source import STALE_S, CameraOptions, Image, NoVideoError, Picture
from kiosk.capture.sources import SOURCES
from kiosk.framerate import FrameLimit
from kiosk.words import Phrase

log = logging.getLogger(__name__)

RETRY_S: Final = 0.8
"""A camera that gives no picture is tried this often: back within 2 s leaves 1.1 s to open it."""

CLOSE_S: Final = 1.0
"""How long closing waits for threads; one that hangs in its device is left behind."""

_TICK_S: Final = 0.1
_WAITING: Final = ("demo", "file")
"""Drawings and recordings begin when somebody looks; cameras are opened at once, which takes time."""


@dataclass(eq=False)
class _Attempt:
    """A thread that captures, or tries to; `seen_s` is when it gave its last picture, in monotonic seconds."""

    thread: threading.Thread
    began_s: float
    stop: threading.Event = field(default_factory=threading.Event)
    seen_s: float = -math.inf


class Camera:
    """A camera that opens again by itself.

    One thread watches; each attempt at the camera runs in a thread of its own, because a device may hang in any call
    and a thread that hangs can't be ended. The first attempt to give a picture is the live one, the others are told to
    stop; what they still give is thrown away. When the live one fails or gives nothing for STALE_S, new attempts begin,
    one each RETRY_S, within the bounds of `Source`; until one succeeds, the old one is welcome to go on.

    `auto` takes the Pi camera, else the first V4L2 device, else the demo, which gives way as soon as a V4L2 device is
    plugged in. A camera that is lost never becomes the demo.

    A ValueError says what is wrong with `address`; nothing else is raised, whatever the camera does.
    """

    def __init__(self, address: str, options: CameraOptions) -> None:
        self._address = parse_address(address)
        self._automatic = self._address.scheme == "auto"
        self._options = options
        self._changed = threading.Condition()
        self._closing = threading.Event()
        self._frame: Frame | None = None
        self._number = 0
        self._t_s = -math.inf
        self._reason: Phrase | None = Phrase("camera_opening", self._address.label)
        self._logged: Phrase | None = None
        self._limit: FrameLimit | None = None
        self._attempts: list[_Attempt] = []
        self._live: _Attempt | None = None
        self._asked = False
        self._began_s = self._tried_s = self._looked_s = -math.inf
        self._watcher = threading.Thread(target=self._watch, name="camera", daemon=True)

    @property
    def address(self) -> str:
        """The address for people, without a password; what `auto` has chosen, once it has (soon after the start)."""
        return self._address.label

    @property
    def is_demo(self) -> bool:
        """Whether the pictures are drawn, which the page must say."""
        return self._address.scheme == "demo"

    def start(self) -> None:
        """Begin to capture; returns at once. Its threads inherit the right to open sockets from the calling one."""
        self._watcher.start()

    def newest(self, after: int, timeout_s: float) -> Frame | NoFrame:
        """Return the newest frame, once there is one whose number is greater than `after`.

        Without live video, return the reason at once; else wait for up to `timeout_s`, also while the camera is opened
        for the first time. A time-out is not yet a fault of the camera: the reason is then that it is waited for.
        """
        deadline_s = time.monotonic() + timeout_s
        with self._changed:
            self._begin_for_first()
            while not self._closing.is_set():
                if self._frame is not None and self._frame.number > after:
                    return self._frame
                left_s = deadline_s - time.monotonic()
                if left_s <= 0 or (self._reason is not None and self._reason.key != "camera_opening"):
                    return NoFrame(self._reason or Phrase("camera_waiting", self._address.label))
                self._changed.wait(left_s)
        return NoFrame(Phrase("no_live_video"))

    def hung_s(self) -> float:
        """Return for how many seconds the device has hung with no way round it, 0 while it does not.

        A thread that gave pictures and hangs may keep the device from all others; so do, where the source is exclusive,
        as many as may be under way, all of them hanging. Only the end of the process frees such a device. One that
        never gave a picture since the start is not meant: starting anew would change nothing.
        """
        with self._changed:
            if self._live or not self._number:
                return 0.0
            silent = [a for a in self._attempts if a.thread.is_alive() and not a.stop.is_set()]
            had = [a for a in silent if a.seen_s > -math.inf]
            source = SOURCES[self._address.scheme]
            used_up = source.exclusive and len(self._attempts) >= source.at_most
            since_s = [max(a.began_s, a.seen_s) for a in had or (silent if used_up else ())]
            return time.monotonic() - (min if had else max)(since_s) if since_s else 0.0

    def limit(self, fps: float | None) -> None:
        """Capture at most so many frames a second from now on, None for all: what nobody looks at is not decoded."""
        self._limit = FrameLimit(fps) if fps else None

    def close(self) -> None:
        """Stop capturing and free the camera, within CLOSE_S even if the device hangs."""
        with self._changed:
            self._closing.set()
            attempts = [*self._attempts]
            for attempt in attempts:
                attempt.stop.set()
            self._changed.notify_all()
        deadline_s = time.monotonic() + CLOSE_S
        for thread in (self._watcher, *(attempt.thread for attempt in attempts)):
            if thread.is_alive():
                thread.join(max(0.0, deadline_s - time.monotonic()))
            if thread.is_alive():
                log.warning("camera %s hangs and is left behind", self._address.label)

    def _watch(self) -> None:
        self._began_s = time.monotonic()
        while not self._closing.is_set():
            try:
                self._choose()
                with self._changed:
                    self._judge(time.monotonic())
                    if self._may_try(time.monotonic()):
                        self._try(self._address)
            except Exception as error:  # noqa: BLE001 - the thread's edge: it must go on watching
                with self._changed:
                    self._without_video(Phrase("camera_lost", self._address.label), error, bug=True)
            self._closing.wait(_TICK_S)

    def _choose(self) -> None:
        """Find out what `auto` is, and whether the demo, where it was chosen, can give way to a camera."""
        if self._address.scheme == "auto":
            self._switch(choose_camera())
        elif self._automatic and self.is_demo and time.monotonic() - self._looked_s >= RETRY_S:
            self._looked_s = time.monotonic()
            if devices := capture_devices():
                self._switch(parse_address(f"v4l2:{devices[0]}"))

    def _switch(self, address: Address) -> None:
        """Capture from `address` from now on."""
        with self._changed:
            for attempt in self._attempts:
                attempt.stop.set()
            self._address, self._attempts, self._live = address, [], None
            self._began_s, self._tried_s = time.monotonic(), -math.inf
            self._reason = Phrase("camera_opening", address.label)
        if self.is_demo:
            log.warning("no camera was found: showing the demo, %s", address.label)
        else:
            log.info("camera %s was found", address.label)

    def _judge(self, now_s: float) -> None:
        """Notice that the camera hangs."""
        self._attempts = [attempt for attempt in self._attempts if attempt.thread.is_alive()]
        if self._live is not None and now_s - self._live.seen_s > STALE_S:
            self._live = None
            self._without_video(Phrase("camera_hung", self._address.label))
        opening = self._reason is not None and self._reason.key == "camera_opening"
        waiting = self._address.scheme in _WAITING and not self._asked
        if opening and not waiting and now_s - self._began_s > STALE_S:
            self._without_video(Phrase("camera_hung", self._address.label))

    def _begin_for_first(self) -> None:
        """Begin a drawing or a recording once somebody looks: else its first seconds pass while the engine loads."""
        if not self._asked:
            self._asked = True
            if self._address.scheme in _WAITING:
                self._began_s = time.monotonic()

    def _may_try(self, now_s: float) -> bool:
        source = SOURCES[self._address.scheme]
        ended = self._reason is not None and self._reason.key == "camera_ended"
        return (
            not (ended or self._live or self._closing.is_set())
            and (self._asked or self._address.scheme not in _WAITING)
            and now_s - self._tried_s >= RETRY_S
            and len(self._attempts) < source.at_most
            and all(now_s - max(a.began_s, a.seen_s) >= source.patience_s for a in self._attempts)
        )

    def _try(self, address: Address) -> None:
        self._tried_s = time.monotonic()
        self._frame = None  # whoever comes only now must not take the last frame of a lost camera for a live one
        thread = threading.Thread(target=lambda: self._capture(attempt, address), name="camera-capture", daemon=True)
        attempt = _Attempt(thread, self._tried_s)
        self._attempts.append(attempt)
        thread.start()

    def _capture(self, attempt: _Attempt, address: Address) -> None:
        """Publish what the camera gives, until it fails or is told to stop."""
        try:
            source = SOURCES[address.scheme]
            with closing(source.pictures(address, self._options, attempt.stop, self._takes)) as pictures:
                for picture in pictures:
                    if not self._publish(attempt, picture):
                        return
            self._fail(attempt, Phrase("camera_ended", address.label))
        except NoVideoError as error:
            self._fail(attempt, error.reason, error.__cause__)
        except (OSError, RuntimeError, cv2.error) as error:
            key = "camera_lost" if attempt.seen_s > -math.inf else "camera_missing"
            self._fail(attempt, Phrase(key, address.label), error)
        except Exception as error:  # noqa: BLE001 - the thread's edge: a bug must not end the kiosk; logged by _fail
            self._fail(attempt, Phrase("camera_lost", address.label), error, bug=True)

    def _takes(self, t_s: float) -> bool:
        return self._limit is None or self._limit.takes(t_s)

    def _publish(self, attempt: _Attempt, picture: Picture) -> bool:
        """Make `picture` the newest frame; return False once the attempt is no longer wanted."""
        turn = 0 if self.is_demo else self._options.rotate  # the demo is drawn upright
        image = rotated(picture.image, turn)
        lores = None if picture.lores is None else rotated(picture.lores, turn)
        with self._changed:
            if attempt.stop.is_set():
                return False
            if self._live is not attempt:
                self._go_live(attempt, image)
            attempt.seen_s = time.monotonic()
            self._number += 1
            self._t_s = max(picture.t_s, self._t_s + 1e-6)  # time never stands still, even if a driver's stamps do
            self._frame = Frame(image, self._t_s, self._number, lores)
            self._changed.notify_all()
        return True

    def _go_live(self, attempt: _Attempt, image: Image) -> None:
        self._live, self._reason, self._logged = attempt, None, None
        for other in self._attempts:
            if other is not attempt:
                other.stop.set()
        log.info("camera %s is live: %d x %d pixels", self._address.label, image.shape[1], image.shape[0])

    def _fail(
        self, attempt: _Attempt, reason: Phrase, cause: BaseException | None = None, *, bug: bool = False
    ) -> None:
        with self._changed:
            if attempt.stop.is_set() or self._live not in (None, attempt):
                return
            self._live = None
            self._without_video(reason, cause, bug=bug)

    def _without_video(self, reason: Phrase, cause: BaseException | None = None, *, bug: bool = False) -> None:
        """Say why there is no video, and log it if it is news."""
        self._reason = reason
        if reason != self._logged:
            self._logged = reason
            why = f" ({type(cause).__name__}: {cause})" if cause else ""
            log.warning("%s%s", reason.say("en"), why, exc_info=cause if bug else None)
        self._changed.notify_all()
