"""Draws a person seen from the side: closed outlines hung on the joints, shaded as if lit from above and in front.

A body is measured in statures: 1.0 is the height of the person, x points forward (to the right of the picture), y up,
and the floor is y = 0. Nothing here knows what the person does; `kiosk.demo.skeleton` places the joints.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
Points = NDArray[np.float64]
Point = tuple[float, float]
Joints = Mapping[str, Point]
Colour = tuple[int, int, int]

SKIN: Final = (132, 164, 214)
SHIRT: Final = (139, 201, 55)  # the accent colour of the pages, #37c98b, in OpenCV's order blue, green, red
SHORTS: Final = (74, 62, 54)
HAIR: Final = (34, 40, 54)
SHOE: Final = (232, 228, 224)
SOLE: Final = (150, 190, 90)
SOCK: Final = (205, 205, 202)
EYE: Final = (40, 36, 34)
LIP: Final = (110, 120, 184)
IRON: Final = (66, 60, 56)
CHROME: Final = (188, 182, 176)

_SUBPIXEL_BITS: Final = 4
_NEUTRAL: Final = 128
_TOWARDS_LIGHT: Final = np.array([0.25, 0.37])
_FAR_SHADE: Final = 0.6
# From the rim of a limb to its core: how far the outline has shrunk to the bone, and how bright it is there.
_RINGS: Final = ((1.0, 78), (0.86, 96), (0.7, 112), (0.52, 126), (0.32, 138))


@dataclass(frozen=True, eq=False)
class Part:
    """One piece of the body or its clothes.

    `outline` is (n, 2), x forward and y down from the part's first joint, in statures; the part turns with the line
    from that joint to the next. `rings` is (rings, n, 2), the outline shrunk towards the bone for shading, and `shifts`
    (rings, 1, 2) moves each towards the light; both are empty for a detail that takes the shading below it.
    """

    colour: Colour
    outline: Points
    rings: Points
    shifts: Points


def _smooth(corners: Sequence[tuple[float, float]], samples: int = 4) -> Points:
    """A closed Catmull-Rom curve through the corners (in thousandths of a stature), as points in statures."""
    p1 = np.array(corners, dtype=np.float64) / 1000
    p0, p2, p3 = np.roll(p1, 1, 0), np.roll(p1, -1, 0), np.roll(p1, -2, 0)
    t = np.linspace(0, 1, samples, endpoint=False).reshape(-1, 1, 1)
    curve = p1 + t / 2 * (p2 - p0 + t * (2 * p0 - 5 * p1 + 4 * p2 - p3 + t * (3 * (p1 - p2) + p3 - p0)))
    return np.asarray(curve.transpose(1, 0, 2).reshape(-1, 2))


def rounded(colour: Colour, corners: Sequence[tuple[float, float]], bone: tuple[float, float] = (-999, 999)) -> Part:
    """A part rounded around the line from `bone[0]` to `bone[1]` thousandths of a stature below its first joint."""
    outline = _smooth(corners)
    spine = np.zeros_like(outline)
    spine[:, 1] = np.clip(outline[:, 1], bone[0] / 1000, bone[1] / 1000)
    sizes = np.array([size for size, _ in _RINGS]).reshape(-1, 1, 1)
    shifts = (1 - sizes) * np.abs(outline[:, 0]).max() * _TOWARDS_LIGHT
    return Part(colour, outline, spine + (outline - spine) * sizes, shifts)


def detail(colour: Colour, corners: Sequence[tuple[float, float]]) -> Part:
    """A part too small to be round."""
    return Part(colour, _smooth(corners), np.empty((0, 0, 2)), np.empty((0, 1, 2)))


THIGH: Final = rounded(SKIN, [
    (0, -55), (38, -40), (50, 20), (50, 90), (43, 160), (35, 212), (33, 242), (14, 262), (-14, 258), (-30, 234),
    (-36, 190), (-46, 120), (-54, 40), (-40, -40),
])  # fmt: skip
SHANK: Final = rounded(SKIN, [
    (0, -28), (26, -18), (31, 6), (25, 40), (22, 110), (17, 180), (15, 236), (0, 250), (-16, 236), (-19, 190),
    (-33, 120), (-40, 75), (-35, 25), (-25, -12),
])  # fmt: skip
SOCK_CUFF: Final = detail(SOCK, [(18, 184), (19, 232), (0, 244), (-21, 232), (-21, 184), (0, 180)])
SHOE_UPPER: Final = rounded(SHOE, [
    (18, -4), (30, 14), (62, 26), (108, 32), (134, 40), (141, 50), (90, 54), (0, 54), (-44, 54), (-50, 36), (-42, 12),
    (-32, -6), (-8, 0),
], (14, 20))  # fmt: skip
SHOE_SOLE: Final = detail(SOLE, [
    (-50, 44), (0, 48), (60, 47), (136, 44), (143, 50), (132, 57), (60, 58), (0, 58), (-42, 58), (-52, 53),
])  # fmt: skip
# The same shoe standing on its toes: the sole's ball and the toes are bent flat on the floor. x is towards the toes.
BENT_UPPER: Final = rounded(SHOE, [
    (18, -12), (32, 8), (58, 24), (84, 24), (100, 12), (124, 4), (132, 16), (126, 60), (100, 66), (60, 58), (0, 54),
    (-44, 50), (-50, 34), (-42, 10), (-32, -10), (-8, -4),
], (14, 20))  # fmt: skip
BENT_SOLE: Final = detail(SOLE, [
    (-50, 42), (0, 47), (60, 50), (98, 58), (120, 54), (128, 20), (134, 8), (138, 20), (132, 62), (102, 72), (58, 62),
    (0, 58), (-44, 54),
])  # fmt: skip
SHORTS_LEG: Final = rounded(SHORTS, [
    (6, -70), (50, -56), (62, 8), (61, 78), (56, 138), (30, 146), (-20, 146), (-50, 138), (-58, 78), (-62, 18),
    (-44, -52),
])  # fmt: skip
PELVIS: Final = rounded(SHORTS, [
    (10, -80), (62, -76), (68, -34), (62, 16), (30, 42), (-20, 48), (-60, 34), (-74, 2), (-68, -38), (-48, -78),
])  # fmt: skip
TORSO: Final = rounded(SHIRT, [
    (-4, -52), (22, -40), (44, -8), (62, 46), (70, 92), (66, 150), (64, 205), (70, 250), (68, 266), (10, 272),
    (-56, 266), (-57, 240), (-47, 196), (-50, 150), (-64, 90), (-68, 40), (-54, -8), (-28, -44),
])  # fmt: skip
NECK: Final = rounded(SKIN, [
    (0, -110), (26, -96), (24, -60), (30, -34), (8, -14), (-26, -24), (-34, -50), (-32, -90),
])  # fmt: skip
SLEEVE: Final = rounded(SHIRT, [
    (0, -40), (30, -28), (36, 10), (34, 60), (32, 98), (0, 103), (-33, 98), (-36, 60), (-38, 10), (-30, -28),
])  # fmt: skip
UPPER_ARM: Final = rounded(SKIN, [
    (0, -30), (26, 0), (28, 70), (25, 130), (20, 170), (0, 190), (-20, 170), (-24, 120), (-27, 60), (-26, 0),
])  # fmt: skip
FOREARM: Final = rounded(SKIN, [
    (0, -18), (20, -6), (25, 40), (19, 95), (13, 140), (0, 150), (-13, 140), (-17, 95), (-22, 40), (-20, -6),
])  # fmt: skip
HAND: Final = rounded(SKIN, [
    (0, -12), (13, -4), (24, 18), (28, 34), (20, 38), (14, 34), (13, 62), (4, 84), (-8, 80), (-14, 45), (-14, 5),
], (0, 60))  # fmt: skip
FACE: Final = rounded(SKIN, [
    (-10, -70), (26, -66), (46, -48), (54, -26), (53, -12), (58, -2), (71, 14), (70, 20), (59, 23), (62, 31), (58, 36),
    (60, 42), (55, 48), (54, 58), (44, 66), (24, 58), (4, 42), (-6, 50), (-34, 46), (-50, 10), (-54, -24), (-40, -58),
], (-8, 14))  # fmt: skip
HAIR_CAP: Final = rounded(HAIR, [
    (-8, -82), (28, -78), (52, -60), (57, -40), (50, -36), (36, -44), (22, -40), (12, -26), (9, -6), (2, -8),
    (-8, -14), (-12, 0), (-10, 18), (-20, 38), (-38, 46), (-54, 30), (-64, -6), (-60, -42), (-40, -70),
], (-40, 0))  # fmt: skip
EAR: Final = rounded(SKIN, [(-4, -16), (6, -13), (7, 0), (0, 15), (-7, 9), (-12, -6)], (-4, 4))
EYE_OPEN: Final = detail(EYE, [(38, -6), (46, -9), (49, -5), (47, 0), (40, -1)])
BROW: Final = detail(HAIR, [(32, -20), (44, -25), (52, -21), (51, -18), (43, -21), (33, -16)])
PLATE: Final = rounded(IRON, [
    (0, -42), (30, -30), (42, 0), (30, 30), (0, 42), (-30, 30), (-42, 0), (-30, -30),
], (0, 0))  # fmt: skip
HUB: Final = detail(CHROME, [(0, -13), (13, 0), (0, 13), (-13, 0)])
MOUTH: Final = detail(LIP, [(42, 37), (52, 34), (60, 33), (59, 41), (50, 39)])


class Canvas:
    """A picture being painted: flat colours at once, light and shade gathered apart and applied by `finish`.

    `scale_px` is the length of a stature and `origin_px` the pixel of the body's origin, the floor below the ankle.
    """

    def __init__(self, image: Image, scale_px: float, origin_px: tuple[float, float]) -> None:
        self._image = image
        self._light = np.full(image.shape[:2], _NEUTRAL, np.uint8)
        self._scale_px = scale_px
        self._factor = np.array([scale_px, -scale_px]) * (1 << _SUBPIXEL_BITS)
        # OpenCV's pixel coordinates are those of pixel centres.
        self._offset = (np.array(origin_px) - 0.5) * (1 << _SUBPIXEL_BITS)

    def _fixed(self, points: Points) -> NDArray[np.int32]:
        """Statures (x forward, y up) to pixels in OpenCV's fixed point."""
        return np.asarray(np.rint(points * self._factor + self._offset), np.int32)

    def paint(self, part: Part, joint: Point, down: Point, shade: float = 1.0) -> None:
        """Hang a part on `joint` so that its y axis points along `down` (a unit vector)."""
        axes = np.array([(-down[1], down[0]), down])
        colour = [shade * value for value in part.colour]
        cv2.fillPoly(self._image, [self._fixed(part.outline @ axes + joint)], colour, cv2.LINE_AA, _SUBPIXEL_BITS)
        if part.rings.size:
            rings = self._fixed(part.rings @ axes + part.shifts + joint)
            for ring, (_, light) in zip(rings, _RINGS, strict=True):
                cv2.fillPoly(self._light, [ring], (light,), cv2.LINE_8, _SUBPIXEL_BITS)

    def shadow(self, middle: float, half_width: float) -> None:
        """A soft shadow on the floor."""
        angle = np.linspace(0, 2 * np.pi, 40, endpoint=False)
        circle = np.stack([np.cos(angle), 0.13 * np.sin(angle)], axis=1) * half_width
        for size in np.linspace(1, 0.4, 12):
            points = self._fixed(circle * size + (middle, 0.0))
            cv2.fillPoly(self._light, [points], (_NEUTRAL - 5 - 100 * (1 - size),), cv2.LINE_8, _SUBPIXEL_BITS)

    def finish(self) -> None:
        """Apply light and shade to the picture."""
        spread_px = round(self._scale_px * 0.007) * 2 + 1
        soft = cv2.blur(self._light, (spread_px, spread_px))
        cv2.multiply(self._image, cv2.cvtColor(soft, cv2.COLOR_GRAY2BGR), self._image, 1 / _NEUTRAL)


def direction(joints: Joints, start: str, end: str) -> Point:
    """The unit vector from one joint to another."""
    (x0, y0), (x1, y1) = joints[start], joints[end]
    length = math.hypot(x1 - x0, y1 - y0)
    return (x1 - x0) / length, (y1 - y0) / length


def _paint_leg(canvas: Canvas, joints: Joints, side: str, shade: float) -> None:
    shank = direction(joints, f"{side}_knee", f"{side}_ankle")
    thigh = direction(joints, f"{side}_hip", f"{side}_knee")
    forward = direction(joints, f"{side}_heel", f"{side}_foot_index")
    flat = abs(forward[1]) < 0.5
    for part in (SHANK, SOCK_CUFF):
        canvas.paint(part, joints[f"{side}_knee"], shank, shade)
    for part in (SHOE_UPPER, SHOE_SOLE) if flat else (BENT_UPPER, BENT_SOLE):
        canvas.paint(part, joints[f"{side}_ankle"], (forward[1], -forward[0]), shade)
    for part in (THIGH, SHORTS_LEG):
        canvas.paint(part, joints[f"{side}_hip"], thigh, shade)


def _paint_arm(canvas: Canvas, joints: Joints, side: str, shade: float, weights: bool) -> None:
    upper = direction(joints, f"{side}_shoulder", f"{side}_elbow")
    lower = direction(joints, f"{side}_elbow", f"{side}_wrist")
    hand = direction(joints, f"{side}_wrist", f"{side}_index")
    canvas.paint(UPPER_ARM, joints[f"{side}_shoulder"], upper, shade)
    canvas.paint(HAND, joints[f"{side}_wrist"], hand, shade)
    canvas.paint(FOREARM, joints[f"{side}_elbow"], lower, shade)
    canvas.paint(SLEEVE, joints[f"{side}_shoulder"], upper, shade)
    if weights:
        for part in (PLATE, HUB):
            canvas.paint(part, joints[f"{side}_index"], hand, shade)


def paint(canvas: Canvas, joints: Joints, weights: bool = False) -> None:
    """Draw the body.

    `joints` holds `near_` and `far_` shoulder, elbow, wrist, index, hip, knee, ankle, heel and foot_index, and the
    head's `ear` and `crown`; `weights` puts dumbbells into the hands.
    """
    trunk = direction(joints, "near_shoulder", "near_hip")
    head = direction(joints, "crown", "ear")
    supports = [joints[name][0] for name in ("near_heel", "near_foot_index")]
    if joints["near_wrist"][1] < 0.1:
        supports.append(joints["near_wrist"][0])
    canvas.shadow((min(supports) + max(supports)) / 2, 0.2 + (max(supports) - min(supports)) / 2)
    _paint_arm(canvas, joints, "far", _FAR_SHADE, weights)
    _paint_leg(canvas, joints, "far", _FAR_SHADE)
    canvas.paint(PELVIS, joints["near_hip"], trunk)
    _paint_leg(canvas, joints, "near", 1.0)
    canvas.paint(NECK, joints["near_shoulder"], trunk)
    canvas.paint(TORSO, joints["near_shoulder"], trunk)
    for part in (FACE, EYE_OPEN, BROW, MOUTH, HAIR_CAP, EAR):
        canvas.paint(part, joints["ear"], head)
    _paint_arm(canvas, joints, "near", 1.0, weights)
    canvas.finish()
