"""Why the kiosk ended the last time, and how often for which cause: one small file, written at each start and end."""

import contextlib
import json
import logging
import os
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal, get_args

from kiosk.errors import FailedError
from kiosk.files import replace_file
from kiosk.words import Phrase

log = logging.getLogger(__name__)

Cause = Literal["pose", "view", "loop", "camera", "memory", "failed", "killed", "power"]
"""What stood still or grew; an error ended the kiosk; something else did, without a word; power was cut."""

CAUSES: Final[tuple[Cause, ...]] = get_args(Cause)

TOLD_S: Final = 300.0
"""For how long after the start the page says why the kiosk started anew."""

NAME: Final = "restarts.json"

WRITE_S: Final = 1.0
"""A disk that takes longer must not keep the kiosk from starting anew."""


class RepairError(FailedError):
    """The kiosk ends itself, to be started anew; the cause has been noted and logged."""


@dataclass
class Restarts:
    """The counts since the file was begun, and why the last run ended (None: as somebody wished, or never).

    `boot` names this start of the machine: a run that ended without a word in another one was cut off from power.
    """

    path: Path
    boot: str
    counts: dict[Cause, int] = field(default_factory=lambda: dict.fromkeys(CAUSES, 0))
    last: Cause | None = None
    began_s: float = field(default_factory=time.monotonic)

    @contextlib.contextmanager
    def counted(self) -> Iterator[None]:
        """Note how a run ends. What raises something else than RepairError ends it by an error."""
        self._begin()
        try:
            yield
        except RepairError:
            raise
        except Exception:
            self.note("failed")
            raise
        else:
            self._write(why=None, running=False)

    def note(self, cause: Cause) -> None:
        """Note why this run is about to end; returns within WRITE_S whatever the disk does."""
        self.counts[cause] += 1
        writing = threading.Thread(target=self._write, kwargs={"why": cause, "running": False}, daemon=True)
        writing.start()
        writing.join(WRITE_S)

    def notice(self) -> Phrase | None:
        """Return what the page is to say of the last end. A power cut is nothing that staff do not know."""
        told = self.last is not None and self.last != "power" and time.monotonic() - self.began_s < TOLD_S
        return Phrase(f"restarted_{self.last}") if told else None

    def _begin(self) -> None:
        stored = self._read()
        self.began_s = time.monotonic()
        self.counts |= {cause: _count(stored.get("counts"), cause) for cause in CAUSES}
        why, running = stored.get("why"), stored.get("running")
        self.last = why if why in CAUSES else None
        if isinstance(running, dict) and not self._is_alive(running):
            self.last = "killed" if running.get("boot") == self.boot else "power"
            self.counts[self.last] += 1
        if self.last:
            log.warning("the kiosk starts anew after: %s", Phrase(f"restarted_{self.last}").say("en"))
        self._write(why=None, running=True)

    def _is_alive(self, running: dict[str, Any]) -> bool:
        """Whether the run of the file goes on: another kiosk with the same state folder."""
        pid = running.get("pid")
        alive = isinstance(pid, int) and pid != os.getpid() and Path(f"/proc/{pid}").exists()
        return alive and running.get("boot") == self.boot

    def _read(self) -> dict[str, Any]:
        try:
            stored = json.loads(self.path.read_bytes())
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            log.warning("restarts are counted anew: %s can't be read: %s", self.path, error)
            return {}
        return stored if isinstance(stored, dict) else {}

    def _write(self, *, why: Cause | None, running: bool) -> None:
        me = {"boot": self.boot, "pid": os.getpid()} if running else None
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            replace_file(self.path, json.dumps({"counts": self.counts, "why": why, "running": me}).encode() + b"\n")
        except OSError as error:
            log.warning("why the kiosk starts and ends can't be noted in %s: %s", self.path, error.strerror)


def _count(counts: object, cause: Cause) -> int:
    count = counts.get(cause) if isinstance(counts, dict) else None
    return count if isinstance(count, int) and count >= 0 else 0
