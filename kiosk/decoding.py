"""A picture that somebody hands over -> an upright picture of bounded size; or why not, said before much is decoded.

Whatever the bytes say of themselves, only JPEG, PNG and WebP are opened, and only after their header has told a size
that this box can hold. The only import of Pillow.
"""

import io
import logging
from typing import Final

import cv2
import numpy as np
from PIL import Image as Pillow

from kiosk.capture.source import Image
from kiosk.photo import PhotoError, check_size, format_of, unreadable, webp_size

log = logging.getLogger(__name__)

LONGEST_PX: Final = 1280
"""The longer side of what is looked at and shown: the engine itself sees a person in 256 pixels."""

_ORIENTATION: Final = 0x0112
_UPRIGHT: Final = {
    2: Pillow.Transpose.FLIP_LEFT_RIGHT,
    3: Pillow.Transpose.ROTATE_180,
    4: Pillow.Transpose.FLIP_TOP_BOTTOM,
    5: Pillow.Transpose.TRANSPOSE,
    6: Pillow.Transpose.ROTATE_270,
    7: Pillow.Transpose.TRANSVERSE,
    8: Pillow.Transpose.ROTATE_90,
}
"""EXIF's orientation -> what puts the picture upright."""

# The limits of `kiosk.photo` are ours and stricter; Pillow's own would only say less.
Pillow.MAX_IMAGE_PIXELS = None


def upright(data: bytes) -> Image:
    """Return the picture as blue, green, red: upright by its EXIF, at most LONGEST_PX long, transparency on white.

    Of an animation it is the first picture. PhotoError 415 for what is no JPEG, PNG or WebP, 422 for what is too large
    or damaged. Runs decoders on hostile bytes, so it belongs into a process of its own (see `kiosk.aside`).
    """
    kind = format_of(data)
    if kind == "WEBP":
        check_size(kind, webp_size(data))  # Pillow's decoder allocates the canvas when it opens the file
    try:
        with Pillow.open(io.BytesIO(data), formats=[kind]) as picture:
            check_size(kind, picture.size)
            return _decoded(picture)
    except PhotoError:
        raise
    except Exception as error:  # noqa: BLE001 - an edge: Pillow raises whatever its parsers trip over in hostile bytes
        log.warning("a %s of %d bytes can't be read: %s: %s", kind, len(data), type(error).__name__, error)
        raise unreadable() from None


def _decoded(picture: Pillow.Image) -> Image:
    """Decode no more of it than is needed, then put it upright."""
    orientation = _orientation(picture)
    if picture.mode not in {"RGB", "L"}:
        picture = _plain(picture)
    # Where the decoder can leave out detail (JPEG) this makes it do so: to twice the wanted size, then averaged.
    picture.thumbnail((LONGEST_PX, LONGEST_PX), Pillow.Resampling.BOX, reducing_gap=2.0)
    if orientation in _UPRIGHT:
        picture = picture.transpose(_UPRIGHT[orientation])
    return np.asarray(cv2.cvtColor(np.asarray(picture.convert("RGB"), np.uint8), cv2.COLOR_RGB2BGR), np.uint8)


def _orientation(picture: Pillow.Image) -> int:
    try:
        return int(picture.getexif().get(_ORIENTATION, 1))
    except Exception:  # noqa: BLE001 - damaged EXIF of a good picture: it is taken as it lies
        return 1


def _plain(picture: Pillow.Image) -> Pillow.Image:
    """The picture with eight bits for red, green and blue or for grey, in front of white."""
    if picture.mode.startswith("I"):
        # 16 bits a pixel; Pillow would cut them off at 255 rather than scale them.
        return Pillow.fromarray((np.asarray(picture).astype(np.uint16) >> 8).astype(np.uint8))
    if picture.mode == "CMYK":
        picture.draft(None, (LONGEST_PX, LONGEST_PX))
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        picture.thumbnail((LONGEST_PX, LONGEST_PX), Pillow.Resampling.BOX, reducing_gap=2.0)
        ground = Pillow.new("RGB", picture.size, "white")
        ground.paste(picture, mask=picture.getchannel("A"))
        return ground
    return picture.convert("RGB")
