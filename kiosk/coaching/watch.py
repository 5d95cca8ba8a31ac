"""One warning over time: when it rises, when it falls, and whether it is to be spoken."""

from typing import Final

from kiosk.rules.exercise import FormWarning

UNKNOWN_S: Final = 1.0
"""Held time survives unknown frames for this long, then counting begins anew."""

SHOWN_S: Final = 3.0
"""How long a warning that is judged at the end of a repetition stays on the page."""


class _Held:
    """How long something has been seen to hold, across gaps of up to UNKNOWN_S in which it can't be told.

    What a frame shows is taken to hold until the next frame.
    """

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self._held_s = 0.0
        self._true_s: float | None = None
        self._unknown_since_s = 0.0

    def for_s(self, t_s: float, verdict: bool | None, wanted_s: float) -> bool:
        """Whether it holds now and has for `wanted_s`; unknown adds nothing and ends nothing."""
        if verdict is False:
            self.reset()
            return False
        if self._true_s is not None:
            self._held_s += t_s - self._true_s
            self._true_s, self._unknown_since_s = None, t_s
        if verdict:
            self._true_s = t_s
            return self._held_s >= wanted_s - 1e-6
        if t_s - self._unknown_since_s > UNKNOWN_S:
            self.reset()
        return False


class Watch:
    """Whether one warning stands; `step` and `at_rep` tell when that changes."""

    def __init__(self, warning: FormWarning) -> None:
        self.warning = warning
        self.raised = False
        self._true = _Held()
        self._false = _Held()
        self._since_s = 0.0
        self._spoken_s: float | None = None

    def step(self, t_s: float, when: bool | None, clear: bool | None) -> bool:
        """Take the judgement at `t_s`; return whether the warning rose or fell."""
        if self.raised:
            fell = self._false.for_s(t_s, clear, self.warning.for_s)
            return fell and self._lower()
        rose = self._true.for_s(t_s, when, self.warning.for_s)
        return rose and self._raise(t_s)

    def at_rep(self, t_s: float, when: bool | None) -> bool:
        """Take the judgement of a repetition that ended at `t_s`; return whether the warning rose."""
        return bool(when) and self._raise(t_s)

    def fade(self, t_s: float) -> bool:
        """Lower a warning about a repetition after a while; return whether it fell."""
        return self.raised and t_s - self._since_s >= SHOWN_S and self._lower()

    def lower(self) -> bool:
        """Lower it at once, as when the person leaves; return whether it stood."""
        self._true.reset()
        return self.raised and self._lower()

    def to_be_spoken(self, t_s: float) -> bool:
        """Whether a warning that rises now is spoken: at most once each `repeat_s`."""
        if self._spoken_s is not None and t_s - self._spoken_s < self.warning.repeat_s:
            return False
        self._spoken_s = t_s
        return True

    def _raise(self, t_s: float) -> bool:
        self.raised, self._since_s = True, t_s
        self._false.reset()
        return True

    def _lower(self) -> bool:
        self.raised = False
        self._true.reset()
        return True
