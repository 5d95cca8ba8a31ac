"""Squares cut out of pictures as MediaPipe cuts them, to the last bit, and written to a model's input.

Cited files are of google-ai-edge/mediapipe, without `mediapipe/` before them, and of OpenCV 4.
"""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from kiosk.capture.source import Image
from kiosk.landmarks import Float

_STEP_BITS: Final = 5  # OpenCV, modules/imgproc/src/imgwarp.hpp: INTER_BITS; a step is 1/32 pixel
_BLOCK_PX: Final = 64  # OpenCV, modules/imgproc/src/imgwarp.cpp, WarpPerspectiveInvoker: bw0

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

    def __init__(self, size_px: int, beside: "Cropper | None" = None) -> None:
        """`beside` cuts squares that are no smaller, in the same thread, and lends its memory."""
        blocks = -(-size_px // _BLOCK_PX)
        self._size_px = size_px
        self._blocks = np.arange(blocks, dtype=np.float64) * _BLOCK_PX
        self._within, self._down = np.arange(_BLOCK_PX, dtype=np.float64), np.arange(size_px, dtype=np.float64)
        self._corners = np.array(((0, size_px), (0, 0), (size_px, 0), (size_px, size_px)), np.float32)
        # Written to for every picture: memory that is new each time would cost more than the arithmetic.
        places = np.empty((3, size_px, blocks, _BLOCK_PX)) if beside is None else beside._places
        self._places: NDArray[np.float64] = places[:, :size_px, :blocks]
        self._steps, self._rest = np.empty((2, 2, size_px, size_px), np.int32)
        self._whole = np.empty((2, size_px, size_px), np.int16)
        self._pixels = np.empty((size_px, size_px, 2), np.int16)
        self._weights = np.empty((size_px, size_px), np.uint16)
        self._crop: Image = np.empty((size_px, size_px, 3), np.uint8)

    def __call__(self, image: Image, square: Rectangle, border: int) -> Image:
        """Return a square of a picture, interpolated linearly and overwritten by the next call.

        Colours keep their order. `border` is what lies outside the picture: cv2.BORDER_REPLICATE, or
        cv2.BORDER_CONSTANT for black.
        """
        image, square = _averaged(image, square, self._size_px)
        np.rint(self._located(square), out=self._steps, casting="unsafe")
        np.right_shift(self._steps, _STEP_BITS, out=self._whole, casting="unsafe")
        cv2.merge((self._whole[0], self._whole[1]), self._pixels)
        rest_x, rest_y = np.bitwise_and(self._steps, (1 << _STEP_BITS) - 1, out=self._rest)
        np.left_shift(rest_y, _STEP_BITS, out=rest_y)
        np.add(rest_y, rest_x, out=self._weights, casting="unsafe")
        cv2.remap(image, self._pixels, self._weights, cv2.INTER_LINEAR, dst=self._crop, borderMode=border)
        return self._crop

    def _located(self, square: Rectangle) -> NDArray[np.float64]:
        """Return where in the picture each pixel of the crop lies, (2, size, size) x and y, in steps of 1/32 pixel."""
        _, matrix = cv2.invert(cv2.getPerspectiveTransform(cv2.boxPoints(square), self._corners))
        x, y, one = matrix.T[:, :, None, None]
        begins = x * self._blocks + y * self._down[:, None] + one
        np.add(begins[..., None], x[..., None] * self._within, out=self._places)
        across, down, depth = self._places
        np.divide(1 << _STEP_BITS, depth, out=depth)
        across *= depth
        down *= depth
        return self._places[:2].reshape(2, self._size_px, -1)[:, :, : self._size_px]


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
