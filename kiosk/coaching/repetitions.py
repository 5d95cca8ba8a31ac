"""Counting repetitions: the phases start -> out -> end -> back -> start, from one measure over capture time."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from kiosk.rules.exercise import Repetitions, Threshold
from kiosk.rules.exercise_file import Phase

UNSEEN_S: Final = 1.0
"""A measure unknown for longer than this ends the repetition: what the body did meanwhile is not known."""

PARTIAL_SHARE: Final = 0.3
"""Turning round before this share of the way from `start` to `end` is unrest, not a partial repetition."""


@dataclass(frozen=True, slots=True)
class Repetition:
    """One repetition, or a partial one that turned round before `end`.

    `begin_s` is when `start` was left, `end_s` when it was reached again, between two frames by interpolation;
    `out_s` the time to the farthest point and `back_s` the time from there, until `kiosk.coaching.rhythm` looks at the
    movement before and after: then they count from `onset_s`. `lowest` and `highest` hold each measure's extremes
    between `begin_s` and `end_s`.
    """

    begin_s: float
    onset_s: float
    end_s: float
    out_s: float
    back_s: float
    partial: bool
    lowest: Mapping[str, float]
    highest: Mapping[str, float]

    def numbers(self) -> dict[str, float]:
        """Return what `at: rep` conditions read: "rep.min(knee)", "rep.s" and so on."""
        numbers = {"rep.s": self.end_s - self.begin_s, "rep.out_s": self.out_s, "rep.back_s": self.back_s}
        for name, low in self.lowest.items():
            high = self.highest[name]
            numbers |= {f"rep.min({name})": low, f"rep.max({name})": high, f"rep.range({name})": high - low}
        return numbers


class RepetitionCounter:
    """Follows one measure through the phases; `phase` is None until `start` has been reached for the first time."""

    def __init__(self, rules: Repetitions) -> None:
        self._rules = rules
        self.reset()

    def reset(self) -> None:
        """Forget the repetition under way, as when another person steps in."""
        self.phase: Phase | None = None
        self.phase_since_s = 0.0
        self._last: tuple[float, float] | None = None
        self._begin_s = 0.0
        self._farthest: tuple[float, float] = (0.0, 0.0)
        self._lowest: dict[str, float] = {}
        self._highest: dict[str, float] = {}

    @property
    def begin_s(self) -> float | None:
        """When the repetition under way left `start`, None between repetitions."""
        return None if self.phase in (None, "start") else self._begin_s

    @property
    def share(self) -> float:
        """How much of the way from `start` to `end` the repetition under way has gone, 0 between repetitions."""
        return 0.0 if self.begin_s is None else self._share()

    def so_far(self, t_s: float) -> Repetition | None:
        """Return what is known at `t_s` of the repetition under way, None between repetitions."""
        return None if self.begin_s is None else self._repetition(t_s, partial=self.phase == "out")

    def step(self, t_s: float, numbers: Mapping[str, float | None]) -> Repetition | None:
        """Take the measures at `t_s`; return the repetition that ended with them, if one did."""
        value = numbers.get(self._rules.measure)
        if value is None:
            if self._last is not None and t_s - self._last[0] > UNSEEN_S:
                self.reset()
            return None
        ended = self._move(t_s, value, numbers)
        self._last = (t_s, value)
        return ended

    def _move(self, t_s: float, value: float, numbers: Mapping[str, float | None]) -> Repetition | None:
        start, end = self._rules.start, self._rules.end
        at_start = start.met(value)
        if self.phase is None or (self.phase == "start" and at_start):
            if at_start:
                self._enter("start", t_s)
            return None
        if self.phase == "start":
            self._leave_start(t_s, value)
        self._note(t_s, value, numbers)
        if t_s - self._begin_s > self._rules.max_s:
            self.reset()
            return None
        if at_start:
            return self._return_to_start(t_s, value)
        if end.met(value):
            self._enter("end", t_s)
        elif self.phase == "end":
            self._enter("back", t_s)
        return None

    def _enter(self, phase: Phase, t_s: float) -> None:
        if phase != self.phase:
            self.phase, self.phase_since_s = phase, t_s

    def _leave_start(self, t_s: float, value: float) -> None:
        self._begin_s = self._crossed_s(t_s, value)
        self._farthest = (t_s, value)
        self._lowest, self._highest = {}, {}
        self._enter("out", t_s)

    def _note(self, t_s: float, value: float, numbers: Mapping[str, float | None]) -> None:
        if value < self._farthest[1] if self._rules.start.above else value > self._farthest[1]:
            self._farthest = (t_s, value)
        for name, number in numbers.items():
            if number is not None:
                self._lowest[name] = min(number, self._lowest.get(name, number))
                self._highest[name] = max(number, self._highest.get(name, number))

    def _return_to_start(self, t_s: float, value: float) -> Repetition | None:
        partial = self.phase == "out"
        end_s = self._crossed_s(t_s, value)
        self._enter("start", t_s)
        if end_s - self._begin_s < self._rules.min_s or (partial and self._share() < PARTIAL_SHARE):
            return None
        return self._repetition(end_s, partial=partial)

    def _repetition(self, end_s: float, *, partial: bool) -> Repetition:
        return Repetition(
            begin_s=self._begin_s,
            onset_s=self._begin_s,
            end_s=end_s,
            out_s=self._farthest[0] - self._begin_s,
            back_s=end_s - self._farthest[0],
            partial=partial,
            lowest=MappingProxyType(self._lowest),
            highest=MappingProxyType(self._highest),
        )

    def _share(self) -> float:
        start, end = self._rules.start.value, self._rules.end.value
        return (self._farthest[1] - start) / (end - start)

    def _crossed_s(self, t_s: float, value: float) -> float:
        """When `start` was crossed between the last frame and this one: durations must not depend on the frame rate."""
        if self._last is None:
            return t_s
        before_s, before = self._last
        line: Threshold = self._rules.start
        if line.met(before) == line.met(value):
            return t_s
        return before_s + (t_s - before_s) * (line.value - before) / (value - before)
