"""Timing a posture that is kept: time counts while a condition is true, short lapses do not end the hold."""

from dataclasses import dataclass
from typing import Final

from kiosk.rules.exercise import Hold

SHORTEST_S: Final = 1.0
"""Less is passing through the posture, not holding it."""


@dataclass(frozen=True, slots=True)
class Held:
    """A hold that ended: from `begin_s` to `end_s`, of which `held_s` counted."""

    begin_s: float
    end_s: float
    held_s: float


class HoldTimer:
    """Times one posture; `held_s` is the time of the hold under way, 0 without one."""

    def __init__(self, rules: Hold) -> None:
        self._rules = rules
        self.reset()

    def follow(self, rules: Hold) -> None:
        """Go on by edited rules."""
        self._rules = rules

    def reset(self) -> None:
        """Forget the hold under way."""
        self.held_s = 0.0
        self.holding = False
        self._begin_s: float | None = None
        self._true_s = 0.0

    def step(self, t_s: float, verdict: bool | None) -> Held | None:
        """Take the judgement at `t_s`, None if it can't be told; return the hold that ended with it, if one did."""
        if verdict:
            if self._begin_s is None:
                self._begin_s, self.held_s = t_s, 0.0
            elif self.holding:
                self.held_s += t_s - self._true_s
            self._true_s, self.holding = t_s, True
            return None
        self.holding = False
        return self.end() if self._begin_s is not None and t_s - self._true_s > self._rules.grace_s else None

    def end(self) -> Held | None:
        """End the hold under way, as when the person leaves; return it if it was long enough to be one."""
        ended = None if self._begin_s is None else Held(self._begin_s, self._true_s, self.held_s)
        self.reset()
        return ended if ended and ended.held_s >= SHORTEST_S else None
