"""What could be written wrongly in a module: one small change each, as the whole source with it."""

from __future__ import annotations

import ast
import itertools
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tools.sides import may_change_places

KINDS = ("comparison", "constant", "guard", "order", "field")
_COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.GtE, ast.LtE),
    ast.LtE: (ast.Gt, ast.Lt),
    ast.Gt: (ast.LtE, ast.GtE),
    ast.GtE: (ast.Lt, ast.Gt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
_EXTREMES = {"min": "max", "max": "min"}
_TOLD_TO_HUMANS = ("log", "logging", "warnings")


@dataclass(frozen=True, slots=True)
class Mutant:
    """
    One change of a module.

    Attributes:
        path: The module, relative to the package's folder.

        scope: Function or class that it is in, with dots; empty: the module itself.

        line: 1 and more.

        kind: One of ``KINDS``.

        change: What stood there and what stands there now, in one line; numbered, when a scope has it more than once.

        source: The whole module with it.

        is_at_import: It is run when the module is imported, and not when a test calls something.
    """

    path: str
    scope: str
    line: int
    kind: str
    change: str
    source: str
    is_at_import: bool

    @property
    def name(self) -> str:
        """What stays the same when lines above it come and go."""
        return f"{self.path}:{self.scope}: {self.change}"


def mutants_of(folder: Path, path: Path) -> list[Mutant]:
    """Return every mutant of the module at *path*, in the order of its lines."""
    source = path.read_text("utf-8")
    found: list[Mutant] = []
    times = Counter[tuple[str, str]]()
    for place in _places(ast.parse(source)):
        node, scope = place.node, place.scope
        always = [("guard", ast.Constant(True)), ("guard", ast.Constant(False))] if place.is_condition else []
        for kind, changed in [*_changes(place), *always]:
            before, after = ast.unparse(node), ast.unparse(changed)
            change = f"{_short(before)} -> {_short(after)}"
            times[scope, change] += 1
            if times[scope, change] > 1:
                change += f" ({times[scope, change]})"
            made = Mutant(
                path.relative_to(folder).as_posix(),
                scope,
                node.lineno,
                kind,
                change,
                _with(source, node, after),
                not place.in_function,
            )
            ast.parse(made.source)
            found.append(made)
    return found


@dataclass(frozen=True, slots=True)
class _Place:
    """
    An expression that is computed.

    Attributes:
        is_condition: It is an if's condition.

        is_asked: Nobody takes its value, it is only asked whether it is true.

        is_distance: Of its value only the size is taken.
    """

    node: ast.expr
    scope: str
    in_function: bool
    is_condition: bool
    is_asked: bool
    is_distance: bool


def _places(tree: ast.Module) -> Iterator[_Place]:
    """Every expression that is computed."""

    def visit(
        node: ast.AST, scope: tuple[str, ...], in_function: bool, above: ast.AST, name: str, is_asked: bool
    ) -> Iterator[_Place]:
        if isinstance(node, ast.expr):
            is_condition = isinstance(above, ast.If) and name == "test"
            yield _Place(node, ".".join(scope), in_function, is_condition, is_asked, _is_size(above, node))
        for field, value in ast.iter_fields(node):
            for child in value if isinstance(value, list) else [value]:
                if not isinstance(child, ast.AST) or _says_nothing(field, child):
                    continue
                inner, inside = scope, in_function
                if isinstance(child, ast.FunctionDef | ast.ClassDef):
                    inner = (*scope, child.name)
                if isinstance(node, ast.FunctionDef | ast.Lambda) and field == "body":
                    inside = True
                yield from visit(child, inner, inside, node, field, _asks(node, field, is_asked))

    return visit(tree, (), False, tree, "", False)


def _asks(node: ast.AST, field: str, is_asked: bool) -> bool:
    """Whether *node*, of which itself is only asked whether it is true, or not, asks no more of its *field*."""
    if isinstance(node, ast.BoolOp):
        return is_asked
    if isinstance(node, ast.If | ast.IfExp | ast.While):
        return field == "test" or (is_asked and isinstance(node, ast.IfExp))
    return (isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not)) or field == "ifs"


def _is_size(above: ast.AST, node: ast.expr) -> bool:
    return isinstance(above, ast.Call) and ast.unparse(above.func) == "abs" and above.args == [node]


def _says_nothing(field: str, child: ast.AST) -> bool:
    """Whether *child* is a docstring, an annotation, a decorator, or a text for humans."""
    if field in ("annotation", "returns", "decorator_list", "type_params", "bases"):
        return True
    if isinstance(child, ast.keyword) and child.arg == "strict":
        return True
    if isinstance(child, ast.JoinedStr | ast.Raise | ast.Assert | ast.Import | ast.ImportFrom):
        return True
    if isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant):
        return True
    if isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING":
        return True
    return (
        isinstance(child, ast.Call)
        and isinstance(child.func, ast.Attribute)
        and isinstance(child.func.value, ast.Name)
        and child.func.value.id in _TOLD_TO_HUMANS
    )


def _changes(place: _Place) -> Iterator[tuple[str, ast.expr]]:
    match node := place.node:
        case ast.Compare(ops=[op]):
            for other in _COMPARISONS[type(op)]:
                yield "comparison", ast.Compare(node.left, [other()], node.comparators)
        case ast.Constant(value=bool(value)):
            yield "constant", ast.Constant(not value)
        case ast.Constant(value=int() | float() as number):
            yield "constant", ast.Constant(type(number)(0) if number else type(number)(1))
            if number:
                yield "constant", ast.Constant(number * 2)
        case ast.BoolOp(op=op, values=values):
            yield "guard", ast.BoolOp(ast.Or() if isinstance(op, ast.And) else ast.And(), values)
            for left_out in range(len(values)):
                rest = values[:left_out] + values[left_out + 1 :]
                yield "guard", rest[0] if len(rest) == 1 else ast.BoolOp(op, rest)
            is_pair = isinstance(op, ast.Or) and len(values) == 2
            if is_pair and not may_change_places(*values, is_asked=place.is_asked):
                yield "order", ast.BoolOp(op, values[::-1])
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield "guard", operand
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            yield "constant", operand
        case ast.IfExp(test=test, body=body, orelse=orelse):
            yield "guard", body
            yield "guard", orelse
            yield "order", ast.IfExp(test, orelse, body)
        case ast.BinOp(left=left, op=ast.Sub(), right=right) if not place.is_distance:
            yield "order", ast.BinOp(right, ast.Sub(), left)
        case ast.Call():
            yield from _of_call(node)
        case ast.Dict(keys=keys, values=values) if len(values) > 1:
            for at in range(len(values) - 1):
                if (keys[at] is not None or keys[at + 1] is not None) and not _is_alike(*values[at : at + 2]):
                    yield "field", ast.Dict(keys, _swapped(values, at))
        case ast.GeneratorExp(elt=elt, generators=[one]) | ast.ListComp(elt=elt, generators=[one]) if one.ifs:
            bare = ast.comprehension(one.target, one.iter, [], one.is_async)
            yield "guard", type(node)(elt, [bare])


def _of_call(node: ast.Call) -> Iterator[tuple[str, ast.expr]]:
    called = node.func.id if isinstance(node.func, ast.Name) else ""
    if called in _EXTREMES:
        yield "order", ast.Call(ast.Name(_EXTREMES[called]), node.args, node.keywords)
    elif called not in ("isinstance", "getattr", "hasattr"):
        for at in range(len(node.args) - 1):
            pair = node.args[at : at + 2]
            if not any(isinstance(each, ast.Starred) for each in pair) and not _is_alike(*pair):
                yield "order", ast.Call(node.func, _swapped(node.args, at), node.keywords)
    named = [keyword for keyword in node.keywords if keyword.arg is not None]
    for one, other in itertools.pairwise(named):
        if _is_alike(one.value, other.value):
            continue
        values = {one.arg: other.value, other.arg: one.value}
        keywords = [ast.keyword(each.arg, values.get(each.arg, each.value)) for each in node.keywords]
        yield "field", ast.Call(node.func, node.args, keywords)


def _is_alike(one: ast.expr, other: ast.expr) -> bool:
    return ast.unparse(one) == ast.unparse(other)


def _swapped(values: list[ast.expr], at: int) -> list[ast.expr]:
    return [*values[:at], values[at + 1], values[at], *values[at + 2 :]]


def _with(source: str, node: ast.expr, text: str) -> str:
    """Return *source* with *text* where *node* stands; lines below it stay where they are."""
    lines = source.encode().splitlines(keepends=True)
    assert node.end_lineno is not None and node.end_col_offset is not None
    begin = sum(map(len, lines[: node.lineno - 1])) + node.col_offset
    end = sum(map(len, lines[: node.end_lineno - 1])) + node.end_col_offset
    whole = b"".join(lines)
    lost = whole[begin:end].count(b"\n")
    return (whole[:begin] + b"(" + text.encode() + b"\n" * lost + b")" + whole[end:]).decode()


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 100 else f"{line[:60]} … {line[-37:]}"
