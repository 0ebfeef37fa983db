"""Who is there: heard of, aged by the server's clock, gone; and what is wrong there."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from teamtactics.contract.foreign import DocumentRefused
from teamtactics.contract.member import member_document, member_id, member_of, read_member
from teamtactics.model.mirror import Mirrored
from teamtactics.model.session import LATIN_1, UTF_8
from teamtactics.model.status import CHECK_OK, Member
from teamtactics.team.members import GONE_S, Members, members_of, trouble

ADA = Member(101, "Ada Falk", "1.0", is_in_car=False, waiting=0, check=CHECK_OK, text_encoding=LATIN_1, utc=None)
BEN = replace(ADA, customer_id=202, name="Ben Ruiz")
SERVER_S = 1_790_000_000.0


class Clock:
    now_s = 50.0

    def __call__(self) -> float:
        return self.now_s


def told(member: Member, at_s: float = SERVER_S, **changes: Any) -> Mirrored:
    """His document as the server took it at *at_s*."""
    at = round(at_s * 1e9)
    return Mirrored(member_id(member.customer_id), {**member_document(member), **changes}, at, at)


def hear(members: Members, document: Mirrored) -> bool:
    members.note(document)
    return members.hear(document)


def test_a_member_appears_ages_and_goes_and_is_there_again() -> None:
    clock = Clock()
    members = Members(clock)
    assert hear(members, told(BEN))
    (seen,) = members.seen(ADA)
    assert (seen.member, seen.seen_s, seen.is_ready) == (BEN, 0.0, True)
    clock.now_s += GONE_S
    assert members.seen(ADA)[0].seen_s == pytest.approx(GONE_S)
    assert members.has_client(BEN.customer_id)
    clock.now_s += 1.0
    (seen,) = members.seen(ADA)
    assert seen.is_gone
    assert not seen.is_ready
    assert not members.has_client(BEN.customer_id)
    assert not members.has_anybody
    hear(members, told(BEN, SERVER_S + GONE_S + 1.0))
    assert members.seen(ADA)[0].is_ready


def test_what_stood_there_before_we_came_is_as_old_as_the_server_says() -> None:
    """No clock of any PC: how late it is, the document shows that has just been written, our own as a rule."""
    members = Members(Clock())
    hear(members, told(BEN, SERVER_S - 3_000.0))
    assert members.has_client(BEN.customer_id), "nothing says how late it is"
    hear(members, told(ADA))
    assert [(seen.member.name, seen.is_gone) for seen in members.seen(ADA)] == [("Ada Falk", False), ("Ben Ruiz", True)]


def test_whoever_stamps_the_future_is_as_old_as_his_version() -> None:
    members = Members(Clock())
    hear(members, told(ADA))
    at = round(SERVER_S * 1e9)
    hear(members, Mirrored(member_id(202), member_document(BEN), at, at + 10**15))
    assert [seen.seen_s for seen in members.seen(ADA)] == [0.0, 0.0]


def test_other_documents_are_no_members_and_another_collection_begins_with_nobody() -> None:
    members = Members(Clock())
    assert not hear(members, replace(told(BEN), doc_id="info"))
    hear(members, told(BEN))
    members.clear()
    assert members.seen(ADA) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, None),
        ({"check": "The disk is full."}, "The disk is full."),
        ({"waiting": 12}, "What is recorded there has not arrived yet."),
        ({"client_version": "0.9"}, "Runs teamtactics 0.9, this is 1.0."),
        ({"client_version": "1.0+g1234"}, None),
        ({"client_version": None}, None),
        ({"text_encoding": UTF_8}, "Reads names as UTF-8, this PC as ISO-8859-1: some may look different."),
        ({"text_encoding": None}, None),
    ],
)
def test_what_is_wrong_at_a_member(change: dict[str, Any], said: str | None) -> None:
    ben = replace(BEN, **change)
    assert trouble(ben, ADA) == said
    assert trouble(ben, None) == (said if change.keys() & {"check", "waiting"} else None), "compared with nobody"


def test_we_are_not_compared_with_ourselves() -> None:
    """This client as it was before its update is no other member."""
    assert trouble(replace(ADA, client_version="0.9"), ADA) is None


@pytest.mark.parametrize("doc_id", ["member", "member ", "member 0", "member 01", "member -1", "member 1x", "Member 1"])
def test_what_is_no_member_s_id(doc_id: str) -> None:
    assert member_of(doc_id) is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("CustomerID", 303),
        ("CustomerID", None),
        ("Name", 7),
        ("IsInCar", 1),
        ("Check", ""),
        ("Check", None),
        ("Waiting", -1),
        ("ClientVersion", "newest"),
        ("TextEncoding", "two words"),
        ("SchemaVersion", 2),
    ],
)
def test_what_no_client_can_have_written_is_refused(field: str, value: Any) -> None:
    with pytest.raises(DocumentRefused) as refused:
        read_member(BEN.customer_id, {**member_document(BEN), field: value})
    assert refused.value.field == field


@given(
    st.builds(
        Member,
        customer_id=st.integers(1, 10**9),
        name=st.text(max_size=80),
        client_version=st.sampled_from((None, "1.0", "0.9.1+dev")),
        is_in_car=st.booleans(),
        waiting=st.integers(0, 10**6),
        check=st.text(min_size=1, max_size=300).filter(str.strip),
        text_encoding=st.sampled_from((None, LATIN_1, UTF_8)),
        utc=st.none(),
    )
)
def test_what_is_told_is_what_is_read(member: Member) -> None:
    """But for what nobody can show, or would read."""
    read = read_member(member.customer_id, member_document(member))
    assert replace(read, name=member.name, check=member.check) == member
    assert set(read.name) <= set(member.name)
    assert len(read.name) <= 64
    assert len(read.check) <= 200


def test_of_a_collection_s_documents_who_was_there_is_told_by_this_pc_s_clock() -> None:
    documents = [told(BEN, SERVER_S - 100.0), told(ADA), replace(told(ADA), doc_id="7"), told(BEN, SERVER_S, Name=3)]
    seen = members_of(documents, SERVER_S)
    assert [(one.member.name, one.seen_s) for one in seen] == [("Ada Falk", 0.0), ("Ben Ruiz", 100.0)]
