"""Watches over the kiosk from a thread of its own, and tells systemd.

A sign of life goes to systemd only while all is well: systemd then starts a kiosk anew whose threads stand still, even
one that is stopped as a whole and can judge nothing itself. Waiting for a camera is well; the worker lives meanwhile.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from kiosk.health.heartbeat import Heartbeat, Part
from kiosk.health.systemd import BEATS, Notifier

log = logging.getLogger(__name__)

LOOK_S: Final = 1.0
"""How often is looked."""

PAUSED_S: Final = 3.0
"""A look that comes this late was itself kept from running: the process was stopped, or the machine was."""

STATUS_S: Final = 3.0
"""The line of `systemctl status` changes at most this often."""

_NAMES: Final[dict[Part, str]] = {"pose": "the pose worker", "view": "the view worker", "loop": "the event loop"}


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong: a short name of its kind, and a sentence for the log and for whoever asks /healthz."""

    kind: str
    text: str


class Guardian:
    """Looks after `beats` from `start` until `stopping`; `status` returns the line for `systemctl status`.

    `ping` is called with each look, from the guardian's thread: it makes the event loop show life.
    """

    def __init__(
        self,
        beats: Sequence[Heartbeat],
        *,
        notifier: Notifier,
        status: Callable[[], str],
        ping: Callable[[], None],
    ) -> None:
        self._beats = tuple(beats)
        self._notifier = notifier
        self._status = status
        self._ping = ping
        self._ended = threading.Event()
        self._awake_s = self._looked_s = time.monotonic()
        self._told: tuple[str, float] = ("", -STATUS_S)
        self._thread = threading.Thread(target=self._watch, name="guardian", daemon=True)

    def start(self) -> None:
        """Say that the kiosk is ready, and begin to watch."""
        self._notifier.tell(READY=1, STATUS="starting")
        self._thread.start()

    def stopping(self) -> None:
        """Say that the kiosk ends, and watch no more."""
        self._ended.set()
        self._notifier.tell(STOPPING=1, STATUS="stopping")

    def trouble(self) -> Trouble | None:
        """Return what is wrong now, None while all is well; from any thread."""
        now_s = time.monotonic()
        for beat in self._beats:
            silent_s = beat.overdue_s(now_s, self._awake_s)
            if silent_s is not None:
                return Trouble(beat.part, f"{_NAMES[beat.part]} has shown no life for {silent_s:.0f} s")
        return None

    def _watch(self) -> None:
        period_s = min(LOOK_S, (self._notifier.watchdog_s or LOOK_S) / BEATS)
        while not self._ended.wait(period_s):
            try:
                self._look(time.monotonic())
            except Exception:
                # The thread's edge. Without a sign of life systemd starts the kiosk anew; nothing else is to be done.
                log.exception("the kiosk can't be watched")

    def _look(self, now_s: float) -> None:
        if now_s - self._looked_s > PAUSED_S:
            self._awake_s = now_s
        self._looked_s = now_s
        self._ping()
        trouble = self.trouble()
        if trouble is None:
            self._notifier.tell(WATCHDOG=1)
            self._tell_status(self._status(), now_s)

    def _tell_status(self, status: str, now_s: float) -> None:
        told, at_s = self._told
        if status != told and now_s - at_s >= STATUS_S:
            self._told = status, now_s
            self._notifier.tell(STATUS=status)
