import fcntl
import socket
import struct
import sys
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from threading import Event
from typing import Any

import cv2
import numpy as np
import pytest

from kiosk.capture import devices, picamera, sources
from kiosk.capture.address import parse_address
from kiosk.capture.opencv import Video
from kiosk.capture.source import CameraOptions, Image, NoVideoError, Pictures, Takes, every
from tests import fake_picamera2
from tests.fake_picamera2 import LEFT_BGR, RIGHT_BGR, Picamera2


def write_video(path: Path, frames: int, fps: float = 20, size: tuple[int, int] = (64, 48), code: str = "MJPG") -> Path:
    """Write a video whose n-th frame is grey 10 n."""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*code), fps, size)
    assert writer.isOpened()
    for number in range(frames):
        writer.write(np.full((size[1], size[0], 3), 10 * number, np.uint8))
    writer.release()
    return path


def pictures_of(
    address: str, options: CameraOptions | None = None, stop: Event | None = None, takes: Takes = every
) -> Pictures:
    parsed = parse_address(address)
    return sources.SOURCES[parsed.scheme].pictures(parsed, options or CameraOptions(), stop or Event(), takes)


@pytest.fixture
def pi(monkeypatch: pytest.MonkeyPatch) -> type[Picamera2]:
    """Return a Picamera2 whose camera works, as what `import picamera2` gives."""
    monkeypatch.setitem(sys.modules, "picamera2", fake_picamera2)
    monkeypatch.setattr(Picamera2, "opened", [])
    monkeypatch.setattr(Picamera2, "_acquired", set())
    Picamera2.sends.set()
    Picamera2.stop_returns.set()
    return Picamera2


# -- addresses


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("auto", "auto"),
        ("file:clip.mp4?loop=1", "file:clip.mp4?loop=1"),
        ("file:///srv/clip.mp4", "file:/srv/clip.mp4"),
        ("v4l2:/dev/v4l/by-id/usb-cam-index0", "v4l2:/dev/v4l/by-id/usb-cam-index0"),
        ("picamera2:0", "picamera2:0"),
        ("rtsp://me:secret@10.0.0.7:8554/live?token=secret", "rtsp://10.0.0.7:8554/live"),
        ("HTTPS://camera.local/stream", "https://camera.local/stream"),
    ],
)
def test_an_address_is_named_without_its_password(text: str, label: str) -> None:
    address = parse_address(text)
    assert address.label == label
    assert "secret" not in repr(address)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("rstp://10.0.0.7/live", "did you mean rtsp:"),
        ("/dev/video0", "did you mean v4l2:/dev/video0?"),
        ("clip.mp4", "did you mean file:clip.mp4?"),
        ("autp", "did you mean auto?"),
        ("", "begins with one of auto, demo"),
        ("demo:", "names no exercise"),
        ("demo:squat?rep=5", "did you mean reps?"),
        ("demo:squat?reps=many", "whole number"),
        ("demo:squat?reps=-1", "whole number"),
        ("demo:squat?fault=yoga", "demo:squat?fault=yoga"),
        ("file:", "names no video"),
        ("file:a.mp4?loop=yes", "loop must be 0 or 1"),
        ("file:a.mp4?speed=2", "takes loop"),
        ("v4l2:0", "write v4l2:/dev/video0"),
        ("v4l2:/dev/video0?fps=5", "takes no options"),
        ("picamera2:first", "write picamera2:0"),
        ("http://", "names no host"),
        ("rtsp://me:secret@camera:99999/", "not a valid URL"),
    ],
)
def test_a_wrong_address_is_said_in_one_sentence(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        parse_address(text)
    said = str(caught.value)
    assert words in said
    assert "\n" not in said
    assert "secret" not in said


# -- the demo


class Pen:
    """An athlete that is quick to draw: a grey picture, brighter by 1 each 0.1 s."""

    def __init__(self, exercise: str, fault: str = "none", reps: int | None = None) -> None:
        self.drawn: list[float] = []
        self.slow_s = 0.0

    def draw(self, t_s: float, width_px: int, height_px: int) -> Image:
        self.drawn.append(t_s)
        time.sleep(self.slow_s)
        return np.full((height_px, width_px, 3), round(t_s * 10) % 256, np.uint8)


@pytest.fixture
def pen(monkeypatch: pytest.MonkeyPatch) -> Pen:
    athlete = Pen("squat")
    monkeypatch.setattr("kiosk.capture.address.Athlete", lambda *_, **__: athlete)
    return athlete


@pytest.mark.parametrize(("rotate", "shape"), [(0, (90, 160, 3)), (90, (160, 90, 3)), (180, (90, 160, 3))])
def test_the_demo_is_drawn_upright_in_its_final_size(pen: Pen, rotate: Any, shape: tuple[int, ...]) -> None:
    pictures = pictures_of("demo:squat", CameraOptions(160, 90, rotate=rotate))
    assert next(pictures).image.shape == shape
    assert pen.drawn == [0.0]


def test_the_demo_shows_exact_multiples_of_a_frame_and_skips_what_is_late(pen: Pen) -> None:
    pictures = pictures_of("demo:squat", CameraOptions(fps=50))
    start_s = next(pictures).t_s
    pen.slow_s = 0.05
    late = [next(pictures) for _ in range(4)]
    steps = [(picture.t_s - start_s) * 50 for picture in late]
    assert steps == pytest.approx([round(step) for step in steps], abs=1e-3)
    assert all(b - a > 1.5 for a, b in pairwise(steps)), "a slow drawer skips frames"
    assert pen.drawn[1:] == pytest.approx([picture.t_s - start_s for picture in late], abs=1e-6)
    # Nothing queues: the newest picture is no older than it takes to draw.
    asked_s = time.monotonic()
    assert next(pictures).t_s > asked_s - 1 / 50 - 1e-3


def test_only_what_is_wanted_is_drawn(pen: Pen) -> None:
    wanted = iter([True, False, False, True, False, True])
    asked_s: list[float] = []

    def takes(t_s: float) -> bool:
        asked_s.append(t_s)
        return next(wanted)

    pictures = pictures_of("demo:squat", CameraOptions(fps=50), takes=takes)
    taken = [next(pictures).t_s for _ in range(3)]
    assert len(pen.drawn) == 3
    assert taken == [asked_s[number] for number in (0, 3, 5)]


# -- files


@pytest.mark.parametrize("code", ["MJPG", "mp4v"])
def test_a_video_gives_every_frame_with_the_containers_time(tmp_path: Path, code: str) -> None:
    path = write_video(tmp_path / ("clip.avi" if code == "MJPG" else "clip.mp4"), 12, fps=20, code=code)
    video = Video(path)
    assert (video.fps, video.frame_count, video.width_px, video.height_px) == (20, 12, 64, 48)
    pictures = list(video)
    assert [picture.t_s for picture in pictures] == pytest.approx([n / 20 for n in range(12)])
    assert [picture.image.mean() for picture in pictures] == pytest.approx([10 * n for n in range(12)], abs=4.9)


def test_a_gif_is_a_video(tmp_path: Path) -> None:
    path = tmp_path / "clip.gif"
    animation = cv2.Animation()
    animation.frames = [np.full((48, 64, 4), 40 * number, np.uint8) for number in range(5)]
    animation.durations = [100, 200, 100, 100, 100]
    assert cv2.imwriteanimation(str(path), animation)
    pictures = list(Video(path))
    assert len(pictures) == 5
    assert [picture.t_s for picture in pictures] == pytest.approx([0, 0.1, 0.3, 0.4, 0.5])


def test_time_increases_where_the_container_has_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_video(tmp_path / "clip.avi", 5)

    class Timeless:
        def __init__(self, *args: Any) -> None:
            self.real = cv2_capture(*args)

        def get(self, key: int) -> float:
            return 0.0 if key == cv2.CAP_PROP_POS_MSEC else self.real.get(key)

        def __getattr__(self, name: str) -> Any:
            return getattr(self.real, name)

    cv2_capture = cv2.VideoCapture
    monkeypatch.setattr(cv2, "VideoCapture", Timeless)
    assert [picture.t_s for picture in Video(path)] == pytest.approx([0, 0.05, 0.1, 0.15, 0.2])


def test_what_is_no_video_is_said(tmp_path: Path) -> None:
    text = tmp_path / "notes.mp4"
    text.write_text("not a video")
    for path, error, words in (
        (tmp_path / "none.mp4", FileNotFoundError, "There is no video"),
        (tmp_path, IsADirectoryError, "is a folder"),
        (text, ValueError, "is not a video"),
    ):
        with pytest.raises(error, match=words):
            Video(path)


@pytest.mark.parametrize(("target", "key"), [("none.mp4", "camera_no_file"), ("notes.mp4", "camera_unreadable")])
def test_a_file_that_can_not_be_played_is_a_reason(tmp_path: Path, target: str, key: str) -> None:
    (tmp_path / "notes.mp4").write_text("not a video")
    with pytest.raises(NoVideoError) as caught:
        next(pictures_of(f"file:{tmp_path / target}"))
    assert caught.value.reason.key == key
    assert target in caught.value.reason.say("en")


def test_a_loop_runs_on_in_time(tmp_path: Path) -> None:
    path = write_video(tmp_path / "clip.avi", 4, fps=20)
    pictures = pictures_of(f"file:{path}?loop=1")
    taken = [next(pictures) for _ in range(10)]
    steps = [b.t_s - a.t_s for a, b in pairwise(taken)]
    assert min(steps) > 0.0499
    assert [round(picture.image.mean() / 10) for picture in taken] == [0, 1, 2, 3, 0, 1, 2, 3, 0, 1]


def test_stop_ends_the_wait_for_the_next_frame(tmp_path: Path) -> None:
    stop = Event()
    pictures = pictures_of(f"file:{write_video(tmp_path / 'clip.avi', 5, fps=1)}", stop=stop)
    next(pictures)
    stop.set()
    assert list(pictures) == []


# -- V4L2


class Webcam:
    """What OpenCV gives for a V4L2 device, noting what it is asked for."""

    def __init__(self, *_: Any) -> None:
        self.settings: dict[int, float] = {}
        self.stamp_s, self.grabs, self.released = time.monotonic() - 0.04, [True] * 3, False
        self.retrieved = 0

    def isOpened(self) -> bool:  # noqa: N802 - OpenCV's name
        return True

    def set(self, key: int, value: float) -> bool:
        self.settings[key] = value
        return True

    def get(self, key: int) -> float:
        assert key == cv2.CAP_PROP_POS_MSEC
        return self.stamp_s * 1000

    def grab(self) -> bool:
        return self.grabs.pop()

    def retrieve(self) -> tuple[bool, Image]:
        self.retrieved += 1
        return True, np.zeros((4, 6, 3), np.uint8)

    def release(self) -> None:
        self.released = True


@pytest.fixture
def webcam(monkeypatch: pytest.MonkeyPatch) -> Webcam:
    device = Webcam()
    monkeypatch.setattr(cv2, "VideoCapture", lambda *_: device)
    return device


def test_a_device_is_asked_for_size_and_rate_and_its_clock_is_used(tmp_path: Path, webcam: Webcam) -> None:
    (tmp_path / "video0").touch()
    pictures = pictures_of(f"v4l2:{tmp_path / 'video0'}", CameraOptions(1280, 720, 25))
    assert next(pictures).t_s == pytest.approx(webcam.stamp_s, abs=1e-6)
    assert webcam.settings[cv2.CAP_PROP_FRAME_WIDTH] == 1280
    assert webcam.settings[cv2.CAP_PROP_FRAME_HEIGHT] == 720
    assert webcam.settings[cv2.CAP_PROP_FPS] == 25
    assert webcam.settings[cv2.CAP_PROP_FOURCC] == cv2.VideoWriter.fourcc(*"MJPG")
    webcam.stamp_s = 1e9  # a driver that stamps with the wall clock
    assert next(pictures).t_s == pytest.approx(time.monotonic(), abs=1)
    webcam.grabs = [False]
    with pytest.raises(NoVideoError) as caught:
        next(pictures)
    assert caught.value.reason.key == "camera_lost"
    assert webcam.released


def test_only_what_is_wanted_is_decoded(tmp_path: Path, webcam: Webcam) -> None:
    (tmp_path / "video0").touch()
    webcam.grabs = [True] * 6
    wanted = iter([False, True, False, False, True])
    pictures = pictures_of(f"v4l2:{tmp_path / 'video0'}", takes=lambda _: next(wanted))
    next(pictures), next(pictures)
    assert (webcam.retrieved, len(webcam.grabs)) == (2, 1)


def test_a_missing_device_is_a_reason_and_writes_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(NoVideoError) as caught:
        next(pictures_of("v4l2:/dev/video987"))
    assert caught.value.reason.say("en") == "No camera at /dev/video987: check the cable"
    assert capfd.readouterr().err == ""


def test_what_is_no_camera_is_a_reason_and_writes_nothing(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "video0").write_bytes(b"no device")
    with pytest.raises(NoVideoError) as caught:
        next(pictures_of(f"v4l2:{tmp_path / 'video0'}"))
    assert caught.value.reason.key == "camera_unreadable"
    assert capfd.readouterr().err == ""


# -- network


@pytest.mark.parametrize("scheme", ["rtsp", "http"])
def test_a_camera_that_does_not_answer_is_a_reason_and_writes_nothing(
    scheme: str, closed_port: int, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(NoVideoError) as caught:
        next(pictures_of(f"{scheme}://me:secret@127.0.0.1:{closed_port}/live"))
    assert caught.value.reason.key == "camera_unreachable"
    assert caught.value.reason.detail == f"{scheme}://127.0.0.1:{closed_port}/live"
    assert capfd.readouterr().err == ""


@pytest.fixture
def closed_port() -> Iterator[int]:
    """Hold a port on which nobody listens."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


# -- the Pi camera


def colours(image: Image) -> tuple[Any, Any]:
    width_px = image.shape[1]
    return image[:, : width_px // 2 - 2].mean(axis=(0, 1)), image[:, width_px // 2 + 2 :].mean(axis=(0, 1))


def test_a_pi_camera_gives_bgr_and_the_sensors_time(pi: type[Picamera2]) -> None:
    picture = next(pictures_of("picamera2:0", CameraOptions(630, 480, 50)))
    assert picture.image.shape == (480, 630, 3)
    assert picture.image[0, 0].tolist() == list(LEFT_BGR)
    assert picture.image[-1, -1].tolist() == list(RIGHT_BGR)
    assert picture.lores is None
    assert 0 <= time.monotonic() - picture.t_s < 1


@pytest.mark.parametrize("platform", ["VC4", "PISP"])
def test_the_small_stream_is_cropped_and_in_colour(
    pi: type[Picamera2], platform: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Picamera2, "platform", platform)
    options = CameraOptions(1280, 720, 50, inference_width_px=600)  # 600 is no multiple of the stride's 64
    picture = next(pictures_of("picamera2:0", options))
    assert picture.lores is not None
    assert picture.lores.shape == (338, 600, 3)
    assert picture.lores.flags.c_contiguous
    for seen, drawn in zip(colours(picture.lores), (LEFT_BGR, RIGHT_BGR), strict=True):
        assert seen == pytest.approx(drawn, abs=6)


def test_a_camera_on_its_side_gets_a_small_stream_for_its_upright_width(pi: type[Picamera2]) -> None:
    picture = next(pictures_of("picamera2:0", CameraOptions(1280, 720, 50, rotate=90, inference_width_px=480)))
    assert picture.lores is not None
    assert picture.lores.shape[:2] == (480, 854)


def test_every_request_is_given_back(pi: type[Picamera2]) -> None:
    pictures = pictures_of("picamera2:0", CameraOptions(64, 48, 200))
    taken = [next(pictures) for _ in range(20)]
    assert all(b.t_s > a.t_s for a, b in pairwise(taken))
    pictures.close()
    assert not pi.opened[0].is_open


def test_a_picture_that_is_not_wanted_is_given_back_at_once(
    pi: type[Picamera2], monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []
    make = fake_picamera2.CompletedRequest.make_array

    def noted(self: fake_picamera2.CompletedRequest, name: str) -> Image:
        made.append(name)
        return make(self, name)

    monkeypatch.setattr(fake_picamera2.CompletedRequest, "make_array", noted)
    wanted = iter([False, False, True, False, False, True])
    pictures = pictures_of("picamera2:0", CameraOptions(64, 48, 200), takes=lambda _: next(wanted))
    next(pictures), next(pictures)
    assert made == ["main", "main"]
    pictures.close()
    assert not pi.opened[0].is_open


def test_a_pi_camera_that_stops_sending_is_closed(pi: type[Picamera2], monkeypatch: pytest.MonkeyPatch) -> None:
    pictures = pictures_of("picamera2:0", CameraOptions(64, 48, 100))
    next(pictures)
    monkeypatch.setattr(picamera, "STALE_S", 0.2)
    pi.sends.clear()
    with pytest.raises(NoVideoError) as caught:
        for _ in range(5):
            next(pictures)
    assert caught.value.reason.key == "camera_hung"
    assert not pi.opened[0].is_open
    assert pi.opened[0]._job_list == [], "no request may still be waited for"


def test_no_pi_camera_and_no_library_are_reasons(pi: type[Picamera2], monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NoVideoError) as caught:
        next(pictures_of("picamera2:1"))
    assert caught.value.reason.key == "camera_missing"
    monkeypatch.setitem(sys.modules, "picamera2", None)
    with pytest.raises(NoVideoError) as caught:
        next(pictures_of("picamera2:0"))
    assert "python3-picamera2" in caught.value.reason.say("en")


# -- auto


def test_auto_takes_the_pi_camera_but_not_a_usb_camera_that_libcamera_lists(
    pi: type[Picamera2], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(devices, "capture_devices", lambda: [Path("/dev/video4")])
    usb = {"Model": "UVC Camera", "Id": "/base/scb/pcie@7d500000/pci@0,0/usb@0,0-1:1.0-046d:082d", "Num": 0}
    monkeypatch.setattr(Picamera2, "cameras", [usb, *Picamera2.cameras])
    assert devices.choose_camera().label == "picamera2:1"
    monkeypatch.setattr(Picamera2, "cameras", [usb])
    assert devices.choose_camera().label == "v4l2:/dev/video4"


def test_auto_is_the_demo_where_there_is_no_camera(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "picamera2", None)
    monkeypatch.setattr(devices, "capture_devices", list)
    assert devices.choose_camera().label == "demo:squat"


def test_only_devices_that_capture_are_cameras(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    video, meta, m2m, device_caps = 0x1, 0x00800000, 0x8000, 0x80000000
    nodes = {
        "video0": (b"bcm2835-codec", m2m),
        "video1": (b"unicam", video),
        "video2": (b"uvcvideo", meta),
        "video10": (b"uvcvideo", video),
        "video3": (b"uvcvideo", video),
    }
    for name in (*nodes, "video-notes"):
        (tmp_path / name).touch()
    by_id = tmp_path / "v4l/by-id"
    by_id.mkdir(parents=True)
    (by_id / "usb-webcam-index0").symlink_to(tmp_path / "video3")

    def ioctl(handle: int, request: int, answer: bytearray) -> int:
        assert request == 0x80685600
        driver, caps = nodes[Path(f"/proc/self/fd/{handle}").resolve().name]
        answer[:] = struct.pack("16s32s32s6I", driver, b"card", b"bus", 0, video | device_caps, caps, 0, 0, 0)
        return 0

    monkeypatch.setattr(fcntl, "ioctl", ioctl)
    assert devices.capture_devices(tmp_path) == [by_id / "usb-webcam-index0", tmp_path / "video10"]


def test_a_file_in_dev_is_no_camera(tmp_path: Path) -> None:
    (tmp_path / "video0").touch()
    assert devices.capture_devices(tmp_path) == []
