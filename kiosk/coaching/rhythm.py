"""Rhythm: when each counted repetition set out, turned at its far end, and came to rest. Pure, no clock of its own.

A repetition is counted where the counting measure crosses a line, well after the movement began and before it is over.
What people call its tempo is from the onset to the far end and from there back to rest. So the last seconds are kept,
and looked back at (see `kiosk.coaching.course`) when a repetition is counted, and again once it has come to rest.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from typing import Final

import numpy as np

from kiosk.coaching.course import BEFORE_S, Look, Timing
from kiosk.landmarks import Float
from kiosk.rules.exercise import Repetitions

STILL: Final = 0.04
"""Less than this share of the way in STILL_S is rest."""

STILL_S: Final = 0.3

SETTLE_S: Final = 1.0
"""A repetition's times are final this long after it was counted, or SETTLED_S after its expected end if later."""

SETTLED_S: Final = 0.4

UNDER_WAY_S: Final = 0.25
"""The next repetition is under way once it has lasted this long, or half of what any has to: until then it may be a
trembling measure, as where a knee is hard to see."""

_TINY: Final = 1e-6


@dataclass(frozen=True, slots=True)
class _Moment:
    t_s: float
    value: float
    points: Float


@dataclass(frozen=True, slots=True)
class _Counted:
    """A repetition as it was counted, and its times as far as they were known then."""

    begin_s: float
    end_s: float
    joints: tuple[int, ...]
    timing: Timing
    way_px: float


class Rhythm:
    """Keeps the last seconds of a movement, and says of each counted repetition when it began, turned and ended.

    `count` answers at once, with the end foreseen; `settle` answers when the movement has come to rest or set out
    again. Neither depends on the frame rate or the unit of the counting measure.
    """

    def __init__(self, rules: Repetitions) -> None:
        self._outwards = -1.0 if rules.start.above else 1.0
        self._under_way_s = min(UNDER_WAY_S, rules.min_s / 2)
        self._kept_s = 2 * rules.max_s + BEFORE_S
        self.reset()

    def reset(self) -> None:
        """Forget the movement, as when another person steps in."""
        self._moments: deque[_Moment] = deque()
        self._counted: _Counted | None = None
        self._before_s = -inf

    def step(self, t_s: float, value: float | None, points: Float) -> None:
        """Take the counting measure at `t_s` and the body's points (33, 4) in pixels, which are never written to."""
        if value is None:
            return
        self._moments.append(_Moment(t_s, value * self._outwards, points))
        while self._moments[0].t_s < t_s - self._kept_s:
            self._moments.popleft()

    def count(self, begin_s: float, end_s: float, joints: Sequence[int]) -> Timing:
        """Return the times of the repetition that was counted with the last step.

        The counting measure left its line at `begin_s` and crossed it again at `end_s`. `joints` are landmarks.
        """
        look = self._look(begin_s, end_s, joints)
        timing = look.timing(self._before_s, None)
        self._counted = _Counted(begin_s, end_s, tuple(joints), timing, look.way)
        return timing

    def settle(self, t_s: float, next_s: float | None) -> Timing | None:
        """Return the final times of the repetition counted last, once it has come to rest or the next is under way.

        `next_s` is when the counting measure left its line again, None before.
        """
        counted = self._counted
        moving = next_s is not None and t_s - next_s >= self._under_way_s
        if counted is None or not (moving or self._has_settled(t_s, counted)):
            return None
        look = self._look(counted.begin_s, counted.end_s, counted.joints)
        return self._close(look.timing(self._before_s, t_s if next_s is None else next_s))

    def finish(self) -> Timing | None:
        """Return what is known by now of the times of the repetition counted last, once."""
        return self._close(self._counted.timing) if self._counted else None

    def _close(self, timing: Timing) -> Timing:
        self._counted, self._before_s = None, timing.end_s
        return timing

    def _has_settled(self, t_s: float, counted: _Counted) -> bool:
        last = self._moments[-1]
        if t_s >= max(counted.end_s + SETTLE_S, counted.timing.end_s + SETTLED_S):
            return True
        then = next((moment for moment in reversed(self._moments) if moment.t_s <= last.t_s - STILL_S + _TINY), last)
        if then is last or then.t_s < counted.end_s:
            return False
        moved = (last.points - then.points)[list(counted.joints), :2]
        return float(np.sqrt((moved**2).sum())) < STILL * counted.way_px

    def _look(self, begin_s: float, end_s: float, joints: Sequence[int]) -> Look:
        """Look back at a repetition, its far end and the rest before it."""
        from_s = begin_s - BEFORE_S - (end_s - begin_s)
        moments = [moment for moment in self._moments if moment.t_s >= from_s]
        times = np.array([moment.t_s for moment in moments])
        values = np.array([moment.value for moment in moments])
        points = np.stack([moment.points for moment in moments])[:, list(joints)].astype(np.float64)
        return Look(times, values, points, begin_s, end_s)
