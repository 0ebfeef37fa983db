"""What the programme that changes rules leaves out, because it would change nothing."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.mutants import mutants_of
from tools.mutate import PACKAGE
from tools.sides import CHANGING, NOT_ALWAYS_TRUE_OR_FALSE, QUESTIONS, is_question, may_change_places

ROOMS = ("race", "contract", "model")
_CHANGING_CALLS = (
    "add", "append", "clear", "discard", "extend", "insert", "insort", "pop", "popitem", "remove", "setdefault",
    "update",
)  # fmt: skip


@pytest.mark.parametrize(
    "sides",
    [
        "is_alone or self.has_jumped",
        "not left.is_first or memory.is_team",
        "level is True or level is False",
        "before.session_id is None or before.other_id is None",
        "flags is None or self.is_final",
        "speed is None or (since is not None and now - since >= 3.0)",
        "seen.left_at is None or seen.since_s > 3.0",
        "record.line != shown.line or record.driver is None",
        "is_towed or is_fuller(shown_l, level_l)",
        "_may_have_stopped(window) or (rise_l is not None and rise_l > 0.3)",
        "told.is_alone or not told.wrong.isdisjoint(own.get(lap, ()))",
        "closing is not None or any(line and line.at is CAR for line in lines)",
    ],
)
def test_two_questions_of_which_none_guards_the_other_are_one_in_any_order(sides: str) -> None:
    assert _may_change_places(sides, is_asked=False)
    assert _may_change_places(sides, is_asked=True)


@pytest.mark.parametrize(
    "sides",
    [
        "ticks is None or ticks <= 0",
        "known is None or known.at_s > seen_s",
        "known is None or self._named(folded) != self._named(known)",
        "again is None or not is_same(folded.record, again.record)",
        "not known or known.at_s > 3.0",
        "a.b is None or a.b.c is None",
        "told != before or told.at_s > 3.0",
        "isinstance(value, float) or abs(value) < 3",
        "type(text) is not str or len(text) > 3",
        "not laps or laps[0] > 3",
        "length_m == 0.0 or way_m / length_m > 0.5",
        "is_alone or taken_back(memory)",
        "taken_back(memory) or is_alone",
        "is_alone or self.has_changed(frame)",
        "is_alone or (lap := 3) > lap",
        "lap in (None, 3) or lap > 4",
        "lap in laps or laps is None",
    ],
)
def test_what_guards_the_other_side_or_does_something_has_its_place(sides: str) -> None:
    found = _may_change_places(sides, is_asked=True)
    assert found == (sides == "lap in laps or laps is None"), "that laps are none is not asked for by that question"


@pytest.mark.parametrize("sides", ["level_l or 0.0", "lap.is_news or told", "frame.is_in_garage or is_wet"])
def test_of_two_values_the_first_is_taken_unless_it_is_only_asked_whether_there_is_one(sides: str) -> None:
    assert not _may_change_places(sides, is_asked=False)
    assert _may_change_places(sides, is_asked=True)


def test_a_condition_asks_and_takes_no_value(tmp_path: Path) -> None:
    asking = (
        "if one or other: f()", "while one or other: f()", "x = 1 if one or other else 2", "x = not (one or other)",
        "x = [y for y in z if one or other]", "if w and (one or other): f()", "if not (w and (one or other)): f()",
        "if (one or other) if w else v: f()",
    )  # fmt: skip
    taking = ("x = one or other", "x = w and (one or other)", "f(one or other)", "if f(one or other): f()")
    for line in asking + taking:
        changes = [change for change in _changes(tmp_path, line) if change.endswith("-> other or one")]
        assert len(changes) == (line in taking), line


def test_how_far_two_values_are_apart_is_the_same_from_either_side(tmp_path: Path) -> None:
    assert "a - b -> b - a" not in _changes(tmp_path, "x = abs(a - b)")
    for line in ("x = a - b", "x = abs((a - b) + 1)", "x = round(a - b)", "x = abs(f(a - b))", "x = abs(-(a - b))"):
        assert "a - b -> b - a" in _changes(tmp_path, line), line
    assert "abs(a - b) > c -> abs(a - b) >= c" in _changes(tmp_path, "x = abs(a - b) > c")


def test_who_is_named_like_a_question_is_true_or_false() -> None:
    odd = {
        bare
        for name, annotation in _annotated()
        if (bare := name.lstrip("_")).startswith(QUESTIONS) and annotation != "bool"
    }
    assert odd == NOT_ALWAYS_TRUE_OR_FALSE
    assert {name for name in NOT_ALWAYS_TRUE_OR_FALSE if not is_question(name)} == NOT_ALWAYS_TRUE_OR_FALSE


def test_who_asks_changes_nothing() -> None:
    found = {each.name.lstrip("_") for each in _functions() if is_question(each.name) and _changes_something(each)}
    assert found == CHANGING


def _may_change_places(sides: str, *, is_asked: bool) -> bool:
    node = ast.parse(sides, mode="eval").body
    assert isinstance(node, ast.BoolOp)
    return may_change_places(*node.values, is_asked=is_asked)


def _changes(folder: Path, line: str) -> list[str]:
    path = folder / "rules.py"
    path.write_text(f"def rule():\n    {line}\n", "utf-8")
    return [mutant.change for mutant in mutants_of(folder, path)]


def _trees() -> Iterator[ast.Module]:
    return (ast.parse(path.read_text("utf-8")) for room in ROOMS for path in sorted((PACKAGE / room).rglob("*.py")))


def _functions() -> Iterator[ast.FunctionDef]:
    return (each for tree in _trees() for each in ast.walk(tree) if isinstance(each, ast.FunctionDef))


def _annotated() -> Iterator[tuple[str, str]]:
    """Every name that has a type: a field, an argument, and what a function answers."""
    for tree in _trees():
        for each in ast.walk(tree):
            match each:
                case ast.AnnAssign(target=ast.Name(id=name) | ast.Attribute(attr=name), annotation=annotation):
                    yield name, ast.unparse(annotation)
                case ast.arg(arg=name, annotation=ast.expr() as annotation):
                    yield name, ast.unparse(annotation)
                case ast.FunctionDef(name=name, returns=ast.expr() as annotation):
                    yield name, ast.unparse(annotation)


def _changes_something(function: ast.FunctionDef) -> bool:
    return any(
        isinstance(each, ast.Delete | ast.Global | ast.Nonlocal | ast.Yield | ast.Raise | ast.Assert)
        or (isinstance(each, ast.Attribute | ast.Subscript) and isinstance(each.ctx, ast.Store))
        or (isinstance(each, ast.Call) and ast.unparse(each.func).rpartition(".")[2] in _CHANGING_CALLS)
        for each in ast.walk(function)
    )
