"""What people said of a rule's alarms -> the change of one number in its `when` that would have spared the false ones.

Every answer comes from judging the kept measures once more by the changed condition, as they were judged live. A right
alarm is never given up for a false one, and neither is an example of the file.
"""

import math
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import pairwise
from typing import Final, Literal, TypeAlias

from kiosk.coaching.watch import Watch
from kiosk.history.entries import RuleInForce, WarningSeries
from kiosk.rules.conditions import MAX_LENGTH, ConditionError, parse_condition
from kiosk.rules.exercise import FormWarning
from kiosk.rules.limits import Limit, limits, with_number

Blocked = Literal["needs_bounds", "bounds", "examples", "by_hand"]
"""Why a change is not offered: a danger rule's file sets no bounds, its bounds end before, an example of the file
forbids it, or the condition is written so that it can only be changed by hand."""

_ROUND_SHARE: Final = 0.01
"""For a rounder number, a change may be larger than it must be by this share of the number, or twice as large."""

_SMALLEST_STEP: Final = 0.001
_LONGEST_NUMBER: Final = 25


Moments: TypeAlias = tuple[tuple[float, Mapping[str, float | None]], ...]
"""Measures by name, each time with its seconds."""


@dataclass(frozen=True, slots=True)
class Case:
    """The numbers that a rule is judged by, `step_s` apart; 0 where one moment is enough, as of a repetition.

    `must_rise` is true for what people called right, and for examples.
    """

    moments: Moments
    must_rise: bool
    step_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Suggestion:
    """`number` instead of `old` in limit number `limit`, which compares `of`, and what it does with judged alarms.

    It would have removed `removes` of `false` false alarms and kept `keeps` of `right` right ones.
    """

    limit: int
    of: str
    old: float
    number: str
    removes: int
    false: int
    keeps: int
    right: int


@dataclass(frozen=True, slots=True)
class Advice:
    """The best change; None where none would spare most of the false alarms. With `blocked` it can't be accepted."""

    suggestion: Suggestion | None
    blocked: Blocked | None = None


def case_of_series(now: FormWarning, then: RuleInForce, series: WarningSeries, *, right: bool) -> Case | None:
    """Return the alarm for judging it again: the stretch that raised it, until it would have ended.

    `then` is the rule as it was in force, which must raise the alarm anew; None where it does not, for then the kept
    numbers don't explain the alarm. What came before the stretch is left out, as the rule was not judged then.
    """
    rule, names = _in_force(now, then, series), series.values
    count = len(next(iter(names.values()), ()))
    moments = tuple(
        (series.from_s + n * series.step_s, {name: values[n] for name, values in names.items()}) for n in range(count)
    )
    last_start = max((n for n, (t_s, _) in enumerate(moments) if t_s < series.step_s / 2), default=None)
    if rule is None or last_start is None:
        return None
    if rule.at_rep:
        case = Case(moments[last_start : last_start + 1], right)
        return case if rises(rule, case) else None
    for late_steps in (0.5, 1.5):  # between two values, the alarm may have come a little before the second
        for start in range(last_start, -1, -1):
            rose_s, end = _episode(rule, moments[start:])
            if rose_s is not None and rose_s < late_steps * series.step_s:
                return Case(moments[start : start + end], right, series.step_s)
    return None


def rises(rule: FormWarning, case: Case) -> bool | None:
    """Whether the rule raises its warning; None if that is not seen, as it may just be about to when the case ends."""
    if not case.step_s:
        return rule.when.judge(case.moments[0][1]) is True
    watch, verdict = Watch(_in_steps(rule, case.step_s)), None
    for t_s, numbers in case.moments:
        verdict = rule.when.judge(numbers)
        if watch.step(t_s, verdict, None):
            return True
    return None if verdict else False


def advise(rule: FormWarning, cases: Sequence[Case]) -> Advice:
    """Return the change of one number that removes the most false alarms and keeps every right one.

    Every case must be one that the rule raises as it stands. Of the numbers that do the same, it is the one that
    changes the rule least, rounded as far as it need not change it much more.
    """
    found = limits(rule.when, at_rep=rule.at_rep)
    examples = [Case(((0.0, numbers),), must_rise=True) for numbers in rule.examples]
    bounded = rule.tune is not None
    meant = [rule.tune.limit] if rule.tune else range(len(found))
    if rule.level != "danger" or bounded:
        best = _best(_Search(rule, found[place], place, cases, examples) for place in meant)
        if best:
            return Advice(best)
    free = replace(rule, tune=None)
    best = _best(_Search(free, limit, place, cases, examples) for place, limit in enumerate(found))
    if best:
        return Advice(best, "bounds" if bounded else "needs_bounds")
    best = _best(_Search(free, limit, place, cases, []) for place, limit in enumerate(found))
    return Advice(best, "examples" if best else None)


def _in_steps(rule: FormWarning, step_s: float) -> FormWarning:
    """The rule for judging numbers that are `step_s` apart: how long it must hold counts in whole steps."""
    return replace(rule, for_s=math.floor(rule.for_s / step_s + 1e-6) * step_s)


def _in_force(now: FormWarning, then: RuleInForce, series: WarningSeries) -> FormWarning | None:
    if not series.step_s > 0:
        return None
    try:
        when = parse_condition(then.when, series.values, at_rep=now.at_rep)
        clear = parse_condition(then.clear, series.values) if then.clear else None
    except ConditionError:
        return None
    return _in_steps(replace(now, when=when, clear=clear, for_s=then.for_s), series.step_s)


def _episode(rule: FormWarning, moments: Moments) -> tuple[float | None, int]:
    """When the warning rises, None if it does not, and after how many moments it has fallen again."""
    watch, rose_s = Watch(rule), None
    for count, (t_s, numbers) in enumerate(moments, start=1):
        when = rule.when.judge(numbers)
        clear = rule.clear.judge(numbers) if rule.clear else None if when is None else not when
        if watch.step(t_s, when, clear):
            if not watch.raised:
                return rose_s, count
            rose_s = t_s
    return rose_s, len(moments)


def _best(searches: Iterable["_Search"]) -> Suggestion | None:
    found = [suggestion for search in searches if (suggestion := search.suggestion())]
    return max(found, key=lambda suggestion: suggestion.removes, default=None)


class _Search:
    """Looks for a number for one limit. Numbers are compared by how far they narrow the condition: more is narrower."""

    def __init__(
        self, rule: FormWarning, limit: Limit, place: int, cases: Sequence[Case], examples: Sequence[Case]
    ) -> None:
        self._rule = rule
        self._limit = limit
        self._place = place
        self._false = [case for case in cases if not case.must_rise]
        self._right = [case for case in cases if case.must_rise]
        self._kept = [*self._right, *examples]
        bound = None if rule.tune is None else rule.tune.least if limit.narrows < 0 else rule.tune.most
        self._bound = math.inf if bound is None else self._narrow(bound)

    def suggestion(self) -> Suggestion | None:
        """Return the number that removes the most false alarms, if that is most of them."""
        if len(self._rule.when.text) + _LONGEST_NUMBER > MAX_LENGTH:
            return None
        cap = min((self._turns(case) for case in self._kept), default=math.inf)
        turns = [self._turns(case) for case in self._false]
        removed = [turn for turn in turns if turn < cap and (turn < self._bound or self._bound_removes(turn))]
        if 2 * len(removed) <= len(turns):
            return None
        for number in _round_numbers(max(removed), self._farthest(max(removed), cap), self._limit.narrows):
            rule = self._with(number)
            if all(rises(rule, case) for case in self._kept):
                spared = sum(rises(rule, case) is False for case in self._false)
                if spared == len(removed):
                    return self._suggested(number, spared)
        return None

    def _suggested(self, number: str, spared: int) -> Suggestion:
        right = len(self._right)
        old, false = self._limit.value, len(self._false)
        return Suggestion(self._place, self._limit.of.text, old, number, spared, false, right, right)

    def _narrow(self, value: float) -> float:
        return value * self._limit.narrows

    def _bound_removes(self, turn: float) -> bool:
        return turn == self._bound and self._limit.strict

    def _farthest(self, need: float, cap: float) -> float:
        now = self._narrow(self._limit.value)
        generous = need + max(need - now, _ROUND_SHARE * abs(now), _SMALLEST_STEP)
        return min(cap, self._bound, generous)

    def _turns(self, case: Case) -> float:
        """The number, by how far it narrows, beyond which the case is no longer raised; a case between is not seen.

        Only the values that were measured can be such a number: between two of them nothing changes.
        """
        known = {value for _, numbers in case.moments if (value := self._limit.of.value(numbers)) is not None}
        values = sorted(map(self._narrow, known))
        if not values:
            return math.inf
        between = [(low + high) / 2 for low, high in pairwise(values)]
        probes = [values[0] - 1, *between, values[-1] + 1]
        first = bisect_left(probes, True, key=lambda probe: not self._rises(self._at(probe), case))
        return math.inf if first == len(probes) else values[max(0, first - 1)]

    def _rises(self, rule: FormWarning, case: Case) -> bool:
        """What can't be told counts against the change."""
        return rises(rule, case) is True if case.must_rise else rises(rule, case) is not False

    def _at(self, narrow: float) -> FormWarning:
        return self._with(repr(self._narrow(narrow)))

    def _with(self, number: str) -> FormWarning:
        text = with_number(self._rule.when, self._limit, number)
        return replace(self._rule, when=parse_condition(text, self._rule.when.names, at_rep=self._rule.at_rep))


def _round_numbers(near: float, far: float, narrows: int) -> Iterator[str]:
    """Numbers from `near` to `far`, by how far they narrow, the roundest first and of each kind the nearest."""
    if not near <= far:
        return
    size = math.floor(math.log10(max(abs(near), abs(far), _SMALLEST_STEP))) + 1
    finest = math.floor(math.log10(max(far - near, 1e-9))) - 2
    for exponent in range(size, finest - 1, -1):
        for digit in (5, 1):
            step = Decimal(digit).scaleb(exponent)
            first = math.ceil(Decimal(near) / step)
            for number in (first * step, (first + 1) * step):
                if number <= far:
                    yield _written(number * narrows)


def _written(number: Decimal) -> str:
    return format(number if number else Decimal(0), "f")
