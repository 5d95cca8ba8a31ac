"""What flows into the pipeline and out of it: frames from a camera, updates and pictures to whoever is told."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from kiosk.capture.frame import Frame, NoFrame
from kiosk.coaching.coach import Event, Measured, Snapshot
from kiosk.coaching.gestures import Gesture
from kiosk.coaching.workout import Progress
from kiosk.rules.exercise import Exercise
from kiosk.stream import Still
from kiosk.words import Phrase


class FrameSource(Protocol):
    """What the pose worker reads from: `kiosk.capture.camera.Camera`, or frames that a benchmark hands out."""

    @property
    def address(self) -> str:
        """The address for people, without a password."""
        ...

    @property
    def is_demo(self) -> bool:
        """Whether the pictures are drawn."""
        ...

    def start(self) -> None:
        """Begin to capture; returns at once."""

    def newest(self, after: int, timeout_s: float) -> Frame | NoFrame:
        """Return the newest frame once its number is greater than `after`, or the reason why there is none."""
        ...

    def hung_s(self) -> float:
        """Return for how many seconds the device has hung with no way round it, 0 while it does not."""
        ...

    def limit(self, fps: float | None) -> None:
        """Capture at most so many frames a second from now on, None for all."""

    def close(self) -> None:
        """Stop capturing."""


@dataclass(frozen=True, slots=True)
class Update:
    """What a frame, or its absence, brought: for the event loop, never changed.

    `measured` are the measures of this frame, the last, and of those since the update before. `frames` counts all that
    were judged since the start.
    """

    t_s: float
    exercise: Exercise
    snapshot: Snapshot
    progress: Progress
    gesture: Gesture | None
    events: tuple[Event, ...]
    measured: tuple[tuple[float, Measured], ...]
    no_video: Phrase | None
    width_px: int
    height_px: int
    fps: float
    frames: int = 0


@dataclass(frozen=True, slots=True)
class Outlets:
    """Where results go; each is called from a worker's thread and must return at once.

    `failed` takes what ended a worker: a pipeline without its worker is of no use, so the program ends.
    """

    update: Callable[[Update], None]
    picture: Callable[[Still], None]
    watched: Callable[[], bool]
    failed: Callable[[BaseException], None]
