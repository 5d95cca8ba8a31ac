"""kill -9 at random moments of exercising at full speed: what was shown is kept, in order and once.

The suite takes a few rounds; `pytest tests/test_journal_crash.py --rounds 200` takes as many as one likes, and logs how
long it took from the page to the disk: with a thread that judges without a pause beside it, far longer than in a kiosk.
"""

import logging
import random
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import pytest

from kiosk.history.file import NAME
from tests.conftest import ROOT

log = logging.getLogger(__name__)
LONGEST_S = 2.0


class Said(NamedTuple):
    """What was shown until a kill, in order, how much of it was said to be stored, and how long that took at most."""

    shown: list[str]
    stored: int
    longest_s: float


def killed_after(folder: Path, seconds: float) -> Said:
    """Let somebody exercise until they are cut off, `seconds` after their first repetition was stored."""
    command = [sys.executable, "-m", "tests.exercising_writer", str(folder)]
    writer = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert writer.stdout is not None
    lines: list[str] = []
    while not (lines and lines[-1].startswith("stored")):
        lines.append(writer.stdout.readline())
        assert lines[-1], "it ended by itself"
    time.sleep(seconds)
    writer.kill()
    lines += writer.stdout.read().splitlines(keepends=True)
    writer.wait()
    said = [line.split() for line in lines if line.endswith("\n")]
    shown = {id_: float(t_s) for what, t_s, id_ in said if what == "shown"}
    stored = {id_: float(t_s) for what, t_s, id_ in said if what == "stored"}
    assert list(stored) == list(shown)[: len(stored)]
    return Said(list(shown), len(stored), max(t_s - shown[id_] for id_, t_s in stored.items()))


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
def test_a_repetition_that_was_stored_survives_a_kill(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    rounds = request.config.getoption("--rounds") or 3
    chance = random.Random(rounds)
    runs: list[Said] = []
    for _ in range(rounds):
        runs.append(said := killed_after(tmp_path, chance.uniform(0, LONGEST_S)))
        kept = stored(tmp_path, said.shown[0].rpartition("-")[0])
        assert kept == said.shown[: len(kept)], "missing or double"
        assert len(kept) >= said.stored > 0, f"{said.stored} were said to be stored"
    for said in runs:  # nor does what comes later undo any of it
        kept = stored(tmp_path, said.shown[0].rpartition("-")[0])
        assert kept == said.shown[: len(kept)]
        assert len(kept) >= said.stored
    longest_s = sorted(said.longest_s for said in runs)
    told = "%d kills, %d repetitions stored: all there, once; on the disk %.1f s after they were shown, %.1f at most"
    log.info(told, rounds, sum(said.stored for said in runs), longest_s[rounds // 2], longest_s[-1])
