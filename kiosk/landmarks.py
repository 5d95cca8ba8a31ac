"""The 33 points of a body, the lines between them, and `Pose`: what one picture says about one person."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float32]

LANDMARKS: Final = (
    "nose", "left_eye_inner", "left_eye", "left_eye_outer", "right_eye_inner", "right_eye", "right_eye_outer",
    "left_ear", "right_ear", "mouth_left", "mouth_right", "left_shoulder", "right_shoulder",
    "left_elbow", "right_elbow", "left_wrist", "right_wrist", "left_pinky", "right_pinky", "left_index", "right_index",
    "left_thumb", "right_thumb", "left_hip", "right_hip", "left_knee", "right_knee", "left_ankle", "right_ankle",
    "left_heel", "right_heel", "left_foot_index", "right_foot_index",
)  # fmt: skip
"""MediaPipe's names in MediaPipe's order; a landmark's index is its place here."""

INDEX: Final = {name: index for index, name in enumerate(LANDMARKS)}

SIDELESS: Final = tuple(name.removeprefix("left_") for name in LANDMARKS if name.startswith("left_"))
"""Names without a side, which an exercise's `side` resolves: "hip" to "left_hip", "right_hip" or halfway."""

BONES: Final = tuple(
    (INDEX[a], INDEX[b])
    for a, b in (
        ("left_shoulder", "right_shoulder"), ("left_hip", "right_hip"),
        *(
            (f"{side}_{a}", f"{side}_{b}")
            for side in ("left", "right")
            for a, b in (
                ("shoulder", "elbow"), ("elbow", "wrist"), ("shoulder", "hip"), ("hip", "knee"), ("knee", "ankle"),
                ("ankle", "heel"), ("ankle", "foot_index"), ("heel", "foot_index"),
            )
        ),
    )
)  # fmt: skip
"""The skeleton that is drawn: pairs of landmark indices."""


@dataclass(frozen=True, slots=True, eq=False)
class Pose:
    """One person in one picture.

    `points` is (33, 4): x, y, z in pixels of the full picture (origin top left, y down; z as MediaPipe gives it, scaled
    like x) and visibility 0..1. `world` is (33, 3): metres, origin halfway between the hips, x right, y down, z away
    from the camera. Both hold float32 and are never written to.

    `t_s` is the capture time in monotonic seconds and `track` numbers the bodies followed so far: two poses with
    different tracks are two people, or one person seen again.
    """

    t_s: float
    points: Float
    world: Float
    width_px: int
    height_px: int
    track: int = 0
