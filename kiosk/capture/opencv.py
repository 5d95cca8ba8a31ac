"""What OpenCV plays and captures, and how it is kept quiet and quick about it."""

import math
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event
from typing import cast

import cv2

from kiosk.capture.source import Image, NoVideoError, Picture, Pictures, Takes

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


def captured(
    capture: cv2.VideoCapture, label: str, stop: Event, capture_time: Callable[[], float], takes: Takes
) -> Pictures:
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
            if not takes(t_s):
                continue
            ok, image = capture.retrieve()
            if ok:  # a single broken JPEG is no reason to open the camera again; many of them make it hang
                yield Picture(cast("Image", image), t_s)
    finally:
        capture.release()
