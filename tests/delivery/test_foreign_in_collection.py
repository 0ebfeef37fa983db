"""What somebody else left in the collection, on Google's own emulator: it blocks nobody, and removes nothing."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from support.cloud_parcels import NO_SESSION, SESSION, info, lap, purge, state, stored
from support.sinks import firestore_sink
from teamtactics.contract.foreign import DocumentRefused
from teamtactics.delivery.firestore_sink import FirestoreSink
from teamtactics.model.records import SessionClock

ReadBack = Callable[[str], dict[str, dict[str, object]]]

pytestmark = pytest.mark.emulator

NOW = SessionClock((SESSION["SessionID"], SESSION["SubSessionID"], SESSION["SessionNum"]), 210.0)


@pytest.fixture
def refused() -> list[DocumentRefused]:
    return []


@pytest.fixture
def racing(firestore_emulator: str, refused: list[DocumentRefused]) -> Iterator[FirestoreSink]:
    """The sink of a member whose simulator shows the session, 210 s old."""
    made = firestore_sink(
        firestore_emulator,
        clock=lambda: NOW,
        on_refused=refused.append,
    )
    yield made
    made.close()


def theirs(collection: str, **fields: Any) -> dict[str, Any]:
    return {**(state(collection, 150.0, CustomerID=2, Driver="Ben").document or {}), **fields}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("SessionTime", 1e9),
        ("SessionTime", math.nan),
        ("SessionTime", datetime(2026, 11, 25, tzinfo=UTC)),
        ("SessionTime", {"a": 1}),
        ("Stint", math.inf),
        ("Stint", 10**18),
        ("LapCompleted", math.inf),
        ("ClientVersion", "9" * 5_000),
        ("PitExitTime", math.nan),
        ("SchemaVersion", None),
        ("future", 300.0),
    ],
)
def test_an_odd_state_is_replaced_and_said(
    racing: FirestoreSink,
    collection: str,
    cloud: Any,
    read_back: ReadBack,
    refused: list[DocumentRefused],
    field: str,
    value: Any,
) -> None:
    """Met at the first look, and where it comes between two of our own."""
    document = theirs(collection, **{"SessionTime" if field == "future" else field: value})
    for at_s in (100.0, 200.0):
        cloud.collection(collection).document("state").set(document)
        racing.deliver(stored(lap(collection, int(at_s)), state(collection, at_s), first=int(at_s)))
        assert read_back(collection)["state"]["SessionTime"] == at_s
    assert {why.field for why in refused} == {field}


def test_a_state_of_a_version_to_come_stays_and_the_laps_are_written(
    racing: FirestoreSink, collection: str, cloud: Any, read_back: ReadBack
) -> None:
    newer = {"SchemaVersion": 2, "Clock": 7.5}
    cloud.collection(collection).document("state").set(newer)
    racing.deliver(stored(lap(collection, 1), state(collection, 100.0)))
    found = read_back(collection)
    assert found["state"] == newer
    assert found["1"]["CustomerID"] == 4711
    assert racing.conflict is None


def test_a_sound_state_of_another_member_stays_while_it_is_later(
    racing: FirestoreSink, collection: str, cloud: Any, read_back: ReadBack
) -> None:
    cloud.collection(collection).document("state").set(theirs(collection))
    racing.deliver(stored(state(collection, 100.0)))
    assert read_back(collection)["state"]["CustomerID"] == 2
    racing.deliver(stored(state(collection, 200.0), first=2))
    assert read_back(collection)["state"]["CustomerID"] == 4711


@pytest.mark.parametrize("gap", [math.nan, "long", -1.0])
def test_an_odd_lap_is_left_alone(
    racing: FirestoreSink, collection: str, cloud: Any, read_back: ReadBack, gap: Any
) -> None:
    odd = {"CustomerID": 2, "FuelLevel": 3.0, "Source": "driver", "Gap": gap}
    cloud.collection(collection).document("1").set(odd)
    racing.deliver(stored(lap(collection, 1), lap(collection, 2), state(collection, 100.0)))
    found = read_back(collection)
    assert repr(found["1"]["Gap"]) == repr(gap)
    assert found["1"].keys() == odd.keys()
    assert found["2"] == lap(collection, 2).document


@pytest.mark.parametrize(
    ("doc_id", "odd"),
    [
        ("info", {"SessionID": math.nan}),
        ("info", {"SchemaVersion": 2, "SubSessionID": 9}),
        ("state", {"SessionTime": 1e9}),
    ],
)
def test_what_is_odd_is_no_proof_of_an_older_session(
    racing: FirestoreSink, collection: str, cloud: Any, read_back: ReadBack, doc_id: str, odd: dict[str, Any]
) -> None:
    """Removed is only on proof."""
    racing.deliver(stored(info(collection, **NO_SESSION), lap(collection, 1), state(collection, 2.0, **NO_SESSION)))
    cloud.collection(collection).document(doc_id).set({**read_back(collection)[doc_id], **odd})
    racing.deliver(stored(purge(collection, **NO_SESSION), first=4))
    assert set(read_back(collection)) == {"info", "1", "state"}
