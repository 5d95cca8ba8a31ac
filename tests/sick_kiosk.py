"""A kiosk that falls ill: `python -m tests.sick_kiosk ILLNESS FILE run ...` falls ill once FILE is there."""

import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from kiosk import cli
from kiosk.capture.sources import SOURCES
from kiosk.health import memory
from kiosk.pipeline import Slot
from kiosk.pose.tracks import Tracks
from kiosk.web.live import Live

HANGS_S = 600.0
MOST_BYTES = 600 << 20
GROWS_BYTES, EACH_S = 20 << 20, 0.1


def when_told(file: Path, ill: Callable[[], None], work: Callable[..., Any]) -> Callable[..., Any]:
    """Return `work`, which falls ill once `file` is there."""

    def worked(*values: Any, **named: Any) -> Any:
        if file.exists():
            ill()
        return work(*values, **named)

    return worked


def hang() -> None:
    time.sleep(HANGS_S)


def die() -> None:
    raise RuntimeError("a test's own mistake")


def grow(file: Path) -> None:
    held: list[bytes] = []
    while len(held) * GROWS_BYTES < 2 * MOST_BYTES:
        time.sleep(EACH_S)
        if file.exists():
            held.append(b"x" * GROWS_BYTES)


def main() -> int:
    """Arrange for the illness, then be the kiosk."""
    illness, file = sys.argv[1], Path(sys.argv[2])
    if illness == "pose":
        Tracks.follow = when_told(file, hang, Tracks.follow)  # type: ignore[method-assign]
    elif illness == "failed":
        Tracks.follow = when_told(file, die, Tracks.follow)  # type: ignore[method-assign]
    elif illness == "view":
        Slot.take = when_told(file, hang, Slot.take)  # type: ignore[method-assign]
    elif illness == "loop":
        Live.take = when_told(file, hang, Live.take)  # type: ignore[method-assign]
    elif illness == "camera":
        demo = SOURCES["demo"]
        pause = when_told(file, hang, lambda picture: picture)
        SOURCES["demo"] = replace(demo, pictures=lambda *given: (pause(picture) for picture in demo.pictures(*given)))
    elif illness == "memory":
        memory.MOST_BYTES = MOST_BYTES  # type: ignore[misc]
        threading.Thread(target=grow, args=(file,), daemon=True).start()
    return cli.main(sys.argv[3:])


if __name__ == "__main__":
    sys.exit(main())
