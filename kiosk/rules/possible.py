"""Can a condition ever be true? Found from the thresholds in it and the values that measures can take.

A condition is turned into the boxes of values in which it holds: one interval a measure, with `or` between boxes. Only
comparisons of one name with a number narrow a box; any other is taken to be possible, so that no sound rule is refused.
"""

import ast
from collections.abc import Mapping, Sequence
from itertools import product
from math import inf, nextafter
from typing import Final

from kiosk.rules.conditions import Condition

Range = tuple[float, float]
Box = Mapping[str, Range]

MAX_BOXES: Final = 64
_ANYWHERE: Final[list[Box]] = [{}]
_TURNED: Final[dict[type[ast.cmpop], type[ast.cmpop]]] = {
    ast.Lt: ast.GtE,
    ast.LtE: ast.Gt,
    ast.Gt: ast.LtE,
    ast.GtE: ast.Lt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
}
_SWAPPED: Final[dict[type[ast.cmpop], type[ast.cmpop]]] = {
    ast.Lt: ast.Gt,
    ast.LtE: ast.GtE,
    ast.Gt: ast.Lt,
    ast.GtE: ast.LtE,
}


def can_hold(condition: Condition, ranges: Mapping[str, Range]) -> bool:
    """Whether some values within `ranges` make the condition true."""
    return any(_inhabited([box, ranges]) for box in _boxes(_tree(condition), wanted=True))


def can_hold_together(one: Condition, other: Condition, ranges: Mapping[str, Range]) -> bool:
    """Whether some values make both true; False where either depends on what can't be told apart by thresholds."""
    boxes, others = _boxes(_tree(one), wanted=True), _boxes(_tree(other), wanted=True)
    if any(not box for box in (*boxes, *others)):
        return False
    return any(_inhabited([a, b, ranges]) for a, b in product(boxes, others))


def _tree(condition: Condition) -> ast.expr:
    return ast.parse(" ".join(condition.text.split()), mode="eval").body


def _boxes(node: ast.expr, *, wanted: bool) -> list[Box]:
    """The boxes in which `node` is `wanted`."""
    match node:
        case ast.BoolOp(op=op, values=values):
            parts = [_boxes(value, wanted=wanted) for value in values]
            # By De Morgan, what makes an `or` false makes all of its parts false.
            return [b for part in parts for b in part] if isinstance(op, ast.Or) == wanted else _all_of(parts)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return _boxes(operand, wanted=not wanted)
        case ast.Compare(left=left, ops=ops, comparators=rest):
            terms = [left, *rest]
            links = [_link(a, op, b, wanted=wanted) for a, op, b in zip(terms[:-1], ops, rest, strict=True)]
            return _all_of([[link] for link in links]) if wanted else links
    return _ANYWHERE


def _all_of(parts: Sequence[Sequence[Box]]) -> list[Box]:
    boxes: list[Box] = [{}]
    for part in parts:
        boxes = [_narrowed([a, b]) for a, b in product(boxes, part)]
        if len(boxes) > MAX_BOXES:
            return _ANYWHERE
    return boxes


def _link(left: ast.expr, op: ast.cmpop, right: ast.expr, *, wanted: bool) -> Box:
    kind = type(op) if wanted else _TURNED[type(op)]
    value, name = _constant(right), _name(left)
    if value is None or name is None:
        value, name, kind = _constant(left), _name(right), _SWAPPED.get(kind, kind)
    if value is None or name is None:
        return {}
    within: dict[type[ast.cmpop], Range] = {
        ast.Lt: (-inf, nextafter(value, -inf)),
        ast.LtE: (-inf, value),
        ast.Gt: (nextafter(value, inf), inf),
        ast.GtE: (value, inf),
        ast.Eq: (value, value),
    }
    return {name: within[kind]} if kind in within else {}


def _name(node: ast.expr) -> str | None:
    match node:
        case ast.Name() | ast.Attribute() | ast.Call(func=ast.Attribute()):
            return ast.unparse(node)
    return None


def _constant(node: ast.expr) -> float | None:
    match node:
        case ast.Constant(value=int() | float() as value):
            return float(value)
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as value)):
            return -float(value)
    return None


def _narrowed(boxes: Sequence[Box]) -> Box:
    names = {name for box in boxes for name in box}
    return {
        name: (max(box.get(name, (-inf, inf))[0] for box in boxes), min(box.get(name, (-inf, inf))[1] for box in boxes))
        for name in names
    }


def _inhabited(boxes: Sequence[Box]) -> bool:
    return all(low <= high for low, high in _narrowed(boxes).values())
