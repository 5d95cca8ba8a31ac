"""Looks at the heat some times a minute, from a thread of its own, and sets the pace."""

import logging
import math
import threading
import time
from collections.abc import Callable
from typing import Any, Final

from kiosk.health.heat import Heat, read_heat
from kiosk.health.pace import Pace, Steps
from kiosk.words import Phrase

log = logging.getLogger(__name__)

LOOK_S: Final = 5.0


class Pacer:
    """Keeps `heat` and `pace` from `start` until `stop`; both may be read from any thread.

    `target_fps` is how many frames a second are wanted, infinity for all that come.
    """

    def __init__(self, target_fps: float) -> None:
        self.target_fps = target_fps
        self.heat = Heat()
        self.pace = Pace(0, target_fps)
        self._steps = Steps(target_fps)
        self._stopping = threading.Event()

    def start(self, achieved_fps: Callable[[], float], go: Callable[[float], None]) -> None:
        """Begin: ask `achieved_fps` how fast it goes, tell `go` how many frames a second may be judged."""
        go(self.pace.fps)
        watch = threading.Thread(target=self._watch, args=(achieved_fps, go), name="pacer", daemon=True)
        watch.start()

    def stop(self) -> None:
        """Leave the pace as it is."""
        self._stopping.set()

    def notices(self) -> list[Phrase]:
        """Return what staff should know."""
        said = [Phrase("power_weak")] if self.heat.weak else []
        if self.pace.why:
            said.append(Phrase(f"pace_{self.pace.why}", f"{self.pace.fps:.0f}"))
        return said

    def to_json(self) -> dict[str, Any]:
        """Return the pace for the page: how many frames a second are judged at most (null: all), and why."""
        pace, heat = self.pace, self.heat
        return {
            "level": pace.level,
            "fps": _finite(pace.fps),
            "target_fps": _finite(self.target_fps),
            "why": pace.why,
            "temperature_c": heat.temperature_c,
            "slowed": heat.slowed,
            "weak": heat.weak,
        }

    def _watch(self, achieved_fps: Callable[[], float], go: Callable[[float], None]) -> None:
        while True:
            try:
                self._look(time.monotonic(), achieved_fps(), go)
            except Exception:  # the thread's edge: heat is no reason to end
                log.exception("how hot the box is can't be told")
            if self._stopping.wait(LOOK_S):
                return

    def _look(self, now_s: float, achieved_fps: float, go: Callable[[float], None]) -> None:
        weak, self.heat = self.heat.weak, read_heat()
        if self.heat.weak and not weak:
            log.warning("%s", Phrase("power_weak").say("en"))
        before, self.pace = self.pace, self._steps.look(now_s, achieved_fps, self.heat)
        if self.pace != before:
            slower = self.pace.level > before.level
            degrees = "" if self.heat.temperature_c is None else f" at {self.heat.temperature_c:.0f} °C"
            why = "slowed by itself" if self.pace.why == "slowed" and slower else "hot" if slower else "cooler"
            log.warning("%s%s: at most %.0f frames a second are judged", why, degrees, self.pace.fps)
            go(self.pace.fps)


def _finite(fps: float) -> float | None:
    return fps if math.isfinite(fps) else None
