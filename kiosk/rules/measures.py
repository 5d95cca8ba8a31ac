"""Measures: the named numbers of an exercise, computed from one pose.

A measure whose points are not seen well enough, or lie outside the picture, is None: unknown.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, Literal

from kiosk.angles import VISIBILITY, Point, Reference, angle_deg, length, midpoint, offset, tilt_deg
from kiosk.landmarks import INDEX, SIDELESS, Pose
from kiosk.rules.conditions import Formula
from kiosk.scale import px_per_m, standing_share
from kiosk.stance import Stance

SideChoice = Literal["near", "left", "right", "mid"]
ViewChoice = Literal["side", "front", "any"]
Space = Literal["image", "world"]
Axis = Literal["facing", "up", "right"]
LengthUnit = Literal["torso", "shin", "thigh", "shoulder_width", "metre"]

MARGIN: Final = 0.02
"""A point may lie this far outside the picture (fraction of its size): a toe at the edge is still the toe."""

OUTSIDE: Final = -1.0
"""The visibility of a point outside the picture: MediaPipe guesses where it is, and calls the guess visible."""


@dataclass(frozen=True, slots=True)
class PointRef:
    """A point by name, resolved for each pose: "left_hip" always the same, "hip" by `side`."""

    left: int
    right: int
    side: SideChoice
    min_visibility: float = VISIBILITY
    near_left: tuple[int, ...] = field(init=False, repr=False, compare=False)
    near_right: tuple[int, ...] = field(init=False, repr=False, compare=False)

    @staticmethod
    def named(name: str, side: SideChoice, min_visibility: float = VISIBILITY) -> "PointRef":
        """Return the point `name`, seen at `min_visibility` or better; KeyError if there is no such point."""
        if name in SIDELESS:
            return PointRef(INDEX[f"left_{name}"], INDEX[f"right_{name}"], side, min_visibility)
        return PointRef(INDEX[name], INDEX[name], "left", min_visibility)

    def __post_init__(self) -> None:
        # Asked for many times a frame, so worked out once for either near side.
        for near in ("left", "right"):
            side = near if self.side == "near" else self.side
            middle = side == "mid" and self.left != self.right
            indices = (self.left, self.right) if middle else (self.right if side == "right" else self.left,)
            object.__setattr__(self, f"near_{near}", indices)

    def indices(self, stance: Stance) -> tuple[int, ...]:
        """Return the landmarks this point is made of: one, or two for the point halfway."""
        return self.near_left if stance.near == "left" else self.near_right


class Body:
    """One pose as measures read it: points by reference, in pixels or metres, None where not seen."""

    def __init__(self, pose: Pose, stance: Stance) -> None:
        self.stance = stance
        self.pose = pose
        pixels = pose.points.tolist()
        left, right = -MARGIN * pose.width_px, (1 + MARGIN) * pose.width_px
        top, bottom = -MARGIN * pose.height_px, (1 + MARGIN) * pose.height_px
        self._visibility = [v if left <= x <= right and top <= y <= bottom else OUTSIDE for x, y, _, v in pixels]
        self.units: dict[tuple[LengthUnit, Space, SideChoice], float | None] = {}
        self._points: dict[Space, list[list[float]]] = {
            "image": [row[:2] for row in pixels],
            "world": pose.world.tolist(),
        }

    @cached_property
    def px_per_m(self) -> float:
        """How many pixels one metre of this body takes."""
        return px_per_m(self.pose)

    @cached_property
    def standing_share(self) -> float:
        """How high the person would stand, as a fraction of the picture's height."""
        return standing_share(self.pose)

    def at(self, ref: PointRef, space: Space) -> Point | None:
        """Return the point: (x, y) in pixels or (x, y, z) in metres; None if it is not seen."""
        if not self.sees(ref):
            return None
        points, indices = self._points[space], ref.indices(self.stance)
        return points[indices[0]] if len(indices) == 1 else midpoint(points[indices[0]], points[indices[1]])

    def in_view(self, view: ViewChoice) -> bool | None:
        """Whether the person stands as `view` asks; None if that can't be told."""
        if view == "any":
            return True
        return None if self.stance.view is None else self.stance.view == view

    def sees(self, ref: PointRef) -> bool:
        """Whether the point is visible enough and inside the picture."""
        visibility, indices = self._visibility, ref.indices(self.stance)
        return visibility[indices[0]] >= ref.min_visibility and visibility[indices[-1]] >= ref.min_visibility

    def has_inside(self, ref: PointRef) -> bool:
        """Whether the point lies inside the picture, visible or not."""
        return all(self._visibility[index] != OUTSIDE for index in ref.indices(self.stance))


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

    key = (unit, space, side)

    def value(body: Body) -> float | None:
        # Several measures share a unit.
        if key not in body.units:
            p, q = body.at(ends[0], space), body.at(ends[1], space)
            body.units[key] = None if p is None or q is None else length(p, q)
        return body.units[key]

    return value
