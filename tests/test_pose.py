"""MediaPipe on drawn frames: the person is found where it was drawn, in pixels of the full picture."""

import platform
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import pytest

from kiosk.capture.frame import Frame
from kiosk.capture.source import Image
from kiosk.demo.athlete import Athlete
from kiosk.landmarks import INDEX, Pose
from kiosk.pose.engine import EngineError
from kiosk.pose.mediapipe import MediaPipeEngine, unsupported

ATHLETE = Athlete("squat")
JOINTS = ("right_shoulder", "right_hip", "right_knee", "right_ankle")

Follow = Callable[..., list[Pose | None]]


@pytest.fixture
def follow(model_bundle: Path) -> Iterator[Follow]:
    """Runs frames through a new engine in a thread of its own, which the engine seals."""
    with ThreadPoolExecutor(1) as sealed:

        def run(frames: list[Frame], width_px: int = 640) -> list[Pose | None]:
            engine = MediaPipeEngine(model_bundle, width_px)
            try:
                return [engine.detect(frame) for frame in frames]
            finally:
                engine.close()

        yield lambda *args, **kwargs: sealed.submit(run, *args, **kwargs).result()


def drawn(t_s: float, width_px: int = 640, height_px: int = 480, *, captured_s: float | None = None) -> Frame:
    return Frame(ATHLETE.draw(t_s, width_px, height_px), t_s if captured_s is None else captured_s, round(t_s * 30))


def off_px(pose: Pose | None, t_s: float, width_px: int, height_px: int) -> float:
    """The largest distance of a large joint from where it was drawn."""
    assert pose is not None
    truth = ATHLETE.truth(t_s, width_px, height_px).points
    return max(float(np.hypot(*(pose.points[INDEX[name], :2] - truth[name]))) for name in JOINTS)


def test_a_pose_is_in_the_pixels_of_the_full_picture(follow: Follow) -> None:
    for size in ((640, 480), (1280, 960), (320, 240)):
        frames = [drawn(n / 30, *size) for n in range(5)]
        pose = follow(frames)[-1]
        assert pose is not None
        assert (pose.width_px, pose.height_px, pose.t_s, pose.track) == (*size, frames[-1].t_s, 0)
        assert off_px(pose, frames[-1].t_s, *size) < 0.03 * size[0]


def test_points_and_world_are_complete_and_cannot_be_written(follow: Follow) -> None:
    (pose,) = follow([drawn(0.0)])
    assert pose is not None
    assert pose.points.shape == (33, 4)
    assert pose.world.shape == (33, 3)
    assert pose.points.dtype == pose.world.dtype == np.float32
    assert pose.points[INDEX["right_hip"], 3] > 0.9
    hips = pose.world[[INDEX["left_hip"], INDEX["right_hip"]]]
    assert np.allclose(hips.mean(axis=0), 0, atol=0.02)  # metres from halfway between the hips
    assert np.ptp(pose.points[:, 2]) > 20  # z in pixels, no longer MediaPipe's fraction of the width
    for array in (pose.points, pose.world):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


def test_nobody_is_none(follow: Follow) -> None:
    empty: Image = np.full((480, 640, 3), 90, np.uint8)
    assert follow([Frame(empty, 0.0, 0), Frame(empty, 0.1, 1)]) == [None, None]


def test_the_small_stream_is_used_and_mapped_to_the_large_picture(follow: Follow) -> None:
    blank: Image = np.zeros((960, 1280, 3), np.uint8)
    frames = [Frame(blank, n / 30, n, lores=drawn(n / 30).image) for n in range(5)]
    assert off_px(follow(frames)[-1], frames[-1].t_s, 1280, 960) < 0.03 * 1280


def test_colours_are_not_swapped(follow: Follow, model_bundle: Path) -> None:
    """The engine's answer is that of MediaPipe itself on the red-green-blue picture."""
    frame = drawn(1.5)

    def reference() -> list[tuple[float, float]]:
        MediaPipeEngine(model_bundle).close()  # seals
        import mediapipe as mp  # noqa: PLC0415 - imported in a sealed thread only
        from mediapipe.tasks.python import vision  # noqa: PLC0415

        with vision.PoseLandmarker.create_from_model_path(str(model_bundle)) as landmarker:
            rgb = cv2.cvtColor(frame.image, cv2.COLOR_BGR2RGB)
            found = landmarker.detect(mp.Image(image_format=mp.ImageFormat.SRGB, data=rgb))
        return [(point.x * 640, point.y * 480) for point in found.pose_landmarks[0]]

    with ThreadPoolExecutor(1) as thread:
        expected = thread.submit(reference).result()
    (pose,) = follow([frame])
    assert pose is not None
    assert np.allclose(pose.points[:, :2], expected, atol=0.01)


def test_frames_of_one_millisecond_and_a_clock_that_jumps_back_are_taken(follow: Follow) -> None:
    captured_s = [5.0, 5.0, 5.0004, 5.033, 0.0, 0.033, 0.033]
    poses = follow([drawn(0.0, captured_s=t_s) for t_s in captured_s])
    assert [pose.t_s for pose in poses if pose] == captured_s


def test_a_bundle_that_is_none_is_one_sentence(tmp_path: Path) -> None:
    broken = tmp_path / "broken.task"
    broken.write_bytes(b"no bundle")
    with ThreadPoolExecutor(1) as sealed, pytest.raises(EngineError, match=rf"MediaPipe does not start with {broken}"):
        sealed.submit(MediaPipeEngine, broken).result()


def test_only_the_thread_of_the_engine_loses_the_network(follow: Follow) -> None:
    follow([drawn(0.0)])
    socket.socket().close()


X86 = "processor\t: 0\nflags\t\t: fpu sse4_2 {}\nbugs\t\t: avx\nprocessor\t: 1\n"
ARM = "processor\t: 0\nBogoMIPS\t: 108.00\nFeatures\t: fp asimd {}crc32\nCPU part\t: 0xd08\n"


@pytest.mark.parametrize(
    ("machine", "cpuinfo", "lacks"),
    [
        pytest.param("x86_64", X86.format("avx avx2"), "", id="x86"),
        pytest.param("x86_64", X86.format("aes"), "AVX", id="an old x86"),
        pytest.param("aarch64", ARM.format("atomics "), "", id="Pi 5"),
        pytest.param("aarch64", ARM.format(""), "a Pi 4 has not", id="Pi 4"),
        pytest.param("aarch64", X86.format(""), "", id="an emulator that tells of another processor"),
        pytest.param("x86_64", "", "", id="nothing told"),
        pytest.param("riscv64", X86.format(""), "", id="unknown"),
    ],
)
def test_processors_on_which_mediapipe_would_end_the_process(machine: str, cpuinfo: str, lacks: str) -> None:
    reason = unsupported(machine, cpuinfo)
    assert (lacks in reason) if lacks and reason else not reason and not lacks


def test_it_says_so_instead(model_bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kiosk.pose.mediapipe._NEEDED", {platform.machine(): ("flags", "none has this", "a wonder")})
    monkeypatch.setattr(Path, "read_text", lambda *_, **__: "flags : fpu")
    with pytest.raises(EngineError, match="cannot run on this processor: it lacks a wonder"):
        MediaPipeEngine(model_bundle)
