"""YAML as people write it: read with every value's place, and every mistake named by its place."""

from pathlib import Path
from typing import Annotated, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

from kiosk import yamlfile
from kiosk.mistakes import did_you_mean
from kiosk.yamlfile import MAX_BYTES, MAX_DEPTH, FileError, Problem, Strict, parse_document, read_document
from tests.conftest import ROOT


class Point(Strict):
    """A model within the model."""

    x: float
    y: float = 0.0


class Drawing(Strict):
    """A model with one key of each kind that files use."""

    title: str = ""
    colour: Literal["red", "green"] = "red"
    count: int = 1
    shown: bool = True
    width: float = Field(default=1.0, ge=0, le=10)
    origin: Point | None = None
    named: dict[str, Point] = Field(default_factory=dict)
    path: Annotated[tuple[Point, ...], Field(strict=False)] = ()
    span: Annotated[tuple[float, float], Field(strict=False)] = (0.0, 1.0)


def mistakes(text: str) -> list[str]:
    with pytest.raises(FileError) as caught:
        parse_document(text, "d.yaml").validated(Drawing)
    assert str(caught.value) == "\n".join(map(str, caught.value.problems))
    return [str(problem) for problem in caught.value.problems]


def test_a_good_file_becomes_its_model() -> None:
    text = 'title: "on"\ncount: 3\nwidth: 2\nspan: [1, 2.5]\nnamed: {on: {x: 1}}\npath: [{x: 1, y: 2}]\ncolour: green\n'
    drawing = parse_document(text, "d.yaml").validated(Drawing)
    assert drawing == Drawing(
        title="on",
        count=3,
        width=2.0,
        span=(1.0, 2.5),
        named={"on": Point(x=1)},
        path=(Point(x=1, y=2),),
        colour="green",
    )


@pytest.mark.parametrize(
    "text", ["\ufefftitle: a\n", "title: a\r\ncount: 2\r\n", "# a note\n\ntitle: a", "---\ntitle: a\n"]
)
def test_ways_of_saving_a_file_that_are_all_right(text: str, tmp_path: Path) -> None:
    path = tmp_path / "d.yaml"
    path.write_bytes(text.encode())
    assert read_document(path).validated(Drawing).title == "a"


def test_keys_are_the_words_as_written() -> None:
    assert parse_document("on: 1\nno: 2\n5: 3\n", "d.yaml").data == {"on": 1, "no": 2, "5": 3}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("titel: a", "1:1: unknown key 'titel' - did you mean 'title'?", id="unknown key"),
        pytest.param("title: a\norigin: {x: 1, z: 2}", "2:16: unknown key 'z' - there is x, y", id="unknown inner key"),
        pytest.param("named:\n  x: {x: 1, yy: 2}", "2:13: unknown key 'yy' - did you mean 'y'?", id="under a name"),
        pytest.param("path:\n  - {x: 1}\n  - {x: 1, yy: 2}", "3:12: unknown key 'yy' - did you mean 'y'?", id="list"),
        pytest.param("origin:\n  y: 1", "2:3: the key 'x' is missing here", id="missing key"),
        pytest.param("title: 5", "1:8: expected text, not '5'", id="text"),
        pytest.param("title:", "1:7: expected text, not nothing", id="nothing"),
        pytest.param("count: many", "1:8: expected a whole number, not 'many'", id="whole number"),
        pytest.param("count: 1.5", "1:8: expected a whole number, not '1.5'", id="broken number"),
        pytest.param('width: "2"', "1:9: expected a number, not '2'", id="quoted number"),
        pytest.param("width: yes", "1:8: expected a number, not 'True'", id="yes is no number"),
        pytest.param("width: .inf", "1:8: must be a finite number, not 'inf'", id="infinite"),
        pytest.param("width: 11", "1:8: must be less than or equal to 10, not '11'", id="too large"),
        pytest.param("width: -1", "1:8: must be greater than or equal to 0, not '-1'", id="negative"),
        pytest.param("shown: 1", "1:8: expected true or false, not '1'", id="truth"),
        pytest.param("origin: 5", "1:9: expected `key: value` lines, not '5'", id="mapping"),
        pytest.param("path: 5", "1:7: expected a list such as [a, b], not '5'", id="list"),
        pytest.param("span: [1]", "1:7: this list is too short: item 2 is missing", id="short list"),
        pytest.param("span: [1, 2, 3]", "1:7: expected 2 items here, not 3", id="long list"),
        pytest.param("span: [1, b]", "1:11: expected a number, not 'b'", id="item of a list"),
        pytest.param("colour: gren", "1:9: 'gren' is not one of red, green - did you mean 'green'?", id="choice"),
        pytest.param("colour: 3", "1:9: '3' is not one of red, green", id="choice of another type"),
        pytest.param("title: a\ncount: 1\ntitle: b", "3:1: the key 'title' is here twice: remove one", id="twice"),
        pytest.param("origin: {x: 1, x: 2}", "1:16: the key 'x' is here twice: remove one", id="twice inside"),
        pytest.param("? [a, b]\n: 1", "1:3: a key must be a plain word", id="list as key"),
        pytest.param("5", "1:1: expected `key: value` lines, not '5'", id="no mapping at all"),
        pytest.param("- a", "1:1: expected `key: value` lines, not this", id="a list"),
        pytest.param("", "1:1: is empty", id="empty"),
        pytest.param("# title: a\n", "1:1: is empty", id="only comments"),
        pytest.param("title: {en: 深蹲, count: a}", "1:8: expected text, not this", id="mapping for text"),
        pytest.param("named: {深蹲: {x: 一}}", "1:17: expected a number, not '一'", id="columns count characters"),
    ],
)  # fmt: skip
def test_a_mistake_has_its_place_and_a_sentence(text: str, expected: str) -> None:
    assert mistakes(text) == [f"d.yaml:{expected}"]


def test_all_mistakes_of_a_file_come_together_in_its_order() -> None:
    assert mistakes("count: a\ntitel: b\nwidth: c\norigin: {y: 1}\n") == [
        "d.yaml:1:8: expected a whole number, not 'a'",
        "d.yaml:2:1: unknown key 'titel' - did you mean 'title'?",
        "d.yaml:3:8: expected a number, not 'c'",
        "d.yaml:4:9: the key 'x' is missing here",
    ]


@pytest.mark.parametrize(
    ("text", "place", "says"),
    [
        pytest.param("title: a\ncount: > 160\n", "2:10", 'needs quotes, like "> 160"', id="> 160"),
        pytest.param("title: a\ncount: >160\n", "2:10", 'needs quotes, like "> 160"', id=">160"),
        pytest.param("title: a\ncount: >0\n", "2:9", 'needs quotes, like "> 160"', id=">0"),
        pytest.param("title: a\n\tcount: 1\n", "2:1", "indent with spaces", id="tab"),
        pytest.param("origin:\n\tx: 1\n", "2:1", "indent with spaces", id="tab below a key"),
        pytest.param("title: a\tb\n", "1:9", "indent with spaces", id="tab in a value"),
        pytest.param("title: a: b\n", "1:9", "put the text in quotes", id="colon"),
        pytest.param("origin:\n  x: 1\n y: 2\n", "3:2", "check the indentation", id="indentation"),
        pytest.param('title: "a\n', "2:1", "YAML: ", id="open quote"),
        pytest.param("span: [1, 2\n", "2:1", "YAML: ", id="open list"),
        pytest.param("title: a\n---\ntitle: b\n", "2:1", "a second document begins here", id="two documents"),
        pytest.param("title: @a\n", "1:8", "put special characters in quotes", id="special character"),
        pytest.param("title: a\ncount: \x01\n", "2:8", "U+0001 does not belong in a text", id="control character"),
        pytest.param("span: &s [1, 2]\ntitle: *s\n", "2:8", "'*s' refers to another place", id="alias"),
        pytest.param("title: *nowhere\n", "1:8", "'*nowhere' refers to another place", id="alias of nothing"),
        pytest.param("title: !!python/name:os.system\n", "1:8", "put it in quotes if it is text", id="tag"),
        pytest.param("count: " + "9" * 5000, "1:8", "9...' can't be understood", id="endless number"),
        pytest.param('title: "\\ud800"\n', "1:8", "can't be understood", id="half a character"),
        pytest.param("title: 2026-13-45\n", "1:8", "put it in quotes if it is text", id="no such day"),
        pytest.param("title: " + "[" * 5000, f"1:{8 + MAX_DEPTH - 1}", f"nested more than {MAX_DEPTH} deep", id="[[[["),
        pytest.param("{a: " * 1000, f"1:{1 + 4 * MAX_DEPTH}", f"nested more than {MAX_DEPTH} deep", id="{{{{"),
    ],
)  # fmt: skip
def test_what_is_not_yaml_or_not_wanted(text: str, place: str, says: str) -> None:
    (only,) = mistakes(text)
    assert only.startswith(f"d.yaml:{place}: ")
    assert says in only
    assert len(only) < 250


def test_a_file_that_multiplies_itself_is_refused_at_once() -> None:
    bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n"
    bomb += "".join(f"{b}: &{b} [{', '.join([f'*{a}'] * 9)}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True))
    assert all("refers to another place" in line for line in mistakes(bomb))


def test_a_wrong_value_is_repeated_only_in_part() -> None:
    (only,) = mistakes(f"count: {'x' * 1000}\n")
    assert "'xxx" in only
    assert len(only) < 130


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    def problem(path: Path) -> Problem:
        with pytest.raises(FileError) as caught:
            read_document(path)
        (only,) = caught.value.problems
        assert only.file == str(path)
        return only

    assert problem(tmp_path / "none.yaml").message == "can't be read: No such file or directory"
    assert problem(tmp_path).message.startswith("can't be read: Is a directory")

    latin = tmp_path / "latin.yaml"
    latin.write_bytes("title: a\ncount: 1\ntitle: Kniebeuge für alle\n".encode("latin-1"))
    assert str(problem(latin)) == f"{latin}:3:1: is not UTF-8 text: save it as UTF-8"

    huge = tmp_path / "huge.yaml"
    huge.write_bytes(b"title: " + b"a" * MAX_BYTES)
    assert "is larger than" in problem(huge).message

    largest = tmp_path / "largest.yaml"
    largest.write_bytes(b"title: " + b"a" * (MAX_BYTES - 7))
    assert len(read_document(largest).validated(Drawing).title) == MAX_BYTES - 7


MORE = (
    "title: a",
    "title: >\n  knee < 90\ncount: 1\norigin:\n  x: 1",
    "{深蹲: 3, title: '\ufeffa', count: 3}\n",
    "title: [a, b\n  c]\r\n",
    "title: ''\ncount: ~\npath:\n- x: 1\n-\n",
)


@pytest.mark.parametrize("text", [*(path.read_text() for path in sorted((ROOT / "config").rglob("*.yaml"))), *MORE])
def test_libyaml_and_python_read_the_same(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    quick = parse_document(text, "d.yaml")
    monkeypatch.setattr(yamlfile, "_read_quickly", lambda *_: None)
    assert quick == parse_document(text, "d.yaml")


@pytest.mark.parametrize(
    ("text", "column"),
    [
        pytest.param("title: knee < 90", 8 + 7, id="plain"),
        pytest.param('title: "knee < 90"', 9 + 7, id="quoted"),
        pytest.param("title: 'knee < 90'", 9 + 7, id="single quotes"),
        pytest.param("深蹲: 3\ntitle: knee < 90", 8 + 7, id="Chinese above"),
        pytest.param("{深蹲: 3, title: knee < 90}", 16 + 7, id="Chinese before"),
        pytest.param("title: knee < 90 and\n  knee > 3", 8, id="over two lines"),
        pytest.param("title: >\n  knee < 90", 8, id="folded"),
    ],
)
def test_a_place_within_a_text(text: str, column: int) -> None:
    problem = parse_document(text, "d.yaml").problem(("title",), "here", offset=7)
    assert (problem.line, problem.column) == (text.count("\n", 0, text.index("title")) + 1, column)


def test_a_place_that_the_file_lacks_is_its_nearest_ancestors() -> None:
    document = parse_document("title: a\norigin:\n  x: 1\n", "d.yaml")
    assert str(document.problem(("origin", "y", 3), "here", offset=5)) == "d.yaml:3:3: here"
    assert str(document.problem(("origin", "x"), "here", at_key=True)) == "d.yaml:3:3: here"
    assert str(document.problem(("origin", "x"), "here")) == "d.yaml:3:6: here"
    assert str(document.problem(("zzz",), "here")) == "d.yaml:1:1: here"


def test_did_you_mean() -> None:
    assert did_you_mean("kneee", ["hip", "knee"]) == " - did you mean 'knee'?"
    assert did_you_mean("zzz", ["knee", "hip"]) == " - there is hip, knee"
    assert did_you_mean("zzz", []) == ""


@given(st.text(st.characters(codec=None), max_size=80) | st.text("{}[]:,-?&*!|>'\"%@` \n\tab1", max_size=40))
def test_any_text_is_a_document_or_mistakes_within_it(text: str) -> None:
    try:
        parse_document(text, "d.yaml").validated(Drawing)
    except FileError as error:
        assert error.problems
        for problem in error.problems:
            assert problem.line >= 1
            assert problem.column >= 1
            assert str(problem).encode()
