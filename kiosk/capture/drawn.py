"""The demo as a camera."""

import math
import time
from threading import Event

from kiosk.capture.address import Address
from kiosk.capture.source import CameraOptions, Picture, Pictures, Takes, every


def demo_pictures(address: Address, options: CameraOptions, stop: Event, takes: Takes = every) -> Pictures:
    """Draw the athlete at exact multiples of a frame's time; upright and in its final size, however `rotate` is set."""
    athlete = address.athlete()
    size = options.width_px, options.height_px
    width_px, height_px = size if options.rotate in (0, 180) else size[::-1]
    start_s, number = time.monotonic(), 0
    while not stop.wait(start_s + number / options.fps - time.monotonic()):
        t_s = number / options.fps
        if takes(start_s + t_s):
            yield Picture(athlete.draw(t_s, width_px, height_px), start_s + t_s)
        number = max(number + 1, math.floor((time.monotonic() - start_s) * options.fps))
