"""LiteRT sees what MediaPipe sees: on the drawn athlete, and on real people where there are clips of them."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml

from kiosk.bench import parity as bench_parity
from kiosk.bench.parity import BOUNDS, compare, drawn_frames, misses, parity_table
from kiosk.capture.frame import Frame
from kiosk.capture.video import read_video
from kiosk.landmarks import Pose
from kiosk.models import ModelError
from kiosk.pose.litert import LiteRTEngine
from kiosk.rules.compiler import load_exercise
from kiosk.rules.exercise import Exercise
from tests.conftest import ROOT

CLIPS = ROOT.parent / "shared" / "clips"


def exercise(name: str) -> Exercise:
    return load_exercise(ROOT / "config" / "exercises" / f"{name}.yaml")


def test_the_drawn_athlete(model_bundle: Path) -> None:
    row = compare(drawn_frames("squat", 6.0), model_bundle, exercise("squat"))
    assert misses(row) == []
    assert row["frames"] == row["poses"] == 90
    assert row["reps"]["litert"][0] >= 1
    assert row["p95_torso"] < 0.0001  # the same to the last bits, so anything that differs is a mistake
    assert row["p95_world_m"] < 0.0001


def interrupted() -> Iterator[Frame]:
    """The drawn athlete, who is away now and then."""
    for frame in drawn_frames("push_up", 6.0):
        away = frame.number % 25 > 20
        yield replace(frame, image=np.full_like(frame.image, 90)) if away else frame


def test_somebody_who_leaves_and_comes_back(model_bundle: Path) -> None:
    row = compare(interrupted(), model_bundle, exercise("push_up"))
    assert misses(row) == []
    assert 50 < row["poses"] < 80
    assert row["p95_torso"] < 0.0001
    assert row["p95_visibility"] < 0.0001
    assert row["p95_world_m"] < 0.0001


def clips() -> dict[str, str]:
    """The clips that are there, with the exercise to replay each with."""
    if not (CLIPS / "manifest.yaml").is_file():
        return {}
    listed = yaml.safe_load((CLIPS / "manifest.yaml").read_text(encoding="utf-8"))["clips"]
    return {clip["file"]: clip["exercise"] for clip in listed if "file" in clip}


@pytest.mark.skipif(not CLIPS.is_dir(), reason=f"no clips in {CLIPS}")
@pytest.mark.parametrize(("file", "name"), clips().items())
def test_real_people(model_bundle: Path, file: str, name: str) -> None:
    """The whole of short clips and the first 120 frames of long ones; `kiosk bench parity` takes all."""
    frames = (frame for frame, _ in zip(read_video(CLIPS / file), range(120), strict=False))
    row = compare(frames, model_bundle, exercise(name))
    assert misses(row) == []
    assert row["poses"] >= 30


GOOD = {
    "frames": 100, "poses": 90, "median_torso": 0.001, "p95_torso": 0.02, "median_deg": 0.5, "p95_visibility": 0.01,
    "people_differ": 0.01, "reps_differ": 0, "reps": {"mediapipe": (5, 1), "litert": (5, 1)},
}  # fmt: skip


@pytest.mark.parametrize("name", BOUNDS)
def test_each_bound_can_be_missed(name: str) -> None:
    assert misses(GOOD) == []
    assert misses({**GOOD, name: BOUNDS[name] + 0.001}) == [name]


def test_the_table() -> None:
    bad = {**GOOD, "median_deg": 2.5, "reps": {"mediapipe": (5, 1), "litert": (4, 2)}, "reps_differ": 2}
    lines = parity_table({"models": {"full": {"good.mp4": GOOD, "bad.mp4": bad}}}).splitlines()
    assert " ".join(lines[2].split()) == "full frames poses points 95 % angle visib. alone LiteRT MediaPipe"
    assert " ".join(lines[3].split()) == "good.mp4 100 90 0.100 2.000 0.500 0.0100 1.0% 5 (1) 5 (1)"
    assert lines[4].endswith("4 (2)      5 (1)  median_deg is out of bounds  reps_differ is out of bounds")


def test_an_engine_that_sees_something_else_is_found_out(model_bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Wrong(LiteRTEngine):
        def detect(self, frame: Frame) -> Pose | None:
            pose = super().detect(frame)
            if pose is None or frame.number < 5:
                return None
            jump = np.array((20, 0, 0, -0.1), np.float32) * (frame.number % 10 == 0)
            return replace(pose, points=pose.points + jump)

    monkeypatch.setattr(bench_parity, "LiteRTEngine", Wrong)
    row = compare(drawn_frames("squat", 4.0), model_bundle, exercise("squat"))
    assert misses(row) == ["p95_torso", "p95_visibility", "people_differ"]


def test_without_a_model(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="run kiosk models fetch"):
        bench_parity.bench_parity(tmp_path, ROOT / "config" / "exercises")
