"""The sentences in which mistakes of files are told."""

import difflib
from collections.abc import Iterable
from typing import Final

from pydantic_core import ErrorDetails

LONGEST_SHOWN: Final = 60
"""Characters of a wrong value that a mistake's sentence repeats."""


def did_you_mean(word: str, choices: Iterable[str]) -> str:
    """Return " - did you mean 'knee'?" for the closest of `choices`, or what there is to choose from."""
    known = sorted(set(choices))
    close = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    if close:
        return f" - did you mean '{close[0]}'?"
    return f" - there is {', '.join(known)}" if known else ""


_EXPECTED: Final = {
    "string_type": "expected text",
    "float_type": "expected a number",
    "int_type": "expected a whole number",
    "int_from_float": "expected a whole number",
    "bool_type": "expected true or false",
    "list_type": "expected a list such as [a, b]",
    "tuple_type": "expected a list such as [a, b]",
    "dict_type": "expected `key: value` lines",
    "model_type": "expected `key: value` lines",
}


def sentence(detail: ErrorDetails) -> str:
    """Return what Pydantic found wrong with a value, for people."""
    kind, found = detail["type"], detail["input"]
    shown = "nothing" if found is None else f"'{shortened(found)}'" if isinstance(found, str | int | float) else "this"
    if kind in _EXPECTED:
        return f"{_EXPECTED[kind]}, not {shown}"
    if kind == "too_long":
        return f"expected {detail['ctx']['max_length']} items here, not {detail['ctx']['actual_length']}"
    if kind == "literal_error":
        choices = [choice.strip(" '") for choice in detail["ctx"]["expected"].replace(" or ", ", ").split(",")]
        return f"{shown} is not one of {', '.join(choices)}" + (
            did_you_mean(found, choices) if isinstance(found, str) and difflib.get_close_matches(found, choices) else ""
        )
    if kind == "value_error":
        return str(detail["ctx"]["error"])
    return f"{detail['msg'].replace('Input should', 'must').replace('Tuple', 'the list')}, not {shown}"


def shortened(found: object) -> str:
    """Return a wrong value as a sentence may repeat it."""
    text = str(found).encode(errors="backslashreplace").decode()
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}..."
