"""The mirror at Google's emulator: whatever breaks, all that stands in the collection comes in, and nothing twice."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from google.cloud.firestore import SERVER_TIMESTAMP

from support.cloud_parcels import lap, state, stored
from support.counting_relay import CountingRelay
from support.follower import PROJECT, becomes
from support.mirroring import MirroringClient
from support.relay import Relay
from teamtactics.delivery.firestore_sink import FirestoreSink
from teamtactics.model.mirror import NOTHING_KNOWN

pytestmark = [pytest.mark.emulator, pytest.mark.timeout(120)]

LAPS = 20


@pytest.fixture
def counting(firestore_emulator: str) -> Iterator[CountingRelay]:
    with CountingRelay(firestore_emulator) as made:
        yield made


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "store.sqlite3"


def names(*numbers: int) -> list[str]:
    return [str(number) for number in numbers]


def write_laps(sink: FirestoreSink, collection: str, *numbers: int) -> None:
    for number in numbers:
        sink.deliver(stored(lap(collection, number)))


def in_order(client: MirroringClient) -> list[str]:
    """
    What the client was told, each as often as it was; laps by number, which is how they were written.

    Of two that were written within the same millisecond the emulator gives the same ``Updated``, and names decide:
    lap 10 comes before lap 9.
    """
    return sorted(client.told, key=lambda name: int(name) if name.isdecimal() else 10_000)


def test_all_that_stands_there_comes_into_the_store_and_then_every_change(
    sink: FirestoreSink, firestore_emulator: str, collection: str, store: Path
) -> None:
    write_laps(sink, collection, *range(1, LAPS + 1))
    with MirroringClient(firestore_emulator, PROJECT, store, collection) as client:
        assert becomes(client.has(*names(*range(1, LAPS + 1))))
        sink.deliver(stored(lap(collection, 99), state(collection, 5.0)))
        assert becomes(client.has("99", "state"))
        by_id = {each.doc_id: each for each in client.mirror.documents}
        assert by_id["99"].document == lap(collection, 99).document
        assert by_id["99"].updated == by_id["state"].updated
        assert client.told[LAPS:] == ["99", "state"]
        assert in_order(client) == [*names(*range(1, LAPS + 1), 99), "state"]


def test_after_a_restart_nothing_is_read_twice(
    sink: FirestoreSink, counting: CountingRelay, collection: str, store: Path
) -> None:
    """
    Counted by the client and by what the server said: each document once, and the newest once more.

    Those with the newest time stamp are asked for again because another one may have it as well; a query without a
    result would be billed as one read, too. The emulator's time stamps have milliseconds: it may be two documents.
    """
    write_laps(sink, collection, *range(1, LAPS + 1))
    with MirroringClient(counting.address, PROJECT, store, collection) as client:
        assert becomes(client.has(*names(*range(1, LAPS + 1))))
        assert client.meter.total.told == counting.counted(PROJECT).told == LAPS
        newest = client.with_newest_stamp()
    write_laps(sink, collection, 21, 22)
    with MirroringClient(counting.address, PROJECT, store, collection) as again:
        assert becomes(again.has("21", "22"))
        assert again.meter.total.told == newest + 2
        assert counting.counted(PROJECT).told == LAPS + newest + 2
        assert in_order(again) == names(*range(1, LAPS + 3)), "what the store knew, then what is new; nothing twice"
        assert again.cursors[0] is not None
        newest = again.with_newest_stamp()
    with MirroringClient(counting.address, PROJECT, store, collection) as idle:
        assert becomes(lambda: idle.followed.is_caught_up)
        assert idle.meter.total.told == newest


def test_after_a_break_nothing_is_read_twice(
    sink: FirestoreSink, counting: CountingRelay, collection: str, store: Path
) -> None:
    with Relay(counting.address) as relay:
        write_laps(sink, collection, *range(1, LAPS + 1))
        with MirroringClient(relay.address, PROJECT, store, collection) as client:
            assert becomes(client.has(*names(*range(1, LAPS + 1))))
            told = LAPS
            for number in range(LAPS + 1, LAPS + 4):
                told += client.with_newest_stamp() + 1
                relay.refuse()
                assert becomes(lambda: not client.watch.status.is_connected)
                write_laps(sink, collection, number)
                relay.heal()
                assert becomes(client.has(str(number)))
            assert in_order(client) == names(*range(1, LAPS + 4))
            assert client.meter.total.told == counting.counted(PROJECT).told == told


def test_documents_with_the_same_time_stamp_are_not_missed_and_not_told_twice(
    cloud: Any, firestore_emulator: str, collection: str, store: Path
) -> None:
    """One more comes in under the cursor's own time stamp, after the client was there."""
    documents, moment = cloud.collection(collection), datetime(2026, 3, 1, 12, tzinfo=UTC)
    for number in (1, 2, 3):
        documents.document(str(number)).set({"LapCompleted": number, "Updated": moment})
    with MirroringClient(firestore_emulator, PROJECT, store, collection) as client:
        assert becomes(client.has("1", "2", "3"))
    documents.document("0").set({"LapCompleted": 0, "Updated": moment})
    with MirroringClient(firestore_emulator, PROJECT, store, collection) as again:
        assert becomes(again.has("0"))
        assert sorted(again.told) == ["0", "1", "2", "3"]
        assert again.meter.total.told == 4


def test_a_write_that_became_visible_behind_later_ones_is_found_by_the_overlap(
    cloud: Any, firestore_emulator: str, collection: str, store: Path
) -> None:
    """``Updated`` is when the server began with it: one that had to wait is older than what was read meanwhile."""
    documents, moment = cloud.collection(collection), datetime(2026, 3, 1, 12, tzinfo=UTC)
    documents.document("2").set({"LapCompleted": 2, "Updated": moment})
    with MirroringClient(firestore_emulator, PROJECT, store, collection, overlap_s=10.0) as client:
        assert becomes(client.has("2"))
    documents.document("1").set({"LapCompleted": 1, "Updated": moment - timedelta(seconds=9)})
    with MirroringClient(firestore_emulator, PROJECT, store, collection, overlap_s=10.0) as again:
        assert becomes(again.has("1"))
        assert again.told == ["2", "1"]


def test_what_somebody_writes_over_is_told_and_kept_as_it_is_now(
    cloud: Any, firestore_emulator: str, collection: str, store: Path
) -> None:
    def stands(client: MirroringClient, stint: int) -> bool:
        return [each.document for each in client.mirror.documents] == [{"Stint": stint}]

    document = cloud.collection(collection).document("1")
    document.set({"Stint": 1, "Updated": SERVER_TIMESTAMP})
    with MirroringClient(firestore_emulator, PROJECT, store, collection) as client:
        for stint in (2, 3, 4):
            document.set({"Stint": stint, "Updated": SERVER_TIMESTAMP})
            assert becomes(partial(stands, client, stint))
    with MirroringClient(firestore_emulator, PROJECT, store, collection) as again:
        assert becomes(lambda: again.followed.is_caught_up)
        assert stands(again, 4)


def test_what_is_removed_while_it_is_followed_leaves_the_mirror(
    cloud: Any, sink: FirestoreSink, firestore_emulator: str, collection: str, store: Path
) -> None:
    write_laps(sink, collection, 1, 2)
    with MirroringClient(firestore_emulator, PROJECT, store, collection) as client:
        assert becomes(client.has("1", "2"))
        cloud.collection(collection).document("1").delete()
        assert becomes(lambda: [each.doc_id for each in client.mirror.documents] == ["2"])
        write_laps(sink, collection, 1)
        assert becomes(client.has("1", "2"))
        assert client.told == ["1", "2", "1"]


def test_a_collection_without_a_document_is_caught_up_at_once(
    firestore_emulator: str, collection: str, store: Path
) -> None:
    with MirroringClient(firestore_emulator, PROJECT, store, collection) as client:
        assert becomes(lambda: client.followed.is_caught_up)
        assert client.mirror == NOTHING_KNOWN


def test_a_long_race_at_the_emulator_is_told_once_though_it_repeats_itself(
    sink: FirestoreSink, counting: CountingRelay, collection: str, store: Path
) -> None:
    """The emulator tells the whole collection again at every change; Google's server tells the change."""
    write_laps(sink, collection, *range(1, 101))
    with MirroringClient(counting.address, PROJECT, store, collection) as client:
        assert becomes(client.has("100"))
        for number in range(101, 141):
            write_laps(sink, collection, number)
            assert becomes(client.has(str(number)))
        assert client.told[100:] == names(*range(101, 141))
        assert in_order(client) == names(*range(1, 141))
        counted = counting.counted(PROJECT)
        assert len(client.cursors) > 1, "a new stream now and then keeps that small"
        assert counted.repeated < 2_000
        assert client.meter.total.told == counted.told == 140 + len(client.cursors) - 1


FOLLOWING = """
import sys, time
sys.path[:0] = sys.argv[4:]
from pathlib import Path
from support.mirroring import MirroringClient
with MirroringClient(sys.argv[1], "teamtactics-test", Path(sys.argv[2]), sys.argv[3]) as client:
    print("ready", flush=True)
    while True:
        time.sleep(1)
"""


@pytest.mark.slow
def test_a_client_killed_at_any_moment_misses_nothing_afterwards(
    sink: FirestoreSink, firestore_emulator: str, collection: str, store: Path
) -> None:
    """Kill it again and again while laps come in; the cursor is never there without what lies before it."""
    tests = Path(__file__).parents[1]
    command = [sys.executable, "-c", FOLLOWING, firestore_emulator, str(store), collection]
    command += [str(tests), str(tests.parent / "app")]
    chance, number = random.Random(11), 0
    for _ in range(6):
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as victim:
            assert victim.stdout is not None
            assert victim.stdout.readline() == "ready\n"
            # The emulator tells everything again at every change: on a fast machine thousands would take minutes.
            for _ in range(chance.randint(2, 30)):
                number += 1
                write_laps(sink, collection, number)
                time.sleep(chance.uniform(0.0, 0.1))
            victim.kill()
        number += 1
        write_laps(sink, collection, number)
    with MirroringClient(firestore_emulator, PROJECT, store, collection) as client:
        assert becomes(client.has(*names(*range(1, number + 1))))
        assert in_order(client) == names(*range(1, number + 1))
