"""Gives the guardian what it looks after."""

from collections.abc import Callable
from functools import partial
from typing import Final

from kiosk.health.guardian import Guardian, Ways
from kiosk.health.heartbeat import Heartbeat
from kiosk.health.systemd import Notifier
from kiosk.history.writer import History
from kiosk.pipeline import Pipeline
from kiosk.web.live import Live

RESCUE_S: Final = 0.5
"""How long the history may take to save what waits when nothing else works any more."""


def guardian(
    live: Live,
    pipeline: Pipeline,
    history: History,
    *,
    cross: Callable[..., None],
    fail: Callable[[BaseException], None],
    repairs: bool,
) -> Guardian:
    """Return the guardian of a kiosk; `cross` calls something in the event loop, `fail` ends the kiosk in order."""
    loop = Heartbeat("loop")
    ways = Ways(
        ping=partial(cross, loop.beat),
        status=live.status,
        camera_hung_s=live.camera.hung_s,
        fail=fail,
        rescue=partial(history.close, RESCUE_S),
    )
    return Guardian((*pipeline.heartbeats, loop), ways, live.restarts, Notifier(), repairs=repairs)
