"""Pose recordings: the numbers of every frame, no picture, one JSON line each (`*.poses.jsonl`, also gzipped).

The first line is `{"kind": "pose-recording", "version": 1, "width": W, "height": H, "fps": F}`, then one line a frame:
`{"t_s": seconds, "points": [33 x [x_px, y_px, z_px, visibility]], "world": [33 x [x_m, y_m, z_m]]}`, both null where
nobody was found.
"""

import gzip
import json
import math
import zlib
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, TextIO, cast

import numpy as np

from kiosk.errors import PlainError
from kiosk.landmarks import LANDMARKS, Float, Pose

SUFFIXES: Final = (".poses.jsonl", ".poses.jsonl.gz")

# Text that is not JSON or not UTF-8, numbers of another shape or out of range, endless nesting, a torn gzip file.
_NOT_A_RECORDING: Final = (
    KeyError, TypeError, ValueError, OverflowError, RecursionError, EOFError, gzip.BadGzipFile, zlib.error
)  # fmt: skip


class RecordingError(PlainError, ValueError):
    """A file that is not a pose recording; its text is one sentence with file and line."""


@dataclass(frozen=True, slots=True)
class RecordedFrame:
    """One frame: its time and the pose in it, if any."""

    t_s: float
    pose: Pose | None


class Recorder:
    """Writes the poses of a running kiosk; `OSError` when the disk is full or the folder can't be written."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = _opened(path, "wt")
        self._begun_s: float | None = None

    def write(self, t_s: float, pose: Pose | None, width_px: int, height_px: int, fps: float) -> None:
        """Add one frame; times in the file count from its first frame."""
        if self._begun_s is None:
            self._begun_s = t_s
            head = {"kind": "pose-recording", "version": 1, "width": width_px, "height": height_px, "fps": fps}
            self._line(head)
        self._line({
            "t_s": round(t_s - self._begun_s, 4),
            "points": _rounded(pose.points, 2) if pose else None,
            "world": _rounded(pose.world, 4) if pose else None,
        })  # fmt: skip

    def close(self) -> None:
        """Finish the file."""
        self._file.close()

    def _line(self, value: dict[str, object]) -> None:
        self._file.write(json.dumps(value, separators=(",", ":")) + "\n")


def write_recording(path: Path, moments: Sequence[tuple[float, Pose | None]]) -> None:
    """Write what was seen in the past as a recording; ValueError if nobody was seen, `OSError` as a Recorder does."""
    pose = next((pose for _, pose in moments if pose), None)
    if pose is None:
        raise ValueError("nobody was seen")
    lasted_s = moments[-1][0] - moments[0][0]
    fps = round((len(moments) - 1) / lasted_s, 1) if lasted_s else 0.0
    recorder = Recorder(path)
    with closing(recorder):
        for t_s, seen in moments:
            recorder.write(t_s, seen, pose.width_px, pose.height_px, fps)


def read_recording(path: Path) -> Iterator[RecordedFrame]:
    """Yield the frames of a pose recording; RecordingError where it is not one, OSError where it can't be read."""
    number = 0
    try:
        with _opened(path, "rt") as file:
            head = json.loads(file.readline() or "null")
            if not isinstance(head, dict) or head.get("kind") != "pose-recording":
                raise RecordingError(f"{path}:1: not a pose recording: its first line should say so")
            size = (int(head["width"]), int(head["height"]))
            if min(size) < 1:
                raise ValueError(size)
            for number, line in enumerate(file, start=2):  # noqa: B007 - named in the error
                yield _frame(json.loads(line), size)
    except _NOT_A_RECORDING as error:
        if isinstance(error, RecordingError):
            raise
        raise RecordingError(f"{path}:{max(number, 1)}: this line is not a frame of a pose recording") from error


def _frame(line: dict[str, object], size: tuple[int, int]) -> RecordedFrame:
    t_s = float(line["t_s"])  # type: ignore[arg-type]
    if not math.isfinite(t_s):
        raise ValueError(t_s)
    if line["points"] is None or line["world"] is None:
        return RecordedFrame(t_s, None)
    points, world = _array(line["points"], 4), _array(line["world"], 3)
    return RecordedFrame(t_s, Pose(t_s, points, world, *size))


def _array(values: object, columns: int) -> Float:
    array = np.asarray(values, np.float32)
    if array.shape != (len(LANDMARKS), columns) or not np.isfinite(array).all():
        raise ValueError(array.shape)
    return array


def _rounded(array: Float, digits: int) -> list[list[float]]:
    return [[round(value, digits) for value in row] for row in array.tolist()]


def _opened(path: Path, mode: Literal["rt", "wt"]) -> TextIO:
    if path.suffix == ".gz":
        return cast("TextIO", gzip.open(path, mode, encoding="utf-8"))
    return cast("TextIO", path.open(mode, encoding="utf-8"))
