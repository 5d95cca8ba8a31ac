"""How many frames a second there are."""

from collections import deque
from typing import Final

FRAMES: Final = 30


class FrameRate:
    """Frames a second over the last FRAMES frames."""

    def __init__(self) -> None:
        self.fps = 0.0
        self._times_s: deque[float] = deque(maxlen=FRAMES)

    def tick(self, t_s: float) -> None:
        """Count a frame captured at `t_s`."""
        self._times_s.append(t_s)
        elapsed_s = t_s - self._times_s[0]
        self.fps = (len(self._times_s) - 1) / elapsed_s if elapsed_s > 0 else 0.0

    def rest(self) -> None:
        """There are no frames now."""
        self._times_s.clear()
        self.fps = 0.0
