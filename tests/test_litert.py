"""The LiteRT engine on drawn frames, the check of its models, and which engine is chosen."""

import json
import logging
import subprocess
import sys
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from kiosk.capture.frame import Frame
from kiosk.capture.source import Image
from kiosk.demo.athlete import Athlete
from kiosk.landmarks import INDEX, Pose
from kiosk.pose.choice import choose_engine, choose_still_engine
from kiosk.pose.engine import EngineError
from kiosk.pose.litert import SPARE_S, LiteRTEngine, LiteRTStillEngine, default_threads
from kiosk.pose.mediapipe import MediaPipeEngine, StillEngine
from kiosk.pose.seal import SealError

ATHLETE = Athlete("squat")
JOINTS = ("right_shoulder", "right_hip", "right_knee", "right_ankle")


def drawn(t_s: float, width_px: int = 640, height_px: int = 480, *, captured_s: float | None = None) -> Frame:
    return Frame(ATHLETE.draw(t_s, width_px, height_px), t_s if captured_s is None else captured_s, round(t_s * 30))


def follow(bundle: Path, frames: list[Frame], threads: int | None = None) -> list[Pose | None]:
    engine = LiteRTEngine(bundle, threads)
    try:
        return [engine.detect(frame) for frame in frames]
    finally:
        engine.close()


def off_px(pose: Pose | None, t_s: float, width_px: int, height_px: int) -> float:
    """The largest distance of a large joint from where it was drawn."""
    assert pose is not None
    truth = ATHLETE.truth(t_s, width_px, height_px).points
    return max(float(np.hypot(*(pose.points[INDEX[name], :2] - truth[name]))) for name in JOINTS)


@pytest.mark.parametrize("size", [(640, 480), (1280, 960), (320, 240), (480, 640)])
def test_a_pose_is_in_the_pixels_of_the_full_picture(model_bundle: Path, size: tuple[int, int]) -> None:
    frames = [drawn(n / 30, *size) for n in range(5)]
    pose = follow(model_bundle, frames)[-1]
    assert pose is not None
    assert (pose.width_px, pose.height_px, pose.t_s, pose.track) == (*size, frames[-1].t_s, 0)
    assert off_px(pose, frames[-1].t_s, *size) < 0.03 * size[0]


def test_points_and_world_are_complete_and_cannot_be_written(model_bundle: Path) -> None:
    first, second = follow(model_bundle, [drawn(0.0), drawn(0.5)])
    assert first is not None
    assert second is not None
    assert first.points.shape == (33, 4)
    assert first.world.shape == (33, 3)
    assert first.points.dtype == first.world.dtype == np.float32
    assert (first.points[:, :2] != second.points[:, :2]).any()  # a pose is no view of what is written next
    for array in (first.points, first.world):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


def test_a_model_that_is_not_needed_for_long_is_let_go_and_changes_nothing(
    model_bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty: Image = np.full((480, 640, 3), 90, np.uint8)
    long_s = SPARE_S + 1
    steady, sparing = LiteRTEngine(model_bundle, 1), LiteRTEngine(model_bundle, 1)
    monkeypatch.setattr(steady, "_spare", lambda _: None)
    loaded: list[tuple[bool, bool]] = []
    for start_s, there in ((0.0, True), (long_s, True), (long_s + 1, False), (2 * long_s + 1, False), (40.0, True)):
        for n in range(3):
            t_s = start_s + n / 30
            frame = drawn(n / 30, captured_s=t_s) if there else Frame(empty, t_s, n)
            one, other = steady.detect(frame), sparing.detect(frame)
            assert (one is None) == (other is None) == (not there)
            if one is not None and other is not None:
                assert (one.points == other.points).all()
                assert (one.world == other.world).all()
        loaded.append((sparing._models.detector.loaded, sparing._models.landmarks.loaded))
    assert loaded == [(True, True), (False, True), (True, True), (True, False), (True, True)]


def test_nobody_is_none_and_whoever_comes_is_found(model_bundle: Path) -> None:
    empty: Image = np.full((480, 640, 3), 90, np.uint8)
    frames = [Frame(empty, 0.0, 0), drawn(0.1), Frame(empty, 0.2, 2), Frame(empty, 0.3, 3), drawn(0.4)]
    assert [pose is not None for pose in follow(model_bundle, frames)] == [False, True, False, False, True]


def test_the_small_stream_is_used_and_mapped_to_the_large_picture(model_bundle: Path) -> None:
    blank: Image = np.zeros((960, 1280, 3), np.uint8)
    frames = [Frame(blank, n / 30, n, lores=drawn(n / 30).image) for n in range(5)]
    assert off_px(follow(model_bundle, frames)[-1], frames[-1].t_s, 1280, 960) < 0.03 * 1280


def test_the_number_of_threads_changes_no_bit(model_bundle: Path) -> None:
    frames = [drawn(n / 10) for n in range(8)]
    for one, two in zip(follow(model_bundle, frames, 1), follow(model_bundle, frames, 2), strict=True):
        assert one is not None
        assert two is not None
        assert (one.points == two.points).all()


def test_frames_of_one_millisecond_and_a_clock_that_jumps_back_are_taken(model_bundle: Path) -> None:
    captured_s = [5.0, 5.0, 5.0004, 5.033, 0.0, 0.033, 0.033]
    poses = follow(model_bundle, [drawn(0.0, captured_s=t_s) for t_s in captured_s])
    assert [pose.t_s for pose in poses if pose] == captured_s
    assert all(np.isfinite(pose.points).all() for pose in poses if pose)


def test_a_still_picture_is_seen_as_mediapipe_sees_it(model_bundle: Path) -> None:
    image = drawn(1.5).image
    with ThreadPoolExecutor(1) as sealed:
        expected = sealed.submit(lambda: StillEngine(model_bundle).detect(image)).result()
    found = LiteRTStillEngine(model_bundle).detect(image)
    assert expected is not None
    assert found is not None
    assert found.points == pytest.approx(expected.points, abs=0.001)
    assert found.world == pytest.approx(expected.world, abs=0.00001)
    assert LiteRTStillEngine(model_bundle).detect(np.full((480, 640, 3), 90, np.uint8)) is None


def test_a_core_is_left_to_others(monkeypatch: pytest.MonkeyPatch) -> None:
    for cores, threads in ((1, 1), (2, 1), (4, 3)):
        monkeypatch.setattr("os.sched_getaffinity", lambda _, cores=cores: set(range(cores)))
        assert default_threads() == threads


def rebuilt(bundle: Path, folder: Path, **members: bytes) -> Path:
    """A bundle with other files in it, in place of those of `bundle`."""
    path = folder / "other.task"
    with zipfile.ZipFile(bundle) as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            new.writestr(name, members.get(name.removesuffix(".tflite"), old.read(name)))
    return path


def test_a_bundle_that_is_none_is_one_sentence(tmp_path: Path) -> None:
    broken = tmp_path / "broken.task"
    broken.write_bytes(b"no bundle")
    for path in (broken, tmp_path / "absent.task"):
        with pytest.raises(EngineError, match=rf"LiteRT does not start with pose_detector.tflite of {path}: "):
            LiteRTEngine(path)


def test_models_that_are_not_blazeposes_are_refused(model_bundle: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(model_bundle) as archive:
        detector = archive.read("pose_detector.tflite")
    with pytest.raises(EngineError, match=r"pose_landmarks_detector.tflite of .* is not BlazePose's"):
        LiteRTEngine(rebuilt(model_bundle, tmp_path, pose_landmarks_detector=detector))
    with pytest.raises(EngineError, match=r"pose_landmarks_detector.tflite"):
        LiteRTEngine(rebuilt(model_bundle, tmp_path, pose_landmarks_detector=detector[:5000]))


def test_the_stock_bundle_does_as_well(stock_bundle: Path, model_bundle: Path) -> None:
    ((stock,), (pruned,)) = (follow(bundle, [drawn(0.0)]) for bundle in (stock_bundle, model_bundle))
    assert stock is not None
    assert pruned is not None
    assert (stock.points == pruned.points).all()


def test_auto_is_litert_where_its_models_pass(model_bundle: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "kiosk.pose.choice"), ThreadPoolExecutor(1) as sealed:
        assert isinstance(sealed.submit(choose_engine, "auto", model_bundle, 2).result(), LiteRTEngine)
        assert isinstance(sealed.submit(choose_engine, "litert", model_bundle, 1).result(), LiteRTEngine)
    assert caplog.messages == [
        "pose engine: LiteRT, threads: 2, its models pass their check",
        "pose engine: LiteRT, threads: 1, as configured",
    ]


def test_auto_is_mediapipe_where_litert_does_not_start(
    model_bundle: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ai_edge_litert.interpreter", None)
    with caplog.at_level(logging.INFO, "kiosk.pose.choice"), ThreadPoolExecutor(1) as sealed:
        for name in ("auto", "mediapipe"):
            engine = sealed.submit(choose_engine, name, model_bundle).result()
            assert isinstance(engine, MediaPipeEngine)
            sealed.submit(engine.close).result()
    assert caplog.messages[0].startswith("pose engine: MediaPipe, because LiteRT does not start with pose_detector")
    assert caplog.messages[1:] == ["pose engine: MediaPipe, as configured"]
    with ThreadPoolExecutor(1) as sealed, pytest.raises(EngineError):
        sealed.submit(choose_engine, "litert", model_bundle).result()


def test_a_kernel_without_a_seal_runs_litert_and_not_mediapipe(
    model_bundle: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> None:
        raise SealError("the kernel takes no seccomp filter")

    for module in ("choice", "mediapipe"):
        monkeypatch.setattr(f"kiosk.pose.{module}.seal", refuse)
    assert isinstance(choose_engine("auto", model_bundle, 1), LiteRTEngine)
    assert "LiteRT runs unsealed" in caplog.text
    with pytest.raises(SealError):
        choose_engine("mediapipe", model_bundle)
    with pytest.raises(SealError):
        choose_still_engine("auto", model_bundle)


ALONE = """
import json, sys
from pathlib import Path
import numpy as np
from kiosk.capture.frame import Frame
from kiosk.pose.choice import choose_engine
from kiosk.pose.seal import seal

seal()  # whatever opens a socket from now on fails
engine = choose_engine("litert", Path(sys.argv[1]), 1)
picture = np.load(sys.argv[2])
poses = [engine.detect(Frame(picture, n / 30, n)) for n in range(20)]
resident_kb = [line for line in open("/proc/self/status") if line.startswith("VmRSS")][0].split()[1]
modules = [name for name in ("mediapipe", "matplotlib", "tensorflow") if name in sys.modules]
print(json.dumps({"poses": sum(pose is not None for pose in poses), "mb": int(resident_kb) / 1024, "modules": modules}))
"""


def test_a_process_with_litert_alone_is_small_and_needs_no_network(model_bundle: Path, tmp_path: Path) -> None:
    np.save(tmp_path / "picture.npy", drawn(0.0).image)
    command = [sys.executable, "-c", ALONE, str(model_bundle), str(tmp_path / "picture.npy")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["poses"] == 20
    assert result["modules"] == []
    assert result["mb"] < 130
