"""Connections that mean no good, and a flood of requests, against a kiosk on this machine: `python -m tests.hostile`.

The kiosk judges the drawn athlete with one viewer. Prints the frame rates before, during and after as a ratio, the
memory, and every answer that came. Nothing but this machine's own loopback is reached.
"""

import argparse
import contextlib
import multiprocessing
import os
import socket
import tempfile
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path
from statistics import median

from tests.conftest import RunningKiosk, running_kiosk

EACH = 25
KINDS = 8
ASKED_A_SECOND = 10_000
FLOODS = 20
"""Connections that the flood comes through; each is opened again when the kiosk closes it."""

HERE = "Host: 127.0.0.1\r\n"
PATHS = (
    "/static/../../../etc/passwd", "/static/%2e%2e/%2e%2e/etc/passwd", "//etc/passwd", "/static/..%2f..%2fetc/passwd",
    "/static/....//....//etc/passwd", "/%00", "/static/%c0%ae%c0%ae/etc/passwd", "/api/exercises/..%2fkiosk/yaml",
)  # fmt: skip
METHODS = ("BREW", "TRACE", "CONNECT", "PROPFIND", "DELETE", "PATCH")


def request(method: str = "GET", path: str = "/", more: str = "", host: str = HERE) -> bytes:
    return f"{method} {path} HTTP/1.1\r\n{host}{more}\r\n".encode()


UPGRADE = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAA\r\n"
SENT: dict[str, Callable[[int], bytes]] = {
    "slow headers": lambda _: b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ",
    "half open": lambda _: b"",
    "huge headers": lambda _: request(more=f"X-Huge: {'a' * 100_000}\r\n"),
    "odd methods": lambda number: request(METHODS[number % len(METHODS)]),
    "path traversal": lambda number: request(path=PATHS[number % len(PATHS)]),
    "foreign host": lambda _: request(host="Host: evil.example\r\n"),
    "websocket": lambda _: request(path="/socket", more=UPGRADE),
    "garbage": lambda number: b"\x16\x03\x01" + bytes(number) * 50 + b"\r\n\r\n",
}


@dataclass
class Attack:
    """Every connection of `SENT`, and what came back: by kind, the statuses, and how many were ended unanswered."""

    port: int
    answers: dict[str, Counter[str]] = field(default_factory=lambda: {kind: Counter() for kind in SENT})
    stop: threading.Event = field(default_factory=threading.Event)

    def start(self, each: int) -> list[threading.Thread]:
        threads = [
            threading.Thread(target=self._one, args=(kind, number), daemon=True)
            for kind in SENT
            for number in range(each)
        ]
        for thread in threads:
            thread.start()
        return threads

    def _one(self, kind: str, number: int) -> None:
        with contextlib.closing(socket.create_connection(("127.0.0.1", self.port), 30)) as connection:
            connection.settimeout(1.0)
            try:
                connection.sendall(SENT[kind](number))
                self.answers[kind][self._answer(kind, connection)] += 1
            except OSError:
                self.answers[kind]["ended"] += 1

    def _answer(self, kind: str, connection: socket.socket) -> str:
        while not self.stop.is_set():
            try:
                got = connection.recv(4096)
            except TimeoutError:
                if kind == "slow headers":
                    connection.sendall(b"a")
                continue
            return got.split(b" ", 2)[1].decode() if got.startswith(b"HTTP/1.") else "ended"
        return "waits"


def flood(port: int, seconds: float, asked: "multiprocessing.sharedctypes.Synchronized[int]") -> None:
    """Ask for ASKED_A_SECOND pages a second, as far as they are taken; a process of its own, of low priority."""
    os.nice(10)
    burst = request(path="/api/state", more="User-Agent: flood\r\n") * 50
    begun_s = time.monotonic()
    connections: list[socket.socket] = []
    while (past_s := time.monotonic() - begun_s) < seconds:
        while len(connections) < FLOODS and _open(port, connections):
            pass
        for connection in [*connections]:
            if asked.value > ASKED_A_SECOND * past_s:
                break
            try:
                connection.send(burst)
                asked.value += 50
                connection.recv(1 << 20)
            except BlockingIOError:
                pass
            except OSError:
                connections.remove(connection)
                connection.close()
        time.sleep(0.002)
    for connection in connections:
        connection.close()


def _open(port: int, connections: list[socket.socket]) -> bool:
    connection = socket.socket()
    connection.settimeout(0.2)
    try:
        connection.connect(("127.0.0.1", port))
    except OSError:
        connection.close()
        return False
    connection.setblocking(False)
    connections.append(connection)
    return True


def frames(kiosk: RunningKiosk) -> int:
    """How many frames have been judged."""
    with urllib.request.urlopen(kiosk.url + "metrics", timeout=30) as answer:
        text = answer.read().decode()
    return int(float(next(line for line in text.splitlines() if line.startswith("kiosk_frames_total")).split()[1]))


def rate(kiosk: RunningKiosk, for_s: float) -> float:
    """Frames a second over `for_s`."""
    before, begun_s = frames(kiosk), time.monotonic()
    time.sleep(for_s)
    return (frames(kiosk) - before) / (time.monotonic() - begun_s)


def resident_mb(kiosk: RunningKiosk) -> float:
    text = Path(f"/proc/{kiosk.process.pid}/statm").read_text()
    return int(text.split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


@contextlib.contextmanager
def viewer(kiosk: RunningKiosk) -> Iterator[list[int]]:
    """Somebody who watches; gives what they have received, in bytes."""
    received = [0]
    ended = threading.Event()

    def watch() -> None:
        with (
            contextlib.suppress(OSError, HTTPException),
            urllib.request.urlopen(kiosk.url + "stream.mjpg", timeout=30) as stream,
        ):
            while not ended.is_set():
                received[0] += len(stream.read1(1 << 16))

    threading.Thread(target=watch, daemon=True).start()
    yield received
    ended.set()


@dataclass
class Result:
    """Frames a second (before, under attack, under the flood, after), megabytes (before, most, after), answers."""

    fps: tuple[float, float, float, float]
    mb: tuple[float, float, float]
    answers: dict[str, Counter[str]]
    asked: int
    recovered_s: float
    log: str


def attacked(kiosk: RunningKiosk, *, each: int, seconds: float, calm_s: float = 5.0) -> Result:
    """Attack a kiosk that runs, then flood it."""
    with viewer(kiosk):
        time.sleep(5)
        calm, mb = rate(kiosk, calm_s), [resident_mb(kiosk)]
        attack = Attack(kiosk.port)
        threads = attack.start(each)
        time.sleep(1)
        under_attack = rate(kiosk, max(calm_s, 4.0))
        mb.append(resident_mb(kiosk))
        asked = multiprocessing.Value("q", 0)
        flooding = multiprocessing.Process(target=flood, args=(kiosk.port, seconds, asked))
        before, begun_s = frames(kiosk), time.monotonic()
        flooding.start()
        most = 0.0
        while flooding.is_alive():
            time.sleep(0.25)
            most = max(most, resident_mb(kiosk))
        took_s = time.monotonic() - begun_s
        recovering_s = time.monotonic()
        flooded = (frames(kiosk) - before) / (time.monotonic() - recovering_s + took_s)
        recovered_s = time.monotonic() - recovering_s
        attack.stop.set()
        for thread in threads:
            thread.join(5)
        after = rate(kiosk, calm_s)
    figures = mb[0], max(*mb, most), resident_mb(kiosk)
    fps = calm, under_attack, flooded, after
    return Result(fps, figures, attack.answers, int(asked.value), recovered_s, kiosk.log.read_text())


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--fps", type=int, default=30)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "kiosk.yaml"
        config.write_text(f"camera: {{fps: {options.fps}}}\npose: {{fps: {options.fps}}}\n")
        (Path(folder) / "exercises").symlink_to(Path("config/exercises").absolute())
        with running_kiosk(Path(folder), "--config", str(config), "--camera", "demo:squat") as kiosk:
            found = attacked(kiosk, each=EACH, seconds=options.seconds)
    calm = median([found.fps[0], found.fps[3]])
    print(f"frames a second: calm {calm:.1f}, {EACH * KINDS} hostile {found.fps[1]:.1f}, flood {found.fps[2]:.1f}")
    hostile, flooded, after = (fps / calm for fps in found.fps[1:])
    print(f"ratios: hostile {hostile:.2f}, flood {flooded:.2f}, after {after:.2f}")
    print(f"sent in {options.seconds:.0f} s: {found.asked} requests; first answer after it: {found.recovered_s:.2f} s")
    print("MB: before {:.0f}, most {:.0f}, after {:.0f}".format(*found.mb))
    for kind, answers in found.answers.items():
        print(f"{kind}: {dict(answers)}")
    at = found.log.find("Traceback")
    print("no traceback in the log" if at < 0 else f"in the log: {found.log[at : at + 3000]}")


if __name__ == "__main__":
    main()
