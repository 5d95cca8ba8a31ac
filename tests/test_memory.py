"""How much memory is too much, on machines that are laid out in a folder."""

from pathlib import Path

import pytest

from kiosk.health.memory import LEAST_BYTES, MOST_BYTES, limit_bytes, resident_bytes

MB = 1 << 20


def machine(root: Path, total_mb: int, cgroup: str = "0::/", **limits: str) -> Path:
    """Lay out a machine; `limits` are files of control groups, `/` in their folder written as `__`."""
    (root / "proc/self").mkdir(parents=True)
    (root / "proc/meminfo").write_text(f"MemTotal:       {total_mb * 1024} kB\nMemFree:        1 kB\n")
    (root / "proc/self/cgroup").write_text(f"4:memory:/other\n{cgroup}\n")
    for name, text in limits.items():
        *folder, file = name.split("__")
        place = root / "sys/fs/cgroup" / "/".join(folder)
        place.mkdir(parents=True, exist_ok=True)
        (place / file.replace("_", ".")).write_text(text + "\n")
    return root


@pytest.mark.parametrize(
    ("total_mb", "expected"),
    [(415, LEAST_BYTES), (905, 452 * MB + MB // 2), (1870, 935 * MB), (3800, MOST_BYTES), (24000, MOST_BYTES)],
)
def test_it_is_half_of_the_machine_s_within_bounds(tmp_path: Path, total_mb: int, expected: int) -> None:
    assert limit_bytes(machine(tmp_path, total_mb)) == expected


@pytest.mark.parametrize(
    ("limits", "expected_mb"),
    [
        ({"system__kiosk__memory_max": str(600 * MB)}, 540),
        ({"system__kiosk__memory_max": str(600 * MB), "system__kiosk__memory_high": str(500 * MB)}, 450),
        ({"system__kiosk__memory_max": "max", "system__memory_max": str(400 * MB)}, 360),
        ({"system__kiosk__memory_max": "max", "other__memory_max": str(100 * MB)}, 935),
        ({"system__kiosk__memory_max": str(4000 * MB)}, 935),
    ],
)
def test_a_limit_of_the_service_s_own_counts(tmp_path: Path, limits: dict[str, str], expected_mb: int) -> None:
    assert limit_bytes(machine(tmp_path, 1870, "0::/system/kiosk", **limits)) == expected_mb * MB


def test_this_process_holds_some_memory_and_may_hold_more() -> None:
    before = resident_bytes()
    held = b"x" * (50 * MB)
    assert 40 * MB < resident_bytes() - before < 60 * MB
    del held
    assert before < limit_bytes()
