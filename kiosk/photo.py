"""Which pictures that somebody hands over are taken, and why the others are not, told by their first bytes."""

from typing import Final, Literal

from kiosk.words import Phrase

MAX_BYTES: Final = 15_000_000
MAX_SIDE_PX: Final = 20_000

Format = Literal["JPEG", "PNG", "WEBP"]

MAX_PIXELS: Final[dict[Format, int]] = {"JPEG": 65_000_000, "PNG": 25_000_000, "WEBP": 25_000_000}
"""A phone's photo has up to 64 megapixels, and a JPEG can be decoded at an eighth of its size (at worst, progressive
CMYK, 360 MB); the others only whole (WebP 280 MB)."""

_HEIF_BRANDS: Final = {b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"hevm", b"hevs", b"mif1", b"msf1"}
_AVIF_BRANDS: Final = {b"avif", b"avis"}


class PhotoError(Exception):
    """A picture that can't be analysed: the HTTP status, what is wrong and what to do."""

    def __init__(self, status: int, error: Phrase, hint: Phrase) -> None:
        super().__init__(status, error, hint)
        self.status, self.error, self.hint = status, error, hint


def unreadable() -> PhotoError:
    """What is said of a picture whose bytes are wrong."""
    return PhotoError(422, Phrase("photo_damaged"), Phrase("photo_damaged_hint"))


def format_of(data: bytes) -> Format:
    """Return the picture's format; PhotoError 415 for what is no JPEG, PNG or WebP."""
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


def webp_size(data: bytes) -> tuple[int, int]:
    """Return width and height that a WebP's first chunk tells (RFC 9649); 0 where it tells none."""
    chunk, words = data[12:16], data[16:34]
    if chunk == b"VP8X":
        return int.from_bytes(words[8:11], "little") + 1, int.from_bytes(words[11:14], "little") + 1
    if chunk == b"VP8L":
        bits = int.from_bytes(words[5:9], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    return int.from_bytes(words[10:12], "little") & 0x3FFF, int.from_bytes(words[12:14], "little") & 0x3FFF


def check_size(kind: Format, size: tuple[int, int]) -> None:
    """Raise PhotoError 422 for a picture that is too large to be decoded."""
    width, height = size
    if width * height > MAX_PIXELS[kind] or max(size) > MAX_SIDE_PX:
        megapixels = Phrase("photo_pixels_hint", f"{MAX_PIXELS[kind] // 1_000_000}")
        raise PhotoError(422, Phrase("photo_pixels", f"{width}x{height}"), megapixels)
