"""How hot the box is, and whether it slows itself: from the kernel's thermal zones and a Raspberry Pi's firmware."""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path("/")

SLOWS_C: Final = 80.0
"""A Raspberry Pi slows its processor from here on, so that it stays under 85
(https://www.raspberrypi.com/documentation/computers/raspberry-pi.html#frequency-management-and-thermal-control)."""

SLOWS_X86_C: Final = 95.0
"""PC processors are made for more: Intel's slow themselves at 100, some at 95."""

_X86: Final = ("x86_pkg_temp", "acpitz", "TCPU", "k10temp")
_OTHERS: Final = ("iwlwifi", "battery", "BAT", "nvme", "INT3400", "pch", "TSKN", "TMEM", "bms", "charger")
"""Zones that are not the processor's, by the beginning of their type."""

_FIRMWARE: Final = "sys/devices/platform/soc/soc:firmware/get_throttled"
_WEAK, _SLOWED = 0x1, 0xE
"""Bits of get_throttled: voltage too low now; frequency capped, throttled, or at the soft limit now
(https://www.raspberrypi.com/documentation/computers/os.html#get_throttled)."""

ASK_S: Final = 2.0
"""vcgencmd answers in 10 ms, or never."""


@dataclass(frozen=True, slots=True)
class Heat:
    """The hottest part of the processor in degrees Celsius, and how far that is from where it slows itself.

    `slowed`: it does now; `weak`: the power supply's voltage is too low now. None where the box does not tell.
    """

    temperature_c: float | None = None
    reserve_c: float | None = None
    slowed: bool | None = None
    weak: bool | None = None


def read_heat(root: Path | None = None) -> Heat:
    """Return how hot it is; may wait for a program for ASK_S. `root` is where the machine's /sys is."""
    root = ROOT if root is None else root
    zones = _zones(root / "sys/class/thermal")
    hottest = min(zones, key=lambda zone: zone[1], default=(None, None))
    flags = _flags(root)
    return Heat(*hottest, *((None, None) if flags is None else (bool(flags & _SLOWED), bool(flags & _WEAK))))


def _zones(folder: Path) -> list[tuple[float, float]]:
    """Return temperature and reserve of each zone of the processor."""
    found = []
    for zone in sorted(folder.glob("thermal_zone*")):
        try:
            kind = (zone / "type").read_text(encoding="ascii").strip()
            temperature_c = int((zone / "temp").read_text(encoding="ascii")) / 1000
        except (OSError, ValueError):  # a zone that is switched off can't be read
            continue
        if 0 < temperature_c < 150 and not kind.startswith(_OTHERS):
            found.append((temperature_c, (SLOWS_X86_C if kind.startswith(_X86) else SLOWS_C) - temperature_c))
    return found


def _flags(root: Path) -> int | None:
    """Return what a Raspberry Pi's firmware says of throttling: from the kernel, else from its own program."""
    try:
        text = (root / _FIRMWARE).read_text(encoding="ascii")
    except OSError:
        text = _asked(root)
    try:
        return int(text.strip().rpartition("=")[2], 16)
    except ValueError:
        return None


def _asked(root: Path) -> str:
    program = shutil.which("vcgencmd", path=f"{root / 'usr/bin'}:{root / 'opt/vc/bin'}")
    if program is None:
        return ""
    try:
        asked = subprocess.run(
            [program, "get_throttled"],
            capture_output=True,
            text=True,
            timeout=ASK_S,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return asked.stdout
