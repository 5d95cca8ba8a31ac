import logging
import os
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from threading import Event
from typing import Any, NoReturn, cast

import cv2
import numpy as np
import pytest

from kiosk.capture import camera as camera_module
from kiosk.capture.address import Address
from kiosk.capture.camera import Camera
from kiosk.capture.frame import Frame, NoFrame
from kiosk.capture.source import CameraOptions, NoVideoError, Picture, Pictures, Source, Takes, every
from kiosk.capture.sources import SOURCES
from kiosk.capture.video import read_video
from kiosk.words import Phrase
from tests import fake_picamera2
from tests.fake_picamera2 import Picamera2
from tests.waiting import WITHIN_S, until

RETURN_S = 2.0
"""The picture comes back by itself within this time of the camera's return."""


class Told(Camera):
    """A camera that keeps every reason for which it was without video: one may stand for a tenth of a second only."""

    def __init__(self, address: str, options: CameraOptions) -> None:
        super().__init__(address, options)
        self.told: list[Phrase] = []

    def _without_video(self, reason: Phrase, cause: BaseException | None = None, *, bug: bool = False) -> None:
        super()._without_video(reason, cause, bug=bug)
        self.told.append(reason)


Make = Callable[..., Told]


@pytest.fixture
def make() -> Iterator[Make]:
    """Return a function that starts a camera, which is closed after the test."""
    cameras: list[Told] = []

    def start(address: str, **options: Any) -> Told:
        cameras.append(Told(address, CameraOptions(**options)))
        cameras[-1].start()
        return cameras[-1]

    yield start
    for camera in cameras:
        camera.close()


def frame_after(camera: Camera, after: int, within_s: float = 10) -> Frame:
    deadline_s = time.monotonic() + within_s
    while True:
        found = camera.newest(after, max(0.01, deadline_s - time.monotonic()))
        if isinstance(found, Frame):
            return found
        assert time.monotonic() < deadline_s, f"no frame within {within_s} s: {found}"
        time.sleep(0.005)


def reason_within(camera: Told, key: str) -> str:
    """Return what was said when the camera's reason became `key`, once it has; what came before is forgotten."""
    camera.newest(0, 0.0)  # a recording begins when somebody looks
    until(lambda: key in [reason.key for reason in camera.told], f"{key} is told: {camera.told}")
    place = [reason.key for reason in camera.told].index(key)
    said = camera.told[place].say("en")
    del camera.told[: place + 1]
    return said


def write_video(path: Path, frames: int, fps: float) -> Path:
    """Write a video whose n-th frame is grey 2 n, white in the top left quarter."""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), fps, (64, 48))
    for number in range(frames):
        image = np.full((48, 64, 3), 2 * number, np.uint8)
        image[:24, :32] = 255
        writer.write(image)
    writer.release()
    return path


# -- frames


def test_a_wrong_address_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="did you mean rtsp:"):
        Camera("rstp://camera/live", CameraOptions())


@pytest.mark.parametrize(("rotate", "turns"), [(0, 0), (90, -1), (180, 2), (270, 1)])
def test_frames_are_turned_clockwise_to_the_pixel(tmp_path: Path, make: Make, rotate: Any, turns: int) -> None:
    path = write_video(tmp_path / "clip.avi", 1, fps=1)
    expected = np.rot90(next(read_video(path)).image, turns)
    assert np.array_equal(next(read_video(path, rotate)).image, expected)
    assert np.array_equal(frame_after(make(f"file:{path}", rotate=rotate), 0).image, expected)


def test_a_video_gives_every_frame_and_its_figures(tmp_path: Path) -> None:
    video = read_video(write_video(tmp_path / "clip.avi", 12, fps=25), rotate=90)
    assert (video.fps, video.frame_count) == (25, 12)
    assert (video.width_px, video.height_px) == (48, 64)
    frames = list(video)
    assert [frame.number for frame in frames] == list(range(1, 13))
    assert [frame.t_s for frame in frames] == pytest.approx([n / 25 for n in range(12)])
    assert {frame.image.shape for frame in frames} == {(64, 48, 3)}


def test_a_video_that_is_not_there_is_an_error_at_once(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="There is no video"):
        read_video(tmp_path / "none.mp4")


def test_the_newest_frame_wins(tmp_path: Path, make: Make) -> None:
    camera = make(f"file:{write_video(tmp_path / 'clip.avi', 100, fps=50)}?loop=1")
    first = frame_after(camera, 0)
    frame_after(camera, first.number + 20)  # the consumer is busy for 20 frames
    newest = frame_after(camera, first.number)
    assert newest.number > first.number + 20
    assert newest.image[-1, -1, 0] == pytest.approx(2 * ((newest.number - 1) % 100), abs=2)
    following = frame_after(camera, newest.number)
    assert following.t_s > newest.t_s


def test_a_limit_holds_until_it_is_lifted(tmp_path: Path, make: Make) -> None:
    camera = make(f"file:{write_video(tmp_path / 'clip.avi', 100, fps=50)}?loop=1")
    camera.limit(10)
    frames = [frame_after(camera, 0)]
    for _ in range(5):
        frames.append(frame_after(camera, frames[-1].number))
    steps = [later.t_s - earlier.t_s for earlier, later in pairwise(frames)]
    assert min(steps[1:]) > 0.079, "at most ten a second, a fifth of a period early at the most"
    camera.limit(None)
    frames = frames[-1:]
    for _ in range(10):
        frames.append(frame_after(camera, frames[-1].number))
    assert min(later.t_s - earlier.t_s for earlier, later in pairwise(frames)) < 0.079


def test_a_file_ends_with_its_last_frame_and_a_reason(tmp_path: Path, make: Make) -> None:
    camera = make(f"file:{write_video(tmp_path / 'clip.avi', 10, fps=50)}")
    assert "clip.avi has ended" in reason_within(camera, "camera_ended")
    last = camera.newest(0, 1)
    assert isinstance(last, Frame)
    assert last.number == 10


def test_the_demo_says_that_it_is_one(make: Make) -> None:
    camera = make("demo:squat?reps=2", width_px=160, height_px=120)
    frame = frame_after(camera, 0)
    assert frame.image.shape == (120, 160, 3)
    assert camera.is_demo
    assert camera.address == "demo:squat?reps=2"
    asked_s = time.monotonic()
    while (frame := frame_after(camera, frame.number)).t_s < asked_s:
        pass
    assert frame.t_s <= time.monotonic()


# -- auto


def test_a_drawing_begins_when_somebody_looks(make: Make) -> None:
    camera = make("demo:squat", fps=10)
    time.sleep(8 * camera_module._TICK_S)  # time in which a camera would have been opened, and 8 frames drawn
    assert not [thread for thread in threading.enumerate() if thread.name == "camera-capture"]
    looked_s = time.monotonic()
    assert frame_after(camera, 0).number < 4 + 10 * (time.monotonic() - looked_s)


def test_auto_is_the_demo_until_a_camera_is_plugged_in(
    tmp_path: Path, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "picamera2", None)
    plugged_in: list[Path] = []
    monkeypatch.setattr("kiosk.capture.devices.capture_devices", lambda: plugged_in)
    monkeypatch.setattr(camera_module, "capture_devices", lambda: plugged_in)
    device = Device()
    monkeypatch.setitem(SOURCES, "v4l2", Source(device.pictures, at_most=4))
    camera = make("auto", width_px=64, height_px=48)
    frame = frame_after(camera, 0)
    assert (camera.is_demo, camera.address) == (True, "demo:squat")
    plugged_in.append(tmp_path / "video0")
    while camera.is_demo:
        frame = frame_after(camera, frame.number)
    assert camera.address == f"v4l2:{tmp_path / 'video0'}"
    assert frame_after(camera, frame.number).image.shape == (4, 6, 3)
    device.failure = OSError("unplugged")
    reason_within(camera, "camera_lost")
    assert not camera.is_demo, "a lost camera must not become the demo"


# -- cameras that fail


class Device:
    """A device whose read() a test makes fail or hang; `running` counts the threads inside it."""

    def __init__(self) -> None:
        self.failure: Exception | None = None
        self.answers = Event()
        self.answers.set()
        self.opens = self.running = 0
        self.lock = threading.Lock()

    def pictures(self, address: Address, options: CameraOptions, stop: Event, takes: Takes = every) -> Pictures:
        with self.lock:
            self.opens += 1
            self.running += 1
        try:
            while not stop.wait(0.005):
                self.answers.wait()
                if self.failure:
                    raise self.failure
                yield Picture(np.full((4, 6, 3), self.opens, np.uint8), time.monotonic())
        finally:
            with self.lock:
                self.running -= 1


@pytest.fixture
def device(monkeypatch: pytest.MonkeyPatch) -> Iterator[Device]:
    """Be what `v4l2:/dev/video0` reads, hanging after 0.3 s and tried each 0.2 s."""
    device = Device()
    monkeypatch.setattr(camera_module, "RETRY_S", 0.2)
    monkeypatch.setitem(SOURCES, "v4l2", Source(device.pictures, patience_s=0.3, at_most=4))
    monkeypatch.setattr(camera_module, "STALE_S", 0.3)
    yield device
    device.answers.set()


@pytest.mark.parametrize(
    ("failure", "key"),
    [
        (NoVideoError("camera_lost", "/dev/video0"), "camera_lost"),
        (OSError("no such device"), "camera_lost"),
        (RuntimeError("Camera frontend has timed out"), "camera_lost"),
        (cv2.error("assertion"), "camera_lost"),
    ],
)
def test_a_camera_that_fails_is_a_reason_said_once_and_comes_back(
    device: Device, make: Make, caplog: pytest.LogCaptureFixture, failure: Exception, key: str
) -> None:
    camera = make("v4l2:/dev/video0")
    last = frame_after(camera, 0)
    device.failure = failure
    assert "/dev/video0" in reason_within(camera, key)
    opens = device.opens
    until(lambda: device.opens >= opens + 2)
    warnings = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert isinstance(camera.newest(0, 0.1), NoFrame), "an old frame is no live video"
    # A camera that never gave a picture since is missing rather than lost: that is news, once.
    assert len(warnings) == len({record.getMessage() for record in warnings}) <= 2
    assert not any(record.exc_info for record in warnings)
    device.failure = None
    back = frame_after(camera, last.number)
    assert back.number > last.number
    assert back.t_s > last.t_s


def test_a_bug_is_logged_with_its_traceback_and_tried_again(
    device: Device, make: Make, caplog: pytest.LogCaptureFixture
) -> None:
    device.failure = TypeError("a bug")
    camera = make("v4l2:/dev/video0")
    reason_within(camera, "camera_lost")
    until(lambda: device.opens >= 3)
    traces = [record for record in caplog.records if record.exc_info]
    assert len(traces) == 1
    assert "TypeError: a bug" in traces[0].getMessage()
    device.failure = None
    frame_after(camera, 0)


def test_a_camera_that_is_not_there_is_missing(make: Make) -> None:
    camera = make("v4l2:/dev/video987")
    assert reason_within(camera, "camera_missing") == "No camera at /dev/video987: check the cable"
    asked_s = time.monotonic()
    assert isinstance(camera.newest(0, 30), NoFrame)
    assert time.monotonic() - asked_s < 15, "a known reason is told at once"


def test_a_hung_read_does_not_block_recovery_and_few_threads_are_left_behind(device: Device, make: Make) -> None:
    camera = make("v4l2:/dev/video0")
    last = frame_after(camera, 0)
    stuck = Event()
    device.answers = stuck
    assert "sends no picture" in reason_within(camera, "camera_hung")
    until(lambda: device.running == 4)
    opens = device.opens
    with pytest.raises(AssertionError):
        until(lambda: device.opens > opens, within_s=0.8)
    device.answers = answers = Event()
    answers.set()
    assert isinstance(camera.newest(last.number, 0.1), NoFrame), "all four threads are still stuck"
    stuck.set()
    first = frame_after(camera, last.number)
    until(lambda: device.running == 1)
    assert frame_after(camera, first.number).t_s > first.t_s


def test_a_new_thread_takes_over_from_a_hung_one(device: Device, make: Make) -> None:
    camera = make("v4l2:/dev/video0")
    last = frame_after(camera, 0)
    stuck, device.answers = Event(), device.answers
    healthy = device.answers
    device.answers = stuck
    reason_within(camera, "camera_hung")
    device.answers = healthy  # the device answers whoever opens it anew; the first thread never wakes
    back = frame_after(camera, last.number)
    assert back.image[0, 0, 0] >= 2
    device.failure = OSError("unplugged")  # what the first thread finds when it wakes at last is not news
    stuck.set()
    reason_within(camera, "camera_lost")
    device.failure = None
    frame_after(camera, back.number)
    until(lambda: device.running == 1)


def test_a_driver_that_hangs_for_good_is_told_only_while_nothing_takes_its_place(device: Device, make: Make) -> None:
    camera = make("v4l2:/dev/video0")
    first = frame_after(camera, 0)
    assert camera.hung_s() == 0
    healthy = device.answers
    stuck = device.answers = Event()
    reason_within(camera, "camera_hung")
    assert camera.hung_s() > 0.25
    device.answers = healthy
    frame_after(camera, first.number)
    assert camera.hung_s() == 0
    device.failure = OSError("unplugged")  # the thread that hung hangs on, but nobody waits for it any more
    reason_within(camera, "camera_lost")
    until(lambda: camera.hung_s() == 0)
    stuck.set()


def test_a_camera_that_all_threads_hang_in_is_told_once_it_had_given_pictures(device: Device, make: Make) -> None:
    stuck = device.answers
    stuck.clear()
    camera = make("v4l2:/dev/video0")
    until(lambda: device.running == 4)
    time.sleep(0.5)
    assert camera.hung_s() == 0, "starting anew would change nothing"
    stuck.set()
    frame_after(camera, 0)
    until(lambda: device.running == 1)
    device.failure = OSError("unplugged")
    reason_within(camera, "camera_lost")
    until(lambda: camera.hung_s() == 0)
    stuck.clear()
    device.failure = None
    until(lambda: camera.hung_s() > 0)
    assert len(camera._attempts) == 4, "before, one more may be tried"
    until(lambda: camera.hung_s() > 0.5)


def test_the_picture_is_back_soon_after_the_camera_is(device: Device, make: Make) -> None:
    camera = make("v4l2:/dev/video0")
    frame, took_s = frame_after(camera, 0), []
    for _ in range(3):
        device.failure = OSError("unplugged")
        reason_within(camera, "camera_lost")
        opens = device.opens
        until(lambda: device.opens >= opens + 3)  # noqa: B023 - called at once
        returned_s = time.monotonic()
        device.failure = None
        frame = frame_after(camera, frame.number)
        took_s.append(time.monotonic() - returned_s)
    assert min(took_s) < RETURN_S


def test_a_network_camera_whose_name_server_is_silent_is_waited_for(
    device: Device, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To start the kiosk anew would change nothing: it would ask the same name server."""
    network, asking, answers = SOURCES["rtsp"], threading.Semaphore(0), Event()

    def silent(*_: object) -> NoReturn:
        asking.release()
        answers.wait()
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    def pictures(*given: Any) -> Pictures:
        yield from (device.pictures if device.failure is None else network.pictures)(*given)

    monkeypatch.setattr(socket, "getaddrinfo", silent)
    monkeypatch.setitem(SOURCES, "rtsp", replace(network, pictures=pictures, patience_s=0.1))
    camera = make("rtsp://camera.gym/stream")
    frame_after(camera, 0)
    device.failure = NoVideoError("camera_lost", "camera.gym")
    for _ in range(network.at_most):
        assert asking.acquire(timeout=WITHIN_S)
    assert camera.hung_s() == 0
    answers.set()
    reason_within(camera, "camera_unreachable")


def test_close_is_quick_while_the_device_hangs(device: Device, make: Make) -> None:
    camera = make("v4l2:/dev/video0")
    frame_after(camera, 0)
    device.answers = stuck = Event()
    reason_within(camera, "camera_hung")
    asked_s = time.monotonic()
    camera.close()
    assert time.monotonic() - asked_s < 2
    assert camera.newest(0, 5) == NoFrame(Phrase("no_live_video"))
    stuck.set()
    until(lambda: device.running == 0)


def test_an_open_that_hangs_is_a_reason_and_close_is_quick(
    tmp_path: Path, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipe = tmp_path / "pipe.mp4"
    os.mkfifo(pipe)
    camera = make(f"file:{pipe}")
    opening = camera.newest(0, 0.2)
    assert isinstance(opening, NoFrame)
    assert opening.reason.key == "camera_opening"
    monkeypatch.setattr(camera_module, "STALE_S", 0.5)
    assert str(pipe) in reason_within(camera, "camera_hung")
    asked_s = time.monotonic()
    camera.close()
    assert time.monotonic() - asked_s < 2
    with pipe.open("wb"):
        pass  # lets the thread that hangs in open() end


# -- a network camera


class MjpegServer(ThreadingHTTPServer):
    """A network camera: `silent` connections stay open and send nothing more; `kill` cuts them."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, port: int = 0) -> None:
        self.silent = Event()
        self.killed = Event()
        super().__init__(("127.0.0.1", port), MjpegHandler)
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def kill(self) -> None:
        self.killed.set()
        self.shutdown()
        self.server_close()


class MjpegHandler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        server = cast("MjpegServer", self.server)
        silent, image = server.silent, np.full((48, 64, 3), 90, np.uint8)
        jpeg = cv2.imencode(".jpg", image)[1].tobytes()
        part = b"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n%b\r\n" % (len(jpeg), jpeg)
        if not silent.is_set():
            self.send_response(200)
            self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
            self.end_headers()
        while not server.killed.wait(0.03):
            if silent.is_set():
                continue  # for good: a connection that was made or went silent in that time is dead
            try:
                self.wfile.write(part)
            except OSError:
                return

    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture
def server() -> Iterator[MjpegServer]:
    server = MjpegServer()
    yield server
    if not server.killed.is_set():
        server.kill()


def test_a_network_camera_that_dies_comes_back(
    server: MjpegServer, make: Make, capfd: pytest.CaptureFixture[str]
) -> None:
    port = server.server_port
    camera = make(f"http://me:secret@127.0.0.1:{port}/live")
    last = frame_after(camera, 0)
    assert last.image.shape == (48, 64, 3)
    server.kill()
    said = reason_within(camera, "camera_unreachable")
    assert said == f"No connection to http://127.0.0.1:{port}/live: check the camera and the network"
    again = MjpegServer(port)
    try:
        back = frame_after(camera, last.number)
        assert back.t_s > last.t_s
    finally:
        again.kill()
    assert "http @" not in capfd.readouterr().err, "FFmpeg is not to speak"


def test_a_network_camera_that_goes_silent_comes_back(server: MjpegServer, make: Make) -> None:
    camera = make(f"http://127.0.0.1:{server.server_port}/live")
    last = frame_after(camera, 0)
    server.silent.set()
    assert "sends no picture" in reason_within(camera, "camera_hung")
    # Now attempts hang in open(), one after the other: the camera accepts them and says nothing.
    silent_s = time.monotonic() + 2.5
    while time.monotonic() < silent_s:
        found = camera.newest(last.number, 0.05)
        last = found if isinstance(found, Frame) else last
        time.sleep(0.02)
    server.silent = Event()  # connections made from now on are served
    frame_after(camera, last.number)


def test_a_page_without_video_is_unreadable(make: Make) -> None:
    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_error(404)

        def log_message(self, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        camera = make(f"http://127.0.0.1:{server.server_port}/live")
        assert "check the address" in reason_within(camera, "camera_unreadable")
        server.shutdown()


# -- the Pi camera


@pytest.fixture
def pi(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Picamera2]]:
    monkeypatch.setitem(sys.modules, "picamera2", fake_picamera2)
    monkeypatch.setattr(Picamera2, "opened", [])
    monkeypatch.setattr(Picamera2, "_acquired", set())
    monkeypatch.setattr("kiosk.capture.picamera.STALE_S", 0.3)
    monkeypatch.setattr(camera_module, "STALE_S", 0.3)
    monkeypatch.setattr(camera_module, "RETRY_S", 0.2)
    Picamera2.sends.set()
    Picamera2.stop_returns.set()
    yield Picamera2
    Picamera2.sends.set()
    Picamera2.stop_returns.set()


def test_a_pi_camera_is_auto_and_its_small_picture_is_turned_too(pi: type[Picamera2], make: Make) -> None:
    camera = make("auto", width_px=1280, height_px=720, rotate=90, inference_width_px=360)
    frame = frame_after(camera, 0)
    assert camera.address == "picamera2:0"
    assert not camera.is_demo
    assert frame.image.shape == (1280, 720, 3)
    assert frame.lores is not None
    assert frame.lores.shape == (640, 360, 3)
    assert frame.image[0, 0].tolist() == list(fake_picamera2.LEFT_BGR)
    assert frame.lores[10, 10].tolist() == pytest.approx(fake_picamera2.LEFT_BGR, abs=6)
    assert frame.lores[-10, 10].tolist() == pytest.approx(fake_picamera2.RIGHT_BGR, abs=6)


def test_a_pi_camera_whose_cable_was_off_comes_back(pi: type[Picamera2], make: Make) -> None:
    camera = make("picamera2:0", width_px=64, height_px=48)
    last = frame_after(camera, 0)
    pi.sends.clear()
    reason_within(camera, "camera_hung")
    until(lambda: len(pi.opened) >= 2)
    pi.sends.set()
    frame_after(camera, last.number)
    assert sum(opened.is_open for opened in pi.opened) == 1


def test_a_pi_camera_whose_stop_blocks_is_never_opened_twice(pi: type[Picamera2], make: Make) -> None:
    camera = make("picamera2:0", width_px=64, height_px=48)
    last = frame_after(camera, 0)
    pi.stop_returns.clear()
    pi.sends.clear()
    reason_within(camera, "camera_hung")
    with pytest.raises(AssertionError):
        until(lambda: len(pi.opened) > 1, within_s=0.8)
    pi.sends.set()
    pi.stop_returns.set()
    frame_after(camera, last.number)
    until(lambda: len(pi.opened) == 2)
