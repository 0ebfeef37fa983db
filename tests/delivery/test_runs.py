"""What is of a former run of a race never comes among the present one's documents, whoever is slow, dead or at once."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import pytest

from support.cloud_parcels import SESSION, info, lap, purge, state
from support.memory_firestore import Killed, LineToFirestore, MemoryFirestore
from teamtactics.cloud.firestore import Found
from teamtactics.cloud.wire import Write
from teamtactics.contract.fold_parcels import numbers_parcel, part_parcel
from teamtactics.delivery.firestore_sink import FirestoreSink
from teamtactics.delivery.fold_in import FoldingSink
from teamtactics.delivery.run_guard import RunGuard
from teamtactics.errors import Contended
from teamtactics.model.parcel import Document, Parcel, StoredParcel
from teamtactics.model.precedence import RUN
from teamtactics.model.records import SessionClock

FORMER, PRESENT = 1, 2
"""Numbers of the sessions in the store, and of the runs."""
INFO = {RUN: 2, "SchemaVersion": 1, "SessionLaps": None, **SESSION}


class Runs:
    """What a store says; the former run's session is the only one, or it has seen the present one too."""

    def __init__(self, *seen: int) -> None:
        self.seen = seen

    def run_of(self, session_id: int) -> Document | None:
        return {**SESSION, RUN: session_id}

    def is_run_over(self, session_id: int) -> bool:
        return any(each > session_id for each in self.seen)


class Client:
    def __init__(self, server: MemoryFirestore, *seen: int, page: int = 90) -> None:
        self.clock: SessionClock | None = None
        self.line = LineToFirestore(server, page=page)
        self.reads: list[list[str]] = []
        line: Any = self.line
        real = self.line.read

        def read(collection: str, doc_ids: Collection[str], limit_s: float | None = None) -> dict[str, Found]:
            if doc_ids:
                self.reads.append([*doc_ids])
            return real(collection, doc_ids, limit_s)

        self.line.read = read  # type: ignore[method-assign]
        guard = RunGuard(Runs(*seen), lambda: self.clock)
        self.sink = FoldingSink(FirestoreSink(line, guard=guard), line, _fold, guard=guard)

    def deliver(self, session_id: int, *parcels: Parcel) -> None:
        self.sink.deliver([StoredParcel(seq, session_id, parcel) for seq, parcel in enumerate(parcels, 1)])


def _fold(
    _session_id: int, number: int, there: Mapping[str, Document], ours: Mapping[str, Document]
) -> Mapping[str, Document]:
    return {**ours, str(number): {"LapCompleted": number, "Parts": len({*there, *ours} - {str(number)})}}


@pytest.fixture
def server() -> MemoryFirestore:
    return MemoryFirestore()


def begins(**fields: Any) -> Parcel:
    return purge("c", **{RUN: 2, "info": INFO, **fields})


def part(number: int) -> Parcel:
    return part_parcel("c", f"part {number} 7", {"LapCompleted": number}, number * 100.0, 0)


NUMBERS = numbers_parcel("c", "t", {"LapCompleted": 1, "SessionTime": 100.0}, (2, 1), 0)


def fill(server: MemoryFirestore, laps: int = 5) -> Client:
    """The former run: its driver's client has written an info, laps and a state."""
    client = Client(server)
    client.deliver(FORMER, info("c", **{RUN: 1}))
    for n in range(1, laps + 1):
        client.deliver(FORMER, lap("c", n), state("c", n * 100.0))
    client.reads.clear()
    return client


def test_an_ordinary_lap_costs_its_driver_one_commit_and_no_read(server: MemoryFirestore) -> None:
    client, before = fill(server), len(server.log)
    client.deliver(FORMER, lap("c", 6), state("c", 600.0))
    assert (client.reads, len(server.log) - before, len(server.log[-1][1])) == ([], 1, 2)


def test_the_present_runs_info_takes_the_place_of_the_former_ones_with_its_last_document(
    server: MemoryFirestore,
) -> None:
    fill(server)
    stood = []
    client = Client(server, page=3)
    client.line.before_commit = lambda _name, _writes: stood.append(server.documents("c")["info"][RUN])
    client.deliver(PRESENT, begins())
    assert len(stood) == 3
    assert stood == [1, 1, 1], "it is the former run's until its last document is gone"
    assert server.documents("c") == {"info": INFO}


LATE: dict[str, Sequence[Parcel]] = {
    "lap": [lap("c", 6)],
    "lap and state": [lap("c", 6), state("c", 9e5)],
    "state": [state("c", 9e5)],
    "info": [info("c", **{RUN: 1})],
    "info and lap": [info("c", **{RUN: 1}), lap("c", 7)],
    "part": [part(6)],
    "part of a lap that is there": [part(1)],
    "numbers": [NUMBERS],
}


@pytest.mark.parametrize("late", LATE.values(), ids=LATE.keys())
@pytest.mark.parametrize("was_writing", [True, False])
def test_what_comes_late_is_not_written_and_counts_as_done(
    server: MemoryFirestore, late: Sequence[Parcel], was_writing: bool, caplog: pytest.LogCaptureFixture
) -> None:
    """By the client that wrote the state that stood there last, too: it knows nothing of a restart."""
    client = fill(server)
    if not was_writing:
        client = Client(server)
    other = Client(server)
    other.deliver(PRESENT, begins())
    other.deliver(PRESENT, lap("c", 1), state("c", 90.0))
    before = server.documents("c")
    with caplog.at_level(logging.WARNING):
        client.deliver(FORMER, *late)
        client.deliver(FORMER, *late)
    assert server.documents("c") == before
    assert caplog.text.count("begun the race of c anew") <= 1


@pytest.mark.parametrize("late", LATE.values(), ids=LATE.keys())
def test_a_removal_between_our_look_and_our_commit_lets_nothing_in(
    server: MemoryFirestore, late: Sequence[Parcel]
) -> None:
    fill(server)
    client, other, turns = Client(server), Client(server), [0]

    def meanwhile(_collection: str, _writes: Sequence[Write]) -> None:
        turns[0] += 1
        if turns[0] == 1:
            other.deliver(PRESENT, begins())
            other.deliver(PRESENT, lap("c", 1), state("c", 90.0))

    client.line.before_commit = meanwhile
    client.deliver(FORMER, *late)
    assert turns[0], "something was to be written"
    assert server.documents("c")["info"][RUN] == 2
    assert {*server.documents("c")} == {"info", "1", "state"}
    assert server.documents("c")["state"]["SessionTime"] == 90.0
    assert "Stint" not in server.documents("c")["1"]


def test_a_later_run_that_the_own_simulator_does_not_show_yet_is_waited_for(server: MemoryFirestore) -> None:
    """Members' pictures are a second apart. Should it never show it, nothing is lost and the tray says so."""
    client = fill(server)
    Client(server).deliver(PRESENT, begins())
    client.clock = SessionClock((SESSION["SessionID"], SESSION["SubSessionID"], SESSION["SessionNum"]), 500.0)
    for late in (lap("c", 6), part(6)):
        with pytest.raises(Contended, match="not seen here yet"):
            client.deliver(FORMER, late)
    client.clock = None
    client.deliver(FORMER, lap("c", 6), part(6))
    assert {*server.documents("c")} == {"info"}


def test_who_has_seen_the_present_run_himself_asks_nobody(server: MemoryFirestore) -> None:
    fill(server)
    client, before = Client(server, FORMER, PRESENT), len(server.log)
    client.deliver(FORMER, lap("c", 6), state("c", 9e5))
    client.deliver(FORMER, part(6), NUMBERS)
    client.deliver(FORMER, begins(**{RUN: 1}))
    assert (client.reads, len(server.log)) == ([], before)


def test_nothing_of_the_present_run_is_written_beside_the_former_ones(server: MemoryFirestore) -> None:
    """Its order to remove was lost, or refused."""
    fill(server)
    client = Client(server)
    for each in (lap("c", 6), part(6)):
        with pytest.raises(Contended, match="before its restart"):
            client.deliver(PRESENT, each)
    client.deliver(PRESENT, begins(certain=False))
    client.deliver(PRESENT, lap("c", 6))
    assert {*server.documents("c")} == {"info", "6"}


@pytest.mark.parametrize("at", range(1, 5))
def test_of_two_who_remove_at_once_one_is_refused_and_what_the_other_wrote_since_stays(
    server: MemoryFirestore, at: int
) -> None:
    fill(server, laps=6)
    slow, fast, turns = Client(server, page=3), Client(server, page=3), [0]

    def meanwhile(_collection: str, _writes: Sequence[Write]) -> None:
        turns[0] += 1
        if turns[0] == at:
            fast.deliver(PRESENT, begins(certain=True))
            fast.deliver(PRESENT, lap("c", 1), state("c", 90.0))

    slow.line.before_commit = meanwhile
    if at <= 3:
        with pytest.raises(Contended):
            slow.deliver(PRESENT, begins(certain=True))
        slow.deliver(PRESENT, begins(certain=True))
        assert {*server.documents("c")} == {"info", "1", "state"}
    else:
        slow.deliver(PRESENT, begins(certain=True))
        assert {*server.documents("c")} == {"info"}


@pytest.mark.parametrize("at", range(1, 4))
def test_one_who_dies_while_he_removes_leaves_what_another_goes_on_with(server: MemoryFirestore, at: int) -> None:
    fill(server, laps=6)
    dying, turns = Client(server, page=3), [0]

    def dies(_collection: str, _writes: Sequence[Write]) -> None:
        turns[0] += 1
        if turns[0] == at:
            raise Killed

    dying.line.before_commit = dies
    with pytest.raises(Killed):
        dying.deliver(PRESENT, begins())
    assert server.documents("c")["info"][RUN] == 1
    Client(server).deliver(PRESENT, begins())
    assert server.documents("c") == {"info": INFO}
