"""BlazePose on LiteRT: a frame becomes the pose of the one person in it, on as many cores as are given.

The graph is MediaPipe's (tasks/cc/vision/pose_landmarker/pose_landmarker_graph.cc) and so are its models; `blazepose`
has its calculators, `smoothing` its filters. It opens no socket, starts in a fraction of the time and takes a third of
the memory.
"""

import os
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from kiosk.camera import Frame, Image
from kiosk.landmarks import Float, Pose
from kiosk.pose import blazepose
from kiosk.pose.blazepose import Cropper, Rectangle, Region
from kiosk.pose.engine import EngineError
from kiosk.pose.smoothing import Smoothing

_WIDE_PX: Final = 640
"""Wider pictures are averaged down, as far as the crop allows: linear interpolation alone would skip their pixels."""


def default_threads() -> int:
    """Return how many cores an engine may take: all that this process has but one, and at least one."""
    return max(1, len(os.sched_getaffinity(0)) - 1)


@dataclass(frozen=True, slots=True)
class Seen:
    """What the landmark model says of a region: in pixels and visibility (33, 4), in metres (33, 3), and what is next."""

    points: Float
    world: Float
    region: Region


class LiteRTEngine:
    """Follows a person from frame to frame and smooths the points; to be made, used and closed in one thread.

    Raises `EngineError` where LiteRT or the bundle cannot be loaded, or where its models are not BlazePose's.
    """

    def __init__(self, bundle: Path, threads: int | None = None) -> None:
        self._models = _Models(bundle, threads)
        self._smoothing = Smoothing()
        self._region: Region | None = None
        self._clock_ms = 0
        self._captured_ms = 0

    def detect(self, frame: Frame) -> Pose | None:
        """Return the person in `frame`, in pixels of its full `image`, or None where nobody is found.

        The detector runs only where the frame before had nobody to follow.
        """
        clock_s = self._tick_s(frame.t_s)
        image = frame.image if frame.lores is None else frame.lores
        region = self._region or self._models.find(image)
        seen = self._models.look(image, region) if region else None
        if seen is None:
            self._region = None
            self._smoothing.lose()
            return None
        self._region = seen.region
        points, world = self._smoothing(clock_s, seen.points, seen.world, float(seen.region.width) * image.shape[1])
        return _pose(points, world, frame, image)

    def close(self) -> None:
        """Free the models; the engine is of no use afterwards."""
        del self._models

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
        self._models = _Models(bundle, threads)

    def detect(self, image: Image) -> Pose | None:
        """Return the person in `image` (blue, green, red), in its pixels, or None where nobody is found."""
        region = self._models.find(image)
        seen = self._models.look(image, region) if region else None
        return _pose(seen.points, seen.world, Frame(image, 0.0, 0), image) if seen else None


class _Models:
    """The two models of a bundle: where is somebody, and where are the points of whoever is in a region?"""

    def __init__(self, bundle: Path, threads: int | None) -> None:
        size, points = blazepose.DETECTOR_PX, blazepose.MODEL_POINTS
        self._anchors = blazepose.anchors()
        self._detector_crop = Cropper(blazepose.DETECTOR_PX)
        self._landmarks_crop = Cropper(blazepose.LANDMARKS_PX)
        self._detector = _Model(
            bundle,
            "pose_detector.tflite",
            threads or default_threads(),
            (1, size, size, 3),
            {0: (1, blazepose.BOXES, blazepose.BOX_NUMBERS), 1: (1, blazepose.BOXES, 1)},
        )
        size, heat = blazepose.LANDMARKS_PX, blazepose.HEATMAP_PX
        self._landmarks = _Model(
            bundle,
            "pose_landmarks_detector.tflite",
            threads or default_threads(),
            (1, size, size, 3),
            {0: (1, points * 5), 1: (1, 1), 3: (1, heat, heat, points), 4: (1, points * 3)},
        )

    def find(self, image: Image) -> Region | None:
        """Return the region of the surest person in a picture."""
        height_px, width_px = image.shape[:2]
        square, empty = blazepose.letterbox(width_px, height_px)
        small = _cut(self._detector_crop, image, square, blazepose.DETECTOR_PX, cv2.BORDER_CONSTANT)
        blazepose.fill_tensor(self._detector.input(), small, blazepose.DETECTOR_RANGE)
        self._detector.run()
        boxes, scores = self._detector.output(0), self._detector.output(1)
        points = blazepose.best_detection(boxes[0], scores[0, :, 0], self._anchors)
        if points is None:
            return None
        return blazepose.region_of(blazepose.without_letterbox(points, empty), width_px, height_px)

    def look(self, image: Image, region: Region) -> Seen | None:
        """Return the points of the person in a region of a picture, None where there is nobody."""
        height_px, width_px = image.shape[:2]
        square = blazepose.rectangle(region, width_px, height_px)
        small = _cut(self._landmarks_crop, image, square, blazepose.LANDMARKS_PX, cv2.BORDER_REPLICATE)
        blazepose.fill_tensor(self._landmarks.input(), small, blazepose.LANDMARKS_RANGE)
        self._landmarks.run()
        if self._landmarks.output(1)[0, 0] <= blazepose.MIN_PRESENCE:
            return None
        raw = self._landmarks.output(0).reshape(-1, 5)[: blazepose.ALIGNMENT.stop]
        in_crop = raw[:, :3] / np.float32(blazepose.LANDMARKS_PX)
        places = blazepose.in_picture(blazepose.sharpened(in_crop[:, :2], self._landmarks.output(3)[0]), region)
        body = slice(blazepose.BODY_POINTS)
        size_px = np.array((width_px, height_px), np.float32)
        depths = in_crop[body, 2] * region.width * size_px[0]
        points = np.column_stack((places[body] * size_px, depths, blazepose.sigmoid(raw[body, 3])))
        world = blazepose.turned(self._landmarks.output(4).reshape(-1, 3)[body], region.turn_rad)
        return Seen(points, world, blazepose.region_of(places[blazepose.ALIGNMENT], width_px, height_px))


class _Model:
    """One .tflite model out of a bundle, checked: its tensors have the shapes asked for, and zeros give numbers."""

    def __init__(
        self, bundle: Path, name: str, threads: int, input_shape: tuple[int, ...], outputs: dict[int, tuple[int, ...]]
    ) -> None:
        try:
            from ai_edge_litert.interpreter import Interpreter  # noqa: PLC0415 - a native library, loaded when needed

            with zipfile.ZipFile(bundle) as archive:
                self._interpreter = Interpreter(model_content=archive.read(name), num_threads=threads)
            self._interpreter.allocate_tensors()
        except (ImportError, OSError, KeyError, ValueError, RuntimeError, zipfile.BadZipFile) as error:
            raise EngineError(f"LiteRT does not start with {name} of {bundle}: {error}") from error
        details = self._interpreter.get_output_details()
        found = {index: tuple(details[index]["shape"]) for index in outputs if index < len(details)}
        (taken,) = self._interpreter.get_input_details()
        if tuple(taken["shape"]) != input_shape or found != outputs:
            raise EngineError(f"{name} of {bundle} is not BlazePose's: it makes {found} of {taken['shape']}")
        self._input = self._interpreter.tensor(taken["index"])
        self._outputs = {index: self._interpreter.tensor(details[index]["index"]) for index in outputs}
        self.input().fill(0)
        self.run()
        if not all(np.isfinite(self.output(index)).all() for index in outputs):
            raise EngineError(f"{name} of {bundle} makes numbers without end of a black picture")

    def input(self) -> Float:
        """Return the input itself, (height, width, 3), to be written to and let go before `run`."""
        return np.asarray(self._input()[0])

    def run(self) -> None:
        """Compute the outputs."""
        self._interpreter.invoke()

    def output(self, index: int) -> Float:
        """Return a copy of an output."""
        return np.array(self._outputs[index]())


def _cut(cropper: Cropper, image: Image, square: Rectangle, size_px: int, border: int) -> Image:
    (x, y), (side_px, height_px), degrees = square
    shrink = min(image.shape[1] // _WIDE_PX, int(side_px) // size_px)
    if shrink > 1:
        image = np.asarray(cv2.resize(image, None, fx=1 / shrink, fy=1 / shrink, interpolation=cv2.INTER_AREA), np.uint8)
        square = (x / shrink, y / shrink), (side_px / shrink, height_px / shrink), degrees
    return cropper(image, square, border)


def _pose(points: Float, world: Float, frame: Frame, image: Image) -> Pose:
    """Return points in pixels of `image` as a pose in pixels of `frame`."""
    height_px, width_px = frame.image.shape[:2]
    across, down = width_px / image.shape[1], height_px / image.shape[0]
    points = np.asarray(points * np.array((across, down, across, 1), np.float32), np.float32)
    for array in (points, world):
        array.setflags(write=False)
    return Pose(t_s=frame.t_s, points=points, world=world, width_px=width_px, height_px=height_px)
