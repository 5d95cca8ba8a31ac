"""Waiting for what another thread, process or page brings about."""

import asyncio
import time
from collections.abc import Callable

WITHIN_S = 30.0
"""Longer than anything takes on a busy machine: only what is broken waits so long."""


def until(true: Callable[[], object], what: str = "it did not happen", *, within_s: float = WITHIN_S) -> None:
    """Wait until `true` says so."""
    deadline_s = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < deadline_s, f"not within {within_s:g} s: {what}"
        time.sleep(0.01)


async def in_time(true: Callable[[], object], what: str = "it did not happen") -> None:
    """Wait until `true` says so, while the event loop goes on."""
    deadline_s = time.monotonic() + WITHIN_S
    while not true():
        assert time.monotonic() < deadline_s, f"not within {WITHIN_S:g} s: {what}"
        await asyncio.sleep(0.01)
