"""The demo: a drawn person who exercises, with exactly known joint angles, repetitions, holds and faults.

Everything is a pure function of time. `kiosk.demo.moves` says how an exercise is done, `kiosk.demo.skeleton` turns that
into places of the joints in statures, and only then is anything drawn.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from typing import Final, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from kiosk.angles import angle_deg, tilt_deg
from kiosk.demo import figure, figure_front, room
from kiosk.demo.moves import MOVES
from kiosk.demo.skeleton import SHANK, Joints

Image = NDArray[np.uint8]
Phase = Literal["start", "out", "end", "back"]
Point = tuple[float, float]

EXERCISES: Final = tuple(MOVES)
FAULTS: Final[Mapping[str, tuple[str, ...]]] = {exercise: move.faults for exercise, move in MOVES.items()}
"""The faults of each exercise; "mix" is all of them in turn, each after a clean repetition."""

LEAD_S: Final = 1.0
"""How long the athlete waits in the start posture before the first repetition."""

CORNERS: Final = {
    "knee": ("hip", "knee", "ankle"),
    "hip": ("shoulder", "hip", "knee"),
    "ankle": ("knee", "ankle", "foot_index"),
    "elbow": ("shoulder", "elbow", "wrist"),
    "shoulder": ("hip", "shoulder", "elbow"),
    "body_line": ("shoulder", "hip", "ankle"),
}
"""The joints that each angle lies between, the vertex in the middle."""

_NOISE_MARGIN: Final = 64


@dataclass(frozen=True, slots=True)
class Repetition:
    """One drawn repetition: its number from 1, when it starts, is at its end and is over, and what is wrong with it."""

    number: int
    start_s: float
    bottom_s: float
    end_s: float
    fault: str


@dataclass(frozen=True, slots=True)
class Hold:
    """One drawn hold: its number from 1, from when to when the posture is held, and what is wrong with it."""

    number: int
    start_s: float
    end_s: float
    fault: str


@dataclass(frozen=True, slots=True)
class Truth:
    """What is drawn at one moment.

    `points` are pixels of the picture under MediaPipe's names: both sides where the athlete faces the camera, else the
    near side, which is the right one (the athlete faces right), and the nose. `angles_deg` are the interior angles of
    `CORNERS` (180 = straight, shoulder 0 = hanging along the trunk) and "trunk", the tilt of the line hip-shoulder (90
    = upright), from the front with the side before each name ("left_elbow"). `knee_past_toe` is how far the knee lies
    beyond the toe, in shins; not a number from the front. `phase` is "start" before and between repetitions, "end" at
    the far end; `repetition` is the number of the repetition or hold, None between two.
    """

    points: dict[str, Point]
    angles_deg: dict[str, float]
    knee_past_toe: float
    phase: Phase
    repetition: int | None


class Athlete:
    """A person who does one exercise.

    `reps` is how many repetitions or holds there are before the athlete stays in the start posture; None never ends.
    Raises ValueError for an exercise or fault that is not known and for less than one repetition.
    """

    def __init__(self, exercise: str = "squat", fault: str = "none", reps: int | None = None) -> None:
        if exercise not in EXERCISES:
            raise ValueError(f"The demo athlete cannot do '{exercise}': {_hint(exercise, EXERCISES)}")
        if fault not in FAULTS[exercise]:
            hint = _hint(fault, FAULTS[exercise])
            raise ValueError(f"The demo athlete has no fault '{fault}' when it does '{exercise}': {hint}")
        if reps is not None and reps < 1:
            raise ValueError(f"The demo athlete cannot do {reps} repetitions; ask for 1 or more, or leave reps out.")
        self._move = MOVES[exercise]
        self._cycle = self._move.mix if fault == "mix" else (fault,)
        self._period_s = self._move.moving_s + self._move.rest_s
        self._reps = reps

    def truth(self, t_s: float, width_px: int, height_px: int) -> Truth:
        """What `draw` shows at a time, in a picture of this size."""
        place = room.stage(self._move.scene, width_px, height_px)
        where = self._joints(t_s)
        seen = {_seen(name): point for name, point in where.items() if not name.startswith(("far_", "crown"))}
        points = {name: place.to_px(*point) for name, point in seen.items()}
        number, phase, _ = self._progress(t_s)
        past_toe = math.nan
        if "near_knee" in where:
            past_toe = (where["near_knee"][0] - where["near_foot_index"][0]) / SHANK
        return Truth(points, _angles(seen), past_toe, phase, number)

    def repetitions(self, until_s: float) -> tuple[Repetition, ...]:
        """The repetitions that have ended by a time; none of a held exercise."""
        if self._move.held:
            return ()
        drawn = (self._repetition(index) for index in range(self._begun(until_s)))
        return tuple(repetition for repetition in drawn if repetition.end_s <= until_s)

    def holds(self, until_s: float) -> tuple[Hold, ...]:
        """The holds that have begun by a time, each from when the posture is reached to when it is left.

        Correct are those whose fault is "none". The last one ends at `until_s` if it still goes on.
        """
        if not self._move.held:
            return ()
        drawn = (self._repetition(index) for index in range(self._begun(until_s)))
        held = (
            Hold(r.number, r.start_s + self._move.out_s, min(until_s, r.end_s - self._move.back_s), r.fault)
            for r in drawn
        )
        return tuple(hold for hold in held if hold.start_s < until_s)

    def draw(self, t_s: float, width_px: int, height_px: int) -> Image:
        """The picture at a time: (height, width, 3), BGR. The same time gives the same pixels."""
        place = room.stage(self._move.scene, width_px, height_px)
        image = room.room(place).copy()
        where = self._joints(t_s)
        # Shading touches the body's surroundings only, so the rest of a wide picture costs nothing.
        xs, ys = zip(*where.values(), strict=True)
        left, top = (max(0, int(value)) for value in place.to_px(min(xs) - 0.25, max(ys) + 0.1))
        right, bottom = (int(value) + 1 for value in place.to_px(max(xs) + 0.25, -0.1))
        origin = (place.origin_px[0] - left, place.origin_px[1] - top)
        canvas = figure.Canvas(image[top:bottom, left:right], place.scale_px, origin)
        paint = figure.paint if "near_hip" in where else figure_front.paint
        paint(canvas, where, self._move.weights)
        x, y = np.random.default_rng(round(abs(t_s) * 1e6)).integers(_NOISE_MARGIN, size=2)
        noise = _noise(width_px, height_px)[y : y + height_px, x : x + width_px]
        return np.asarray(cv2.add(image, noise), np.uint8)

    def _begun(self, until_s: float) -> int:
        """How many repetitions have begun by a time."""
        begun = max(0, math.ceil((until_s - LEAD_S) / self._period_s))
        return begun if self._reps is None else min(begun, self._reps)

    def _repetition(self, index: int) -> Repetition:
        move = self._move
        start_s = LEAD_S + index * self._period_s
        fault = self._cycle[index % len(self._cycle)]
        return Repetition(index + 1, start_s, start_s + move.out_s + move.end_s / 2, start_s + move.moving_s, fault)

    def _progress(self, t_s: float) -> tuple[int | None, Phase, float]:
        """The number of the repetition, its phase, and how far out the athlete is (0 at the start .. 1 at the end)."""
        move = self._move
        index, since_s = divmod(t_s - LEAD_S, self._period_s)
        if index < 0 or since_s >= move.moving_s or (self._reps is not None and index >= self._reps):
            return None, "start", 0.0
        number = int(index) + 1
        if since_s < move.out_s:
            return number, "out", _ease(since_s / move.out_s)
        if since_s < move.out_s + move.end_s:
            return number, "end", 1.0
        return number, "back", 1 - _ease((since_s - move.out_s - move.end_s) / move.back_s)

    def _joints(self, t_s: float) -> Joints:
        number, _, out = self._progress(t_s)
        # Somebody alive sways and breathes; this keeps the knee within half a degree.
        sway = math.sin(2 * math.pi * t_s / 3.7)
        return self._move.joints("none" if number is None else self._repetition(number - 1).fault, out, sway)


def _hint(wish: str, known: tuple[str, ...]) -> str:
    near = get_close_matches(wish, known, n=1)
    return f"did you mean {near[0]}?" if near else f"choose one of {', '.join(known)}."


def _ease(x: float) -> float:
    """Minimum-jerk progress (Flash & Hogan 1985) for 0..1: starts and ends at rest."""
    return min(1.0, x**3 * (10 - 15 * x + 6 * x * x))


def _seen(name: str) -> str:
    """MediaPipe's name of a joint that the camera sees."""
    if name == "ear":
        return "right_ear"
    return f"right_{name.removeprefix('near_')}" if name.startswith("near_") else name


def _angles(points: Joints) -> dict[str, float]:
    both = "left_hip" in points
    angles: dict[str, float] = {}
    for side in ("left", "right") if both else ("right",):
        prefix = f"{side}_" if both else ""
        corners = {name: [points[f"{side}_{joint}"] for joint in corner] for name, corner in CORNERS.items()}
        found = {name: angle_deg(*corner) for name, corner in corners.items()}
        found["trunk"] = tilt_deg(points[f"{side}_hip"], points[f"{side}_shoulder"], "horizontal")
        angles |= {f"{prefix}{name}": angle for name, angle in found.items() if angle is not None}
    return angles


@lru_cache(maxsize=4)
def _noise(width_px: int, height_px: int) -> Image:
    """A camera's noise, larger than the picture by a margin, so that every moment can show another piece of it."""
    shape = (height_px + _NOISE_MARGIN, width_px + _NOISE_MARGIN)
    grey = np.clip(np.random.default_rng(1).normal(3, 1.2, shape), 0, 8).astype(np.uint8)
    return np.asarray(cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR), np.uint8)
