"""How hot the box is, on machines that are laid out in a folder."""

import time
from pathlib import Path

import pytest

from kiosk.health import heat as module
from kiosk.health.heat import Heat, read_heat

FIRMWARE = "sys/devices/platform/soc/soc:firmware/get_throttled"


def zone(root: Path, number: int, kind: str, temp: str) -> None:
    folder = root / f"sys/class/thermal/thermal_zone{number}"
    folder.mkdir(parents=True)
    (folder / "type").write_text(kind + "\n")
    (folder / "temp").write_text(temp + "\n")


def program(root: Path, script: str) -> None:
    path = root / "usr/bin/vcgencmd"
    path.parent.mkdir(parents=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def test_a_box_that_does_not_tell_is_not_hot(tmp_path: Path) -> None:
    assert read_heat(tmp_path) == Heat()


def test_a_raspberry_pi_tells_all(tmp_path: Path) -> None:
    zone(tmp_path, 0, "cpu-thermal", "74500")
    (tmp_path / FIRMWARE).parent.mkdir(parents=True)
    (tmp_path / FIRMWARE).write_text("0\n")
    assert read_heat(tmp_path) == Heat(74.5, 5.5, slowed=False, weak=False)


def test_the_hottest_part_of_the_processor_counts_and_no_other_part(tmp_path: Path) -> None:
    zone(tmp_path, 0, "acpitz", "27800")
    zone(tmp_path, 1, "x86_pkg_temp", "88000")
    zone(tmp_path, 2, "iwlwifi_1", "94000")
    zone(tmp_path, 3, "soc-thermal", "-274000")
    zone(tmp_path, 4, "cpu-thermal", "no number")
    (tmp_path / "sys/class/thermal/cooling_device0").mkdir()
    assert read_heat(tmp_path) == Heat(88.0, 7.0)


@pytest.mark.parametrize(
    ("said", "slowed", "weak"),
    [
        ("throttled=0x0", False, False),
        ("throttled=0x50005", True, True),
        ("throttled=0x50000", False, False),
        ("throttled=0x80008", True, False),
        ("throttled=0x2", True, False),
        ("throttled=0x1", False, True),
        ("VCHI initialization failed", None, None),
        ("", None, None),
    ],
)
def test_the_firmware_s_program_tells_what_is_so_now(
    tmp_path: Path, said: str, slowed: bool | None, weak: bool | None
) -> None:
    program(tmp_path, f"[ $1 = get_throttled ] && echo '{said}'")
    assert read_heat(tmp_path) == Heat(slowed=slowed, weak=weak)


def test_a_program_that_hangs_or_can_t_run_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ASK_S", 0.2)
    program(tmp_path, "exec sleep 20")
    begun_s = time.monotonic()
    assert read_heat(tmp_path) == Heat()
    assert time.monotonic() - begun_s < 5
    (tmp_path / "usr/bin/vcgencmd").write_bytes(b"\x7fELF not for this machine")
    assert read_heat(tmp_path) == Heat()
