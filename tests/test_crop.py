"""Crops against ones made pixel by pixel, and against MediaPipe's way of rounding."""

import math

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from kiosk.capture.source import Image
from kiosk.pose.crop import Cropper, Rectangle, fill_tensor

PICTURE: Image = np.random.default_rng(3).integers(0, 256, (48, 64, 3), np.uint8)


def slowly_cropped(picture: Image, square: Rectangle, size_px: int, *, black: bool) -> Image:
    """Every pixel of the crop interpolated between the four around its place, which is rounded to 1/32 pixel."""
    (x, y), (side, _), degrees = square
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    height, width = picture.shape[:2]

    def colour(row: int, column: int) -> NDArray[np.float64]:
        if black and not (0 <= row < height and 0 <= column < width):
            return np.zeros(3)
        return np.array(picture[min(max(row, 0), height - 1), min(max(column, 0), width - 1)], np.float64)

    crop = np.zeros((size_px, size_px, 3))
    for v in range(size_px):
        for u in range(size_px):
            right, down = (u / size_px - 0.5) * side, (v / size_px - 0.5) * side
            across = round(32 * (x + cos * right - sin * down)) / 32
            along = round(32 * (y + sin * right + cos * down)) / 32
            column, row = math.floor(across), math.floor(along)
            a, b = across - column, along - row
            crop[v, u] = (1 - b) * ((1 - a) * colour(row, column) + a * colour(row, column + 1))
            crop[v, u] += b * ((1 - a) * colour(row + 1, column) + a * colour(row + 1, column + 1))
    return np.rint(crop).astype(np.uint8)


@pytest.mark.parametrize("border", [cv2.BORDER_REPLICATE, cv2.BORDER_CONSTANT])
@pytest.mark.parametrize(
    "square",
    [
        pytest.param(((32.0, 24.0), (40.0, 40.0), 0.0), id="inside"),
        pytest.param(((20.3, 30.7), (55.1, 55.1), 23.0), id="turned and over the edge"),
        pytest.param(((60.0, 3.0), (30.0, 30.0), -100.0), id="in a corner, lying"),
    ],
)
@pytest.mark.parametrize("size_px", [24, 80])
def test_a_crop_is_interpolated_between_32nds_of_pixels(square: Rectangle, size_px: int, border: int) -> None:
    slow = slowly_cropped(PICTURE, square, size_px, black=border == cv2.BORDER_CONSTANT)
    found = Cropper(size_px)(PICTURE, square, border)
    apart = np.abs(found.astype(int) - slow)
    assert apart.max() <= 8  # a place between two steps may be rounded to the other one
    assert (apart > 1).mean() < 0.001


def test_the_picture_itself() -> None:
    square: Image = np.ascontiguousarray(PICTURE[:, :48])
    assert (Cropper(48)(square, ((24, 24), (48, 48), 0), cv2.BORDER_REPLICATE) == square).all()


def test_the_next_crop_is_right_too() -> None:
    cropper, square = Cropper(24), ((32.0, 24.0), (40.0, 40.0), 10.0)
    first = cropper(PICTURE, square, cv2.BORDER_REPLICATE).copy()
    cropper(PICTURE[::-1].copy(), ((10.0, 5.0), (90.0, 90.0), 50.0), cv2.BORDER_CONSTANT)
    assert (cropper(PICTURE, square, cv2.BORDER_REPLICATE) == first).all()


def test_a_wide_picture_is_averaged_where_the_crop_is_coarser() -> None:
    """Stripes of one pixel are grey from afar, and stripes close by."""
    stripes: Image = np.zeros((720, 1280, 3), np.uint8)
    stripes[:, ::2] = 200
    afar = Cropper(256)(stripes, ((640.0, 360.0), (700.0, 700.0), 0.0), cv2.BORDER_REPLICATE)
    assert np.abs(afar.astype(int) - 100).max() <= 1
    close = Cropper(256)(stripes, ((640.0, 360.0), (256.0, 256.0), 0.0), cv2.BORDER_REPLICATE)
    assert set(np.unique(close)) == {0, 200}


def test_a_crop_of_a_wide_picture_shows_the_same_place() -> None:
    picture: Image = np.zeros((720, 1280, 3), np.uint8)
    picture[300:340, 800:840] = 255
    crop = Cropper(256)(picture, ((640.0, 360.0), (768.0, 768.0), 0.0), cv2.BORDER_REPLICATE)
    rows, columns = np.nonzero(crop[:, :, 0] > 127)
    assert columns.mean() == pytest.approx((820 - 256) / 3, abs=1)
    assert rows.mean() == pytest.approx((320 + 24) / 3, abs=1)


def test_the_tensor_is_red_green_blue_in_the_models_range() -> None:
    crop: Image = np.zeros((2, 2, 3), np.uint8)
    crop[0, 0] = 255, 51, 0  # blue, green, red
    tensor = np.full((2, 2, 3), 9, np.float32)
    fill_tensor(tensor, crop, (0.0, 1.0))
    assert tensor[0, 0] == pytest.approx([0, 0.2, 1])
    assert not tensor[1].any()
    fill_tensor(tensor, crop, (-1.0, 1.0))
    assert tensor[0, 0] == pytest.approx([-1, -0.6, 1])
    assert (tensor[1] == -1).all()
