"""Two clients that both believe to drive: the record stays whole, and the one that yields says so; nobody else does."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from support.cloud_parcels import lap, state, stored
from support.sinks import firestore_sink
from teamtactics.cloud.fates import TooSlow
from teamtactics.model.parcel import Parcel, Value

pytestmark = pytest.mark.emulator

ReadBack = Callable[[str], dict[str, dict[str, object]]]
NAMES = {1: "Anna", 2: "Ben"}


class Claimant:
    """A client of the member *customer_id*, who drives until ``is_driving`` says otherwise."""

    def __init__(self, customer_id: int, collection: str, address: str) -> None:
        self.is_driving = True
        self._who: dict[str, Value] = {"CustomerID": customer_id, "Driver": NAMES[customer_id]}
        self._collection = collection
        self._sent = 0
        self.sink = firestore_sink(address, is_driving=lambda: self.is_driving)

    def lap(self, number: int, **fields: Value) -> Parcel:
        return lap(self._collection, number, **{**self._who, **fields})

    def state(self, session_time_s: float) -> Parcel:
        return state(self._collection, session_time_s, **self._who)

    def deliver(self, *parcels: Parcel) -> str | None:
        self.sink.deliver(stored(*parcels, first=self._sent + 1))
        self._sent += len(parcels)
        return self.sink.conflict

    def deliver_again(self, *parcels: Parcel) -> str | None:
        """What was delivered last, because that could not be noted."""
        self._sent -= len(parcels)
        return self.deliver(*parcels)


@pytest.fixture
def claimant(firestore_emulator: str, collection: str) -> Iterator[Callable[[int], Claimant]]:
    with ExitStack() as stack:

        def make(customer_id: int) -> Claimant:
            made = Claimant(customer_id, collection, firestore_emulator)
            stack.callback(made.sink.close)
            return made

        yield make


def test_the_second_claimant_of_a_lap_yields_says_so_once_and_stops_when_he_is_alone(
    claimant: Callable[[int], Claimant], collection: str, read_back: ReadBack, caplog: pytest.LogCaptureFixture
) -> None:
    """His tray shows it as long as it lasts; the first claimant, whose record stands, has nothing to say."""
    anna, ben = claimant(1), claimant(2)
    with caplog.at_level(logging.INFO):
        for n in range(1, 6):
            assert anna.deliver(anna.lap(n), anna.state(n * 100.0)) is None
            said = ben.deliver(ben.lap(n), ben.state(n * 100.0 + 0.1))
            assert said == (
                f"lap {n} is claimed twice: Anna's client says that Anna drove it, ours that Ben did; "
                "what both saw becomes one lap"
            )
        assert ben.deliver(ben.lap(6), ben.state(600.0)) is None, "Anna's client is gone"
        assert ben.deliver(ben.lap(7), ben.state(700.0)) is None
    found = read_back(collection)
    assert [found[str(n)]["Driver"] for n in range(1, 8)] == ["Anna"] * 5 + ["Ben"] * 2
    assert found["state"]["SessionTime"] == 700.0
    lines = [record.getMessage() for record in caplog.records if "records th" in record.getMessage()]
    assert len(lines) == 2
    assert "another client records the same car: lap 1" in lines[0]
    assert "no other client" in lines[1]


def test_a_later_state_of_another_while_we_drive_is_a_conflict(
    claimant: Callable[[int], Claimant], collection: str, read_back: ReadBack
) -> None:
    anna, ben = claimant(1), claimant(2)
    anna.deliver(anna.state(200.0))
    said = ben.deliver(ben.state(150.0))
    assert said is not None
    assert "Anna drives this car" in said
    assert read_back(collection)["state"]["Driver"] == "Anna"


def test_what_comes_late_from_before_a_driver_change_is_no_conflict(
    claimant: Callable[[int], Claimant], collection: str, read_back: ReadBack
) -> None:
    """Anna's PC was offline; Ben drives by now, and his state stays."""
    anna, ben = claimant(1), claimant(2)
    ben.deliver(ben.lap(11), ben.state(1100.0))
    anna.is_driving = False
    assert anna.deliver(*(anna.lap(n) for n in range(1, 11)), anna.state(1000.0)) is None
    found = read_back(collection)
    assert [found[str(n)]["Driver"] for n in range(1, 12)] == ["Anna"] * 10 + ["Ben"]
    assert found["state"]["Driver"] == "Ben"


def test_a_normal_driver_change_is_no_conflict(claimant: Callable[[int], Claimant]) -> None:
    anna, ben = claimant(1), claimant(2)
    assert anna.deliver(anna.lap(1), anna.state(100.0)) is None
    assert ben.deliver(ben.state(150.0)) is None
    assert ben.deliver(ben.lap(2), ben.state(200.0)) is None
    assert anna.deliver(anna.lap(3), anna.state(300.0)) is None


@pytest.mark.parametrize("witness_is_first", [True, False])
def test_a_client_that_did_not_see_the_line_claims_nothing(
    claimant: Callable[[int], Claimant], witness_is_first: bool
) -> None:
    """Whoever it names as the driver, and whatever comes first."""
    anna, ben = claimant(1), claimant(2)
    blind, seen = ben.lap(1, FuelLevel=None), anna.lap(1, FuelLevel=31.5)
    said = [anna.deliver(seen), ben.deliver(blind)] if witness_is_first else [ben.deliver(blind), anna.deliver(seen)]
    assert said == [None, None]


def test_two_pcs_of_one_driver_are_no_conflict(claimant: Callable[[int], Claimant]) -> None:
    """What each of them saw of a lap is folded together."""
    first, second = claimant(1), claimant(1)
    for n in (1, 2):
        assert first.deliver(first.lap(n), first.state(n * 100.0)) is None
        assert second.deliver(second.lap(n, FuelUsed=2.5), second.state(n * 100.0 + 0.1)) is None


def test_a_lap_alone_does_not_end_a_conflict(claimant: Callable[[int], Claimant]) -> None:
    """That nobody else wrote in between only the state can tell."""
    anna, ben = claimant(1), claimant(2)
    anna.deliver(anna.lap(1))
    assert ben.deliver(ben.lap(1)) is not None
    assert ben.deliver(ben.lap(2)) is not None


def test_what_was_delivered_but_could_not_be_noted_is_no_second_client(claimant: Callable[[int], Claimant]) -> None:
    """A full disk, or another run of the program: it finds its own documents."""
    anna, later = claimant(1), claimant(1)
    anna.deliver(anna.state(1.0))
    parcels = (anna.lap(1), anna.lap(2), anna.state(200.0))
    assert anna.deliver(*parcels) is None
    assert anna.deliver_again(*parcels) is None
    assert later.deliver(*parcels) is None


def test_a_batch_whose_answer_was_late_comes_again_in_parts_and_is_nobody_else_s(
    claimant: Callable[[int], Claimant], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was written, the answer came too late, and smaller batches follow: every part of it is our own hand's."""
    anna = claimant(1)
    assert anna.deliver(anna.lap(1)) is None
    laps = [anna.lap(number) for number in (2, 3, 4, 5)]
    commit = anna.sink._documents.commit

    def commit_late(*arguments: Any) -> Any:
        commit(*arguments)
        raise TooSlow("firestore", "did not answer in time")

    monkeypatch.setattr(anna.sink._documents, "commit", commit_late)
    with pytest.raises(TooSlow):
        anna.deliver(*laps)
    monkeypatch.setattr(anna.sink._documents, "commit", commit)
    assert [anna.deliver(*part) for part in (laps[:2], laps[2:3], laps[3:])] == [None] * 3
    ben = claimant(2)
    ben.deliver(ben.lap(6))
    assert anna.deliver(anna.lap(6)) is not None, "and the next one is in no doubt"
