"""How a person stands: which side the camera sees better, which view it has of them, and which way they face.

Each is read from one pose with a dead band, so that an answer once given does not flip back and forth.
"""

from dataclasses import dataclass
from math import dist
from typing import Final, Literal

from kiosk.angles import yaw_deg
from kiosk.landmarks import INDEX, Pose
from kiosk.scale import TORSO

Side = Literal["left", "right"]
View = Literal["side", "front"]
Points = list[list[float]]

SIDE_VIEW_DEG: Final = 60.0
FRONT_VIEW_DEG: Final = 45.0
"""Turned further than the one is a side view, less than the other a front or back view; between them it stays."""

SIDE_MARGIN: Final = 0.1
"""How much better (visibility, 0..1) the far side must be seen before it becomes the near one."""

FACING_SHINS: Final = 0.15
"""A foot seen from the side is about half a shin long; shorter than this it points at the camera and says nothing."""

_SEEN_BY: Final = {
    side: [INDEX[f"{side}_{name}"] for name in ("shoulder", "elbow", "hip", "knee", "ankle")]
    for side in ("left", "right")
}
_FEET: Final = [
    [INDEX[f"{side}_{name}"] for name in ("heel", "foot_index", "knee", "ankle")] for side in ("left", "right")
]


@dataclass(frozen=True, slots=True)
class Stance:
    """`near` is the side the camera sees better; `facing` is +1 to the picture's right, -1 to its left, 0 unknown."""

    near: Side
    view: View | None
    facing: int

    @staticmethod
    def first(pose: Pose) -> "Stance":
        """Return the stance of a person who was not seen before."""
        points = pose.points.tolist()
        turned = _turned_deg(pose)
        view: View | None = (
            None if turned is None else "side" if turned > (SIDE_VIEW_DEG + FRONT_VIEW_DEG) / 2 else "front"
        )
        near: Side = "left" if _visibility(points, "left") >= _visibility(points, "right") else "right"
        return Stance(near, view, _facing(points) or 0)

    def followed_by(self, pose: Pose) -> "Stance":
        """Return the stance in the next pose of the same person."""
        points = pose.points.tolist()
        view = self._view_in(pose)
        kept = 0 if view == "front" else self.facing
        return Stance(self._near_in(points), view, _facing(points) or kept)

    def _near_in(self, points: Points) -> Side:
        other: Side = "right" if self.near == "left" else "left"
        return other if _visibility(points, other) > _visibility(points, self.near) + SIDE_MARGIN else self.near

    def _view_in(self, pose: Pose) -> View | None:
        turned = _turned_deg(pose)
        if turned is None:
            return self.view
        if turned > SIDE_VIEW_DEG:
            return "side"
        return "front" if turned < FRONT_VIEW_DEG else self.view


def _visibility(points: Points, side: Side) -> float:
    return sum([points[index][3] for index in _SEEN_BY[side]]) / len(_SEEN_BY[side])


def _turned_deg(pose: Pose) -> float | None:
    # Shoulder and hip together: either line alone turns with an arm's reach or a shift of weight.
    left_shoulder, right_shoulder, left_hip, right_hip = pose.world[TORSO].tolist()
    left = [a + b for a, b in zip(left_shoulder, left_hip, strict=True)]
    right = [a + b for a, b in zip(right_shoulder, right_hip, strict=True)]
    return yaw_deg(left, right)


def _facing(points: Points) -> int | None:
    """Which way the feet point in the picture, or None if they point at the camera or away."""
    along = shin = 0.0
    for heel, toe, knee, ankle in _FEET:
        along += points[toe][0] - points[heel][0]
        shin += dist(points[knee][:2], points[ankle][:2])
    return None if abs(along) < FACING_SHINS * shin else 1 if along > 0 else -1
