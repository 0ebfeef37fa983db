"""What people read: the catalogues say all that the source says, and which of them is taken."""

from __future__ import annotations

import argparse
import ast
import inspect
import re
import string
from collections.abc import Collection, Iterator
from functools import cache
from pathlib import Path

import pytest

from teamtactics import errors, language
from teamtactics.cli.console.speaking import OF_ARGPARSE
from tools import catalogue as tool

PATHS = pytest.mark.parametrize("path", tool.catalogues(), ids=lambda path: path.parts[-3])


@pytest.fixture(autouse=True)
def english_afterwards() -> Iterator[None]:
    yield
    language.use(language.SOURCE)


def test_there_is_a_catalogue_for_each_language() -> None:
    assert {path.parts[-3] for path in tool.catalogues()} == set(language.LANGUAGES) - {language.SOURCE}


@PATHS
def test_a_catalogue_has_every_text_of_the_source_and_no_other(path: Path) -> None:
    """``python tests/tools/catalogue.py`` brings it there."""
    there = {one.id: one for one in tool.read(path) if one.id}
    wanted = {one.id for one in tool.source_texts() if one.id}
    assert there.keys() == wanted
    assert tool.untranslated(tool.read(path)) == []


@PATHS
def test_the_binary_catalogue_is_made_of_the_one_that_people_edit(path: Path) -> None:
    assert path.with_suffix(".mo").read_bytes() == tool.as_binary(tool.read(path))


MARKS = ("_", "n_", "later", "Said", "SaidOf")
SENTENCE = re.compile(r"[A-Za-z]{2,}[,;:]? [A-Za-z]{2,}")
LOGGED = ("SimulatorGone",)
"""Errors that nobody sees but the log: normal, it is waited and connected again."""
OF_A_STRETCH = ("chunk.py", "columns.py", "source.py", "cut.py")
"""What is wrong with a stretch of a tape: the log says it, and it goes on behind it."""


def called(node: ast.Call) -> str:
    function = node.func
    return getattr(function, "id", getattr(function, "attr", ""))


def untold(node: ast.AST) -> Iterator[ast.Constant]:
    """Yield the sentences below *node* that are in no catalogue; what is logged stays English, docstrings are ours."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return
    if isinstance(node, ast.Call):
        is_logged = isinstance(node.func, ast.Attribute) and getattr(node.func.value, "id", "") in ("log", "_log")
        if is_logged or called(node) in MARKS:
            return
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and SENTENCE.search(node.value):
        yield node
    for child in ast.iter_child_nodes(node):
        yield from untold(child)


def test_a_sentence_beside_the_catalogue_is_seen() -> None:
    for said in ('say("Not all of it.")', 'say(f"{n} laps wait")', 'complain("a " + "b" if n else "no lap yet")'):
        assert [*untold(ast.parse(said))], said
    for fine in ('say(_("Not all of it."))', 'log.info("not all of %s", n)', 'say(f"{n}: {_(text)}")', '"""A text."""'):
        assert not [*untold(ast.parse(fine))], fine


def test_the_commands_say_no_sentence_that_cannot_be_translated() -> None:
    modules = [*(tool.APP / "cli").rglob("*.py")]
    assert len(modules) > 15
    assert [f"{path}:{found.lineno}" for path in modules for found in untold(ast.parse(path.read_text("utf-8")))] == []


def test_errors_for_people_are_made_of_what_can_be_translated() -> None:
    """A sentence in an error is a ``Said``: ``str`` gives the log its English, who shows it gives people theirs."""
    kinds = {name for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, Exception)}
    kinds |= {"Problem", "NoSuchSession", "SchemaDamaged"}
    kinds -= {*LOGGED}
    found, seen = [], 0
    for path in tool.APP.rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(call, ast.Call) and called(call) in kinds:
                seen += 1
                found += [f"{path}:{one.lineno}" for one in untold(call) if path.name not in OF_A_STRETCH]
    assert seen > 50
    assert found == []


def test_every_text_that_is_marked_is_found() -> None:
    """The tool reads over what stands in an f-string, and it would stay English without a word."""
    known = {form for one in tool.source_texts() if one.id for form in tool.forms(one.id)}
    marked = set()
    for path in tool.APP.rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(call, ast.Call) and called(call) in MARKS:
                texts = call.args[: 2 if called(call) in ("n_", "SaidOf") else 1]
                assert not any(isinstance(text, ast.JoinedStr) for text in texts), f"{path}:{call.lineno}"
                marked |= {text.value for text in texts if isinstance(text, ast.Constant)}
    assert marked - known == set()


@cache
def argparse_words() -> Collection[str]:
    """What this Python's argparse passes to gettext as it stands."""
    calls = (node for node in ast.walk(ast.parse(inspect.getsource(argparse))) if isinstance(node, ast.Call))
    of_gettext = (call for call in calls if called(call) in ("_", "ngettext"))
    return {arg.value for call in of_gettext for arg in call.args if isinstance(arg, ast.Constant)}


OF_PROGRAMMERS = re.compile(
    "conflicting|invalid conflict|not defined|is an invalid argument|must be optional|%r is not callable|cannot merge|"
    "dest= is|invalid option string|cannot have multiple|"
    r"argument \"-\"|can't open|error: %\(message\)s|deprecated|default: "
)
"""Mistakes in the building of a parser, and what we do not use or say ourselves."""


def test_every_word_of_argparse_is_in_the_catalogue() -> None:
    left = {word for word in argparse_words() if not OF_PROGRAMMERS.search(word)}
    known = {form for one in tool.source_texts() if one.id for form in tool.forms(one.id)}
    assert left - known == set()
    assert {"usage: ", "expected one argument"} <= left & set(OF_ARGPARSE)


@PATHS
def test_a_translation_has_the_places_of_the_source(path: Path) -> None:
    """A place more or less would be an error in front of the user."""
    for one in tool.read(path):
        if one.id:
            ids, strings = tool.forms(one.id), tool.forms(one.string)
            allowed = set().union(*map(places, ids))
            assert all(places(text) <= allowed for text in strings), one.id
            assert places(strings[-1]) == places(ids[-1]), one.id
            if ids[0] in OF_ARGPARSE:
                assert all(percents(text) == percents(ids[0]) for text in strings), one.id


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def percents(text: str) -> list[str]:
    return sorted(re.findall(r"%\(\w+\)[rs]|%[rs]", text))


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, "en"),
        ({"LANG": "de_DE.UTF-8"}, "de"),
        ({"LANG": "de"}, "de"),
        ({"LANG": "fr_FR.UTF-8"}, "en"),
        ({"LANG": "en_GB.UTF-8", "LC_MESSAGES": "de_AT"}, "de"),
        ({"LANG": "de_DE.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANG": "en_GB.UTF-8", "LANGUAGE": "fr:de:en"}, "de"),
        ({"LANG": "C.UTF-8", "LANGUAGE": "de"}, "en"),
    ],
)
def test_the_systems_language(environment: dict[str, str], expected: str) -> None:
    assert language.system_language(environment) == expected


def test_an_empty_text_stays_empty() -> None:
    """A catalogue has its header under the empty text."""
    language.use("de")
    assert language._("") == ""


def test_what_is_in_no_catalogue_is_shown_as_written() -> None:
    language.use("de")
    assert language._("no such text") == "no such text"
    assert language.n_("{count} such", "{count} suches", 2) == "{count} suches"


def test_a_said_text_is_the_source_s_for_the_log_and_the_reader_s_on_the_screen() -> None:
    """Made before anybody knows the language; what is in it is translated with it."""
    said = language.Said("{path} {what}. {remedy}", path="{x}", what=language.Said("is a folder"), remedy="Weg!")
    language.use("de")
    assert (said, language.local(said)) == ("{x} is a folder. Weg!", "{x} ist ein Ordner. Weg!")
    assert language.local("is a folder") == "is a folder", "only what was made to be said twice"
    language.use("en")
    assert language.local(said) == said


def test_a_said_text_can_be_counted_joined_and_cut_in_each_language() -> None:
    counted = language.SaidOf("{count} remark", "{count} remarks", 2)
    cut = language.without_stop(language.Said("The disk is slow."))
    whole = language.joined(counted, cut, "{as it is}", between=", ")
    assert whole == "2 remarks, The disk is slow, {as it is}"
    assert language.SaidOf("{count} remark", "{count} remarks", 1) == "1 remark"
    language.use("de")
    assert language.local(whole) == "2 Hinweise, Das Laufwerk ist langsam, {as it is}"
    assert whole == "2 remarks, The disk is slow, {as it is}"
