"""What a history of judged alarms teaches, and putting that into the file."""

import re
from datetime import date
from pathlib import Path

import pytest

from kiosk.history.entries import Id
from kiosk.history.file import NAME, HistoryError
from kiosk.learning.lessons import Lesson, accepted, lessons, traces
from kiosk.rules.retouch import RetouchError, taken_back
from tests.conftest import ROOT
from tests.feedback import KNEE, SHALLOW, TRUNK, alarms_in, usual

TODAY = date(2026, 11, 22)
SQUAT = (ROOT / "config" / "exercises" / "squat.yaml").read_bytes()
WITHOUT = re.sub(rb"    tune: .*\n", b"", SQUAT)


def lesson(folder: Path, rule: str = "knee_load", data: bytes = SQUAT) -> Lesson:
    return next(known for known in lessons(folder / NAME, data, "squat", TODAY) if known.id == rule)


def test_nothing_is_known_before_there_is_a_history(tmp_path: Path) -> None:
    known = lessons(tmp_path / NAME, SQUAT, "squat", TODAY)
    assert [(one.id, one.alarms, one.false_share) for one in known] == [
        ("knee_load", 0, None),
        ("lumbar_load", 0, None),
        ("shallow", 0, None),
    ]
    (tmp_path / NAME).write_bytes(b"no database" * 100)
    with pytest.raises(HistoryError):
        lessons(tmp_path / NAME, SQUAT, "squat", TODAY)


def test_a_suggestion_is_counted_shown_accepted_and_taken_back(tmp_path: Path) -> None:
    usual(tmp_path)
    alarms_in(tmp_path, KNEE, [(60.0, "right")] * 3, exercise="plank")
    known = lesson(tmp_path)
    found = known.suggestion
    assert found is not None and known.blocked is None
    assert (known.alarms, known.right, known.false, known.unexplained) == (23, 12, 9, 0)
    assert known.false_share == pytest.approx(9 / 21)
    assert (found.number, found.removes, found.false, found.keeps, found.right) == ("86", 7, 9, 12, 12)
    assert known.line is not None
    assert known.line[1:] == (
        "    when: knee < 90 and knee_past_toe > 0",
        "    when: knee < 86 and knee_past_toe > 0  # 2026-11-22 knee tuned from 90 to 86: removes 7 of 9 false alarms",
    )

    with pytest.raises(RetouchError, match="is 86 by now"):
        accepted(tmp_path / NAME, SQUAT, "squat", rule="knee_load", today=TODAY, number="85")
    new = accepted(tmp_path / NAME, SQUAT, "squat", rule="knee_load", today=TODAY, number="86")
    assert (new.line, new.before, new.after) == known.line

    after = lesson(tmp_path, data=new.data)
    assert (after.alarms, after.right, after.false) == (16, 12, 2), "seven would no longer be raised"
    assert after.suggestion is None
    assert after.note is not None and after.note.old == "90"
    assert taken_back(new.data, "squat", "knee_load").data == SQUAT


def test_a_danger_rule_is_tuned_within_its_bounds_only(tmp_path: Path) -> None:
    usual(tmp_path)
    free = lesson(tmp_path, data=WITHOUT)
    assert SQUAT != WITHOUT
    assert (free.blocked, free.line) == ("needs_bounds", None)
    assert free.suggestion is not None
    with pytest.raises(RetouchError, match=r"write into the file how far it may be tuned, as `tune: \{min"):
        accepted(tmp_path / NAME, WITHOUT, "squat", rule="knee_load", today=TODAY)
    tight = SQUAT.replace(b"min: 82", b"min: 88")
    assert lesson(tmp_path, data=tight).blocked == "bounds"


def test_numbers_of_a_repetition_teach_as_well(tmp_path: Path) -> None:
    alarms_in(tmp_path, SHALLOW, [(101.0, "false_alarm"), (102.0, "false_alarm"), (108.0, "right"), (103.0, None)])
    known = lesson(tmp_path, "shallow")
    assert known.suggestion is not None
    assert (known.suggestion.of, known.suggestion.number) == ("rep.min(bend)", "102")
    assert known.alarms == 4


def test_alarms_whose_numbers_are_missing_are_told_of(tmp_path: Path) -> None:
    alarms_in(tmp_path, TRUNK, [(45.0, "false_alarm"), (99.0, "right")])
    known = lesson(tmp_path, "lumbar_load")
    assert (known.alarms, known.right, known.false, known.unexplained) == (2, 1, 1, 1)


def test_a_condition_that_cannot_be_changed_by_itself_is_left_to_people(tmp_path: Path) -> None:
    usual(tmp_path)
    odd = SQUAT.replace(b"when: knee < 90 and knee_past_toe > 0", b'when: "knee < 9\\x30 and knee_past_toe > 0"')
    assert lesson(tmp_path, data=odd).blocked == "by_hand"
    with pytest.raises(RetouchError, match="change it by hand"):
        accepted(tmp_path / NAME, odd, "squat", rule="knee_load", today=TODAY)
    with pytest.raises(RetouchError, match="there is no warning 'knee'"):
        accepted(tmp_path / NAME, SQUAT, "squat", rule="knee", today=TODAY)
    with pytest.raises(RetouchError, match="nothing to accept"):
        accepted(tmp_path / NAME, SQUAT, "squat", rule="shallow", today=TODAY)


def test_a_warning_s_measures_are_told_with_their_limits(tmp_path: Path) -> None:
    (knee,) = alarms_in(tmp_path, KNEE, [(80.0, None)])
    (shallow,) = alarms_in(tmp_path, SHALLOW, [(104.0, "right")])
    found = traces(tmp_path / NAME, knee)
    assert found is not None
    assert [(one.of, one.limit, one.above, one.number, len(one.values)) for one in found] == [
        ("knee", 90.0, False, None, 31),
        ("knee_past_toe", 0.0, True, None, 31),
    ]
    assert found[0].values[20] == 80
    (one,) = traces(tmp_path / NAME, shallow) or ()
    assert (one.of, one.above, one.number) == ("rep.min(bend)", True, 104.0)
    assert min(value for value in one.values if value is not None) == 104
    assert traces(tmp_path / NAME, Id("nobody-1")) is None
    assert traces(tmp_path / NAME, Id(f"{knee.rpartition('-')[0]}-99")) is None
    with pytest.raises(HistoryError):
        traces(tmp_path / "none.db", knee)
