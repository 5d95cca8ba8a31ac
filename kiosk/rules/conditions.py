"""Conditions such as `knee < 90 and knee_past_toe > 0`: parsed once, judged with three values, never run as code.

The grammar is a small part of Python's, so Python's own parser reads it; every node that is not on the short list here
is a mistake with its column. What comes out is a tree of plain functions over named numbers. A number that is unknown
(None) makes what depends on it unknown, which is neither true nor false: `and`, `or` and `not` follow Kleene's logic.
"""

import ast
import operator
import re
import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, TypeVar

from kiosk.yamlfile import did_you_mean

Numbers = Mapping[str, float | None]
Number = Callable[[Numbers], float | None]
Truth = Callable[[Numbers], bool | None]
T = TypeVar("T")

MAX_LENGTH: Final = 400
FUNCTIONS: Final[dict[str, Callable[..., float]]] = {"abs": abs, "min": min, "max": max}
REP_NUMBERS: Final = ("s", "out_s", "back_s")
REP_FUNCTIONS: Final = ("min", "max", "range")

_COMPARE: Final[dict[type[ast.cmpop], Callable[[float, float], bool]]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
_ARITHMETIC: Final[dict[type[ast.operator], Callable[[float, float], float]]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


class ConditionError(ValueError):
    """A condition that can't be understood; `offset` is the column of the mistake, counted from 0."""

    def __init__(self, message: str, offset: int = 0) -> None:
        self.offset = offset
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Formula:
    """A parsed formula: `value` takes the numbers by name and computes one, or None where one of them is unknown."""

    text: str
    value: Number
    names: frozenset[str]


class _NodeError(Exception):
    def __init__(self, message: str, node: ast.expr) -> None:
        self.node = node
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Condition:
    """A parsed condition: `judge` takes the numbers by name and answers true, false or unknown (None)."""

    text: str
    judge: Truth
    names: frozenset[str]


def parse_condition(text: str, measures: Iterable[str], *, at_rep: bool = False) -> Condition:
    """Return the condition; ConditionError if it can't be understood.

    `measures` are the names it may use. With `at_rep` it is judged when a repetition ends and may use
    `rep.min(m) rep.max(m) rep.range(m) rep.s rep.out_s rep.back_s`, whose values go by just these texts.
    """
    parser = _Parser(frozenset(measures), at_rep=at_rep)
    judge = _parsed(text, parser.truth)
    return Condition(text, judge, frozenset(parser.used))


def _parsed(text: str, read: Callable[[ast.expr], T]) -> T:
    line = re.sub(r"\s", " ", text)
    source = line.lstrip()
    indent = len(line) - len(source)
    try:
        return read(_tree(source))
    except ConditionError as error:
        raise ConditionError(str(error), indent + error.offset) from None
    except _NodeError as error:
        # Python's parser counts columns in bytes of UTF-8, people in characters.
        column = len(source.encode()[: error.node.col_offset].decode(errors="ignore"))
        raise ConditionError(str(error), indent + column) from None
    except RecursionError:
        raise ConditionError("too deeply nested: split it into several warnings") from None


def parse_formula(text: str, measures: Iterable[str], *, at_rep: bool = False) -> Formula:
    """Return a formula of other measures, such as `abs(left_knee - right_knee)`; all else as for conditions."""
    parser = _Parser(frozenset(measures), at_rep=at_rep)
    value = _parsed(text, parser.number)
    return Formula(text, value, frozenset(parser.used))


def _tree(text: str) -> ast.expr:
    if len(text) > MAX_LENGTH:
        raise ConditionError(f"longer than {MAX_LENGTH} characters: split it into several warnings")
    if not text:
        raise ConditionError("a condition is missing here: write one like knee < 90")
    if "#" in text:
        raise ConditionError("a comment can't stand within a condition", text.index("#"))
    try:
        # Python takes `90and` for two words and merely warns of it; here it is a mistake.
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            return ast.parse(text, mode="eval").body
    except SyntaxError as error:
        hint = " - write == to compare" if re.search(r"(?<![<>=!])=(?![=<>])", text) else ""
        raise ConditionError(f"can't be understood here{hint}", max(0, (error.offset or 1) - 1)) from None
    except (ValueError, MemoryError, RecursionError):
        raise ConditionError("can't be understood: too deeply nested, or a character that does not belong") from None


class _Parser:
    def __init__(self, measures: frozenset[str], *, at_rep: bool) -> None:
        self.measures = measures
        self.at_rep = at_rep
        self.used: set[str] = set()

    def truth(self, node: ast.expr) -> Truth:
        match node:
            case ast.BoolOp(op=op, values=values):
                return _kleene([self.truth(value) for value in values], until=isinstance(op, ast.Or))
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return _negation(self.truth(operand))
            case ast.Compare(left=left, ops=ops, comparators=rest):
                return self._comparison(left, ops, rest)
        raise _NodeError("this is a number where a comparison belongs, like knee < 90", node)

    def number(self, node: ast.expr) -> Number:
        match node:
            case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
                return _constant(node, value)
            case ast.Name(id=name):
                measure = self._measure(name, node)
                if self.at_rep:
                    wanted = f"rep.min({name}), rep.max({name}) or rep.range({name})"
                    raise _NodeError(f"'{name}' changes during a repetition: write {wanted}", node)
                return measure
            case ast.UnaryOp(op=ast.USub() | ast.UAdd() as sign, operand=operand):
                factor = -1.0 if isinstance(sign, ast.USub) else 1.0
                return _combined(operator.mul, [lambda _: factor, self.number(operand)])
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _ARITHMETIC:
                return _combined(_ARITHMETIC[type(op)], [self.number(left), self.number(right)])
            case ast.Call(func=ast.Name(id=name), args=args, keywords=[]):
                return self._function(name, args, node)
            case ast.Attribute(value=ast.Name(id="rep")) | ast.Call(func=ast.Attribute(value=ast.Name(id="rep"))):
                return self._of_repetition(node)
        raise _NodeError("only measures, numbers, + - * /, abs, min and max belong here", node)

    def _comparison(self, left: ast.expr, ops: list[ast.cmpop], rest: list[ast.expr]) -> Truth:
        for op in ops:
            if type(op) not in _COMPARE:
                raise _NodeError("compare with < <= > >= == or !=", left)
        terms = [self.number(node) for node in (left, *rest)]
        links = [_link(_COMPARE[type(op)], a, b) for op, a, b in zip(ops, terms[:-1], terms[1:], strict=True)]
        return links[0] if len(links) == 1 else _kleene(links, until=False)

    def _measure(self, name: str, node: ast.expr) -> Number:
        if name not in self.measures:
            raise _NodeError(f"unknown measure '{name}'{did_you_mean(name, self.measures)}", node)
        self.used.add(name)
        return lambda numbers: numbers.get(name)

    def _function(self, name: str, args: list[ast.expr], node: ast.expr) -> Number:
        if name not in FUNCTIONS:
            raise _NodeError(f"unknown function '{name}'{did_you_mean(name, FUNCTIONS)}", node)
        if len(args) != 1 if name == "abs" else len(args) < 2:
            wanted = "one number" if name == "abs" else "two numbers or more"
            raise _NodeError(f"{name} takes {wanted}", node)
        return _combined(FUNCTIONS[name], [self.number(arg) for arg in args])

    def _of_repetition(self, node: ast.expr) -> Number:
        if not self.at_rep:
            raise _NodeError("rep... is known only when a repetition ends: add `at: rep`", node)
        match node:
            case ast.Attribute(attr=attr) if attr in REP_NUMBERS:
                key = f"rep.{attr}"
            case ast.Call(func=ast.Attribute(attr=attr), args=[ast.Name(id=name) as measure], keywords=[]) if (
                attr in REP_FUNCTIONS
            ):
                self._measure(name, measure)
                key = f"rep.{attr}({name})"
            case _:
                known = "rep.min(m) rep.max(m) rep.range(m) rep.s rep.out_s rep.back_s"
                raise _NodeError(f"of a repetition there is {known}", node)
        return lambda numbers: numbers.get(key)


def _constant(node: ast.expr, value: float) -> Number:
    try:
        number = float(value)
    except OverflowError:
        raise _NodeError("this number is too large", node) from None
    return lambda _: number


def _combined(function: Callable[..., float], terms: list[Number]) -> Number:
    def value(numbers: Numbers) -> float | None:
        known = [term(numbers) for term in terms]
        if None in known:
            return None
        try:
            return function(*known)
        except (ZeroDivisionError, OverflowError):
            return None

    return value


def _link(compare: Callable[[float, float], bool], left: Number, right: Number) -> Truth:
    def judge(numbers: Numbers) -> bool | None:
        a, b = left(numbers), right(numbers)
        return None if a is None or b is None else compare(a, b)

    return judge


def _kleene(parts: list[Truth], *, until: bool) -> Truth:
    """`or` (until=True) is true as soon as one part is, `and` (until=False) false; else unknown if any part is."""

    def judge(numbers: Numbers) -> bool | None:
        answers = [part(numbers) for part in parts]
        if until in answers:
            return until
        return None if None in answers else not until

    return judge


def _negation(part: Truth) -> Truth:
    def judge(numbers: Numbers) -> bool | None:
        answer = part(numbers)
        return None if answer is None else not answer

    return judge
