"""The history as a file: every number once, dates that other programs read, and nothing that a spreadsheet runs."""

import csv
import json
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from kiosk.history.entries import Extent, PersonNamed, RuleInForce, SetBegan, VisitBegan, WarningRaised
from kiosk.history.export import COLUMNS, export
from kiosk.history.file import NAME, HistoryError
from kiosk.history.past import Selection
from tests.histories import ToldClock, everything, repetition, run

NOON = datetime(2026, 3, 2, 12)


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A history with one of each entry, and two plain visits."""
    clock = ToldClock(NOON, monotonic_s=100)
    with run(tmp_path, clock) as running:
        running.write(*everything(running.new_id, t_s=100))
        clock.pass_s(86400)
        running.visit("Ben", sets=2, reps=2)
        running.visit()
    return tmp_path


def test_csv_has_a_line_for_each_thing_in_order_of_time(folder: Path) -> None:
    out = folder / "training.csv"
    assert export(folder / NAME, out, Selection()) == 4
    found = rows(out)
    assert [row["kind"] for row in found] == ["repetition", "hold", "test", "warning", *["repetition"] * 6]
    measures = [f"{name}.{end}" for name in ("knee", "小腿") for end in ("start", "lowest", "highest")]
    assert list(found[0]) == [*COLUMNS, *measures]
    first, hold, test, warning = found[:4]
    assert first == dict.fromkeys(found[0], "") | {
        "date": "2026-03-02",
        "time": (NOON + timedelta(seconds=5)).astimezone().isoformat(timespec="milliseconds"),
        "visit": first["visit"],
        "person": "Anna",
        "exercise": "squat",
        "rules": "c0ffee",
        "set": "1",
        "kind": "repetition",
        "number": "1",
        "duration_s": "3.0",
        "out_s": "1.75",
        "back_s": "1.25",
        "knee.start": "170.0",
        "knee.lowest": "62.5",
        "knee.highest": "176.25",
        "小腿.lowest": "-1.5",
        "小腿.highest": "12.0",
    }
    assert (hold["duration_s"], hold["held_s"]) == ("2.0", "1.5")
    assert (test["duration_s"], test["reps"]) == ("30.0", "12")
    assert {name: warning[name] for name in ("warning", "level", "number", "side", "phase", "share", "verdict")} == {
        "warning": "knee_load",
        "level": "danger",
        "number": "2",
        "side": "left",
        "phase": "out",
        "share": "0.75",
        "verdict": "",
    }
    assert [row["person"] for row in found[4:]] == ["Ben"] * 4 + [""] * 2
    assert len({row["visit"] for row in found}) == 3


def test_csv_is_what_spreadsheets_read(folder: Path) -> None:
    out = folder / "training.csv"
    export(folder / NAME, out, Selection())
    data = out.read_bytes()
    assert data.startswith(b"\xef\xbb\xbfdate,time,"), "without the mark, Excel shows Chinese names as rubbish"
    assert data.count(b"\r\n") == data.count(b"\n") == 11
    for row in rows(out):
        assert datetime.fromisoformat(row["time"]).utcoffset() is not None


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "＝1+1", "=cmd|' /C calc'!A0"])
def test_text_is_no_formula(tmp_path: Path, text: str) -> None:
    with run(tmp_path, ToldClock(NOON)) as running:
        visit, set_ = running.new_id(), running.new_id()
        running.write(VisitBegan(visit, 1), PersonNamed(visit, text), SetBegan(set_, visit, 1, text, 1, ""))
        rule = RuleInForce("", text, "info", "", None, 0)
        rep = replace(repetition(running.new_id(), set_, 1), measures={text: Extent(-1.0, -2.0, None)})
        running.write(rep, WarningRaised(running.new_id(), set_, 90, rule, None, None, None, None))
    export(tmp_path / NAME, tmp_path / "out.csv", Selection())
    found, warned = rows(tmp_path / "out.csv")
    assert (found["person"], found["exercise"], warned["warning"]) == (f"'{text}",) * 3
    assert (found[f"'{text}.start"], found[f"'{text}.lowest"]) == ("-1.0", "-2.0"), "numbers stay numbers"


def test_json_holds_visits_with_all_in_them(folder: Path) -> None:
    out = folder / "training.json"
    assert export(folder / NAME, out, Selection()) == 4
    data: Any = json.loads(out.read_text(encoding="utf-8"))
    assert (data["kind"], data["version"]) == ("training-history", 1)
    anna, ben, nobody = data["visits"]
    assert [len(visit["sets"]) for visit in data["visits"]] == [1, 2, 1]
    assert (anna["person"], ben["person"], nobody["person"]) == ("Anna", "Ben", None)
    assert datetime.fromisoformat(anna["began"]) == NOON.astimezone()
    [squats] = anna["sets"]
    [rep], [hold], [test], [warning] = (squats[name] for name in ("repetitions", "holds", "tests", "warnings"))
    assert rep["measures"]["knee"] == {"start": 170.0, "lowest": 62.5, "highest": 176.25}
    assert (rep["number"], rep["partial"], rep["out_s"], rep["back_s"]) == (1, False, 1.75, 1.25)
    assert (hold["held_s"], test["reps"], warning["rule"]["when"]) == (1.5, 12, "knee < 90")
    values = {"knee": [100.5, 95.25, None], "trunk": [1.0, 2.0, 3.5]}
    assert warning["series"] == {"from_s": -0.5, "step_s": 0.25, "values": values}


def test_an_endless_number_is_unknown(tmp_path: Path) -> None:
    with run(tmp_path, ToldClock(NOON)) as running:
        visit, set_ = running.new_id(), running.new_id()
        running.write(VisitBegan(visit, 1), SetBegan(set_, visit, 1, "squat", 1, ""))
        measures = {"knee": Extent(float("inf"), float("-inf"), 1.0)}
        running.write(replace(repetition(running.new_id(), set_, 1), measures=measures))
    export(tmp_path / NAME, tmp_path / "out.json", Selection())
    [rep] = json.loads((tmp_path / "out.json").read_text())["visits"][0]["sets"][0]["repetitions"]
    assert rep["measures"] == {"knee": {"start": None, "lowest": None, "highest": 1.0}}


@pytest.mark.parametrize("ending", [".csv", ".json", ".CSV"])
def test_what_is_not_wanted_is_not_written(folder: Path, ending: str) -> None:
    out = folder / f"out{ending}"
    assert export(folder / NAME, out, Selection(person="ben")) == 2
    text = out.read_text(encoding="utf-8-sig")
    assert "Ben" in text
    assert "Anna" not in text
    assert export(folder / NAME, out, Selection(person="Nobody")) == 0
    assert "Ben" not in out.read_text(encoding="utf-8-sig")


def test_a_file_appears_whole_or_not_at_all(folder: Path) -> None:
    before = sorted(path.name for path in folder.iterdir())
    with pytest.raises(FileNotFoundError):
        export(folder / NAME, folder / "nowhere" / "out.csv", Selection())
    with pytest.raises(HistoryError):
        export(folder / "none.db", folder / "out.csv", Selection())
    data = bytearray((folder / NAME).read_bytes())
    data[4096:] = b"\xff" * (len(data) - 4096)
    (folder / NAME).write_bytes(data)
    with pytest.raises(Exception, match="malformed"):
        export(folder / NAME, folder / "out.csv", Selection())
    there = sorted(path.name for path in folder.iterdir() if not path.name.endswith(("-shm", "-wal")))
    assert there == before
