"""The last minute as numbers: what rules that somebody edits are tried on. Kept in memory only, never written."""

import threading
from collections import deque
from typing import Final

from kiosk.landmarks import Pose

KEPT_S: Final = 60.0

Moment = tuple[float, Pose | None]
"""A capture time in seconds, and the pose then or None where nobody was seen."""


class Recent:
    """The moments of the last KEPT_S seconds; one thread adds, others read."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._moments: deque[Moment] = deque()

    def add(self, t_s: float, pose: Pose | None) -> None:
        """Add the newest moment; where the clock went back, as a looped recording's does, the past is dropped."""
        with self._lock:
            while self._moments and not (t_s - KEPT_S <= self._moments[0][0] and self._moments[-1][0] <= t_s):
                self._moments.popleft()
            self._moments.append((t_s, pose))

    def moments(self) -> tuple[Moment, ...]:
        """Return what is kept, oldest first."""
        with self._lock:
            return tuple(self._moments)
