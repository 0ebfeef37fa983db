"""
Laps that several clients tell, at Google's emulator: whoever is fast, killed or late, the lap is the fold of all parts.

The fold of these tests is as simple as one can be: a part's ``Seen`` is a text of letters, a lap's the letters of all.
"""

from __future__ import annotations

import random
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from support.cloud_parcels import lap, state
from support.counting_relay import CountingRelay
from support.follower import becomes
from support.relay import Relay
from support.sinks import PROJECT, firestore_sink
from teamtactics.cloud.firestore import Firestore
from teamtactics.cloud.meter import Meter
from teamtactics.cloud.wire import Database
from teamtactics.contract.fold_parcels import numbers_parcel, part_parcel
from teamtactics.delivery.fold_in import FoldingSink
from teamtactics.errors import Contended, DeliveryError, TemporaryFailure
from teamtactics.model.parcel import Document, Parcel, StoredParcel
from teamtactics.model.usage import Usage

pytestmark = [pytest.mark.emulator, pytest.mark.timeout(120)]

ReadBack = Callable[[str], dict[str, dict[str, object]]]


def letters(*texts: object) -> str:
    return "".join(sorted(set("".join(str(text or "") for text in texts))))


def fold(
    _session_id: int, number: int, there: Mapping[str, Document], ours: Mapping[str, Document]
) -> Mapping[str, Document] | None:
    stood = there.get(str(number), {})
    if stood.get("SchemaVersion") == 2 or any(each.get("Seen") == 7 for each in there.values()):
        return None
    parts = {doc_id: each for doc_id, each in there.items() if doc_id.startswith("part ")}
    for doc_id, each in ours.items():
        parts[doc_id] = {"Seen": letters(each["Seen"], parts.get(doc_id, {}).get("Seen"))}
    seen = letters(stood.get("Seen"), *(each["Seen"] for each in parts.values()))
    numbers = {name: stood.get(name, 1) for name in ("Stint", "StintLap")}
    return {**parts, str(number): {"LapCompleted": number, "Seen": seen, **numbers}}


class Client:
    """One member's client, as far as it delivers."""

    def __init__(self, address: str, member: int, timeout_s: float = 5.0, **more: Any) -> None:
        self.meter = Meter()
        self.folded: list[Document] = []
        self.left_alone: list[str | None] = []
        documents = Firestore(Database(PROJECT, None, address), timeout_s, self.meter)
        inner = firestore_sink(address, meter=self.meter)
        self.sink = FoldingSink(
            inner,
            documents,
            more.get("fold", fold),
            lambda _stored, document: self.folded.append(document),
            lambda stored: self.left_alone.append(stored.parcel.doc_id),
        )
        self._member = member
        self._seq = 0

    def part(self, collection: str, number: int, seen: str, over: int = 0) -> StoredParcel:
        parcel = part_parcel(collection, f"part {number} {self._member}", {"Seen": seen}, number * 100.0, over)
        return self.stored(parcel)

    def stored(self, parcel: Parcel) -> StoredParcel:
        self._seq += 1
        return StoredParcel(self._seq, 1, parcel)


@pytest.fixture
def client(firestore_emulator: str) -> Iterator[Client]:
    made = Client(firestore_emulator, 1)
    yield made
    made.sink.close()


def numbers_of(collection: str, lap: int, numbers: tuple[int, int]) -> Parcel:
    return numbers_parcel(collection, "t", {"LapCompleted": lap, "SessionTime": 1.0}, numbers, 0)


def seen(found: dict[str, dict[str, object]], doc_id: str) -> object:
    return found[doc_id]["Seen"]


def stamps(cloud: Any, collection: str) -> dict[str, datetime]:
    """When the server took each document, as it stands in it."""
    return {document.id: document.get("Updated") for document in cloud.collection(collection).stream(timeout=5)}


def test_a_part_and_its_lap_are_written_in_one_commit(
    client: Client, collection: str, read_back: ReadBack, cloud: Any
) -> None:
    client.sink.deliver([client.part(collection, 4, "a")])
    found = read_back(collection)
    assert found.keys() == {"4", "part 4 1"}
    assert (seen(found, "4"), seen(found, "part 4 1")) == ("a", "a")
    assert len(set(stamps(cloud, collection).values())) == 1
    assert client.meter.total == Usage(commits=1, written=2, read=1 + 1)
    assert [document["Seen"] for document in client.folded] == ["a"]


def test_what_others_told_of_the_lap_stays_in_it_and_a_part_of_another_lap_is_no_part_of_it(
    client: Client, firestore_emulator: str, collection: str, read_back: ReadBack
) -> None:
    other = Client(firestore_emulator, 22)
    other.sink.deliver(
        [other.part(collection, 4, "xy"), other.part(collection, 40, "q"), other.part(collection, 5, "q")]
    )
    client.sink.deliver([client.part(collection, 4, "a")])
    found = read_back(collection)
    assert (seen(found, "4"), seen(found, "part 4 1"), seen(found, "part 4 22")) == ("axy", "a", "xy")
    other.sink.close()


def test_the_same_again_writes_nothing_and_is_told_only_where_the_first_time_is_in_doubt(
    client: Client, firestore_emulator: str, collection: str, read_back: ReadBack
) -> None:
    """The answer may have been lost, or another run of the program ended before it was noted."""
    part = client.part(collection, 4, "a")
    client.sink.deliver([part])
    before = read_back(collection)
    client.sink.deliver([part])
    assert client.meter.total.commits == 1
    assert len(client.folded) == 1
    again = Client(firestore_emulator, 1)
    again.sink.deliver([part])
    assert again.meter.total.commits == 0
    assert [document["Seen"] for document in again.folded] == ["a"]
    assert read_back(collection) == before
    again.sink.close()


def test_two_pcs_of_one_member_have_one_part_with_all_they_saw(
    client: Client, firestore_emulator: str, collection: str, read_back: ReadBack
) -> None:
    twin = Client(firestore_emulator, 1)
    client.sink.deliver([client.part(collection, 4, "ac")])
    twin.sink.deliver([twin.part(collection, 4, "ab")])
    found = read_back(collection)
    assert (seen(found, "4"), seen(found, "part 4 1")) == ("abc", "abc")
    twin.sink.close()


def test_six_members_who_fold_the_same_laps_at_once_lose_nothing(
    firestore_emulator: str, collection: str, read_back: ReadBack
) -> None:
    clients = [Client(firestore_emulator, member) for member in range(6)]
    start = threading.Barrier(len(clients))
    laps = range(1, 9)

    def deliver(client: Client, letter: str) -> None:
        order = random.Random(letter).sample(laps, len(laps))
        start.wait(20)
        for number in order:
            part = client.part(collection, number, letter)
            while True:
                try:
                    client.sink.deliver([part])
                    break
                except Contended:
                    continue  # as the courier does, after a moment
        client.sink.close()

    threads = [
        threading.Thread(target=deliver, args=(client, letter))
        for client, letter in zip(clients, "abcdef", strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(100)
    assert not any(thread.is_alive() for thread in threads)
    found = read_back(collection)
    assert {number: seen(found, str(number)) for number in laps} == dict.fromkeys(laps, "abcdef")
    assert len(found) == len(laps) * (1 + len(clients))
    print(f"commits of six members for {len(laps)} laps each: {sum(c.meter.total.commits for c in clients)}")


def test_who_was_slower_reads_again_and_folds_over_what_is_there_now(
    firestore_emulator: str, collection: str, read_back: ReadBack
) -> None:
    """The other's part comes in exactly between our look and our commit."""
    other = Client(firestore_emulator, 2)
    between = iter([other.part(collection, 4, "z"), other.part(collection, 4, "zz9")])

    def slow(*arguments: Any) -> Mapping[str, Document] | None:
        result = fold(*arguments)
        if (part := next(between, None)) is not None:
            other.sink.deliver([part])
        return result

    slower = Client(firestore_emulator, 1, fold=slow)
    slower.sink.deliver([slower.part(collection, 4, "a")])
    assert seen(read_back(collection), "4") == "9az"
    assert slower.meter.total == Usage(commits=1, written=2, read=1 + 1 + 1 + 1 + 1 + 1)
    for one in (other, slower):
        one.sink.close()


def test_an_answer_that_is_lost_changes_nothing_when_it_is_delivered_again(
    relay: Relay, collection: str, read_back: ReadBack
) -> None:
    client = Client(relay.address, 1, timeout_s=1.0)
    part = client.part(collection, 4, "a")

    def losing(*arguments: Any) -> Mapping[str, Document] | None:
        relay.lose_replies()
        return fold(*arguments)

    client.sink._fold = losing
    with pytest.raises(DeliveryError):
        client.sink.deliver([part])
    before = read_back(collection)
    assert seen(before, "4") == "a", "the server has it"
    relay.heal()
    relay.cut()
    client.sink._fold = fold
    at_last(client, part)
    assert read_back(collection) == before
    assert [document["Seen"] for document in client.folded] == ["a"]
    client.sink.close()


def at_last(client: Client, *parcels: StoredParcel) -> None:
    """Deliver as a courier does: what fails for a moment is tried again."""

    def is_through() -> bool:
        try:
            client.sink.deliver(parcels)
        except TemporaryFailure:
            return False
        return True

    assert becomes(is_through)


KILLED = """
import sys, os
sys.path[:0] = sys.argv[4:]
from delivery.test_fold_in import Client, fold
def last(*arguments):
    result = fold(*arguments)
    if sys.argv[3] == "before":
        os.kill(os.getpid(), 9)
    return result
client = Client(sys.argv[1], 1, fold=last)
client.sink._on_folded = lambda *_: os.kill(os.getpid(), 9)
client.sink.deliver([client.part(sys.argv[2], 4, "a")])
"""


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_client_killed_around_its_commit_keeps_nobody_waiting_and_delivers_it_later(
    moment: str, client: Client, firestore_emulator: str, collection: str, read_back: ReadBack
) -> None:
    tests = Path(__file__).parents[1]
    paths = [str(tests), str(tests.parent / "app")]
    command = [sys.executable, "-c", KILLED, firestore_emulator, collection, moment, *paths]
    assert subprocess.run(command, check=False, timeout=60).returncode == -9
    other = Client(firestore_emulator, 2)
    other.sink.deliver([other.part(collection, 4, "z")])
    assert other.meter.total.commits == 1, "at the first attempt"
    assert seen(read_back(collection), "4") == ("z" if moment == "before" else "az")
    client.sink.deliver([client.part(collection, 4, "a")])
    assert seen(read_back(collection), "4") == "az"
    other.sink.close()


@pytest.mark.parametrize("field", [{"SchemaVersion": 2}, {"Seen": 7}])
def test_what_cannot_be_used_is_left_alone_and_the_parcel_is_done(
    field: dict[str, object], client: Client, collection: str, cloud: Any, read_back: ReadBack
) -> None:
    cloud.collection(collection).document("4").set({"LapCompleted": 4, **field})
    before = read_back(collection)
    client.sink.deliver([client.part(collection, 4, "a")])
    assert read_back(collection) == before
    assert client.left_alone == ["part 4 1"]
    assert client.folded == []


def test_an_ordinary_lap_with_its_state_is_one_commit_and_nothing_is_read(
    client: Client, collection: str, read_back: ReadBack
) -> None:
    for number in (1, 2, 3):
        parcels = [lap(collection, number), state(collection, number * 100.0)]
        client.sink.deliver([client.stored(parcel) for parcel in parcels])
    assert client.meter.total == Usage(commits=3, written=6, read=1), "the state that was there at the start"
    assert read_back(collection).keys() == {"1", "2", "3", "state"}


@pytest.mark.parametrize("source", ["driver", "teammate"])
def test_a_lap_that_somebody_else_told_first_is_not_written_over(
    source: str, client: Client, collection: str, cloud: Any, read_back: ReadBack
) -> None:
    """Whatever the law would say: what we know is folded in as a part when the mirror shows what is missing."""
    cloud.collection(collection).document("4").set({"LapCompleted": 4, "Source": source, "FuelLevel": None})
    before = read_back(collection)
    client.sink.deliver([client.stored(lap(collection, 4))])
    assert read_back(collection) == before
    assert client.sink.conflict is None


def test_a_lap_that_another_member_says_to_have_driven_is_a_conflict(
    client: Client, firestore_emulator: str, collection: str
) -> None:
    """Both saw the line from the car: what both saw is folded, but one of the two is set up wrongly."""
    other = Client(firestore_emulator, 2)
    other.sink.deliver([other.stored(lap(collection, 4, CustomerID=2, Driver="Ben"))])
    client.sink.deliver([client.stored(lap(collection, 4))])
    assert "Ben's client says that Ben drove it" in (client.sink.conflict or "")
    other.sink.close()


def test_a_lap_that_is_refused_at_the_door_is_not_written_over(
    client: Client, collection: str, cloud: Any, read_back: ReadBack
) -> None:
    cloud.collection(collection).document("4").set({"LapCompleted": "four"})
    before = read_back(collection)
    client.sink.deliver([client.stored(lap(collection, 4))])
    assert read_back(collection) == before


def test_numbers_are_written_alone_in_one_commit_and_nothing_else_of_the_laps_changes(
    client: Client, collection: str, read_back: ReadBack, cloud: Any
) -> None:
    client.sink.deliver([client.stored(lap(collection, number, Stint=1, StintLap=number)) for number in range(1, 6)])
    before, first, used = read_back(collection), stamps(cloud, collection), client.meter.total
    numbers = [numbers_of(collection, number, (2, number - 2)) for number in (3, 4, 5)]
    client.sink.deliver([client.stored(parcel) for parcel in numbers])
    assert client.meter.total == used + Usage(commits=1, written=3)
    found, second = read_back(collection), stamps(cloud, collection)
    for number in range(1, 6):
        is_renumbered = number > 2
        now, then = found[str(number)], before[str(number)]
        assert (now["Stint"], now["StintLap"]) == ((2, number - 2) if is_renumbered else (1, number))
        assert (second[str(number)] > first[str(number)]) is is_renumbered, "who follows is told"
        assert {**now, "Stint": 1, "StintLap": number} == then


def test_a_lap_that_is_gone_gets_no_numbers_and_keeps_none_from_the_others(
    client: Client, collection: str, read_back: ReadBack
) -> None:
    """Numbers alone must never make a lap of two fields."""
    client.sink.deliver([client.stored(lap(collection, 5, Stint=1, StintLap=5))])
    numbers = [numbers_of(collection, number, (2, number - 2)) for number in (3, 4, 5)]
    client.sink.deliver([client.stored(parcel) for parcel in numbers])
    found = read_back(collection)
    assert found.keys() == {"5"}
    assert (found["5"]["Stint"], found["5"]["StintLap"]) == (2, 3)


def test_what_is_confirmed_before_a_failure_is_said(relay: Relay, collection: str, read_back: ReadBack) -> None:
    cut = Client(relay.address, 1, timeout_s=1.0)

    def breaking(*arguments: Any) -> Mapping[str, Document] | None:
        if arguments[1] == 6:
            relay.refuse()
        return fold(*arguments)

    cut.sink._fold = breaking
    parcels = [cut.stored(lap(collection, 4)), cut.part(collection, 5, "a"), cut.part(collection, 6, "a")]
    with pytest.raises(DeliveryError) as caught:
        cut.sink.deliver(parcels)
    assert set(caught.value.confirmed) == {1, 2}
    assert read_back(collection).keys() == {"4", "5", "part 5 1"}
    relay.heal()
    cut.sink._fold = fold
    at_last(cut, *parcels[2:])
    assert "part 6 1" in read_back(collection)
    cut.sink.close()


def test_the_meter_counts_what_the_server_was_asked(firestore_emulator: str, collection: str) -> None:
    with CountingRelay(firestore_emulator) as counting:
        client = Client(counting.address, 1)
        before = counting.counted(PROJECT)
        client.sink.deliver([client.part(collection, 4, "a"), client.part(collection, 5, "b")])
        client.sink.deliver([client.part(collection, 4, "c", over=1), client.stored(numbers_of(collection, 4, (2, 1)))])
        counted, total = counting.counted(PROJECT), client.meter.total
        assert before is counted
        assert (counted.commits, counted.writes) == (total.commits, total.written)
        assert counted.reads + counted.queried == total.read
        client.sink.close()
