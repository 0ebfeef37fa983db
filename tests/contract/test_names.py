"""One collection for all members, whatever their simulators write."""

from __future__ import annotations

import pytest

from support.image_writer import session_text
from teamtactics.contract.names import collection_id, latin_1
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
