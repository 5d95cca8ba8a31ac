"""How many frames a second are judged, and with which model: less for a hot or slow box, all for a well one. Pure.

A lower rate takes heat away at once and costs nothing that is counted: repetitions are functions of capture time. The
smaller model is more exact than no frames and less exact than the larger, so for heat it is the last step; for a box
that cannot keep up, whose rate is low already, it is the only one. The width at which the body is looked for is no
step: 640, 480 and 320 pixels take the engine equally long (measured), as it looks at a crop of fixed size.
"""

from collections import deque
from dataclasses import dataclass
from typing import Final, Literal

from kiosk.health.heat import Heat
from kiosk.health.load import Load, Work

HotWhy = Literal["hot", "slowed"]
"""Too hot; or slowed by its own firmware already, be it by heat or by a weak power supply."""

Why = Literal[HotWhy, "busy"]
"""Or cool, but too slow for its model."""

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
    """How many steps are taken, the most frames a second, why it is not the full pace, and the smaller model.

    `smaller` is None where the configured model is to be used.
    """

    level: int
    fps: float
    why: Why | None = None
    smaller: str | None = None


class Steps:
    """Chooses the pace from what is looked at some times a minute; `target_fps` is what is wanted at best.

    One step is for load and is taken and taken back while it is cool; those for heat come on top of it and are taken
    back first.
    """

    def __init__(self, target_fps: float) -> None:
        self.target_fps = target_fps
        self._load = Load(target_fps)
        self._models: tuple[str, ...] = ()
        self._busy = False
        self._hot = 0
        self._hot_why: HotWhy | None = None
        self._ladder = [(target_fps, False)]
        self._changed_s = -UP_S
        self._achieved: deque[float] = deque(maxlen=SEEN)

    def look(self, now_s: float, work: Work, heat: Heat) -> Pace:
        """Return the pace from now on."""
        why = _why(heat)
        if work.models != self._models:  # a model that does not start is none any more
            self._models, self._busy = work.models, self._busy and len(work.models) > 1
            self._ladder = self._rungs()
            self._hot = min(self._hot, len(self._ladder) - 1)
        if self._hot == 0 and work.fps > 0 and work.frame_s is not None:
            self._achieved.append(work.fps)
        if why is not None and now_s - self._changed_s >= DOWN_S:
            self._step(now_s, 1, why)
        elif why is None and _is_cool(heat) and now_s - self._changed_s >= UP_S:
            self._step(now_s, -1, self._hot_why)
        if self._hot == 0 and why is None and len(work.models) > 1:
            self._busy = self._load.look(now_s, work)
        return self._pace()

    def _pace(self) -> Pace:
        fps, smaller = self._ladder[self._hot]
        why = self._hot_why if self._hot else "busy" if self._busy else None
        return Pace(self._hot + self._busy, fps, why, self._models[1] if smaller or self._busy else None)

    def _step(self, now_s: float, by: int, why: HotWhy | None) -> None:
        if self._hot == 0:
            self._ladder = self._rungs()
        hot = min(max(self._hot + by, 0), len(self._ladder) - 1)
        if hot != self._hot:
            self._changed_s, self._hot, self._hot_why = now_s, hot, why

    def _rungs(self) -> list[tuple[float, bool]]:
        """Return the rate of each step for heat, and whether the smaller model is part of it.

        The rates are of what the box achieves, or else a limit above it would change nothing.
        """
        full = min(self.target_fps, max(self._achieved, default=self.target_fps))
        lower = (max(LEAST_FPS, round(full * share, 1)) for share in SHARES[1:])
        rates = [self.target_fps, *dict.fromkeys(fps for fps in lower if fps < full)]
        has_smaller = len(self._models) > 1 and not self._busy
        return [(fps, False) for fps in rates] + ([(rates[-1], True)] if has_smaller else [])


def _why(heat: Heat) -> HotWhy | None:
    if heat.reserve_c is not None and heat.reserve_c <= HOT_C:
        return "hot"
    return "slowed" if heat.slowed else None


def _is_cool(heat: Heat) -> bool:
    """Whether it is cool again; a box that has ceased to tell must not stay slow for ever."""
    return heat.reserve_c is None or heat.reserve_c >= COOL_C
