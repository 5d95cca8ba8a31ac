"""Somebody squats as fast as they can be judged, until killed: `exercising_writer.py FOLDER`.

Each repetition goes the way it goes in the kiosk, from the poses to the history, and is said as the page would show it.
"""

import sys
import time
from itertools import count
from pathlib import Path

from kiosk.coaching.practice import Practice
from kiosk.history.entries import Entry, RepetitionDone
from kiosk.history.journal import Journal
from kiosk.history.writer import History
from tests.exercises import exercise
from tests.poses import figure, squats

FPS = 15


class Told(History):
    """A history that says which repetitions it was handed, and when."""

    def write(self, entry: Entry) -> None:
        """Hand over an entry."""
        if isinstance(entry, RepetitionDone):
            sys.stdout.write(f"{time.monotonic()} {entry.id}\n")
            sys.stdout.flush()
        super().write(entry)


squat = exercise(("tempo:\n", "sets: {number: 3, reps: 10}\n\ntempo:\n"))
history = Told(Path(sys.argv[1]), keep_days=365, failed=print)
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
