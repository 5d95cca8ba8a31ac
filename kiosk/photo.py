"""A picture that somebody hands over -> an upright picture of bounded size; or why not, said before much is decoded.

Whatever the bytes say of themselves, only JPEG, PNG and WebP are opened, and only after their header has told a size
that this box can hold.
"""

import io
import logging
from typing import Final, Literal

import cv2
import numpy as np
from PIL import Image as Pillow

from kiosk.capture.camera import Image
from kiosk.words import Phrase

log = logging.getLogger(__name__)

MAX_BYTES: Final = 15_000_000
MAX_SIDE_PX: Final = 20_000
LONGEST_PX: Final = 1280
"""The longer side of what is looked at and shown: the engine itself sees a person in 256 pixels."""

Format = Literal["JPEG", "PNG", "WEBP"]

MAX_PIXELS: Final[dict[Format, int]] = {"JPEG": 65_000_000, "PNG": 25_000_000, "WEBP": 25_000_000}
"""A phone's photo has up to 64 megapixels, and a JPEG can be decoded at an eighth of its size (at worst, progressive
CMYK, 360 MB); the others only whole (WebP 280 MB)."""

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

_HEIF_BRANDS: Final = {b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"hevm", b"hevs", b"mif1", b"msf1"}
_AVIF_BRANDS: Final = {b"avif", b"avis"}

# The limits above are ours and stricter; Pillow's own would only say less.
Pillow.MAX_IMAGE_PIXELS = None


class PhotoError(Exception):
    """A picture that can't be analysed: the HTTP status, what is wrong and what to do."""

    def __init__(self, status: int, error: Phrase, hint: Phrase) -> None:
        super().__init__(status, error, hint)
        self.status, self.error, self.hint = status, error, hint


def upright(data: bytes) -> Image:
    """Return the picture as blue, green, red: upright by its EXIF, at most LONGEST_PX long, transparency on white.

    Of an animation it is the first picture. PhotoError 415 for what is no JPEG, PNG or WebP, 422 for what is too large
    or damaged. Runs decoders on hostile bytes, so it belongs into a process of its own (see `kiosk.aside`).
    """
    kind = _format(data)
    if kind == "WEBP":
        _check_size(kind, _webp_size(data))  # Pillow's decoder allocates the canvas when it opens the file
    try:
        with Pillow.open(io.BytesIO(data), formats=[kind]) as picture:
            _check_size(kind, picture.size)
            return _decoded(picture)
    except PhotoError:
        raise
    except Exception as error:  # noqa: BLE001 - an edge: Pillow raises whatever its parsers trip over in hostile bytes
        log.warning("a %s of %d bytes can't be read: %s: %s", kind, len(data), type(error).__name__, error)
        raise unreadable() from None


def unreadable() -> PhotoError:
    """What is said of a picture whose bytes are wrong."""
    return PhotoError(422, Phrase("photo_damaged"), Phrase("photo_damaged_hint"))


def _format(data: bytes) -> Format:
    if data.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "WEBP"
    brand = data[8:12].lower() if data[4:8] == b"ftyp" else b""
    if brand in _HEIF_BRANDS:
        raise PhotoError(415, Phrase("photo_heic", "HEIC"), Phrase("photo_heic_hint"))
    if brand in _AVIF_BRANDS:
        raise PhotoError(415, Phrase("photo_heic", "AVIF"), Phrase("photo_avif_hint"))
    raise PhotoError(415, Phrase("photo_kind"), Phrase("photo_kind_hint"))


def _webp_size(data: bytes) -> tuple[int, int]:
    """Width and height that a WebP's first chunk tells (RFC 9649); 0 where it tells none."""
    chunk, words = data[12:16], data[16:34]
    if chunk == b"VP8X":
        return int.from_bytes(words[8:11], "little") + 1, int.from_bytes(words[11:14], "little") + 1
    if chunk == b"VP8L":
        bits = int.from_bytes(words[5:9], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    return int.from_bytes(words[10:12], "little") & 0x3FFF, int.from_bytes(words[12:14], "little") & 0x3FFF


def _check_size(kind: Format, size: tuple[int, int]) -> None:
    width, height = size
    if width * height > MAX_PIXELS[kind] or max(size) > MAX_SIDE_PX:
        megapixels = Phrase("photo_pixels_hint", f"{MAX_PIXELS[kind] // 1_000_000}")
        raise PhotoError(422, Phrase("photo_pixels", f"{width}x{height}"), megapixels)


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
