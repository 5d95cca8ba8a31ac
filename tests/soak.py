"""Does anything grow? `python -m tests.soak [--minutes 30]` lets the drawn athlete train as fast as the chain goes.

Viewers come and go meanwhile. Compares memory, threads and file descriptors after the first minutes with those at the
end, each while nobody watches; exit 1 if memory grew by more than 3 %, or if there are more threads or descriptors.
"""

import argparse
import contextlib
import math
import random
import statistics
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from tests.conftest import RunningKiosk, running_kiosk

WARM_SHARE = 1 / 6
"""Of the time: caches fill and libraries settle; five of thirty minutes."""

GROWTH = 0.03
VIEWERS = 6
REST_S = 5.0
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


class Visitors:
    """Watch for some seconds, leave, come back; now the picture, now the events, now single pages."""

    def __init__(self, kiosk: RunningKiosk) -> None:
        self._url = kiosk.url
        self._welcome = threading.Event()
        for number in range(VIEWERS):
            threading.Thread(target=self._come_and_go, args=(random.Random(number),), daemon=True).start()

    def let_in(self) -> None:
        self._welcome.set()

    def send_home(self) -> None:
        self._welcome.clear()

    def _come_and_go(self, chance: random.Random) -> None:
        while self._welcome.wait():
            time.sleep(chance.uniform(0, 4))
            path = chance.choice(["stream.mjpg", "stream.mjpg", "events", "snapshot.jpg", "api/state", ""])
            self._watch(path, time.monotonic() + chance.uniform(1, 20))

    def _watch(self, path: str, until_s: float) -> None:
        with (
            contextlib.suppress(OSError, HTTPException),
            urllib.request.urlopen(self._url + path, timeout=20) as answer,
        ):
            while time.monotonic() < until_s and self._welcome.is_set() and answer.read1(1 << 16):
                pass


def at_rest(kiosk: RunningKiosk, visitors: Visitors) -> Figures:
    """The figures while nobody watches: the median of some, as what they left is tidied up in time."""
    visitors.send_home()
    time.sleep(REST_S)
    found = []
    for _ in range(5):
        time.sleep(1)
        found.append(figures(kiosk))
    visitors.let_in()
    return {name: statistics.median(one[name] for one in found) for name in NAMES}


def fill_pool(kiosk: RunningKiosk) -> None:
    """Ask for many files at once: asyncio starts the few threads that read files when they are first needed."""
    with ThreadPoolExecutor(40) as asking:
        list(
            asking.map(lambda _: urllib.request.urlopen(kiosk.url + "static/kiosk.css", timeout=20).read(), range(200))
        )


def soaked(kiosk: RunningKiosk, minutes: float, tell: Callable[[str], None]) -> tuple[Figures, Figures]:
    """Return the figures at rest after the warm-up, and at the end."""
    visitors = Visitors(kiosk)
    visitors.let_in()
    fill_pool(kiosk)
    begun_s, first = time.monotonic(), None
    for minute in range(1, math.ceil(minutes) + 1):
        time.sleep(max(0.0, begun_s + min(60.0 * minute, 60 * minutes) - time.monotonic()))
        tell(f"minute {minute}: {said(figures(kiosk))}")
        if first is None and minute >= minutes * WARM_SHARE:
            first = at_rest(kiosk, visitors)
    last = at_rest(kiosk, visitors)
    return first or last, last


def said(found: Figures) -> str:
    memory, rest = found["memory_resident_bytes"] / 1e6, (f"{name} {found[name]:.0f}" for name in NAMES[1:])
    return f"{memory:.1f} MB, {', '.join(rest)}"


def grown(first: Figures, last: Figures, tell: Callable[[str], None]) -> list[str]:
    """Return what grew."""
    memory = first["memory_resident_bytes"], last["memory_resident_bytes"]
    tell(f"memory {memory[0] / 1e6:.1f} -> {memory[1] / 1e6:.1f} MB, {memory[1] / memory[0] - 1:+.2%}")
    wrong = ["memory"] if memory[1] > memory[0] * (1 + GROWTH) else []
    for name in ("threads", "open_files"):
        tell(f"{name} {first[name]:.0f} -> {last[name]:.0f}")
        wrong += [name] if last[name] > first[name] else []
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
