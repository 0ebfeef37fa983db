"""
Whether the two sides of an ``or`` may change places without any difference, as far as the source alone proves it.

It rests on two things that hold for the whole package and are tested. What is named like a question (``is_``, ``has_``,
``was_``, ``may_``) is true or false, has an answer for whatever is of the right type, and changes nothing; but for
those that are named here. And mypy finds no fault: a value that may be None is asked for more only behind a question
about itself, and that question is what is looked for here.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

QUESTIONS = ("is_", "has_", "was_", "may_")
NOT_ALWAYS_TRUE_OR_FALSE = frozenset(
    {"is_in_garage", "is_in_stall", "is_on_pit_road", "is_on_track", "is_on_track_car"}
)
"""Named like a question, and None where nobody knows."""

CHANGING = frozenset({"has_changed", "has_jumped", "is_believed", "is_in_pits", "is_over", "may_be_unset"})
"""Asked like a question, and remembering something of it."""

_SAYS_TRUTH = frozenset({"any", "all", "bool", "isinstance", "isdisjoint", "startswith", "endswith"})
_CHANGES_NOTHING = _SAYS_TRUTH | {"len", "abs", "type", "get"}
_TELLS_SAME = (ast.Is, ast.IsNot, ast.Eq, ast.NotEq, ast.In, ast.NotIn)
"""Whatever stands on their left, None as well, can be asked so; and what is found out may be that it is not None."""

_SAFE = (
    ast.expr_context, ast.boolop, ast.unaryop, ast.cmpop, ast.Add, ast.Sub, ast.Mult, ast.BoolOp, ast.UnaryOp,
    ast.BinOp, ast.Compare, ast.Attribute, ast.Name, ast.Constant, ast.Tuple, ast.GeneratorExp, ast.comprehension,
)  # fmt: skip
"""What raises nothing, where the types are right. A subscript does, and a division."""


def may_change_places(first: ast.expr, second: ast.expr, *, is_asked: bool) -> bool:
    """
    Tell whether ``first or second`` is the same in the other order.

    Args:
        is_asked: Nobody takes the value, it is only asked whether it is true.
    """
    if not (is_asked or (_is_truth(first) and _is_truth(second))):
        return False
    if not (_raises_nothing(first) and _raises_nothing(second)):
        return False
    needed = set(_needed(second))
    return not any(need == found or need.startswith(f"{found}.") for found in _found_out(first) for need in needed)


def _is_truth(node: ast.expr) -> bool:
    """Whether it is True or False, and no other value."""
    match node:
        case ast.Compare() | ast.UnaryOp(op=ast.Not()):
            return True
        case ast.BoolOp(values=values):
            return all(map(_is_truth, values))
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return is_question(name)
        case ast.Call():
            return is_question(_called(node)) or _called(node) in _SAYS_TRUTH
    return False


def is_question(name: str) -> bool:
    """Tell whether what has this name is true or false."""
    bare = name.lstrip("_")
    return bare.startswith(QUESTIONS) and bare not in NOT_ALWAYS_TRUE_OR_FALSE


def _called(node: ast.Call) -> str:
    match node.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def _raises_nothing(node: ast.expr) -> bool:
    for each in ast.walk(node):
        if isinstance(each, ast.Call):
            name = _called(each)
            if name.lstrip("_") in CHANGING or not (name.lstrip("_").startswith(QUESTIONS) or name in _CHANGES_NOTHING):
                return False
        elif not isinstance(each, _SAFE):
            return False
    return True


def _found_out(node: ast.expr) -> Iterator[str]:
    """What may be known to be there, or of which type, once *node* is false."""
    match node:
        case ast.BoolOp(values=values):
            for value in values:
                yield from _found_out(value)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield from _found_out(operand)
        case ast.Compare(left=left, ops=ops, comparators=comparators):
            if any(isinstance(op, _TELLS_SAME) for op in ops):
                for side in (left, *comparators):
                    yield from [ast.unparse(side)] if isinstance(side, ast.Name | ast.Attribute) else _inside(side)
        case ast.Call() if not _called(node).lstrip("_").startswith(QUESTIONS):
            yield from _inside(node)
        case ast.Name() | ast.Attribute():
            yield ast.unparse(node)


def _inside(node: ast.expr) -> Iterator[str]:
    return (ast.unparse(each) for each in ast.walk(node) if isinstance(each, ast.Name | ast.Attribute))


def _needed(node: ast.expr) -> Iterator[str]:
    """What has to be there, and of its type, for *node* to be asked."""
    match node:
        case ast.Name():
            return
        case ast.Attribute(value=value):
            yield from _inside(value)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield from _needed(operand)
        case ast.BoolOp(values=values):
            for value in values:
                yield from _needed(value)
        case ast.Compare(left=left, ops=[op], comparators=[right]) if isinstance(op, _TELLS_SAME):
            yield from _needed(left)
            yield from _inside(right) if isinstance(op, ast.In | ast.NotIn) else _needed(right)
        case _:
            yield from _inside(node)
