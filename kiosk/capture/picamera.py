"""The Raspberry Pi's own cameras; the only place that knows picamera2."""

import time
from collections.abc import Mapping
from threading import Event
from typing import Any, cast

import cv2
import numpy as np

from kiosk.capture.address import Address
from kiosk.capture.source import STALE_S, CameraOptions, Image, NoVideoError, Picture, Pictures, Takes, every


def picamera2_pictures(address: Address, options: CameraOptions, stop: Event, takes: Takes = every) -> Pictures:
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
            picture = _requested(device, configuration, address.label, takes)
            if picture is not None:
                yield picture
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


def _requested(device: Any, configuration: Mapping[str, Any], label: str, takes: Takes) -> Picture | None:  # noqa: ANN401 - untyped library
    try:
        request = device.capture_request(wait=STALE_S)
    except TimeoutError as error:
        device.cancel_all_and_flush()  # what picamera2 asks for before a camera whose cable is off can be closed
        raise NoVideoError("camera_hung", label) from error
    try:
        # libcamera stamps with CLOCK_BOOTTIME, which runs on while the machine sleeps.
        sensor_s = request.get_metadata()["SensorTimestamp"] / 1e9
        t_s = sensor_s - time.clock_gettime(time.CLOCK_BOOTTIME) + time.monotonic()
        if not takes(t_s):
            return None
        image = request.make_array("main")
        lores = _bgr(request.make_array("lores"), configuration["lores"]) if configuration["lores"] else None
    finally:
        request.release()
    return Picture(image, t_s, lores)


def _bgr(array: Image, stream: Mapping[str, Any]) -> Image:
    """Return the BGR image of a stream: YUV420 comes as one plane half as high again, rows padded to the stride."""
    if stream["format"] != "YUV420":
        return array
    width_px, _ = stream["size"]
    return np.ascontiguousarray(cast("Image", cv2.cvtColor(array, cv2.COLOR_YUV2BGR_I420))[:, :width_px])
