"""Precedence, where the emulator would be a long way round."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from support.cloud_parcels import NO_SESSION, lap, state, stored
from teamtactics.model.precedence import (
    info_wins,
    is_foreign,
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
