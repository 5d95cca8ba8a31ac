"""What can never be true is refused, what might be is not: against a search of the values."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.rules.conditions import Condition, parse_condition
from kiosk.rules.possible import Range, can_hold, can_hold_together

RANGES: dict[str, Range] = {"a": (0, 180), "b": (0, 90), "rep.min(a)": (0, 180)}


def condition(text: str, *, at_rep: bool = False) -> Condition:
    return parse_condition(text, ["a", "b"], at_rep=at_rep)


@pytest.mark.parametrize(
    ("text", "possible"),
    [
        ("a < 90", True),
        ("a < 0", False),
        ("a <= 0", True),
        ("a > 180", False),
        ("190 < a", False),
        ("a == 200", False),
        ("a != 200", True),
        ("a < 80 and a > 100", False),
        ("a < 80 or a > 200", True),
        ("a > 200 or b > 100", False),
        ("not (a > 80 or a <= 80)", False),
        ("not a <= 180", False),
        ("80 < a < 70", False),
        ("70 < a < 80 < b", True),
        ("90 < b", False),
        ("a + b > 1000", True),
        ("abs(a) < -1", True),
        ("a < b", True),
        ("(a < 10 or a > 170) and 20 < a < 160", False),
        ("-5 > a", False),
    ],
)
def test_what_thresholds_allow(text: str, possible: bool) -> None:
    assert can_hold(condition(text), RANGES) is possible


def test_numbers_of_a_repetition_have_ranges_too() -> None:
    assert not can_hold(condition("rep.min(a) > 180", at_rep=True), RANGES)
    assert can_hold(condition("rep.min(a) > 100", at_rep=True), RANGES)


@pytest.mark.parametrize(
    ("when", "clear", "together"),
    [
        ("a < 60", "a > 65", False),
        ("a < 60", "a > 50", True),
        ("a < 90 and b > 10", "a > 95 or b < 5", False),
        ("a < 90 and b > 10", "a > 95 or b < 15", True),
        ("a + b < 3", "a > 1", False),
    ],
)
def test_when_and_clear_are_told_apart(when: str, clear: str, together: bool) -> None:
    assert can_hold_together(condition(when), condition(clear), RANGES) is together


COMPARISON = st.tuples(
    st.sampled_from("ab"), st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), st.integers(-1, 4)
).map(lambda parts: f"{parts[0]} {parts[1]} {parts[2]}")
CONDITIONS = st.recursive(
    COMPARISON,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(lambda p: f"({p[0]} {p[1]} {p[2]})"),
        inner.map(lambda text: f"not ({text})"),
    ),
    max_leaves=6,
)


@given(CONDITIONS)
def test_nothing_that_some_values_make_true_is_called_impossible(text: str) -> None:
    ranges: dict[str, Range] = {"a": (0, 3), "b": (0, 3)}
    values = [n / 2 for n in range(7)]
    judged = condition(text)
    if any(judged.judge({"a": a, "b": b}) for a, b in itertools.product(values, values)):
        assert can_hold(judged, ranges)
