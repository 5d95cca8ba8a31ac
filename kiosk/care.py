"""Takes care of the running kiosk: its guardian, its pace, and why it ended the last time."""

import math
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

from kiosk.config import PoseSettings
from kiosk.health.guardian import Guardian, Ways
from kiosk.health.heartbeat import Heartbeat
from kiosk.health.pacer import Pacer
from kiosk.health.restarts import NAME, Restarts
from kiosk.health.systemd import Notifier
from kiosk.history.writer import History
from kiosk.pipeline import Pipeline
from kiosk.web.live import Live

RESCUE_S: Final = 0.5
"""How long the history may take to save what waits when nothing else works any more."""


class Care:
    """What looks after a kiosk, from `start` until `stopping` and `stopped`.

    Without `tended` what is wrong is only told, and the pace stays as it is.

    `restarts` and `pacer` are there for the page from the beginning; `guardian` is once `take_up` was told whom to care
    for.
    """

    guardian: Guardian

    def __init__(self, state: Path, boot: str, pose: PoseSettings, *, tended: bool) -> None:
        self.restarts = Restarts(state / NAME, boot)
        self.pacer = Pacer(pose.fps if tended else math.inf, pose.model)
        self._tended = tended
        self._begin_pace: Callable[[], None] | None = None

    def take_up(
        self,
        live: Live,
        pipeline: Pipeline,
        history: History,
        *,
        cross: Callable[..., None],
        fail: Callable[[BaseException], None],
    ) -> None:
        """Care for these; `cross` calls something in the event loop, `fail` ends the kiosk in order."""
        loop = Heartbeat("loop")
        ways = Ways(
            ping=partial(cross, loop.beat),
            status=live.status,
            camera_hung_s=live.camera.hung_s,
            fail=fail,
            rescue=partial(history.close, RESCUE_S),
        )
        self.guardian = Guardian((*pipeline.heartbeats, loop), ways, self.restarts, Notifier(), repairs=self._tended)
        if self._tended:
            self._begin_pace = partial(self.pacer.start, lambda: pipeline.work, pipeline.pace)

    def start(self) -> None:
        """Begin, and tell systemd that the kiosk is ready."""
        if self._begin_pace:
            self._begin_pace()
        self.guardian.start()

    def stopping(self) -> None:
        """The kiosk ends."""
        self.pacer.stop()
        self.guardian.stopping()

    def stopped(self) -> None:
        """The training is saved."""
        self.guardian.stopped()
