"""The programme that changes rules: every kind of change is made, and a test that fails is noticed."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path

import pytest

from tools.mutants import KINDS, Mutant, mutants_of
from tools.mutate import PACKAGE, REASONS, ROOMS, Noticing, Quick, chosen

RULES = '''\
"""Docstrings are told to humans."""

HOLD_S: float = 2.5


def is_held(since_s: float, now_s: float, *, is_sure: bool = False) -> bool:
    """Nor is 3 a rule here."""
    log.info("held for %s", since_s > 1)
    if not is_sure and (
        now_s - since_s >= HOLD_S
    ):
        raise ValueError(f"not {since_s + 1}")
    return max(since_s, told(now_s, 0, first=since_s, last=now_s)) is None


class Line:
    laps = 1
'''
OTHER = "test_members_with_utf8_and_without_come_to_the_same_collection[plain]"


@pytest.fixture
def mutants(tmp_path: Path) -> list[Mutant]:
    path = tmp_path / "rules.py"
    path.write_text(RULES, "utf-8")
    return mutants_of(tmp_path, path)


def test_every_kind_of_change_is_made_and_said(mutants: list[Mutant]) -> None:
    assert {mutant.kind for mutant in mutants} == {*KINDS}
    changes = {mutant.change: mutant for mutant in mutants}
    for change in (
        "2.5 -> 0.0",
        "False -> True",
        "now_s - since_s >= HOLD_S -> now_s - since_s < HOLD_S",
        "now_s - since_s >= HOLD_S -> now_s - since_s > HOLD_S",
        "now_s - since_s -> since_s - now_s",
        "not is_sure -> is_sure",
        "not is_sure and now_s - since_s >= HOLD_S -> not is_sure",
        "not is_sure and now_s - since_s >= HOLD_S -> False",
        "told(now_s, 0, first=since_s, last=now_s) -> told(0, now_s, first=since_s, last=now_s)",
        "told(now_s, 0, first=since_s, last=now_s) -> told(now_s, 0, first=now_s, last=since_s)",
        "1 -> 0",
    ):
        assert change in changes, change
    assert changes["2.5 -> 0.0"].is_at_import
    assert changes["1 -> 0"].is_at_import
    assert changes["1 -> 0"].scope == "Line"
    assert not changes["not is_sure -> is_sure"].is_at_import
    assert changes["not is_sure -> is_sure"].name == "rules.py:is_held: not is_sure -> is_sure"


def test_what_is_told_to_humans_is_no_rule(mutants: list[Mutant]) -> None:
    said = {mutant.line for mutant in mutants}
    lines = RULES.splitlines()
    for number in (lines.index(line) + 1 for line in lines if "log.info" in line or "raise" in line or '"""' in line):
        assert number not in said


def test_every_change_leaves_a_module_whose_other_lines_stand_where_they_stood(mutants: list[Mutant]) -> None:
    for mutant in mutants:
        assert mutant.source != RULES
        assert ast.dump(ast.parse(mutant.source)) != ast.dump(ast.parse(RULES)), mutant.change
        assert mutant.source.splitlines()[-1] == RULES.splitlines()[-1] or mutant.line == len(RULES.splitlines())
        assert len(mutant.source.splitlines()) == len(RULES.splitlines())


def test_of_each_kind_as_many_are_chosen_as_there_are_of_the_others(mutants: list[Mutant]) -> None:
    five = chosen(mutants, 5, seed=1)
    assert {mutant.kind for mutant in five} == {*KINDS}
    assert chosen(mutants, 5, seed=1) == five
    assert len(chosen(mutants, 10_000, seed=2)) == len(mutants)


@pytest.mark.slow
def test_every_reason_is_that_of_a_change_that_is_made() -> None:
    reasons = tomllib.loads(REASONS.read_text("utf-8"))
    modules = [path for room in ROOMS for path in sorted((PACKAGE / room).rglob("*.py"))]
    assert not {*reasons} - {mutant.name for path in modules for mutant in mutants_of(PACKAGE, path)}


@pytest.mark.slow
def test_a_change_is_noticed_by_the_test_that_fails_with_it_and_by_no_other(tmp_path: Path) -> None:
    """The named tests alone are run, in a process of their own, with the changed module in place of the real one."""
    path, scope = "contract/names.py", "latin_1"
    mutants = [mutant for mutant in mutants_of(PACKAGE, PACKAGE / path) if mutant.scope == scope]
    tests = "tests/contract/test_names.py"
    asks, asks_not = f"{tests}::test_what_latin_1_has_stays_and_the_rest_is_a_question_mark", f"{tests}::{OTHER}"
    module = mutants_of(PACKAGE, PACKAGE / path)
    last = next(mutant for mutant in module if mutant.change == "255 -> 0")
    strict = next(mutant for mutant in mutants if mutant.change.endswith("ord(letter) < LAST_OF_LATIN_1"))

    def noticed_by(mutant: Mutant, *tests: str) -> str:
        noticing._quick = Quick(dict.fromkeys(tests, 0.1), {path: {str(mutant.line): [*tests]}})
        return noticing.noticed_by(mutant)

    noticing = Noticing(Quick({}, {}), tmp_path)
    try:
        assert {asks, asks_not} < {*noticing.ids}
        assert {mutant.change: noticed_by(mutant, asks_not, asks) for mutant in mutants} == {
            mutant.change: noticed_by(mutant, asks) for mutant in mutants
        }
        assert noticed_by(strict, asks) == asks
        assert noticed_by(strict, asks_not) == ""
        assert noticed_by(strict) == "", "nobody runs it"
        assert noticed_by(last, asks) == asks, "what is done at import is run in a process that imports it"
        assert noticed_by(last, asks_not) == ""
    finally:
        noticing.close()


def test_what_is_done_at_import_concerns_every_test_those_first_that_run_the_module() -> None:
    mutant = Mutant("a.py", "", 1, "constant", "1 -> 0", "X = 0", is_at_import=True)
    quick = Quick(
        {"slow": 2.0, "near": 3.0, "quick": 1.0},
        {"a.py": {"7": ["near"]}, "b.py": {"1": ["quick", "slow"], "2": ["slow"]}},
    )
    assert quick.noticing(mutant) == ["near", "quick", "slow"]


def test_a_short_look_takes_those_first_for_which_there_is_time() -> None:
    took = {"a": 1.0, "b": 5.0, "c": 1.5, "d": 1.0, "e": 1.0}
    assert Quick(took, {}).within([*took], 4.0) == ["a", "c", "d"]


def test_those_are_asked_first_that_run_little_else() -> None:
    mutant = Mutant("a.py", "f", 2, "constant", "1 -> 0", "X = 0", is_at_import=False)
    quick = Quick({"whole": 0.1, "unit": 0.2}, {"a.py": {"1": ["whole"], "2": ["whole", "unit"], "3": ["whole"]}})
    assert quick.noticing(mutant) == ["unit", "whole"]
