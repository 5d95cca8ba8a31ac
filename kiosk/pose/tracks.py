"""Whose skeleton is it? Bodies are numbered, so that two people are never counted as one person's movement."""

from dataclasses import dataclass, replace
from math import dist, exp, sqrt
from typing import Final

from kiosk.landmarks import Pose
from kiosk.scale import TORSO, px_per_m

LOST_S: Final = 1.0
"""A person who was out of sight for longer has stopped exercising, so is counted anew when seen again."""

# How far the middle of the torso may be from where it was: landmark noise and a step of MediaPipe's smoothing (0.3 m),
# and 3 m/s. Walking is 2 m/s at most, a squat 1.4, a jumping jack 1.2, a jump off a wall 3; a fall of a metre ends at
# 4.4, which the 0.3 m cover at 10 frames a second. Two people stand further than 0.6 m apart. A body lost for part of a
# second and found more than a good step away is another one.
_NOISE_M: Final = 0.3
_SPEED_M_S: Final = 3.0
_STEP_M: Final = 1.2

# How much larger or smaller it may look, as a factor: 1.5 for landmark noise, times 2 m/s towards a camera 1.5 m away.
_NOISE_FACTOR: Final = 1.5
_APPROACH_HZ: Final = 2.0 / 1.5

# MediaPipe gives every body about the same metres: its trunk, shoulder to hip, reads 0.36 to 0.54 in any posture. What
# the model sees in an empty room is crumpled.
_SHORTEST_TRUNK_M: Final = 0.3


@dataclass(frozen=True, slots=True)
class _Body:
    """Where a body was last seen: the middle of its torso in pixels, and how many pixels one of its metres takes."""

    track: int
    t_s: float
    centre_px: tuple[float, float]
    px_per_m: float


class Tracks:
    """Numbers the bodies that poses show, from 1; give it every frame's pose in order of capture time."""

    def __init__(self) -> None:
        self._bodies: list[_Body] = []
        self._newest = 0

    def follow(self, t_s: float, pose: Pose | None) -> Pose | None:
        """Return `pose` with the number of its body; None for None and for what can't be a body.

        The number is that of a body seen within `LOST_S` in about the same place and size, else a new one. So one
        wild frame between two good ones does not end a track, and neither does somebody who passes in front.
        """
        self._bodies = [body for body in self._bodies if 0 <= t_s - body.t_s <= LOST_S]
        if pose is None or _trunk_m(pose) < _SHORTEST_TRUNK_M:
            return None
        seen = _Body(0, t_s, _centre_px(pose), px_per_m(pose))
        near = [(distance, body) for body in self._bodies if (distance := _distance_m(body, seen)) is not None]
        if near:
            _, body = min(near, key=lambda pair: pair[0])
            self._bodies.remove(body)
            seen = replace(seen, track=body.track)
        else:
            self._newest += 1
            seen = replace(seen, track=self._newest)
        self._bodies.append(seen)
        return replace(pose, track=seen.track)


def _trunk_m(pose: Pose) -> float:
    left_shoulder, right_shoulder, left_hip, right_hip = pose.world[TORSO].tolist()
    return (dist(left_shoulder, left_hip) + dist(right_shoulder, right_hip)) / 2


def _centre_px(pose: Pose) -> tuple[float, float]:
    corners = pose.points[TORSO, :2].tolist()
    return sum(x for x, _ in corners) / len(corners), sum(y for _, y in corners) / len(corners)


def _distance_m(was: _Body, seen: _Body) -> float | None:
    """Return how far apart two sightings are in metres, None where no body moves or grows so fast."""
    elapsed_s = seen.t_s - was.t_s
    factor = max(seen.px_per_m / was.px_per_m, was.px_per_m / seen.px_per_m)
    if factor > _NOISE_FACTOR * exp(_APPROACH_HZ * elapsed_s):
        return None
    metres = dist(seen.centre_px, was.centre_px) / sqrt(was.px_per_m * seen.px_per_m)
    return metres if metres <= min(_NOISE_M + _SPEED_M_S * elapsed_s, _STEP_M) else None
