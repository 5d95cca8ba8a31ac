"""A recording through the same coach as live pictures, as fast as it goes: a video file, or recorded poses."""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from kiosk.capture.camera import Frame, read_video
from kiosk.coaching.coach import Coach, Event, Snapshot
from kiosk.landmarks import Pose
from kiosk.pose.engine import Engine
from kiosk.pose.tracks import Tracks
from kiosk.recording import SUFFIXES, read_recording
from kiosk.rules.exercise import Exercise
from kiosk.summary import Summary
from kiosk.view import GROUND, annotate


@dataclass(frozen=True, slots=True)
class Moment:
    """One frame of a recording: its pose, and its picture where there is one."""

    t_s: float
    pose: Pose | None
    frame: Frame | None


def is_recording(path: Path) -> bool:
    """Whether the file's name says that it holds recorded poses."""
    return path.name.endswith(SUFFIXES)


def recorded_moments(path: Path) -> Iterator[Moment]:
    """Yield a pose recording's frames; RecordingError or OSError where it can't be read."""
    tracks = Tracks()
    for recorded in read_recording(path):
        yield Moment(recorded.t_s, tracks.follow(recorded.t_s, recorded.pose), None)


def video_moments(path: Path, make_engine: Callable[[], Engine]) -> tuple[Iterator[Moment], float, int | None]:
    """Return a video's frames with their poses, its frame rate, and its length in frames where that is known.

    The pose engine seals the calling thread off the network for good. OSError or ValueError where it is not a video.
    """
    video = read_video(path)

    def moments() -> Iterator[Moment]:
        engine, tracks = make_engine(), Tracks()
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
