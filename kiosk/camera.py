"""Cameras: whatever the address says, the newest frame or the reason why there is none."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kiosk.words import Phrase

Image = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One picture: `image` is (height, width, 3) BGR, rotated upright, never mirrored and never written to.

    `t_s` is the capture time in monotonic seconds, `number` counts the frames of this camera. `lores` is the same
    picture from the camera's own small stream, where it has one; pose inference then need not shrink `image`.
    """

    image: Image
    t_s: float
    number: int
    lores: Image | None = None


@dataclass(frozen=True, slots=True)
class NoFrame:
    """There is no live video, and why, in words for the page."""

    reason: Phrase
