"""kill -9 at random moments: the database opens, is whole, and holds each repetition that was said to be stored, once.

The suite takes a few rounds; `pytest tests/test_history_crash.py --rounds 200` takes as many as one likes.
"""

import logging
import random
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from kiosk.history.file import NAME
from tests.conftest import ROOT

log = logging.getLogger(__name__)
LONGEST_S = 0.3


def killed_after(folder: Path, seconds: float) -> tuple[str, int]:
    """Let a program write until it is killed; return its set, and the last number that it said was stored."""
    command = [sys.executable, "-m", "tests.crash_writer", str(folder)]
    writer = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert writer.stdout is not None
    set_ = writer.stdout.readline().strip()
    time.sleep(seconds)
    writer.kill()
    said = writer.stdout.read().splitlines(keepends=True)
    writer.wait()
    return set_, max((int(line) for line in said if line.endswith("\n")), default=0)


def check(folder: Path, acknowledged: dict[str, int]) -> None:
    """The database is whole, and holds of each set what was said to be stored."""
    with closing(sqlite3.connect(folder / NAME)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        if not connection.execute("SELECT 1 FROM sqlite_schema").fetchall():
            assert not any(acknowledged.values())
            return  # the first round was over before there was anything
        runs = dict(connection.execute("SELECT token, id FROM runs"))
        for set_, number in acknowledged.items():
            token, _, place = set_.rpartition("-")
            row = runs.get(token, 0) << 32 | int(place)
            rows = connection.execute('SELECT number FROM repetitions WHERE "set" = ? ORDER BY id', (row,))
            stored = [found[0] for found in rows]
            assert stored == list(range(1, len(stored) + 1)), "missing or double"
            assert len(stored) >= number, f"{number} were said to be stored"
    assert [path.name for path in folder.iterdir() if "damaged" in path.name] == []


@pytest.mark.timeout(0)
def test_nothing_that_was_stored_is_lost_by_a_kill(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    rounds = request.config.getoption("--rounds") or 20
    chance = random.Random(rounds)
    acknowledged: dict[str, int] = {}
    for number in range(rounds):
        set_, stored = killed_after(tmp_path, chance.uniform(0, LONGEST_S))
        acknowledged[set_] = stored
        # Not after each: the next writer too must find its way from what a kill leaves.
        if chance.random() < 0.3 or number == rounds - 1:
            check(tmp_path, acknowledged)
    assert len(acknowledged) == rounds
    assert sum(acknowledged.values()) > 0, "no round got as far as storing anything"
    log.info("%d kills, %d repetitions acknowledged: all there, once", rounds, sum(acknowledged.values()))
