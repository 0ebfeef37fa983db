"""Precedence, where the emulator would be a long way round."""

from __future__ import annotations

from typing import Any

import pytest

from support.cloud_parcels import NO_SESSION, lap, state, stored
from teamtactics.cloud.rules import merge, must_purge, state_wins


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
