"""One collection for all members, whatever their simulators write."""

from __future__ import annotations

from dataclasses import replace

import pytest

from support.image_writer import session_text
from teamtactics.contract.names import collection_id, escape, latin_1
from teamtactics.model.session import SessionInfo
from teamtactics.telemetry.session_text import parse_session_text


def as_written(name: str, encoding: str | None) -> SessionInfo:
    """What a member reads of a team of this *name*: in UTF-8, or in ISO-8859-1, where the rest is ``?`` already."""
    codec = "utf-8" if encoding == "UTF8" else "latin-1"
    shown = f'"{name}"' if encoding == "UTF8" else name
    text = session_text(team_racing=True, team_id=7, team_name=shown, user_name=shown, session_id=9, encoding=encoding)
    info = parse_session_text(text.encode(codec, "replace"))
    assert info is not None
    return info


@pytest.mark.parametrize("name", ["レーシング", "Żółć Racing", "Équipe Ñandú", "Řehoř & Šíp", "plain", "Łoś/Bär #1"])
def test_members_with_utf8_and_without_come_to_the_same_collection(name: str) -> None:
    ids = {collection_id(as_written(name, encoding), 2) for encoding in ("UTF8", "ISO_8859_1")}
    assert len(ids) == 1
    assert "/" not in ids.pop()


def test_what_latin_1_has_stays_and_the_rest_is_a_question_mark() -> None:
    assert latin_1("ÿ Zoë") == "ÿ Zoë"
    assert latin_1("Ābc 寿司") == "?bc ??"
    assert collection_id(as_written("レーシング", "UTF8"), 2).startswith("?????@9#")


def test_a_session_whose_text_does_not_name_the_own_car_has_no_collection() -> None:
    with pytest.raises(ValueError, match="own car"):
        collection_id(replace(as_written("plain", "UTF8"), own=None), 2)


@pytest.mark.parametrize(
    ("name", "escaped"),
    [
        ("a/b//c", "a%2Fb%2F%2Fc"),
        (".", "%2E"),
        ("..", "%2E."),
        ("...", "..."),
        ("__x__", "%5F_x__"),
        ("____", "%5F___"),
        ("___", "___"),
        ("__", "__"),
        ("__x", "__x"),
        ("x__", "x__"),
        ("__abc", "__abc"),
        ("abc__", "abc__"),
        ("", "%00"),
        ("a\0b", "a\ufffdb"),
        ("ü" * 750, "ü" * 750),
    ],
)
def test_a_name_is_changed_only_where_firestore_would_refuse_it(name: str, escaped: str) -> None:
    """As the README says it, letter by letter: another client finds the same collection."""
    assert escape(name) == escaped


def test_a_name_that_is_too_long_keeps_its_begin_and_ends_in_a_hash_of_the_whole() -> None:
    one, other = escape("a" * 1501), escape("a" * 1500 + "b")
    for each in (one, other):
        begin, _, digest = each.partition("%~")
        assert begin == "a" * 1400
        assert len(digest) == 32
    assert one != other
    assert escape("ü" * 751).startswith("ü" * 700 + "%~")
