"""What one picture for viewers costs: the skeleton drawn upon it, and its JPEG."""

from collections.abc import Callable
from statistics import median
from time import perf_counter
from typing import Any, Final

import cv2
import numpy as np

from kiosk.capture.frame import Frame
from kiosk.coaching.coach import Coach
from kiosk.demo.athlete import Athlete
from kiosk.landmarks import LANDMARKS, Pose
from kiosk.rules.exercise import Exercise
from kiosk.view import annotate

PICTURES: Final = 60
SIZES_PX: Final = ((640, 480), (1280, 720))
_QUALITY: Final = (cv2.IMWRITE_JPEG_QUALITY, 80)


def bench_pictures(exercise: Exercise) -> dict[str, Any]:
    """Return `{size: {"draw_ms", "encode_ms"}}`, medians, for pictures of the drawn athlete with joints and numbers."""
    return {f"{width_px}x{height_px}": _measured(exercise, width_px, height_px) for width_px, height_px in SIZES_PX}


def pictures_table(result: dict[str, Any]) -> str:
    """Return what `bench_pictures` measured, for people."""
    return "\n".join(
        f"a picture of {size}: drawn in {row['draw_ms']:.2f} ms, encoded in {row['encode_ms']:.2f} ms"
        for size, row in result.items()
    )


def _measured(exercise: Exercise, width_px: int, height_px: int) -> dict[str, float]:
    athlete = Athlete("squat")
    frame = Frame(athlete.draw(0.0, width_px, height_px), 0.0, 0)
    pose, coach = _drawn_pose(athlete, width_px, height_px), Coach(exercise)
    coach.step(0.0, pose)
    snapshot = coach.snapshot()
    picture = annotate(frame, pose, snapshot, mirror=True)
    return {
        "draw_ms": round(_median_ms(lambda: annotate(frame, pose, snapshot, mirror=True)), 3),
        "encode_ms": round(_median_ms(lambda: cv2.imencode(".jpg", picture, _QUALITY)), 3),
    }


def _drawn_pose(athlete: Athlete, width_px: int, height_px: int) -> Pose:
    """Return the drawn athlete as a pose: what the picture does not show of the body lies where the hip is."""
    seen = athlete.truth(0.0, width_px, height_px).points
    places = [seen.get(name, seen["right_hip"]) for name in LANDMARKS]
    points = np.array([(x, y, 0, 1) for x, y in places], np.float32)
    return Pose(
        t_s=0.0, points=points, world=points[:, :3] / np.float32(height_px), width_px=width_px, height_px=height_px
    )


def _median_ms(work: Callable[[], object]) -> float:
    times_ms = []
    for _ in range(PICTURES):
        begun_s = perf_counter()
        work()
        times_ms.append((perf_counter() - begun_s) * 1000)
    return median(times_ms)
