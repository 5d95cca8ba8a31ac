from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from kiosk.angles import angle_deg, tilt_deg
from kiosk.capture.address import parse_address
from kiosk.capture.camera import Frame
from kiosk.demo.athlete import CORNERS, EXERCISES, FAULTS, LEAD_S, Athlete, Hold, Repetition, Truth
from kiosk.landmarks import INDEX, Pose
from kiosk.pose.mediapipe import MediaPipeEngine
from kiosk.stance import Stance

SIZES = [(640, 480), (1280, 720), (720, 1280), (321, 199), (64, 48)]
ALL = [(exercise, fault) for exercise in EXERCISES for fault in FAULTS[exercise]]
COUNTED = [exercise for exercise in EXERCISES if exercise != "plank"]
PLANTED = {
    "squat": ("ankle", "heel", "foot_index"),
    "biceps_curl": ("ankle", "heel", "foot_index"),
    "sit_to_stand": ("ankle", "heel", "foot_index"),
    "push_up": ("ankle", "heel", "foot_index", "wrist", "index"),
    "plank": ("ankle", "heel", "foot_index", "elbow", "wrist", "index"),
}


def moments(step_s: float) -> list[float]:
    """Times that cover a round of all faults of any exercise."""
    return [float(t_s) for t_s in np.arange(0, 44, step_s)]


def drawn(athlete: Athlete, until_s: float) -> list[Repetition | Hold]:
    """The repetitions or holds of a time."""
    return [*athlete.repetitions(until_s), *athlete.holds(until_s)]


def bottom(exercise: str, fault: str) -> Truth:
    athlete = Athlete(exercise, fault)
    return athlete.truth(athlete.repetitions(60)[0].bottom_s, 640, 480)


@pytest.mark.parametrize("exercise", EXERCISES)
@pytest.mark.parametrize(("width_px", "height_px"), SIZES)
def test_the_same_time_gives_the_same_picture_of_the_size_asked_for(
    exercise: str, width_px: int, height_px: int
) -> None:
    image = Athlete(exercise).draw(2.3, width_px, height_px)
    Athlete(exercise, FAULTS[exercise][1]).draw(2.3, width_px, height_px)
    again = Athlete(exercise).draw(2.3, width_px, height_px)
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
@pytest.mark.parametrize("exercise", EXERCISES)
def test_the_athlete_stays_in_the_picture(exercise: str, width_px: int, height_px: int) -> None:
    athlete = Athlete(exercise, "mix")
    for t_s in moments(0.25):
        for x_px, y_px in athlete.truth(t_s, width_px, height_px).points.values():
            assert 0 <= x_px < width_px
            assert 0 <= y_px < height_px


@pytest.mark.parametrize("exercise", EXERCISES)
@pytest.mark.parametrize(("width_px", "height_px"), [(640, 480), (720, 1280)])
def test_angles_are_those_of_the_drawn_points(exercise: str, width_px: int, height_px: int) -> None:
    athlete = Athlete(exercise, "mix")
    for t_s in moments(0.31):
        truth = athlete.truth(t_s, width_px, height_px)
        for prefix, side in (
            (("left_", "left"), ("right_", "right")) if "left_hip" in truth.points else (("", "right"),)
        ):
            for name, corner in CORNERS.items():
                angle = angle_deg(*(truth.points[f"{side}_{joint}"] for joint in corner))
                assert angle == pytest.approx(truth.angles_deg[prefix + name], abs=1e-3)
            hip, shoulder = truth.points[f"{side}_hip"], truth.points[f"{side}_shoulder"]
            assert tilt_deg(hip, shoulder, "horizontal") == pytest.approx(truth.angles_deg[prefix + "trunk"])


def test_the_knee_past_the_toe_is_that_of_the_drawn_points() -> None:
    athlete = Athlete("squat", "mix")
    for t_s in moments(0.31):
        truth = athlete.truth(t_s, 640, 480)
        knee, ankle, toe = (truth.points[f"right_{name}"] for name in ("knee", "ankle", "foot_index"))
        assert (knee[0] - toe[0]) / np.hypot(*np.subtract(knee, ankle)) == pytest.approx(truth.knee_past_toe)
    assert np.isnan(Athlete("lateral_raise").truth(0, 640, 480).knee_past_toe)


def test_every_bone_keeps_its_length() -> None:
    """Also where toes and hands are planted and the rest follows from two angles."""
    for exercise in EXERCISES:
        athlete = Athlete(exercise, "mix")
        for bone in (
            ("hip", "knee"),
            ("knee", "ankle"),
            ("hip", "shoulder"),
            ("shoulder", "elbow"),
            ("elbow", "wrist"),
        ):
            lengths_px = []
            for t_s in moments(0.43):
                points = athlete.truth(t_s, 640, 480).points
                lengths_px.append(np.hypot(*np.subtract(points[f"right_{bone[0]}"], points[f"right_{bone[1]}"])))
            assert np.ptp(lengths_px) < 1e-6, f"{exercise}: {bone}"


@pytest.mark.parametrize("exercise", PLANTED)
def test_what_is_planted_stays(exercise: str) -> None:
    athlete = Athlete(exercise, "mix")
    for name in PLANTED[exercise]:
        places = {athlete.truth(t_s, 640, 480).points[f"right_{name}"] for t_s in moments(0.5)}
        assert len(places) == 1


@pytest.mark.parametrize("exercise", ["push_up", "plank"])
def test_nothing_sinks_into_the_floor(exercise: str) -> None:
    athlete = Athlete(exercise, "mix")
    for t_s in moments(0.2):
        points = athlete.truth(t_s, 640, 480).points
        assert max(y_px for _, y_px in points.values()) == points["right_foot_index"][1]


@pytest.mark.parametrize("exercise", EXERCISES)
def test_joints_move_without_jumps(exercise: str) -> None:
    athlete = Athlete(exercise, "mix")
    angles = [list(athlete.truth(t_s, 640, 480).angles_deg.values()) for t_s in moments(0.02)]
    assert max(np.abs(np.diff(angles, axis=0)).max(axis=0)) < 5


@pytest.mark.parametrize("exercise", COUNTED)
def test_repetitions_lie_where_the_truth_moves(exercise: str) -> None:
    athlete = Athlete(exercise)
    first, second = athlete.repetitions(12.0)[:2]
    assert (first.number, second.number, first.fault) == (1, 2, "none")
    assert first.start_s == pytest.approx(LEAD_S)
    assert 2.5 < first.end_s - first.start_s < 4.5
    before, after = (athlete.truth(t_s, 640, 480) for t_s in (first.start_s - 0.01, first.end_s + 0.01))
    assert (before.phase, before.repetition, after.phase, after.repetition) == ("start", None, "start", None)
    moving = [athlete.truth(float(t), 640, 480) for t in np.linspace(first.start_s + 0.01, first.end_s - 0.01, 50)]
    assert {truth.repetition for truth in moving} == {1}
    assert [phase for phase, _ in groupby(truth.phase for truth in moving)] == ["out", "end", "back"]
    assert athlete.truth(first.bottom_s, 640, 480).phase == "end"
    assert athlete.holds(100) == ()


def test_a_repetition_counts_once_it_has_ended() -> None:
    athlete = Athlete()
    (first,) = athlete.repetitions(5.0)
    assert athlete.repetitions(-3.0) == athlete.repetitions(first.end_s - 1e-6) == ()
    assert athlete.repetitions(first.end_s) == (first,)


@pytest.mark.parametrize("exercise", COUNTED)
def test_the_athlete_rests_after_its_repetitions(exercise: str) -> None:
    athlete = Athlete(exercise, FAULTS[exercise][1], reps=2)
    assert [repetition.number for repetition in athlete.repetitions(1000)] == [1, 2]
    start = athlete.truth(0, 640, 480).angles_deg
    after_s = athlete.repetitions(1000)[-1].end_s
    for t_s in np.arange(after_s + 0.01, after_s + 9, 0.2):
        truth = athlete.truth(float(t_s), 640, 480)
        assert (truth.phase, truth.repetition) == ("start", None)
        assert truth.angles_deg == pytest.approx(start, abs=4)


def test_a_plank_is_held_not_counted() -> None:
    athlete = Athlete("plank", "mix", reps=3)
    assert athlete.repetitions(1000) == ()
    first, second, third = athlete.holds(1000)
    assert [hold.fault for hold in (first, second, third)] == ["none", "sag", "none"]
    assert first.end_s - first.start_s == pytest.approx(6)
    for t_s in np.linspace(first.start_s + 0.01, first.end_s - 0.01, 30):
        truth = athlete.truth(float(t_s), 640, 480)
        assert (truth.phase, truth.repetition) == ("end", 1)
        assert truth.angles_deg["body_line"] > 178
    for t_s in (0, first.end_s + 1.4, third.end_s + 3):
        truth = athlete.truth(t_s, 640, 480)
        assert (truth.phase, truth.repetition) == ("start", None)
        assert truth.angles_deg["knee"] < 120


def test_a_hold_is_known_while_it_goes_on() -> None:
    athlete = Athlete("plank")
    (whole,) = athlete.holds(10)
    assert athlete.holds(whole.start_s) == ()
    assert athlete.holds(whole.start_s + 2) == (Hold(1, whole.start_s, whole.start_s + 2, "none"),)


def test_faults_of_the_squat_are_what_they_are_called() -> None:
    clean, deep, lean, shallow = (bottom("squat", fault) for fault in ("none", "deep", "lean", "shallow"))
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
        ("jump", "none", None, ["jump", "squat", "push_up", "plank"]),
        ("pushup", "none", None, ["pushup", "did you mean push_up?"]),
        ("squat", "lazy", None, ["lazy", "none", "deep", "lean", "shallow", "mix"]),
        ("push_up", "deep", None, ["deep", "push_up", "none", "sag", "pike", "shallow", "mix"]),
        ("push_up", "sags", None, ["sags", "did you mean sag?"]),
        ("squat", "none", 0, ["0", "1"]),
    ],
)
def test_a_wrong_wish_is_answered_with_what_exists(
    exercise: str, fault: str, reps: int | None, words: Sequence[str]
) -> None:
    with pytest.raises(ValueError, match="demo athlete") as caught:
        Athlete(exercise, fault, reps)
    assert all(word in str(caught.value) for word in words)


@pytest.mark.parametrize(("exercise", "fault"), ALL)
def test_every_fault_has_an_address(exercise: str, fault: str) -> None:
    athlete = parse_address(f"demo:{exercise}?reps=1&fault={fault}").athlete()
    assert [one.fault for one in drawn(athlete, 20)] == ["none" if fault == "mix" else fault]


class Reading(NamedTuple):
    """What the engine makes of one frame, beside what was drawn."""

    t_s: float
    truth: Truth
    pose: Pose | None

    def angle(self, name: str, side: str = "right", world: bool = False) -> float:
        """One of the truth's angles as the engine sees it."""
        assert self.pose is not None
        points = self.pose.world if world else self.pose.points[:, :2]
        joints = CORNERS.get(name, ("hip", "shoulder"))
        corner = [points[INDEX[f"{side}_{joint}"]].tolist() for joint in joints]
        angle = tilt_deg(corner[0], corner[1], "horizontal") if name == "trunk" else angle_deg(*corner)
        assert angle is not None
        return angle

    def knee_past_toe(self) -> float:
        assert self.pose is not None
        knee, ankle, toe = (self.pose.points[INDEX[f"right_{name}"], :2] for name in ("knee", "ankle", "foot_index"))
        return float((knee[0] - toe[0]) / np.hypot(*(knee - ankle)))

    def hip_drop(self) -> float:
        """How far the hip lies below the line from the shoulder to the ankle, in lengths of the trunk."""
        assert self.pose is not None
        shoulder, hip, ankle = (self.pose.points[INDEX[f"right_{name}"], :2] for name in ("shoulder", "hip", "ankle"))
        (x, y), (dx, dy) = hip - ankle, shoulder - ankle
        return float((y * dx - x * dy) / np.hypot(dx, dy) / np.hypot(*(hip - shoulder)))


FPS = {"squat": 10, "plank": 4}
Read = Callable[[str], list[Reading]]


@pytest.fixture(scope="module")
def read(model_bundle: Path) -> Read:
    """MediaPipe's poses of one round of all faults, from a thread of their own because the engine seals it."""

    def poses(exercise: str) -> list[Reading]:
        athlete, fps = Athlete(exercise, "mix"), FPS.get(exercise, 8)
        end_s = drawn(athlete, 44 if exercise == "plank" else 22)[-1].end_s
        engine = MediaPipeEngine(model_bundle)
        try:
            return [
                Reading(t_s, athlete.truth(t_s, 640, 480), engine.detect(Frame(athlete.draw(t_s, 640, 480), t_s, n)))
                for n, t_s in ((n, n / fps) for n in range(int((end_s + 0.5) * fps)))
            ]
        finally:
            engine.close()

    @cache
    def readings(exercise: str) -> list[Reading]:
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(poses, exercise).result()

    return readings


@pytest.mark.parametrize(
    ("exercise", "name"),
    [
        ("squat", "knee"),
        ("push_up", "elbow"),
        ("push_up", "body_line"),
        ("biceps_curl", "elbow"),
        ("biceps_curl", "shoulder"),
        ("lateral_raise", "shoulder"),
        ("sit_to_stand", "knee"),
        ("sit_to_stand", "trunk"),
        ("plank", "body_line"),
    ],
)
def test_mediapipe_finds_the_athlete_and_its_angles(read: Read, exercise: str, name: str) -> None:
    readings = read(exercise)
    found = [reading for reading in readings if reading.pose is not None]
    assert len(found) >= 0.99 * len(readings)
    if exercise == "lateral_raise":
        errors = [
            abs(r.angle(name, side) - r.truth.angles_deg[f"{side}_{name}"]) for r in found for side in ("left", "right")
        ]
    else:
        errors = [abs(r.angle(name) - r.truth.angles_deg[name]) for r in found]
    assert np.mean(errors) <= 5


@pytest.mark.parametrize("exercise", EXERCISES)
def test_mediapipe_sees_which_way_the_athlete_stands(read: Read, exercise: str) -> None:
    stance: Stance | None = None
    for reading in read(exercise):
        assert reading.pose is not None
        stance = Stance.first(reading.pose) if stance is None else stance.followed_by(reading.pose)
        if exercise == "lateral_raise":
            assert stance.view == "front"
        else:
            assert (stance.near, stance.view, stance.facing) == ("right", "side", 1)


MARGIN_DEG = 7
"""How far a fault, or its absence, lies from the threshold: other sizes, frame rates and a smoother need it."""


def lowest(name: str) -> Callable[[list[Reading]], float]:
    return lambda moving: min(reading.angle(name) for reading in moving)


def highest(name: str) -> Callable[[list[Reading]], float]:
    return lambda moving: max(reading.angle(name) for reading in moving)


def both(name: str, reading: Reading) -> tuple[float, float]:
    return reading.angle(name, "left"), reading.angle(name, "right")


class Sign(NamedTuple):
    """What tells some faults of an exercise: a number of the repetition that lies beyond a threshold in degrees."""

    exercise: str
    what: str
    measure: Callable[[list[Reading]], float]
    sense: str
    threshold_deg: float
    faults: set[str]


SIGNS = [
    Sign("push_up", "body line", lowest("body_line"), "<", 155, {"sag", "pike"}),
    Sign("push_up", "depth", lowest("elbow"), ">", 92, {"shallow"}),
    Sign("biceps_curl", "upper arm", highest("shoulder"), ">", 40, {"swing"}),
    Sign("biceps_curl", "trunk", lowest("trunk"), "<", 75, {"lean"}),
    Sign("biceps_curl", "height", lowest("elbow"), ">", 80, {"weak"}),
    Sign("lateral_raise", "height", lambda rs: max(max(both("shoulder", r)) for r in rs), ">", 112, {"too_high"}),
    Sign(
        "lateral_raise",
        "sides",
        lambda rs: max(abs(np.subtract(*both("shoulder", r))) for r in rs),
        ">",
        18,
        {"uneven"},
    ),
    Sign("lateral_raise", "elbows", lambda rs: min(min(both("elbow", r)) for r in rs), "<", 135, {"bent"}),
    Sign("sit_to_stand", "trunk", lowest("trunk"), "<", 50, {"lean"}),
    Sign("sit_to_stand", "standing", highest("knee"), "<", 150, {"incomplete"}),
]


@pytest.mark.parametrize("sign", SIGNS, ids=lambda sign: f"{sign.exercise}-{sign.what}")
def test_mediapipe_sees_each_fault_in_its_own_repetition(read: Read, sign: Sign) -> None:
    repetitions = Athlete(sign.exercise, "mix").repetitions(22)
    assert {repetition.fault for repetition in repetitions} == set(FAULTS[sign.exercise]) - {"mix"}
    for repetition in repetitions:
        moving = [r for r in read(sign.exercise) if r.pose and repetition.start_s <= r.t_s <= repetition.end_s]
        beyond_deg = (sign.measure(moving) - sign.threshold_deg) * (1 if sign.sense == ">" else -1)
        expected_deg = beyond_deg if repetition.fault in sign.faults else -beyond_deg
        assert expected_deg >= MARGIN_DEG, f"{repetition}: {sign.measure(moving):.0f} degrees"


@pytest.mark.parametrize("exercise", ["push_up", "plank"])
def test_mediapipe_tells_hips_that_sag_from_hips_that_stick_up(read: Read, exercise: str) -> None:
    athlete = Athlete(exercise, "mix")
    for one in drawn(athlete, 44 if exercise == "plank" else 22):
        middle_s = one.bottom_s if isinstance(one, Repetition) else (one.start_s + one.end_s) / 2
        drops = [r.hip_drop() for r in read(exercise) if abs(r.t_s - middle_s) < 0.2]
        low, high = {"sag": (0.12, 0.5), "pike": (-0.5, -0.12)}.get(one.fault, (-0.05, 0.05))
        assert low < min(drops) <= max(drops) < high


def test_mediapipe_sees_a_plank_only_where_it_is_held(read: Read) -> None:
    """A body line of 160 degrees on a straight knee tells a plank from resting on the knees, sagging and piking."""
    readings = [reading for reading in read("plank") if reading.pose is not None]
    for hold in Athlete("plank", "mix").holds(43):
        held = [reading.angle("body_line") for reading in readings if hold.start_s <= reading.t_s <= hold.end_s]
        if hold.fault == "none":
            assert min(held) >= 160 + MARGIN_DEG
        else:
            assert max(held) <= 160 - MARGIN_DEG
    resting = [reading.angle("knee") for reading in readings if reading.truth.phase == "start"]
    assert max(resting) < 120


def test_mediapipe_sees_each_fault_of_the_squat(read: Read) -> None:
    """The squat's thresholds, with a margin that other sizes, frame rates and a smoother need."""
    found = [reading for reading in read("squat") if reading.pose is not None]
    for repetition in Athlete("squat", "mix").repetitions(22):
        moving = [r for r in found if repetition.start_s - 0.2 <= r.t_s <= repetition.end_s + 0.2]
        bend = [reading.angle("knee", world=True) for reading in moving]
        assert bend[0] > 165
        assert bend[-1] > 165
        assert (101 < min(bend) < 109) if repetition.fault == "shallow" else (min(bend) < 99)
        past_toe_s = sum(r.angle("knee") < 90 and r.knee_past_toe() > -0.03 for r in moving) / FPS["squat"]
        assert past_toe_s > 0.6 if repetition.fault == "deep" else past_toe_s == 0
        leaning_s = sum(r.angle("trunk") < 60 for r in moving) / FPS["squat"]
        assert leaning_s > 0.8 if repetition.fault == "lean" else leaning_s == 0
