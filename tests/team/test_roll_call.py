"""The log says who is there: each once, for as long as it holds."""

from __future__ import annotations

import logging
from dataclasses import replace

import pytest

from teamtactics.model.status import CHECK_OK, Member, MemberSeen
from teamtactics.team.roll_call import RollCall

BEN = Member(202, "Ben Ruiz", "1.0", is_in_car=False, waiting=0, check=CHECK_OK, text_encoding=None, utc=None)
READY = MemberSeen(BEN, 3.0, is_gone=False, trouble=None)
FULL = MemberSeen(replace(BEN, check="The disk is full."), 3.0, is_gone=False, trouble="The disk is full.")
GONE = MemberSeen(BEN, 700.0, is_gone=True, trouble=None)


def waits(count: int) -> MemberSeen:
    return MemberSeen(replace(BEN, waiting=count), 3.0, is_gone=False, trouble=f"{count} items wait there.")


@pytest.fixture
def roll_call(caplog: pytest.LogCaptureFixture) -> RollCall:
    caplog.set_level(logging.INFO)
    return RollCall()


def test_what_is_new_is_said_once(roll_call: RollCall, caplog: pytest.LogCaptureFixture) -> None:
    for seen in (READY, READY, waits(3), waits(9), FULL, FULL, GONE, replace(GONE, seen_s=900.0), READY):
        roll_call.look("c", [seen], own_id=101)
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        ("INFO", "Ben Ruiz is there and ready: teamtactics 1.0"),
        ("INFO", "Ben Ruiz is there; items wait there for a server"),
        ("WARNING", "Ben Ruiz is there, but not ready: The disk is full."),
        ("INFO", "Ben Ruiz is not there: his teamtactics has ended or is offline"),
        ("INFO", "Ben Ruiz is there and ready: teamtactics 1.0"),
    ]


def test_another_session_is_told_anew(roll_call: RollCall, caplog: pytest.LogCaptureFixture) -> None:
    for collection in ("c", "d", "d"):
        roll_call.look(collection, [READY], own_id=101)
    assert len(caplog.records) == 2


def test_of_oneself_nothing_is_said(roll_call: RollCall, caplog: pytest.LogCaptureFixture) -> None:
    roll_call.look("c", [FULL], own_id=BEN.customer_id)
    assert not caplog.records
