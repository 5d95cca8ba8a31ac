"""Measures over time: rates, changes from rest, travel and formulas, the same at 10 and at 30 frames a second."""

import math

import pytest

from kiosk.coaching.readings import Readings
from kiosk.rules.compiler import parse_exercise
from kiosk.rules.measures import Body
from kiosk.stance import Stance
from tests.exercises import SQUAT
from tests.poses import figure, hidden

MEASURES = """
  speed:         {rate: knee}
  from_rest:     {change: knee}
  moved:         {travel: ankle}
  double:        {expr: "2 * from_rest"}
  size:          {scale: body}
  reach:         {distance: [hip, knee], unit: thigh}
"""


def readings(more: str = MEASURES) -> Readings:
    text = SQUAT.replace("\nreps:", f"{more.rstrip()}\n\nreps:", 1)
    return Readings(parse_exercise(text, "squat", "squat.yaml").measures)


def body(
    knee: float = 170.0, *, visibility: dict[str, float] | None = None, feet_px: tuple[float, float] = (320, 440)
) -> Body:
    pose = figure(0.0, knee=knee, visibility=visibility or {}, feet_px=feet_px)
    return Body(pose, Stance.first(pose))


@pytest.mark.parametrize("fps", [10, 15, 30])
def test_a_rate_is_per_second_at_any_frame_rate(fps: int) -> None:
    taken = readings()
    numbers = [taken.step(n / fps, body(170 - 40 * n / fps), resting=False) for n in range(fps)]
    assert numbers[0]["speed"] is None
    assert numbers[-1]["speed"] == pytest.approx(-40, abs=0.5)


def test_a_rate_is_unknown_while_and_just_after_its_measure_is() -> None:
    taken = readings()
    for n in range(10):
        taken.step(n / 10, body(170 - n), resting=False)
    assert taken.step(1.0, body(visibility=hidden("knee")), resting=False)["speed"] is None
    assert taken.step(2.0, body(120), resting=False)["speed"] is None
    assert taken.step(2.1, body(119), resting=False)["speed"] == pytest.approx(-10, abs=0.5)


def test_a_change_is_from_the_value_at_rest_which_stands_still_in_a_repetition() -> None:
    taken = readings()
    assert taken.step(0.0, body(172), resting=False)["from_rest"] is None
    for n in range(50):
        numbers = taken.step(0.1 + n / 10, body(170), resting=True)
    assert numbers["from_rest"] == pytest.approx(0, abs=0.1)
    for n in range(50):
        numbers = taken.step(5.2 + n / 10, body(100), resting=False)
    assert numbers["from_rest"] == pytest.approx(-70, abs=0.5)
    assert numbers["double"] == pytest.approx(-140, abs=1)
    assert taken.step(10.3, body(visibility=hidden("knee")), resting=False)["double"] is None


def test_rest_follows_a_person_slowly_at_any_frame_rate() -> None:
    found = []
    for fps in (10, 30):
        taken = readings()
        taken.step(0.0, body(170), resting=True)
        for n in range(1, fps + 1):
            numbers = taken.step(n / fps, body(150), resting=True)
        found.append(numbers["from_rest"])
    assert found == pytest.approx([-20 * math.exp(-1)] * 2, abs=0.3)


def test_travel_is_in_metres_of_the_body() -> None:
    taken = readings()
    taken.step(0.0, body(), resting=True)
    here = body()
    moved = taken.step(1.0, body(feet_px=(320 + 0.5 * here.px_per_m, 440)), resting=False)["moved"]
    assert moved == pytest.approx(0.5, abs=0.02)


def test_another_person_has_a_rest_of_their_own() -> None:
    taken = readings()
    taken.step(0.0, body(170), resting=True)
    taken.reset()
    assert taken.step(0.1, body(120), resting=False)["from_rest"] is None


def test_a_length_is_in_lengths_of_this_body() -> None:
    assert readings().step(0.0, body(), resting=True)["reach"] == pytest.approx(1.0)
