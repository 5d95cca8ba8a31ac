"""Pictures that people hand over: every kind is put upright and bounded, and what does harm is refused."""

import random
import zlib
from typing import Any

import numpy as np
import pytest
from PIL import Image

from kiosk.decoding import LONGEST_PX, upright
from kiosk.photo import MAX_PIXELS, PhotoError
from tests.photos import (
    HELD,
    black_pixels,
    drawn,
    encoded,
    held,
    iso_media,
    jpeg_of_size,
    png,
    png_chunk,
    webp_of_size,
)

PICTURE = drawn(320, 240)

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:PIL")  # Pillow grumbles about damaged EXIF


def refused(data: bytes) -> PhotoError:
    with pytest.raises(PhotoError) as caught:
        upright(data)
    return caught.value


def off(found: Any, expected: Image.Image) -> float:
    """How far the picture is from the expected one, in grey levels."""
    assert found.dtype == np.uint8
    assert found.shape == (expected.height, expected.width, 3)
    wanted = np.asarray(expected.convert("RGB"))[:, :, ::-1]
    return float(np.abs(found.astype(int) - wanted.astype(int)).mean())


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("orientation", HELD)
def test_however_the_camera_was_held_the_picture_stands_upright(orientation: int, kind: str) -> None:
    assert off(upright(held(PICTURE, orientation, kind)), PICTURE) < 4


def test_every_way_to_store_a_picture_is_read() -> None:
    grey = PICTURE.convert("L")
    deep = Image.fromarray(np.asarray(grey).astype(np.uint16) * 257)
    clear = PICTURE.convert("RGBA")
    clear.putalpha(Image.new("L", PICTURE.size, 0))
    white = Image.new("RGB", PICTURE.size, "white")
    few = PICTURE.quantize(64)
    for name, data, expected in (
        ("progressive", encoded(PICTURE, progressive=True, quality=95), PICTURE),
        ("grey JPEG", encoded(grey, quality=95), grey),
        ("CMYK", encoded(PICTURE.convert("CMYK"), quality=95), PICTURE),
        ("a phone's picture with a second one in it", encoded(PICTURE, "MPO", append_images=[white]), PICTURE),
        ("16 bits", encoded(deep, "PNG"), grey),
        ("two colours", encoded(PICTURE.convert("1"), "PNG"), PICTURE.convert("1")),
        ("palette", encoded(few, "PNG"), few),
        ("palette with a transparent colour", encoded(few, "PNG", transparency=few.getpixel((0, 0))), few),
        ("transparent PNG", encoded(clear, "PNG"), white),
        ("transparent WebP", encoded(clear, "WEBP", lossless=True), white),
        ("animated WebP", encoded(PICTURE, "WEBP", save_all=True, append_images=[white], quality=95), PICTURE),
        ("animated PNG", encoded(PICTURE, "PNG", save_all=True, append_images=[white]), PICTURE),
    ):
        assert off(upright(data), expected) < (30 if "colour" in name else 6), name


def test_a_large_picture_is_made_small_in_its_own_shape() -> None:
    large = PICTURE.resize((2600, 1950))
    for data in (encoded(large), held(large, 6), encoded(large, "WEBP", method=0), encoded(large.convert("CMYK"))):
        found = upright(data)
        assert found.shape == (LONGEST_PX * 3 // 4, LONGEST_PX, 3)
    assert off(upright(encoded(large)), large.resize((1280, 960))) < 4
    assert upright(encoded(Image.new("RGB", (19_999, 2)))).shape == (1, LONGEST_PX, 3)
    assert upright(encoded(Image.new("RGB", (1, 1)))).shape == (1, 1, 3)


@pytest.mark.parametrize(
    "data",
    [
        png(30_000, 30_000),
        png(20_001, 1),
        png(30_000, 30_000, black_pixels(30_000, 300)),
        jpeg_of_size(30_000, 30_000),
        jpeg_of_size(1, 20_001),
        webp_of_size(16_000, 16_000, b"VP8 "),
        webp_of_size(16_000, 16_000, b"VP8L"),
        webp_of_size(60_000, 60_000, b"VP8X"),
    ],
    ids=lambda data: f"{data[:4]!r} of {len(data)} bytes",
)
def test_too_many_pixels_are_refused_by_the_header_alone(data: bytes) -> None:
    error = refused(data)
    assert error.status == 422
    assert error.error.say("en").startswith("Too many pixels: ")
    assert len(error.error.say("en").removeprefix("Too many pixels: ").split("x")) == 2
    assert "megapixels" in error.hint.say("en")


def test_the_size_is_told() -> None:
    assert refused(png(30_000, 29_000)).error.say("en") == "Too many pixels: 30000x29000"
    assert refused(webp_of_size(16_000, 9_000, b"VP8L")).error.say("en") == "Too many pixels: 16000x9000"


def test_what_unpacks_to_much_is_bounded() -> None:
    width = height = 5000
    assert width * height <= MAX_PIXELS["PNG"]
    packed = png(width, height, black_pixels(width, height))
    assert len(packed) < 10_000
    assert upright(packed).shape == (LONGEST_PX, LONGEST_PX, 3)
    hidden = b"name\0\0" + zlib.compress(b"\0" * 60_000_000)
    for chunk in (b"zTXt", b"iCCP"):
        assert refused(png(8, 8, png_chunk(chunk, hidden), black_pixels(8, 8))).status == 422


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_damaged_picture_is_refused(kind: str) -> None:
    whole = encoded(PICTURE, kind)
    for length in (12, 30, 100, len(whole) // 2, len(whole) - len(whole) // 10):
        error = refused(whole[:length])
        assert error.status == 422, length
        assert "damaged" in error.error.say("en")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_whatever_the_bytes_are_it_is_a_picture_or_a_refusal(kind: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    whole = encoded(PICTURE.resize((64, 48)), kind, exif=exif)
    for seed in range(150):
        dice = random.Random(seed)
        data = bytearray(whole)
        for _ in range(dice.randint(1, 12)):
            data[dice.randrange(min(len(data), dice.choice((200, len(data)))))] = dice.randrange(256)
        try:
            assert upright(bytes(data)).ndim == 3
        except PhotoError as error:
            assert error.status in {415, 422}


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "Choose a JPEG, PNG or WebP"),
        (b"this is a text called photo.jpg\n" * 50, "Choose a JPEG, PNG or WebP"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "Choose a JPEG, PNG or WebP"),
        (encoded(PICTURE, "GIF"), "Choose a JPEG, PNG or WebP"),
        (encoded(PICTURE, "TIFF"), "Choose a JPEG, PNG or WebP"),
        (encoded(PICTURE, "BMP"), "Choose a JPEG, PNG or WebP"),
        (iso_media(b"isom"), "Choose a JPEG, PNG or WebP"),
        (iso_media(b"heic"), "Most Compatible"),
        (iso_media(b"mif1"), "Most Compatible"),
        (iso_media(b"avif"), "save it as JPEG"),
    ],
    ids=lambda value: str(value)[:16],
)
def test_other_files_are_refused_with_what_to_do(data: bytes, said: str) -> None:
    error = refused(data)
    assert error.status == 415
    assert said in error.hint.say("en")


def test_damaged_exif_does_not_cost_the_picture() -> None:
    whole = held(PICTURE, 1)
    at = whole.index(b"Exif\0\0") + 6
    for harm in (b"\xff" * 12, b"MM\0*\xff\xff\xff\xff\xff\xff\xff\xff", b"II*\0\x08\0\0\0\xff\xff\x12\x01"):
        assert off(upright(whole[:at] + harm + whole[at + 12 :]), PICTURE) < 4
