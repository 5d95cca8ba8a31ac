"""What tests share: the pose models, fetched once into the clone's state folder, and a kiosk that really runs."""

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from playwright.sync_api import Browser, expect, sync_playwright

from kiosk import models
from tests import fake_aplay
from tests.appliance import Box, fresh_box
from tests.browser import SCREENS, SIDEWAYS, Open, Scripted, Visit

# An example takes as long as the machine lets it.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

ROOT = Path(__file__).parents[1]
MODELS = ROOT / ".state" / "models"
START_S = 30.0


def pytest_addoption(parser: pytest.Parser) -> None:
    """How often the tests named *_crash.py kill the writer."""
    parser.addoption("--rounds", type=int, help="kills in each test of tests/test_*_crash.py (default: 20 and 3)")


@pytest.fixture(scope="session")
def model_bundle() -> Path:
    """The pruned bundle of the model `full`."""
    try:
        return models.fetch("full", MODELS)
    except models.ModelError as error:
        pytest.exit(f"the tests need the pose model full: {error}", returncode=2)


@pytest.fixture(scope="session")
def stock_bundle(model_bundle: Path) -> Path:
    """The same model with its segmentation head."""
    return models.stock("full", model_bundle.parent)


expect.set_options(timeout=20_000)  # a busy machine is slow, and that is no fault of the page


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, started once a file; a test opens a context of its own in it.

    Not once a session: while Playwright runs, it owns the thread's event loop, and asyncio.run() of other files fails.
    """
    quiet = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--no-first-run"]
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=quiet)
        yield chromium
        chromium.close()


@pytest.fixture
def daemon() -> Iterator[Scripted]:
    """A daemon that says what the test makes it say."""
    scripted = Scripted()
    yield scripted
    scripted.close()


@pytest.fixture
def visit(browser: Browser) -> Iterator[Open]:
    """Open a page on a screen of SCREENS, in a context of its own."""
    contexts = []

    def go(url: str, screen: str = "wall", **options: Any) -> Visit:
        width, height = {**SCREENS, **SIDEWAYS}[screen]
        contexts.append(browser.new_context(viewport={"width": width, "height": height}, **options))
        visited = Visit(contexts[-1].new_page())
        visited.page.goto(url)
        return visited

    yield go
    for context in contexts:
        context.close()


@dataclass
class RunningKiosk:
    """A kiosk in a process of its own, serving at `url`; `log` is the file with all that it says."""

    process: subprocess.Popen[str]
    url: str
    log: Path
    port: int = field(init=False)

    def __post_init__(self) -> None:
        self.port = int(self.url.rsplit(":", 1)[1].strip("/"))

    def health(self) -> int:
        """The status of what /healthz answers."""
        try:
            with urllib.request.urlopen(self.url + "healthz", timeout=20) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as refused:
            return refused.code

    def kill(self) -> None:
        """End it at once, as a power cut would."""
        self.process.kill()
        self.process.wait()

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to end; return its exit code."""
        self.process.send_signal(number)
        return self.process.wait(timeout=10)


RunKiosk = Callable[..., AbstractContextManager[RunningKiosk]]


@pytest.fixture
def run_kiosk(model_bundle: Path, tmp_path: Path) -> RunKiosk:
    """Start `kiosk run` with the given options on a free port, wait until it serves, and end it afterwards."""

    return partial(running_kiosk, tmp_path)


@contextlib.contextmanager
def running_kiosk(folder: Path, *options: str, state: Path | None = None) -> Iterator[RunningKiosk]:
    """Run a kiosk that logs into `folder`; its state folder is `state`, or one in `folder` with the clone's voice."""
    if state is None:
        state = state_in(folder)
        (ROOT / ".state" / "voice").mkdir(exist_ok=True)
        with contextlib.suppress(FileExistsError):
            (state / "voice").symlink_to(ROOT / ".state" / "voice")
    port = () if "--port" in options else ("--port", "0")
    log = folder / f"kiosk-{time.monotonic_ns()}.log"
    environment = os.environ | {"STATE_DIRECTORY": str(state)}
    with log.open("w") as out:
        command = [sys.executable, "-m", "kiosk", "run", *options, *port]
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, text=True, cwd=ROOT, env=environment)
    try:
        yield RunningKiosk(process, _announced(process, log), log)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


@pytest.fixture
def box() -> Iterator[Box]:
    """A machine that has never seen the kiosk, to install it on."""
    with fresh_box() as made:
        yield made


def state_in(folder: Path) -> Path:
    """A state folder in `folder` that has the models."""
    state = folder / "state"
    state.mkdir(exist_ok=True)
    with contextlib.suppress(FileExistsError):
        (state / "models").symlink_to(MODELS)
    return state


@pytest.fixture(scope="module")
def own_kiosk(model_bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningKiosk]:
    """A kiosk on the drawn athlete with config and state folders of its own, which a test may do anything to."""
    folder = tmp_path_factory.mktemp("own")
    shutil.copytree(ROOT / "config", folder / "config")
    config = str(folder / "config" / "kiosk.yaml")
    with running_kiosk(folder, "--config", config, "--camera", "demo:squat", state=state_in(folder)) as kiosk:
        yield kiosk


def _announced(process: subprocess.Popen[str], log: Path) -> str:
    deadline_s = time.monotonic() + START_S
    while time.monotonic() < deadline_s:
        if found := re.search(r"http://\S+", log.read_text()):
            return found[0]
        if process.poll() is not None:
            break
        time.sleep(0.02)
    pytest.fail(f"the kiosk did not start:\n{log.read_text()}")


@pytest.fixture
def sound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that stands for the sound device, which aplay on the PATH plays to."""
    fake_aplay.install(tmp_path / "bin", tmp_path / "sound")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=":")
    return tmp_path / "sound"


@pytest.fixture(autouse=True)
def not_sealed() -> Iterator[None]:
    """Fail a test that has sealed the thread that all tests run in: those after it could open no socket."""
    yield
    socket.socket().close()
