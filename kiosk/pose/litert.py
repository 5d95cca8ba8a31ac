"""BlazePose on LiteRT: a frame becomes the pose of the one person in it, on as many cores as are given.

The models and the graph are MediaPipe's: mediapipe/tasks/cc/vision/pose_landmarker/pose_landmarker_graph.cc of
google-ai-edge/mediapipe, for one person. `crop` and `blazepose` have its calculators, `smoothing` its filters. What
comes out is MediaPipe's to the last bits of a float32; what it costs is a third of the memory and less than half of the
time. It opens no socket.
"""

import os
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Final, NamedTuple

import cv2
import numpy as np

from kiosk.capture.frame import Frame
from kiosk.capture.source import Image
from kiosk.heap import give_back
from kiosk.landmarks import Float, Pose
from kiosk.pose import blazepose
from kiosk.pose.blazepose import Region
from kiosk.pose.crop import Cropper, fill_tensor
from kiosk.pose.engine import EngineError
from kiosk.pose.smoothing import Smoothing


def default_threads() -> int:
    """Return how many cores an engine may take: all that this process has but one, and at least one."""
    return max(1, len(os.sched_getaffinity(0)) - 1)


SPARE_S: Final = 10.0
"""A model that was not needed for so long is let go, and 25 MB with it: who is followed is not looked for, and where
nobody is there is nothing to look at. Loading it again takes about as long as two frames."""


class LiteRTEngine:
    """Follows a person from frame to frame and smooths the points; to be made, used and closed in one thread.

    Raises `EngineError` where LiteRT or the bundle cannot be loaded, or where its models are not BlazePose's.
    """

    name: ClassVar[str] = "litert"

    def __init__(self, bundle: Path, threads: int | None = None) -> None:
        self._models = Models(bundle, threads)
        self._smoothing = Smoothing()
        self._region: Region | None = None
        self._clock_ms = 0
        self._captured_ms = 0
        self._searched_s = self._looked_s = 0.0
        give_back()

    def detect(self, frame: Frame) -> Pose | None:
        """Return the person in `frame`, in pixels of its full `image`, or None where nobody is found.

        The detector runs only where the frame before had nobody to follow.
        """
        clock_s = self._tick_s(frame.t_s)
        self._spare(clock_s)
        image = frame.image if frame.lores is None else frame.lores
        if self._region is None:
            self._searched_s = clock_s
        region = self._region or self._models.find(image)
        seen = None
        if region is not None:
            self._looked_s = clock_s
            seen = self._models.look(image, region)
        if seen is None:
            self._region = None
            self._smoothing.lose()
            return None
        self._region = seen.next
        body_px = float(seen.next.width) * image.shape[1]
        points, world = self._smoothing(clock_s, seen.points, seen.world, body_px)
        return _pose(points, world, frame, image)

    def close(self) -> None:
        """Free the models; the engine is of no use afterwards."""
        del self._models

    def _spare(self, clock_s: float) -> None:
        """Let go of the model that has not been needed for SPARE_S."""
        if clock_s - self._searched_s > SPARE_S:
            self._models.detector.let_go()
        if clock_s - self._looked_s > SPARE_S:
            self._models.landmarks.let_go()

    def _tick_s(self, t_s: float) -> float:
        """Return the smoothing's time of a frame captured at `t_s`, in whole milliseconds as MediaPipe counts.

        It grows with each frame, by 1 ms where the capture time does not.
        """
        captured_ms = round(t_s * 1000)
        self._clock_ms += max(1, captured_ms - self._captured_ms)
        self._captured_ms = captured_ms
        return self._clock_ms / 1000


class LiteRTStillEngine:
    """Looks at every picture anew, without smoothing. Threads and errors as in `LiteRTEngine`."""

    def __init__(self, bundle: Path, threads: int | None = None) -> None:
        self._models = Models(bundle, threads)

    def detect(self, image: Image) -> Pose | None:
        """Return the person in `image` (blue, green, red), in its pixels, or None where nobody is found."""
        region = self._models.find(image)
        seen = self._models.look(image, region) if region else None
        return _pose(seen.points, seen.world, Frame(image, 0.0, 0), image) if seen else None


class Seen(NamedTuple):
    """A person: (33, 4) pixels and visibility, (33, 3) metres, and the region to look at on the next frame."""

    points: Float
    world: Float
    next: Region


class Models:
    """The two models of a bundle: where is somebody, and where are the points of whoever is in a region?"""

    def __init__(self, bundle: Path, threads: int | None = None) -> None:
        detector_px, boxes = blazepose.DETECTOR_PX, blazepose.BOXES
        landmarks_px, heat_px, points = blazepose.LANDMARKS_PX, blazepose.HEATMAP_PX, blazepose.MODEL_POINTS
        self._anchors = blazepose.anchors()
        self._detector_crop, self._landmarks_crop = Cropper(detector_px), Cropper(landmarks_px)
        self.detector = Model(
            bundle, "pose_detector.tflite", threads, detector_px, {0: (boxes, blazepose.BOX_NUMBERS), 1: (boxes, 1)}
        )
        self.landmarks = Model(
            bundle,
            "pose_landmarks_detector.tflite",
            threads,
            landmarks_px,
            {0: (points * 5,), 1: (1,), 3: (heat_px, heat_px, points), 4: (points * 3,)},
        )

    def find(self, image: Image) -> Region | None:
        """Return the region of the surest person in a picture."""
        height_px, width_px = image.shape[:2]
        square, empty = blazepose.letterbox(width_px, height_px)
        small = self._detector_crop(image, square, cv2.BORDER_CONSTANT)
        fill_tensor(self.detector.input(), small, blazepose.DETECTOR_RANGE)
        self.detector.run()
        boxes, scores = self.detector.output(0), self.detector.output(1)
        points = blazepose.best_detection(boxes, scores[:, 0], self._anchors)
        if points is None:
            return None
        return blazepose.region_of(blazepose.without_letterbox(points, empty), width_px, height_px)

    def look(self, image: Image, region: Region) -> Seen | None:
        """Return the person in a region of a picture, None where there is nobody."""
        height_px, width_px = image.shape[:2]
        square = blazepose.rectangle(region, width_px, height_px)
        small = self._landmarks_crop(image, square, cv2.BORDER_REPLICATE)
        fill_tensor(self.landmarks.input(), small, blazepose.LANDMARKS_RANGE)
        self.landmarks.run()
        if self.landmarks.output(1)[0] <= blazepose.MIN_PRESENCE:
            return None
        in_crop, visibility = blazepose.landmarks(self.landmarks.output(0))
        in_crop[:, :2] = blazepose.sharpened(in_crop[:, :2], self.landmarks.output(3))
        in_picture = blazepose.in_picture(in_crop, region)
        world = blazepose.turned(self.landmarks.output(4).reshape(-1, 3), region.turn_rad)
        size_px = np.array((width_px, height_px, width_px), np.float32)
        body = slice(blazepose.BODY_POINTS)
        points = np.column_stack((in_picture[body] * size_px, visibility[body]))
        following = blazepose.region_of(in_picture[blazepose.ALIGNMENT, :2], width_px, height_px)
        return Seen(points, world[body], following)


class Model:
    """One .tflite model out of a bundle, checked: its tensors have the shapes asked for, and zeros give numbers.

    After `let_go` it holds no memory until its `input` is asked for again.
    """

    def __init__(
        self, bundle: Path, name: str, threads: int | None, size_px: int, outputs: Mapping[int, tuple[int, ...]]
    ) -> None:
        self._bundle, self._name, self._threads = bundle, name, threads or default_threads()
        tensors = self._load()
        shapes = [tuple(int(size) for size in tensor["shape"]) for tensor in tensors]
        expected = {0: (1, size_px, size_px, 3)} | {1 + index: (1, *shape) for index, shape in outputs.items()}
        if any(index >= len(shapes) or shapes[index] != shape for index, shape in expected.items()):
            raise EngineError(f"{name} of {bundle} is not BlazePose's: its input and outputs are {shapes}")
        self._prove(f"{name} of {bundle}", outputs)

    def _load(self) -> list[Mapping[str, Any]]:
        """Load the model; return what its input and its outputs are."""
        try:
            from ai_edge_litert.interpreter import Interpreter  # noqa: PLC0415 - a native library, loaded when needed

            with zipfile.ZipFile(self._bundle) as archive:
                content = archive.read(self._name)
            interpreter = Interpreter(model_content=content, num_threads=self._threads)
            interpreter.allocate_tensors()
        except (ImportError, OSError, KeyError, ValueError, RuntimeError, zipfile.BadZipFile) as error:
            raise EngineError(f"LiteRT does not start with {self._name} of {self._bundle}: {error}") from error
        tensors: list[Mapping[str, Any]] = interpreter.get_input_details() + interpreter.get_output_details()
        self._tensors = [interpreter.tensor(tensor["index"]) for tensor in tensors]
        self._run = interpreter.invoke
        self.loaded = True
        return tensors

    def let_go(self) -> None:
        """Free what the model holds; its outputs are gone."""
        if self.loaded:
            self.loaded = False
            del self._tensors, self._run
            give_back()

    def input(self) -> Float:
        """Return the input itself, (height, width, 3), to be written to and let go of before `run`."""
        if not self.loaded:
            self._load()
        return np.asarray(self._tensors[0]()[0])

    def run(self) -> None:
        """Compute the outputs."""
        self._run()

    def output(self, index: int) -> Float:
        """Return an output itself, to be let go of before the next `run`."""
        return np.asarray(self._tensors[1 + index]()[0])

    def _prove(self, name: str, outputs: Mapping[int, tuple[int, ...]]) -> None:
        self.input().fill(0)
        self.run()
        if not all(np.isfinite(self.output(index)).all() for index in outputs):
            raise EngineError(f"{name} does not work: a black picture gives numbers without end")


def _pose(points: Float, world: Float, frame: Frame, image: Image) -> Pose:
    """Return points in pixels of `image` as a pose in pixels of `frame`."""
    height_px, width_px = frame.image.shape[:2]
    across, down = width_px / image.shape[1], height_px / image.shape[0]
    points = np.asarray(points * np.array((across, down, across, 1), np.float32), np.float32)
    for array in (points, world):
        array.setflags(write=False)
    return Pose(t_s=frame.t_s, points=points, world=world, width_px=width_px, height_px=height_px)
