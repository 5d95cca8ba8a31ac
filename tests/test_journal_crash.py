"""kill -9 at random moments of exercising at full speed: what was shown a second before is kept.

The suite takes a few rounds; `pytest tests/test_journal_crash.py --rounds 200` takes as many as one likes.
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
LONGEST_S = 2.0
PROMISED_S = 1.0


def killed_after(folder: Path, seconds: float) -> tuple[list[str], int]:
    """Let somebody exercise until they are cut off; return what was shown, in order, and how much of it was due."""
    command = [sys.executable, "-m", "tests.exercising_writer", str(folder)]
    writer = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert writer.stdout is not None
    first = writer.stdout.readline()
    time.sleep(seconds)
    killed_s = time.monotonic()
    writer.kill()
    lines = [first, *writer.stdout.read().splitlines(keepends=True)]
    writer.wait()
    said = [line.split() for line in lines if line.endswith("\n")]
    return [id_ for _, id_ in said], sum(float(t_s) <= killed_s - PROMISED_S for t_s, _ in said)


def stored(folder: Path, token: str) -> list[str]:
    """The repetitions of a run that are in the database, in their order; it must be whole."""
    with closing(sqlite3.connect(folder / NAME)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        if not connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'runs'").fetchall():
            return []  # killed before there was anything
        (run,) = connection.execute("SELECT id FROM runs WHERE token = ?", (token,)).fetchone() or (-1,)
        rows = connection.execute(
            'SELECT id, "set", number FROM repetitions WHERE id >> 32 = ? ORDER BY id', (run,)
        ).fetchall()
    sets: dict[int, list[int]] = {}
    for _, set_, number in rows:
        sets.setdefault(set_, []).append(number)
    assert all(numbers == list(range(1, len(numbers) + 1)) for numbers in sets.values()), "missing or double"
    assert all(len(numbers) == 10 for numbers in list(sets.values())[:-1])
    return [f"{token}-{row & 0xFFFFFFFF}" for row, _, _ in rows]


@pytest.mark.timeout(0)
def test_a_repetition_that_was_shown_a_second_ago_survives_a_kill(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    rounds = request.config.getoption("--rounds") or 3
    chance = random.Random(rounds)
    shown: list[list[str]] = []
    promised = 0
    for _ in range(rounds):
        said, due = killed_after(tmp_path, chance.uniform(0, LONGEST_S))
        promised += due
        kept = stored(tmp_path, said[0].rpartition("-")[0])
        assert kept == said[: len(kept)], "missing or double"
        assert len(kept) >= due, f"{due} were shown a second before the kill"
        shown.append(said)
    for said in shown:  # nor does what comes later undo any of it
        kept = stored(tmp_path, said[0].rpartition("-")[0])
        assert kept == said[: len(kept)]
    assert promised > 0
    log.info("%d kills, %d repetitions shown in time: all there, once", rounds, promised)
