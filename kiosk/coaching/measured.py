"""The measures of the last seconds, to look back at: what they were at a moment, and how they went around it. Pure."""

from bisect import bisect_left
from collections import deque
from collections.abc import Iterable
from typing import Final

from kiosk.coaching.coach import Measured
from kiosk.coaching.readings import GAP_S

BEFORE_S: Final = 2.0
AFTER_S: Final = 1.0
STEP_S: Final = 0.1
"""A warning is kept with its measures from BEFORE_S before it to AFTER_S after it, STEP_S apart: what other thresholds
are tried on."""

_STEPS: Final = range(-round(BEFORE_S / STEP_S), round(AFTER_S / STEP_S) + 1)
_TINY: Final = 1e-6

Series = tuple[float | None, ...]


class MeasuredPast:
    """Keeps the measures of the last `kept_s` seconds. A `side` is 0, or 1 for the right one where two are judged."""

    def __init__(self, kept_s: float) -> None:
        self._kept_s = kept_s
        self._moments: deque[tuple[float, Measured]] = deque()

    def add(self, moments: Iterable[tuple[float, Measured]]) -> None:
        """Add the newest moments, in their order."""
        self._moments.extend(moments)
        while self._moments and self._moments[0][0] < self._moments[-1][0] - self._kept_s:
            self._moments.popleft()

    def at(self, t_s: float, side: int, names: Iterable[str]) -> dict[str, float | None]:
        """Return each measure at `t_s`, between two moments by interpolation; None where it was unknown."""
        recent = self._between(t_s - GAP_S, t_s + GAP_S)
        times = [moment[0] for moment in recent]
        return {name: _value(recent, times, t_s, side, name) for name in names}

    def around(self, t_s: float, side: int, names: Iterable[str]) -> dict[str, Series]:
        """Return how each measure went from BEFORE_S before `t_s` to AFTER_S after it, as far as is known by now."""
        recent = self._between(t_s - BEFORE_S - GAP_S, t_s + AFTER_S + GAP_S)
        times = [moment[0] for moment in recent]
        wanted = [t_s + step * STEP_S for step in _STEPS]
        return {name: tuple(_value(recent, times, at_s, side, name) for at_s in wanted) for name in names}

    def _between(self, first_s: float, last_s: float) -> list[tuple[float, Measured]]:
        """The moments of a stretch of time; what is looked back at is recent, so the newest are looked at first."""
        found = []
        for moment in reversed(self._moments):
            if moment[0] < first_s:
                break
            if moment[0] <= last_s:
                found.append(moment)
        return found[::-1]


def _value(moments: list[tuple[float, Measured]], times: list[float], t_s: float, side: int, name: str) -> float | None:
    place = bisect_left(times, t_s - _TINY)
    if place == len(times):
        return None
    after_s, after = times[place], _number(moments[place][1], side, name)
    if after_s <= t_s + _TINY:
        return after
    if place == 0 or after_s - times[place - 1] > GAP_S:
        return None
    before_s, before = times[place - 1], _number(moments[place - 1][1], side, name)
    if before is None or after is None:
        return None
    return before + (after - before) * (t_s - before_s) / (after_s - before_s)


def _number(measured: Measured, side: int, name: str) -> float | None:
    return measured[side].get(name) if side < len(measured) else None
