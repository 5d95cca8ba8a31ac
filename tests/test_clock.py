"""The machine's clock: capture times, the same boot in every process, and whether the network has set it."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from kiosk import clock
from kiosk.clock import SystemClock


def test_now_is_the_time_that_frames_carry() -> None:
    before_s = time.monotonic()
    assert before_s <= SystemClock().now_s() <= time.monotonic()


def test_the_offset_leads_from_there_to_the_date() -> None:
    system, before_s = SystemClock(), time.time()
    assert before_s - 0.01 <= system.now_s() + system.offset().offset_s <= time.time() + 0.01


def test_the_boot_is_the_same_in_every_process() -> None:
    code = "from kiosk.clock import SystemClock; print(SystemClock().boot)"
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    assert SystemClock().boot == other


def test_without_a_boot_id_each_process_is_a_boot(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(clock, "_BOOT", tmp_path / "none")
    assert SystemClock().boot != SystemClock().boot


def test_the_time_service_says_when_the_clock_is_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    mark = tmp_path / "synchronized"
    monkeypatch.setattr(clock, "_SYNCHRONISED", mark)
    assert not SystemClock().offset().synchronised
    mark.touch()
    assert SystemClock().offset().synchronised
