"""A Picamera2 without a camera, which answers as the real one (0.3.30 and later, NumPy and libcamera aside).

Written after raspberrypi/picamera2: picamera2.py, request.py, controls.py and job.py. It keeps the real signatures,
key names, checks and errors of what the kiosk calls, the one extra event-loop thread, the fixed set of buffers (a
request that is not released is gone, and without buffers the camera stands still), the stride padding, and what goes
wrong: no camera, a camera in use, a sensor that stops sending, `stop()` that blocks then (picamera2 issue 1065).
"""

import threading
import time
from concurrent.futures import CancelledError, Future
from typing import Any, ClassVar

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]

LEFT_BGR, RIGHT_BGR = (200, 60, 40), (30, 90, 210)


def scene(width_px: int, height_px: int) -> Image:
    """Return what the sensor sees: one colour on the left half, another one on the right."""
    image = np.empty((height_px, width_px, 3), np.uint8)
    image[:, : width_px // 2] = LEFT_BGR
    image[:, width_px // 2 :] = RIGHT_BGR
    return image


def _stride(stream: dict[str, Any]) -> int:
    """Return bytes a row: the hardware pads each plane's rows to 32 bytes."""
    bytes_px = 3 if stream["format"] == "RGB888" else 1
    align = 32 if bytes_px == 3 else 64
    return -(-int(stream["size"][0]) * bytes_px // align) * align


def _buffer(stream: dict[str, Any]) -> Image:
    """Return a frame buffer as the camera fills it, with noise in the padding."""
    (width_px, height_px), stride = stream["size"], stream["stride"]
    image = scene(width_px, height_px)
    if stream["format"] == "RGB888":
        padded = np.full((height_px, stride), 77, np.uint8)
        padded[:, : width_px * 3] = image.reshape(height_px, -1)
        return padded.reshape(-1)
    yuv = cv2.cvtColor(image, cv2.COLOR_BGR2YUV_I420).reshape(-1)
    luma_px, chroma_px = width_px * height_px, width_px * height_px // 4
    planes = []
    for plane, plane_width_px, plane_stride in (
        (yuv[:luma_px], width_px, stride),
        (yuv[luma_px : luma_px + chroma_px], width_px // 2, stride // 2),
        (yuv[luma_px + chroma_px :], width_px // 2, stride // 2),
    ):
        padded = np.full((plane.size // plane_width_px, plane_stride), 77, np.uint8)
        padded[:, :plane_width_px] = plane.reshape(-1, plane_width_px)
        planes.append(padded.reshape(-1))
    return np.concatenate(planes)


class CompletedRequest:
    def __init__(self, picam2: "Picamera2", timestamp_ns: int) -> None:
        self.picam2, self.config = picam2, picam2.camera_config
        self.ref_count = 1
        self.timestamp_ns = timestamp_ns
        self.stop_count = picam2.stop_count

    def release(self) -> None:
        self.ref_count -= 1
        if self.ref_count < 0:
            raise RuntimeError("CompletedRequest: lock now has negative ref_count")
        if self.ref_count == 0 and self.stop_count == self.picam2.stop_count and self.picam2.started:
            self.picam2.free_buffers += 1

    def get_metadata(self) -> dict[str, Any]:
        return {"SensorTimestamp": self.timestamp_ns, "ExposureTime": 9997, "FrameDuration": 33333}

    def make_array(self, name: str) -> Image:
        if self.ref_count == 0:
            raise AssertionError("the request has been released")
        if self.config is None or self.config.get(name) is None:
            raise RuntimeError(f"Stream {name!r} is not defined")
        stream = self.config[name]
        (width_px, height_px), stride = stream["size"], stream["stride"]
        array = _buffer(stream)
        if stream["format"] == "RGB888":
            return np.asarray(array.reshape(height_px, stride)[:, : width_px * 3], order="C").reshape(
                height_px, width_px, 3
            )
        return array.reshape(height_px * 3 // 2, stride)


class Picamera2:
    """Class attributes are what a test turns: the cameras there are, and what is wrong with them."""

    cameras: ClassVar[list[dict[str, Any]]] = [{"Model": "imx708", "Id": "/base/soc/i2c0mux/i2c@1/imx708@1a", "Num": 0}]
    platform: ClassVar[str] = "VC4"
    sends: ClassVar[threading.Event] = threading.Event()
    """Cleared: the cable is off; frames stop and nothing is raised."""
    stop_returns: ClassVar[threading.Event] = threading.Event()
    """Cleared: stop() blocks."""
    opened: ClassVar[list["Picamera2"]] = []
    _acquired: ClassVar[set[int]] = set()

    @staticmethod
    def global_camera_info() -> list[dict[str, Any]]:
        return [dict(camera) for camera in Picamera2.cameras]

    def __init__(
        self, camera_num: int = 0, verbose_console: Any = None, tuning: Any = None, allocator: Any = None
    ) -> None:
        self.is_open = False
        self.camera_idx: int = self.global_camera_info()[camera_num]["Num"]
        if self.camera_idx in Picamera2._acquired:
            raise RuntimeError("Camera __init__ sequence did not complete.")
        Picamera2._acquired.add(self.camera_idx)
        Picamera2.opened.append(self)
        self.is_open = True
        self.started = False
        self.stop_count = 0
        self.free_buffers = 0
        self.camera_config: dict[str, Any] | None = None
        self.lock = threading.Lock()
        self.completed_requests: list[CompletedRequest] = []
        self._job_list: list[Future[CompletedRequest]] = []
        self._loop: threading.Thread | None = None

    @staticmethod
    def _make_initial_stream_config(stream: dict[str, Any], updates: dict[str, Any] | None) -> dict[str, Any] | None:
        if updates is None:
            return None
        valid = ("format", "size", "stride", "preserve_ar")
        for key, value in updates.items():
            if key not in valid:
                raise ValueError(f"Bad key {key!r}: valid stream configuration keys are {valid}")
            stream[key] = value
        width_px, height_px = stream["size"]
        stream["size"] = (width_px - width_px % 2, height_px - height_px % 2)
        return stream

    def create_video_configuration(  # noqa: PLR0917 - the real signature
        self, main: Any = {}, lores: Any = None, raw: Any = {}, transform: Any = None, colour_space: Any = None,  # noqa: B006
        buffer_count: int = 6, controls: Any = {}, display: Any = "main", encode: Any = "main", queue: bool = True,  # noqa: B006
        sensor: Any = {}, use_case: str = "video",  # noqa: B006
    ) -> dict[str, Any]:  # fmt: skip
        main = self._make_initial_stream_config({"format": "XBGR8888", "size": (1280, 720), "preserve_ar": True}, main)
        lores = self._make_initial_stream_config(
            {"format": "YUV420", "size": main["size"], "preserve_ar": False}, lores
        )
        controls = {"NoiseReductionMode": 1, "FrameDurationLimits": (33333, 33333)} | controls
        return {
            "use_case": use_case, "transform": transform, "colour_space": colour_space, "buffer_count": buffer_count,
            "queue": queue, "main": main, "lores": lores, "raw": raw, "controls": controls, "sensor": sensor,
            "display": display, "encode": encode,
        }  # fmt: skip

    def configure(self, camera_config: dict[str, Any]) -> None:
        if self.started:
            raise RuntimeError("Camera must be stopped before configuring")
        config = dict(camera_config)
        for name in ("main", "lores"):
            stream = config[name]
            if stream is None:
                continue
            if stream["format"] not in ("RGB888", "BGR888", "XBGR8888", "XRGB8888", "YUV420"):
                raise RuntimeError("Bad format " + stream["format"] + " in stream " + name)
            if type(stream["size"]) is not tuple or len(stream["size"]) != 2:
                raise RuntimeError("size in " + name + " stream should be (width, height)")
        if config["lores"] is not None:
            if any(small > large for small, large in zip(config["lores"]["size"], config["main"]["size"], strict=True)):
                raise RuntimeError("lores stream dimensions may not exceed main stream")
            if Picamera2.platform == "VC4" and config["lores"]["format"] != "YUV420":
                raise RuntimeError("lores stream must be YUV")
        for name in ("main", "lores"):
            if config[name] is not None:
                config[name] = config[name] | {"stride": _stride(config[name])}
        known = {"FrameRate", "FrameDurationLimits", "NoiseReductionMode"}
        for name in config["controls"]:
            if name not in known:
                raise RuntimeError(f"Control {name} is not advertised by libcamera")
        self.camera_config = config

    def camera_configuration(self) -> dict[str, Any] | None:
        return self.camera_config

    def start(self, config: Any = None, show_preview: bool = False) -> None:
        if self.camera_config is None:
            raise RuntimeError("Camera has not been configured")
        self.free_buffers = self.camera_config["buffer_count"]
        self.started = True
        self._loop = threading.Thread(target=self._run, name="fake-picamera2", daemon=True)
        self._loop.start()

    def _run(self) -> None:
        assert self.camera_config is not None
        controls = self.camera_config["controls"]
        period_s = 1 / controls["FrameRate"] if "FrameRate" in controls else controls["FrameDurationLimits"][0] / 1e6
        while self.started:
            time.sleep(period_s)
            if Picamera2.sends.is_set() and self.free_buffers > 0 and self.started:
                self._complete()

    def _complete(self) -> None:
        with self.lock:
            self.free_buffers -= 1
            self.completed_requests.append(CompletedRequest(self, time.clock_gettime_ns(time.CLOCK_BOOTTIME)))
            if self._job_list:
                self._job_list.pop(0).set_result(self.completed_requests.pop(0))
            while len(self.completed_requests) > 1:
                self.completed_requests.pop(0).release()

    def capture_request(self, wait: Any = None, signal_function: Any = None, flush: Any = None) -> CompletedRequest:
        job: Future[CompletedRequest] = Future()
        with self.lock:
            if self.completed_requests and not self._job_list:
                job.set_result(self.completed_requests.pop(0))
            else:
                self._job_list.append(job)
        return job.result(timeout=None if wait in (None, True) else wait)

    def cancel_all_and_flush(self) -> None:
        with self.lock:
            for job in self._job_list:
                job.set_exception(CancelledError())
            self._job_list = []

    def stop(self) -> None:
        if self.started:
            Picamera2.stop_returns.wait()
            self.stop_count += 1
            self.started = False
            self.completed_requests = []

    def close(self) -> None:
        if not self.is_open:
            return
        self.stop()
        if self._loop is not None:
            self._loop.join()
        Picamera2._acquired.discard(self.camera_idx)
        self.is_open = False
        self.camera_config = None
