"""What every engine is and how it refuses, so that the rest of the kiosk need not know which one runs."""

from typing import ClassVar, Protocol

from kiosk.capture.camera import Frame, Image
from kiosk.errors import FailedError
from kiosk.landmarks import Pose


class EngineError(FailedError):
    """The engine cannot start; its text is one sentence for people."""


class Engine(Protocol):
    """Finds the person in each frame of a camera; to be made, used and closed in one thread."""

    name: ClassVar[str]
    """What it is called in kiosk.yaml."""

    def detect(self, frame: Frame) -> Pose | None:
        """Return the person in `frame`, in pixels of its full `image`, or None where nobody is found."""

    def close(self) -> None:
        """Free what the engine holds; it is of no use afterwards."""


class LooksAtStills(Protocol):
    """Finds the person in single pictures; to be made and used in one thread."""

    def detect(self, image: Image) -> Pose | None:
        """Return the person in `image` (blue, green, red), in its pixels, or None where nobody is found."""
