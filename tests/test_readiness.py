"""Whether somebody can be judged, and what they are told if not."""

from collections.abc import Callable, Iterable

import pytest

from kiosk.coaching.readiness import LEEWAY, STEADY_S, UNSEEN_S, Readiness
from kiosk.landmarks import Pose
from kiosk.rules.measures import Body
from kiosk.stance import Stance
from kiosk.words import Phrase
from tests.exercises import exercise
from tests.poses import figure, hidden, times


def told(
    pose_at: Callable[[float], Pose], duration_s: float, *changes: tuple[str, str], resting: bool = True
) -> list[tuple[float, bool, Phrase | None]]:
    """What is said frame by frame: time, whether ready, guidance."""
    readiness = Readiness(exercise(*changes))
    stance: Stance | None = None
    said = []
    for t_s in times(duration_s, 10):
        pose = pose_at(t_s)
        stance = stance.followed_by(pose) if stance else Stance.first(pose)
        readiness.step(t_s, Body(pose, stance), resting=resting)
        said.append((t_s, readiness.ready, readiness.guidance))
    return said


def last(pose: Pose, *changes: tuple[str, str]) -> tuple[bool, Phrase | None]:
    """What is said to somebody who stands like this for three seconds."""
    _, ready, guidance = told(lambda _: pose, 3, *changes)[-1]
    return ready, guidance


def first_ready(said: Iterable[tuple[float, bool, Phrase | None]]) -> float:
    return next(t_s for t_s, ready, _ in said if ready)


def test_before_anybody_comes_it_asks_to_step_in() -> None:
    readiness = Readiness(exercise())
    assert (readiness.ready, readiness.guidance) == (False, Phrase("step_in"))


@pytest.mark.parametrize("turned_deg", [90, -90])
def test_somebody_who_stands_well_is_judged_and_told_nothing(turned_deg: float) -> None:
    assert last(figure(turned_deg=turned_deg)) == (True, None)


def test_it_waits_until_somebody_stands_still_in_a_good_place() -> None:
    assert first_ready(told(lambda _: figure(), 3)) == pytest.approx(STEADY_S, abs=0.2)
    wandering = told(lambda t: figure(px_per_m=200 if t % 0.5 < 0.25 else 60), 3)
    assert not any(ready for _, ready, _ in wandering)


@pytest.mark.parametrize(
    ("px_per_m", "feet_px", "ready", "key"),
    [
        (100.0, (300.0, 430.0), False, "too_small"),
        (200.0, (300.0, 430.0), True, None),
        (290.0, (300.0, 470.0), False, "too_large"),
    ],
)
def test_too_near_and_too_far(px_per_m: float, feet_px: tuple[float, float], ready: bool, key: str | None) -> None:
    expected = Phrase(key) if key else None
    assert last(figure(px_per_m=px_per_m, feet_px=feet_px)) == (ready, expected)


def test_size_is_judged_alike_standing_and_squatting() -> None:
    assert last(figure(knee=80, trunk=50, past_toe=0.1)) == (True, None)
    assert last(figure(knee=80, trunk=50, past_toe=0.1, px_per_m=100)) == (False, Phrase("too_small"))


def test_once_judged_nobody_is_sent_to_and_fro_over_a_hands_breadth() -> None:
    limit = 0.45 * 480 / 1.7  # px per metre at which a standing person of 1.7 m fills 0.45 of the picture

    def walking_off(share: float) -> tuple[bool, Phrase | None]:
        said = told(lambda t: figure(px_per_m=limit * (1.05 if t < 2 else share)), 4)
        return said[-1][1:]

    assert walking_off(0.95) == (True, None)
    assert walking_off(0.9 / LEEWAY) == (False, Phrase("too_small"))
    assert last(figure(px_per_m=limit * 0.95)) == (False, Phrase("too_small"))


@pytest.mark.parametrize(
    ("name", "part"),
    [("ankle", "part_feet"), ("knee", "part_knees"), ("hip", "part_hips"), ("shoulder", "part_shoulders")],
)
def test_a_part_that_is_hidden_is_named(name: str, part: str) -> None:
    assert last(figure(visibility=hidden(name))) == (False, Phrase("hidden", part=part))


def test_the_side_that_is_not_judged_may_be_hidden() -> None:
    away = hidden(*(f"left_{name}" for name in ("shoulder", "hip", "knee", "ankle", "foot_index")))
    assert last(figure(turned_deg=90, visibility=away)) == (True, None)


def test_a_part_outside_the_picture_asks_to_step_back() -> None:
    assert last(figure(feet_px=(300.0, 510.0), knee=178)) == (False, Phrase("step_back", part="part_feet"))


def test_a_moment_hidden_is_forgiven_while_judging() -> None:
    def blinking(hidden_s: float) -> list[tuple[float, bool, Phrase | None]]:
        return told(lambda t: figure(visibility=hidden("knee") if 2 <= t < 2 + hidden_s else {}), 6)

    for t_s, ready, guidance in blinking(UNSEEN_S - 0.15):
        assert ready or t_s < 1
        assert guidance is None
    long = blinking(UNSEEN_S + 1)
    assert [ready for t_s, ready, _ in long if 1 < t_s < 2.9] == [True] * 19
    assert not any(ready for t_s, ready, _ in long if 3.2 < t_s < 4)
    assert all(guidance == Phrase("hidden", part="part_knees") for t_s, _, guidance in long if 3.2 < t_s < 4)
    assert [ready for t_s, ready, _ in long if t_s > 4.5] == [True] * 15, "judging comes back with the knee"
    assert long[-1][2] is None


def test_a_measured_point_that_setup_does_not_ask_for_is_named_but_judging_goes_on() -> None:
    see_less = ("see: [shoulder, hip, knee, ankle, foot_index]", "see: [shoulder, hip]")
    assert last(figure(visibility=hidden("foot_index")), see_less) == (True, Phrase("hidden", part="part_feet"))


@pytest.mark.parametrize(
    ("view", "turned_deg", "ready", "key"),
    [
        ("side", 90, True, None),
        ("side", 0, False, "turn_sideways"),
        ("front", 90, False, "face_camera"),
        ("front", 0, True, "turn_to_check"),
        ("any", 0, True, "turn_to_check"),
        ("any", 90, True, None),
    ],
)
def test_which_way_to_turn(view: str, turned_deg: float, ready: bool, key: str | None) -> None:
    expected = Phrase(key) if key else None
    assert last(figure(turned_deg=turned_deg), ("view: any", f"view: {view}")) == (ready, expected)


def test_a_warning_for_the_front_asks_to_face_the_camera() -> None:
    one_of_two = ("    view: side\n    when: knee < 90", "    view: front\n    when: knee < 90")
    without = ("    view: side\n    when: trunk", "    when: trunk")
    assert last(figure(turned_deg=90), one_of_two, without) == (True, Phrase("face_to_check"))


def test_nobody_is_asked_to_turn_in_the_middle_of_a_repetition() -> None:
    def turning(t_s: float) -> Pose:
        return figure(turned_deg=90 if t_s < 1 else 0)

    assert told(turning, 3, resting=True)[-1][2] == Phrase("turn_to_check")
    assert told(turning, 3, resting=False)[-1][2] is None


def test_reset_begins_anew() -> None:
    readiness = Readiness(exercise())
    pose = figure()
    for t_s in times(1, 10):
        readiness.step(t_s, Body(pose, Stance.first(pose)), resting=True)
    assert readiness.ready
    readiness.reset()
    assert (readiness.ready, readiness.guidance) == (False, Phrase("step_in"))
    readiness.step(1.1, Body(pose, Stance.first(pose)), resting=True)
    assert not readiness.ready
