"""A video file frame by frame, as fast as it is asked for."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from kiosk.capture.frame import Frame, rotated
from kiosk.capture.opencv import Video


class VideoFrames(Iterator[Frame]):
    """Every frame of a video file, as fast as asked; `t_s` is time in the video, in seconds from 0.

    `frame_count` is what the file says, None where it says nothing; width and height are those of the turned frames.
    """

    def __init__(self, path: Path, rotate: Literal[0, 90, 180, 270] = 0) -> None:
        video = Video(path)
        self.fps, self.frame_count = video.fps, video.frame_count
        size = video.width_px, video.height_px
        self.width_px, self.height_px = size if rotate in (0, 180) else size[::-1]
        self._frames = (
            Frame(rotated(picture.image, rotate), picture.t_s, number) for number, picture in enumerate(video, 1)
        )

    def __next__(self) -> Frame:
        return next(self._frames)


def read_video(path: Path, rotate: Literal[0, 90, 180, 270] = 0) -> VideoFrames:
    """Open a video file or GIF; an OSError or ValueError says in one sentence why it can't be played."""
    return VideoFrames(path, rotate)
