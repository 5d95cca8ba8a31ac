"""`kiosk report` as people type it."""

import fcntl
import os
import resource
from pathlib import Path

import pytest

from kiosk.cli import main
from kiosk.commands import report as command
from tests.training_stories import Done, Rep, store_days

ROOM_BYTES = 1 << 20
"""More than SQLite needs to read."""

KNEE: Rep = Rep(measures={"bend": (150, 90, 165)})


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A state folder with three days of squats by Anna."""
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path))
    store_days(tmp_path, [[Done(reps=[KNEE] * 3)]] * 3, "Anna")
    return tmp_path


def test_a_report_is_written(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = folder / "report.html"
    asked = ["report", "--out", str(out), "--person", "anna", "--exercise", "squat", "--from", "2026-03-03"]
    assert main([*asked, "--to", "2026-03-04", "--language", "zh"]) == 0
    assert capsys.readouterr().out == f"{out}: 2 sets with 6 repetitions on 2 days\n"
    text = out.read_text(encoding="utf-8")
    assert text.startswith("<!doctype html>")
    assert "2026年3月3日 – 2026年3月4日" in text
    assert "深蹲" in text


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--from", "3rd of March"], "--from 3rd of March: a day is written YYYY-MM-DD, such as 2026-03-31"),
        (["--from", "2026-03-04", "--to", "2026-03-03"], "--from 2026-03-04 is after --to 2026-03-03"),
        (["--person", " "], "--person: this name is empty"),
        (["--exercise", "sqat"], "no such exercise: 'sqat' - did you mean 'squat'?"),
        (["--person", "Ana"], "--person Ana: nobody in the training history is called that - did you mean 'Anna'?"),
        (["--person", "Zoe"], "--person Zoe: nobody in the training history is called that"),
    ],
)
def test_mistakes_are_explained(
    folder: Path, capsys: pytest.CaptureFixture[str], options: list[str], said: str
) -> None:
    assert main(["report", "--out", str(folder / "x.html"), *options]) == 2
    assert capsys.readouterr().err == f"kiosk: {said}\n"
    assert not (folder / "x.html").exists()


def test_an_exercise_is_known_from_its_file_or_from_the_history(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path))
    store_days(tmp_path, [[Done("stool_rise", reps=[KNEE])]], "Anna")
    report = ["report", "--out", str(tmp_path / "x.html"), "--exercise"]
    assert main([*report, "squat"]) == 0
    assert "x.html: 0 sets with " in capsys.readouterr().out
    assert main([*report, "stool_rise"]) == 0
    assert "x.html: 1 sets with " in capsys.readouterr().out
    assert main([*report, "stool_rice"]) == 2
    assert capsys.readouterr().err == "kiosk: no such exercise: 'stool_rice' - did you mean 'stool_rise'?\n"


def test_a_disk_without_room_leaves_the_earlier_report(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = folder / "x.html"
    assert main(["report", "--out", str(out)]) == 0
    before = out.read_bytes()
    monkeypatch.setattr(command, "page", lambda *_: "x" * 2 * ROOM_BYTES)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (ROOM_BYTES, hard))
    try:
        assert main(["report", "--out", str(out)]) == 2
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert "x.html: can't be written: File too large" in capsys.readouterr().err
    assert out.read_bytes() == before
    assert [*folder.glob("*x.html*")] == [out], "and nothing beside it"


def test_what_is_no_file_is_written_to_and_not_replaced(folder: Path) -> None:
    pipe = folder / "pipe"
    os.mkfifo(pipe)
    reading = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)  # a writer opens it only once there is a reader
    assert fcntl.fcntl(reading, fcntl.F_SETPIPE_SZ, 1 << 20) >= 1 << 20
    try:
        assert main(["report", "--out", str(pipe)]) == 0
        assert os.read(reading, 100).startswith(b"<!doctype html>")
    finally:
        os.close(reading)
    assert pipe.is_fifo()


def test_where_it_can_not_be_written(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", "--out", str(folder / "no" / "x.html")]) == 2
    assert "can't be written: No such file or directory" in capsys.readouterr().err


def test_no_history_and_a_damaged_one(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "history.db").write_bytes(b"This is no database. " * 100)
    assert main(["report", "--out", str(folder / "x.html")]) == 2
    (folder / "history.db").unlink()
    assert main(["report", "--out", str(folder / "x.html")]) == 2
    assert "there is no training history yet" in capsys.readouterr().err


def test_days_that_no_clock_can_tell(folder: Path) -> None:
    assert main(["report", "--out", str(folder / "x.html"), "--from", "0001-01-01", "--to", "9999-12-31"]) == 0
