"""Looks at heat and load some times a minute, from a thread of its own, and sets the pace."""

import logging
import math
import threading
import time
from collections.abc import Callable
from typing import Any, Final

from kiosk.health.heat import Heat, read_heat
from kiosk.health.load import Work
from kiosk.health.pace import Pace, Steps
from kiosk.words import Phrase

log = logging.getLogger(__name__)

LOOK_S: Final = 5.0


class Pacer:
    """Keeps `heat`, `pace` and `model`, the one in use, from `start` until `stop`; all may be read from any thread.

    `target_fps` is how many frames a second are wanted, infinity for all that come.
    """

    def __init__(self, target_fps: float, model: str) -> None:
        self.target_fps = target_fps
        self.model = model
        self.heat = Heat()
        self.pace = Pace(0, target_fps)
        self._steps = Steps(target_fps)
        self._stopping = threading.Event()

    def start(self, work: Callable[[], Work], go: Callable[[Pace], None]) -> None:
        """Begin: ask `work` what the worker does, tell `go` what it is to do."""
        go(self.pace)
        watch = threading.Thread(target=self._watch, args=(work, go), name="pacer", daemon=True)
        watch.start()

    def stop(self) -> None:
        """Leave the pace as it is."""
        self._stopping.set()

    def notices(self) -> list[Phrase]:
        """Return what staff should know."""
        pace = self.pace
        said = [Phrase("power_weak")] if self.heat.weak else []
        if pace.why:
            said.append(Phrase(f"pace_{pace.why}", f"{pace.fps:.0f}"))
        if pace.smaller:
            said.append(Phrase("pace_model", pace.smaller))
        return said

    def to_json(self) -> dict[str, Any]:
        """Return the pace for the page: how many frames a second are judged at most (null: all), how, and why."""
        pace, heat = self.pace, self.heat
        return {
            "level": pace.level,
            "fps": _finite(pace.fps),
            "target_fps": _finite(self.target_fps),
            "why": pace.why,
            "model": self.model,
            "temperature_c": heat.temperature_c,
            "slowed": heat.slowed,
            "weak": heat.weak,
        }

    def _watch(self, work: Callable[[], Work], go: Callable[[Pace], None]) -> None:
        while True:
            try:
                self._look(time.monotonic(), work(), go)
            except Exception:  # the thread's edge: heat and load are no reason to end
                log.exception("how hot the box is, or how busy, can't be told")
            if self._stopping.wait(LOOK_S):
                return

    def _look(self, now_s: float, work: Work, go: Callable[[Pace], None]) -> None:
        weak, self.heat = self.heat.weak, read_heat()
        if self.heat.weak and not weak:
            log.warning("%s", Phrase("power_weak").say("en"))
        before, self.model = self.pace, work.model
        self.pace = self._steps.look(now_s, work, self.heat)
        if self.pace != before:
            if before.smaller in {None, *work.models}:  # of a model that did not start has been told
                log.warning("%s", _change(before, self.pace, work, self.heat))
            go(self.pace)


def _change(before: Pace, pace: Pace, work: Work, heat: Heat) -> str:
    """Return a change of pace in one line."""
    slower = pace.level > before.level
    degrees = "" if heat.temperature_c is None else f" at {heat.temperature_c:.0f} °C"
    if (pace if slower else before).why == "busy":
        frame = "" if work.frame_s is None else f" at {work.frame_s * 1000:.0f} ms a frame"
        why = f"{'too slow' if slower else 'quick enough'}{frame}"
    elif pace.why == "slowed" and slower:
        why = f"slowed by itself{degrees}"
    else:
        why = f"{'hot' if slower else 'cooler'}{degrees}"
    by = f", with the model {pace.smaller or work.models[0]}" if pace.smaller != before.smaller else ""
    return f"{why}: at most {pace.fps:.0f} frames a second are judged{by}"


def _finite(fps: float) -> float | None:
    return fps if math.isfinite(fps) else None
