"""What a source of pictures is: a generator that opens, reads and closes one kind of camera.

It yields the pictures that `takes` wants until `stop` is set, returns when a recording has ended, and raises
NoVideoError with the reason, in words for the page, when there is no picture (any more). It closes its device itself,
in the thread that runs it, and is tried again by `kiosk.capture.camera`; it may block for as long as the device does.
"""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from threading import Event
from typing import Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from kiosk.capture.address import Address
from kiosk.words import Phrase

STALE_S: Final = 3.0
"""A camera that gives no picture for this long hangs."""

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
Takes = Callable[[float], bool]
"""Whether a picture captured at a time, in monotonic seconds, is wanted: what is not need not be decoded or drawn."""


def every(t_s: float) -> bool:
    """Every picture is wanted."""
    del t_s
    return True


class NoVideoError(Exception):
    """A camera gives no picture, for `reason`."""

    def __init__(self, key: str, detail: str = "") -> None:
        super().__init__(key, detail)
        self.reason = Phrase(key, detail)


@dataclass(frozen=True)
class Source:
    """How to capture from one kind of address.

    While an attempt has been opening its camera for `patience_s` or has hung, another may be made beside it, until
    `at_most` are under way: a thread that hangs in a device can't be ended. `exclusive` says whether each of them may
    keep the camera from the next, which only the end of the process then ends.
    """

    pictures: Callable[[Address, CameraOptions, Event, Takes], Pictures]
    patience_s: float = STALE_S
    at_most: int = 1
    exclusive: bool = True
