"""How often to look: at every frame while somebody is there, some times a second while nobody is.

Whoever steps in is then seen at most a look later, well within the half second in which the page should answer.
"""

from typing import Final

LOOK_HZ: Final = 2.5
"""Looks a second while nobody is there: the first comes within 0.4 s. Each costs more than following somebody does."""

LEFT_S: Final = 4.0
"""Nobody has been seen for this long: longer than somebody on the floor is lost for between two repetitions."""


class Attention:
    """Follows whether somebody is there; pure, in the frames' capture time."""

    def __init__(self) -> None:
        self._seen_s: float | None = None

    def look(self, t_s: float, *, somebody: bool) -> float | None:
        """Return how many frames a second are worth looking at after one captured at `t_s`; None for all."""
        if somebody or self._seen_s is None or t_s < self._seen_s:  # a clock that jumps back begins anew
            self._seen_s = t_s
        return LOOK_HZ if t_s - self._seen_s > LEFT_S else None
