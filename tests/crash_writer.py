"""Stores repetitions as fast as it can, and says how many are stored, until it is killed: `crash_writer.py FOLDER`."""

import sys
import time
from pathlib import Path

from kiosk.history.entries import SetBegan, VisitBegan
from kiosk.history.writer import History
from tests.histories import repetition


def say(what: object) -> None:
    """Tell the test, at once."""
    sys.stdout.write(f"{what}\n")
    sys.stdout.flush()


folder = Path(sys.argv[1])
history = History(folder, keep_days=365, failed=print)
history.start()
visit, set_ = history.new_id(), history.new_id()
say(set_)
history.write(VisitBegan(visit, 1.0))
history.write(SetBegan(set_, visit, 1.0, "squat", 1, ""))
number = 0
told = 0
while True:
    if history.waiting < 300:
        number += 1
        history.write(repetition(history.new_id(), set_, number))
    else:
        time.sleep(0.001)
    if history.written > told:
        told = history.written
        say(told - 2)
