"""Squares cut out of pictures as MediaPipe cuts them, to the last bit, and written to a model's input.

Cited files are of google-ai-edge/mediapipe, without `mediapipe/` before them, and of OpenCV 4.
"""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from kiosk.capture.source import Image
from kiosk.landmarks import Float

_BLOCK_PX: Final = 64  # OpenCV, modules/imgproc/src/imgwarp.cpp, WarpPerspectiveInvoker: bw0
_STEPS: Final = 1.5 * 2**47
"""Added to a place in pixels and taken away again, this rounds it to 1/32 pixel, halves to the even one, as that is the
last bit of so large a number. OpenCV, modules/imgproc/src/imgwarp.hpp: INTER_BITS."""

_ROWS: Final = 64
"""So many rows of a crop are computed at a time: what lies between the steps stays in the processor's cache."""

Rectangle = tuple[tuple[float, float], tuple[float, float], float]
"""OpenCV's RotatedRect: centre and size in pixels, and how far it is turned clockwise, in degrees."""


WIDE_PX: Final = 640
"""Wider pictures are averaged down as far as a crop allows: interpolation alone would skip most of their pixels."""


class Cropper:
    """Cuts squares of `size_px` out of pictures; calculators/tensor/image_to_tensor_converter_opencv.cc.

    MediaPipe's cv::warpPerspective rounds places in the picture to 1/32 pixel, which that of our OpenCV 5 does not.
    Places that lie exactly between two such steps are not rare, so they are computed in its order as well: in double
    precision, each row in blocks of 64 pixels.
    """

    def __init__(self, size_px: int) -> None:
        blocks, rows = -(-size_px // _BLOCK_PX), min(_ROWS, size_px)
        self._size_px = size_px
        self._blocks = np.arange(blocks, dtype=np.float64) * _BLOCK_PX
        self._within, self._down = np.arange(_BLOCK_PX, dtype=np.float64), np.arange(size_px, dtype=np.float64)
        self._corners = np.array(((0, size_px), (0, 0), (size_px, 0), (size_px, size_px)), np.float32)
        # Written to for every picture: memory that is new each time would cost more than the arithmetic.
        self._places: NDArray[np.float64] = np.empty((3, rows, blocks, _BLOCK_PX))
        self._rounded = np.empty((2, rows, size_px), np.float32)
        self._pixels, self._rest = np.empty((rows, size_px, 2), np.int16), np.empty((rows, size_px), np.uint16)
        self._crop: Image = np.empty((size_px, size_px, 3), np.uint8)

    def __call__(self, image: Image, square: Rectangle, border: int) -> Image:
        """Return a square of a picture, interpolated linearly and overwritten by the next call.

        Colours keep their order. `border` is what lies outside the picture: cv2.BORDER_REPLICATE, or
        cv2.BORDER_CONSTANT for black.
        """
        _read_ahead(image, square)
        image, square = _averaged(image, square, self._size_px)
        _, matrix = cv2.invert(cv2.getPerspectiveTransform(cv2.boxPoints(square), self._corners))
        x, y, one = matrix.T[:, :, None, None]
        begins = x * self._blocks + y * self._down[:, None] + one
        within = x[..., None] * self._within
        for row in range(0, self._size_px, _ROWS):
            crop = self._crop[row : row + _ROWS]
            places = np.add(begins[:, row : row + _ROWS, :, None], within, out=self._places[:, : len(crop)])
            maps = self._in_steps(places)
            pixels, rest = cv2.convertMaps(
                maps[0], maps[1], cv2.CV_16SC2, self._pixels[: len(crop)], self._rest[: len(crop)]
            )
            cv2.remap(image, pixels, rest, cv2.INTER_LINEAR, dst=crop, borderMode=border)
        return self._crop

    def _in_steps(self, places: NDArray[np.float64]) -> Float:
        """Return x and y of homogeneous places, (2, rows, size), in whole 1/32 pixels: exact in a float32."""
        across_down, depth = places[:2], places[2]
        across_down *= np.divide(1, depth, out=depth)
        across_down += _STEPS
        rows = depth.shape[0]
        return np.subtract(
            across_down.reshape(2, rows, -1)[:, :, : self._size_px],
            _STEPS,
            out=self._rounded[:, :rows],
            casting="same_kind",
        )


def _read_ahead(image: Image, square: Rectangle) -> None:
    """Have the processor fetch the rows around a square, in order.

    Cutting it out turned jumps from row to row and waits for the memory at each: a third of a crop's time (measured).
    """
    (_, y), (side, _), _ = square
    reach = 0.71 * side  # half of a diagonal
    top, bottom = max(0, int(y - reach)), max(0, int(y + reach))
    image[top:bottom].max(initial=0)


def _averaged(image: Image, square: Rectangle, size_px: int) -> tuple[Image, Rectangle]:
    """Return a picture reduced by a whole number, and the square in it, which is still larger than `size_px`."""
    (x, y), (width, height), degrees = square
    factor = min(image.shape[1] // WIDE_PX, int(width) // size_px, image.shape[0])
    if factor < 2:
        return image, square
    small = cv2.resize(image, None, fx=1 / factor, fy=1 / factor, interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8), ((x / factor, y / factor), (width / factor, height / factor), degrees)


def fill_tensor(tensor: Float, bgr: Image, low_high: tuple[float, float]) -> None:
    """Write a crop into a model's input, (size, size, 3) red, green, blue, with 0..255 mapped to `low_high`."""
    low, high = low_high
    np.multiply(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), np.float32((high - low) / 255), out=tensor)
    if low:
        tensor += np.float32(low)
