"""The demo athlete's skeleton: joint angles become places of the joints, standing or on the floor, from side or front.

Places are in statures (1.0 is the height of the person), x to the right of the picture and y up from the floor. Seen
from the side the athlete faces right, the joints are called `near_` and `far_`, and the near side is the right one.
Seen from the front they are called `left_` and `right_`, and the right one is on the picture's left.
"""

import math
from dataclasses import dataclass
from typing import Final

Point = tuple[float, float]
Joints = dict[str, Point]

# Lengths in statures, after the segment lengths of Winter, Biomechanics and Motor Control of Human Movement (4th ed.,
# fig. 4.1), with hip and ankle moved by up to 0.02 to where a pose model marks them in a clothed body.
SHANK: Final = 0.236
THIGH: Final = 0.236
TRUNK: Final = 0.300
UPPER_ARM: Final = 0.172
FOREARM: Final = 0.145
HAND: Final = 0.06
SHOULDER_HALF: Final = 0.098
HIP_HALF: Final = 0.058

# Where feet are planted: flat, or on the toes with the heel up. The far side stands deeper in the room.
ANKLE: Final = (0.0, 0.058)
FLAT_FOOT: Final = {"ankle": ANKLE, "heel": (-0.036, 0.016), "foot_index": (0.112, 0.016)}
ON_TOES: Final = {"ankle": (0.0, 0.118), "heel": (-0.042, 0.106), "foot_index": (0.026, 0.018)}
_FAR: Final = (0.022, 0.012)


@dataclass(frozen=True, slots=True)
class Upright:
    """Somebody on flat feet, seen from the side. Standing straight with hanging arms is 0 degrees everywhere.

    `shank_deg` and `trunk_deg` lean forward from the vertical, `thigh_deg` back (seen from the knee), `arm_deg` is the
    upper arm raised forward from the vertical, `elbow_deg` and `head_deg` are flexion (the head's from level).
    """

    shank_deg: float
    thigh_deg: float
    trunk_deg: float
    arm_deg: float
    elbow_deg: float
    head_deg: float


@dataclass(frozen=True, slots=True)
class Prone:
    """Somebody on toes and hands or forearms, seen from the side. Angles are interior: 180 degrees is straight.

    `hip_deg` is above 180 where the hips sag. `elbow_deg` counts on the hands only; forearms lie flat. `head_deg` is
    how far the face is turned down from looking forward.
    """

    elbow_deg: float
    hip_deg: float
    knee_deg: float
    head_deg: float


@dataclass(frozen=True, slots=True)
class Facing:
    """Somebody who stands and faces the camera: arms raised sideways from the vertical, elbows flexed, degrees."""

    right_arm_deg: float
    left_arm_deg: float
    elbow_deg: float


def _step(start: Point, angle_deg: float, length: float) -> Point:
    """The point at a distance, in a direction turned forward from straight up."""
    angle = math.radians(angle_deg)
    return start[0] + length * math.sin(angle), start[1] + length * math.cos(angle)


def _bearing_deg(start: Point, end: Point) -> float:
    """The direction from one point to another, turned forward from straight up."""
    return math.degrees(math.atan2(end[0] - start[0], end[1] - start[1]))


def _third_side(a: float, b: float, angle_deg: float) -> float:
    """The side of a triangle that lies opposite the angle between `a` and `b`."""
    return math.sqrt(a * a + b * b - 2 * a * b * math.cos(math.radians(angle_deg)))


def _apex(start: Point, end: Point, a: float, b: float) -> Point:
    """The point `a` from start and `b` from end, on the left of the way from start to end."""
    base = math.dist(start, end)
    corner = math.acos(max(-1.0, min(1.0, (a * a + base * base - b * b) / (2 * a * base))))
    return _step(start, _bearing_deg(start, end) - math.degrees(corner), a)


def upright(posture: Upright) -> Joints:
    """The joints of somebody standing or sitting; the feet stay planted."""
    knee = _step(ANKLE, posture.shank_deg, SHANK)
    hip = _step(knee, -posture.thigh_deg, THIGH)
    shoulder = _step(hip, posture.trunk_deg, TRUNK)
    elbow = _step(shoulder, 180 - posture.arm_deg, UPPER_ARM)
    forearm_deg = 180 - posture.arm_deg - posture.elbow_deg
    wrist = _step(elbow, forearm_deg, FOREARM)
    arm = {"shoulder": shoulder, "elbow": elbow, "wrist": wrist, "index": _step(wrist, forearm_deg, HAND)}
    near = FLAT_FOOT | arm | {"hip": hip, "knee": knee}
    neck = _step(shoulder, posture.trunk_deg * 0.8, 0.04)
    return _both_sides(near) | _head(neck, posture.trunk_deg * 0.5 + 8, posture.head_deg)


def on_hands(posture: Prone, wrist: Point) -> Joints:
    """The joints of somebody in a push-up; toes and hands stay planted."""
    reach = _third_side(UPPER_ARM, FOREARM, posture.elbow_deg)
    places = _body_line(posture, wrist, reach)
    elbow = _apex(wrist, places["near_shoulder"], FOREARM, UPPER_ARM)
    return places | _both_sides({"elbow": elbow, "wrist": wrist, "index": (wrist[0] + HAND, wrist[1] - 0.01)})


def on_forearms(posture: Prone, elbow: Point) -> Joints:
    """The joints of somebody in a plank; toes and forearms stay planted."""
    wrist = (elbow[0] + FOREARM, elbow[1])
    arm = {"elbow": elbow, "wrist": wrist, "index": (wrist[0] + HAND, wrist[1])}
    return _body_line(posture, elbow, UPPER_ARM) | _both_sides(arm)


def _body_line(posture: Prone, support: Point, reach: float) -> Joints:
    """Legs, trunk and head between planted toes and a shoulder that is `reach` above its support."""
    # Knee and hip make a rigid chain of the body; it turns about the ankle until the shoulder lies on its support.
    ankle = ON_TOES["ankle"]
    knee = _step(ankle, 0, SHANK)
    thigh_deg = posture.knee_deg - 180
    hip = _step(knee, thigh_deg, THIGH)
    trunk_deg = thigh_deg + 180 - posture.hip_deg
    shoulder = _step(hip, trunk_deg, TRUNK)
    placed = _apex(ankle, support, math.dist(ankle, shoulder), reach)
    turn_deg = _bearing_deg(ankle, placed) - _bearing_deg(ankle, shoulder)
    knee = _step(ankle, turn_deg, SHANK)
    hip = _step(knee, thigh_deg + turn_deg, THIGH)
    near = ON_TOES | {"knee": knee, "hip": hip, "shoulder": placed}
    neck = _step(placed, (trunk_deg + turn_deg) * 0.9, 0.04)
    return _both_sides(near) | _head(neck, (trunk_deg + turn_deg) * 0.8, posture.head_deg)


def _both_sides(near: dict[str, Point]) -> Joints:
    far = {f"far_{name}": (x + _FAR[0], y + _FAR[1]) for name, (x, y) in near.items()}
    return {f"near_{name}": point for name, point in near.items()} | far


def _head(neck: Point, neck_deg: float, head_deg: float) -> Joints:
    ear = _step(neck, neck_deg, 0.079)
    nose = _step(_step(ear, head_deg + 90, 0.068), head_deg, -0.016)
    return {"ear": ear, "crown": _step(ear, head_deg, 0.07), "nose": nose}


def facing(posture: Facing) -> Joints:
    """The joints of somebody who faces the camera, standing."""
    places: Joints = {"nose": (0.0, 0.918)}
    hip_y = ANKLE[1] + SHANK + THIGH
    for side, out, arm_deg in (("right", -1, posture.right_arm_deg), ("left", 1, posture.left_arm_deg)):
        shoulder = (out * SHOULDER_HALF, hip_y + TRUNK)
        elbow = _step(shoulder, 180 - out * arm_deg, UPPER_ARM)
        forearm_deg = 180 - out * (arm_deg - posture.elbow_deg)
        wrist = _step(elbow, forearm_deg, FOREARM)
        chain = {"shoulder": shoulder, "elbow": elbow, "wrist": wrist, "index": _step(wrist, forearm_deg, HAND)}
        chain |= {
            "hip": (out * HIP_HALF, hip_y),
            "knee": (out * 0.066, ANKLE[1] + SHANK),
            "ankle": (out * 0.072, 0.058),
        }
        chain |= {"heel": (out * 0.07, 0.03), "foot_index": (out * 0.088, 0.008)}
        chain |= {"eye": (out * 0.024, 0.94), "ear": (out * 0.056, 0.93), "mouth": (out * 0.016, 0.885)}
        places |= {f"{side}_{name}": point for name, point in chain.items()}
    return places
