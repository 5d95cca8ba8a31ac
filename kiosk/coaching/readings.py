"""The measures of one body over time: what a frame says, how fast it changes, how far it is from rest."""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from math import exp
from typing import Final

from kiosk.angles import Point, length
from kiosk.rules.conditions import Formula
from kiosk.rules.measures import Body, ChangeOf, Measure, PointRef, RateOf, TravelOf

RATE_WINDOW_S: Final = 0.2
"""A rate is taken over this time, so that it is the same at 10 and at 30 frames a second."""

GAP_S: Final = 0.5
"""No rate is taken over a longer gap in which the measure was unknown."""

REST_S: Final = 1.0
"""Time constant with which the value at rest follows a person who stands still."""


@dataclass(frozen=True, slots=True)
class _Moment:
    """One frame, and the numbers known of it so far."""

    t_s: float
    body: Body
    resting: bool
    numbers: dict[str, float | None]


class Readings:
    """Computes the measures frame by frame; `numbers` are those of the newest one, None where unknown."""

    def __init__(self, measures: Sequence[Measure]) -> None:
        self._steps = [(measure.name, self._computed(measure)) for measure in measures]
        self.reset()

    def reset(self) -> None:
        """Forget the body, as when another person steps in."""
        self.numbers: dict[str, float | None] = {}
        self._past: dict[str, deque[tuple[float, float]]] = {}
        self._rest: dict[str, Point] = {}
        self._last_s: float | None = None

    def step(self, t_s: float, body: Body, *, resting: bool) -> dict[str, float | None]:
        """Take a body at `t_s`; `resting` is true while the person stands as between repetitions."""
        moment = _Moment(t_s, body, resting, {})
        for name, computed in self._steps:
            moment.numbers[name] = computed(moment)
        self.numbers, self._last_s = moment.numbers, t_s
        return moment.numbers

    def _computed(self, measure: Measure) -> Callable[["_Moment"], float | None]:
        match measure.source:
            case Formula(value=formula):
                return lambda moment: formula(moment.numbers)
            case RateOf(measure=other):
                return lambda moment: self._rate(measure.name, moment.t_s, moment.numbers[other])
            case ChangeOf(measure=other):
                return partial(self._change, other)
            case TravelOf(point=ref):
                return partial(self._travel, measure.name, ref)
            case value:
                return lambda moment: value(moment.body)

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

    def _change(self, other: str, moment: "_Moment") -> float | None:
        value = moment.numbers[other]
        rest = self._at_rest(other, moment, None if value is None else (value,))
        return None if value is None or rest is None else value - rest[0]

    def _travel(self, name: str, ref: PointRef, moment: "_Moment") -> float | None:
        at = moment.body.at(ref, "image")
        rest = self._at_rest(name, moment, at)
        return length(at, rest) / moment.body.px_per_m if at and rest else None

    def _at_rest(self, name: str, moment: "_Moment", value: Point | None) -> Point | None:
        """Where `value` is at rest, which follows it slowly while the person rests."""
        rest = self._rest.get(name)
        if moment.resting and value is not None:
            elapsed_s = 0.0 if self._last_s is None else moment.t_s - self._last_s
            weight = 1.0 if rest is None else 1 - exp(-elapsed_s / REST_S)
            before = value if rest is None else rest
            self._rest[name] = rest = [old + weight * (new - old) for old, new in zip(before, value, strict=True)]
        return rest
