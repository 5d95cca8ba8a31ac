"""`kiosk tune` as people type it: what is known, accepting with the PIN, taking back."""

import io
import json
import shutil
import sys
from pathlib import Path

import pytest

from kiosk.cli import main
from kiosk.pins import SCRYPT, PinFile
from kiosk.rules.versions import Versions
from tests.conftest import ROOT
from tests.feedback import usual

PIN = "7305"


@pytest.fixture
def box(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A box with two of the shipped exercises, judged alarms and a staff PIN that is quickly checked."""
    monkeypatch.setitem(SCRYPT, "n", 16)
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path / "state"))
    (tmp_path / "config" / "exercises").mkdir(parents=True)
    for name in ("squat", "plank"):
        shutil.copy(ROOT / "config" / "exercises" / f"{name}.yaml", tmp_path / "config" / "exercises")
    (tmp_path / "state").mkdir()
    usual(tmp_path / "state")
    PinFile(tmp_path / "state").set("staff", PIN)
    return tmp_path


def tune(box: Path, *options: str) -> int:
    return main(["tune", "--config", str(box / "config" / "kiosk.yaml"), *options])


def types(monkeypatch: pytest.MonkeyPatch, line: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(line))


def test_the_table_names_rules_with_their_alarms_and_suggestions(box: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert tune(box, "--json", str(box / "known.json")) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines == [
        "squat",
        "  rule         alarms  judged  false  suggestion",
        "  knee_load        23      21    43%  knee: 86 instead of 90 removes 7 of 9 false alarms, keeps 12 of 12",
        "  lumbar_load       0       0",
        "  shallow           0       0",
    ]
    known = json.loads((box / "known.json").read_text())
    assert known["squat"][0]["suggestion"]["number"] == "86"
    assert known["squat"][0]["line"]["number"] == 46
    assert known["squat"][1]["false_share"] is None
    assert tune(box, "plank") == 0
    assert capsys.readouterr().out.splitlines()[0] == "plank"


def test_a_suggestion_is_accepted_with_the_pin_and_taken_back(
    box: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = box / "config" / "exercises" / "squat.yaml"
    before = file.read_bytes()
    for typed, said in (("1111\n", "this is not the staff PIN"), ("", "no PIN was typed")):
        types(monkeypatch, typed)
        assert tune(box, "squat", "--accept", "knee_load") == 2
        assert said in capsys.readouterr().err
    assert file.read_bytes() == before
    types(monkeypatch, f"{PIN}\n")
    assert tune(box, "squat", "--accept", "knee_load") == 0
    out = capsys.readouterr().out
    assert "squat.yaml, line 46:\n-     when: knee < 90 and knee_past_toe > 0\n+     when: knee < 86" in out
    assert "To undo it: kiosk tune squat --take-back knee_load\n" in out
    assert b"knee < 86 and knee_past_toe > 0  # " in file.read_bytes()
    assert [version.what for version in Versions(box / "state" / "versions").of("squat")] == ["saved", "first"]
    assert tune(box, "squat") == 0
    assert "tuned from 90 on " in capsys.readouterr().out
    types(monkeypatch, f"{PIN}\n")
    assert tune(box, "squat", "--take-back", "knee_load") == 0
    assert file.read_bytes() == before


def test_mistakes_are_one_sentence(
    box: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refused(*options: str) -> str:
        assert tune(box, *options) == 2
        return capsys.readouterr().err

    assert "no such exercise: 'squad' - did you mean 'squat'?" in refused("squad")
    assert "name the exercise too" in refused("--accept", "knee_load")
    assert "there is no warning 'knee' in squat.yaml" in refused("squat", "--accept", "knee")
    assert "nothing to accept for 'shallow'" in refused("squat", "--accept", "shallow")
    assert "'knee_load' has not been tuned" in refused("squat", "--take-back", "knee_load")
    assert "can't be written" in refused("--json", str(box))
    PinFile(box / "state").remove("staff")
    types(monkeypatch, f"{PIN}\n")
    assert "set one with kiosk pin set staff" in refused("squat", "--accept", "knee_load")
    (box / "config" / "exercises" / "plank.yaml").write_text("name: planck\n")
    assert "plank.yaml:1:1: the key 'title' is missing here" in refused()
    assert (box / "config" / "exercises" / "squat.yaml").read_bytes() == (
        ROOT / "config" / "exercises" / "squat.yaml"
    ).read_bytes()


def test_without_a_history_there_is_nothing_to_tell(box: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.rmtree(box / "state")
    assert tune(box) == 0
    assert capsys.readouterr().out == "There are no alarms in the training history yet.\n"
