"""Every sentence that people read exists in both languages and has the same blanks in both."""

from string import Formatter

import pytest

from kiosk.words import LANGUAGES, words


def blanks(text: str) -> set[str]:
    """The names in the {blanks} of `text`."""
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("key", words())
def test_a_sentence_has_each_language_and_the_same_blanks_in_each(key: str) -> None:
    texts = words()[key]
    assert set(texts) == set(LANGUAGES)
    for language in LANGUAGES:
        assert texts[language].strip(), f"{key} says nothing in {language}"
        assert blanks(texts[language]) == blanks(texts["en"]), f"{key} has other blanks in {language}"
        assert blanks(texts[language]) <= {"detail"}, f"the program fills in nothing but detail, in {key}"
