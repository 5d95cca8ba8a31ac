"""Measures: the named numbers of an exercise, computed from one pose.

A measure whose points are not seen well enough, or lie outside the picture, is None: unknown.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal

from kiosk.angles import VISIBILITY, Point, Reference, angle_deg, length, midpoint, offset, tilt_deg
from kiosk.conditions import Formula
from kiosk.landmarks import INDEX, SIDELESS, Pose
from kiosk.scale import px_per_m, standing_share
from kiosk.stance import Stance

SideChoice = Literal["near", "left", "right", "mid"]
ViewChoice = Literal["side", "front", "any"]
Space = Literal["image", "world"]
Axis = Literal["facing", "up", "right"]
LengthUnit = Literal["torso", "shin", "thigh", "shoulder_width", "metre"]

MARGIN: Final = 0.02
"""A point may lie this far outside the picture (fraction of its size): a toe at the edge is still the toe."""


@dataclass(frozen=True, slots=True)
class PointRef:
    """A point by name, resolved for each pose: "left_hip" always the same, "hip" by `side`."""

    left: int
    right: int
    side: SideChoice
    min_visibility: float = VISIBILITY

    @staticmethod
    def named(name: str, side: SideChoice, min_visibility: float = VISIBILITY) -> "PointRef":
        """Return the point `name`, seen at `min_visibility` or better; KeyError if there is no such point."""
        if name in SIDELESS:
            return PointRef(INDEX[f"left_{name}"], INDEX[f"right_{name}"], side, min_visibility)
        return PointRef(INDEX[name], INDEX[name], "left", min_visibility)

    def indices(self, stance: Stance) -> tuple[int, ...]:
        """Return the landmarks this point is made of: one, or two for the point halfway."""
        if self.side == "mid" and self.left != self.right:
            return (self.left, self.right)
        side = stance.near if self.side == "near" else self.side
        return (self.right,) if side == "right" else (self.left,)


class Body:
    """One pose as measures read it: points by reference, in pixels or metres, None where not seen."""

    def __init__(self, pose: Pose, stance: Stance) -> None:
        self.stance = stance
        self._pose = pose
        self._pixels: list[list[float]] = pose.points.tolist()
        self._metres: list[list[float]] = pose.world.tolist()
        left, right = -MARGIN * pose.width_px, (1 + MARGIN) * pose.width_px
        top, bottom = -MARGIN * pose.height_px, (1 + MARGIN) * pose.height_px
        self._inside = [left <= x <= right and top <= y <= bottom for x, y, _, _ in self._pixels]

    @cached_property
    def px_per_m(self) -> float:
        """How many pixels one metre of this body takes."""
        return px_per_m(self._pose)

    @cached_property
    def standing_share(self) -> float:
        """How high the person would stand, as a fraction of the picture's height."""
        return standing_share(self._pose)

    def at(self, ref: PointRef, space: Space) -> Point | None:
        """Return the point: (x, y) in pixels or (x, y, z) in metres; None if it is not seen."""
        indices = ref.indices(self.stance)
        for index in indices:
            if not self._inside[index] or self._pixels[index][3] < ref.min_visibility:
                return None
        points = [self._metres[index] if space == "world" else self._pixels[index][:2] for index in indices]
        return points[0] if len(points) == 1 else midpoint(points[0], points[1])

    def in_view(self, view: ViewChoice) -> bool | None:
        """Whether the person stands as `view` asks; None if that can't be told."""
        if view == "any":
            return True
        return None if self.stance.view is None else self.stance.view == view

    def sees(self, ref: PointRef) -> bool:
        """Whether the point is visible enough and inside the picture."""
        return self.at(ref, "image") is not None

    def has_inside(self, ref: PointRef) -> bool:
        """Whether the point lies inside the picture, visible or not."""
        return all(self._inside[index] for index in ref.indices(self.stance))


BodyValue = Callable[[Body], float | None]


@dataclass(frozen=True, slots=True)
class RateOf:
    """How fast another measure changes, per second."""

    measure: str


@dataclass(frozen=True, slots=True)
class ChangeOf:
    """How far another measure is from its value at rest."""

    measure: str


@dataclass(frozen=True, slots=True)
class TravelOf:
    """How far a point has moved across the picture since the person was at rest, in metres of their body."""

    point: PointRef


@dataclass(frozen=True, slots=True)
class Measure:
    """A named number.

    `source` is how it comes about: from a body whose `points` it reads, from other measures by a formula, or from
    another measure or a point over time. `unit` is "deg", a length, or made of them; `label` is the joint it is
    written beside.
    """

    name: str
    unit: str
    source: BodyValue | Formula | RateOf | ChangeOf | TravelOf
    points: tuple[PointRef, ...] = ()
    label: PointRef | None = None


def angle_measure(points: list[PointRef], space: Space) -> BodyValue:
    """Interior angle at the second of three points, in degrees."""
    a, vertex, c = points

    def value(body: Body) -> float | None:
        p, q, r = body.at(a, space), body.at(vertex, space), body.at(c, space)
        return None if p is None or q is None or r is None else angle_deg(p, q, r)

    return value


def tilt_measure(points: list[PointRef], space: Space, reference: Reference) -> BodyValue:
    """Slope of the line through two points, in degrees from `reference`."""
    a, b = points

    def value(body: Body) -> float | None:
        p, q = body.at(a, space), body.at(b, space)
        return None if p is None or q is None else tilt_deg(p, q, reference)

    return value


def distance_measure(points: list[PointRef], space: Space, scale: BodyValue) -> BodyValue:
    """How far two points are apart, in units of length `scale`."""
    a, b = points

    def value(body: Body) -> float | None:
        p, q = body.at(a, space), body.at(b, space)
        whole = scale(body)
        return None if p is None or q is None or not whole else length(p, q) / whole

    return value


def offset_measure(points: list[PointRef], space: Space, axis: Axis, scale: BodyValue) -> BodyValue:
    """How far the second point lies beyond the first along `axis`, in units of length `scale`."""
    a, b = points

    def value(body: Body) -> float | None:
        p, q = body.at(a, space), body.at(b, space)
        along = _AXES[axis](body)
        whole = scale(body)
        if p is None or q is None or along is None or not whole:
            return None
        return offset(p, q, along[: len(p)]) / whole

    return value


def _facing_axis(body: Body) -> Point | None:
    return (float(body.stance.facing), 0.0, 0.0) if body.stance.facing else None


_AXES: Final[dict[Axis, Callable[[Body], Point | None]]] = {
    "facing": _facing_axis,
    "up": lambda _: (0.0, -1.0, 0.0),
    "right": lambda _: (1.0, 0.0, 0.0),
}

_UNIT_ENDS: Final[dict[str, tuple[str, str]]] = {
    "torso": ("shoulder", "hip"),
    "thigh": ("hip", "knee"),
    "shin": ("knee", "ankle"),
}


def unit_length(unit: LengthUnit, space: Space, side: SideChoice) -> BodyValue:
    """How long one `unit` is on this body, in the points' own unit: pixels or metres."""
    if unit == "metre":
        return lambda _: 1.0
    if unit == "shoulder_width":
        ends = [PointRef.named("left_shoulder", side), PointRef.named("right_shoulder", side)]
    else:
        ends = [PointRef.named(name, side) for name in _UNIT_ENDS[unit]]

    def value(body: Body) -> float | None:
        p, q = body.at(ends[0], space), body.at(ends[1], space)
        return None if p is None or q is None else length(p, q)

    return value
