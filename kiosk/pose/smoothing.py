"""MediaPipe's smoothing of landmarks over time: still points come to rest, moving ones are followed at once."""

import math
from typing import Final

import numpy as np

from kiosk.landmarks import Float

# google-ai-edge/mediapipe, mediapipe/tasks/cc/vision/pose_landmarker/pose_landmarks_detector_graph.cc,
# BuildPoseLandmarksDetectorGraph, under `smooth_landmarks`; it does so for one person in VIDEO mode.
_POINTS: Final = (0.05, 80.0)  # SmoothLandmarks of `landmarks`: min_cutoff, beta
_WORLD: Final = (0.1, 40.0)  # SmoothLandmarks of `world_landmarks`: min_cutoff, beta
_SPEED_CUTOFF_HZ: Final = 1.0  # of both: derivate_cutoff
_VISIBILITY_SHARE: Final = 0.1  # SmoothLandmarksVisibility: low_pass_filter_alpha


class OneEuro:
    """The One Euro filter (Casiez, Roussel, Vogel 2012) on an array of numbers at once, as MediaPipe computes it.

    A low pass whose cutoff grows with the number's speed: `min_cutoff_hz` at rest, and `beta` more for each unit of
    `scale` a second. mediapipe/util/filtering/one_euro_filter.cc.
    """

    def __init__(self, min_cutoff_hz: float, beta: float) -> None:
        self._min_cutoff_hz, self._beta = min_cutoff_hz, beta
        self._seen: tuple[float, Float, Float, Float] | None = None

    def __call__(self, t_s: float, values: Float, scale: float) -> Float:
        """Return the `values` of the time `t_s`, which grows, smoothed; a speed of 1 is one `scale` a second."""
        if self._seen is None:
            smooth, speed = values, np.zeros_like(values)
        else:
            before_s, raw, smooth, speed = self._seen
            elapsed_s = t_s - before_s
            speed = _mix(speed, (values - raw) / np.float32(scale * elapsed_s), _share(_SPEED_CUTOFF_HZ, elapsed_s))
            cutoff_hz = np.asarray(self._min_cutoff_hz + self._beta * np.abs(speed), np.float32)
            smooth = _mix(smooth, values, _share(cutoff_hz, elapsed_s))
        self._seen = (t_s, values, smooth, speed)
        return smooth

    def forget(self) -> None:
        """Let the next values be the first."""
        self._seen = None


class Smoothing:
    """Smooths one person's landmarks; give it every frame on which there is somebody, and `lose` on the others."""

    def __init__(self) -> None:
        self._points, self._world = OneEuro(*_POINTS), OneEuro(*_WORLD)
        self._visibility: Float | None = None

    def __call__(self, t_s: float, points: Float, world: Float, body_px: float) -> tuple[Float, Float]:
        """Return `points`, (33, 4) x, y, z in pixels and visibility, and `world`, (33, 3) in metres, smoothed.

        `body_px` is the side of the region that the next frame is going to be cropped to.
        """
        seen = points[:, 3]
        self._visibility = seen if self._visibility is None else _mix(self._visibility, seen, _VISIBILITY_SHARE)
        smooth = np.column_stack((self._points(t_s, points[:, :3], body_px), self._visibility))
        return smooth, self._world(t_s, world, 1.0)

    def lose(self) -> None:
        """Nobody is on this frame: the next person's points begin where they are.

        The other two filters go on, as in MediaPipe, whose calculators are not run for a frame without landmarks;
        LandmarksSmoothingCalculator is, for it is given the picture's size as well.
        """
        self._points.forget()


def _mix(old: Float, new: Float, share: Float | float) -> Float:
    return np.asarray(old + (new - old) * share, np.float32)


def _share(cutoff_hz: Float | float, elapsed_s: float) -> Float:
    """Return the share of the new value in a low pass; one_euro_filter.cc, GetAlpha."""
    return np.asarray(1 / (1 + 1 / (2 * math.pi * elapsed_s * cutoff_hz)), np.float32)
