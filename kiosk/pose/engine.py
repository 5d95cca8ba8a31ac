"""What every engine is and how it refuses, so that the rest of the kiosk need not know which one runs."""

from typing import Protocol

from kiosk.camera import Frame
from kiosk.landmarks import Pose


class EngineError(Exception):
    """The engine cannot start; its text is one sentence for people."""


class Engine(Protocol):
    """Finds the person in each frame of a camera; to be made, used and closed in one thread."""

    def detect(self, frame: Frame) -> Pose | None:
        """Return the person in `frame`, in pixels of its full `image`, or None where nobody is found."""

    def close(self) -> None:
        """Free what the engine holds; it is of no use afterwards."""
