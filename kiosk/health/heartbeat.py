"""Signs of life of what must never stand still."""

import time
from typing import Final, Literal

Part = Literal["pose", "view", "loop"]
"""What beats: the pose worker, the view worker, the event loop."""

STALE_S: Final = 5.0
"""Whatever shows no life for this long hangs: several times what the slowest model takes for a frame on a Pi."""

SLACK: Final = 4.0
"""On a box for which that is no time, this many times the slowest of its last beats, so that it is not started anew for
ever: a frame with somebody in it takes three times one without."""

START_S: Final = 60.0
"""The first sign of life may take longer: a slow card reads the pose engine's 200 MB for half a minute. So may the next
after `begin`, and nothing may take more."""

FADING: Final = 0.9
"""What each beat leaves of the slowest before it: at 30 frames a second, START_S is STALE_S within one."""


class Heartbeat:
    """When `part` last showed that it lives, in monotonic seconds. One thread beats, any other may look.

    `usual_s` is how slowly it may be expected to beat before it is known.
    """

    def __init__(self, part: Part, usual_s: float = 0.0) -> None:
        self.part = part
        self._slowest_s = usual_s
        self._last_s: float | None = None
        self._made_s = time.monotonic()

    def beat(self) -> None:
        """Show life."""
        now_s = time.monotonic()
        if self._last_s is not None:
            self._slowest_s = max(now_s - self._last_s, FADING * self._slowest_s)
        self._last_s = now_s

    @property
    def limit_s(self) -> float:
        """For how long it may show no life now."""
        return self._limit_s(self._last_s)

    def begin(self) -> None:
        """Allow what comes next the time of a start."""
        self._made_s, self._last_s = time.monotonic(), None

    def overdue_s(self, now_s: float, awake_s: float) -> float | None:
        """Return for how long it has shown no life, None while that is not too long.

        `awake_s` is when this process last woke from being stopped as a whole; what was not let run is not late.
        """
        beaten_s = self._last_s  # read once: it may change at any moment
        silent_s = now_s - max(self._made_s if beaten_s is None else beaten_s, awake_s)
        return silent_s if silent_s > self._limit_s(beaten_s) else None

    def _limit_s(self, beaten_s: float | None) -> float:
        return START_S if beaten_s is None else min(max(STALE_S, SLACK * self._slowest_s), START_S)
