"""The relay that counts: what it passes on is unchanged, and it counts what the server heard and said."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from google.api_core.exceptions import AlreadyExists, InvalidArgument
from google.cloud.firestore import SERVER_TIMESTAMP

from support.counting_relay import CountingRelay
from support.firestore_reader import FirestoreReader
from support.follower import PROJECT, Follower, becomes, following, is_connected

pytestmark = pytest.mark.emulator


@pytest.fixture
def counting(firestore_emulator: str) -> Iterator[CountingRelay]:
    with CountingRelay(firestore_emulator) as made:
        yield made


def test_a_commit_counts_when_it_was_answered_well_and_its_documents_with_it(counting: CountingRelay) -> None:
    client = FirestoreReader(counting.address, PROJECT).client
    laps = client.collection("relay commits")
    began_s = time.time()
    batch = client.batch()
    batch.set(laps.document("1"), {"LapCompleted": 1})
    batch.set(laps.document("state"), {"SessionTime": 7.5})
    batch.commit()
    laps.document("info").set({"SchemaVersion": 1})
    laps.document("1").delete()
    with pytest.raises(AlreadyExists):
        laps.document("info").create({})
    counted = counting.counted(PROJECT)
    assert (counted.commits, counted.infos, counted.writes) == (3, 1, 4)
    assert counted.written == {"1": 2, "state": 1, "info": 1}
    assert counted.calls["Commit"] == 4
    ((session_time_s, at_s),) = counted.states
    assert session_time_s == 7.5
    assert began_s <= at_s <= time.time()
    assert counting.counted("another").calls == {}


def test_documents_read_by_name_and_by_query_are_counted_apart(counting: CountingRelay) -> None:
    client = FirestoreReader(counting.address, PROJECT).client
    laps = client.collection("relay reads")
    assert list(laps.stream()) == []
    for number in range(3):
        laps.document(str(number)).set({"LapCompleted": number})
    assert [found.exists for found in client.get_all([laps.document("0"), laps.document("9")])].count(True) == 1
    assert [found.get("LapCompleted") for found in laps.order_by("LapCompleted").stream()] == [0, 1, 2]
    counted = counting.counted(PROJECT)
    assert (counted.reads, counted.queried) == (2, 1 + 3)


def test_a_watch_passes_as_long_as_it_is_open_and_each_document_told_counts(
    counting: CountingRelay, collection: str
) -> None:
    state = FirestoreReader(counting.address, PROJECT).client.collection(collection).document("state")
    follower = Follower(counting.address)
    with following(follower, collection):
        assert becomes(is_connected(follower))
        for session_time_s in (1.0, 2.0, 3.0):
            state.set({"SessionTime": session_time_s, "Updated": SERVER_TIMESTAMP})
            assert follower.hears(collection, session_time_s)
    assert counting.counted(PROJECT).told == follower.meter.total.told == 3


def test_what_the_server_refuses_is_refused_in_its_words(counting: CountingRelay, firestore_emulator: str) -> None:
    def refusal(address: str) -> str:
        with pytest.raises(InvalidArgument) as caught:
            FirestoreReader(address, PROJECT).client.collection("c").document("__reserved__").set({})
        return str(caught.value)

    assert refusal(counting.address) == refusal(firestore_emulator)


def test_a_watch_that_its_client_has_left_is_left_here_too(counting: CountingRelay, collection: str) -> None:
    """Else the emulator would hold a stream for every client that was ever killed."""
    follower = Follower(counting.address)
    with following(follower, collection):
        assert becomes(is_connected(follower))
        assert counting.open_calls == 1
    assert becomes(lambda: counting.open_calls == 0)
