"""Every sentence that people read exists once, in both languages, with the same blanks, and something says it."""

import ast
import re
from pathlib import Path
from string import Formatter
from typing import get_args

import pytest

from kiosk import words as words_module
from kiosk.health.pace import Why
from kiosk.health.restarts import Cause
from kiosk.report.period import Step
from kiosk.rules.exercise_file import Level, Phase
from kiosk.rules.measures import LengthUnit
from kiosk.words import LANGUAGES, Phrase, words
from kiosk.yamlfile import parse_document

PACKAGE = Path(words_module.__file__).parent
WORDS_FILE = PACKAGE / "words.yaml"

# Families of keys whose last part comes from an exercise file or a list; a measure without a word goes by its own name.
FAMILIES = {
    "level_": set(get_args(Level)),
    "phase_": set(get_args(Phase)),
    "measure_": None,
    "restarted_": set(get_args(Cause)),
    "pace_": set(get_args(Why)),
    "page_": {"kiosk", "photo", "editor", "report", "review"},
    "unit_": set(get_args(LengthUnit)),
    "report_by_": set(get_args(Step)),
    "report_step_": set(get_args(Step)),
}


def blanks(text: str) -> set[str]:
    """The names in the {blanks} of `text`."""
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def in_python() -> set[str]:
    """Every text that stands in the package's Python code, each of which may be a key."""
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in PACKAGE.rglob("*.py")]
    constants = (node.value for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Constant))
    return {value for value in constants if isinstance(value, str)}


def phrases() -> set[str]:
    """The keys of all Phrase("...") in the package's Python code."""
    calls = (
        node
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Phrase" and node.args
    )
    return {call.args[0].value for call in calls if isinstance(call.args[0], ast.Constant)}  # type: ignore[misc]


def on_the_page() -> set[str]:
    """The keys that the page's code and markup name in full."""
    sources = "\n".join(
        path.read_text(encoding="utf-8")
        for path in sorted((PACKAGE / "web" / "static").iterdir())
        if path.suffix in {".js", ".html"}
    )
    in_code = re.findall(r"""\bsay\(\s*["'](\w+)["']""", sources)
    in_markup = re.findall(r"""\bdata-(?:word|alt|label)(?:="|": ")(\w+)\"""", sources)
    assert in_code
    assert in_markup
    return {*in_code, *in_markup}


def in_a_family(key: str) -> bool:
    return any(
        key.startswith(prefix) and (ends is None or key.removeprefix(prefix) in ends)
        for prefix, ends in FAMILIES.items()
    )


@pytest.mark.parametrize("key", words())
def test_a_sentence_has_each_language_and_the_same_blanks_in_each(key: str) -> None:
    texts = words()[key]
    assert set(texts) == set(LANGUAGES)
    for language in LANGUAGES:
        assert texts[language].strip(), f"{key} says nothing in {language}"
        assert blanks(texts[language]) == blanks(texts["en"]), f"{key} has other blanks in {language}"
        assert blanks(texts[language]) <= {"detail"}, f"the program fills in nothing but detail, in {key}"


def test_no_key_stands_there_twice() -> None:
    # A plain YAML reader would silently take the second; this one raises.
    data = parse_document(WORDS_FILE.read_text(encoding="utf-8"), WORDS_FILE.name).data
    assert data == words()


def test_every_key_is_used() -> None:
    named = in_python() | on_the_page()
    unused = [key for key in words() if key not in named and not in_a_family(key)]
    assert not unused, f"nothing says {', '.join(unused)}: remove them from words.yaml"


def test_every_key_that_is_used_exists() -> None:
    every = {f"{prefix}{end}" for prefix, ends in FAMILIES.items() for end in ends or ()}
    missing = (phrases() | on_the_page() | every) - set(words())
    assert not missing, f"words.yaml lacks {', '.join(sorted(missing))}"


def test_a_phrase_is_said_in_a_language_with_its_detail() -> None:
    assert Phrase("step_back", part="part_feet").say("en") == "Step back: I can't see your feet"
    assert Phrase("step_back", part="part_feet").to_json() == {
        "en": "Step back: I can't see your feet",
        "zh": "请后退：看不到您的双脚",
    }
    assert Phrase("camera_missing", "/dev/video7").say("en") == "No camera at /dev/video7: check the cable"
    assert Phrase("camera_missing", "{odd}").say("zh") == "未找到摄像头 {odd}：请检查连线"
