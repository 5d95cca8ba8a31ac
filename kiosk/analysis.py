"""The work behind photo analysis, for a process of its own: bytes of a picture -> the answer's JSON."""

import base64
import json
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import cv2

from kiosk.capture.frame import Frame
from kiosk.coaching.coach import Snapshot
from kiosk.coaching.still import described, joint_angles, judged
from kiosk.config import EngineName
from kiosk.landmarks import Pose
from kiosk.photo import PhotoError
from kiosk.pose.choice import choose_still_engine
from kiosk.pose.engine import LooksAtStills
from kiosk.pose.tracks import Tracks
from kiosk.rules.exercise import Exercise
from kiosk.view import annotate
from kiosk.words import Phrase

JPEG_QUALITY: Final = 85
DIGITS: Final = 4
NUMBER: Final = 1 / 20
"""Of the picture's height: on a phone that is 13 px, where the wall's numbers would be 8."""


def analyse(photo: bytes, engine_name: EngineName, bundle: Path, exercise: Exercise | None) -> bytes:
    """Return the answer about `photo` as JSON: landmarks, angles, the annotated picture, and what `exercise` says.

    PhotoError where nothing can be said. Loads the engine once a process, which seals the calling thread for good, and
    before a byte of the picture is looked at.
    """
    from kiosk.decoding import upright  # noqa: PLC0415 - for the process beside, for Pillow takes 2 MB

    engine = _engine(engine_name, bundle)
    frame = Frame(upright(photo), 0.0, 1)
    pose = Tracks().follow(0.0, engine.detect(frame.image))
    if pose is None:
        raise PhotoError(400, Phrase("photo_nobody"), Phrase("photo_nobody_hint"))
    snapshot = judged(exercise, pose) if exercise else described(pose)
    answer: dict[str, Any] = {
        "landmarks": _landmarks(pose),
        "image": _data_address(frame, pose, snapshot),
        "angles": _rounded(joint_angles(pose)),
    }
    if exercise:
        answer |= _judgement(exercise, snapshot)
    return json.dumps(answer, ensure_ascii=False, allow_nan=False).encode()


@lru_cache(maxsize=1)
def _engine(name: EngineName, bundle: Path) -> LooksAtStills:
    return choose_still_engine(name, bundle)


def _landmarks(pose: Pose) -> list[dict[str, float]]:
    """The points as MediaPipe gives them: x and z as shares of the picture's width, y of its height."""
    scale = (pose.width_px, pose.height_px, pose.width_px, 1)
    names = ("x", "y", "z", "visibility")
    return [
        {name: round(value / whole, DIGITS) for name, value, whole in zip(names, point, scale, strict=True)}
        for point in pose.points.tolist()
    ]


def _data_address(frame: Frame, pose: Pose, snapshot: Snapshot) -> str:
    picture = annotate(frame, pose, snapshot, mirror=False, number=NUMBER)
    jpeg = cv2.imencode(".jpg", picture, (cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY))[1].tobytes()
    return f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode()}"


def _judgement(exercise: Exercise, snapshot: Snapshot) -> dict[str, Any]:
    return {
        "exercise": exercise.name,
        "measures": _rounded(snapshot.numbers or {}),
        "units": {measure.name: measure.unit for measure in exercise.measures},
        "warnings": [
            {"id": warning.id, "level": warning.level, "say": warning.say.to_json()} for warning in snapshot.warnings
        ],
        "guidance": snapshot.guidance.to_json() if snapshot.guidance else None,
    }


def _rounded(numbers: dict[str, float | None]) -> dict[str, float | None]:
    return {name: None if value is None else round(value, DIGITS) for name, value in numbers.items()}
