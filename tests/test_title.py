"""The title at the head of the wall's column: it is never in the way of what stands under it."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from kiosk.rules.library import Library
from tests.browser import ANNA, DISK_FULL, NO_SPEAKER, OVERHANG, Open, Scripted, speak
from tests.conftest import ROOT


def load(folder: Path) -> list[dict[str, Any]]:
    """Every exercise of a folder as the page is told of it."""
    library = Library(folder)
    library.refresh()
    return [{"name": name, "title": exercise.title.to_json()} for name, exercise in library.exercises.items()]


# The words of the title that are not whole on one line. In Chinese a word ends where its punctuation is.
BROKEN = """() => {
  const words = [];
  for (const part of document.querySelectorAll("#title > *"))
    for (const word of part.textContent.matchAll(/[^\\s()（）]+/g)) {
      const range = document.createRange();
      range.setStart(part.firstChild, word.index);
      range.setEnd(part.firstChild, word.index + word[0].length);
      if (new Set([...range.getClientRects()].map((line) => line.top)).size !== 1)
        words.push(word[0]);
    }
  return words;
}"""
# What the column has room for last: a remark, a notice, a name, a set's second line, and the code for phones.
FULL_COLUMN = {"voice": {"reason": NO_SPEAKER}, "unevenness": 0.1, "lan": True, **DISK_FULL, **ANNA}


@pytest.mark.parametrize("screen", ["wall", "small wall"])
@pytest.mark.parametrize("second", [{}, {"timed_left_s": 17.2}, {"sides": {"left": 12, "right": 11}}])
def test_the_controls_are_on_the_wall_whatever_the_exercise_is_called(
    daemon: Scripted, visit: Open, screen: str, second: dict[str, Any]
) -> None:
    page = visit(daemon.url, screen).page
    daemon.say(**FULL_COLUMN, **second, workout={"reps": 12})
    expect(page.locator("#not-kept")).to_be_visible()
    for exercise in load(ROOT / "config" / "exercises"):
        daemon.say(exercise=exercise)
        for language in ("en", "zh"):
            speak(page, language)
            expect(page.locator("#title")).to_have_text(exercise["title"][language])
            assert page.evaluate(BROKEN) == [], exercise
            assert page.evaluate(OVERHANG) == [], (exercise, language)
            tools, column = page.locator(".tools").bounding_box(), page.locator(".column").bounding_box()
            assert tools and column
            assert tools["y"] + tools["height"] <= column["y"] + column["height"], (exercise, language)
            heights = page.locator("#title").evaluate(
                "(title) => title.offsetHeight / parseFloat(getComputedStyle(title).lineHeight)"
            )
            assert heights < 2.5, (exercise, language)


def test_a_title_that_no_size_fits_is_cut_before_it_covers_the_count(daemon: Scripted, visit: Open) -> None:
    page = visit(daemon.url).page
    english = "Standing hip abduction with a resistance band and nothing to hold on to at all"
    chinese = "站立位弹力带髋关节外展训练不扶任何东西左右交替每侧三十秒"
    daemon.say(exercise={"title": {"en": english, "zh": chinese}}, **FULL_COLUMN)
    for language, text in (("en", english), ("zh", chinese), ("en", english)):
        speak(page, language)
        expect(page.locator("#title")).to_have_text(text)
        expect(page.locator("#title")).to_have_attribute("data-long", "true")
        title, count = page.locator("#title").bounding_box(), page.locator("#count").bounding_box()
        tools = page.locator(".tools").bounding_box()
        assert title and count and tools
        assert title["height"] <= 2 * 60 * 1.15
        assert title["y"] + title["height"] <= count["y"]
        assert tools["y"] + tools["height"] <= 1080
    daemon.say(exercise={"title": {"en": "Squat", "zh": "深蹲"}})
    expect(page.locator("#title")).to_have_attribute("data-long", "false")
