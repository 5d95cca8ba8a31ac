"""How many frames a second there are and how many are wanted, and how long one takes."""

import math
from collections import deque
from typing import Final

FRAMES: Final = 30
EARLY: Final = 0.2
"""A frame may come this share of a period too early: a camera's clock trembles, and no frame of its is to be lost."""


class FrameRate:
    """Frames a second over the last FRAMES frames; `frames` counts all."""

    def __init__(self) -> None:
        self.frames = 0
        self.fps = 0.0
        self._times_s: deque[float] = deque(maxlen=FRAMES)

    def tick(self, t_s: float) -> None:
        """Count a frame captured at `t_s`."""
        self.frames += 1
        self._times_s.append(t_s)
        elapsed_s = t_s - self._times_s[0]
        self.fps = (len(self._times_s) - 1) / elapsed_s if elapsed_s > 0 else 0.0

    def rest(self) -> None:
        """There are no frames now."""
        self._times_s.clear()
        self.fps = 0.0


class FrameTime:
    """How long a frame takes, on average over about the last FRAMES; `mean_s` is None before the first."""

    def __init__(self) -> None:
        self.mean_s: float | None = None
        self._frames = 0

    def take(self, spent_s: float) -> None:
        """Count a frame that took `spent_s`."""
        self._frames = min(self._frames + 1, FRAMES)
        before_s = self.mean_s or 0.0
        self.mean_s = before_s + (spent_s - before_s) / self._frames

    def rest(self) -> None:
        """Begin anew."""
        self.mean_s = None
        self._frames = 0


class FrameLimit:
    """Chooses at most `fps` frames a second, as evenly as they come."""

    def __init__(self, fps: float) -> None:
        self._period_s = 1 / fps
        self._due_s = -math.inf

    def takes(self, t_s: float) -> bool:
        """Whether the frame captured at `t_s` is one of them; a clock that jumps back begins anew."""
        if self._due_s - 2 * self._period_s <= t_s < self._due_s - EARLY * self._period_s:
            return False
        on_time = t_s - self._due_s < self._period_s and t_s > self._due_s - self._period_s
        self._due_s = (self._due_s if on_time else t_s) + self._period_s
        return True
