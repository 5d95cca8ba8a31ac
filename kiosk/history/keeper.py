"""Keeps what happens: from the updates of the pipeline, in the event loop, into the history.

The warnings of the last hours stay at hand: they may wait long to be stored.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from kiosk.clock import Clock
from kiosk.coaching.events import WarningEvent
from kiosk.flow import Update
from kiosk.history.entries import Entry, Feedback, Id, Verdict, WarningRaised, tidy_name
from kiosk.history.journal import Journal
from kiosk.history.visits import Visiting
from kiosk.history.writer import History
from kiosk.rules.exercise import Exercise, FormWarning
from kiosk.words import Phrase

MOST_WARNINGS: Final = 500
"""More than an evening brings."""


@dataclass(frozen=True, slots=True)
class RecentWarning:
    """A warning of the last hours; `at_s` is Unix time, `rep` the repetition of its set."""

    id: Id
    exercise: Exercise
    warning: FormWarning
    at_s: float
    rep: int | None
    verdict: Verdict | None = None


class Keeper:
    """Hands to `history` what each update tells. While `keeps` says no, as with drawn pictures, nothing is kept."""

    def __init__(self, history: History, exercise: Exercise, clock: Clock, keeps: Callable[[], bool]) -> None:
        self._history = history
        self._journal = Journal(exercise, history.new_id)
        self._clock = clock
        self._keeps = keeps
        self._warnings: deque[tuple[RecentWarning, float]] = deque(maxlen=MOST_WARNINGS)

    @property
    def notice(self) -> Phrase | None:
        """What the page is to say of the history, None while all is well."""
        return self._history.notice

    @property
    def waiting(self) -> int:
        """How much waits to be stored."""
        return self._history.waiting

    def take(self, update: Update) -> list[Id]:
        """Keep what an update told; return the ids of the warnings that rose with it, in the order of their events."""
        if not self._keeps():
            self.finish()
            return []
        entries = self._journal.take(update.exercise, update.snapshot, update.progress, update.events, update.measured)
        self._write(entries)
        raised = [entry for entry in entries if isinstance(entry, WarningRaised)]
        events = [event for event in update.events if isinstance(event, WarningEvent) and event.on]
        offset_s = self._clock.offset().offset_s if raised else 0.0
        for entry, event in zip(raised, events, strict=True):
            recent = RecentWarning(entry.id, update.exercise, event.warning, entry.t_s + offset_s, entry.rep)
            self._warnings.append((recent, entry.t_s))
        return [entry.id for entry in raised]

    def finish(self) -> None:
        """Keep what is under way as it is: nobody will tell its end."""
        self._write(self._journal.finish())

    def visiting(self) -> Visiting | None:
        """Return who is there, None where nobody is."""
        return self._journal.visits.current(self._clock.now_s()) if self._keeps() else None

    def name(self, person: str | None, visit: Id | None) -> None:
        """Name whoever is there, or was when `visit` was under way; `visits.NobodyError` if nobody was."""
        tidy = None if person is None else tidy_name(person)
        self._write(self._journal.visits.name(tidy, self._clock.now_s(), visit))

    def warnings(self, within_s: float) -> list[RecentWarning]:
        """Return the warnings of the last `within_s` seconds, the newest first."""
        since_s = self._clock.now_s() - within_s
        return [warning for warning, t_s in reversed(self._warnings) if t_s >= since_s]

    def judge(self, warning: Id, verdict: Verdict | None) -> None:
        """Keep somebody's judgement of a warning that is in the history."""
        self._write([Feedback(warning, verdict)])
        for place, (recent, t_s) in enumerate(self._warnings):
            if recent.id == warning:
                self._warnings[place] = (replace(recent, verdict=verdict), t_s)

    def _write(self, entries: list[Entry]) -> None:
        for entry in entries:
            self._history.write(entry)
