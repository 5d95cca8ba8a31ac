"""Where pictures come from: one generator for each kind of camera address, which opens, reads and closes its device.

A generator yields pictures until `stop` is set, returns when a recording has ended, and raises NoVideoError with the
reason, in words for the page, when there is no picture (any more). It closes its device itself, in the thread that
runs it, and is tried again by `kiosk.capture.camera`; it may block for as long as the device does.
"""

import math
import os
import socket
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any, Final, Literal, NamedTuple, cast
from urllib.parse import urlsplit

import cv2
import numpy as np
from numpy.typing import NDArray

from kiosk.capture.address import PORTS, Address
from kiosk.words import Phrase

# OpenCV and its FFmpeg would write a line to stderr for each try of a missing camera: the reason is said by us, once.
os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
# RTSP over UDP loses packets on Wi-Fi, which shows as smeared pictures.
os.environ.setdefault("OPENCV_FFMPEG_CAPTURE_OPTIONS", "rtsp_transport;tcp")
# Else OpenCV lets one open() of FFmpeg wait for another, so that one camera that hangs there would block all that comes
# after it. FFmpeg has not needed that lock since 4.0.
os.environ.setdefault("OPENCV_FFMPEG_IS_THREAD_SAFE", "1")
# OpenCV has no read time-out for V4L2 but this one, read at the first capture; its own would be 10 s.
os.environ.setdefault("OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT", "2")

STALE_S: Final = 3.0
"""A camera that gives no picture for this long hangs."""

CONNECT_S: Final = 1.0
"""How long a network camera may take to accept a connection, which a machine in the same building does in 0.1 s."""

OPEN_S: Final = 5.0
"""How long a network camera may take to describe its stream: FFmpeg itself analyses up to 5 s of it."""

Image = NDArray[np.uint8]


@dataclass(frozen=True)
class CameraOptions:
    """What to ask of a camera.

    Size and rate are wishes: a device takes what is nearest, a network camera and a file keep their own. `rotate` turns
    the picture clockwise, for a camera that is mounted on its side. `inference_width_px` is how wide a picture the pose
    engine looks at; a camera that can gives a second picture of that width (`Frame.lores`).
    """

    width_px: int = 640
    height_px: int = 480
    fps: float = 30.0
    rotate: Literal[0, 90, 180, 270] = 0
    inference_width_px: int = 640


class Picture(NamedTuple):
    """A BGR image, its capture time in monotonic seconds and, where the camera gives it, the same in small."""

    image: Image
    t_s: float
    lores: Image | None = None


Pictures = Generator[Picture, None, None]


class NoVideoError(Exception):
    """A camera gives no picture, for `reason`."""

    def __init__(self, key: str, detail: str = "") -> None:
        super().__init__(key, detail)
        self.reason = Phrase(key, detail)


def demo_pictures(address: Address, options: CameraOptions, stop: Event) -> Pictures:
    """Draw the athlete at exact multiples of a frame's time; upright and in its final size, however `rotate` is set."""
    athlete = address.athlete()
    size = options.width_px, options.height_px
    width_px, height_px = size if options.rotate in (0, 180) else size[::-1]
    start_s, number = time.monotonic(), 0
    while not stop.wait(start_s + number / options.fps - time.monotonic()):
        t_s = number / options.fps
        yield Picture(athlete.draw(t_s, width_px, height_px), start_s + t_s)
        number = max(number + 1, math.floor((time.monotonic() - start_s) * options.fps))


class Video:
    """A video file (or GIF), frame by frame: `t_s` of its pictures is time in the video, from 0, strictly increasing.

    `frame_count` is what the container says, None where it says nothing; sizes are in pixels. Opening raises an OSError
    or ValueError of one sentence.
    """

    def __init__(self, path: Path) -> None:
        if not path.exists():
            raise FileNotFoundError(f"There is no video {path}: check the path.")
        if path.is_dir():
            raise IsADirectoryError(f"{path} is a folder, not a video: name the file in it.")
        if not os.access(path, os.R_OK):
            raise PermissionError(f"The video {path} may not be read: check its permissions.")
        # An absolute path can't be taken for one of FFmpeg's protocols ("concat:...").
        self._capture = cv2.VideoCapture(str(path.absolute()), cv2.CAP_FFMPEG)
        self._first = self._read(0)
        if self._first is None:
            self._capture.release()
            raise ValueError(f"{path} is not a video that can be played: take an MP4, AVI, MKV or GIF file.")
        self.height_px, self.width_px = self._first.image.shape[:2]
        fps = self._capture.get(cv2.CAP_PROP_FPS)
        self.fps = fps if 0 < fps <= 1000 else 30.0
        count = self._capture.get(cv2.CAP_PROP_FRAME_COUNT)
        self.frame_count = int(count) if count > 0 else None

    def _read(self, number: int) -> Picture | None:
        ok, image = self._capture.read()
        if not ok:
            return None
        t_s = self._capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
        return Picture(cast("Image", image), t_s if number and math.isfinite(t_s) else 0.0)

    def __iter__(self) -> Iterator[Picture]:
        """Yield every frame once; the file is closed at the end."""
        picture, number, last_s = self._first, 0, -1.0
        try:
            while picture is not None:
                # Some containers hold no time stamps, or hold them out of order.
                last_s = picture.t_s if picture.t_s > last_s else last_s + 1 / self.fps
                yield picture._replace(t_s=last_s)
                number += 1
                picture = self._read(number)
        finally:
            self._capture.release()


def file_pictures(address: Address, options: CameraOptions, stop: Event) -> Pictures:
    """Play a video at its own pace, again and again with `loop=1`; capture time runs on from loop to loop."""
    del options
    start_s = time.monotonic()
    while True:
        try:
            video = Video(Path(address.target))
        except (FileNotFoundError, IsADirectoryError) as error:
            raise NoVideoError("camera_no_file", address.target) from error
        except PermissionError as error:
            raise NoVideoError("camera_forbidden", address.target) from error
        except ValueError as error:
            raise NoVideoError("camera_unreadable", address.target) from error
        t_s = start_s
        for picture in video:
            t_s = start_s + picture.t_s
            late_s = time.monotonic() - t_s
            if late_s > 0.1:  # this machine can't keep up: play slower, losing no frame
                start_s, t_s = start_s + late_s, t_s + late_s
            if stop.wait(max(0.0, -late_s)):
                return
            yield picture._replace(t_s=t_s)
        start_s = t_s + 1 / video.fps
        if address.options.get("loop") != "1":
            stop.wait(max(0.0, start_s - time.monotonic()))  # the last frame is seen as long as any other
            return


def v4l2_pictures(address: Address, options: CameraOptions, stop: Event) -> Pictures:
    """Read a USB camera or another V4L2 device; capture time is the driver's."""
    device = Path(address.target)
    if not device.exists():
        raise NoVideoError("camera_missing", address.target)
    if not os.access(device, os.R_OK | os.W_OK):
        raise NoVideoError("camera_forbidden", address.target)
    capture = cv2.VideoCapture(str(device), cv2.CAP_V4L2)
    if options.height_px >= 720:  # raw pictures of this size are too much for USB 2; where there is no MJPG, no harm
        capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
    capture.set(cv2.CAP_PROP_FRAME_WIDTH, options.width_px)
    capture.set(cv2.CAP_PROP_FRAME_HEIGHT, options.height_px)
    capture.set(cv2.CAP_PROP_FPS, options.fps)
    # One buffer is filled while we hold the other; with a single one the driver would lose every second picture.
    capture.set(cv2.CAP_PROP_BUFFERSIZE, 2)

    def capture_time() -> float:
        now_s, stamp_s = time.monotonic(), capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
        return stamp_s if 0 <= now_s - stamp_s < 1 else now_s  # few drivers stamp with another clock

    yield from _captured(capture, address.target, stop, capture_time)


def network_pictures(address: Address, options: CameraOptions, stop: Event) -> Pictures:
    """Read an RTSP or HTTP camera as fast as it sends, so that nothing queues; capture time is that of arrival."""
    del options
    url = urlsplit(address.target)
    # FFmpeg would wait OPEN_S for a machine that is switched off, and miss the moment when it is back.
    try:
        socket.create_connection((url.hostname or "", url.port or PORTS[address.scheme]), CONNECT_S).close()
    except OSError as error:
        raise NoVideoError("camera_unreachable", address.label) from error
    limits = {cv2.CAP_PROP_OPEN_TIMEOUT_MSEC: OPEN_S, cv2.CAP_PROP_READ_TIMEOUT_MSEC: STALE_S}
    parameters = [int(value) for key, limit_s in limits.items() for value in (key, limit_s * 1000)]
    asked_s = time.monotonic()
    capture = cv2.VideoCapture(address.target, cv2.CAP_FFMPEG, parameters)
    if not capture.isOpened() and time.monotonic() - asked_s > OPEN_S - 1:
        raise NoVideoError("camera_hung", address.label)
    yield from _captured(capture, address.label, stop, time.monotonic)


def _captured(capture: cv2.VideoCapture, label: str, stop: Event, capture_time: Callable[[], float]) -> Pictures:
    """Yield what an OpenCV device captures, and release it in the end."""
    try:
        if not capture.isOpened():
            raise NoVideoError("camera_unreadable", label)
        while not stop.is_set():
            asked_s = time.monotonic()
            if not capture.grab():
                # OpenCV tells a time-out and a lost device apart only by how long it waited.
                raise NoVideoError("camera_hung" if time.monotonic() - asked_s > 1.5 else "camera_lost", label)
            t_s = capture_time()
            ok, image = capture.retrieve()
            if ok:  # a single broken JPEG is no reason to open the camera again; many of them make it hang
                yield Picture(cast("Image", image), t_s)
    finally:
        capture.release()


def picamera2_pictures(address: Address, options: CameraOptions, stop: Event) -> Pictures:
    """Read a Raspberry Pi camera; capture time is when the sensor began to expose."""
    try:
        # Only Raspberry Pi OS has it, and importing it takes seconds there.
        from picamera2 import Picamera2  # noqa: PLC0415
    except (ImportError, ValueError) as error:  # NumPy raises a ValueError where a package was built for another one
        raise NoVideoError("camera_no_driver") from error
    number = int(address.target)
    if number >= len(Picamera2.global_camera_info()):
        raise NoVideoError("camera_missing", address.label)
    device = Picamera2(number)
    try:
        device.configure(
            device.create_video_configuration(
                main={"size": (options.width_px, options.height_px), "format": "RGB888"},  # BGR in memory
                lores=_lores(options),
                buffer_count=4,
                controls={"FrameRate": options.fps},
            )
        )
        device.start()
        configuration = device.camera_configuration()  # sizes, formats and strides that libcamera settled on
        while not stop.is_set():
            yield _requested(device, configuration, address.label)
    finally:
        device.close()


def _lores(options: CameraOptions) -> dict[str, Any] | None:
    """Return the small stream's configuration; YUV420 is the one format that both a Pi 4 and a Pi 5 give it."""
    upright_px = options.width_px if options.rotate in (0, 180) else options.height_px
    scale = options.inference_width_px / upright_px
    if scale >= 1:
        return None
    width_px, height_px = (2 * round(side_px * scale / 2) for side_px in (options.width_px, options.height_px))
    return {"size": (width_px, height_px), "format": "YUV420"}


def _requested(device: Any, configuration: Mapping[str, Any], label: str) -> Picture:  # noqa: ANN401 - untyped library
    try:
        request = device.capture_request(wait=STALE_S)
    except TimeoutError as error:
        device.cancel_all_and_flush()  # what picamera2 asks for before a camera whose cable is off can be closed
        raise NoVideoError("camera_hung", label) from error
    try:
        image = request.make_array("main")
        lores = _bgr(request.make_array("lores"), configuration["lores"]) if configuration["lores"] else None
        sensor_s = request.get_metadata()["SensorTimestamp"] / 1e9
    finally:
        request.release()
    # libcamera stamps with CLOCK_BOOTTIME, which runs on while the machine sleeps.
    return Picture(image, sensor_s - time.clock_gettime(time.CLOCK_BOOTTIME) + time.monotonic(), lores)


def _bgr(array: Image, stream: Mapping[str, Any]) -> Image:
    """Return the BGR image of a stream: YUV420 comes as one plane half as high again, rows padded to the stride."""
    if stream["format"] != "YUV420":
        return array
    width_px, _ = stream["size"]
    return np.ascontiguousarray(cast("Image", cv2.cvtColor(array, cv2.COLOR_YUV2BGR_I420))[:, :width_px])


@dataclass(frozen=True)
class Source:
    """How to capture from one kind of address.

    While an attempt has been opening its camera for `patience_s` or has hung, another may be made beside it, until
    `at_most` are under way: a thread that hangs in a device can't be ended.
    """

    pictures: Callable[[Address, CameraOptions, Event], Pictures]
    patience_s: float = STALE_S
    at_most: int = 1


# A camera that comes back answers only connections made since: one made each second finds it within its 2 s.
_NETWORK: Final = Source(network_pictures, patience_s=1.0, at_most=6)

SOURCES: Final[dict[str, Source]] = {
    "demo": Source(demo_pictures),
    "file": Source(file_pictures),
    "v4l2": Source(v4l2_pictures, at_most=4),
    "picamera2": Source(picamera2_pictures),  # two Picamera2 of one camera in a process break each other
    **dict.fromkeys(PORTS, _NETWORK),
}
"""The source of each scheme."""
