"""The limits in a condition: each number that something measured is compared with, and where it stands."""

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from kiosk.rules.conditions import Condition, Formula, parse_formula
from kiosk.yamlfile import did_you_mean

_LESS: Final = (ast.Lt, ast.LtE)
_MORE: Final = (ast.Gt, ast.GtE)


class BoundsError(ValueError):
    """Bounds that fit no limit of a condition; `key` is the one of `measure`, `min` and `max` that is wrong."""

    def __init__(self, message: str, key: str = "") -> None:
        self.key = key
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Limit:
    """One number of a condition, such as 90 in `knee < 90`; `of` is the other side, as text and to be computed.

    The number stands from `start` to `end` in the condition's text, with its sign. `narrows` is 1 where a larger number
    makes the condition true less often, -1 where a smaller one does. With `strict` it is not true at the number itself.
    """

    start: int
    end: int
    value: float
    of: Formula
    narrows: int
    strict: bool


@dataclass(frozen=True, slots=True)
class Bounds:
    """How far a condition's limit number `limit` may be moved: from `least` to `most`, both included."""

    limit: int
    least: float
    most: float


def limits(condition: Condition, *, at_rep: bool) -> tuple[Limit, ...]:
    """Return the condition's limits in the order of its text.

    A number that is compared with two things at once, as in `left < 90 < right`, is none: moving it would make the
    condition true more often and less often. Nor is one that must be met exactly.
    """
    line = re.sub(r"\s", " ", condition.text)
    source = line.lstrip()
    finder = _Finder(source, len(line) - len(source), condition.names, at_rep=at_rep)
    return tuple(sorted(finder.limits(ast.parse(source, mode="eval").body, wanted=True), key=lambda limit: limit.start))


def with_number(condition: Condition, limit: Limit, number: str) -> str:
    """Return the condition's text with another number in a limit's place."""
    return condition.text[: limit.start] + number + condition.text[limit.end :]


def bounds(found: Sequence[Limit], measure: str | None, least: float, most: float) -> Bounds:
    """Return the bounds of the one limit that compares `measure`; BoundsError if they fit none."""
    if not found:
        raise BoundsError("'when' compares nothing with a number, so there is nothing to tune: remove 'tune'")
    meant = [place for place, limit in enumerate(found) if measure is None or measure in _names(limit.of)]
    if not meant:
        raise BoundsError(
            f"'when' has no number for '{measure}'{did_you_mean(measure or '', _all_names(found))}", "measure"
        )
    if len(meant) > 1 and measure is None:
        known = ", ".join(sorted({limit.of.text for limit in found}))
        raise BoundsError(f"'when' has several numbers: say which one, as 'measure' with one of {known}")
    if len(meant) > 1:
        raise BoundsError(f"'when' compares '{measure}' with several numbers: only one can be tuned", "measure")
    value = found[meant[0]].value
    if least > value:
        raise BoundsError(f"min lies above the number in 'when', which is {value:g}", "min")
    if most < value:
        raise BoundsError(f"max lies below the number in 'when', which is {value:g}", "max")
    return Bounds(meant[0], least, most)


def _names(formula: Formula) -> set[str]:
    return {formula.text, *formula.names}


def _all_names(found: Sequence[Limit]) -> set[str]:
    return {name for limit in found for name in limit.of.names}


class _Finder:
    def __init__(self, source: str, indent: int, names: frozenset[str], *, at_rep: bool) -> None:
        self._source = source
        self._indent = indent
        self._names = names
        self._at_rep = at_rep

    def limits(self, node: ast.expr, *, wanted: bool) -> Iterator[Limit]:
        match node:
            case ast.BoolOp(values=values):
                for value in values:
                    yield from self.limits(value, wanted=wanted)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                yield from self.limits(operand, wanted=not wanted)
            case ast.Compare(left=left, ops=ops, comparators=rest):
                yield from self._of_chain([left, *rest], ops, wanted=wanted)

    def _of_chain(self, terms: list[ast.expr], ops: list[ast.cmpop], *, wanted: bool) -> Iterator[Limit]:
        for place, term in enumerate(terms):
            value = _number(term)
            beside = [
                (terms[other], op, other < place)
                for other, op in ((place - 1, ops[place - 1]), (place + 1, ops[min(place, len(ops) - 1)]))
                if 0 <= other < len(terms) and _is_measured(terms[other])
            ]
            if value is None or len(beside) != 1:
                continue
            measured, op, number_is_right = beside[0]
            if not isinstance(op, (*_LESS, *_MORE)):
                continue
            below = isinstance(op, _LESS) == number_is_right
            start, end = self._place(term)
            yield Limit(
                start=self._indent + start,
                end=self._indent + end,
                value=value,
                of=parse_formula(self._text(measured), self._names, at_rep=self._at_rep),
                narrows=-1 if below == wanted else 1,
                strict=isinstance(op, ast.Lt | ast.Gt) == wanted,
            )

    def _text(self, node: ast.expr) -> str:
        start, end = self._place(node)
        return self._source[start:end]

    def _place(self, node: ast.expr) -> tuple[int, int]:
        # Python's parser counts columns in bytes of UTF-8, people in characters.
        data = self._source.encode()
        start, end = (len(data[:column].decode()) for column in (node.col_offset, node.end_col_offset or 0))
        return start, end


def _number(node: ast.expr) -> float | None:
    match node:
        case ast.Constant(value=int() | float() as value):
            return float(value)
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as value)):
            return -float(value)
        case ast.UnaryOp(op=ast.UAdd(), operand=ast.Constant(value=int() | float() as value)):
            return float(value)
    return None


def _is_measured(node: ast.expr) -> bool:
    return any(isinstance(part, ast.Name | ast.Attribute) for part in ast.walk(node))
