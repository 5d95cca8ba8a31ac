"""`kiosk report` as people type it."""

from pathlib import Path

import pytest

from kiosk.cli import main
from tests.training_stories import Done, Rep, store_days

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
    ],
)
def test_mistakes_are_explained(
    folder: Path, capsys: pytest.CaptureFixture[str], options: list[str], said: str
) -> None:
    assert main(["report", "--out", str(folder / "x.html"), *options]) == 2
    assert capsys.readouterr().err == f"kiosk: {said}\n"
    assert not (folder / "x.html").exists()


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
