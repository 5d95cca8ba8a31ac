"""LiteRT's poses beside MediaPipe's on the same frames: places, angles, visibility, people and counted repetitions."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from math import nan
from pathlib import Path
from typing import Any, Final

import numpy as np

from kiosk import models
from kiosk.angles import angle_deg
from kiosk.capture.frame import Frame
from kiosk.capture.video import read_video
from kiosk.demo.athlete import CORNERS, EXERCISES, Athlete
from kiosk.landmarks import INDEX, Pose
from kiosk.pose.engine import Engine
from kiosk.pose.litert import LiteRTEngine
from kiosk.pose.mediapipe import MediaPipeEngine, reduced
from kiosk.pose.tracks import Tracks
from kiosk.replay import Moment, replay
from kiosk.rules.compiler import load_exercise
from kiosk.rules.exercise import Exercise

BOUNDS: Final[Mapping[str, float]] = {
    "median_torso": 0.01,
    "p95_torso": 0.03,
    "median_deg": 2.0,
    "p95_visibility": 0.05,
    "people_differ": 0.02,
    "reps_differ": 0,
}
"""How far LiteRT may be from MediaPipe: all 33 points in torso lengths of the picture, the joints' interior angles in
degrees, visibility, the share of the frames on which only one of them sees a person, and repetitions and partials."""

WIDTH_PX: Final = 640
"""Both are given frames that are no wider, for MediaPipe is given no wider ones by the kiosk."""

_JOINTS: Final = ("knee", "hip", "elbow")
_DRAWN_S, _DRAWN_FPS = 12.0, 15

Seen = tuple[float, Pose | None, Pose | None]
"""A frame's capture time, and what MediaPipe and LiteRT see on it."""


def bench_parity(folder: Path, exercises: Path, videos: Mapping[Path, str] | None = None) -> dict[str, Any]:
    """Compare the engines on every drawn exercise, and on `videos` with the name of the exercise done in each.

    `folder` holds the models, `exercises` the exercise files. Returns `{"bounds", "models": {model: {clip: row}}}`, a
    row being what `compare` returns. Raises `ModelError` where no model is fetched, `EngineError`, `SealError` and what
    reading a video or an exercise file raises.
    """
    names = [listed.name for listed in models.listing(folder) if listed.state == "whole"]
    if not names:
        raise models.ModelError(f"there is no model in {folder} to compare with: run kiosk models fetch")
    result: dict[str, Any] = {"bounds": dict(BOUNDS), "models": {}}
    for name in names:
        bundle, rows = models.verify(name, folder), {}
        for drawn in EXERCISES:
            rows[f"drawn {drawn}"] = compare(drawn_frames(drawn), bundle, load_exercise(exercises / f"{drawn}.yaml"))
        for video, exercise in (videos or {}).items():
            rows[video.name] = compare(read_video(video), bundle, load_exercise(exercises / f"{exercise}.yaml"))
        result["models"][name] = rows
    return result


def drawn_frames(exercise: str, until_s: float = _DRAWN_S) -> Iterator[Frame]:
    """Yield what a camera would see of the drawn athlete."""
    athlete = Athlete(exercise)
    for n in range(round(until_s * _DRAWN_FPS)):
        yield Frame(athlete.draw(n / _DRAWN_FPS, WIDTH_PX, WIDTH_PX * 3 // 4), n / _DRAWN_FPS, n)


def compare(frames: Iterable[Frame], bundle: Path, exercise: Exercise) -> dict[str, Any]:
    """Return the numbers of `BOUNDS` for some frames, how many frames those are, and both counts of repetitions.

    `p95_world_m`, between the points in metres, has no bound. A number of poses is None where there is no frame on
    which both engines see somebody.
    """
    seen = list(_seen(frames, bundle))
    both = [(a, b) for _, a, b in seen if a is not None and b is not None]
    counts = [_counts([(t_s, poses[side]) for t_s, *poses in seen], exercise) for side in (0, 1)]
    return {
        "frames": len(seen),
        "poses": len(both),
        **_distances(both),
        "people_differ": sum((a is None) != (b is None) for _, a, b in seen) / max(1, len(seen)),
        "reps_differ": sum(abs(a - b) for a, b in zip(*counts, strict=True)),
        "reps": {"mediapipe": counts[0], "litert": counts[1]},
    }


def misses(row: Mapping[str, Any]) -> list[str]:
    """Return which of `BOUNDS` a row of `compare` does not keep."""
    return [name for name, bound in BOUNDS.items() if row[name] is not None and not row[name] <= bound]


def parity_table(result: Mapping[str, Any]) -> str:
    """Return what `bench_parity` found as a table for people."""
    lines = [
        "LiteRT beside MediaPipe on the same frames: all points, median and 95 % of the distances in % of the torso;",
        "angles, median in degrees; visibility, 95 %; frames on which only one sees somebody; repetitions (partial)",
    ]
    for model, rows in result["models"].items():
        lines.append(f"{model:36}frames  poses  points    95 %   angle  visib.   alone   LiteRT  MediaPipe")
        lines += [_line(clip, row) for clip, row in rows.items()]
    return "\n".join(lines)


def _line(clip: str, row: Mapping[str, Any]) -> str:
    number = {name: nan if row[name] is None else row[name] for name in BOUNDS}
    columns = (
        f"  {clip:34}{row['frames']:6}{row['poses']:7}",
        f"{100 * number['median_torso']:8.3f}{100 * number['p95_torso']:8.3f}{number['median_deg']:8.3f}",
        f"{number['p95_visibility']:8.4f}{100 * number['people_differ']:7.1f}%",
        f"{_said(row['reps']['litert']):>9}{_said(row['reps']['mediapipe']):>11}",
        *[f"  {name} is out of bounds" for name in misses(row)],
    )
    return "".join(columns)


def _said(counts: Sequence[int]) -> str:
    return f"{counts[0]} ({counts[1]})"


def _seen(frames: Iterable[Frame], bundle: Path) -> Iterator[Seen]:
    """Yield MediaPipe's and LiteRT's pose of each frame; each engine has a thread, for MediaPipe seals its own."""
    with ThreadPoolExecutor(1) as sealed, ThreadPoolExecutor(1) as other:
        sides: tuple[tuple[ThreadPoolExecutor, Engine], ...] = (
            (sealed, sealed.submit(MediaPipeEngine, bundle, WIDTH_PX).result()),
            (other, other.submit(LiteRTEngine, bundle).result()),
        )
        try:
            for frame in frames:
                small = replace(frame, image=reduced(frame.image, WIDTH_PX), lores=None)
                poses = [thread.submit(engine.detect, small).result() for thread, engine in sides]
                yield frame.t_s, poses[0], poses[1]
        finally:
            for thread, engine in sides:
                thread.submit(engine.close).result()


def _distances(both: Sequence[tuple[Pose, Pose]]) -> dict[str, float | None]:
    if not both:
        return dict.fromkeys(("median_torso", "p95_torso", "median_deg", "p95_visibility", "p95_world_m"))
    apart = np.array([np.hypot(*(a.points - b.points)[:, :2].T) / _torso_px(a) for a, b in both])
    visibility = np.array([np.abs(a.points - b.points)[:, 3] for a, b in both])
    metres = np.array([np.linalg.norm(a.world - b.world, axis=1) for a, b in both])
    degrees = [abs(a - b) for pair in both for a, b in zip(*map(_angles_deg, pair), strict=True)]
    return {
        "median_torso": float(np.median(apart)),
        "p95_torso": float(np.percentile(apart, 95)),
        "median_deg": float(np.nanmedian(degrees)),
        "p95_visibility": float(np.percentile(visibility, 95)),
        "p95_world_m": float(np.percentile(metres, 95)),
    }


def _torso_px(pose: Pose) -> float:
    """Return the distance from between the shoulders to between the hips, in the picture."""
    shoulders, hips = [
        pose.points[[INDEX[f"left_{joint}"], INDEX[f"right_{joint}"]], :2].mean(axis=0) for joint in ("shoulder", "hip")
    ]
    return float(np.hypot(*(shoulders - hips)))


def _angles_deg(pose: Pose) -> list[float]:
    places = pose.points[:, :2].tolist()
    sides = [(side, joint) for side in ("left", "right") for joint in _JOINTS]
    corners = [[places[INDEX[f"{side}_{point}"]] for point in CORNERS[joint]] for side, joint in sides]
    return [nan if (angle := angle_deg(*corner)) is None else angle for corner in corners]


def _counts(poses: Sequence[tuple[float, Pose | None]], exercise: Exercise) -> tuple[int, int]:
    """Return the repetitions and the partial ones that the coach counts."""
    tracks = Tracks()
    summary = replay([Moment(t_s, tracks.follow(t_s, pose), None) for t_s, pose in poses], exercise, lambda _: None)
    return summary.reps, summary.partials
