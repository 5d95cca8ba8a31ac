"""Cameras in the network, by RTSP and HTTP."""

import socket
import time
from threading import Event
from typing import Final
from urllib.parse import urlsplit

import cv2

from kiosk.capture.address import PORTS, Address
from kiosk.capture.opencv import captured
from kiosk.capture.source import STALE_S, CameraOptions, NoVideoError, Pictures, Takes, every

CONNECT_S: Final = 1.0
"""How long a network camera may take to accept a connection, which a machine in the same building does in 0.1 s."""

OPEN_S: Final = 5.0
"""How long a network camera may take to describe its stream: FFmpeg itself analyses up to 5 s of it."""


def network_pictures(address: Address, options: CameraOptions, stop: Event, takes: Takes = every) -> Pictures:
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
    yield from captured(capture, address.label, stop, time.monotonic, takes)
