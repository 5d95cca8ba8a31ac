from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from kiosk.angles import angle_deg, tilt_deg
from kiosk.athlete import FAULTS, Athlete, Repetition, Truth
from kiosk.camera import Frame
from kiosk.landmarks import INDEX, Pose
from kiosk.pose.mediapipe import MediaPipeEngine

SIZES = [(640, 480), (1280, 720), (720, 1280), (321, 199), (64, 48)]
CORNERS = {
    "knee": ("hip", "knee", "ankle"),
    "hip": ("shoulder", "hip", "knee"),
    "ankle": ("knee", "ankle", "foot_index"),
    "elbow": ("shoulder", "elbow", "wrist"),
    "shoulder": ("hip", "shoulder", "elbow"),
}


def bottom(fault: str) -> Truth:
    athlete = Athlete("squat", fault)
    return athlete.truth(athlete.repetitions(60)[0].bottom_s, 640, 480)


@pytest.mark.parametrize(("width_px", "height_px"), SIZES)
def test_the_same_time_gives_the_same_picture_of_the_size_asked_for(width_px: int, height_px: int) -> None:
    image = Athlete().draw(2.3, width_px, height_px)
    Athlete("squat", "deep").draw(2.3, width_px, height_px)
    again = Athlete().draw(2.3, width_px, height_px)
    assert image.shape == (height_px, width_px, 3)
    assert image.dtype == np.uint8
    assert np.array_equal(image, again)


def test_a_picture_belongs_to_its_caller() -> None:
    athlete = Athlete()
    athlete.draw(0.0, 64, 48)[:] = 0
    assert athlete.draw(0.0, 64, 48).any()


def test_noise_differs_from_frame_to_frame_where_nothing_moves() -> None:
    athlete = Athlete()
    corner = (slice(0, 40), slice(0, 40))
    assert not np.array_equal(athlete.draw(0.1, 640, 480)[corner], athlete.draw(0.2, 640, 480)[corner])


@pytest.mark.parametrize(("width_px", "height_px"), SIZES)
@pytest.mark.parametrize("fault", FAULTS)
def test_the_athlete_stays_in_the_picture(fault: str, width_px: int, height_px: int) -> None:
    athlete = Athlete("squat", fault)
    for t_s in np.arange(0, 22, 0.25):
        for x_px, y_px in athlete.truth(float(t_s), width_px, height_px).points.values():
            assert 0 <= x_px < width_px
            assert 0 <= y_px < height_px


@pytest.mark.parametrize(("width_px", "height_px"), [(640, 480), (720, 1280)])
def test_angles_are_those_of_the_drawn_points(width_px: int, height_px: int) -> None:
    athlete = Athlete("squat", "mix")
    for t_s in np.arange(-1, 22, 0.13):
        truth = athlete.truth(float(t_s), width_px, height_px)
        points = {name.removeprefix("right_"): point for name, point in truth.points.items()}
        for name, corner in CORNERS.items():
            assert angle_deg(*(points[joint] for joint in corner)) == pytest.approx(truth.angles_deg[name], abs=1e-3)
        assert tilt_deg(points["hip"], points["shoulder"], "horizontal") == pytest.approx(truth.angles_deg["trunk"])
        shin_px = np.hypot(*np.subtract(points["knee"], points["ankle"]))
        past_toe = (points["knee"][0] - points["foot_index"][0]) / shin_px
        assert past_toe == pytest.approx(truth.knee_past_toe)


def test_feet_stay_planted() -> None:
    athlete = Athlete("squat", "mix")
    for name in ("right_ankle", "right_heel", "right_foot_index"):
        places = {athlete.truth(float(t_s), 640, 480).points[name] for t_s in np.arange(0, 22, 0.5)}
        assert len(places) == 1


def test_joints_move_without_jumps() -> None:
    athlete = Athlete("squat", "mix")
    knees = [athlete.truth(float(t_s), 640, 480).angles_deg["knee"] for t_s in np.arange(0, 22, 0.01)]
    assert max(abs(after - before) for before, after in pairwise(knees)) < 2.5


def test_repetitions_lie_where_the_truth_moves() -> None:
    athlete = Athlete()
    first, second = athlete.repetitions(8.0)
    assert (first.number, second.number, first.fault) == (1, 2, "none")
    assert first.start_s == pytest.approx(1.0)
    assert 2.5 < first.end_s - first.start_s < 3.5
    before, after = (athlete.truth(t_s, 640, 480) for t_s in (first.start_s - 0.01, first.end_s + 0.01))
    assert (before.phase, before.repetition, after.phase, after.repetition) == ("start", None, "start", None)
    moments = np.linspace(first.start_s + 0.01, first.end_s - 0.01, 50)
    moving = [athlete.truth(float(t_s), 640, 480) for t_s in moments]
    assert {truth.repetition for truth in moving} == {1}
    phases = [truth.phase for truth in moving]
    assert [phase for phase, before in zip(phases, ["", *phases], strict=False) if phase != before] == [
        "out", "end", "back",
    ]  # fmt: skip
    lowest = athlete.truth(first.bottom_s, 640, 480).angles_deg["knee"]
    assert lowest == pytest.approx(min(truth.angles_deg["knee"] for truth in moving), abs=0.1)


def test_a_repetition_counts_once_it_has_ended() -> None:
    athlete = Athlete()
    (first,) = athlete.repetitions(5.0)
    assert athlete.repetitions(-3.0) == athlete.repetitions(first.end_s - 1e-6) == ()
    assert athlete.repetitions(first.end_s) == (first,)


def test_the_athlete_stands_still_after_its_repetitions() -> None:
    athlete = Athlete("squat", "deep", reps=2)
    assert [repetition.number for repetition in athlete.repetitions(1000)] == [1, 2]
    after = athlete.repetitions(1000)[-1].end_s
    for t_s in np.arange(after, after + 9, 0.2):
        truth = athlete.truth(float(t_s), 640, 480)
        assert truth.angles_deg["knee"] > 174
        assert (truth.phase, truth.repetition) == ("start", None)


def test_faults_are_what_they_are_called() -> None:
    clean, deep, lean, shallow = (bottom(fault) for fault in ("none", "deep", "lean", "shallow"))
    assert clean.angles_deg["knee"] < 100
    assert clean.knee_past_toe < -0.1
    assert clean.angles_deg["trunk"] > 65
    assert 65 <= deep.angles_deg["knee"] <= 72
    assert deep.knee_past_toe > 0.1
    assert deep.angles_deg["trunk"] > 65
    assert 42 <= lean.angles_deg["trunk"] <= 48
    assert lean.knee_past_toe < -0.1
    assert 104 < shallow.angles_deg["knee"] < 110
    assert shallow.angles_deg["trunk"] > 65


def test_mix_goes_round_all_faults() -> None:
    faults = [repetition.fault for repetition in Athlete("squat", "mix").repetitions(40)]
    assert faults[:8] == ["none", "deep", "none", "lean", "none", "shallow", "none", "deep"]


@pytest.mark.parametrize(
    ("exercise", "fault", "reps", "words"),
    [
        ("jump", "none", None, ["jump", "squat"]),
        ("squat", "lazy", None, ["lazy", "none", "deep", "lean", "shallow", "mix"]),
        ("squat", "none", 0, ["0", "1"]),
    ],
)
def test_a_wrong_wish_is_answered_with_what_exists(
    exercise: str, fault: str, reps: int | None, words: Sequence[str]
) -> None:
    with pytest.raises(ValueError, match=exercise if exercise == "jump" else "demo athlete") as caught:
        Athlete(exercise, fault, reps)
    assert all(word in str(caught.value) for word in words)


class Reading(NamedTuple):
    """What the engine makes of one frame, beside what was drawn."""

    t_s: float
    truth: Truth
    pose: Pose | None

    def angle(self, *joints: str, world: bool = False) -> float:
        assert self.pose is not None
        points = self.pose.world if world else self.pose.points[:, :2]
        angle = angle_deg(*(points[INDEX[f"right_{joint}"]].tolist() for joint in joints))
        assert angle is not None
        return angle

    def knee_past_toe(self) -> float:
        assert self.pose is not None
        knee, ankle, toe = (self.pose.points[INDEX[f"right_{name}"], :2] for name in ("knee", "ankle", "foot_index"))
        return float((knee[0] - toe[0]) / np.hypot(*(knee - ankle)))

    def trunk(self) -> float:
        assert self.pose is not None
        hip, shoulder = (self.pose.points[INDEX[f"right_{name}"], :2].tolist() for name in ("hip", "shoulder"))
        tilt = tilt_deg(hip, shoulder, "horizontal")
        assert tilt is not None
        return tilt


FPS = 10


@pytest.fixture(scope="module")
def readings(model_bundle: Path) -> list[Reading]:
    """MediaPipe's poses of one round of all faults, from a thread of their own because the engine seals it."""
    athlete = Athlete("squat", "mix")

    def read() -> list[Reading]:
        engine = MediaPipeEngine(model_bundle)
        try:
            return [
                Reading(t_s, athlete.truth(t_s, 640, 480), engine.detect(Frame(athlete.draw(t_s, 640, 480), t_s, n)))
                for n, t_s in ((n, n / FPS) for n in range(22 * FPS))
            ]
        finally:
            engine.close()

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(read).result()


def test_mediapipe_finds_the_athlete_and_its_knee(readings: list[Reading]) -> None:
    found = [reading for reading in readings if reading.pose is not None]
    assert len(found) >= 0.99 * len(readings)
    errors = [abs(r.angle("hip", "knee", "ankle") - r.truth.angles_deg["knee"]) for r in found]
    assert np.mean(errors) <= 8


def test_mediapipe_sees_each_fault_in_its_own_repetition(readings: list[Reading]) -> None:
    """The squat's thresholds, with a margin that other sizes, frame rates and a smoother need."""
    found = [reading for reading in readings if reading.pose is not None]
    for repetition in Athlete("squat", "mix").repetitions(22):
        moving = [r for r in found if repetition.start_s - 0.2 <= r.t_s <= repetition.end_s + 0.2]
        _check(repetition, moving)


def _check(repetition: Repetition, moving: list[Reading]) -> None:
    bend = [reading.angle("hip", "knee", "ankle", world=True) for reading in moving]
    assert bend[0] > 165
    assert bend[-1] > 165
    assert (101 < min(bend) < 109) if repetition.fault == "shallow" else (min(bend) < 99)
    past_toe_s = sum(r.angle("hip", "knee", "ankle") < 90 and r.knee_past_toe() > -0.03 for r in moving) / FPS
    assert past_toe_s > 0.6 if repetition.fault == "deep" else past_toe_s == 0
    leaning_s = sum(r.trunk() < 60 for r in moving) / FPS
    assert leaning_s > 0.8 if repetition.fault == "lean" else leaning_s == 0
