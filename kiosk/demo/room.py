"""Draws the room the demo athlete exercises in: a lit wall, wall bars, a mat, a chair where needed."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]

# Blue, green, red, as OpenCV orders them; the colours of the pages, lit.
_WALL: Final = (104, 95, 84)
_FLOOR: Final = (72, 65, 58)
_SKIRTING: Final = (46, 41, 36)
_MAT: Final = (78, 82, 48)
_MAT_EDGE: Final = (104, 122, 62)
_WOOD: Final = (82, 112, 142)
_IRON: Final = (48, 43, 39)
_ACCENT: Final = (139, 201, 55)

_WALL_FOOT: Final = 0.1
"""Height of the line between floor and wall in the picture, in statures above the athlete's feet."""


@dataclass(frozen=True, slots=True)
class Scene:
    """What an exercise needs around it, in statures.

    `size` is the smallest width and height that a picture must show, `middle` where its centre lies, from the floor
    below the near ankle. `mat` is from where to where the mat reaches, `kettlebell` where one stands.
    """

    size: tuple[float, float]
    middle: tuple[float, float]
    mat: tuple[float, float]
    kettlebell: float = 0.76
    chair: bool = False


# Hands reach 0.5 statures before the ankle and the seat 0.3 behind it.
STANDING: Final = Scene(size=(0.8, 1.25), middle=(0.09, 0.52), mat=(-0.42, 0.6))
SEATED: Final = Scene(size=(0.8, 1.25), middle=(0.03, 0.52), mat=(-0.46, 0.5), chair=True)
FRONT: Final = Scene(size=(1.12, 1.25), middle=(0.0, 0.52), mat=(-0.51, 0.51))
FLOOR: Final = Scene(size=(1.32, 0.86), middle=(0.47, 0.26), mat=(-0.14, 1.08), kettlebell=1.05)


@dataclass(frozen=True, slots=True)
class Stage:
    """Where the athlete is in a picture.

    `scale_px` is the length of a stature in pixels and `origin_px` the pixel (x, y) of the floor below the ankle.
    """

    scene: Scene
    width_px: int
    height_px: int
    scale_px: float
    origin_px: tuple[float, float]

    def to_px(self, x: float, y: float) -> tuple[float, float]:
        """Statures (x forward from the ankle, y up from the floor) to pixels of the picture."""
        return self.origin_px[0] + x * self.scale_px, self.origin_px[1] - y * self.scale_px


def stage(scene: Scene, width_px: int, height_px: int) -> Stage:
    """Fit a scene into the picture, as large as its shape allows."""
    (width, height), (x, y) = scene.size, scene.middle
    scale_px = min(height_px / height, width_px / width)
    return Stage(scene, width_px, height_px, scale_px, (width_px / 2 - x * scale_px, height_px / 2 + y * scale_px))


class _Painter:
    """Fills shapes given in statures."""

    def __init__(self, image: Image, place: Stage) -> None:
        self._image, self._place = image, place

    def fill(self, corners: list[tuple[float, float]], colour: tuple[int, int, int]) -> None:
        fixed = np.rint((np.array([self._place.to_px(*corner) for corner in corners]) - 0.5) * 16).astype(np.int32)
        cv2.fillPoly(self._image, [fixed], colour, cv2.LINE_AA, 4)

    def box(self, left: float, bottom: float, right: float, top: float, colour: tuple[int, int, int]) -> None:
        self.fill([(left, bottom), (right, bottom), (right, top), (left, top)], colour)

    def disc(self, x: float, y: float, radius: float, colour: tuple[int, int, int]) -> None:
        angle = np.linspace(0, 2 * np.pi, 48, endpoint=False)
        self.fill([(x + radius * float(np.cos(a)), y + radius * float(np.sin(a))) for a in angle], colour)


def _furnish(painter: _Painter, scene: Scene) -> None:
    """Wall panels, wall bars, mat, chair and a kettlebell, from the back to the front."""
    for seam in np.arange(-3.03, 3.2, 0.5):
        painter.box(seam, _WALL_FOOT, seam + 0.004, 1.22, (92, 84, 74))
    painter.box(-9, _WALL_FOOT, 9, _WALL_FOOT + 0.035, _SKIRTING)
    for left in (-0.78, -0.46):
        painter.box(left + 0.012, _WALL_FOOT, left + 0.042, 1.03, (74, 67, 59))
        painter.box(left, _WALL_FOOT - 0.01, left + 0.03, 1.03, _WOOD)
    for rung in np.arange(0.2, 1.0, 0.093):
        painter.box(-0.74, rung - 0.014, -0.46, rung, (74, 67, 59))
        painter.box(-0.75, rung, -0.46, rung + 0.017, _WOOD)
    left, right = scene.mat
    painter.fill([(left, -0.075), (right, -0.075), (right - 0.07, 0.055), (left + 0.09, 0.055)], _MAT)
    painter.fill([(left, -0.075), (right, -0.075), (right, -0.084), (left, -0.084)], _MAT_EDGE)
    if scene.chair:
        _chair(painter)
    bell = scene.kettlebell
    painter.disc(bell, 0.155, 0.042, _IRON)
    painter.disc(bell, 0.155, 0.026, _WALL)
    painter.disc(bell, 0.085, 0.06, _IRON)
    painter.box(bell - 0.04, 0.025, bell + 0.04, 0.05, _IRON)


def _chair(painter: _Painter) -> None:
    """A plain chair from the side, its far legs first."""
    dark = (52, 72, 94)
    for left in (-0.29, -0.075):
        painter.box(left + 0.02, 0.012, left + 0.042, 0.225, dark)
    painter.fill([(-0.29, 0.22), (-0.265, 0.22), (-0.305, 0.5), (-0.33, 0.5)], dark)
    for left in (-0.31, -0.095):
        painter.box(left, 0.0, left + 0.024, 0.225, _WOOD)
    painter.fill([(-0.31, 0.22), (-0.286, 0.22), (-0.328, 0.52), (-0.352, 0.52)], _WOOD)
    painter.box(-0.315, 0.215, -0.055, 0.24, _WOOD)


def _light(place: Stage) -> NDArray[np.float32]:
    """How bright each pixel is, (height, width, 1): a pool of light on the wall, a dimmer one on the floor."""
    y, x = np.mgrid[: place.height_px, : place.width_px].astype(np.float32)
    middle_x, middle_y = place.to_px(place.scene.middle[0] + 0.06, place.scene.middle[1] + 0.2)
    reach_px = 0.95 * place.scale_px
    wall = np.exp(-(((x - middle_x) / (1.25 * reach_px)) ** 2) - ((y - middle_y) / reach_px) ** 2)
    foot_px = place.to_px(0, _WALL_FOOT)[1]
    floor = 0.62 * np.exp(-(((x - middle_x) / (1.3 * reach_px)) ** 2) - ((y - foot_px) / (0.5 * reach_px)) ** 2)
    return np.asarray(0.34 + 0.66 * np.where(y < foot_px, wall, floor + 0.1), np.float32)[..., None]


@lru_cache(maxsize=4)
def room(place: Stage) -> Image:
    """The empty room, BGR. The array is shared: copy it before drawing on it."""
    image = np.empty((place.height_px, place.width_px, 3), np.uint8)
    image[:] = _WALL
    painter = _Painter(image, place)
    painter.box(-9, -9, 9, _WALL_FOOT, _FLOOR)
    _furnish(painter, place.scene)
    lit = image * _light(place)
    glow = np.zeros_like(image)
    strip = _Painter(glow, place)
    strip.box(-9, 1.082, 9, 1.088, _ACCENT)
    lit += cv2.GaussianBlur(glow.astype(np.float32), (0, 0), 0.05 * place.scale_px) * 2.0
    lit += glow * np.float32(0.6)
    grain = np.random.default_rng(0).random(lit.shape, np.float32)  # breaks the bands that rounding draws into a slope
    finished: Image = np.clip(lit + grain, 0, 255).astype(np.uint8)
    finished.flags.writeable = False
    return finished
