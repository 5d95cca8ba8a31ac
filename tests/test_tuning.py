"""Learning from judged alarms: what a brute-force search finds, and nothing that the file forbids."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.history.entries import Id, RuleInForce, WarningRaised, WarningSeries
from kiosk.learning.tuning import Case, advise, case_of_series, rises
from kiosk.rules.compiler import parse_exercise
from kiosk.rules.exercise import Exercise, FormWarning
from kiosk.rules.limits import limits, with_number
from tests.exercises import exercise
from tests.journals import Kept

STEP_S = 0.1
BEFORE = 20
"""Values of a series before the alarm."""

NO_BOUNDS = ("level: danger", "level: caution")
NO_EXAMPLES = (
    "  - {given: {knee: 80, trunk: 75, knee_past_toe: 0.1}, expect: [knee_load]}\n"
    "  - {given: {knee: 80, trunk: 50, knee_past_toe: -0.1}, expect: [lumbar_load]}\n",
    "",
)


def rule(*changes: tuple[str, str], name: str = "knee_load") -> FormWarning:
    return next(warning for warning in exercise(*changes).warnings if warning.id == name)


def in_force(warning: FormWarning) -> RuleInForce:
    clear = warning.clear.text if warning.clear else None
    return RuleInForce("c0ffee", warning.id, warning.level, warning.when.text, clear, warning.for_s)


def series(knee: Sequence[float | None], from_s: float = -2.0, past_toe: float = 0.1) -> WarningSeries:
    return WarningSeries(Id("run-1"), from_s, STEP_S, {"knee": tuple(knee), "knee_past_toe": (past_toe,) * len(knee)})


def dip(lowest: float, *, steps: int = 6, now: FormWarning, right: bool, above: float = 120.0) -> Case:
    """An alarm: the knee bends to `lowest` for so many steps, and the rule has just risen."""
    held = round(now.for_s / STEP_S)
    values = [above] * (BEFORE - held) + [lowest] * steps
    values += [above] * (31 - len(values))
    case = case_of_series(now, in_force(now), series(values), right=right)
    assert case is not None
    return case


def test_a_number_between_the_false_and_the_right_alarms_is_suggested() -> None:
    now = rule(NO_BOUNDS, NO_EXAMPLES)
    false = [dip(low, now=now, right=False) for low in (89, 88.5, 88, 87.5, 86.2, 71)]
    right = [dip(low, now=now, right=True) for low in (75, 74, 60)]
    advice = advise(now, [*false, *right])
    assert advice.blocked is None
    found = advice.suggestion
    assert found is not None
    assert (found.of, found.old, found.number) == ("knee", 90, "85")
    assert (found.removes, found.false, found.keeps, found.right) == (5, 6, 3, 3)


def test_where_right_and_false_alarms_overlap_nothing_is_suggested() -> None:
    now = rule(NO_BOUNDS, NO_EXAMPLES)
    false = [dip(low, now=now, right=False) for low in (89, 80, 79)]
    assert advise(now, [*false, dip(85, now=now, right=True)]).suggestion is None
    assert advise(now, [dip(85, now=now, right=True)]).suggestion is None
    assert advise(now, []).suggestion is None


def test_how_long_it_must_hold_counts_in_the_replay() -> None:
    now = rule(NO_BOUNDS, NO_EXAMPLES, ("for_s: 0.2", "for_s: 0.4"))
    values = [120.0] * 16 + [88, 88, 70, 70, 70, 88, 88] + [120.0] * 8
    short = case_of_series(now, in_force(now), series(values), right=False)
    assert short is not None
    assert rises(now, short)
    found = advise(now, [short]).suggestion
    assert found is not None
    assert found.number == "88", "below 88 it holds for 0.2 s only, though it goes down to 70"


def test_what_came_before_the_stretch_that_raised_it_was_not_judged() -> None:
    now = rule(NO_BOUNDS, NO_EXAMPLES)
    before = [60.0] * 8 + [120.0] * 10 + [88.0] * 6 + [120.0] * 7
    case = case_of_series(now, in_force(now), series(before), right=False)
    assert case is not None
    assert case.moments[0][0] == pytest.approx(-0.2)
    found = advise(now, [case]).suggestion
    assert found is not None and found.number == "88"


def test_what_cannot_be_told_counts_against_the_change() -> None:
    now = rule(NO_BOUNDS, NO_EXAMPLES)
    sinking = [120.0] * 18 + [88.0] * 11 + [70.0] * 2
    false = case_of_series(now, in_force(now), series(sinking), right=False)
    right = case_of_series(now, in_force(now), series(sinking), right=True)
    assert false and right
    found = advise(now, [false]).suggestion
    assert found is not None
    assert float(found.number) <= 70, "at 71 it might just have begun to hold when the numbers end"
    spared = [dip(89, now=now, right=False) for _ in range(3)]
    found = advise(now, [*spared, right]).suggestion
    assert found is not None
    assert 88 < float(found.number) <= 89


def test_numbers_that_do_not_explain_the_alarm_are_left_out() -> None:
    now = rule()
    assert case_of_series(now, in_force(now), series([120.0] * 31), right=True) is None
    assert case_of_series(now, in_force(now), series([]), right=True) is None
    assert case_of_series(now, in_force(now), series([60.0] * 5, from_s=0.5), right=True) is None
    other = RuleInForce("c0ffee", "knee_load", "danger", "elbow < 90", None, 0.2)
    assert case_of_series(now, other, series([60.0] * 31), right=True) is None
    broken = WarningSeries(Id("run-1"), -2.0, 0.0, {"knee": (60.0,) * 31, "knee_past_toe": (1.0,) * 31})
    assert case_of_series(now, in_force(now), broken, right=True) is None


def test_an_alarm_of_an_earlier_number_is_judged_by_the_rule_as_it_stands() -> None:
    now, before = rule(("knee < 90", "knee < 85"), NO_EXAMPLES), rule(NO_EXAMPLES)
    values = [120.0] * 18 + [87.0] * 6 + [120.0] * 7
    case = case_of_series(now, in_force(before), series(values), right=False)
    assert case is not None
    assert rises(before, case)
    assert not rises(now, case)


def test_a_danger_rule_is_never_loosened_beyond_its_bounds() -> None:
    free = rule(NO_EXAMPLES)
    cases = [dip(84, now=free, right=False), dip(84.5, now=free, right=False)]
    advice = advise(free, cases)
    assert advice.blocked == "needs_bounds"
    assert advice.suggestion is not None and advice.suggestion.number == "80"
    for least, number, blocked in ((80, "80", None), (83, "83", None), (84, "84", None), (84.2, "80", "bounds")):
        bounds = ("    level: danger\n", f"    level: danger\n    tune: {{measure: knee, min: {least}, max: 95}}\n")
        bounded = rule(NO_EXAMPLES, bounds)
        advice = advise(bounded, [dip(84, now=bounded, right=False), dip(84.5, now=bounded, right=False)])
        assert advice.blocked == blocked
        assert advice.suggestion is not None
        assert float(advice.suggestion.number) == pytest.approx(float(number), abs=1)
        assert blocked or float(advice.suggestion.number) >= least


def test_an_example_of_the_file_is_not_given_up() -> None:
    now = rule(NO_BOUNDS)
    advice = advise(now, [dip(78, now=now, right=False)])
    assert advice.blocked == "examples", "the file's example expects the warning at 80"
    assert advise(now, [dip(84, now=now, right=False)]).blocked is None


def test_the_numbers_of_a_repetition_are_judged_at_once() -> None:
    now = rule(name="shallow")

    def squat(lowest: float, *, right: bool) -> Case | None:
        values = {"bend": (100.0,) * 31, "rep.min(bend)": (lowest,) * 31}
        return case_of_series(now, in_force(now), WarningSeries(Id("a-1"), -2.0, STEP_S, values), right=right)

    cases = [squat(low, right=False) for low in (100.5, 101.2, 103)] + [squat(low, right=True) for low in (112, 120)]
    found = advise(now, [case for case in cases if case]).suggestion
    assert found is not None
    assert squat(99.0, right=True) is None, "these numbers do not explain an alarm"
    assert (found.of, found.number, found.removes, found.keeps) == ("rep.min(bend)", "105", 3, 2)


@st.composite
def judged(draw: st.DrawFn) -> tuple[list[float], bool]:
    """A series in which a rule `knee < 90` for 0.2 s has risen at its moment 0, and whether it was right."""
    right = draw(st.booleans())
    values = (st.integers(120, 168) if right else st.integers(145, 179)).map(lambda half: half / 2)
    dipped = draw(st.lists(values, min_size=3, max_size=13))
    high = st.integers(180, 340).map(lambda half: half / 2)
    before = draw(st.lists(high, min_size=BEFORE - 2, max_size=BEFORE - 2))
    return before + dipped + [150.0] * (13 - len(dipped)), right


def raised(values: list[float], number: float) -> bool | None:
    """Whether three values in a row, 0.2 s, lie below the number; None if the series ends too early to tell."""
    row = 0
    for value in values:
        row = row + 1 if value < number else 0
        if row == 3:
            return True
    return None if row else False


def brute_force(alarms: list[tuple[list[float], bool]]) -> int:
    """How many false alarms the best number below 90 removes, if it keeps every right one."""
    seen = sorted({value for values, _ in alarms for value in values if value < 90})
    numbers = [*seen, *((low + high) / 2 for low, high in pairwise([*seen, 90.0])), seen[0] - 1]
    return max(removed_by(alarms, number) for number in [90.0, *numbers])


def removed_by(alarms: list[tuple[list[float], bool]], number: float) -> int:
    if not all(raised(values, number) for values, right in alarms if right):
        return -1
    return sum(raised(values, number) is False for values, right in alarms if not right)


@settings(max_examples=40, deadline=None)
@given(alarms=st.lists(judged(), min_size=1, max_size=10))
def test_a_search_by_brute_force_finds_the_same(alarms: list[tuple[list[float], bool]]) -> None:
    now = rule(NO_BOUNDS, NO_EXAMPLES, ("knee < 90 and knee_past_toe > 0", "knee < 90"))
    cases = [case_of_series(now, in_force(now), series(values), right=right) for values, right in alarms]
    found = advise(now, [case for case in cases if case]).suggestion
    best, false = brute_force(alarms), sum(not right for _, right in alarms)
    if 2 * best <= false:
        assert found is None
        return
    assert found is not None
    assert (found.removes, found.false) == (best, false)
    assert (found.keeps, found.right) == (len(alarms) - false, len(alarms) - false)
    assert removed_by(alarms, float(found.number)) == best


def warned_of(rules: Exercise, name: str, fps: float, depths: Sequence[float]) -> Iterator[tuple[WarningRaised, Case]]:
    """Squat so deep, one after the other; what the journal kept of one rule's warnings, for judging it again."""
    kept = Kept(rules)
    for lowest in depths:
        kept.squat(1, lowest=lowest, fps=fps)
    kept.stand(3)
    series = {one.warning: one for one in kept.all(WarningSeries)}
    now = next(warning for warning in rules.warnings if warning.id == name)
    for raised in kept.all(WarningRaised):
        if raised.rule.warning == name:
            case = case_of_series(now, raised.rule, series[raised.id], right=False)
            assert case is not None, "its own numbers explain it"
            yield raised, case


def with_limit(text: str, rule: FormWarning, number: str) -> str:
    (limit,) = limits(rule.when, at_rep=rule.at_rep)
    assert text.count(f"when: {rule.when.text}\n") == 1
    return text.replace(rule.when.text, with_number(rule.when, limit, number))


@pytest.mark.parametrize("fps", [10, 30])
@pytest.mark.parametrize(
    ("name", "depths", "false", "still"),
    [
        pytest.param("knee_load", [86, 60, 84, 70, 85, 120], {86, 85, 84}, 2, id="at a moment"),
        pytest.param("shallow", [104, 90, 108, 103, 109], {104, 103}, 2, id="of a repetition"),
    ],
)
def test_what_is_suggested_from_kept_numbers_does_the_same_live(
    fps: float, name: str, depths: list[float], false: set[float], still: int
) -> None:
    anywhere = ("knee < 90 and knee_past_toe > 0", "knee < 90")
    rules = exercise(NO_BOUNDS, NO_EXAMPLES, anywhere)
    cases = [case for _, case in warned_of(rules, name, fps, depths)]
    assert len(cases) == len(false) + still
    warned = [depth for depth in depths if depth < 90] if name == "knee_load" else [d for d in depths if d > 100]
    judged = [replace(case, must_rise=depth not in false) for depth, case in zip(warned, cases, strict=True)]
    now = next(warning for warning in rules.warnings if warning.id == name)
    found = advise(now, judged).suggestion
    assert found is not None
    assert (found.removes, found.keeps) == (len(false), still)
    tuned = parse_exercise(with_limit(rules.text, now, found.number), "squat", "squat.yaml")
    assert len(list(warned_of(tuned, name, fps, depths))) == still
