"""What tests of the journal share: somebody exercises, and what is kept of it, without a pipeline or a database."""

from collections.abc import Iterable
from dataclasses import replace
from itertools import count
from typing import TypeVar

from kiosk.coaching.coach import Measured
from kiosk.coaching.events import Event
from kiosk.coaching.practice import Practice
from kiosk.history.entries import Entry, Id
from kiosk.history.journal import Journal
from kiosk.landmarks import Pose
from kiosk.rules.exercise import Exercise
from tests.poses import figure, squats, times

TELL_S = 0.09
Frames = Iterable[tuple[float, Pose | None]]
E = TypeVar("E")


class Kept:
    """A practice and the journal of it, told as the pipeline tells: events at once, else ten times a second."""

    def __init__(self, exercise: Exercise) -> None:
        numbers = count(1)
        self.exercise = exercise
        self.practice = Practice(exercise)
        self.journal = Journal(exercise, lambda: Id(f"run-{next(numbers)}"))
        self.entries: list[Entry] = []
        self.events: list[Event] = []
        self.t_s = 0.0
        self._told_s = float("-inf")
        self._measured: list[tuple[float, Measured]] = []

    def watch(self, frames: Frames) -> None:
        """Let the frames go by."""
        for self.t_s, pose in frames:
            self.practice.follow(self.exercise)
            events = self.practice.step(self.t_s, pose)
            self._measured.append((self.t_s, self.practice.measured))
            if events or self.t_s - self._told_s >= TELL_S or self.journal._exercise is not self.exercise:
                self._told_s = self.t_s
                self.events += events
                self.entries += self.journal.take(
                    self.practice.exercise, self.practice.snapshot, self.practice.progress(), events, self._measured
                )
                self._measured = []

    def squat(self, number: int, lowest: float = 85.0, fps: float = 15) -> None:
        """Squat `number` times, 3.5 s each, and stand for a second before and three after it."""
        curve, begin_s = squats(number, lowest=lowest), self.t_s
        self.watch((begin_s + t_s, figure(begin_s + t_s, knee=curve(t_s))) for t_s in times(number * 3.5 + 3, fps))

    def stand(self, seconds: float, fps: float = 15) -> None:
        """Stand still."""
        begin_s = self.t_s
        self.watch((begin_s + t_s, figure(begin_s + t_s)) for t_s in times(seconds, fps))

    def leave(self, seconds: float) -> None:
        """Nobody is in the picture."""
        begin_s = self.t_s
        self.watch((begin_s + t_s, None) for t_s in times(seconds, 15))

    def finish(self) -> None:
        """The program ends."""
        self.entries += self.journal.finish()

    def all(self, kind: type[E]) -> list[E]:
        """What was kept of one kind, in its order."""
        return [entry for entry in self.entries if isinstance(entry, kind)]


def named(exercise: Exercise, name: str) -> Exercise:
    """The same exercise under another name."""
    return replace(exercise, name=name)
