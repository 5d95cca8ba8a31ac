"""How large a body appears: pixels a metre, in any posture. Distance is judged by this, never by MediaPipe's z."""

from math import hypot
from typing import Final

from kiosk.landmarks import INDEX, Float, Pose

TORSO: Final = [INDEX[name] for name in ("left_shoulder", "right_shoulder", "left_hip", "right_hip")]

STATURE_M: Final = 1.7
"""The height of the body that MediaPipe's metres describe: it gives every adult about the same one."""


def px_per_m(pose: Pose) -> float:
    """Return the scale of the picture at the body: the torso's extent in pixels over that in metres.

    Both shrink alike when the torso turns or bends towards the camera, so unlike its length in pixels the scale stays.
    """
    return max(_extent(pose.points[TORSO, :2]), 1.0) / max(_extent(pose.world[TORSO, :2]), 0.01)


def standing_share(pose: Pose) -> float:
    """Return how high the person would stand, as a fraction of the picture's height, whatever they do now."""
    return px_per_m(pose) * STATURE_M / pose.height_px


def _extent(corners: Float) -> float:
    """The corners' distance from their middle, as a root of squares; by hand, for this is done for every frame."""
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = corners.tolist()
    x, y = (ax + bx + cx + dx) / 4, (ay + by + cy + dy) / 4
    return hypot(ax - x, ay - y, bx - x, by - y, cx - x, cy - y, dx - x, dy - y)
