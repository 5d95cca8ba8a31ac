"""How somebody stands: side or front, which side is near, which way they face; and that answers don't flip."""

import pytest

from kiosk.landmarks import INDEX, Pose
from kiosk.stance import FRONT_VIEW_DEG, SIDE_VIEW_DEG, Stance
from tests.poses import figure


def followed(poses: list[Pose]) -> list[Stance]:
    stances = [Stance.first(poses[0])]
    for pose in poses[1:]:
        stances.append(stances[-1].followed_by(pose))
    return stances


def turning(*degrees: float) -> list[Stance]:
    return followed([figure(turned_deg=turned) for turned in degrees])


@pytest.mark.parametrize(
    ("turned_deg", "view", "facing"),
    [
        (90, "side", 1), (-90, "side", -1), (60, "side", 1), (-120, "side", -1),
        (0, "front", 0), (20, "front", 1), (180, "front", 0), (-160, "front", -1),
    ],
)  # fmt: skip
@pytest.mark.parametrize("knee", [175.0, 90.0])
def test_what_is_seen_of_somebody_new(turned_deg: float, view: str, facing: int, knee: float) -> None:
    stance = Stance.first(figure(turned_deg=turned_deg, knee=knee, trunk=60 if knee < 100 else 88))
    assert stance.view == view
    if abs(turned_deg) not in (20, 160):
        assert stance.facing == facing


def test_between_the_two_bounds_the_view_stays_as_it_was() -> None:
    between = (SIDE_VIEW_DEG + FRONT_VIEW_DEG) / 2
    assert [stance.view for stance in turning(90, between, SIDE_VIEW_DEG - 1, FRONT_VIEW_DEG + 1)] == ["side"] * 4
    assert [stance.view for stance in turning(0, between, SIDE_VIEW_DEG - 1, FRONT_VIEW_DEG + 1)] == ["front"] * 4
    assert [stance.view for stance in turning(0, SIDE_VIEW_DEG + 1, between)] == ["front", "side", "side"]
    assert [stance.view for stance in turning(90, FRONT_VIEW_DEG - 1, between)] == ["side", "front", "front"]


def test_somebody_lying_on_their_side_keeps_the_view() -> None:
    lying = figure()
    world = lying.world.copy()
    world[:, 0] = world[:, 2] = 0
    stances = followed([figure(turned_deg=90), Pose(0.1, lying.points, world, 640, 480)])
    assert [stance.view for stance in stances] == ["side", "side"]
    assert Stance.first(Pose(0.1, lying.points, world, 640, 480)).view is None


def test_the_near_side_is_the_one_seen_better_and_does_not_flip() -> None:
    def seen(left: float, right: float) -> Pose:
        sides = {"left": left, "right": right}
        return figure(visibility={name: sides[name.split("_")[0]] for name in INDEX if name.split("_")[0] in sides})

    assert Stance.first(seen(0.9, 0.6)).near == "left"
    assert Stance.first(seen(0.6, 0.9)).near == "right"
    flicker = [seen(0.80, 0.75), seen(0.75, 0.80), seen(0.72, 0.81), seen(0.80, 0.75)]
    assert {stance.near for stance in followed(flicker)} == {"left"}
    turned = [seen(0.9, 0.6), seen(0.7, 0.85), seen(0.75, 0.8), seen(0.9, 0.75)]
    assert [stance.near for stance in followed(turned)] == ["left", "right", "right", "left"]


def test_facing_is_where_the_feet_point() -> None:
    assert [stance.facing for stance in turning(90, -90)] == [1, -1]


def test_facing_is_kept_while_the_feet_say_nothing_but_not_when_somebody_turns_to_the_front() -> None:
    def feet_at_the_camera(turned_deg: float) -> Pose:
        pose = figure(turned_deg=turned_deg)
        points = pose.points.copy()
        for side in ("left", "right"):
            points[INDEX[f"{side}_foot_index"], 0] = points[INDEX[f"{side}_heel"], 0]
        return Pose(0.0, points, pose.world, 640, 480)

    assert [stance.facing for stance in followed([figure(turned_deg=90), feet_at_the_camera(90)])] == [1, 1]
    assert [stance.facing for stance in followed([figure(turned_deg=90), feet_at_the_camera(0)])] == [1, 0]
