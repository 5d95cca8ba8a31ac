"""/metrics, /healthz and `kiosk status` of a kiosk that really runs, and who may ask for them."""

import contextlib
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator, Sequence
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from kiosk.cli import main
from tests.conftest import ROOT, RunKiosk, RunningKiosk, state_in
from tests.doors import VIEWING, Caller, stranger
from tests.waiting import until


def figures(kiosk: RunningKiosk) -> dict[tuple[str, ...], float]:
    with urllib.request.urlopen(kiosk.url + "metrics", timeout=5) as answer:
        assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
        text = answer.read().decode()
    families = list(text_string_to_metric_families(text))
    assert all(family.documentation for family in families)
    return {(sample.name, *sample.labels.values()): sample.value for family in families for sample in family.samples}


def until_counted(kiosk: RunningKiosk, reps: int) -> dict[tuple[str, ...], float]:
    until(lambda: figures(kiosk)["kiosk_repetitions_total", "full"] >= reps, f"{reps} are counted")
    return figures(kiosk)


def test_the_figures_are_what_goes_on(run_kiosk: RunKiosk) -> None:
    with run_kiosk("--camera", "demo:squat?fault=deep&reps=2") as kiosk:
        told = until_counted(kiosk, 2)
        with urllib.request.urlopen(kiosk.url + "stream.mjpg", timeout=5) as stream:
            assert stream.read(100_000)  # some pictures
            watched = figures(kiosk)
        assert watched["kiosk_viewers",] == 1
        assert 0 < watched["kiosk_picture_delay_seconds", "0.5"] <= watched["kiosk_picture_delay_seconds", "0.95"]
        assert 0 < told["kiosk_frame_rate",] < 31
        assert told["kiosk_frames_total",] > 50
        assert 0 <= told["kiosk_frame_age_seconds",] < 2
        assert told["kiosk_warnings_total", "danger"] + told["kiosk_warnings_total", "caution"] >= 2
        assert told["kiosk_camera_live",] == told["kiosk_healthy",] == 1
        assert 60e6 < told["kiosk_memory_resident_bytes",] < 400e6 < told["kiosk_memory_limit_bytes",]
        tasks, files = (len([*Path(f"/proc/{kiosk.process.pid}/{what}").iterdir()]) for what in ("task", "fd"))
        assert told["kiosk_threads",] == pytest.approx(tasks, abs=3)
        assert told["kiosk_open_files",] == pytest.approx(files, abs=3)
        assert told["kiosk_history_written_total",] > 0
        assert told["kiosk_history_waiting",] >= 0
        assert told["kiosk_history_dropped_total",] == told["kiosk_history_notice",] == 0
        assert sum(value for (name, *_), value in told.items() if name == "kiosk_restarts_total") == 0
        assert (told["kiosk_pace_level",], told["kiosk_pace_frame_rate",]) == (0, 30)
        assert told["kiosk_pace_smaller_model",] == 0
        assert 0.001 < told["kiosk_frame_work_seconds",] < 1
        assert any(name == "kiosk_info" and {"full", "litert"} <= {*labels} for name, *labels in told)
        assert until_counted(kiosk, 2)["kiosk_frames_total",] > told["kiosk_frames_total",]


def test_status_is_a_page_for_people(run_kiosk: RunKiosk, capsys: pytest.CaptureFixture[str]) -> None:
    with run_kiosk("--camera", "demo:squat") as kiosk:
        until_counted(kiosk, 1)
        assert main(["status", "--port", str(kiosk.port)]) == 0
        said = capsys.readouterr().out
        lines = dict(line.split(maxsplit=1) for line in said.splitlines()[2:])
        assert said.startswith(f"pose-kiosk 0.1.0 at http://127.0.0.1:{kiosk.port}/")
        assert lines["Health"].startswith("well, for ")
        assert lines["Exercise"].startswith("Squat, ")
        assert lines["Camera"] == "demo:squat: live, 640 x 480"
        assert "of at most 30 frames a second, newest frame" in lines["Speed"]
        assert (lines["Viewers"], lines["Restarts"]) == ("0", "none")
        assert "MB of " in lines["Memory"]


def test_status_says_that_a_camera_is_missing_and_what_is_wrong(
    run_kiosk: RunKiosk, capsys: pytest.CaptureFixture[str]
) -> None:
    with run_kiosk("--camera", "v4l2:/dev/video99") as kiosk:
        until(lambda: "No camera at /dev/video99" in status(kiosk.port, capsys)[1], "the camera is told of")
        assert "no frame" in status(kiosk.port, capsys)[1]


def status(port: int, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    code = main(["status", "--port", str(port)])
    return code, "".join(capsys.readouterr())


def test_status_says_what_to_do_when_no_kiosk_runs(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        code, said = status(unused.getsockname()[1], capsys)
    assert code == 1
    assert "no kiosk answers at http://127.0.0.1:" in said
    assert "systemctl start kiosk" in said


class Other(BaseHTTPRequestHandler):
    """A program that is no kiosk."""

    code = 404

    def do_GET(self) -> None:
        self.send_response(self.code)
        self.end_headers()
        self.wfile.write(b"<html>")

    def log_message(self, *_: object) -> None:
        pass


@pytest.mark.parametrize("answer", [404, 200, 503])
def test_status_knows_a_program_that_is_no_kiosk(
    answer: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Other, "code", answer)
    with HTTPServer(("127.0.0.1", 0), Other) as other:
        threading.Thread(target=other.serve_forever, daemon=True).start()
        code, said = status(other.server_port, capsys)
        other.shutdown()
    assert code == 1
    assert "is no kiosk" in said


@contextlib.contextmanager
def arranged_kiosk(
    folder: Path, *arrangement: str, run: Sequence[str] = ("kiosk.cli", "run")
) -> Iterator[RunningKiosk]:
    """A kiosk of `run`, a module with its function main and what that is told, for which lines of Python arranged."""
    module, *told = run
    script, log, port = folder / "arranged.py", folder / "log", free_port()
    script.write_text("\n".join(("import sys", *arrangement, f"from {module} import main", "sys.exit(main())")))
    command = [sys.executable, str(script), *told, "--camera", "demo:squat", "--port", str(port)]
    environment = os.environ | {"STATE_DIRECTORY": str(state_in(folder)), "PYTHONPATH": str(ROOT)}
    with log.open("w") as out, subprocess.Popen(command, cwd=ROOT, env=environment, stdout=out, stderr=out) as process:
        try:
            kiosk = RunningKiosk(process, f"http://127.0.0.1:{port}/", log)  # type: ignore[arg-type]
            answers_within(kiosk, 30)
            yield kiosk
        finally:
            process.kill()


@pytest.mark.usefixtures("model_bundle")
def test_a_kiosk_that_hangs_is_not_well_for_all_who_ask(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One that nobody ends, so that it can be asked."""
    ill = tmp_path / "ill"
    untended = ("from kiosk.health.guardian import Guardian", "Guardian._repair = lambda *_: None")
    with arranged_kiosk(tmp_path, *untended, run=("tests.sick_kiosk", "pose", str(ill), "run")) as kiosk:
        until_counted(kiosk, 1)
        ill.touch()
        time.sleep(7)
        code, said = status(kiosk.port, capsys)
        assert code == 1
        assert "NOT WELL: the pose worker has shown no life for " in said
        assert kiosk.health() == 503
        assert figures(kiosk)["kiosk_healthy",] == 0


@pytest.mark.usefixtures("model_bundle")
def test_a_kiosk_is_well_once_its_pose_engine_is_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    loaded = tmp_path / "loaded"
    slow = (
        "import time",
        "from pathlib import Path",
        "from kiosk.pose.swap import Engines",
        "opened = Engines.open",
        "def open_later(self):",
        f"    while not Path({str(loaded)!r}).exists(): time.sleep(0.05)",
        "    return opened(self)",
        "Engines.open = open_later",
    )
    with arranged_kiosk(tmp_path, *slow) as kiosk:
        code, said = status(kiosk.port, capsys)
        assert code == 1
        assert "NOT WELL: the kiosk is starting: its pose engine is not there yet" in said
        assert kiosk.health() == 503
        assert figures(kiosk)["kiosk_healthy",] == 0
        with urllib.request.urlopen(kiosk.url, timeout=5) as page:
            assert page.status == 200, "the page does not wait"
        loaded.touch()
        until(lambda: kiosk.health() == 200, "it is well")
        assert figures(kiosk)["kiosk_healthy",] == 1
        assert status(kiosk.port, capsys)[0] == 0


def free_port() -> int:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return int(unused.getsockname()[1])


def answers_within(kiosk: RunningKiosk, within_s: float) -> None:
    deadline_s = time.monotonic() + within_s
    while True:
        try:
            figures(kiosk)
        except OSError:
            assert time.monotonic() < deadline_s, kiosk.log.read_text()
            time.sleep(0.1)
        else:
            return


def test_strangers_learn_nothing_and_viewers_may_ask(run_kiosk: RunKiosk, tmp_path: Path) -> None:
    state = tmp_path / "state"
    state.mkdir()
    pin = [sys.executable, "-m", "kiosk", "pin", "set", "viewing"]
    environment = os.environ | {"STATE_DIRECTORY": str(state)}
    subprocess.run(pin, input=f"{VIEWING}\n{VIEWING}\n", text=True, check=True, cwd=ROOT, env=environment)
    with run_kiosk("--camera", "demo:squat", "--host", "0.0.0.0") as kiosk:
        until(lambda: kiosk.health() == 200, "it is well")
        somebody = stranger(kiosk.port)
        for path in ("/metrics", "/healthz"):
            assert somebody.get(path).status == 401
            assert Caller(kiosk.port).get(path).status == 200
        assert somebody.sign_in(VIEWING).status == 200
        for path in ("/metrics", "/healthz"):
            assert somebody.get(path).status == 200
