"""A kiosk that falls ill ends by itself, says why when started anew, and has kept its training: real processes."""

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import pytest

from kiosk.history.file import NAME
from kiosk.history.past import Selection
from kiosk.history.training import Training
from kiosk.words import Phrase
from tests.conftest import ROOT, state_in
from tests.waiting import until

MENDED_S = 15.0
"""From falling ill to serving again."""


class Kiosk:
    """A kiosk of `tests.sick_kiosk`."""

    def __init__(self, folder: Path, illness: str) -> None:
        self.folder, self.log = folder, folder / f"kiosk-{time.monotonic_ns()}.log"
        self.state_folder = state_in(folder)
        self._ill = folder / "ill"
        self._ill.unlink(missing_ok=True)
        command = [sys.executable, "-m", "tests.sick_kiosk", illness, str(self._ill), "run"]
        options = ["--camera", "demo:squat", "--port", "0"]
        environment = os.environ | {"STATE_DIRECTORY": str(self.state_folder)}
        with self.log.open("w") as out:
            self.process = subprocess.Popen(
                [*command, *options], stdout=out, stderr=subprocess.STDOUT, cwd=ROOT, env=environment
            )
        self.url = self._announced()

    def _announced(self) -> str:
        deadline_s = time.monotonic() + 30
        while not (found := re.search(r"http://\S+", self.log.read_text())):
            assert time.monotonic() < deadline_s and self.process.poll() is None, self.log.read_text()
            time.sleep(0.02)
        return found[0]

    def get(self, path: str) -> Any:
        with urllib.request.urlopen(self.url + path, timeout=5) as answer:
            return json.load(answer)

    def is_well(self) -> bool:
        try:
            return bool(self.get("healthz")["ok"])
        except HTTPError:
            return False

    def falls_ill(self) -> float:
        self._ill.touch()
        return time.monotonic()

    def counts(self) -> dict[str, int]:
        """What is counted, and at least once."""
        counts = json.loads((self.state_folder / "restarts.json").read_text())["counts"]
        return {cause: count for cause, count in counts.items() if count}


@contextmanager
def kiosk(folder: Path, illness: str = "none") -> Iterator[Kiosk]:
    running = Kiosk(folder, illness)
    try:
        yield running
    finally:
        if running.process.poll() is None:
            running.process.kill()
        running.process.wait()


def until_it_counts(running: Kiosk, reps: int) -> None:
    until(lambda: running.get("api/state")["reps"] >= reps, f"{reps} are counted")


def kept_repetitions(folder: Path) -> int:
    with Training(folder / "state" / NAME) as training:
        return len(list(training.repetitions(Selection())))


@pytest.mark.parametrize("illness", ["pose", "view", "loop", "camera", "memory", "failed"])
@pytest.mark.usefixtures("model_bundle")
def test_it_ends_starts_anew_within_15_s_and_says_why(tmp_path: Path, illness: str) -> None:
    with kiosk(tmp_path, illness) as sick:
        until_it_counts(sick, 1)
        assert sick.get("api/state")["notices"] == []
        ill_s = sick.falls_ill()
        assert sick.process.wait(60) == 1
        said = sick.log.read_text()
    if illness != "failed":
        assert said.count("ERROR") == 1
        assert said.count("the kiosk ends, to be started anew: ") == 1
    with kiosk(tmp_path) as well:
        assert well.get("api/state")["version"]
        assert time.monotonic() - ill_s < MENDED_S
        until(well.is_well, "it is well")
        assert Phrase(f"restarted_{illness}").to_json() in well.get("api/state")["notices"]
        assert well.counts() == {illness: 1}
        assert Phrase(f"restarted_{illness}").say("en") in well.log.read_text()
        assert well.process.poll() is None
    assert kept_repetitions(tmp_path) >= 1


@pytest.mark.usefixtures("model_bundle")
def test_an_end_without_a_word_is_noticed_and_one_that_was_asked_for_is_not(tmp_path: Path) -> None:
    with kiosk(tmp_path) as killed:
        killed.process.kill()
    with kiosk(tmp_path) as asked:
        assert Phrase("restarted_killed").to_json() in asked.get("api/state")["notices"]
        asked.process.send_signal(signal.SIGTERM)
        assert asked.process.wait(5) == 0
    with kiosk(tmp_path) as last:
        assert last.get("api/state")["notices"] == []
        assert last.counts() == {"killed": 1}


@pytest.mark.usefixtures("model_bundle")
def test_a_kiosk_that_systemd_aborts_says_where_it_stood_and_leaves_no_picture(tmp_path: Path) -> None:
    with kiosk(tmp_path) as aborted:
        until_it_counts(aborted, 1)
        limits = Path(f"/proc/{aborted.process.pid}/limits").read_text()
        assert re.search(r"Max core file size +1 +1 ", limits)
        aborted.process.send_signal(signal.SIGABRT)
        assert aborted.process.wait(5) == -signal.SIGABRT
        assert "kiosk/pipeline.py" in aborted.log.read_text()


@pytest.mark.usefixtures("model_bundle")
def test_a_process_that_was_stopped_as_a_whole_goes_on_when_it_is_let(tmp_path: Path) -> None:
    with kiosk(tmp_path) as stopped:
        until_it_counts(stopped, 1)
        stopped.process.send_signal(signal.SIGSTOP)
        time.sleep(9)
        stopped.process.send_signal(signal.SIGCONT)
        time.sleep(3)
        assert stopped.process.poll() is None
        assert stopped.get("healthz")["ok"]
