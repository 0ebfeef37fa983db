"""A session that the server begins anew keeps its ids: its runs are told apart by SessionUniqueID, which only rises."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.cloud_parcels import NO_SESSION, SESSION
from teamtactics.model.precedence import RUN, info_wins, is_of_earlier_run, must_purge

FIRST, SECOND, NEVER_SAID = {**SESSION, RUN: 3}, {**SESSION, RUN: 4}, {**SESSION, RUN: None}
BEGINS = {**SECOND, "certain": False, "live": True, "SessionTime": 3.0}

RUNS = st.builds(
    lambda session, run: {**session, RUN: run},
    st.sampled_from([SESSION, NO_SESSION, {**SESSION, "SessionNum": 1}, {**SESSION, "SubSessionID": 5}]),
    st.sampled_from([None, 0, 1, 2, 3, "3", True]),
)


def test_a_higher_number_is_a_later_run_of_the_same_session_only() -> None:
    assert is_of_earlier_run(FIRST, SECOND)
    assert not is_of_earlier_run(SECOND, FIRST)
    assert not is_of_earlier_run(FIRST, FIRST)
    assert not is_of_earlier_run({**FIRST, "SessionNum": 1}, SECOND), "qualifying is no earlier run of the race"
    assert not is_of_earlier_run({**FIRST, "SubSessionID": 1}, SECOND)


@pytest.mark.parametrize("unsaid", [None, 0])
def test_a_missing_number_proves_nothing(unsaid: Any) -> None:
    assert not is_of_earlier_run({**FIRST, RUN: unsaid}, SECOND)
    assert not is_of_earlier_run(FIRST, {**SECOND, RUN: unsaid})
    assert not is_of_earlier_run(dict(SESSION), SECOND)


def test_without_ids_the_number_begins_anew_every_day_and_proves_nothing_to_others() -> None:
    assert not is_of_earlier_run({**NO_SESSION, RUN: 1}, {**NO_SESSION, RUN: 2})


@given(RUNS, RUNS, RUNS)
def test_runs_are_in_one_order(one: Any, other: Any, third: Any) -> None:
    assert not (is_of_earlier_run(one, other) and is_of_earlier_run(other, one))
    if is_of_earlier_run(one, other) and is_of_earlier_run(other, third):
        assert is_of_earlier_run(one, third)


@given(st.permutations([FIRST, SECOND, NEVER_SAID, {**SECOND, "SessionLaps": 40}]))
def test_in_whatever_order_infos_come_the_latest_runs_stays(infos: list[Any]) -> None:
    stands: Any = None
    for info in infos:
        if info_wins(stands, info):
            stands = info
    assert stands[RUN] == 4


@pytest.mark.parametrize(
    ("info", "certain", "expected"),
    [
        (FIRST, False, True),
        (FIRST, True, True),
        (SECOND, False, False),
        (SECOND, True, False),  # somebody else has removed it, and what stands there is new
        ({**SESSION, RUN: 5}, True, False),
        (NEVER_SAID, False, False),
        (NEVER_SAID, True, True),
        ({**FIRST, "SchemaVersion": 2}, False, False),
        ({**FIRST, "SubSessionID": 1}, False, True),
        (None, False, False),
    ],
)
def test_an_earlier_run_is_removed_and_never_the_own_or_a_later_one(info: Any, certain: Any, *, expected: bool) -> None:
    assert must_purge({**BEGINS, "certain": certain}, info, {**SESSION, "SessionTime": 900.0}) is expected


def test_who_does_not_know_his_run_removes_none() -> None:
    assert not must_purge({**BEGINS, RUN: None}, FIRST, None)
