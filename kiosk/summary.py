"""What a stretch of exercising came to: repetitions, holds and warnings."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from kiosk.coaching.coach import Event, HoldEvent, RepEvent, WarningEvent


@dataclass
class Summary:
    """What a replay found; `fps` is how many frames a second it went through."""

    frames: int = 0
    poses: int = 0
    reps: int = 0
    partials: int = 0
    warnings: Counter[str] = field(default_factory=Counter)
    rep_times_s: list[float] = field(default_factory=list)
    holds_s: list[float] = field(default_factory=list)
    fps: float = 0.0

    def take(self, event: Event) -> None:
        """Count an event."""
        match event:
            case RepEvent(partial=True):
                self.partials += 1
            case RepEvent():
                self.reps += 1
                self.rep_times_s.append(round(event.t_s, 3))
            case HoldEvent():
                self.holds_s.append(round(event.held_s, 2))
            case WarningEvent(on=True):
                self.warnings[event.warning.id] += 1

    def to_json(self) -> dict[str, Any]:
        """Return the summary as `replay --json` writes it."""
        return {
            "frames": self.frames,
            "poses": self.poses,
            "reps": self.reps,
            "partials": self.partials,
            "holds_s": self.holds_s,
            "warnings": dict(self.warnings),
            "rep_times_s": self.rep_times_s,
            "fps": round(self.fps, 1),
        }
