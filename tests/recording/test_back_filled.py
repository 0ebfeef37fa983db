"""Back-filled laps: whoever waits writes them, one document and one message each, whatever breaks in between."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest

from support.cloud_parcels import info, lap, state
from support.firestore_reader import FirestoreReader
from support.relay import Relay
from support.sinks import firestore_sink
from teamtactics.cloud.retry import RetryPolicy
from teamtactics.delivery.announcement import announcing
from teamtactics.delivery.courier import Courier
from teamtactics.errors import OutboxFull
from teamtactics.model.parcel import FIRESTORE, PUBSUB, Parcel, StoredParcel, Value
from teamtactics.store.store import Outbox

pytestmark = [pytest.mark.emulator, pytest.mark.timeout(60)]

PROJECT = "back-filled"
NOW = datetime(2026, 3, 1, tzinfo=UTC)
AT_ONCE = RetryPolicy(first_s=0.0, least_s=0.0)


def back_filled(collection: str, number: int, **fields: Value) -> Parcel:
    return lap(collection, number, Source="teammate", FuelLevel=None, **fields)


class Member:
    """One member's client from the outbox to Firestore; *name* is seen in what it writes."""

    def __init__(self, folder: Path, name: str, collection: str, address: str) -> None:
        self.name = name
        self.rung = 0
        self.outbox = Outbox.open(folder / f"{name}.sqlite3", lambda: NOW)
        known = self.outbox.latest_session(collection)
        self.session = known or self.outbox.begin_session(collection, "t", {}, NOW)
        self.on_created = announcing(self.outbox, self._ring)
        self.sink = firestore_sink(address, PROJECT, timeout_s=1.0, on_created=lambda s: self.on_created(s))
        self.courier = Courier(FIRESTORE, lambda: self.sink, self.outbox, AT_ONCE)

    def _ring(self) -> None:
        self.rung += 1

    def keep(self, *parcels: Parcel) -> None:
        self.outbox.append(self.session.id, parcels, checkpoint=None, session_time_s=0.0, utc=NOW)

    def deliver(self) -> None:
        while self.outbox.pending(FIRESTORE, 1):
            self.courier.step()

    def announced(self) -> list[object]:
        return [_number(stored) for stored in self.outbox.pending(PUBSUB, 1000)]

    def close(self) -> None:
        self.courier.close()
        self.outbox.close()


def _number(stored: StoredParcel) -> object:
    assert stored.parcel.message is not None
    payload = stored.parcel.message.data["payload"]
    assert isinstance(payload, dict)
    return payload["LapCompleted"]


MemberMaker = Callable[..., Member]


@pytest.fixture
def member(tmp_path: Path, firestore_emulator: str, request: pytest.FixtureRequest) -> Iterator[MemberMaker]:
    with ExitStack() as stack:

        def make(name: str, address: str = firestore_emulator) -> Member:
            made = Member(tmp_path, name, request.node.name, address)
            stack.callback(made.close)
            return made

        yield make


@pytest.fixture
def race(request: pytest.FixtureRequest) -> str:
    """The test's own collection."""
    name: str = request.node.name
    return name


@pytest.fixture
def laps(firestore_emulator: str, race: str) -> Callable[[], dict[int, dict[str, object]]]:
    reader = FirestoreReader(firestore_emulator, PROJECT)
    return lambda: {int(found["LapCompleted"]): found for found in reader.laps(race)}


@pytest.mark.parametrize("alike", [False, True])
def test_of_three_members_exactly_one_writes_and_announces_each_lap(
    member: MemberMaker, race: str, laps: Callable[[], dict[int, dict[str, object]]], alike: bool
) -> None:
    """The one whose document stands; also where all three saw the very same and nobody could tell the documents."""
    members = [member(name) for name in ("anna", "ben", "carl")]
    for one in members:
        one.keep(info(race))
        one.deliver()
    start = threading.Barrier(3)

    def fill(one: Member) -> None:
        start.wait(10)
        for number in range(1, 31):
            one.keep(back_filled(race, number, Gap=0.0 if alike else float(len(one.name))))
            one.deliver()

    threads = [threading.Thread(target=fill, args=(one,)) for one in members]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(40)
    assert not any(thread.is_alive() for thread in threads)
    assert sorted(number for one in members for number in one.announced()) == list(range(1, 31))  # type: ignore[type-var]
    found = laps()
    assert sorted(found) == list(range(1, 31))
    for one in members:
        assert one.rung == len(one.announced()), "the couriers are woken for every message"
        if not alike:
            assert all(found[int(str(number))]["Gap"] == float(len(one.name)) for number in one.announced())


def test_a_crash_between_creating_and_announcing_announces_at_the_next_start_once(
    member: MemberMaker, race: str, laps: Callable[[], dict[int, dict[str, object]]]
) -> None:
    """The disk was full when the message was to be kept, and then the program ended."""
    before = member("anna")

    def full(stored: StoredParcel) -> None:
        raise OutboxFull(f"no room for {stored.parcel.key}")

    before.on_created = full
    before.keep(info(race), back_filled(race, 1))
    with pytest.raises(OutboxFull):
        before.courier.step()
    assert before.announced() == []
    assert list(laps()) == [1]
    before.close()
    after = member("anna")
    after.deliver()
    assert after.announced() == [1]
    after.close()
    assert member("anna").announced() == [1], "and it is on disk"


def test_a_crash_between_announcing_and_noting_the_delivery_announces_no_second_time(
    member: MemberMaker, race: str
) -> None:
    before = member("anna")

    def killed(sink: str, seqs: Sequence[int]) -> None:
        raise OutboxFull(f"{sink} {seqs}")

    before.outbox.mark_delivered = killed  # type: ignore[method-assign]
    before.keep(info(race), back_filled(race, 1))
    before.courier.step()
    assert before.announced() == [1]
    before.close()
    after = member("anna")
    after.deliver()
    assert after.announced() == [1]


def test_a_lost_answer_is_no_lost_announcement(
    member: MemberMaker, race: str, firestore_emulator: str, laps: Callable[[], dict[int, dict[str, object]]]
) -> None:
    """Created, but never told so; and the others, who saw the same, still know that it was not they."""
    with Relay(firestore_emulator) as relay:
        anna, ben = member("anna", relay.address), member("ben")
        for one in (anna, ben):
            one.keep(info(race))
            one.deliver()
            one.keep(back_filled(race, 1))
        relay.lose_replies()
        anna.courier.step()
        assert list(laps()) == [1]
        assert anna.announced() == []
        relay.heal()
        relay.cut()
        ben.deliver()
        anna.deliver()
        assert (anna.announced(), ben.announced()) == ([1], [])


def test_among_other_documents_only_the_created_ones_are_announced(
    member: MemberMaker, race: str, laps: Callable[[], dict[int, dict[str, object]]]
) -> None:
    """A backlog of ours: laps we drove, laps we filled in, some of which somebody else had, and the newest state."""
    other, ours = member("ben"), member("anna")
    other.keep(info(race), back_filled(race, 2, Driver="Ben"), lap(race, 4, CustomerID=2, Driver="Ben"))
    other.deliver()
    ours.keep(info(race))
    ours.deliver()
    filled = [back_filled(race, number) for number in (2, 3, 4, 5)]
    ours.keep(lap(race, 1), *filled, lap(race, 6), state(race, 600.0))
    ours.deliver()
    assert other.announced() == [4, 2], "the driver's own with its lap, the filled-in one when it was created"
    assert ours.announced() == [1, 6, 3, 5]
    found = laps()
    assert [found[number]["Driver"] for number in (2, 4)] == ["Ben", "Ben"]
    assert [found[number]["Source"] for number in range(1, 7)] == [
        "driver",
        "teammate",
        "teammate",
        "driver",
        "teammate",
        "driver",
    ]


def test_the_drivers_own_document_comes_late_and_is_announced_by_him(
    member: MemberMaker, race: str, laps: Callable[[], dict[int, dict[str, object]]]
) -> None:
    waiting, driver = member("ben"), member("anna")
    waiting.keep(back_filled(race, 1))
    waiting.deliver()
    driver.keep(lap(race, 1, FuelLevel=31.5), state(race, 100.0))
    driver.deliver()
    assert (laps()[1]["Source"], laps()[1]["FuelLevel"]) == ("driver", 31.5)
    assert (waiting.announced(), driver.announced()) == ([1], [1])
    late = member("carl")
    late.keep(back_filled(race, 1))
    late.deliver()
    assert laps()[1]["Source"] == "driver"
    assert late.announced() == []
