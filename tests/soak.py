"""Does anything grow? `python -m tests.soak [--minutes 30]` lets the drawn athlete train as fast as the chain goes.

Viewers come and go meanwhile. Compares memory, threads and file descriptors after the first minutes with those at the
end; exit 1 if memory grew by more than 3 %, or if there are more threads or descriptors.
"""

import argparse
import contextlib
import random
import statistics
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable
from http.client import HTTPException
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from tests.conftest import RunningKiosk, running_kiosk

WARM_SHARE = 1 / 6
"""Of the time: caches fill and libraries settle; five of thirty minutes."""

GROWTH = 0.03
VIEWERS = 6
EACH_S = 5.0
FPS = 120
NAMES = ("memory_resident_bytes", "threads", "open_files", "frame_rate", "frames", "repetitions")

Figures = dict[str, float]


def figures(kiosk: RunningKiosk) -> Figures:
    """The figures of /metrics named in NAMES; of those with a label, the sum."""
    with urllib.request.urlopen(kiosk.url + "metrics", timeout=30) as answer:
        families = text_string_to_metric_families(answer.read().decode())
    return {
        family.name.removeprefix("kiosk_"): sum(sample.value for sample in family.samples)
        for family in families
        if family.name.removeprefix("kiosk_") in NAMES
    }


def come_and_go(kiosk: RunningKiosk, ended: threading.Event, chance: random.Random) -> None:
    """Watch for some seconds, leave, come back; now the picture, now the events, now single pages."""
    while not ended.wait(chance.uniform(0, 4)):
        path = chance.choice(["stream.mjpg", "stream.mjpg", "events", "snapshot.jpg", "api/state", ""])
        until_s = time.monotonic() + chance.uniform(1, 20)
        with (
            contextlib.suppress(OSError, HTTPException),
            urllib.request.urlopen(kiosk.url + path, timeout=20) as answer,
        ):
            while time.monotonic() < until_s and not ended.is_set() and answer.read1(1 << 16):
                pass


def soaked(kiosk: RunningKiosk, minutes: float, tell: Callable[[str], None]) -> tuple[list[Figures], list[Figures]]:
    """Return the figures of the time just after the warm-up, and those of the end; as long as each other."""
    ended = threading.Event()
    for number in range(VIEWERS):
        given = kiosk, ended, random.Random(number)
        threading.Thread(target=come_and_go, args=given, daemon=True).start()
    begun_s, told_s, all_figures = time.monotonic(), 0.0, list[tuple[float, Figures]]()
    while (past_s := time.monotonic() - begun_s) < 60 * minutes:
        time.sleep(EACH_S)
        all_figures.append((past_s, figures(kiosk)))
        if past_s - told_s >= 60:
            told_s = past_s
            tell(f"minute {past_s / 60:.0f}: {said(all_figures[-1][1])}")
    ended.set()
    warm_s, part_s = 60 * minutes * WARM_SHARE, 60 * minutes * WARM_SHARE
    first = [found for at_s, found in all_figures if warm_s <= at_s < warm_s + part_s]
    last = [found for at_s, found in all_figures if at_s >= 60 * minutes - part_s]
    return first, last


def said(found: Figures) -> str:
    memory, rest = found["memory_resident_bytes"] / 1e6, (f"{name} {found[name]:.0f}" for name in NAMES[1:])
    return f"{memory:.1f} MB, {', '.join(rest)}"


def grown(first: list[Figures], last: list[Figures], tell: Callable[[str], None]) -> list[str]:
    """Return what grew; viewers come and go, so threads and descriptors are compared by their least."""
    memory = [statistics.median(found["memory_resident_bytes"] for found in part) for part in (first, last)]
    tell(f"memory {memory[0] / 1e6:.1f} -> {memory[1] / 1e6:.1f} MB, {memory[1] / memory[0] - 1:+.2%}")
    wrong = ["memory"] if memory[1] > memory[0] * (1 + GROWTH) else []
    for name in ("threads", "open_files"):
        before, after = (min(found[name] for found in part) for part in (first, last))
        tell(f"{name} {before:.0f} -> {after:.0f}")
        wrong += [name] if after > before else []
    return wrong


def main() -> int:
    """Soak a kiosk, print what it took, return 1 if anything grew."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "kiosk.yaml"
        config.write_text(f"camera: {{fps: {FPS}}}\npose: {{fps: {FPS}}}\n")
        (Path(folder) / "exercises").symlink_to(Path("config/exercises").absolute())
        with running_kiosk(Path(folder), "--config", str(config), "--camera", "demo:squat?fault=mix") as kiosk:
            wrong = grown(*soaked(kiosk, options.minutes, lambda line: print(line, flush=True)), print)
            if kiosk.process.poll() is not None or "Traceback" in kiosk.log.read_text():
                wrong.append(f"the log: {kiosk.log.read_text()[-2000:]}")
    print(f"grew: {', '.join(wrong)}" if wrong else "nothing grew")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
