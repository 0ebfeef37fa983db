"""A frame is made by the names of its fields: a field more, or in another place, shifts nobody's values."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from teamtactics.model.frame import Frame, in_order

ROOT = Path(__file__).parents[1]
FRAME = "app/teamtactics/model/frame.py"
MODULE = "teamtactics.model.frame"
IN_ORDER_OF_NAMES = frozenset({"app/teamtactics/telemetry/frame_reader.py", "app/teamtactics/telemetry/tape/chunk.py"})
"""Who reads many at once; their own tests give and take the columns in another order."""


def by_place(source: str) -> Iterator[str]:
    """Tell the line of whatever takes the fields of a frame by their place."""
    tree = ast.parse(source if MODULE in source else "")
    if not any(isinstance(node, ast.ImportFrom) and node.module == MODULE for node in ast.walk(tree)):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            is_frame = isinstance(node.func, ast.Name) and node.func.id == "Frame"
            given = [argument for argument in node.args if _is_frame(argument)]
            if (is_frame and node.args) or (given and not _is_name(node.func, "cast", "isinstance", "get_type_hints")):
                yield f"{node.lineno}: {ast.unparse(node)[:60]}"
        elif isinstance(node, ast.Attribute) and _is_frame(node.value) and node.attr in ("_make", "__new__"):
            yield f"{node.lineno}: {ast.unparse(node)}"


def _is_frame(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "Frame"


def _is_name(node: ast.expr, *names: str) -> bool:
    return (isinstance(node, ast.Name) and node.id in names) or (isinstance(node, ast.Attribute) and node.attr in names)


def sources() -> list[Path]:
    return sorted(path for folder in ("app", "tests", "installer") for path in (ROOT / folder).rglob("*.py"))


def test_no_frame_is_made_by_the_places_of_its_fields() -> None:
    found = {
        name: lines
        for path in sources()
        if (name := path.relative_to(ROOT).as_posix()) != FRAME and (lines := [*by_place(path.read_text("utf-8"))])
    }
    assert found == {}


def test_frames_in_order_are_made_only_where_the_order_is_that_of_the_names() -> None:
    users = {
        path.relative_to(ROOT).as_posix()
        for path in sources()
        if MODULE in (source := path.read_text("utf-8"))
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.ImportFrom) and node.module == MODULE and any(a.name == "in_order" for a in node.names)
    }
    assert users - {"tests/test_named_frames.py"} == IN_ORDER_OF_NAMES


@pytest.mark.parametrize(
    "line",
    [
        "Frame(1, 2.0, 0)",
        "Frame(*row)",
        "Frame(1, session_time=2.0, session_num=0)",
        "Frame._make(row)",
        "Frame.__new__(Frame, *row)",
        "tuple.__new__(Frame, row)",
        "partial(tuple.__new__, Frame)",
        "map(Frame, ticks, times, nums)",
    ],
)
def test_what_shifts_is_found(line: str) -> None:
    assert [*by_place(f"from teamtactics.model.frame import Frame\n{line}")]


def test_by_name_is_not() -> None:
    source = (
        "from teamtactics.model.frame import Frame\nFrame(tick=1, session_time=2.0, session_num=0)\nFrame(**values)"
    )
    assert [*by_place(source)] == []


def test_in_order_gives_each_field_the_value_that_stands_at_its_name() -> None:
    values = {name: object() for name in Frame._fields}
    made = in_order(values[name] for name in Frame._fields)
    assert type(made) is Frame
    assert made == Frame(**values)  # type: ignore[arg-type]
    assert all(getattr(made, name) is value for name, value in values.items())
