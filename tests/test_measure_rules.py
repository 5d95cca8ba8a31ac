"""Mistakes in the measures, in what is required and in holds: each named at its place, with what to write instead."""

import pytest

from kiosk.rules.compiler import parse_exercise
from kiosk.yamlfile import FileError
from tests.exercises import SQUAT

HOLD = """\
name: plank
title: Plank
measures:
  body_line: {angle: [shoulder, hip, ankle]}
hold: {while: body_line > 160, target_s: 60, grace_s: 1}
warnings:
  - {id: sag, when: body_line < 150, say: Lift your hips}
"""


def mistakes(text: str, name: str = "squat") -> list[str]:
    with pytest.raises(FileError) as error:
        parse_exercise(text, name, f"{name}.yaml")
    return [str(problem) for problem in error.value.problems]


def with_measure(entry: str) -> str:
    return SQUAT.replace("\nreps:", f"  extra: {entry}\n\nreps:", 1)


LINE = 1 + SQUAT[: SQUAT.index("\nreps:")].count("\n")


@pytest.mark.parametrize(
    ("entry", "column", "said"),
    [
        ("{distance: [hip, knee]}", 10, "distance needs a `unit`: torso, shin, thigh, shoulder_width, or metre"),
        ("{distance: [hip, knee], unit: metre}", 40, "metres are known only in `space: world`"),
        ("{distance: [hip, knee], unit: torsoo}", 40, "'torsoo' is not one of"),
        ("{rate: kne}", 17, "unknown measure 'kne' - did you mean 'knee'?"),
        ("{change: extra2}", 19, "unknown measure 'extra2'"),
        ("{travel: wirst}", 19, "unknown point 'wirst' - did you mean 'wrist'?"),
        ('{expr: "abs(knee - bendd)"}', 29, "unknown measure 'bendd' - did you mean 'bend'?"),
        ('{expr: "knee < 3"}', 18, "only measures, numbers"),
        ("{rate: knee, unit: shin}", 23, "'unit' means nothing beside rate: remove it"),
        ("{angle: [hip, knee, ankle], tilt: [hip, knee]}", 10, "a measure has exactly one of angle, tilt,"),
        ("{scale: person}", 18, "'person' is not one of body"),
        ("{tilt: [hip, hip], from: vertical}", 17, "the same point twice"),
        ("{rate: extra}", 3, "'extra' is computed from itself"),
    ],
)
def test_a_wrong_measure(entry: str, column: int, said: str) -> None:
    (found,) = mistakes(with_measure(entry))
    assert found.startswith(f"squat.yaml:{LINE}:{column}: "), found
    assert said in found


def test_measures_that_need_each_other() -> None:
    found = mistakes(SQUAT.replace("\nreps:", '  one: {expr: "other + 1"}\n  other: {rate: one}\n\nreps:', 1))
    assert len(found) == 2
    assert "'one' is computed from itself (by way of other)" in found[0]


def test_what_needs_a_wrong_measure_is_not_blamed() -> None:
    (found,) = mistakes(with_measure('{tilt: [hip, shoulder]}\n  more: {expr: "extra + 1"}'))
    assert "tilt needs `from: horizontal`" in found


def test_measures_may_stand_in_any_order_and_have_units() -> None:
    text = SQUAT.replace("measures:\n", 'measures:\n  speed: {rate: half}\n  half: {expr: "knee / 2"}\n', 1)
    measures = {measure.name: measure for measure in parse_exercise(text, "squat", "squat.yaml").measures}
    names = list(measures)
    assert names.index("knee") < names.index("half") < names.index("speed")
    assert (measures["half"].unit, measures["speed"].unit) == ("deg", "deg/s")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("  max_s: 10", "  max_s: 10\n  require: rep.range(bend) > 200", "never be true, so no repetition would count"),
        ("  max_s: 10", "  max_s: 10\n  require: bend > 20", "changes during a repetition"),
        ("  max_s: 10", "  max_s: 10\n  timed_s: -3", "must be greater than 0, not '-3'"),
        ('end: "< 110"', 'end: "< -5"', "can never be reached: this measure lies between 0 and 180"),
        ("when: knee < 90 and", "when: knee < 90 and knee > 95 and", "so the warning can never rise"),
        ("clear: trunk > 65", "clear: trunk > 55", "when and clear can be true at once"),
        ("clear: trunk > 65", "clear: trunk > 95", "this can never be true, so the warning would never end"),
    ],
)  # fmt: skip
def test_what_can_never_be(old: str, new: str, said: str) -> None:
    assert old in SQUAT
    assert any(said in found for found in mistakes(SQUAT.replace(old, new, 1)))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("body_line > 160,", "body_lin > 160,", "unknown measure 'body_lin' - did you mean 'body_line'?"),
        ("body_line > 160,", "body_line > 190,", "this can never be true, so no time would count"),
        ("hold: ", "tempo: {out_s: [1, 2]}\nhold: ", "'tempo' means nothing beside `hold`"),
        ("id: sag,", "id: sag, at: rep,", "'at' means nothing in a hold"),
        ("id: sag,", "id: sag, during: [out],", "'during' means nothing in a hold"),
        ("while:", "whlie:", "unknown key 'whlie' - did you mean 'while'?"),
        ("hold: {while: body_line > 160, target_s: 60, grace_s: 1}\n", "", "either `reps` to count or a"),
    ],
)  # fmt: skip
def test_a_wrong_hold(old: str, new: str, said: str) -> None:
    assert parse_exercise(HOLD, "plank", "plank.yaml").hold is not None
    assert old in HOLD
    assert any(said in found for found in mistakes(HOLD.replace(old, new, 1), "plank"))


def test_each_side_in_turn_leaves_no_room_for_a_side() -> None:
    text = SQUAT.replace("side: near", "side: left").replace("  max_s: 10", "  max_s: 10\n  each: true")
    (found,) = mistakes(text)
    assert "each: true takes both sides in turn" in found
