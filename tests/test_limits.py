"""The numbers of a condition that can be tuned, and the bounds that a file sets for one of them."""

import pytest

from kiosk.rules.compiler import parse_exercise
from kiosk.rules.conditions import parse_condition
from kiosk.rules.limits import limits, with_number
from kiosk.yamlfile import FileError
from tests.exercises import changed, exercise

MEASURES = ("knee", "hip", "lean", "小腿")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("knee < 90 and lean > -0.12", [("90", "knee", -1, True), ("-0.12", "lean", 1, True)], id="two"),
        pytest.param(
            "90 >= knee or 0 <= lean", [("90", "knee", -1, False), ("0", "lean", 1, False)], id="number first"
        ),
        pytest.param("not (knee < 90 or not lean > 1)", [("90", "knee", 1, False), ("1", "lean", 1, True)], id="not"),
        pytest.param("10 < knee < 90", [("10", "knee", 1, True), ("90", "knee", -1, True)], id="a range"),
        pytest.param("abs(knee - hip) / 2 > - 4", [("- 4", "abs(knee - hip) / 2", 1, True)], id="a formula"),
        pytest.param("小腿 < 3 and\n  knee>+1.5", [("3", "小腿", -1, True), ("+1.5", "knee", 1, True)], id="Chinese"),
        pytest.param("knee < 90 < hip", [], id="between two measures"),
        pytest.param("knee == 90 or knee + 1 < hip - 2 or 1 < 2", [], id="none"),
    ],
)
def test_the_limits_of_a_condition(text: str, found: list[tuple[str, str, int, bool]]) -> None:
    condition = parse_condition(text, MEASURES)
    seen = limits(condition, at_rep=False)
    assert [(text[limit.start : limit.end], limit.of.text, limit.narrows, limit.strict) for limit in seen] == found
    for limit in seen:
        assert limit.value == float(text[limit.start : limit.end].replace(" ", ""))
        moved = parse_condition(with_number(condition, limit, "77"), MEASURES)
        assert 77 in [other.value for other in limits(moved, at_rep=False)]


def test_a_limit_computes_what_is_compared() -> None:
    (limit,) = limits(parse_condition("abs(knee - hip) > 4", MEASURES), at_rep=False)
    assert limit.of.value({"knee": 10.0, "hip": 15.0}) == 5
    (limit,) = limits(parse_condition("rep.max(knee) - rep.min(knee) < 30", MEASURES, at_rep=True), at_rep=True)
    assert limit.of.value({"rep.max(knee)": 70.0, "rep.min(knee)": 50.0}) == 20


def with_bounds(bounds: str, *changes: tuple[str, str]) -> str:
    return changed(("    point: knee\n", f"    tune: {bounds}\n    point: knee\n"), *changes)


def test_bounds_belong_to_the_one_limit_of_their_measure() -> None:
    text = with_bounds("{measure: knee_past_toe, min: -0.1, max: 0.2}")
    (knee_load, *_) = parse_exercise(text, "squat", "squat.yaml").warnings
    assert knee_load.tune is not None
    assert (knee_load.tune.limit, knee_load.tune.least, knee_load.tune.most) == (1, -0.1, 0.2)
    rep = exercise(("    at: rep\n", "    at: rep\n    tune: {min: 90, max: 110}\n")).warnings[2]
    assert rep.tune is not None and rep.tune.limit == 0


@pytest.mark.parametrize(
    ("bounds", "changes", "mistake"),
    [
        pytest.param(
            "{min: 80, max: 95}",
            [],
            "29:5: 'when' has several numbers: say which one, as 'measure' with one of knee, knee_past_toe",
            id="which one",
        ),
        pytest.param(
            "{measure: kneee, min: 80, max: 95}",
            [],
            "29:21: 'when' has no number for 'kneee' - did you mean 'knee'?",
            id="unknown",
        ),
        pytest.param(
            "{measure: knee, min: 91, max: 95}", [], "29:32: min lies above the number in 'when', which is 90", id="min"
        ),
        pytest.param(
            "{measure: knee, min: 80, max: 85}", [], "29:41: max lies below the number in 'when', which is 90", id="max"
        ),
        pytest.param(
            "{measure: knee, min: 5, max: 95}",
            [("knee < 90 and knee_past_toe > 0", "10 < knee < 90")],
            "29:21: 'when' compares 'knee' with several numbers: only one can be tuned",
            id="a range",
        ),
        pytest.param(
            "{min: 5, max: 95}",
            [("knee < 90 and knee_past_toe > 0", "knee < trunk")],
            "29:5: 'when' compares nothing with a number, so there is nothing to tune: remove 'tune'",
            id="no number",
        ),
        pytest.param("{measure: knee, min: 80}", [], "29:11: the key 'max' is missing here", id="half"),
        pytest.param("{least: 80}", [], "29:12: unknown key 'least' - there is max, measure, min", id="key"),
    ],
)
def test_bounds_that_fit_nothing_are_mistakes(bounds: str, changes: list[tuple[str, str]], mistake: str) -> None:
    with pytest.raises(FileError) as caught:
        parse_exercise(with_bounds(bounds, *changes), "squat", "squat.yaml")
    assert f"squat.yaml:{mistake}" in [str(problem) for problem in caught.value.problems]
