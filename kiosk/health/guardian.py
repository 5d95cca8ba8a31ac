"""Watches over the kiosk from a thread of its own, tells systemd, and ends a kiosk that only a new start can mend.

A sign of life goes to systemd only while all is well: systemd then starts a kiosk anew whose threads stand still, even
one that is stopped as a whole and can judge nothing itself. Waiting for a camera is well; the worker lives meanwhile.
"""

import logging
import os
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from kiosk.health.heartbeat import Heartbeat, Part
from kiosk.health.memory import limit_bytes, resident_bytes
from kiosk.health.restarts import Cause, RepairError, Restarts
from kiosk.health.systemd import BEATS, Notifier

log = logging.getLogger(__name__)

LOOK_S: Final = 1.0
"""How often is looked."""

PAUSED_S: Final = 3.0
"""A look that comes this late was itself kept from running: the process was stopped, or the machine was."""

CAMERA_S: Final = 6.0
"""A camera's driver that hangs for longer won't wake: each way to read one gives up after 2 or 3 s by itself."""

STATUS_S: Final = 3.0
"""The line of `systemctl status` changes at most this often."""

ORDERLY_S: Final = 2.5
"""How long the kiosk may take to save its training before it is ended where it stands."""

_NAMES: Final[dict[Part, str]] = {"pose": "the pose worker", "view": "the view worker", "loop": "the event loop"}


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong: its kind, and a sentence for the log and for whoever asks /healthz."""

    cause: Cause
    text: str


@dataclass(frozen=True, slots=True)
class Ways:
    """How the guardian reaches the kiosk, each to be called from its thread and quick.

    `ping` makes the event loop show life. `status` returns the line for `systemctl status`. `camera_hung_s` returns for
    how many seconds the camera's driver has hung with no way round it. `fail` ends the kiosk in order; `rescue` saves
    what it can of the training where that does not work.
    """

    ping: Callable[[], None]
    status: Callable[[], str]
    camera_hung_s: Callable[[], float]
    fail: Callable[[BaseException], None]
    rescue: Callable[[], None]


class Guardian:
    """Looks after `beats`, the camera and the memory from `start` until `stopping`.

    With `repairs`, trouble is noted in `restarts` and the process ends with status 1; else it is only told.
    """

    def __init__(
        self, beats: Sequence[Heartbeat], ways: Ways, restarts: Restarts, notifier: Notifier, *, repairs: bool
    ) -> None:
        self.restarts = restarts
        self._beats = tuple(beats)
        self._ways = ways
        self._notifier = notifier
        self._repairs = repairs
        self.limit_bytes = limit_bytes()
        self._stopping, self._stopped = threading.Event(), threading.Event()
        self._awake_s = self._looked_s = time.monotonic()
        self._told: tuple[str, float] = ("", -STATUS_S)
        self._thread = threading.Thread(target=self._watch, name="guardian", daemon=True)

    def start(self) -> None:
        """Say that the kiosk is ready, and begin to watch."""
        self._notifier.tell(READY=1, STATUS="starting")
        self._thread.start()

    def stopping(self) -> None:
        """Say that the kiosk ends, and watch no more."""
        self._stopping.set()
        self._notifier.tell(STOPPING=1, STATUS="stopping")

    def stopped(self) -> None:
        """Say that the training is saved: a kiosk that is to start anew ends now."""
        self._stopped.set()

    def trouble(self) -> Trouble | None:
        """Return what is wrong now, None while all is well; from any thread."""
        now_s = time.monotonic()
        for beat in self._beats:
            silent_s = beat.overdue_s(now_s, self._awake_s)
            if silent_s is not None:
                return Trouble(beat.part, f"{_NAMES[beat.part]} has shown no life for {silent_s:.0f} s")
        hung_s = min(self._ways.camera_hung_s(), now_s - self._awake_s)
        if hung_s > CAMERA_S:
            return Trouble("camera", f"the camera's driver has hung for {hung_s:.0f} s")
        resident = resident_bytes()
        if resident > self.limit_bytes:
            return Trouble("memory", f"{resident >> 20} MB of memory are in use, of {self.limit_bytes >> 20} at most")
        return None

    def _watch(self) -> None:
        period_s = min(LOOK_S, (self._notifier.watchdog_s or LOOK_S) / BEATS)
        while not self._stopping.wait(period_s):
            try:
                self._look(time.monotonic())
            except Exception:
                # The thread's edge. Without a sign of life systemd starts the kiosk anew; nothing else is to be done.
                log.exception("the kiosk can't be watched")

    def _look(self, now_s: float) -> None:
        if now_s - self._looked_s > PAUSED_S:
            self._awake_s = now_s
        self._looked_s = now_s
        self._ways.ping()
        trouble = self.trouble()
        if trouble is None:
            self._notifier.tell(WATCHDOG=1)
            self._tell_status(self._ways.status(), now_s)
        elif self._repairs:
            self._repair(trouble)

    def _tell_status(self, status: str, now_s: float) -> None:
        told, at_s = self._told
        if status != told and now_s - at_s >= STATUS_S:
            self._told = status, now_s
            self._notifier.tell(STATUS=status)

    def _repair(self, trouble: Trouble) -> None:
        """End the process, with its training saved if that can be done."""
        log.error("the kiosk ends, to be started anew: %s", trouble.text)
        self.restarts.note(trouble.cause)
        self._ways.fail(RepairError(trouble.text))
        if trouble.cause == "loop" or not self._stopped.wait(ORDERLY_S):
            self._ways.rescue()
        os._exit(1)
