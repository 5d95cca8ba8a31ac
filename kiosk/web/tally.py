"""What has happened since the start, as counts that only grow."""

from collections import Counter

from kiosk.coaching.events import RepEvent, WarningEvent
from kiosk.pipeline import Update


class Tally:
    """Counts what updates tell. `repetitions` are by kind (full, partial), `warnings` by level."""

    def __init__(self) -> None:
        self.frames = 0
        self.repetitions: Counter[str] = Counter(full=0, partial=0)
        self.warnings: Counter[str] = Counter(info=0, caution=0, danger=0)
        self.camera_lost = self.camera_back = 0
        self._live: bool | None = None

    def take(self, update: Update) -> None:
        """Count what an update tells."""
        self.frames = update.frames
        for event in update.events:
            if isinstance(event, RepEvent):
                self.repetitions["partial" if event.partial else "full"] += 1
            elif isinstance(event, WarningEvent) and event.on:
                self.warnings[event.warning.level] += 1
        live = update.no_video is None
        if live and self._live is False:
            self.camera_back += 1
        elif not live and self._live:
            self.camera_lost += 1
        if live or self._live:
            self._live = live
