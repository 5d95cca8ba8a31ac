"""A recording through the same coach as live pictures, as fast as it goes: a video file, or recorded poses."""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from kiosk.camera import Frame, read_video
from kiosk.coach import Coach, Event, HoldEvent, RepEvent, Snapshot, WarningEvent
from kiosk.landmarks import Pose
from kiosk.pose.mediapipe import MediaPipeEngine
from kiosk.pose.tracks import Tracks
from kiosk.recording import SUFFIXES, read_recording
from kiosk.rules import Exercise
from kiosk.view import GROUND, annotate


@dataclass(frozen=True, slots=True)
class Moment:
    """One frame of a recording: its pose, and its picture where there is one."""

    t_s: float
    pose: Pose | None
    frame: Frame | None


@dataclass
class Summary:
    """What a replay found; `fps` is how many frames a second it went through."""

    frames: int = 0
    poses: int = 0
    reps: int = 0
    partials: int = 0
    warnings: Counter[str] = field(default_factory=Counter)
    rep_times_s: list[float] = field(default_factory=list)
    holds_s: list[float] = field(default_factory=list)
    fps: float = 0.0

    def take(self, event: Event) -> None:
        """Count an event."""
        match event:
            case RepEvent(partial=True):
                self.partials += 1
            case RepEvent():
                self.reps += 1
                self.rep_times_s.append(round(event.t_s, 3))
            case HoldEvent():
                self.holds_s.append(round(event.held_s, 2))
            case WarningEvent(on=True):
                self.warnings[event.warning.id] += 1

    def to_json(self) -> dict[str, Any]:
        """Return the summary as `replay --json` writes it."""
        return {
            "frames": self.frames,
            "poses": self.poses,
            "reps": self.reps,
            "partials": self.partials,
            "holds_s": self.holds_s,
            "warnings": dict(self.warnings),
            "rep_times_s": self.rep_times_s,
            "fps": round(self.fps, 1),
        }


def is_recording(path: Path) -> bool:
    """Whether the file's name says that it holds recorded poses."""
    return path.name.endswith(SUFFIXES)


def recorded_moments(path: Path) -> Iterator[Moment]:
    """Yield a pose recording's frames; RecordingError or OSError where it can't be read."""
    tracks = Tracks()
    for recorded in read_recording(path):
        yield Moment(recorded.t_s, tracks.follow(recorded.t_s, recorded.pose), None)


def video_moments(path: Path, bundle: Path, width_px: int) -> tuple[Iterator[Moment], float, int | None]:
    """Return a video's frames with their poses, its frame rate, and its length in frames where that is known.

    The pose engine seals the calling thread off the network for good. OSError or ValueError where it is not a video.
    """
    video = read_video(path)

    def moments() -> Iterator[Moment]:
        engine, tracks = MediaPipeEngine(bundle, width_px), Tracks()
        try:
            for frame in video:
                yield Moment(frame.t_s, tracks.follow(frame.t_s, engine.detect(frame)), frame)
        finally:
            engine.close()

    return moments(), video.fps, video.frame_count


def replay(
    moments: Iterable[Moment],
    exercise: Exercise,
    tell: Callable[[Event], object],
    show: Callable[[Moment, Snapshot], object] | None = None,
) -> Summary:
    """Judge every moment; `tell` is given each event, `show` what there is to draw. Returns the summary."""
    coach, summary = Coach(exercise), Summary()
    begun_s = time.perf_counter()
    for moment in moments:
        summary.frames += 1
        summary.poses += moment.pose is not None
        for event in coach.step(moment.t_s, moment.pose):
            summary.take(event)
            tell(event)
        if show:
            show(moment, coach.snapshot())
    for event in coach.finish():
        summary.take(event)
        tell(event)
    summary.fps = summary.frames / max(1e-9, time.perf_counter() - begun_s)
    return summary


class VideoOut:
    """Writes the annotated pictures as an MP4; poses without pictures are drawn on an empty ground."""

    def __init__(self, path: Path, fps: float) -> None:
        self._path, self._fps = path, fps
        self._writer: cv2.VideoWriter | None = None

    def write(self, moment: Moment, snapshot: Snapshot) -> None:
        """Add one picture; OSError if the file can't be written."""
        frame = moment.frame or _empty_frame(moment)
        if frame is None:
            return
        picture = annotate(frame, moment.pose, snapshot, mirror=False)
        if self._writer is None:
            size = picture.shape[1::-1]
            self._writer = cv2.VideoWriter(str(self._path), cv2.VideoWriter.fourcc(*"mp4v"), self._fps, size)
            if not self._writer.isOpened():
                raise OSError(f"{self._path} can't be written as an MP4 file: check the folder and its rights")
        self._writer.write(picture)

    def close(self) -> None:
        """Finish the file."""
        if self._writer:
            self._writer.release()


def _empty_frame(moment: Moment) -> Frame | None:
    if moment.pose is None:
        return None
    return Frame(np.full((moment.pose.height_px, moment.pose.width_px, 3), GROUND, np.uint8), moment.t_s, 0)
