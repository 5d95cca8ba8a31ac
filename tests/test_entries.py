"""Nicknames: kept on one short line, and found however they are typed."""

import pytest

from kiosk.history.entries import LONGEST_NAME, same_name, tidy_name


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Anna", "Anna"),
        ("  Anna \t Maria\n", "Anna Maria"),
        ("小王", "小王"),
        ("7", "7"),
        ("Zoe\u0308", "Zoë"),
        ("Bob\u202egnp", "Bob gnp"),
        ("a\x00b", "a b"),
        ("x" * 99, "x" * LONGEST_NAME),
        ("x" * 39 + " y", "x" * 39),
        ("", None),
        (" \u3000\x07 ", None),
    ],
)
def test_a_nickname_is_one_line_of_bounded_length(typed: str, kept: str | None) -> None:
    assert tidy_name(typed) == kept


def test_what_joins_letters_and_emoji_is_kept_between_them_and_nowhere_else() -> None:
    family = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
    assert tidy_name(f" {family} fam") == f"{family} fam"
    assert tidy_name("\u200d a\u200d b \u200c") == "a b"
    assert tidy_name("\u200d \u200c") is None
    assert tidy_name("x" * (LONGEST_NAME - 1) + "\u200dy") == "x" * (LONGEST_NAME - 1)
    assert same_name("Ann\u200da", "anna")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Anna", "anna", True),
        ("Anna", " ANNA ", True),
        ("Straße", "STRASSE", True),
        ("Zoë", "Zoe\u0308", True),
        ("７", "7", True),
        ("Anna", "Anne", False),
        ("Anna", "Anna 2", False),
        ("小王", "小汪", False),
    ],
)
def test_a_nickname_is_found_however_it_is_typed(one: str, other: str, same: bool) -> None:
    assert same_name(one, other) is same
