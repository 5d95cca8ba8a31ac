"""Tells systemd how the service is, by the protocol of sd_notify(3): one datagram of `NAME=value` lines.

The package `systemd-watchdog` does the same, but has only its version before last for Python 3.11, swallows every error
and knows no other clock than its own. The protocol is one sendto(), so it is written out here.
"""

import contextlib
import logging
import os
import socket
from collections.abc import Mapping
from typing import Final

log = logging.getLogger(__name__)

BEATS: Final = 3
"""So many signs of life in each period of the watchdog: one that is late by a second does no harm."""


class Notifier:
    """Tells whoever started this program; says nothing where that is not systemd. To be used from any thread."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        self._address = _address(environment.get("NOTIFY_SOCKET", ""))
        self._socket = None if self._address is None else socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        if self._socket is not None:
            self._socket.setblocking(False)
        self._failed = False
        self.watchdog_s = _watchdog_s(environment)

    def tell(self, **fields: str | int) -> None:
        """Send fields such as `READY=1` in one datagram; a failure is logged once, as the kiosk can go on without."""
        if self._socket is None or self._address is None:
            return
        text = "\n".join(f"{name}={' '.join(str(value).split())}" for name, value in fields.items())
        try:
            self._socket.sendto(text.encode(errors="replace"), self._address)
        except OSError as error:
            if not self._failed:
                log.warning("systemd can't be told how the kiosk is: %s", error.strerror)
            self._failed = True
        else:
            self._failed = False


def _address(told: str) -> str | None:
    """Return the socket's address: a path, or a name in the kernel's own space, which systemd writes with an @."""
    if told.startswith("@"):
        return "\0" + told[1:]
    return told if told.startswith("/") else None


def _watchdog_s(environment: Mapping[str, str]) -> float | None:
    """Return how long systemd waits for a sign of life in seconds, None if it does not wait for this process."""
    if environment.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()):
        return None
    with contextlib.suppress(ValueError):
        period_s = int(environment.get("WATCHDOG_USEC", "")) / 1e6
        return period_s if period_s > 0 else None
    return None
