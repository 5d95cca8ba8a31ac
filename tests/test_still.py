"""One pose, judged without a past: the angles that are drawn, the faults that are seen, and nothing of movement."""

from dataclasses import replace

import numpy as np
import pytest

from kiosk.coaching.still import CORNERS, described, joint_angles, judged
from kiosk.landmarks import INDEX, Pose
from kiosk.rules.compiler import parse_exercise
from tests.exercises import changed, exercise
from tests.poses import FRONT_DEG, LEFT_DEG, RIGHT_DEG, figure, hidden


@pytest.mark.parametrize("knee", [175.0, 120.0, 75.0])
@pytest.mark.parametrize("turned_deg", [RIGHT_DEG, LEFT_DEG])
def test_the_joints_have_the_angles_of_the_figure(knee: float, turned_deg: float) -> None:
    angles = joint_angles(figure(knee=knee, trunk=70, turned_deg=turned_deg))
    assert set(angles) == {f"{side}_{joint}" for side in ("left", "right") for joint in CORNERS} | {"trunk"}
    for side in ("left", "right"):
        assert angles[f"{side}_knee"] == pytest.approx(knee, abs=0.01)
    assert angles["trunk"] == pytest.approx(70, abs=0.01)


def test_the_zero_poses_are_those_of_the_readme() -> None:
    def placed(**at: tuple[float, float]) -> Pose:
        pose = figure()
        points = pose.points.copy()
        for name, (x, y) in at.items():
            points[INDEX[f"left_{name}"], :2] = (x, y)
        return replace(pose, points=points)

    straight = {"shoulder": (100.0, 100.0), "hip": (100.0, 200.0), "knee": (100.0, 280.0), "ankle": (100.0, 360.0)}
    arm_down = joint_angles(placed(**straight, elbow=(100.0, 150.0), wrist=(100.0, 190.0), foot_index=(140.0, 360.0)))
    wanted = {"shoulder": 0, "elbow": 180, "hip": 180, "knee": 180, "ankle": 90}
    assert {joint: arm_down[f"left_{joint}"] for joint in CORNERS} == pytest.approx(wanted, abs=0.01)
    arm_up = joint_angles(placed(**straight, elbow=(100.0, 50.0), wrist=(140.0, 50.0)))
    assert (arm_up["left_shoulder"], arm_up["left_elbow"]) == pytest.approx((180, 90), abs=0.01)


def test_what_is_not_seen_has_no_angle_and_no_number() -> None:
    pose = figure(visibility=hidden("left_ankle", "shoulder"))
    angles = joint_angles(pose)
    assert angles["trunk"] is angles["left_knee"] is angles["left_ankle"] is angles["right_hip"] is None
    assert angles["right_knee"] is not None
    assert all(value is not None for _, value in described(pose).labels)
    one_side = joint_angles(figure(trunk=70, visibility=hidden("left_hip", "left_shoulder")))
    assert one_side["trunk"] == pytest.approx(70, abs=0.01)


def test_outside_the_picture_is_not_seen() -> None:
    angles = joint_angles(figure(feet_px=(300, 560)))
    assert angles["right_ankle"] is None
    assert angles["right_hip"] is not None


def test_from_the_side_the_near_joints_are_labelled_from_the_front_both() -> None:
    def labelled(turned_deg: float) -> set[int]:
        return {index for indices, _ in described(figure(turned_deg=turned_deg)).labels for index in indices}

    def joints(*sides: str) -> set[int]:
        return {INDEX[f"{side}_{joint}"] for side in sides for joint in CORNERS}

    assert labelled(FRONT_DEG) == joints("left", "right")
    assert {frozenset(labelled(turned)) for turned in (LEFT_DEG, RIGHT_DEG)} == {
        frozenset(joints("left")),
        frozenset(joints("right")),
    }


def test_faults_are_seen_in_one_picture_the_most_urgent_first() -> None:
    good = judged(exercise(), figure())
    assert (good.warnings, good.faulty, good.guidance, good.person) == ((), (), None, True)
    # Leaning is judged in the phases of movement only, of which one picture knows nothing.
    both = judged(exercise(), figure(knee=80, trunk=40, past_toe=0.1))
    assert [warning.id for warning in both.warnings] == ["knee_load", "lumbar_load"]
    assert set(dict(both.faulty).values()) == {"danger", "caution"}
    assert both.numbers is not None
    assert both.numbers["knee"] == pytest.approx(80, abs=0.01)
    assert [round(value) for _, value in both.labels] == [80, 40]


def test_a_joint_of_two_faults_has_the_colour_of_the_urgent_one() -> None:
    shared = exercise(("point: [hip, shoulder]", "point: [knee, shoulder]"))
    found = judged(shared, figure(knee=80, trunk=40, past_toe=0.1))
    assert {dict(found.faulty).get(INDEX[f"{side}_knee"]) for side in ("left", "right")} == {"danger", None}


def test_what_needs_a_whole_repetition_is_left_out() -> None:
    always = exercise(("when: rep.min(bend) > 100", "when: rep.min(bend) > 0"))
    assert judged(always, figure()).warnings == ()


def test_what_needs_another_view_is_not_judged_and_that_is_said() -> None:
    found = judged(exercise(), figure(knee=80, trunk=40, past_toe=0.1, turned_deg=FRONT_DEG))
    assert found.warnings == ()
    assert found.guidance is not None
    assert found.guidance.key == "turn_to_check"
    sideways = exercise(("view: any\nside", "view: side\nside"), ("    view: side\n    when: trunk", "    when: trunk"))
    front = judged(sideways, figure(trunk=40, turned_deg=FRONT_DEG))
    assert front.warnings == ()
    assert front.guidance is not None
    assert front.guidance.key == "turn_sideways"


def test_what_can_not_be_seen_is_asked_for() -> None:
    found = judged(exercise(), figure(feet_px=(300, 560)))
    assert found.guidance is not None
    assert found.guidance.say("en") == "Step back: I can't see your feet"


def test_nothing_is_said_of_movement() -> None:
    moving = parse_exercise(
        changed(
            (
                "  trunk:         {tilt",
                "  speed:         {rate: knee}\n  sunk:          {change: knee}\n"
                "  gone:          {travel: hip}\n  trunk:         {tilt",
            ),
            ("when: trunk < 60", "when: sunk < 1000 or speed < 1000 or gone < 1000"),
            ("    clear: trunk > 65\n", ""),
            ("trunk: 50", "sunk: 50"),
        ),
        "squat",
        "squat.yaml",
    )
    found = judged(moving, figure(trunk=40))
    assert found.warnings == ()
    assert found.numbers is not None
    assert {name: found.numbers[name] for name in ("speed", "sunk", "gone")} == dict.fromkeys(("speed", "sunk", "gone"))


def test_both_sides_are_judged_where_they_are_counted_apart() -> None:
    apart = exercise(
        ("  max_s: 10\n", "  max_s: 10\n  each: true\n"),
        ("knee < 90 and knee_past_toe > 0", "knee < 90"),
        ("{knee: 80, trunk: 50", "{knee: 95, trunk: 50"),
    )
    pose = figure()
    near = described(pose).labels[0][0][0]
    far = "right" if near == INDEX["left_shoulder"] else "left"
    points = pose.points.copy()
    points[INDEX[f"{far}_ankle"], :2] = points[INDEX[f"{far}_hip"], :2] + np.float32(5)
    found = judged(apart, replace(pose, points=points))
    assert [warning.id for warning in found.warnings] == ["knee_load"]
    assert INDEX[f"{far}_knee"] in dict(found.faulty)
