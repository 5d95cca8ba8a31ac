"""Measures against the stick figure, whose numbers are known; and what is not seen is unknown."""

import math

import numpy as np
import pytest

from kiosk.coaching.readings import Readings
from kiosk.landmarks import INDEX, Pose
from kiosk.rules.measures import Body, PointRef
from kiosk.stance import Stance
from tests.exercises import exercise
from tests.poses import LEFT_DEG, RIGHT_DEG, SHIN_M, THIGH_M, TORSO_M, figure, hidden

TRUNK = "{tilt: [hip, shoulder], from: horizontal}"


def measured(pose: Pose, entry: str = "") -> dict[str, float | None]:
    """The squat's numbers in this pose; `entry` is a further measure, called `extra`."""
    rules = exercise((TRUNK, f"{TRUNK}\n  extra: {entry}")) if entry else exercise()
    return Readings(rules.measures).step(0.0, Body(pose, Stance.first(pose)), resting=True)


@pytest.mark.parametrize("turned_deg", [RIGHT_DEG, LEFT_DEG])
@pytest.mark.parametrize(
    ("knee", "trunk", "past_toe"), [(175, 88, -0.3), (110, 45, -0.1), (80, 70, 0.1), (60, 30, 0.3), (180, 90, -0.38)]
)
def test_numbers_of_a_body_seen_from_the_side(knee: float, trunk: float, past_toe: float, turned_deg: float) -> None:
    numbers = measured(figure(knee=knee, trunk=trunk, past_toe=past_toe, turned_deg=turned_deg))
    expected = {"bend": knee, "knee": knee, "trunk": trunk, "knee_past_toe": past_toe}
    assert numbers == {name: pytest.approx(value, abs=0.05) for name, value in expected.items()}


@pytest.mark.parametrize("turned_deg", [0.0, 20.0, -45.0, 130.0, 180.0])
def test_metres_are_true_in_any_view(turned_deg: float) -> None:
    pose = figure(knee=95, trunk=60, turned_deg=turned_deg)
    assert measured(pose)["bend"] == pytest.approx(95, abs=0.05)
    assert measured(pose, "{tilt: [hip, shoulder], from: vertical, space: world, side: mid}")["extra"] == pytest.approx(
        30, abs=0.05
    )


@pytest.mark.parametrize("size_px", [(640, 480), (480, 640), (1920, 400), (400, 1920)])
def test_a_picture_that_is_not_square_bends_no_angle(size_px: tuple[int, int]) -> None:
    width, height = size_px
    pose = figure(knee=100, trunk=50, past_toe=0.1, size_px=size_px, feet_px=(width / 2, height * 0.9), px_per_m=150)
    assert measured(pose)["knee"] == pytest.approx(100, abs=0.05)
    assert measured(pose)["trunk"] == pytest.approx(50, abs=0.05)
    assert measured(pose)["knee_past_toe"] == pytest.approx(0.1, abs=0.001)


@pytest.mark.parametrize("px_per_m", [40.0, 200.0])
@pytest.mark.parametrize("feet_px", [(300.0, 430.0), (100.0, 470.0)])
def test_numbers_do_not_depend_on_size_and_place(px_per_m: float, feet_px: tuple[float, float]) -> None:
    numbers = measured(figure(knee=100, trunk=50, past_toe=0.1, px_per_m=px_per_m, feet_px=feet_px))
    assert numbers["knee"] == pytest.approx(100, abs=0.05)
    assert numbers["knee_past_toe"] == pytest.approx(0.1, abs=0.001)


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ("{offset: [hip, shoulder], along: up, unit: torso}", 1.0),
        ("{offset: [shoulder, hip], along: up, unit: torso}", -1.0),
        ("{offset: [ankle, foot_index], along: right, unit: shin}", 0.16 / SHIN_M),
        ("{offset: [ankle, foot_index], along: facing, unit: thigh}", 0.16 / THIGH_M),
        ("{offset: [hip, shoulder], along: up, unit: shin}", TORSO_M / SHIN_M),
        ("{offset: [hip, shoulder], along: up, unit: metre, space: world}", TORSO_M),
        ("{offset: [right_shoulder, left_shoulder], along: right, unit: metre, space: world}", 0.0),
        ("{tilt: [right_hip, right_knee], from: vertical, space: world}", 0.0),
        ("{angle: [left_hip, left_knee, left_ankle], space: world}", 180.0),
        ("{distance: [shoulder, hip], unit: torso}", 1.0),
        ("{distance: [knee, hip], unit: shin}", THIGH_M / SHIN_M),
        ("{distance: [left_shoulder, right_shoulder], unit: metre, space: world}", 0.36),
        ('{expr: "abs(knee - trunk) / 2"}', 45.0),
        ('{expr: "knee / (trunk - trunk)"}', None),
    ],
)
def test_forms_and_units(entry: str, expected: float | None) -> None:
    # past_toe of a vertical shin, so that every limb of the standing figure is upright
    pose = figure(knee=180, trunk=90, past_toe=-0.16 / SHIN_M, turned_deg=RIGHT_DEG)
    assert measured(pose, entry)["extra"] == (None if expected is None else pytest.approx(expected, abs=0.05))


def test_right_stays_right_when_facing_turns_round() -> None:
    entry = "{offset: [ankle, foot_index], along: %s, unit: shin}"
    to_the_left = figure(turned_deg=LEFT_DEG)
    assert measured(to_the_left, entry % "right")["extra"] == pytest.approx(-0.16 / SHIN_M, abs=0.001)
    assert measured(to_the_left, entry % "facing")["extra"] == pytest.approx(0.16 / SHIN_M, abs=0.001)


def test_facing_is_unknown_from_the_front() -> None:
    numbers = measured(figure(turned_deg=0))
    assert numbers["knee_past_toe"] is None
    assert numbers["bend"] is not None


def test_shoulder_width_is_between_both_shoulders_whatever_the_side() -> None:
    entry = "{offset: [left_hip, left_shoulder], along: up, unit: shoulder_width}"
    assert measured(figure(trunk=90, turned_deg=0), entry)["extra"] == pytest.approx(TORSO_M / 0.36, abs=0.001)


@pytest.mark.parametrize(
    ("names", "unknown"),
    [
        (("right_ankle",), {"bend", "knee", "knee_past_toe"}),
        (("right_hip",), {"bend", "knee", "trunk"}),
        (("right_shoulder",), {"trunk"}),
        (("right_foot_index",), {"knee_past_toe"}),
        (("left_knee", "left_hip", "left_shoulder"), set()),
        (("wrist", "nose"), set()),
    ],
)
def test_a_measure_whose_points_are_hidden_is_unknown(names: tuple[str, ...], unknown: set[str]) -> None:
    numbers = measured(figure(turned_deg=RIGHT_DEG, visibility=hidden(*names)))
    assert {name for name, value in numbers.items() if value is None} == unknown


@pytest.mark.parametrize(("visibility", "known"), [(0.49, False), (0.5, True)])
def test_half_visible_is_seen(visibility: float, known: bool) -> None:
    pose = figure(visibility={"right_knee": visibility})
    assert (measured(pose)["knee"] is not None) is known


@pytest.mark.parametrize(("wanted", "known"), [(0.3, True), (0.4, True), (0.41, False), (0.0, True), (0.9, False)])
def test_a_measure_may_ask_for_its_own_visibility(wanted: float, known: bool) -> None:
    pose = figure(visibility={"right_knee": 0.4})
    entry = f"{{angle: [hip, knee, ankle], min_visibility: {wanted}}}"
    assert (measured(pose, entry)["extra"] is not None) is known


@pytest.mark.parametrize("space", ["image", "world"])
@pytest.mark.parametrize(("feet_px", "known"), [((300, 470), True), ((300, 485), True), ((300, 520), False)])
def test_a_point_outside_the_picture_is_not_seen(feet_px: tuple[float, float], known: bool, space: str) -> None:
    # The ankles stand at feet_px, in a picture 480 px high; MediaPipe guesses points outside and may call them visible.
    entry = f"{{angle: [hip, knee, ankle], space: {space}}}"
    assert (measured(figure(feet_px=feet_px), entry)["extra"] is not None) is known


@pytest.mark.parametrize("feet_px", [(-60, 430), (700, 430)])
def test_nor_is_one_beside_it(feet_px: tuple[float, float]) -> None:
    assert measured(figure(feet_px=feet_px))["knee"] is None


def test_a_joint_without_length_is_unknown() -> None:
    pose = figure()
    points = pose.points.copy()
    points[INDEX["right_ankle"], :2] = points[INDEX["right_knee"], :2]
    flat = Pose(0.0, points, pose.world, 640, 480)
    assert measured(flat)["knee"] is None
    assert measured(flat)["knee_past_toe"] is None, "a shin of no length is no unit"
    assert measured(flat)["bend"] is not None


@pytest.mark.parametrize(
    ("side", "knee"), [("near", 80.0), ("right", 80.0), ("left", 170.0), ("mid", None)]
)  # fmt: skip
def test_a_side_resolves_the_names_without_one(side: str, knee: float | None) -> None:
    one, other = figure(knee=80, past_toe=-0.3), figure(knee=170, past_toe=-0.3)
    left = [index for name, index in INDEX.items() if name.startswith("left_")]
    points, world = one.points.copy(), one.world.copy()
    points[left], world[left] = other.points[left], other.world[left]
    mixed = Pose(0.0, points, world, 640, 480)
    value = measured(mixed, f"{{angle: [hip, knee, ankle], side: {side}}}")["extra"]
    assert value is not None
    if knee is None:
        assert 80 < value < 170
    else:
        assert value == pytest.approx(knee, abs=0.05)


def test_the_middle_is_halfway_and_needs_both_sides() -> None:
    pose = figure(turned_deg=30)
    ref = PointRef.named("hip", "mid")
    body = Body(pose, Stance.first(pose))
    both = pose.points[[INDEX["left_hip"], INDEX["right_hip"]], :2]
    assert body.at(ref, "image") == pytest.approx(tuple(np.mean(both, axis=0)))
    assert body.at(ref, "world") == pytest.approx((0, 0, 0), abs=1e-6)
    half = figure(turned_deg=30, visibility=hidden("left_hip"))
    assert Body(half, Stance.first(half)).at(ref, "image") is None


def test_a_point_that_has_no_sides_is_the_same_on_each() -> None:
    stance = Stance("right", "side", 1)
    assert PointRef.named("nose", "near").indices(stance) == (0,)
    assert PointRef.named("left_hip", "near").indices(stance) == (INDEX["left_hip"],)
    with pytest.raises(KeyError):
        PointRef.named("tail", "near")


def test_a_number_that_is_not_finite_is_nowhere_in_the_picture() -> None:
    pose = figure()
    points = pose.points.copy()
    points[INDEX["right_knee"], 0] = math.nan
    assert measured(Pose(0.0, points, pose.world, 640, 480))["knee"] is None


def test_travel_is_how_far_a_point_went_since_the_person_rested() -> None:
    """In metres of the body, whatever its size in the picture; a slow walk at rest is followed, a step is not."""
    rules = exercise((TRUNK, f"{TRUNK}\n  moved: {{travel: ankle, side: mid}}"))
    for px_per_m in (100.0, 250.0):
        readings = Readings(rules.measures)

        def moved(t_s: float, x_m: float, *, resting: bool, px: float = px_per_m, at: Readings = readings) -> float:
            pose = figure(t_s, feet_px=(300 + x_m * px, 430.0), px_per_m=px)
            number = at.step(t_s, Body(pose, Stance.first(pose)), resting=resting)["moved"]
            assert number is not None
            return number

        assert moved(0.0, 0.0, resting=True) == 0.0
        assert moved(0.1, 0.3, resting=False) == pytest.approx(0.3, rel=0.25)  # 1.7 m is an average stature
        far = moved(0.2, 0.6, resting=False)
        assert far == pytest.approx(2 * moved(0.3, 0.3, resting=False), rel=0.01)
        for tenth in range(4, 70):
            moved(tenth / 10, 0.3, resting=True)
        assert moved(7.1, 0.3, resting=False) == pytest.approx(0.0, abs=0.01)


def test_travel_knows_nothing_of_a_point_that_is_not_seen() -> None:
    assert measured(figure(visibility=hidden("ankle")), "{travel: ankle}")["extra"] is None
