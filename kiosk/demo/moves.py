"""What the demo athlete can do: each exercise's postures, faults and tempo.

The faulty postures are chosen by what the full BlazePose model reads in the picture, so that a fault is clear and a
clean repetition is far from one.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import astuple, dataclass, replace
from typing import Final, TypeVar

from kiosk.demo import skeleton
from kiosk.demo.room import FLOOR, FRONT, SEATED, STANDING, Scene
from kiosk.demo.skeleton import Facing, Joints, Prone, Upright

PostureT = TypeVar("PostureT", Upright, Prone, Facing)


@dataclass(frozen=True, slots=True)
class Move:
    """One exercise.

    `joints` is the body with a fault, a fraction of the way out (0 start .. 1 end), at a moment of its swaying (-1..1).
    The four times in seconds are those of one repetition: out, at the end, back, and at rest before the next one.
    `mix` is the order in which the faults take turns. A `held` exercise is one in which staying at the end counts.
    """

    joints: Callable[[str, float, float], Joints]
    mix: tuple[str, ...]
    scene: Scene = STANDING
    out_s: float = 1.5
    end_s: float = 0.25
    back_s: float = 1.2
    rest_s: float = 0.5
    held: bool = False
    weights: bool = False

    @property
    def faults(self) -> tuple[str, ...]:
        """The names of the faults, "none" among them, and "mix" for all in turn."""
        return (*dict.fromkeys(self.mix), "mix")

    @property
    def moving_s(self) -> float:
        """How long a repetition takes, without the rest after it."""
        return self.out_s + self.end_s + self.back_s


def _between(start: PostureT, end: PostureT, fraction: float) -> PostureT:
    """The posture `fraction` (0..1) of the way from one to another."""
    numbers = (a + fraction * (b - a) for a, b in zip(astuple(start), astuple(end), strict=True))
    return type(start)(*numbers)


# -- squat

_SQUAT: Final = Upright(shank_deg=2, thigh_deg=2, trunk_deg=1, arm_deg=8, elbow_deg=14, head_deg=0)
# "none" and "lean" go below 100 degrees in BlazePose's world landmarks with the knee behind the toe, "shallow" stays
# between 100 and 110, "none" holds the trunk above 65.
_SQUAT_ENDS: Final = {
    "none": Upright(shank_deg=18.5, thigh_deg=74, trunk_deg=23, arm_deg=92, elbow_deg=6, head_deg=6),
    "deep": Upright(shank_deg=40, thigh_deg=73, trunk_deg=19, arm_deg=88, elbow_deg=8, head_deg=5),
    "lean": Upright(shank_deg=17, thigh_deg=76, trunk_deg=44, arm_deg=72, elbow_deg=10, head_deg=16),
    "shallow": Upright(shank_deg=21, thigh_deg=52.5, trunk_deg=18, arm_deg=80, elbow_deg=10, head_deg=4),
}


def _squat(fault: str, out: float, sway: float) -> Joints:
    start = replace(_SQUAT, shank_deg=2 + 0.3 * sway, trunk_deg=1 - 0.4 * sway, arm_deg=8 + 1.2 * sway)
    return skeleton.upright(_between(start, _SQUAT_ENDS[fault], out))


# -- biceps curl

_CURL: Final = Upright(shank_deg=1, thigh_deg=1, trunk_deg=1, arm_deg=2, elbow_deg=12, head_deg=0)
_CURL_ENDS: Final = {
    "none": Upright(shank_deg=1, thigh_deg=1, trunk_deg=0, arm_deg=8, elbow_deg=132, head_deg=0),
    "swing": Upright(shank_deg=1, thigh_deg=1, trunk_deg=-2, arm_deg=58, elbow_deg=118, head_deg=0),
    "lean": Upright(shank_deg=8, thigh_deg=-6, trunk_deg=-24, arm_deg=-6, elbow_deg=128, head_deg=-8),
    "weak": Upright(shank_deg=1, thigh_deg=1, trunk_deg=0, arm_deg=4, elbow_deg=85, head_deg=0),
}


def _curl(fault: str, out: float, sway: float) -> Joints:
    start = replace(_CURL, shank_deg=1 + 0.3 * sway, trunk_deg=1 - 0.4 * sway)
    return skeleton.upright(_between(start, _CURL_ENDS[fault], out))


# -- sit to stand

_SITTING: Final = Upright(shank_deg=8, thigh_deg=88, trunk_deg=2, arm_deg=2, elbow_deg=142, head_deg=0)
_RISEN: Final = Upright(shank_deg=2, thigh_deg=2, trunk_deg=1, arm_deg=2, elbow_deg=142, head_deg=0)
_HALF_RISEN: Final = Upright(shank_deg=14, thigh_deg=38, trunk_deg=14, arm_deg=6, elbow_deg=140, head_deg=6)
_RISE_LEAN_DEG: Final = 28  # how far the trunk tips forward on the way up, to bring its weight over the feet


def _sit_to_stand(fault: str, out: float, sway: float) -> Joints:
    start = replace(_SITTING, trunk_deg=2 - 0.4 * sway)
    # The trunk tips before the seat lifts, and straightens with the legs.
    risen = max(0.0, (out - 0.2) / 0.8)
    tipped_deg = (52 if fault == "lean" else _RISE_LEAN_DEG) * math.sin(math.pi * out**0.75)
    posture = _between(start, _HALF_RISEN if fault == "incomplete" else _RISEN, risen)
    tipped = replace(posture, trunk_deg=posture.trunk_deg + tipped_deg, head_deg=posture.head_deg + 0.4 * tipped_deg)
    return skeleton.upright(tipped)


# -- on the floor

_HANDS: Final = (0.70, 0.03)
_PUSH_UP: Final = Prone(elbow_deg=170, hip_deg=180, knee_deg=180, head_deg=52)
_PUSH_UP_ENDS: Final = {
    "none": Prone(elbow_deg=78, hip_deg=180, knee_deg=180, head_deg=58),
    "sag": Prone(elbow_deg=80, hip_deg=215, knee_deg=176, head_deg=44),
    "pike": Prone(elbow_deg=88, hip_deg=136, knee_deg=180, head_deg=72),
    "shallow": Prone(elbow_deg=102, hip_deg=180, knee_deg=180, head_deg=54),
}


def _push_up(fault: str, out: float, sway: float) -> Joints:
    start = replace(_PUSH_UP, elbow_deg=170 + sway, hip_deg=180 - 0.5 * sway)
    return skeleton.on_hands(_between(start, _PUSH_UP_ENDS[fault], out), _HANDS)


_ELBOWS: Final = (0.75, 0.028)
_KNEELING: Final = Prone(elbow_deg=90, hip_deg=112, knee_deg=108, head_deg=66)
_PLANK_ENDS: Final = {
    "none": Prone(elbow_deg=90, hip_deg=180, knee_deg=180, head_deg=58),
    "sag": Prone(elbow_deg=90, hip_deg=217, knee_deg=176, head_deg=50),
    "pike": Prone(elbow_deg=90, hip_deg=134, knee_deg=180, head_deg=72),
}


def _plank(fault: str, out: float, sway: float) -> Joints:
    end = _PLANK_ENDS[fault]
    held = replace(end, hip_deg=end.hip_deg + 0.7 * sway)
    return skeleton.on_forearms(_between(_KNEELING, held, out), _ELBOWS)


# -- lateral raise

_HANGING: Final = Facing(right_arm_deg=8, left_arm_deg=8, elbow_deg=4)
_RAISE_ENDS: Final = {
    "none": Facing(right_arm_deg=86, left_arm_deg=86, elbow_deg=8),
    "too_high": Facing(right_arm_deg=128, left_arm_deg=128, elbow_deg=8),
    "uneven": Facing(right_arm_deg=88, left_arm_deg=54, elbow_deg=8),
    "bent": Facing(right_arm_deg=84, left_arm_deg=84, elbow_deg=80),
}


def _lateral_raise(fault: str, out: float, sway: float) -> Joints:
    start = replace(_HANGING, right_arm_deg=8 + 0.8 * sway, left_arm_deg=8 - 0.8 * sway)
    return skeleton.facing(_between(start, _RAISE_ENDS[fault], out))


def _turns(*faults: str) -> tuple[str, ...]:
    """Each fault after a clean repetition."""
    return tuple(name for fault in faults for name in ("none", fault))


MOVES: Final[Mapping[str, Move]] = {
    "squat": Move(_squat, _turns("deep", "lean", "shallow")),
    "push_up": Move(_push_up, _turns("sag", "pike", "shallow"), FLOOR, out_s=1.4, back_s=1.1),
    "biceps_curl": Move(_curl, _turns("swing", "lean", "weak"), out_s=1.2, back_s=1.5, weights=True),
    "lateral_raise": Move(_lateral_raise, _turns("too_high", "uneven", "bent"), FRONT, weights=True),
    "sit_to_stand": Move(
        _sit_to_stand, _turns("lean", "incomplete"), SEATED, out_s=1.8, end_s=0.5, back_s=1.8, rest_s=0.7
    ),
    "plank": Move(_plank, _turns("sag", "pike"), FLOOR, end_s=6.0, back_s=1.3, rest_s=1.5, held=True),
}
"""The exercises by name."""
