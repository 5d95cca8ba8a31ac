"""A video file as a camera."""

import time
from pathlib import Path
from threading import Event

from kiosk.capture.address import Address
from kiosk.capture.opencv import Video
from kiosk.capture.source import CameraOptions, NoVideoError, Pictures, Takes, every


def file_pictures(address: Address, options: CameraOptions, stop: Event, takes: Takes = every) -> Pictures:
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
            if takes(t_s):
                yield picture._replace(t_s=t_s)
        start_s = t_s + 1 / video.fps
        if address.options.get("loop") != "1":
            stop.wait(max(0.0, start_s - time.monotonic()))  # the last frame is seen as long as any other
            return
