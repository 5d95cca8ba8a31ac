"""Which cameras this machine has: what the address `auto` chooses."""

import fcntl
import logging
import os
import struct
from pathlib import Path
from typing import Final

from kiosk.capture.address import Address, parse_address

log = logging.getLogger(__name__)

# From linux/videodev2.h: struct v4l2_capability is driver, card, bus_info, version, capabilities, device_caps and
# three reserved words.
_CAPABILITY: Final = struct.Struct("16s32s32s6I")
_VIDIOC_QUERYCAP: Final = 0x80685600
_VIDEO_CAPTURE: Final = 0x00000001
_HAS_DEVICE_CAPS: Final = 0x80000000

_NOT_CAMERAS: Final = {"unicam", "rp1-cfe", "bcm2835-isp", "pispbe"}
"""Drivers of a Raspberry Pi whose devices say that they capture, but carry the Pi camera's raw pictures."""

DEMO: Final = "demo:squat"


def choose_camera() -> Address:
    """Return the Pi camera if there is one, else the first V4L2 device that captures, else the demo."""
    number = _pi_camera()
    if number is not None:
        return parse_address(f"picamera2:{number}")
    devices = capture_devices()
    return parse_address(f"v4l2:{devices[0]}" if devices else DEMO)


def _pi_camera() -> int | None:
    """Return the number of the first Pi camera; libcamera lists USB cameras too, which are V4L2's business."""
    try:
        # Only Raspberry Pi OS has it, and importing it takes seconds there.
        from picamera2 import Picamera2  # noqa: PLC0415

        cameras = Picamera2.global_camera_info()
    except ModuleNotFoundError:
        return None
    except (ImportError, ValueError, RuntimeError, OSError) as error:
        log.warning("picamera2 is installed but can't list the Pi cameras: %s", error)
        return None
    return next((number for number, camera in enumerate(cameras) if "usb" not in camera["Id"].lower()), None)


def capture_devices(dev: Path = Path("/dev")) -> list[Path]:
    """Return the V4L2 devices that capture pictures, by the name that stays theirs when they are plugged in again."""
    lasting = {link.resolve(): link for link in sorted(dev.glob("v4l/by-id/*"))}
    devices = [device for device in dev.glob("video*") if device.name[5:].isdigit() and _captures(device)]
    return [lasting.get(device.resolve(), device) for device in sorted(devices, key=lambda path: int(path.name[5:]))]


def _captures(device: Path) -> bool:
    answer = bytearray(_CAPABILITY.size)
    try:
        handle = os.open(device, os.O_RDWR | os.O_NONBLOCK)
        try:
            fcntl.ioctl(handle, _VIDIOC_QUERYCAP, answer)
        finally:
            os.close(handle)
    except OSError:
        return False  # not ours to open, or no V4L2 device at all
    driver, _, _, _, capabilities, device_caps, *_ = _CAPABILITY.unpack(answer)
    if capabilities & _HAS_DEVICE_CAPS:
        capabilities = device_caps
    return bool(capabilities & _VIDEO_CAPTURE) and driver.rstrip(b"\0").decode(errors="replace") not in _NOT_CAMERAS
