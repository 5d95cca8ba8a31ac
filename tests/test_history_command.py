"""`kiosk export` and `kiosk forget` as people type them."""

import csv
from datetime import datetime
from pathlib import Path

import pytest

from kiosk.cli import main
from kiosk.history.export import COLUMNS
from kiosk.history.file import NAME, set_aside
from kiosk.history.past import Selection
from kiosk.history.training import Training
from tests.histories import ToldClock, run


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A state folder with three visits on two days."""
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path))
    clock = ToldClock(datetime(2026, 3, 2, 12))
    with run(tmp_path, clock) as running:
        running.visit("Anna")
        running.visit("Ben")
        clock.pass_s(86400)
        running.visit("Anna")
    return tmp_path


def people(folder: Path) -> list[str | None]:
    with Training(folder / NAME) as training:
        return [visit.person for visit in training.visits(Selection())]


def test_export(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = folder / "out.csv"
    asked = ["export", "--out", str(out), "--from", "2026-03-02", "--to", "2026-03-02", "--person", "anna"]
    assert main(asked) == 0
    assert capsys.readouterr().out == f"1 set written to {out}\n"
    with out.open(encoding="utf-8-sig", newline="") as file:
        assert [(row["person"], row["number"]) for row in csv.DictReader(file)] == [("Anna", "1"), ("Anna", "2")]
    assert main(["export", "--out", str(folder / "out.json")]) == 0
    assert capsys.readouterr().out == f"3 sets written to {folder / 'out.json'}\n"


def test_nobody_is_exported_whom_nobody_knows(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = folder / "out.csv"
    assert main(["export", "--out", str(out), "--person", "Bem"]) == 2
    said = "kiosk: --person Bem: nobody in the training history is called that - did you mean 'Ben'?\n"
    assert capsys.readouterr().err == said
    assert not out.exists()


def test_export_explains_every_column(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["export", "--help"])
    text = capsys.readouterr().out
    for name, meaning in COLUMNS.items():
        assert f"  {name}" in text
        assert meaning in text


@pytest.mark.parametrize(
    ("options", "said", "left"),
    [
        (["--person", "anna"], "2 visits with 4 repetitions forgotten", ["Ben"]),
        (["--date", "2026-03-03"], "1 visit with 2 repetitions forgotten", ["Anna", "Ben"]),
        (["--all"], "3 visits with 6 repetitions forgotten", []),
        (["--person", "Nobody"], "0 visits with 0 repetitions forgotten", ["Anna", "Ben", "Anna"]),
    ],
)
def test_forget(
    folder: Path, capsys: pytest.CaptureFixture[str], options: list[str], said: str, left: list[str]
) -> None:
    assert main(["forget", *options]) == 0
    assert capsys.readouterr().out == f"{said}\n"
    assert people(folder) == left


def test_forget_says_what_it_deleted_besides(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    aside = set_aside(folder / NAME, "damaged").path
    with run(folder, ToldClock(datetime(2026, 3, 2, 12))) as running:
        running.visit()
    assert main(["forget", "--all"]) == 0
    assert f"deleted {aside.name}, a damaged history that had been set aside" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["export", "--out", "training.xlsx"], "the name ends in .csv or .json"),
        (["export", "--out", "a.csv", "--from", "yesterday"], "--from yesterday: a day is written YYYY-MM-DD"),
        (["export", "--out", "a.csv", "--from", "2026-03-02", "--to", "2026-03-01"], "is after --to 2026-03-01"),
        (["export", "--out", "nowhere/a.csv"], "--out nowhere/a.csv: can't be written: No such file or directory"),
        (["export", "--out", "a.csv", "--person", " "], "this name is empty"),
        (["forget", "--date", "02.03.2026"], "--date 02.03.2026: a day is written YYYY-MM-DD"),
        (["forget", "--person", ""], "this name is empty"),
    ],
)
@pytest.mark.usefixtures("folder")
def test_mistakes_are_answered_in_one_line(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert said in lines[0]


def test_no_history_yet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path))
    for asked in (["export", "--out", str(tmp_path / "a.csv")], ["forget", "--all"]):
        assert main(asked) == 2
        assert "there is no training history yet" in capsys.readouterr().err


def test_a_damaged_history(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = bytearray((folder / NAME).read_bytes())
    data[4096:] = b"\xff" * (len(data) - 4096)
    (folder / NAME).write_bytes(data)
    for code, asked in ((2, ["export", "--out", str(folder / "a.csv")]), (1, ["forget", "--all"])):
        assert main(asked) == code
        assert "malformed" in capsys.readouterr().err
