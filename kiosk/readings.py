"""The measures of one body over time: what a frame says, how fast it changes, how far it is from rest."""

from collections import deque
from collections.abc import Sequence
from math import exp
from typing import Final

from kiosk.angles import Point, length
from kiosk.conditions import Formula
from kiosk.measures import Body, ChangeOf, Measure, RateOf, TravelOf

RATE_WINDOW_S: Final = 0.2
"""A rate is taken over this time, so that it is the same at 10 and at 30 frames a second."""

GAP_S: Final = 0.5
"""No rate is taken over a longer gap in which the measure was unknown."""

REST_S: Final = 1.0
"""Time constant with which the value at rest follows a person who stands still."""


class Readings:
    """Computes the measures frame by frame; `numbers` are those of the newest one, None where unknown."""

    def __init__(self, measures: Sequence[Measure]) -> None:
        self._measures = measures
        self.reset()

    def reset(self) -> None:
        """Forget the body, as when another person steps in."""
        self.numbers: dict[str, float | None] = {}
        self._past: dict[str, deque[tuple[float, float]]] = {}
        self._rest: dict[str, Point] = {}
        self._last_s: float | None = None

    def step(self, t_s: float, body: Body, *, resting: bool) -> dict[str, float | None]:
        """Take a body at `t_s`; `resting` is true while the person stands as between repetitions."""
        numbers: dict[str, float | None] = {}
        for measure in self._measures:
            match measure.source:
                case Formula(value=formula):
                    numbers[measure.name] = formula(numbers)
                case RateOf(measure=other):
                    numbers[measure.name] = self._rate(measure.name, t_s, numbers[other])
                case ChangeOf(measure=other):
                    numbers[measure.name] = self._change(other, t_s, numbers[other], resting=resting)
                case TravelOf(point=ref):
                    at = body.at(ref, "image")
                    rest = self._at_rest(measure.name, t_s, at, resting=resting)
                    numbers[measure.name] = length(at, rest) / body.px_per_m if at and rest else None
                case value:
                    numbers[measure.name] = value(body)
        self.numbers, self._last_s = numbers, t_s
        return numbers

    def _rate(self, name: str, t_s: float, value: float | None) -> float | None:
        past = self._past.setdefault(name, deque())
        if value is None:
            return None
        if past and t_s - past[-1][0] > GAP_S:
            past.clear()
        past.append((t_s, value))
        while len(past) > 2 and t_s - past[1][0] >= RATE_WINDOW_S - 1e-6:
            past.popleft()
        then_s, then = past[0]
        # The first frames after a gap span less than the window, where noise would look like speed.
        return (value - then) / (t_s - then_s) if t_s - then_s >= RATE_WINDOW_S / 2 else None

    def _change(self, other: str, t_s: float, value: float | None, *, resting: bool) -> float | None:
        rest = self._at_rest(other, t_s, None if value is None else (value,), resting=resting)
        return None if value is None or rest is None else value - rest[0]

    def _at_rest(self, name: str, t_s: float, value: Point | None, *, resting: bool) -> Point | None:
        """Where `value` is at rest, which follows it slowly while the person rests."""
        rest = self._rest.get(name)
        if resting and value is not None:
            weight = 1.0 if rest is None else 1 - exp(-(t_s - (self._last_s or t_s)) / REST_S)
            before = value if rest is None else rest
            self._rest[name] = rest = [old + weight * (new - old) for old, new in zip(before, value, strict=True)]
        return rest
