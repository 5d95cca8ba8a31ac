"""Pure geometry of a body: angles, tilts and offsets between points given as tuples of coordinates.

Conventions, the same everywhere: an interior angle of 180 degrees is a straight limb; a tilt of 0 degrees lies along
the line it is measured from; lengths keep the unit of their points. Two-dimensional points are pixels (x right, y
down), three-dimensional ones metres (x right, y down, z away from the camera). A number that the points don't
determine, such as the angle at a joint of length zero, is None: unknown, never a guess.
"""

import math
from collections.abc import Sequence
from typing import Final, Literal

Point = Sequence[float]
Reference = Literal["horizontal", "vertical"]

VISIBILITY: Final = 0.5
"""Below this MediaPipe itself rates a landmark as more likely hidden than seen."""


def length(a: Point, b: Point) -> float:
    """Return the distance from `a` to `b`."""
    return math.dist(a, b)


def midpoint(a: Point, b: Point) -> tuple[float, ...]:
    """Return the point halfway between `a` and `b`."""
    return tuple([(p + q) / 2 for p, q in zip(a, b, strict=True)])


def angle_deg(a: Point, vertex: Point, c: Point) -> float | None:
    """Return the interior angle at `vertex`, 0..180 degrees, 180 = straight; None if a limb has no length."""
    one, other = math.dist(a, vertex), math.dist(c, vertex)
    if one == 0 or other == 0:
        return None
    dot = sum([(p - v) * (q - v) for p, v, q in zip(a, vertex, c, strict=True)])
    return math.degrees(math.acos(max(-1.0, min(1.0, dot / (one * other)))))


def tilt_deg(a: Point, b: Point, reference: Reference) -> float | None:
    """Return the slope of the line a-b, 0..90 degrees, 0 = along `reference`; None if the points coincide."""
    whole = math.dist(a, b)
    if whole == 0:
        return None
    from_horizontal = math.degrees(math.asin(min(1.0, abs(b[1] - a[1]) / whole)))
    return from_horizontal if reference == "horizontal" else 90.0 - from_horizontal


def offset(a: Point, b: Point, axis: Point) -> float:
    """Return how far `b` lies beyond `a` along the unit vector `axis`, signed."""
    return sum([(q - p) * u for p, q, u in zip(a, b, axis, strict=True)])


def yaw_deg(left: Point, right: Point) -> float | None:
    """Return how far a body is turned away from the camera, from a line through its left and right side in metres.

    0 = the line lies across the picture (seen from the front or the back), 90 = it points at the camera (seen from the
    side). None if the line has no horizontal part, as when somebody lies on one side.
    """
    across, away = abs(left[0] - right[0]), abs(left[2] - right[2])
    return math.degrees(math.atan2(away, across)) if across or away else None
