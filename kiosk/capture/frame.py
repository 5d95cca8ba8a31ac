"""What a camera gives: a frame, or the reason why there is none."""

from dataclasses import dataclass
from typing import Final, cast

import cv2

from kiosk.capture.source import Image
from kiosk.words import Phrase

_TURNS: Final = {90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_COUNTERCLOCKWISE}


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


def rotated(image: Image, degrees: int) -> Image:
    """Return the image turned clockwise by a multiple of 90 degrees."""
    return image if degrees == 0 else cast("Image", cv2.rotate(image, _TURNS[degrees]))
