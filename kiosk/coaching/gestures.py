"""Hands above the head as commands, for people who are three metres from the screen. Pure, no clock of its own.

One hand held up stops and starts, both ask for the next exercise. Hands also go up to scratch a head, to wave, to
stretch and to exercise, so much is asked of a gesture: somebody upright, at rest, who keeps it up.
"""

from dataclasses import dataclass
from math import inf
from typing import Final, Literal

from kiosk.angles import VISIBILITY
from kiosk.coaching.events import GestureKind
from kiosk.landmarks import INDEX, Pose
from kiosk.scale import px_per_m

HELD_S: Final = 1.5
SHOWN_S: Final = 0.25
"""A hand that passes shows nothing."""

LOOK_S: Final = 0.09
"""Hands are looked at ten times a second at the most: the answer is the same, and it costs a third."""

FORGIVEN_S: Final = 0.2
"""A hand may be hidden, or the picture be wild, for less than this."""

GAP_S: Final = 0.5
"""Nothing is known of what hands did in a longer gap between two frames."""

RESTED_S: Final = 1.0
"""How long ago the person may have rested when one hand is up: in a curl or a raise the way there is a movement."""

# Metres of an average adult: the crown is 0.11 above the eyes; wrists of hands upon or behind the head are up to 0.15
# above them, that of a hand held up is 0.27 to 0.36 (the drawn athlete through MediaPipe).
_ABOVE_EYES_M: Final = 0.18
_STILL_ABOVE_EYES_M: Final = 0.13
"""A hand that is up stays so until it is below this: it sinks a little, and landmarks tremble."""

_ELBOW_UP_M: Final = 0.05
_HAND_DOWN_M: Final = 0.1
"""Above, and below, the shoulder by this."""

_TRUNK_UP_M: Final = 0.33
_LEAN: Final = 0.6
"""Upright: the shoulders this far above the hips, and beside them by this share of it (31 degrees)."""

_FACE: Final = [INDEX[name] for name in ("nose", "left_eye", "right_eye", "left_ear", "right_ear")]
_ARMS: Final = [INDEX[f"{side}_{joint}"] for side in ("left", "right") for joint in ("shoulder", "elbow", "wrist")]
_HIPS: Final = [INDEX["left_hip"], INDEX["right_hip"]]
_POINTS: Final = [*_FACE, *_ARMS, *_HIPS]

Hands = GestureKind | Literal["down"]
_Point = list[float]


@dataclass(frozen=True, slots=True)
class Gesture:
    """A hand that is being held above the head: what it asks for, and how much of the time is over, 0 to 1."""

    kind: GestureKind
    share: float


class Gestures:
    """Watches the hands of one person; each gesture counts once, until the hands have come down."""

    def __init__(self) -> None:
        self._kind: GestureKind | None = None
        self._since_s = 0.0
        self._up_s = 0.0
        self._hidden_s: float | None = None
        self._looked_s = self._rested_s = -inf
        self._spent = False

    @property
    def shown(self) -> Gesture | None:
        """The gesture under way, once it is more than a hand that passes."""
        held_s = self._up_s - self._since_s
        return Gesture(self._kind, min(1.0, held_s / HELD_S)) if self._kind and held_s >= SHOWN_S else None

    def step(self, t_s: float, pose: Pose | None, *, resting: bool) -> GestureKind | None:
        """Take a frame's pose, None where the person wasn't seen; return the gesture that is complete with it.

        `resting` is true between repetitions and holds, and while nothing is judged.
        """
        if resting:
            self._rested_s = t_s
        if 0 <= t_s - self._looked_s < LOOK_S:
            return None
        if not 0 <= t_s - self._looked_s <= GAP_S:
            self._kind = None
        self._looked_s = t_s
        hands = hands_of(pose, were_up=self._kind is not None) if pose else None
        if hands is None:
            self._hidden_s = t_s if self._hidden_s is None else self._hidden_s
            if t_s - self._hidden_s >= FORGIVEN_S - 1e-6:
                self._kind = None
            return None
        self._hidden_s = None
        return self._follow(t_s, hands, resting=resting)

    def _follow(self, t_s: float, hands: Hands, *, resting: bool) -> GestureKind | None:
        if hands == "down":
            self._kind, self._spent = None, False
            return None
        if self._spent or (hands == "next" and not resting):
            self._kind = None
            return None
        if hands != self._kind:
            if t_s - self._rested_s > RESTED_S:
                return None
            self._kind, self._since_s = hands, t_s
        self._up_s = t_s
        if t_s - self._since_s < HELD_S - 1e-6:
            return None
        self._kind, self._spent = None, True
        return hands


def hands_of(pose: Pose, *, were_up: bool) -> Hands | None:
    """Return what the hands ask for, "down" if both are below the top of the head, None if that can't be told.

    It can't be told of somebody who is bent or lies, nor where one hand is up and the other halfway.
    """
    points = pose.points[_POINTS].tolist()
    face, left, right, hips = points[:5], points[5:8], points[8:11], points[11:]
    eyes_y = min((y for _, y, _, visibility in face if visibility >= VISIBILITY), default=None)
    px = px_per_m(pose)
    if eyes_y is None or not _upright(left[0], right[0], hips, px):
        return None
    limit_y = eyes_y - px * (_STILL_ABOVE_EYES_M if were_up else _ABOVE_EYES_M)
    up = [_is_up(arm, limit_y, px) for arm in (left, right)]
    if all(up):
        return "next"
    if any(up):
        other = right if up[0] else left
        return "toggle" if other[2][1] > other[0][1] + px * _HAND_DOWN_M else None
    return "down" if left[2][1] > limit_y and right[2][1] > limit_y else None


def _upright(left: _Point, right: _Point, hips: list[_Point], px: float) -> bool:
    if left[3] < VISIBILITY or right[3] < VISIBILITY:
        return False
    across = (left[0] + right[0] - hips[0][0] - hips[1][0]) / 2
    up = (hips[0][1] + hips[1][1] - left[1] - right[1]) / 2
    return up >= px * _TRUNK_UP_M and abs(across) <= up * _LEAN


def _is_up(arm: list[_Point], limit_y: float, px: float) -> bool:
    """Whether the hand is above the head; it may be above the picture, where MediaPipe guesses it from the elbow."""
    shoulder, elbow, wrist = arm
    seen = elbow[3] >= VISIBILITY and wrist[3] >= VISIBILITY and elbow[1] >= 0
    return seen and wrist[1] < limit_y and elbow[1] < shoulder[1] - px * _ELBOW_UP_M
