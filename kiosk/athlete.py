"""The demo: a drawn person who exercises, with exactly known joint angles, repetitions and faults.

Everything is a pure function of time. A posture is a handful of joint angles, `joints` turns it into places of the
joints in statures (see `kiosk.figure`), and only then is anything drawn.
"""

import math
from dataclasses import astuple, dataclass, replace
from functools import lru_cache
from typing import Final, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from kiosk import figure, room

Image = NDArray[np.uint8]
Phase = Literal["start", "out", "end", "back"]
Point = tuple[float, float]

EXERCISES: Final = ("squat",)
FAULTS: Final = ("none", "deep", "lean", "shallow", "mix")

# A squat's tempo in seconds: standing before the first repetition, then down, low, up and standing between two.
LEAD_S: Final = 1.0
OUT_S: Final = 1.5
LOW_S: Final = 0.25
BACK_S: Final = 1.2
REST_S: Final = 0.5
MOVING_S: Final = OUT_S + LOW_S + BACK_S
PERIOD_S: Final = MOVING_S + REST_S

# Lengths in statures, after the segment lengths of Winter, Biomechanics and Motor Control of Human Movement (4th ed.,
# fig. 4.1), with hip and ankle moved by up to 0.02 to where a pose model marks them in a clothed body.
SHANK: Final = 0.236
THIGH: Final = 0.236
TRUNK: Final = 0.300
UPPER_ARM: Final = 0.172
FOREARM: Final = 0.145
ANKLE: Final = 0.058
HEEL: Final = (-0.036, 0.016)
TOE: Final = (0.112, 0.016)
_FAR: Final = (0.022, 0.012)  # the far side's shift in the picture: it stands deeper in the room
_NOISE_MARGIN: Final = 64


@dataclass(frozen=True, slots=True)
class Posture:
    """Joint angles in degrees. Standing straight with hanging arms is 0 everywhere; every angle grows in a squat.

    `shank_deg` and `trunk_deg` lean forward from the vertical, `thigh_deg` back (seen from the knee), `arm_deg` is the
    upper arm raised forward from the vertical, `elbow_deg` and `head_deg` are flexion (the head's from level).
    """

    shank_deg: float
    thigh_deg: float
    trunk_deg: float
    arm_deg: float
    elbow_deg: float
    head_deg: float

    def towards(self, other: "Posture", fraction: float) -> "Posture":
        """The posture `fraction` (0..1) of the way to another one."""
        return Posture(*(a + fraction * (b - a) for a, b in zip(astuple(self), astuple(other), strict=True)))


STANDING: Final = Posture(shank_deg=2, thigh_deg=2, trunk_deg=1, arm_deg=8, elbow_deg=14, head_deg=0)
LOWEST: Final = {
    "none": Posture(shank_deg=18.5, thigh_deg=74, trunk_deg=23, arm_deg=92, elbow_deg=6, head_deg=6),
    "deep": Posture(shank_deg=40, thigh_deg=73, trunk_deg=19, arm_deg=88, elbow_deg=8, head_deg=5),
    "lean": Posture(shank_deg=17, thigh_deg=76, trunk_deg=44, arm_deg=72, elbow_deg=10, head_deg=16),
    "shallow": Posture(shank_deg=21, thigh_deg=52.5, trunk_deg=18, arm_deg=80, elbow_deg=10, head_deg=4),
}
"""The lowest posture of a squat with each fault.

They are chosen by what the full BlazePose model reads in the picture: "none" and "lean" go below 100 degrees in its
world landmarks with the knee behind the toe, "shallow" stays between 100 and 110, "none" holds the trunk above 65.
"""

CYCLES: Final = {fault: (fault,) for fault in LOWEST} | {"mix": ("none", "deep", "none", "lean", "none", "shallow")}
"""The fault of each repetition, over and over."""


@dataclass(frozen=True, slots=True)
class Repetition:
    """One drawn repetition: its number from 1, when it starts, is lowest and ends, and what is wrong with it."""

    number: int
    start_s: float
    bottom_s: float
    end_s: float
    fault: str


@dataclass(frozen=True, slots=True)
class Truth:
    """What is drawn at one moment.

    `points` are pixels of the picture under MediaPipe's names: the near side, which is the right one (the athlete faces
    right), and the nose. `angles_deg` are interior angles at knee, hip, ankle, elbow and shoulder (180 = straight,
    shoulder 0 = hanging along the trunk) and "trunk", the tilt of the line hip-shoulder (90 = upright).
    `knee_past_toe` is how far the knee lies beyond the toe, in shins. `phase` is "start" while standing, "end" at the
    bottom; `repetition` is None while standing.
    """

    points: dict[str, Point]
    angles_deg: dict[str, float]
    knee_past_toe: float
    phase: Phase
    repetition: int | None


class Athlete:
    """A person who does one exercise.

    `reps` is how many repetitions there are before the athlete stands still; None never ends. Raises ValueError for an
    exercise or fault that is not known and for less than one repetition.
    """

    def __init__(self, exercise: str = "squat", fault: str = "none", reps: int | None = None) -> None:
        if exercise not in EXERCISES:
            raise ValueError(f"The demo athlete cannot do '{exercise}'; it can do: {', '.join(EXERCISES)}.")
        if fault not in FAULTS:
            raise ValueError(f"The demo athlete has no fault '{fault}'; it has: {', '.join(FAULTS)}.")
        if reps is not None and reps < 1:
            raise ValueError(f"The demo athlete cannot do {reps} repetitions; ask for 1 or more, or leave reps out.")
        self._cycle = CYCLES[fault]
        self._reps = reps

    def truth(self, t_s: float, width_px: int, height_px: int) -> Truth:
        """What `draw` shows at a time, in a picture of this size."""
        place = room.stage(width_px, height_px)
        posture = self._posture(t_s)
        where = joints(posture)
        points = {
            f"right_{name.removeprefix('near_')}": place.to_px(*point)
            for name, point in where.items()
            if name.startswith("near_")
        }
        points |= {"right_ear": place.to_px(*where["ear"]), "nose": place.to_px(*where["nose"])}
        number, phase, _ = self._progress(t_s)
        past_toe = (where["near_knee"][0] - where["near_foot_index"][0]) / SHANK
        return Truth(points, _angles(posture), past_toe, phase, number)

    def repetitions(self, until_s: float) -> tuple[Repetition, ...]:
        """The repetitions that have ended by a time."""
        begun = max(0, math.ceil((until_s - LEAD_S) / PERIOD_S))
        if self._reps is not None:
            begun = min(begun, self._reps)
        drawn = (self._repetition(index) for index in range(begun))
        return tuple(repetition for repetition in drawn if repetition.end_s <= until_s)

    def draw(self, t_s: float, width_px: int, height_px: int) -> Image:
        """The picture at a time: (height, width, 3), BGR. The same time gives the same pixels."""
        place = room.stage(width_px, height_px)
        image = room.room(place).copy()
        # Shading touches the body's surroundings only, so the rest of a wide picture costs nothing.
        left, top = (max(0, int(value)) for value in place.to_px(-0.36, 1.08))
        right, bottom = (int(value) + 1 for value in place.to_px(0.62, -0.1))
        origin = (place.origin_px[0] - left, place.origin_px[1] - top)
        canvas = figure.Canvas(image[top:bottom, left:right], place.scale_px, origin)
        figure.paint(canvas, joints(self._posture(t_s)))
        x, y = np.random.default_rng(round(abs(t_s) * 1e6)).integers(_NOISE_MARGIN, size=2)
        noise = _noise(width_px, height_px)[y : y + height_px, x : x + width_px]
        return np.asarray(cv2.add(image, noise), np.uint8)

    def _repetition(self, index: int) -> Repetition:
        start_s = LEAD_S + index * PERIOD_S
        fault = self._cycle[index % len(self._cycle)]
        return Repetition(index + 1, start_s, start_s + OUT_S + LOW_S / 2, start_s + MOVING_S, fault)

    def _progress(self, t_s: float) -> tuple[int | None, Phase, float]:
        """The number of the repetition, its phase, and how far down the athlete is (0 standing .. 1 lowest)."""
        index, since_s = divmod(t_s - LEAD_S, PERIOD_S)
        if index < 0 or since_s >= MOVING_S or (self._reps is not None and index >= self._reps):
            return None, "start", 0.0
        number = int(index) + 1
        if since_s < OUT_S:
            return number, "out", _ease(since_s / OUT_S)
        if since_s < OUT_S + LOW_S:
            return number, "end", 1.0
        return number, "back", 1 - _ease((since_s - OUT_S - LOW_S) / BACK_S)

    def _posture(self, t_s: float) -> Posture:
        number, _, depth = self._progress(t_s)
        # Somebody alive sways and breathes; this keeps the knee within half a degree.
        sway = math.sin(2 * math.pi * t_s / 3.7)
        standing = replace(STANDING, shank_deg=2 + 0.3 * sway, trunk_deg=1 - 0.4 * sway, arm_deg=8 + 1.2 * sway)
        if number is None:
            return standing
        return standing.towards(LOWEST[self._repetition(number - 1).fault], depth)


def _ease(x: float) -> float:
    """Minimum-jerk progress (Flash & Hogan 1985) for 0..1: starts and ends at rest."""
    return x**3 * (10 - 15 * x + 6 * x * x)


def _step(start: Point, angle_deg: float, length: float) -> Point:
    """The point at a distance, in a direction turned forward from straight up."""
    angle = math.radians(angle_deg)
    return start[0] + length * math.sin(angle), start[1] + length * math.cos(angle)


def joints(posture: Posture) -> dict[str, Point]:
    """Where the joints are, in statures: x forward from the near ankle, y up from the floor. Feet stay planted."""
    places: dict[str, Point] = {}
    for side, (x, y) in (("near", (0.0, 0.0)), ("far", _FAR)):
        ankle = (x, ANKLE + y)
        knee = _step(ankle, posture.shank_deg, SHANK)
        hip = _step(knee, -posture.thigh_deg, THIGH)
        shoulder = _step(hip, posture.trunk_deg, TRUNK)
        elbow = _step(shoulder, 180 - posture.arm_deg, UPPER_ARM)
        wrist = _step(elbow, 180 - posture.arm_deg - posture.elbow_deg, FOREARM)
        heel, toe = (HEEL[0] + x, HEEL[1] + y), (TOE[0] + x, TOE[1] + y)
        chain = {"shoulder": shoulder, "elbow": elbow, "wrist": wrist, "hip": hip, "knee": knee, "ankle": ankle}
        chain |= {"heel": heel, "foot_index": toe}
        places |= {f"{side}_{name}": point for name, point in chain.items()}
    neck = _step(places["near_shoulder"], posture.trunk_deg * 0.8, 0.04)
    ear = _step(neck, posture.trunk_deg * 0.5 + 8, 0.079)
    crown = _step(ear, posture.head_deg, 0.07)
    nose = _step(_step(ear, posture.head_deg + 90, 0.068), posture.head_deg, -0.016)
    return places | {"ear": ear, "crown": crown, "nose": nose}


def _angles(posture: Posture) -> dict[str, float]:
    toe_drop_deg = math.degrees(math.atan2(ANKLE - TOE[1], TOE[0]))
    return {
        "knee": 180 - posture.shank_deg - posture.thigh_deg,
        "hip": 180 - posture.thigh_deg - posture.trunk_deg,
        "trunk": 90 - abs(posture.trunk_deg),
        "ankle": 90 - posture.shank_deg + toe_drop_deg,
        "elbow": 180 - posture.elbow_deg,
        "shoulder": posture.arm_deg + posture.trunk_deg,
    }


@lru_cache(maxsize=4)
def _noise(width_px: int, height_px: int) -> Image:
    """A camera's noise, larger than the picture by a margin, so that every moment can show another piece of it."""
    shape = (height_px + _NOISE_MARGIN, width_px + _NOISE_MARGIN)
    grey = np.clip(np.random.default_rng(1).normal(3, 1.2, shape), 0, 8).astype(np.uint8)
    return np.asarray(cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR), np.uint8)
