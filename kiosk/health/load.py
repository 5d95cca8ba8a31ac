"""Whether the pose worker keeps up with the model it uses, and whether it would with the larger one again. Pure.

Seconds here are those in which somebody is there: an empty room shows nothing of what judging costs.
"""

import math
from dataclasses import dataclass
from typing import Final

ENOUGH_FPS: Final = 12.0
"""A quick repetition, of a second, then has twelve frames, and the 0.3 s that a warning usually waits has three; tests
count at ten. No more is asked, for a smaller model errs more: lite finds 90 to 94 % of the points where full finds 96
(PCK@0.2, docs/solutions/pose.md of google-ai-edge/mediapipe), so a box that reaches this keeps the larger one."""

CLEARLY: Final = 1.25
"""The larger model is taken back where it would reach so many times what is needed."""

BUSY: Final = 0.8
"""A worker that works for less than this share of the time waits for its camera."""

LATE_S: Final = 25.0
"""It must be late for so long, so that what else the box does for a moment is no reason."""

UP_S: Final = 120.0
"""It must be quick enough for the larger model for so long."""

WRONG_S: Final = 600.0
"""A larger model that was too slow again after so short a time should not have been taken back: the next wait for it is
twice as long, so that it does not swing."""

MOST_WAIT_S: Final = 3600.0

RATIO: Final = 1.6
"""How many times as long the larger model takes, until that was measured: README's table, full beside lite."""

LEAST_RATIO, MOST_RATIO = 1.2, 2.5
"""Bounds of what is measured, one model soon after the other: other work may have ended or begun between the two."""

_LOOK_S: Final = 10.0
"""Looks that are further apart than this say nothing of the time between them."""


@dataclass(frozen=True, slots=True)
class Work:
    """What the pose worker does.

    `fps`: frames a second that it judges, 0 without video. `frame_s`: how long it takes for one with somebody in it,
    None while nobody is there. `model`: the one it uses; `models`: those it can use, the configured one and, where
    there is one, the next smaller.
    """

    fps: float
    frame_s: float | None
    model: str
    models: tuple[str, ...]


class Load:
    """Chooses the smaller model for a worker that cannot keep up. `target_fps` is what is wanted at best."""

    def __init__(self, target_fps: float) -> None:
        self._needed_fps = min(ENOUGH_FPS, target_fps)
        self._is_high = False
        self._looked_s = -math.inf
        self._contrary_s = 0.0
        self._changed_ago_s = math.inf
        self._wait_s = UP_S
        self._late_frame_s: float | None = None
        self._ratio = RATIO

    def look(self, now_s: float, work: Work) -> bool:
        """Return whether `work` is to be done with the smaller of its two models from now on."""
        passed_s, self._looked_s = now_s - self._looked_s, now_s
        frame_s = work.frame_s
        if frame_s is None or work.model != work.models[self._is_high]:  # nobody is there, or it changes at this moment
            return self._is_high
        passed_s = passed_s if passed_s <= _LOOK_S else 0.0
        self._changed_ago_s += passed_s
        contrary = self._would_keep_up(frame_s) if self._is_high else self._is_late(frame_s, work.fps)
        self._contrary_s = self._contrary_s + passed_s if contrary else 0.0
        if self._is_high:
            if self._contrary_s >= UP_S and self._changed_ago_s >= self._wait_s:
                self._change()
        elif self._contrary_s >= LATE_S:
            self._wait_s = min(2 * self._wait_s, MOST_WAIT_S) if self._changed_ago_s < WRONG_S else UP_S
            self._late_frame_s = frame_s
            self._change()
        return self._is_high

    def _change(self) -> None:
        self._is_high = not self._is_high
        self._contrary_s = self._changed_ago_s = 0.0

    def _is_late(self, frame_s: float, fps: float) -> bool:
        return frame_s * self._needed_fps > 1 and frame_s * fps >= BUSY

    def _would_keep_up(self, frame_s: float) -> bool:
        """Whether the larger model would do, of which both have been measured once the smaller has run for a while."""
        if self._late_frame_s is not None and self._changed_ago_s >= LATE_S:
            self._ratio = min(max(self._late_frame_s / frame_s, LEAST_RATIO), MOST_RATIO)
            self._late_frame_s = None
        return frame_s * self._ratio * self._needed_fps * CLEARLY <= 1
