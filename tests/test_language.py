"""What people read: the catalogues say all that the source says, and which of them is taken."""

from __future__ import annotations

import string
from collections.abc import Iterator
from pathlib import Path

import pytest

from teamtactics import language
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


@PATHS
def test_a_translation_has_the_places_of_the_source(path: Path) -> None:
    """A place more or less would be an error in front of the user."""
    for one in tool.read(path):
        if one.id:
            ids, strings = tool.forms(one.id), tool.forms(one.string)
            allowed = set().union(*map(places, ids))
            assert all(places(text) <= allowed for text in strings), one.id
            assert places(strings[-1]) == places(ids[-1]), one.id


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


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
