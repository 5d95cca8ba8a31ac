"""Changing one number of a file: that number and a comment change, nothing else, and taking it back leaves no trace."""

import codecs
import re
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path

import pytest

from kiosk.rules import retouch
from kiosk.rules.compiler import parse_exercise
from kiosk.rules.exercise import FormWarning
from kiosk.rules.limits import Limit, limits
from kiosk.rules.retouch import Change, Note, RetouchError, notes, retouched, taken_back
from kiosk.yamlfile import FileError, parse_document
from tests.conftest import ROOT
from tests.exercises import SQUAT

FILES = sorted((ROOT / "config" / "exercises").glob("*.yaml"))
DAY = date(2026, 11, 22)
WHY = "removes 7 of 9 false alarms"


@pytest.fixture(autouse=True)
def parsed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parsing takes most of the time, and the same few texts come again and again."""
    monkeypatch.setattr(retouch, "parse_document", cache(parse_document))


def thresholds(data: bytes, name: str) -> Iterator[tuple[FormWarning, int, Limit]]:
    for warning in parse_exercise(data.decode(), name, f"{name}.yaml").warnings:
        for place, limit in enumerate(limits(warning.when, at_rep=warning.at_rep)):
            yield warning, place, limit


def a_little_narrower(limit: Limit) -> str:
    return f"{limit.value + limit.narrows * 0.001:g}"


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_only_the_number_and_the_comment_of_every_shipped_threshold_change(path: Path) -> None:
    line_end = "\r\n" if path.stem.startswith("s") else "\n"
    data = path.read_bytes().replace(b"\n", line_end.encode())
    tried = 0
    for warning, place, limit in thresholds(data, path.stem):
        number = a_little_narrower(limit)
        new = retouched(data, path.stem, Change(warning.id, place, number, DAY, WHY))
        old = warning.when.text[limit.start : limit.end]
        of = " ".join(limit.of.text.split())
        note = f"  # 2026-11-22 {of} tuned from {old} to {number}: {WHY}"
        was, now = data.decode().split(line_end), new.data.decode().split(line_end)
        differing = [n for n, (before, after) in enumerate(zip(was, now, strict=True)) if before != after]
        assert differing == [new.line - 1]
        assert (new.before, new.after) == (was[new.line - 1], now[new.line - 1])
        assert new.after.endswith(note)
        cut = new.after.removesuffix(note)
        places = [match.start() for match in re.finditer(re.escape(number), cut)]
        assert any(new.before == cut[:at] + old + cut[at + len(number) :] for at in places), "one number and no more"

        # Taking it back reads the changed number and the comment anew, and wants them to agree.
        assert taken_back(new.data, path.stem, warning.id).data == data
        tried += 1
    assert tried


LAYOUTS = {
    "two numbers": ("knee < 90 and knee_past_toe > 0", "knee < 90 and knee_past_toe > 0"),
    "single quotes": ("when: knee < 90 and knee_past_toe > 0", "when: 'knee < 90 and knee_past_toe > 0'"),
    "double quotes": ("when: knee < 90 and knee_past_toe > 0", 'when: "knee < 90 and knee_past_toe > 0"'),
    "folded": (
        "when: knee < 90 and knee_past_toe > 0",
        "when: >-  # about 90\n      knee <\n      90\n      or trunk < 9",
    ),
    "literal": ("when: knee < 90 and knee_past_toe > 0", "when: |2\n      knee < 90 and knee_past_toe > 0\n"),
    "plain on two lines": ("when: knee < 90 and knee_past_toe > 0", "when: knee < 90\n      and knee_past_toe > 0"),
    "a comment already": ("knee < 90 and knee_past_toe > 0", "knee < 90 and knee_past_toe > 0   # Fry 2003: 90 #1  "),
    "the same number twice": ("knee < 90 and knee_past_toe > 0", "trunk < 90 and knee < 90 and bend < 90"),
    "the number first": ("knee < 90 and knee_past_toe > 0", "90 > knee and not (knee_past_toe <= -0.5)"),
    "odd numbers": ("knee < 90 and knee_past_toe > 0", "knee < 9_0.0 and knee_past_toe > - 1e-2 and trunk > .5"),
    "a flow of one line": (
        SQUAT[SQUAT.index("  - id: knee_load") : SQUAT.index("  - id: lumbar_load")],
        "  - {id: knee_load, when: knee < 90, say: Up}\n",
    ),
    "a flow with text over two lines": (
        SQUAT[SQUAT.index("  - id: knee_load") : SQUAT.index("  - id: lumbar_load")],
        '  - {id: knee_load, when: knee < 90, say: "Up\n      again"}\n',
    ),
    "another tuned": ("trunk < 60", "trunk < 60  # 2026-11-01 trunk tuned from 65 to 60: removes 2 of 2 false alarms"),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_however_the_condition_is_written_one_number_changes_and_comes_back(layout: str) -> None:
    old, new = LAYOUTS[layout]
    assert SQUAT.count(old) == 1
    data = SQUAT[: SQUAT.index("examples:")].replace(old, new).encode()
    for warning, place, limit in thresholds(data, "squat"):
        if warning.id != "knee_load":
            continue
        number = a_little_narrower(limit)
        once = retouched(data, "squat", Change("knee_load", place, number, DAY, WHY))
        assert len(once.data) - len(data) > len(WHY)
        (changed,) = (w for w in parse_exercise(once.data.decode(), "squat", "").warnings if w.id == "knee_load")
        numbers = [found.value for found in limits(changed.when, at_rep=False)]
        expected = [found.value for found in limits(warning.when, at_rep=False)]
        expected[place] = float(number)
        assert numbers == expected
        further = f"{float(number) + limit.narrows * 0.001:g}"
        of = " ".join(limit.of.text.split())
        twice = retouched(once.data, "squat", Change("knee_load", place, further, DAY, "again"))
        assert taken_back(twice.data, "squat", "knee_load").data == once.data
        assert taken_back(once.data, "squat", "knee_load").data == data
        assert notes(twice.data, "squat")["knee_load"] == Note("2026-11-22", of, number, further)


def test_a_file_without_a_last_line_end_and_with_a_byte_order_mark_keeps_both() -> None:
    warnings = SQUAT[SQUAT.index("warnings:") : SQUAT.index("tempo:")]
    text = SQUAT[: SQUAT.index("warnings:")] + "warnings: [{say: Up, id: knee_load, when: knee < 90}]"
    assert warnings
    data = codecs.BOM_UTF8 + text.encode()
    new = retouched(data, "squat", Change("knee_load", 0, "85", DAY, WHY))
    assert new.data == data.replace(b"90}]", b"85}]  # 2026-11-22 knee tuned from 90 to 85: " + WHY.encode())
    assert taken_back(new.data, "squat", "knee_load").data == data


@pytest.mark.parametrize(
    ("condition", "why"),
    [
        pytest.param('"knee < 9\\x30"', "change it by hand", id="an escape in the number"),
        pytest.param('"trunk < 10 and knee_past_toe > -\\n 1"', "change it by hand", id="an escaped line end"),
    ],
)
def test_what_cannot_be_found_in_the_text_is_left_alone(condition: str, why: str) -> None:
    data = SQUAT.replace("when: knee < 90 and knee_past_toe > 0", f"when: {condition}").replace("knee: 80", "knee: 8")
    data = data[: data.index("examples:")]
    with pytest.raises(RetouchError, match=why):
        retouched(data.encode(), "squat", Change("knee_load", -1, "-2", DAY, WHY))


def test_a_number_that_makes_the_file_wrong_is_refused() -> None:
    with pytest.raises(FileError, match="this example expects"):
        retouched(SQUAT.encode(), "squat", Change("knee_load", 0, "79", DAY, WHY))
    with pytest.raises(FileError, match="when and clear can be true at once"):
        retouched(SQUAT.encode(), "squat", Change("lumbar_load", 0, "66", DAY, WHY))
    bounded = SQUAT.replace("    point: knee\n", "    tune: {measure: knee, min: 85, max: 95}\n    point: knee\n")
    with pytest.raises(FileError, match="min lies above"):
        retouched(bounded.encode(), "squat", Change("knee_load", 0, "84", DAY, WHY))


def test_what_was_changed_by_hand_since_is_not_taken_back() -> None:
    tuned = retouched(SQUAT.encode(), "squat", Change("knee_load", 0, "85", DAY, WHY)).data
    with pytest.raises(RetouchError, match="has been changed since"):
        taken_back(tuned.replace(b"knee < 85", b"knee < 84"), "squat", "knee_load")
    with pytest.raises(RetouchError, match="has not been tuned"):
        taken_back(tuned, "squat", "lumbar_load")
    with pytest.raises(RetouchError, match="no warning 'knee'"):
        taken_back(tuned, "squat", "knee")
    assert notes(SQUAT.encode(), "squat") == {}
