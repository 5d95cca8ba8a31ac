"""The whole chain for tests, before a camera that draws each frame once the one before is done with."""

from collections.abc import Callable, Mapping
from pathlib import Path
from threading import Event

from kiosk.capture.frame import Frame, NoFrame
from kiosk.capture.source import Image
from kiosk.flow import Outlets, Update
from kiosk.framerate import FrameLimit
from kiosk.pipeline import Pipeline
from kiosk.pose.swap import Engines
from kiosk.rules.exercise import Exercise
from kiosk.words import Phrase

WIDTH_PX, HEIGHT_PX = 640, 480


class DrawnCamera:
    """Gives what `draw` draws for each moment, `fps` times a second of capture time, then says that it is over."""

    address, is_demo = "drawn", False

    def __init__(self, draw: Callable[[float], Image], until_s: float, fps: float) -> None:
        self._draw, self._until_s, self._fps = draw, until_s, fps
        self._limit: FrameLimit | None = None
        self._number = 0
        self.over = Event()

    def start(self) -> None:
        """Nothing to open."""

    def limit(self, fps: float | None) -> None:
        """Leave frames out from now on."""
        self._limit = FrameLimit(fps) if fps else None

    def hung_s(self) -> float:
        return 0.0

    def close(self) -> None:
        """Nothing to close."""

    def newest(self, after: int, timeout_s: float) -> Frame | NoFrame:
        """Return the next frame."""
        del after, timeout_s
        while (t_s := self._number / self._fps) <= self._until_s:
            self._number += 1
            if self._limit is None or self._limit.takes(t_s):
                return Frame(self._draw(t_s), t_s, self._number)
        self.over.set()
        return NoFrame(Phrase("camera_ended", self.address))


def run_chain(
    camera: DrawnCamera,
    exercise: Exercise,
    bundle: Path,
    take: Callable[[Update], None],
    smaller: Mapping[str, Path] | None = None,
) -> tuple[Pipeline, list[BaseException]]:
    """Start the whole chain before the camera, with nobody watching; what ends it too early is in the list.

    The model `full` is that of `bundle`; `smaller` has others by name.
    """
    failed: list[BaseException] = []

    def fail(error: BaseException) -> None:
        failed.append(error)
        camera.over.set()

    pipeline = Pipeline(
        camera=camera,
        exercise=exercise,
        engines=Engines("auto", {"full": bundle, **(smaller or {})}),
        mirror=True,
        language="en",
        jpeg_quality=80,
        picture_fps=30,
        blank_size_px=(WIDTH_PX, HEIGHT_PX),
        gestures=True,
        outlets=Outlets(update=take, picture=lambda _: None, watched=lambda: False, failed=fail),
    )
    pipeline.start()
    return pipeline, failed
