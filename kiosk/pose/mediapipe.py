"""MediaPipe's PoseLandmarker: a frame becomes the pose of the one person in it."""

import platform
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar, Final, Literal

import cv2
import numpy as np

from kiosk.capture.frame import Frame
from kiosk.capture.source import Image
from kiosk.landmarks import Pose
from kiosk.pose.engine import EngineError
from kiosk.pose.seal import seal

_NEEDED: Final[Mapping[str, tuple[str, str, str]]] = {
    "x86_64": ("flags", "avx", "AVX"),
    "aarch64": ("Features", "atomics", "the atomic instructions of ARMv8.1, which a Pi 5 has and a Pi 4 has not"),
}
"""What MediaPipe 1.2.2 is compiled for: where in /proc/cpuinfo a processor tells its abilities, which one it needs, and
that in words. A processor without ends the process at the import (seen on emulated ones: Nehalem, Cortex-A72)."""


def unsupported(machine: str, cpuinfo: str) -> str | None:
    """Return why MediaPipe cannot run on a processor, None where it can or where that is not told.

    Takes the machine's name as of `platform.machine` and the text of its /proc/cpuinfo.
    """
    told, needed, words = _NEEDED.get(machine, ("", "", ""))
    able = [line.partition(":")[2].split() for line in cpuinfo.splitlines() if line.partition(":")[0].strip() == told]
    return f"MediaPipe cannot run on this processor: it lacks {words}" if able and needed not in able[0] else None


def refusal() -> str | None:
    """Return why MediaPipe cannot run on this machine's processor, None where it can."""
    try:
        return unsupported(platform.machine(), Path("/proc/cpuinfo").read_text(encoding="utf-8"))
    except OSError:
        return None


class MediaPipeEngine:
    """One landmarker in VIDEO mode: it follows a person from frame to frame and smooths the points.

    To be made, used and closed in one thread, which must not need the network: making it seals that thread for good
    (see `seal`). `width_px` is the width to which frames are reduced first; smaller ones stay as they are.

    Raises `SealError` where the thread cannot be sealed, `EngineError` where MediaPipe or the bundle cannot be loaded.
    """

    name: ClassVar[str] = "mediapipe"

    def __init__(self, bundle: Path, width_px: int = 640) -> None:
        self._landmarker, self._picture = _loaded(bundle, "VIDEO")
        self._width_px = width_px
        self._clock_ms = 0
        self._captured_ms = 0

    def detect(self, frame: Frame) -> Pose | None:
        """Return the person in `frame`, in pixels of its full `image`, or None where MediaPipe finds nobody."""
        small = reduced(frame.image if frame.lores is None else frame.lores, self._width_px)
        found = self._landmarker.detect_for_video(self._picture(small), self._tick_ms(frame.t_s))
        height_px, width_px = frame.image.shape[:2]
        return _pose(found, frame.t_s, width_px, height_px)

    def close(self) -> None:
        """Free the landmarker; the engine is of no use afterwards."""
        self._landmarker.close()

    def _tick_ms(self, t_s: float) -> int:
        """Return MediaPipe's time of a frame captured at `t_s`.

        It must grow with each frame, so frames of one millisecond stand 1 ms apart, and so does the frame at which the
        clock of a looped recording jumps back.
        """
        captured_ms = round(t_s * 1000)
        self._clock_ms += max(1, captured_ms - self._captured_ms)
        self._captured_ms = captured_ms
        return self._clock_ms


class StillEngine:
    """One landmarker in IMAGE mode: every picture is looked at anew. Threads and errors as in `MediaPipeEngine`."""

    def __init__(self, bundle: Path) -> None:
        self._landmarker, self._picture = _loaded(bundle, "IMAGE")

    def detect(self, image: Image) -> Pose | None:
        """Return the person in `image` (blue, green, red), in its pixels, or None where MediaPipe finds nobody."""
        height_px, width_px = image.shape[:2]
        return _pose(self._landmarker.detect(self._picture(image)), 0.0, width_px, height_px)


def _loaded(bundle: Path, mode: Literal["VIDEO", "IMAGE"]) -> tuple[Any, Callable[[Image], Any]]:
    """Seal the thread, then return the landmarker and what makes MediaPipe's picture of ours."""
    if reason := refusal():
        raise EngineError(reason)
    seal()
    try:
        import mediapipe as mp  # noqa: PLC0415 - only here, and only sealed: 0.6 s, 180 MB and a native library
        from mediapipe.tasks.python import vision  # noqa: PLC0415

        landmarker = vision.PoseLandmarker.create_from_options(
            vision.PoseLandmarkerOptions(
                base_options=mp.tasks.BaseOptions(model_asset_path=str(bundle)),
                running_mode=vision.RunningMode[mode],
            )
        )
    except (ImportError, OSError, RuntimeError, ValueError) as error:
        raise EngineError(f"MediaPipe does not start with {bundle}: {error}") from error

    def picture(image: Image) -> Any:  # noqa: ANN401 - MediaPipe has no types
        return mp.Image(image_format=mp.ImageFormat.SRGB, data=cv2.cvtColor(image, cv2.COLOR_BGR2RGB))

    return landmarker, picture


def _pose(found: Any, t_s: float, width_px: int, height_px: int) -> Pose | None:  # noqa: ANN401 - MediaPipe has no types
    if not found.pose_landmarks:
        return None
    points = np.array([(p.x, p.y, p.z, p.visibility) for p in found.pose_landmarks[0]], np.float32)
    points *= np.array((width_px, height_px, width_px, 1), np.float32)
    world = np.array([(p.x, p.y, p.z) for p in found.pose_world_landmarks[0]], np.float32)
    for array in (points, world):
        array.setflags(write=False)
    return Pose(t_s=t_s, points=points, world=world, width_px=width_px, height_px=height_px)


def reduced(image: Image, width_px: int) -> Image:
    """Return a picture that is at most `width_px` wide."""
    height, width = image.shape[:2]
    if width <= width_px:
        return image
    size = (width_px, max(1, round(height * width_px / width)))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
