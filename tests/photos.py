"""Pictures to hand over: the drawn athlete in every format, and files made to do harm."""

import io
import struct
import zlib
from collections.abc import Callable
from typing import Any

import cv2
from PIL import Image

from kiosk.demo.athlete import Athlete, Truth

ATHLETE = Athlete("squat", "lean")
MOMENT_S = ATHLETE.repetitions(30)[0].bottom_s

# What a camera that was held like this would have stored: the inverse of what puts the picture upright.
HELD = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


def drawn(width_px: int = 640, height_px: int = 480) -> Image.Image:
    """The athlete at the bottom of a squat that leans too far."""
    return Image.fromarray(cv2.cvtColor(ATHLETE.draw(MOMENT_S, width_px, height_px), cv2.COLOR_BGR2RGB))


def truth(width_px: int = 640, height_px: int = 480) -> Truth:
    """What `drawn` shows."""
    return ATHLETE.truth(MOMENT_S, width_px, height_px)


def encoded(picture: Image.Image, kind: str = "JPEG", **options: Any) -> bytes:
    """The picture as a file."""
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def held(picture: Image.Image, orientation: int, kind: str = "JPEG", **options: Any) -> bytes:
    """The picture as a camera stores it that was held another way, with the EXIF that says so."""
    turn = HELD[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    return encoded(picture.transpose(turn) if turn is not None else picture, kind, exif=exif, **options)


def png_chunk(name: bytes, data: bytes) -> bytes:
    """One chunk of a PNG."""
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(width: int, height: int, *chunks: bytes) -> bytes:
    """A PNG of black and white pixels whose header promises this size; without chunks it has no pixels at all."""
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header) + b"".join(chunks) + png_chunk(b"IEND", b"")


def black_pixels(width: int, height: int) -> bytes:
    """All pixels of such a PNG: a thousand times smaller than what they unpack to."""
    packer = zlib.compressobj(9)
    row = b"\0" * (1 + (width + 7) // 8)
    return png_chunk(b"IDAT", b"".join(packer.compress(row) for _ in range(height)) + packer.flush())


def jpeg_of_size(width: int, height: int) -> bytes:
    """A small JPEG whose header promises another size."""
    data = bytearray(encoded(Image.new("RGB", (16, 16))))
    start = data.index(b"\xff\xc0")
    data[start + 5 : start + 9] = struct.pack(">HH", height, width)
    return bytes(data)


def webp_of_size(width: int, height: int, kind: bytes) -> bytes:
    """A WebP's header that promises a size: VP8X, VP8L or VP8, and no more."""
    body: dict[bytes, Callable[[], bytes]] = {
        b"VP8X": lambda: b"\0" * 4 + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little"),
        b"VP8L": lambda: b"\x2f" + ((width - 1) | (height - 1) << 14).to_bytes(4, "little"),
        b"VP8 ": lambda: b"\0\0\0\x9d\x01\x2a" + width.to_bytes(2, "little") + height.to_bytes(2, "little"),
    }
    data = body[kind]()
    chunk = kind + struct.pack("<I", len(data)) + data
    return b"RIFF" + struct.pack("<I", 4 + len(chunk)) + b"WEBP" + chunk


def iso_media(brand: bytes) -> bytes:
    """The beginning of a HEIC, AVIF or the like."""
    return struct.pack(">I", 24) + b"ftyp" + brand + b"\0\0\0\0" + b"mif1" + brand + b"\0" * 500
