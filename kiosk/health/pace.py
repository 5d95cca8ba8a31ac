"""How many frames a second are judged: fewer before the box slows itself, as many as wanted once it has cooled. Pure.

A lower rate takes heat away at once and costs nothing that is counted: repetitions are functions of capture time. The
width at which the body is looked for is no step: 640, 480 and 320 pixels take the engine equally long (measured), as it
looks at a crop of fixed size. A smaller model would be the next step, where it is on the disk: `Steps` is its place.
"""

from collections import deque
from dataclasses import dataclass
from typing import Final, Literal

from kiosk.health.heat import Heat

Why = Literal["hot", "slowed"]
"""Too hot; or slowed by its own firmware already, be it by heat or by a weak power supply."""

SHARES: Final = (1.0, 2 / 3, 1 / 2, 1 / 3)
"""Of the full rate, in order: of a camera's 30 frames 30, 20, 15 and 10 come evenly."""

LEAST_FPS: Final = 8.0
"""Below this, quick movements are missed, so it never gets lower for heat."""

HOT_C: Final = 5.0
COOL_C: Final = 12.0
"""Degrees of reserve: a step down with less than the first (a Pi at 75), a step up with more than the second (68)."""

DOWN_S: Final = 20.0
"""What a step down brings is seen after about this long, so the next waits for it."""

UP_S: Final = 120.0
"""A box that has cooled stays at its step for this long, so that it does not swing."""

SEEN: Final = 12


@dataclass(frozen=True, slots=True)
class Pace:
    """The step, 0 being the full rate, the most frames a second, and why it is not the full rate."""

    level: int
    fps: float
    why: Why | None = None


class Steps:
    """Chooses the pace from what is looked at some times a minute; `target_fps` is what is wanted at best."""

    def __init__(self, target_fps: float) -> None:
        self.target_fps = target_fps
        self._ladder: tuple[float, ...] = (target_fps,)
        self._pace = Pace(0, target_fps)
        self._changed_s = -UP_S
        self._achieved: deque[float] = deque(maxlen=SEEN)

    def look(self, now_s: float, achieved_fps: float, heat: Heat) -> Pace:
        """Return the pace from now on. `achieved_fps` is 0 while there is no video."""
        why = _why(heat)
        if self._pace.level == 0 and achieved_fps > 0:
            self._achieved.append(achieved_fps)
        if why is not None and now_s - self._changed_s >= DOWN_S:
            self._step(now_s, 1, why)
        elif why is None and _is_cool(heat) and now_s - self._changed_s >= UP_S:
            self._step(now_s, -1, self._pace.why)
        return self._pace

    def _step(self, now_s: float, by: int, why: Why | None) -> None:
        if self._pace.level == 0:
            self._ladder = self._rates()
        level = min(max(self._pace.level + by, 0), len(self._ladder) - 1)
        if level != self._pace.level:
            self._changed_s = now_s
            self._pace = Pace(level, self._ladder[level], why) if level else Pace(0, self.target_fps)

    def _rates(self) -> tuple[float, ...]:
        """Return the rate of each step: of what the box achieves, or else a limit above it would change nothing."""
        full = min(self.target_fps, max(self._achieved, default=self.target_fps))
        lower = (max(LEAST_FPS, round(full * share, 1)) for share in SHARES[1:])
        return (self.target_fps, *dict.fromkeys(fps for fps in lower if fps < full))


def _why(heat: Heat) -> Why | None:
    if heat.reserve_c is not None and heat.reserve_c <= HOT_C:
        return "hot"
    return "slowed" if heat.slowed else None


def _is_cool(heat: Heat) -> bool:
    """Whether it is cool again; a box that has ceased to tell must not stay slow for ever."""
    return heat.reserve_c is None or heat.reserve_c >= COOL_C
