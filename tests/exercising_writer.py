"""Somebody squats as fast as they can be judged, until killed: `exercising_writer.py FOLDER`.

Each repetition goes the way it goes in the kiosk, from the poses to the history. Said are, a line each with its moment
and the repetition's id: `shown`, as it is handed over and the page would show it, and `stored`, as it is on the disk.
"""

import sys
import time
from collections import deque
from itertools import count
from pathlib import Path

from kiosk.coaching.practice import Practice
from kiosk.history.entries import Entry, Id, RepetitionDone
from kiosk.history.journal import Journal
from kiosk.history.writer import History
from tests.exercises import exercise
from tests.poses import figure, squats

FPS = 15


class Told(History):
    """A history that says which repetitions it was handed and which of them it has stored, and when."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, keep_days=365, failed=print)
        self._handed = 0
        self._shown: deque[tuple[int, Id]] = deque()

    def write(self, entry: Entry) -> None:
        """Hand over an entry."""
        self._handed += 1
        if isinstance(entry, RepetitionDone):
            self._shown.append((self._handed, entry.id))
            _say("shown", entry.id)
        super().write(entry)

    def say_stored(self) -> None:
        """Say what was stored since the last call."""
        while self._shown and self._shown[0][0] <= self.written:
            _say("stored", self._shown.popleft()[1])


def _say(what: str, repetition: Id) -> None:
    sys.stdout.write(f"{what} {time.monotonic()} {repetition}\n")
    sys.stdout.flush()


squat = exercise(("tempo:\n", "sets: {number: 3, reps: 10}\n\ntempo:\n"))
history = Told(Path(sys.argv[1]))
history.start()
practice, journal, curve = Practice(squat), Journal(squat, history.new_id), squats(1, lowest=105)
begin_s = time.monotonic()
for number in count():
    t_s = number / FPS
    pose = figure(begin_s + t_s, knee=curve(t_s % 3.5), past_toe=0.1)
    events = practice.step(begin_s + t_s, pose)
    moment = (begin_s + t_s, practice.measured)
    for entry in journal.take(squat, practice.snapshot, practice.progress(), events, [moment]):
        history.write(entry)
    history.say_stored()
