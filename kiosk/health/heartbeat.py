"""Signs of life of what must never stand still."""

import time
from typing import Final, Literal

Part = Literal["pose", "view", "loop"]
"""What beats: the pose worker, the view worker, the event loop."""

STALE_S: Final = 5.0
"""Whatever shows no life for this long hangs: several times what the slowest model takes for a frame on a Pi."""

START_S: Final = 60.0
"""The first sign of life may take longer: a slow card reads the pose engine's 200 MB for half a minute. So may the next
after `begin`."""


class Heartbeat:
    """When `part` last showed that it lives, in monotonic seconds. One thread beats, any other may look."""

    def __init__(self, part: Part) -> None:
        self.part = part
        self._last_s: float | None = None
        self._made_s = time.monotonic()

    def beat(self) -> None:
        """Show life."""
        self._last_s = time.monotonic()

    def begin(self) -> None:
        """Allow what comes next the time of a start."""
        self._made_s, self._last_s = time.monotonic(), None

    def overdue_s(self, now_s: float, awake_s: float) -> float | None:
        """Return for how long it has shown no life, None while that is not too long.

        `awake_s` is when this process last woke from being stopped as a whole; what was not let run is not late.
        """
        beaten_s = self._last_s  # read once: it may change at any moment
        last_s, limit_s = (self._made_s, START_S) if beaten_s is None else (beaten_s, STALE_S)
        silent_s = now_s - max(last_s, awake_s)
        return silent_s if silent_s > limit_s else None
