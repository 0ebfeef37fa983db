"""Precedence, where the emulator would be a long way round."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from support.cloud_parcels import NO_SESSION, lap, state, stored
from teamtactics.model.precedence import (
    info_wins,
    is_foreign,
    lap_wins,
    merge,
    must_purge,
    says_the_same,
    state_wins,
)


def test_the_latest_state_of_a_batch_counts_whatever_its_place() -> None:
    batch = merge(stored(state("c", 200.0), lap("c", 1), state("c", 100.0)))
    assert batch.state is not None
    assert batch.state["SessionTime"] == 200.0


@pytest.mark.parametrize("stored_time", [None, "soon", True])
def test_a_stored_state_without_a_time_is_no_obstacle(stored_time: Any) -> None:
    """Another program, or a version to come, may have written it."""
    assert state_wins({**NO_SESSION, "SessionTime": stored_time}, {**NO_SESSION, "SessionTime": 1.0})


def test_a_state_of_an_older_client_without_numbers_counts_as_session_zero() -> None:
    assert not state_wins({"SessionTime": 9.0}, {**NO_SESSION, "SessionTime": 1.0})


@pytest.mark.parametrize(
    ("info", "state", "expected"),
    [
        (None, None, False),
        ({"SubSessionID": 5}, None, True),
        ({"SessionID": 0, "SubSessionID": 0}, {"SessionTime": 900.0}, True),
        (None, {"SessionTime": 900.0}, True),
        (None, {"SessionTime": 8.0}, False),
        (None, {"SessionTime": None}, False),
    ],
)
def test_when_a_collection_is_an_older_sessions(info: Any, state: Any, expected: bool) -> None:
    begins = {"certain": False, "live": True, "SessionTime": 3.0, **NO_SESSION}
    assert must_purge(begins, info, state) is expected


TAKEN = {"Updated": datetime(2026, 11, 26, tzinfo=UTC), "Utc": datetime(2026, 11, 25, tzinfo=UTC)}
NOW = {"Utc": datetime(2026, 11, 27, tzinfo=UTC)}


def test_neither_the_servers_stamp_nor_a_pcs_clock_makes_another_fact() -> None:
    one: dict[str, Any] = {**NO_SESSION, "SessionTime": 9.0, "CustomerID": 1, "InCar": {"dcABS": 3.0}}
    assert says_the_same({**one, **TAKEN}, {**one, **NOW})
    assert says_the_same({**one, **TAKEN}, one)
    assert not says_the_same({**one, **TAKEN}, {**one, **NOW, "InCar": {"dcABS": 4.0}})
    assert not says_the_same(None, one)
    assert not state_wins({**one, **TAKEN}, {**one, **NOW})
    assert state_wins({**one, **TAKEN}, {**one, **NOW, "InCar": {"dcABS": 4.0}}), "what he set within the tick counts"
    assert not info_wins({"Track": "ring", "ClientVersion": "1", **TAKEN}, {"Track": "ring", "ClientVersion": "2"})
    assert info_wins({"Track": "ring", **TAKEN}, {"Track": "spa"})


def _lap(source: str, customer_id: int, level: float | None) -> dict[str, Any]:
    return {"Source": source, "CustomerID": customer_id, "FuelLevel": level}


ANNA, ANNA_BLIND = _lap("driver", 1, 31.5), _lap("driver", 1, None)
"""Anna drove; her client saw the line, or came back only after it."""
BEN, BEN_BLIND = _lap("driver", 2, 31.4), _lap("driver", 2, None)
MATE = _lap("teammate", 1, None)


@pytest.mark.parametrize(
    ("stored", "ours", "expected"),
    [
        (None, ANNA, True),
        (None, ANNA_BLIND, True),
        (None, MATE, True),
        (MATE, MATE, False),
        (MATE, ANNA, True),
        (MATE, ANNA_BLIND, False),
        (MATE, BEN, True),
        (ANNA, MATE, False),
        (ANNA_BLIND, MATE, False),
        (ANNA, ANNA, False),
        (ANNA_BLIND, ANNA, True),
        (ANNA_BLIND, ANNA_BLIND, False),
        (ANNA, ANNA_BLIND, False),
        (ANNA, BEN, False),
        (ANNA, BEN_BLIND, False),
        (ANNA_BLIND, BEN, True),
        (ANNA_BLIND, BEN_BLIND, False),
    ],
)
def test_which_lap_replaces_which(stored: Any, ours: Any, expected: bool) -> None:
    """Who saw the line before who did not, driver before team-mate, first before second, everybody over his own."""
    assert lap_wins(stored, ours) is expected


WHOLE, HALF = {**ANNA, "Gap": 0.0, "LapTimeMeasured": 99.9}, {**ANNA, "Gap": 5.7, "LapTimeMeasured": 99.9}
"""Of two PCs of one driver one was started in mid-lap."""

BEGUN_UNSEEN = {**ANNA, "Gap": 0.0, "LapTimeMeasured": None}
"""What that one tells before it has heard where the lap began."""


@pytest.mark.parametrize(
    ("stored", "ours", "first_told", "amended"),
    [
        (HALF, WHOLE, True, True),
        (WHOLE, HALF, False, False),
        (WHOLE, WHOLE, False, True),
        (BEGUN_UNSEEN, HALF, True, True),
        (WHOLE, BEGUN_UNSEEN, False, False),
        (ANNA, ANNA, False, True),
        (ANNA_BLIND, ANNA_BLIND, False, True),
        (ANNA, {**BEN, "Gap": 0.0}, False, False),
        (ANNA, {**ANNA_BLIND, "Gap": 0.0}, False, False),
        (MATE, MATE, False, False),
    ],
)
def test_whose_lap_a_driver_replaces(stored: Any, ours: Any, first_told: bool, amended: bool) -> None:
    """The less is unseen the better; at the same he amends his own, and a second PC of his leaves the first one's."""
    assert (lap_wins(stored, ours), lap_wins(stored, ours, True)) == (first_told, amended)


@pytest.mark.parametrize("first", [ANNA, ANNA_BLIND, BEN, BEN_BLIND, MATE])
@pytest.mark.parametrize("second", [ANNA, ANNA_BLIND, BEN, BEN_BLIND, MATE])
@pytest.mark.parametrize("third", [ANNA, ANNA_BLIND, BEN, BEN_BLIND, MATE])
def test_whoever_comes_in_whatever_order_a_witness_is_never_lost(first: Any, second: Any, third: Any) -> None:
    stored = None
    for ours in (first, second, third, first):
        if lap_wins(stored, ours):
            stored = ours
    seen = [one for one in (first, second, third) if one["FuelLevel"] is not None]
    assert stored is not None
    assert not seen or stored["CustomerID"] == seen[0]["CustomerID"]
    assert not seen or stored["FuelLevel"] is not None


@pytest.mark.parametrize(
    ("stored", "expected"),
    [
        ({"CustomerID": 1, "SessionTime": 5.0}, False),
        ({"CustomerID": 1, "SessionTime": 10.0}, False),
        ({"CustomerID": 1, "SessionTime": 11.0}, True),
        ({"CustomerID": 2, "SessionTime": 5.0}, True),
        ({"CustomerID": 2, "SessionTime": 11.0}, True),
        ({"CustomerID": 2, "SessionTime": 11.0, "SubSessionID": 9}, False),
        ({"CustomerID": 1, "SessionTime": None}, False),
    ],
)
def test_which_stored_state_can_tell_us_something(stored: Any, expected: bool) -> None:
    assert is_foreign({**NO_SESSION, **stored}, {**NO_SESSION, "CustomerID": 1, "SessionTime": 10.0}) is expected


@pytest.mark.parametrize(
    ("teller", "expected"),
    [(1, True), (2, False)],
)
def test_of_two_states_of_one_moment_a_member_replaces_only_his_own(teller: int, expected: bool) -> None:
    """Leaving the pits and crossing the line can fall into one tick: what was told last knows both."""
    then = {**NO_SESSION, "CustomerID": 1, "SessionTime": 10.0}
    assert state_wins(then, {**then, "CustomerID": teller, "Stint": 2}) is expected
    assert not state_wins(then, then), "told again, it is there"
