"""What systemd is told, by real datagrams from a real process."""

import os
import re
import signal
import socket
import struct
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from kiosk.commands.run import LEAST_S
from kiosk.health.systemd import Notifier
from tests.conftest import ROOT, state_in
from tests.waiting import until

WATCHDOG_S = 3.0
SO_TIMESTAMPNS = 35  # socket(7): the kernel says when a datagram came; Python has no name for it


class Systemd:
    """What listens on $NOTIFY_SOCKET; `told` is all that came: (monotonic seconds when it was sent, fields)."""

    def __init__(self, address: str) -> None:
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self.socket.bind(address)
        self.socket.settimeout(0.05)
        self.told: list[tuple[float, dict[str, str]]] = []

    def hear(self, for_s: float, until: Callable[[dict[str, str]], bool] = lambda _: False) -> bool:
        """Listen for `for_s`, or until a datagram's fields are such; return whether one was."""
        deadline_s = time.monotonic() + for_s
        while time.monotonic() < deadline_s:
            try:
                data, stamps, _, _ = self.socket.recvmsg(4096, socket.CMSG_SPACE(16))
            except TimeoutError:
                continue
            seconds, nanoseconds = struct.unpack("qq", stamps[0][2])
            sent_s = seconds + nanoseconds / 1e9 - (time.time() - time.monotonic())
            self.told.append((sent_s, dict(line.split("=", 1) for line in data.decode().split("\n"))))
            if until(self.told[-1][1]):
                return True
        return False

    def times_s(self, name: str) -> list[float]:
        """When this field came."""
        return [at_s for at_s, fields in self.told if name in fields]

    def values(self, name: str) -> list[str]:
        return [fields[name] for _, fields in self.told if name in fields]


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[Systemd]:
    listening = Systemd(str(tmp_path / "notify"))
    yield listening
    listening.socket.close()


Run = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def run(model_bundle: Path, tmp_path: Path) -> Iterator[Run]:
    """Start a kiosk as systemd would: `sick` is what tests.sick_kiosk is to fall ill with."""
    started: list[subprocess.Popen[str]] = []

    def start(
        *options: str, address: str = str(tmp_path / "notify"), sick: str = "", watchdog_s: float = WATCHDOG_S
    ) -> subprocess.Popen[str]:
        program = ["tests.sick_kiosk", sick, str(tmp_path / "ill")] if sick else ["kiosk"]
        command = [sys.executable, "-m", *program, "run", "--port", "0", *options]
        told = {"NOTIFY_SOCKET": address, "WATCHDOG_USEC": str(int(watchdog_s * 1e6))}
        environment = os.environ | {"STATE_DIRECTORY": str(state_in(tmp_path))} | told
        with (tmp_path / "kiosk.log").open("w") as log:
            started.append(
                subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, text=True, cwd=ROOT, env=environment)
            )
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()


def ready(fields: dict[str, str]) -> bool:
    return fields.get("READY") == "1"


def status(pattern: str) -> Callable[[dict[str, str]], bool]:
    return lambda fields: re.fullmatch(pattern, fields.get("STATUS", "")) is not None


def test_it_is_ready_when_the_page_answers_and_says_how_it_goes_and_that_it_stops(
    systemd: Systemd, run: Run, tmp_path: Path
) -> None:
    process = run("--camera", "demo:squat")
    assert systemd.hear(30, ready)
    url = re.search(r"http://\S+", (tmp_path / "kiosk.log").read_text())
    assert url, "an address was announced before it was ready"
    with urllib.request.urlopen(url[0], timeout=5) as page:
        assert page.status == 200
    assert systemd.hear(20, status(r"squat · [1-9]\d* fps · 0 viewers"))
    with urllib.request.urlopen(url[0] + "stream.mjpg", timeout=5):
        assert systemd.hear(10, status(r"squat · \d+ fps · 1 viewer"))
    process.send_signal(signal.SIGTERM)
    assert systemd.hear(5, lambda fields: fields.get("STOPPING") == "1")
    assert process.wait(5) == 0
    after_s = systemd.times_s("STOPPING")[0]
    assert not [at_s for at_s in systemd.times_s("WATCHDOG") if at_s > after_s]
    statuses = systemd.times_s("STATUS")[:-1]
    assert all(later - earlier > 2 for earlier, later in pairwise(statuses[1:]))


def test_signs_of_life_come_in_time_also_while_a_camera_is_waited_for(systemd: Systemd, run: Run) -> None:
    watchdog_s = 7.5  # signs come each second all the same, and this machine may be busy for some
    run("--camera", "v4l2:/dev/video99", watchdog_s=watchdog_s)
    assert systemd.hear(30, ready)
    assert systemd.hear(20, status(r"squat · no live video: No camera at /dev/video99: check the cable · 0 viewers"))
    systemd.hear(12)
    signs_s = [*systemd.times_s("READY"), *systemd.times_s("WATCHDOG")]
    gaps_s = [later - earlier for earlier, later in pairwise(signs_s)]
    assert len(signs_s) > 10
    assert max(gaps_s) < 0.8 * watchdog_s
    assert time.monotonic() - signs_s[-1] < watchdog_s


def judged(url: str) -> float:
    with urllib.request.urlopen(f"{url}metrics", timeout=10) as answer:
        frames = re.search(r"^kiosk_frames_total (\S+)", answer.read().decode(), re.MULTILINE)
    return float(frames[1]) if frames else 0.0


def test_a_hung_pose_worker_ends_the_signs_of_life_though_the_page_still_answers(
    systemd: Systemd, run: Run, tmp_path: Path
) -> None:
    run("--camera", "demo:squat", sick="pose")
    assert systemd.hear(30, status(r"squat · [1-9]\d* fps · 0 viewers"))
    url = re.search(r"http://\S+", (tmp_path / "kiosk.log").read_text())
    assert url
    # The longer its frames have taken, the longer is waited for it, and the first one took long.
    until(lambda: judged(url[0]) > 60, "it judges")
    (tmp_path / "ill").touch()
    ill_s = time.monotonic()
    systemd.hear(14)
    # A worker is patiently waited for during 5 s, of which one had passed, and looked at each second.
    assert 1.5 < systemd.times_s("WATCHDOG")[-1] - ill_s < 10


def test_a_kiosk_that_can_t_start_says_why_at_once_and_is_not_started_anew_at_once(run: Run, tmp_path: Path) -> None:
    begun_s = time.monotonic()
    process = run("--camera", "telescope:1")
    until(lambda: "telescope" in (tmp_path / "kiosk.log").read_text(), "it says why")
    said_s = time.monotonic() - begun_s
    assert process.wait(30) == 2
    assert time.monotonic() - begun_s >= LEAST_S > said_s
    again = run("--camera", "telescope:1")
    until(lambda: "telescope" in (tmp_path / "kiosk.log").read_text(), "it says why")
    again.terminate()
    assert again.wait(5) == -signal.SIGTERM, "who stops it need not wait"


def test_an_abstract_name_is_told_too_and_one_that_nobody_hears_stops_nothing(run: Run) -> None:
    name = f"pose-kiosk-test-{os.getpid()}"
    listening = Systemd(f"\0{name}")
    process = run("--camera", "demo:squat", address=f"@{name}")
    assert listening.hear(30, ready)
    listening.socket.close()
    time.sleep(2 * WATCHDOG_S)
    assert process.poll() is None


# -- the datagrams


def notifier(tmp_path: Path, **environment: str) -> Notifier:
    return Notifier({"NOTIFY_SOCKET": str(tmp_path / "notify"), **environment})


def test_a_value_stays_in_its_line(systemd: Systemd, tmp_path: Path) -> None:
    notifier(tmp_path).tell(STATUS="two\nlines \ud800", READY=1)
    assert systemd.hear(1, ready)
    assert systemd.values("STATUS") == ["two lines ?"]


def test_a_failure_is_logged_once_until_it_works_again(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    told = notifier(tmp_path)
    told.tell(READY=1)
    told.tell(READY=1)
    assert len(caplog.records) == 1
    listening = Systemd(str(tmp_path / "notify"))
    told.tell(READY=1)
    assert listening.hear(1, ready)
    listening.socket.close()
    (tmp_path / "notify").unlink()
    told.tell(READY=1)
    assert len(caplog.records) == 2


def test_a_full_socket_blocks_nobody(systemd: Systemd, tmp_path: Path) -> None:
    told = notifier(tmp_path)
    begun_s = time.monotonic()
    for _ in range(2000):
        told.tell(WATCHDOG=1)
    assert time.monotonic() - begun_s < 30, "to be blocked would be for ever"
    assert systemd.hear(1, lambda fields: fields == {"WATCHDOG": "1"})


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "30000000"}, 30.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": str(os.getpid())}, 30.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
    ],
)
def test_the_watchdog_s_period_is_systemd_s(environment: dict[str, Any], expected: float | None) -> None:
    assert Notifier(environment).watchdog_s == expected


def test_without_systemd_nothing_is_told() -> None:
    for environment in ({}, {"NOTIFY_SOCKET": ""}, {"NOTIFY_SOCKET": "vsock:2:1"}):
        Notifier(environment).tell(READY=1)
