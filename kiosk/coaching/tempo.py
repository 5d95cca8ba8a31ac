"""Tempo: is a repetition's way out and back too quick or too slow, and is a set even?"""

from collections import deque
from collections.abc import Sequence
from statistics import fmean, stdev
from typing import Final, Literal

from kiosk.rules.exercise_file import Range

Pace = Literal["fast", "good", "slow"]

FEWEST: Final = 3
"""Repetitions from which a rhythm can be told."""

LATEST: Final = 100
"""The rhythm of a set is that of this many repetitions, its latest: who never rests, like the drawn athlete where there
is no camera, may go on for months."""


def pace(seconds: float, target_s: Range | None) -> Pace | None:
    """Return how long `seconds` is against the target, None without a target."""
    if target_s is None:
        return None
    least_s, most_s = target_s
    return "fast" if seconds < least_s else "slow" if seconds > most_s else "good"


def unevenness(repetitions_s: Sequence[float]) -> float | None:
    """Return the coefficient of variation (standard deviation by mean) of a set's repetition times.

    0 is as even as a clock; None for fewer than FEWEST repetitions.
    """
    if len(repetitions_s) < FEWEST:
        return None
    return stdev(repetitions_s) / fmean(repetitions_s)


class RepetitionTimes:
    """How long the latest repetitions of a set took, and how uneven they are."""

    def __init__(self) -> None:
        self.unevenness: float | None = None
        self._times_s: deque[float] = deque(maxlen=LATEST)

    def add(self, seconds: float) -> None:
        """Take one more repetition."""
        self._times_s.append(seconds)
        self.unevenness = unevenness(self._times_s)

    def correct(self, seconds: float) -> None:
        """Take the final time of the last repetition; without one it belongs to the set before."""
        if self._times_s:
            self._times_s.pop()
            self.add(seconds)
