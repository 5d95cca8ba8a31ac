"""The command as people type it, and what they get for typing it wrong: one clear line and exit code 2."""

import json
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from kiosk.cli import main
from kiosk.demo.athlete import Athlete
from tests.conftest import MODELS, ROOT


def kiosk(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "kiosk", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=ROOT, check=False)


FOR_SINGLE_REQUESTS = ("PIL", "matplotlib", "mediapipe", "prometheus_client", "segno", "kiosk.report.page")


def test_the_page_answers_before_anything_is_imported_that_only_some_requests_need() -> None:
    told = f"import sys, kiosk.commands.run; print(*({set(FOR_SINGLE_REQUESTS)} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout == "\n"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A copy of the shipped configuration, to be spoilt."""
    shutil.copytree(ROOT / "config", tmp_path / "config")
    return tmp_path / "config" / "kiosk.yaml"


def spoil(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("kiosk.yaml", "language: en", "langauge: en", ":2:1: unknown key 'langauge' - did you mean 'language'?"),
        ("kiosk.yaml", "fps: 30", "fps: fast", "expected a number, not 'fast'"),
        ("kiosk.yaml", "port: 8080", "port: 99999", "less than or equal to 65535, not '99999'"),
        ("kiosk.yaml", "model: full", "model: ful", "'ful' is not one of lite, full, heavy - did you mean 'full'?"),
        ("kiosk.yaml", "exercise: squat", "exercise: sqat", "no such exercise: 'sqat' - did you mean 'squat'?"),
        ("kiosk.yaml", "web:", "web: [", "YAML: "),
        ("exercises/squat.yaml", "when: knee <", "when: kneee <", "unknown measure 'kneee' - did you mean 'knee'?"),
        ("exercises/squat.yaml", "measures:", "measures: {", "YAML: "),
        ("exercises/squat.yaml", "view: any", "veiw: any", "unknown key 'veiw' - did you mean 'view'?"),
    ],
)
def test_a_wrong_file_is_named_by_line_and_column(config: Path, file: str, old: str, new: str, said: str) -> None:
    path = config.parent / file
    spoil(path, old, new)
    for command in (("check", str(path)), ("run", "--config", str(config), "--camera", "demo:squat", "--port", "0")):
        done = kiosk(*command)
        assert done.returncode == 2, command
        lines = (done.stdout + done.stderr).splitlines()
        assert any(line.startswith(f"{path}:") and said in line for line in lines), lines
        assert len(lines) == 1, lines


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run", "--exercise", "sqat"], "no such exercise: 'sqat' - did you mean 'squat'?"),
        (["run", "--camera", "demmo:squat"], "demo"),
        (["run", "--camera", "demo:squat?fault=depe"], "deep"),
        (["run", "--camera", "v4l2:"], "v4l2:/dev/video0"),
        (["run", "--config", "nowhere/kiosk.yaml"], "nowhere/kiosk.yaml:1:1: can't be read: No such file"),
        (["run", "--port", "70000"], "a port is a number from 0 to 65535"),
        (["status", "--port", "99999"], "--port 99999: a port is a number from 0 to 65535"),
        (["status", "--port", "-1"], "--port -1: a port is a number from 0 to 65535"),
        (["report", "--out", "report.html", "--exercise", "squ\udcff"], r"squ\udcff: this is no text in UTF-8"),
        (["export", "--out", "\udcff.csv"], r"\udcff.csv: this is no text in UTF-8"),
        (["run", "--record", "film.mp4"], ".poses.jsonl"),
        (["run", "--record", "nowhere/run.poses.jsonl"], "can't be written"),
        (["replay", "nowhere.mp4", "--exercise", "squat"], "nowhere.mp4"),
        (["replay", "README.md", "--exercise", "squat"], "README.md"),
        (["replay", "nowhere.poses.jsonl", "--exercise", "squat"], "nowhere.poses.jsonl"),
        (["replay", "README.md", "--exercise", "plonk"], "no such exercise: 'plonk'"),
        (["models", "fetch", "ful"], "did you mean full?"),
        (["check", "nowhere.yaml"], "nowhere.yaml:1:1: can't be read"),
    ],
)
def test_a_wrong_command_line_is_answered_in_one_line(arguments: list[str], said: str, model_bundle: Path) -> None:
    done = kiosk(*arguments)
    assert done.returncode == 2
    lines = (done.stdout + done.stderr).splitlines()
    assert len(lines) == 1, lines
    assert said in lines[0]


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_reader_that_has_had_enough_ends_a_command_without_a_word(unbuffered: str, tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "kiosk", "tune", "squat"]
    environment = os.environ | {"STATE_DIRECTORY": str(tmp_path), "PYTHONUNBUFFERED": unbuffered}
    try:
        done = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, cwd=ROOT, env=environment, check=False)
    finally:
        os.close(writing)
    assert (done.returncode, done.stderr) == (141, b"")


def test_a_port_in_use_is_said_in_one_line(model_bundle: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = kiosk("run", "--camera", "demo:squat", "--port", str(port))
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        f"kiosk: port {port} is in use: stop the other program or choose another with --port"
    ]


def test_a_model_that_is_not_there_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path))
    done = kiosk("run", "--camera", "demo:squat", "--port", "0")
    assert done.returncode == 2
    assert "kiosk models fetch full" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_check_finds_the_shipped_files_in_order(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check"]) == 0
    assert "no mistakes" in capsys.readouterr().out


def test_a_broken_recording_is_named_by_line(tmp_path: Path) -> None:
    path = tmp_path / "broken.poses.jsonl"
    head = '{"kind": "pose-recording", "version": 1, "width": 640, "height": 480, "fps": 30}\n'
    path.write_text(head + '{"t_s": 0, "points": null, "world": null}\n{"t_s": 1, "points": [[1]], "world": 3}\n')
    done = kiosk("replay", str(path), "--exercise", "squat")
    assert done.returncode == 2
    assert done.stderr.splitlines() == [f"kiosk: {path}:3: this line is not a frame of a pose recording"]


def test_a_video_is_replayed_with_events_summary_and_annotated_video(tmp_path: Path, model_bundle: Path) -> None:
    cv2 = pytest.importorskip("cv2")
    film, out, summary = tmp_path / "squat.mp4", tmp_path / "out.mp4", tmp_path / "summary.json"
    athlete = Athlete("squat", fault="deep")
    writer = cv2.VideoWriter(str(film), cv2.VideoWriter.fourcc(*"mp4v"), 10, (640, 480))
    frames = 48
    for number in range(frames):
        writer.write(athlete.draw(number / 10, 640, 480))
    writer.release()
    done = kiosk("replay", str(film), "--exercise", "squat", "--json", str(summary), "--video", str(out))
    assert done.returncode == 0, done.stderr
    found = json.loads(summary.read_text())
    assert found == json.loads(done.stdout.splitlines()[-1])
    assert found.keys() == {"frames", "poses", "reps", "partials", "holds_s", "warnings", "rep_times_s", "fps"}
    assert (found["frames"], found["reps"], found["partials"]) == (frames, 1, 0)
    assert found["poses"] >= frames - 1
    assert found["warnings"] == {"knee_load": 1}
    assert "danger knee_load rises in repetition 1" in done.stdout
    annotated = cv2.VideoCapture(str(out))
    assert int(annotated.get(cv2.CAP_PROP_FRAME_COUNT)) == frames


def test_models_are_listed_and_verified(model_bundle: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert model_bundle.parent == MODELS
    assert main(["models", "list"]) == 0
    assert "full    whole" in capsys.readouterr().out
    assert main(["models", "verify"]) == 0
    assert "full: " in capsys.readouterr().out
