"""USB cameras and other V4L2 devices."""

import os
import time
from pathlib import Path
from threading import Event

import cv2

from kiosk.capture.address import Address
from kiosk.capture.opencv import captured
from kiosk.capture.source import CameraOptions, NoVideoError, Pictures, Takes, every


def v4l2_pictures(address: Address, options: CameraOptions, stop: Event, takes: Takes = every) -> Pictures:
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

    yield from captured(capture, address.target, stop, capture_time, takes)
