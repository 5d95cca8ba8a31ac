"""Limits are lowered, whatever was allowed before."""

import resource
import subprocess
import sys

import pytest

from kiosk.rlimits import leave_no_core, lower_limit
from tests.conftest import ROOT

UNPRIVILEGED = 65534
"""Root could raise a limit."""


@pytest.mark.parametrize("hard", [0, 1, 4096, resource.RLIM_INFINITY])
def test_no_core_is_left_and_nothing_is_raised(hard: int, monkeypatch: pytest.MonkeyPatch) -> None:
    held: dict[int, tuple[int, int]] = {}
    monkeypatch.setattr(resource, "getrlimit", lambda _: (0, hard))
    monkeypatch.setattr(resource, "setrlimit", held.__setitem__)
    leave_no_core()
    assert held == {resource.RLIMIT_CORE: (min(hard, 1),) * 2 if hard >= 0 else (1, 1)}
    lower_limit(resource.RLIMIT_DATA, 2000)
    assert held[resource.RLIMIT_DATA] == ((min(hard, 2000),) * 2 if hard >= 0 else (2000, 2000))


def test_a_process_that_may_leave_no_core_at_all_goes_on() -> None:
    script = f"""
import os, resource
from kiosk.rlimits import leave_no_core
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
if os.geteuid() == 0:
    os.setuid({UNPRIVILEGED})
leave_no_core()
print(*resource.getrlimit(resource.RLIMIT_CORE))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout == "0 0\n"
