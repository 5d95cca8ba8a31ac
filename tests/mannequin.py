"""A mannequin that does each shipped exercise: poses from where its hips, feet and hands are, in any view.

Places are (forward, up, left) in metres, the floor at 0. Knees are found from hip and ankle; everything else is given
by angles in the plane in which the body moves forward: 0 points forward, 90 up, 180 back, 270 down.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from kiosk.landmarks import INDEX, LANDMARKS, Pose

Vector = NDArray[np.float64]

THIGH_M = SHIN_M = 0.40
TRUNK_M, UPPER_ARM_M, FOREARM_M, HEAD_M = 0.48, 0.27, 0.25, 0.25
SHOULDER_M, HIP_M = 0.17, 0.1  # half of the width


@dataclass(frozen=True)
class Posture:
    """Where the body is; `arm_out` raises both arms sideways from `arm`, `heel` lifts the heels over the toes.

    `knees` is which way the knees point, as an angle.
    """

    hip: tuple[float, float, float]
    left_ankle: tuple[float, float, float]
    right_ankle: tuple[float, float, float]
    trunk: float = 90.0
    arm: float = 270.0
    forearm: float = 275.0
    arm_out: float = 10.0
    knees: float = 0.0
    heel: float = 0.0


def _towards(deg: float) -> Vector:
    return np.array((math.cos(math.radians(deg)), math.sin(math.radians(deg)), 0.0))


def _knee(hip: Vector, ankle: Vector, pole: Vector) -> Vector:
    """Where the knee is between hip and ankle, bent towards `pole`."""
    line = ankle - hip
    apart = min(float(np.linalg.norm(line)), THIGH_M + SHIN_M - 1e-4)
    along = line / np.linalg.norm(line)
    bulge = pole - along * float(pole @ along)
    out = math.sqrt(max(0.0, THIGH_M**2 - (apart / 2) ** 2))
    return np.asarray(hip + along * apart / 2 + bulge / np.linalg.norm(bulge) * out)


def _points(p: Posture) -> dict[str, Vector]:
    """Every landmark as (forward, up, left)."""
    hip, trunk = np.array(p.hip), _towards(p.trunk)
    at: dict[str, Vector] = {}
    for side, sign in (("left", 1.0), ("right", -1.0)):
        out = np.array((0.0, 0.0, sign))
        ankle = np.array(p.left_ankle if side == "left" else p.right_ankle)
        at[f"{side}_hip"] = hip + out * HIP_M
        at[f"{side}_knee"] = _knee(at[f"{side}_hip"], ankle, _towards(p.knees))
        at[f"{side}_ankle"] = ankle
        at[f"{side}_foot_index"] = ankle + np.array((0.15, -0.06 - p.heel, 0.0))
        at[f"{side}_heel"] = ankle + np.array((-0.05, -0.05 + 0.3 * p.heel, 0.0))
        at[f"{side}_shoulder"] = hip + trunk * TRUNK_M + out * SHOULDER_M
        lift = math.radians(p.arm_out)
        arm, forearm = (_towards(deg) * math.cos(lift) + out * math.sin(lift) for deg in (p.arm, p.forearm))
        if p.arm_out > 90:
            arm = forearm = out * math.sin(lift) - trunk * math.cos(lift)
        at[f"{side}_elbow"] = at[f"{side}_shoulder"] + arm * UPPER_ARM_M
        at[f"{side}_wrist"] = at[f"{side}_elbow"] + forearm * FOREARM_M
        for name in ("pinky", "index", "thumb"):
            at[f"{side}_{name}"] = at[f"{side}_wrist"] + forearm * 0.07
    head = hip + trunk * (TRUNK_M + HEAD_M)
    return at | {name: head for name in LANDMARKS if name not in at}


def pose(p: Posture, t_s: float = 0.0, *, view: str = "side", px_per_m: float = 220.0) -> Pose:
    """The mannequin in a picture of 1000 x 600, seen from its right side or from the front."""
    metres, seen = np.zeros((33, 3)), np.full(33, 0.95)
    for name, (forward, up, left) in _points(p).items():
        metres[INDEX[name]] = (forward, -up, left) if view == "side" else (left, -up, -forward)
        if view == "side" and name.startswith("left"):
            seen[INDEX[name]] = 0.6
    pixels = np.column_stack((metres * px_per_m + (500.0, 540.0, 0.0), seen))
    hips = (metres[INDEX["left_hip"]] + metres[INDEX["right_hip"]]) / 2
    return Pose(t_s, pixels.astype(np.float32), (metres - hips).astype(np.float32), 1000, 600)


def _between(a: Posture, b: Posture, share: float) -> Posture:
    def place(p: tuple[float, float, float], q: tuple[float, float, float]) -> tuple[float, float, float]:
        x, y, z = (u + (v - u) * share for u, v in zip(p, q, strict=True))
        return x, y, z

    angles = {name: getattr(a, name) + (getattr(b, name) - getattr(a, name)) * share for name in _ANGLES}
    ankles = place(a.left_ankle, b.left_ankle), place(a.right_ankle, b.right_ankle)
    return Posture(place(a.hip, b.hip), *ankles, **angles)


_ANGLES = ("trunk", "arm", "forearm", "arm_out", "knees", "heel")

STANDING = Posture(hip=(0.0, 0.875, 0.0), left_ankle=(0.0, 0.08, 0.12), right_ankle=(0.0, 0.08, -0.12))
_SITTING = replace(STANDING, hip=(-0.36, 0.46, 0.0), arm=290, forearm=60, knees=80)
_SUPINE = replace(STANDING, hip=(-0.45, 0.1, 0.0), trunk=180, arm=0, forearm=0, knees=90)
_PRONE = replace(STANDING, hip=(0.744, 0.373, 0.0), trunk=21.5, arm=270, forearm=270, knees=270)

SHIPPED: dict[str, tuple[str, Posture, Posture]] = {
    "squat": ("any", STANDING, replace(STANDING, hip=(-0.3, 0.47, 0), trunk=65, arm=0, forearm=0)),
    "split_squat": (
        "any",
        replace(STANDING, hip=(0, 0.8, 0), left_ankle=(0.38, 0.08, 0.12), right_ankle=(-0.38, 0.1, -0.12)),
        Posture((0, 0.46, 0), (0.38, 0.08, 0.12), (-0.38, 0.12, -0.12), trunk=80),
    ),
    "side_lunge": (
        "front",
        Posture((0, 0.75, 0.0), (0, 0.08, 0.5), (0, 0.08, -0.5)),
        Posture((-0.15, 0.5, -0.33), (0, 0.08, 0.5), (0, 0.08, -0.5), trunk=75),
    ),
    "push_up": ("side", _PRONE, replace(_PRONE, hip=(0.796, 0.16, 0), trunk=5.7, arm=170, forearm=275)),
    "plank": ("side", replace(_PRONE, hip=(0.45, 0.45, 0), trunk=15), _PRONE),
    "glute_bridge": ("side", _SUPINE, replace(_SUPINE, hip=(-0.42, 0.31, 0), trunk=207)),
    "sit_up": (
        "side",
        replace(_SUPINE, arm=60, forearm=120),
        replace(_SUPINE, arm=300, forearm=60, trunk=105),
    ),
    "hip_hinge": ("side", STANDING, replace(STANDING, hip=(-0.15, 0.82, 0), trunk=25)),
    "biceps_curl": ("any", STANDING, replace(STANDING, forearm=55)),
    "overhead_press": ("any", replace(STANDING, arm=300, forearm=85), replace(STANDING, arm=88, forearm=90)),
    "lateral_raise": ("front", STANDING, replace(STANDING, arm_out=88)),
    "front_raise": ("side", replace(STANDING, forearm=270), replace(STANDING, arm=360, forearm=360)),
    "sit_to_stand": ("any", _SITTING, replace(STANDING, arm=290, forearm=60, knees=80)),
    "seated_knee_extension": (
        "side",
        _SITTING,
        replace(_SITTING, left_ankle=(0.43, 0.38, 0.12), right_ankle=(0.43, 0.38, -0.12)),
    ),
    "heel_raise": (
        "side",
        STANDING,
        replace(STANDING, hip=(0.02, 0.955, 0), left_ankle=(0, 0.16, 0.12), right_ankle=(0, 0.16, -0.12), heel=0.08),
    ),
    "single_leg_balance": ("any", STANDING, replace(STANDING, right_ankle=(-0.1, 0.3, -0.12))),
    "jumping_jack": (
        "front",
        STANDING,
        Posture((0, 0.86, 0), (0, 0.08, 0.45), (0, 0.08, -0.45), arm_out=155),
    ),
}
"""Each shipped exercise: the views in which it is seen, its start and its end."""


def film(
    exercise: str, view: str, fps: float, *, reps: int = 3, out_s: float = 1.4, stay_s: float = 0.1
) -> Iterator[Pose]:
    """The mannequin doing `reps` clean repetitions, or holding `stay_s` at the end of each."""
    _, start, end = SHIPPED[exercise]
    rest_s = 1.0
    period_s = 2 * out_s + stay_s + rest_s
    for n in range(int((reps * period_s + 2 * rest_s) * fps)):
        t_s = (n + 0.37) / fps
        since_s = (t_s - rest_s) % period_s if rest_s < t_s < rest_s + reps * period_s else period_s
        share = min(since_s / out_s, 1.0, max(0.0, (2 * out_s + stay_s - since_s) / out_s))
        yield pose(_between(start, end, (1 - math.cos(math.pi * share)) / 2), t_s, view=view)
