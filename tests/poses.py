"""A stick figure that squats: poses whose angles are known exactly, in pixels and in metres alike.

The figure stands on its ankles. It is seen without perspective, so one metre is the same number of pixels everywhere
and an angle seen from the side is the same in both spaces.
"""

import math
import re
from collections.abc import Callable, Iterable, Mapping
from itertools import pairwise

import numpy as np

from kiosk.landmarks import INDEX, LANDMARKS, Pose

SHIN_M, THIGH_M, TORSO_M = 0.42, 0.42, 0.5
TOE_M = 0.16  # from the ankle forwards
FRONT_DEG, RIGHT_DEG, LEFT_DEG = 0.0, 90.0, -90.0
"""Ways to be turned: towards the camera, towards the picture's right, towards its left."""


def standing(**changes: float) -> dict[str, float]:
    """Arguments of `figure` for somebody who stands well."""
    return {"knee": 175.0, "trunk": 88.0, "past_toe": -0.3} | changes


def _sagittal(knee: float, trunk: float, past_toe: float) -> dict[str, tuple[float, float, float]]:
    """Each point without a side as (forward, down, outward) in metres from the ankle."""
    lean = math.asin(past_toe + TOE_M / SHIN_M)
    shin_x, shin_y = math.sin(lean), -math.cos(lean)  # from the ankle up to the knee
    bend = math.radians(knee)
    thigh_x = -shin_x * math.cos(bend) + shin_y * math.sin(bend)
    thigh_y = -shin_x * math.sin(bend) - shin_y * math.cos(bend)
    slope = math.radians(trunk)
    up_x, up_y = math.cos(slope), -math.sin(slope)
    knee_at = np.array((shin_x, shin_y)) * SHIN_M
    hip = knee_at + np.array((thigh_x, thigh_y)) * THIGH_M
    shoulder = hip + np.array((up_x, up_y)) * TORSO_M
    head = shoulder + np.array((up_x, up_y)) * 0.22

    def point(at: Iterable[float], outward: float, forward: float = 0.0, down: float = 0.0) -> tuple[float, ...]:
        x, y = at
        return (x + forward, y + down, outward)

    points = {
        "ankle": point((0, 0), 0.1), "knee": point(knee_at, 0.1), "hip": point(hip, 0.1),
        "heel": point((-0.05, 0.05), 0.1), "foot_index": point((TOE_M, 0.05), 0.1),
        "shoulder": point(shoulder, 0.18), "elbow": point(shoulder, 0.2, 0.02, 0.28),
        "wrist": point(shoulder, 0.2, 0.1, 0.5), "pinky": point(shoulder, 0.2, 0.12, 0.56),
        "index": point(shoulder, 0.19, 0.14, 0.56), "thumb": point(shoulder, 0.18, 0.13, 0.54),
        "ear": point(head, 0.08), "eye": point(head, 0.03, 0.09), "eye_inner": point(head, 0.02, 0.09),
        "eye_outer": point(head, 0.04, 0.09), "nose": point(head, 0.0, 0.12, 0.04),
        "mouth": point(head, 0.02, 0.1, 0.08),
    }  # fmt: skip
    return {name: (x, y, z) for name, (x, y, z) in points.items()}


def figure(
    t_s: float = 0.0,
    *,
    knee: float = 175.0,
    trunk: float = 88.0,
    past_toe: float = -0.3,
    turned_deg: float = RIGHT_DEG,
    visibility: Mapping[str, float] | None = None,
    feet_px: tuple[float, float] = (300.0, 430.0),
    px_per_m: float = 200.0,
    size_px: tuple[int, int] = (640, 480),
    track: int = 1,
) -> Pose:
    """Somebody whose knees are bent to `knee` degrees, trunk sloped by `trunk` from the ground, knees `past_toe` shins.

    `visibility` is 0.95 where it names no other, and 0.6 on the side away from the camera. Below the feet there is
    room of 40 px in the default picture, of which a standing person is 0.72 high.
    """
    at = _sagittal(knee, trunk, past_toe)
    turn = math.radians(turned_deg)
    forward, left = np.array((math.sin(turn), 0, -math.cos(turn))), np.array((math.cos(turn), 0, math.sin(turn)))
    metres = np.zeros((33, 3))
    seen = np.full(33, 0.95)
    for name, index in INDEX.items():
        side = 1.0 if "left" in name else -1.0
        ahead, down, outward = at[re.sub("left_|right_|_left|_right", "", name)]
        metres[index] = ahead * forward + side * outward * left + np.array((0, down, 0))
        if "left" in name or "right" in name:
            away = side * left[2]  # z of this side: positive is behind the body
            seen[index] = 0.6 if away > 0.5 else 0.95
    for name, value in (visibility or {}).items():
        seen[INDEX[name]] = value
    pixels = np.empty((33, 4))
    pixels[:, :3] = metres * px_per_m + np.array((*feet_px, 0))
    pixels[:, 3] = seen
    world = metres - (metres[INDEX["left_hip"]] + metres[INDEX["right_hip"]]) / 2
    return Pose(t_s, pixels.astype(np.float32), world.astype(np.float32), *size_px, track)


def hidden(*names: str) -> dict[str, float]:
    """Visibilities with which these points are not seen: "knee" on both sides, "left_knee" on one."""
    return {whole: 0.1 for whole in LANDMARKS for name in names if name in (whole, whole.partition("_")[2])}


Curve = Callable[[float], float]


def bends(*turns: tuple[float, float]) -> Curve:
    """A curve over time through these (seconds, degrees), smooth between them, level before and after."""

    def value(t_s: float) -> float:
        if t_s <= turns[0][0]:
            return turns[0][1]
        for (from_s, start), (to_s, end) in pairwise(turns):
            if t_s < to_s:
                return start + (end - start) * (1 - math.cos(math.pi * (t_s - from_s) / (to_s - from_s))) / 2
        return turns[-1][1]

    return value


def squats(count: int, *, lowest: float = 85.0, out_s: float = 1.4, back_s: float = 1.1, rest_s: float = 1.0) -> Curve:
    """The knee's angle in `count` squats, the first begins after `rest_s`; each takes out_s + back_s + rest_s."""
    turns, now_s = [(0.0, 175.0)], 0.0
    for _ in range(count):
        begin_s = now_s + rest_s
        now_s = begin_s + out_s + back_s
        turns += [(begin_s, 175.0), (begin_s + out_s, lowest), (now_s, 175.0)]
    return bends(*turns)


def times(duration_s: float, fps: float, phase: float = 0.37) -> list[float]:
    """Capture times; `phase` keeps frames off round numbers, where two frame rates would meet."""
    return [(n + phase) / fps for n in range(int(duration_s * fps))]
