"""The thread that runs MediaPipe, and whatever it starts, reaches no network; the rest of the process does."""

import asyncio
import ctypes
import ctypes.util
import errno
import json
import platform
import socket
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from kiosk.pose.seal import SealError, seal

# System call numbers: of x86-64, and io_uring's, which are the same everywhere.
SOCKET, SOCKET_BY_X32, IO_URING_SETUP = 41, 41 | 0x40000000, 425


def sealed(work: Callable[[], object]) -> object:
    """Return what `work` returns in a new thread that has been sealed."""
    with ThreadPoolExecutor(1, initializer=seal) as thread:
        return thread.submit(work).result()


def socket_refused(family: socket.AddressFamily = socket.AF_INET) -> bool:
    try:
        socket.socket(family, socket.SOCK_DGRAM).close()
    except PermissionError:
        return True
    return False


def call_refused(*arguments: int) -> bool:
    """Whether the kernel answers a raw system call with EACCES."""
    libc = ctypes.CDLL(None, use_errno=True)
    return libc.syscall(*arguments) == -1 and ctypes.get_errno() == errno.EACCES


@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_INET6, socket.AF_UNIX], ids=str)
def test_a_sealed_thread_opens_no_socket_and_the_others_do(family: socket.AddressFamily) -> None:
    assert sealed(lambda: socket_refused(family))
    assert not socket_refused(socket.AF_UNIX)


def filters() -> int:
    """How many seccomp filters the calling thread has."""
    status = Path("/proc/thread-self/status").read_text(encoding="ascii")
    return int(status.split("Seccomp_filters:")[1].split()[0])


def test_a_thread_that_is_sealed_again_and_again_has_one_filter_more_than_the_others() -> None:
    def again() -> int:
        seal()
        seal()
        return filters()

    assert sealed(again) == filters() + 1


def test_threads_and_programs_that_it_starts_are_sealed_too() -> None:
    def grandchild() -> object:
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(socket_refused).result()

    assert sealed(grandchild)
    program = [sys.executable, "-c", "import socket; socket.socket()"]
    ended = sealed(lambda: subprocess.run(program, capture_output=True, text=True, check=False))
    assert isinstance(ended, subprocess.CompletedProcess)
    assert "Permission denied" in ended.stderr


def test_a_socket_of_another_thread_cannot_be_aimed() -> None:
    def aim() -> bool:
        try:
            ours.connect(("127.0.0.1", 9))
        except PermissionError:
            return True
        return False

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ours:
        assert sealed(aim)
        assert not aim()


def test_there_is_no_way_round() -> None:
    assert sealed(lambda: call_refused(IO_URING_SETUP, 1, 0))
    if platform.machine() == "x86_64":
        assert sealed(lambda: call_refused(SOCKET, socket.AF_INET, socket.SOCK_DGRAM, 0))
        assert sealed(lambda: call_refused(SOCKET_BY_X32, socket.AF_INET, socket.SOCK_DGRAM, 0))


def test_it_can_still_wake_an_event_loop() -> None:
    async def wait() -> None:
        loop = asyncio.get_running_loop()
        woken = asyncio.Event()
        with ThreadPoolExecutor(1, initializer=seal) as thread:
            thread.submit(loop.call_soon_threadsafe, woken.set)
            await asyncio.wait_for(woken.wait(), 10)

    asyncio.run(wait())


def test_without_libseccomp_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    find = ctypes.util.find_library
    monkeypatch.delitem(sys.modules, "pyseccomp", raising=False)
    monkeypatch.setattr(ctypes.util, "find_library", lambda name: None if name == "seccomp" else find(name))
    with pytest.raises(SealError, match=r"keep it off the network: libseccomp is missing .* apt install libseccomp2"):
        seal()
    assert not socket_refused()


# Reports {"before": threads before the engine's, "born": those after it, "main_socket": ...}, each thread by name and
# by the kernel's word on its seccomp mode (0 none, 2 filter).
ENGINE_THREADS = """
import json, socket, sys, threading
from pathlib import Path
import numpy as np
from kiosk.capture.frame import Frame
from kiosk.pose.mediapipe import MediaPipeEngine

def threads():
    status = {t.name: (t / "status").read_text() for t in Path("/proc/self/task").iterdir()}
    return {t: [s.split()[1], int(s.split("Seccomp:")[1].split()[0])] for t, s in status.items()}

def run():
    engine = MediaPipeEngine(Path(sys.argv[1]))
    for number in range(3):
        engine.detect(Frame(np.zeros((480, 640, 3), np.uint8), number / 30, number))
    done.set()
    release.wait()
    engine.close()

before, done, release = threads(), threading.Event(), threading.Event()
pose = threading.Thread(target=run)
pose.start()
assert done.wait(60)
born = {t: seen for t, seen in threads().items() if t not in before}
release.set()
pose.join()
socket.socket().close()
print(json.dumps({"before": before, "born": born}))
"""


def test_every_thread_of_mediapipe_is_sealed(model_bundle: Path) -> None:
    command = [sys.executable, "-c", ENGINE_THREADS, str(model_bundle)]
    ended = subprocess.run(command, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[1])
    seen = json.loads(ended.stdout)
    assert {mode for _, mode in seen["before"].values()} == {0}
    assert {mode for _, mode in seen["born"].values()} == {2}
    assert len(seen["born"]) >= 3  # the pose thread, the one that MediaPipe makes its calls in, its pool
