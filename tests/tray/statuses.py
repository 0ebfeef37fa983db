"""Statuses as tests of the tray need them: one for each face, and the pieces to make others."""

from __future__ import annotations

from dataclasses import replace

from teamtactics.model.records import OtherSetting, PutBack
from teamtactics.model.status import (
    CHECK_OK,
    CarStatus,
    Counts,
    Member,
    MemberSeen,
    SimulatorState,
    SinkCounts,
    SinkState,
    SinkStatus,
    Standstill,
    Status,
    Witness,
)
from teamtactics.tray.sign import Face

NOW_S = 1000.0
DRIVER = "Ada Falk"

OWN = CarStatus(Witness.OWN, DRIVER, 101, 3, 7, 42, 31.44, 92.5, False, NOW_S)
TEAM = replace(OWN, witness=Witness.TEAM, driver="Bo Lind", customer_id=102)
OK = SinkStatus("firestore", SinkState.OK, confirmed_at_s=NOW_S - 5)
DOWN = SinkStatus("firestore", SinkState.UNREACHABLE, NOW_S - 300, "no answer", "")
REFUSED = SinkStatus("firestore", SinkState.REFUSED, None, "The key is not accepted.", "Make a new one.")
UNTRIED = SinkStatus("firestore", SinkState.UNKNOWN)


def counts(confirmed: int = 42, waiting: int = 0, parked: int = 0) -> Counts:
    return Counts(confirmed + waiting + parked, 40, {"firestore": SinkCounts(confirmed, waiting, parked)})


def member_seen(
    name: str,
    *,
    customer_id: int | None = None,
    trouble: str | None = None,
    waiting: int = 0,
    is_gone: bool = False,
    seen_s: float = 10.0,
) -> MemberSeen:
    number = sum(map(ord, name)) if customer_id is None else customer_id
    check = CHECK_OK if waiting else trouble or CHECK_OK
    member = Member(number, name, "1.0", False, waiting, check, "ISO-8859-1", None)
    return MemberSeen(member, seen_s, is_gone, None if is_gone else trouble)


IDLE = Status(NOW_S, sinks=(OK,), counts=counts())
CONNECTED = replace(IDLE, simulator=SimulatorState.CONNECTED, collection="Team@1#2#3", member_id=101)
DRIVING = replace(CONNECTED, is_driving=True, car=OWN)

PUT_BACK = PutBack(
    120.0, "Bo Lind", 118.0, (OtherSetting("dcBrakeBias", 54.5, 52.0), OtherSetting("dcTractionControl", 4.0, 6.0))
)
"""What who got in is told ten seconds later."""

NEEDY = replace(DRIVING, needs=("Nothing is recorded: the disk is full. Make room on it.",))
"""In danger."""

BY_FACE = {
    Face.WAITING: IDLE,
    Face.CONNECTED: CONNECTED,
    Face.TEAM_MATE: replace(CONNECTED, car=TEAM),
    Face.DELIVERED: DRIVING,
    Face.RECORDING: replace(DRIVING, sinks=(UNTRIED,), counts=counts(0, 1), laps_waiting=1),
    Face.UNREACHABLE: replace(DRIVING, sinks=(DOWN,), counts=counts(40, 3), laps_waiting=3),
    Face.LOCAL: replace(DRIVING, sinks=()),
    Face.SILENT_DRIVER: replace(CONNECTED, silent_driver="Cy Orr", car=TEAM),
    Face.PAUSED: replace(CONNECTED, is_paused=True),
    Face.STANDS_STILL: Status(NOW_S - 12, still=(Standstill("board", "renewing the picture", 12.0),), is_old=True),
}
