"""The machine's clock: monotonic seconds, their distance to the wall clock, and which start of the machine this is."""

import time
import uuid
from pathlib import Path
from typing import Final, Protocol

from kiosk.dates import ClockOffset

_BOOT: Final = Path("/proc/sys/kernel/random/boot_id")

_SYNCHRONISED: Final = Path("/run/systemd/timesync/synchronized")
"""systemd-timesyncd, which sets the clock on Debian, Raspberry Pi OS and Ubuntu, makes this file once it has.

Asking the kernel (adjtimex) would know of other time services too, but a sandbox that keeps a service from setting the
clock (ProtectClock=) forbids that question.
"""


class Clock(Protocol):
    """What the history knows of time."""

    @property
    def boot(self) -> str:
        """A name for this start of the machine; monotonic seconds of one boot can be compared."""
        ...

    def now_s(self) -> float:
        """Return monotonic seconds."""
        ...

    def offset(self) -> ClockOffset:
        """Return how far wall-clock time is from monotonic time now."""
        ...


class SystemClock:
    """The clock of this machine."""

    def __init__(self) -> None:
        try:
            self.boot = _BOOT.read_text(encoding="ascii").strip()
        except OSError:  # no /proc: then only this process is known to share its monotonic seconds
            self.boot = str(uuid.uuid4())

    def now_s(self) -> float:
        """Return monotonic seconds, as capture times are."""
        return time.monotonic()

    def offset(self) -> ClockOffset:
        """Return how far wall-clock time is from monotonic time now."""
        return ClockOffset(time.time() - time.monotonic(), _SYNCHRONISED.exists())
