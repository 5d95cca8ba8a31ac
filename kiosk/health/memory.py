"""What the process holds of the machine, and how much memory is too much.

A leak that is noticed here ends the kiosk with its training saved; one that the kernel notices kills it, or makes the
whole box crawl first.
"""

import os
from pathlib import Path
from typing import Final

SHARE: Final = 0.5
"""Of the machine's memory: the screen's browser and the system need the other half."""

LEAST_BYTES: Final = 450 << 20
"""Never less: a kiosk that works takes up to 350 MB with MediaPipe, and starting anew can't make it take less."""

MOST_BYTES: Final = 1 << 30
"""Never more: on a large machine too, three times what it should take is a leak."""

GROUP_SHARE: Final = 0.9
"""Of the service's own limit (MemoryMax=, MemoryHigh=), where the kernel would slow or kill it."""


def resident_bytes(root: Path = Path("/")) -> int:
    """Return this process's resident set in bytes."""
    pages = int((root / "proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def threads(root: Path = Path("/")) -> int:
    """Return how many threads this process has, those of native libraries included."""
    return len([*(root / "proc/self/task").iterdir()])


def open_files(root: Path = Path("/")) -> int:
    """Return how many file descriptors this process has open."""
    return len([*(root / "proc/self/fd").iterdir()])


def limit_bytes(root: Path = Path("/")) -> int:
    """Return how large the resident set may become; `root` is where the machine's /proc and /sys are."""
    limit = min(max(int(SHARE * _machine_bytes(root)), LEAST_BYTES), MOST_BYTES)
    return min([limit, *(int(GROUP_SHARE * group) for group in _group_limits(root))])


def _machine_bytes(root: Path) -> int:
    for line in (root / "proc/meminfo").read_text(encoding="ascii").splitlines():
        name, _, value = line.partition(":")
        if name == "MemTotal":
            return int(value.split()[0]) * 1024
    return MOST_BYTES


def _group_limits(root: Path) -> list[int]:
    """Return the limits of the control group that systemd made for the service, and of those around it."""
    try:
        lines = (root / "proc/self/cgroup").read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
    groups = root / "sys/fs/cgroup"
    own = next((line.removeprefix("0::/") for line in lines if line.startswith("0::/")), "")
    folders = [groups / own, *(groups / own).parents]
    texts = [
        _text(folder / name) for folder in folders[: len(Path(own).parts) + 1] for name in ("memory.high", "memory.max")
    ]
    return [int(text) for text in texts if text.isdecimal()]


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except OSError:
        return ""
