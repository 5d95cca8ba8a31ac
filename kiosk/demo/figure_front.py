"""Draws the person of `kiosk.demo.figure` seen from the front, facing the camera."""

from typing import Final

from kiosk.demo.figure import (
    EYE,
    FOREARM,
    HAIR,
    HAND,
    HUB,
    LIP,
    PLATE,
    SHIRT,
    SHOE,
    SHORTS,
    SKIN,
    SOCK,
    SOLE,
    UPPER_ARM,
    Canvas,
    Joints,
    Part,
    Point,
    detail,
    direction,
    rounded,
)

_DOWN: Final = (0.0, -1.0)


def _pair(corners: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """A closed outline that is alike on both sides, from its right half, given from top to bottom."""
    return corners + [(-x, y) for x, y in reversed(corners) if x]


THIGH: Final = rounded(SKIN, _pair([
    (0, -40), (36, -34), (47, 20), (46, 90), (39, 160), (32, 215), (31, 245), (0, 262),
]))  # fmt: skip
SHANK: Final = rounded(SKIN, _pair([
    (0, -26), (24, -16), (27, 12), (31, 60), (28, 110), (19, 175), (16, 232), (0, 246),
]))  # fmt: skip
SOCK_CUFF: Final = detail(SOCK, _pair([(0, 180), (19, 184), (20, 232), (0, 242)]))
SHOE_UPPER: Final = rounded(SHOE, _pair([(0, -6), (22, 0), (31, 22), (36, 42), (34, 54), (0, 58)]))
SHOE_SOLE: Final = detail(SOLE, _pair([(0, 51), (37, 46), (36, 57), (0, 60)]))
SHORTS_LEG: Final = rounded(SHORTS, _pair([(0, -40), (44, -40), (54, 10), (54, 80), (55, 144), (0, 150)]))
PELVIS: Final = rounded(SHORTS, _pair([(0, -62), (82, -60), (93, -20), (100, 30), (60, 60), (0, 50)]))
TORSO: Final = rounded(SHIRT, _pair([
    (0, -30), (34, -42), (66, -37), (98, -27), (112, 6), (106, 60), (98, 110), (88, 160), (84, 200), (90, 258),
    (0, 266),
]))  # fmt: skip
SLEEVE: Final = rounded(SHIRT, _pair([(0, -28), (20, -24), (34, 6), (35, 60), (33, 99), (0, 103)]), (8, 999))
COLLAR: Final = rounded(SKIN, _pair([(0, -104), (28, -96), (29, -50), (36, -30), (20, -16), (0, -8)]))
FACE: Final = rounded(SKIN, _pair([
    (0, -76), (36, -66), (53, -36), (55, 2), (50, 36), (34, 64), (14, 77), (0, 79),
]), (-12, 10))  # fmt: skip
HAIR_CAP: Final = rounded(HAIR, [
    (0, -90), (38, -80), (60, -48), (60, -6), (54, -8), (50, -34), (30, -48), (-6, -44), (-34, -50), (-50, -34),
    (-54, -8), (-60, -6), (-60, -48), (-38, -80),
], (-40, -30))  # fmt: skip
EAR: Final = rounded(SKIN, _pair([(0, -16), (9, -11), (9, 4), (0, 16)]), (-4, 4))
EYE_WHITE: Final = detail((206, 212, 220), _pair([(0, -4), (8, -3), (12, 1), (7, 5), (0, 6)]))
IRIS: Final = detail(EYE, _pair([(0, -6), (6, -4), (6, 3), (0, 6)]))
LID: Final = detail(HAIR, _pair([(0, -7), (9, -5), (14, 1), (8, -2), (0, -4)]))
BROW: Final = detail(HAIR, _pair([(0, -20), (10, -19), (16, -14), (8, -15), (0, -15)]))
NOSE_SHADE: Final = detail((104, 136, 188), _pair([(0, 18), (9, 17), (12, 22), (6, 25), (0, 26)]))
NOSE_RIDGE: Final = detail((146, 178, 226), _pair([(0, -12), (4, -6), (7, 16), (0, 20)]))
MOUTH: Final = detail(LIP, _pair([(0, 41), (7, 39), (20, 44), (9, 51), (0, 53)]))
MOUTH_LINE: Final = detail((76, 82, 130), _pair([(0, 44), (10, 43), (18, 44), (10, 46), (0, 47)]))


def _paint_leg(canvas: Canvas, joints: Joints, side: str) -> None:
    hip, knee, ankle = (joints[f"{side}_{name}"] for name in ("hip", "knee", "ankle"))
    shank, thigh = direction(joints, f"{side}_knee", f"{side}_ankle"), direction(joints, f"{side}_hip", f"{side}_knee")
    for part, joint, down in (
        (SHANK, knee, shank),
        (SOCK_CUFF, knee, shank),
        (SHOE_UPPER, ankle, _DOWN),
        (SHOE_SOLE, ankle, _DOWN),
        (THIGH, hip, thigh),
        (SHORTS_LEG, hip, thigh),
    ):
        canvas.paint(part, joint, down)


def _paint_arm(canvas: Canvas, joints: Joints, side: str, weights: bool) -> None:
    upper = direction(joints, f"{side}_shoulder", f"{side}_elbow")
    lower = direction(joints, f"{side}_elbow", f"{side}_wrist")
    canvas.paint(UPPER_ARM, joints[f"{side}_shoulder"], upper)
    canvas.paint(HAND, joints[f"{side}_wrist"], lower)
    canvas.paint(FOREARM, joints[f"{side}_elbow"], lower)
    canvas.paint(SLEEVE, joints[f"{side}_shoulder"], upper)
    if weights:
        for part in (PLATE, HUB):
            canvas.paint(part, joints[f"{side}_index"], lower)


def _paint_head(canvas: Canvas, joints: Joints) -> None:
    middle: Point = (0.0, (joints["left_ear"][1] + joints["right_ear"][1]) / 2)
    for side in ("left", "right"):
        canvas.paint(EAR, joints[f"{side}_ear"], _DOWN)
    canvas.paint(FACE, middle, _DOWN)
    for side in ("left", "right"):
        parts: tuple[Part, ...] = (EYE_WHITE, IRIS, LID, BROW)
        for part in parts:
            canvas.paint(part, joints[f"{side}_eye"], _DOWN)
    for part in (NOSE_SHADE, NOSE_RIDGE, MOUTH, MOUTH_LINE, HAIR_CAP):
        canvas.paint(part, middle, _DOWN)


def paint(canvas: Canvas, joints: Joints, weights: bool = False) -> None:
    """Draw the body.

    `joints` holds `left_` and `right_` ear, eye, shoulder, elbow, wrist, index, hip, knee and ankle; `weights` puts
    dumbbells into the hands.
    """
    chest: Point = (0.0, (joints["left_shoulder"][1] + joints["right_shoulder"][1]) / 2)
    seat: Point = (0.0, (joints["left_hip"][1] + joints["right_hip"][1]) / 2)
    canvas.shadow(0.0, 0.3)
    for side in ("left", "right"):
        _paint_leg(canvas, joints, side)
    canvas.paint(PELVIS, seat, _DOWN)
    canvas.paint(TORSO, chest, _DOWN)
    canvas.paint(COLLAR, chest, _DOWN)
    for side in ("left", "right"):
        _paint_arm(canvas, joints, side, weights)
    _paint_head(canvas, joints)
    canvas.finish()
