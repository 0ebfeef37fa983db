"""The one door for foreign documents: what comes through is typed, finite and bounded, the rest is refused by name."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.test_contract import documents
from race.driving import session_info
from support.cloud_parcels import NO_SESSION
from teamtactics.contract.foreign import (
    _INFO,
    _LAP,
    _STATE,
    AHEAD_S,
    DocumentRefused,
    check_time,
    run_state,
    sound,
    standing,
)
from teamtactics.contract.parcels import Ledger
from teamtactics.model.parcel import ParcelKind
from teamtactics.model.precedence import info_wins, is_foreign, must_purge, state_wins
from teamtactics.model.records import SessionClock

TAKEN = {"Updated": datetime(2026, 11, 26, 1, 30, 0, 123_456, tzinfo=UTC)}
"""What the server puts in: every document of a collection has it."""
STATE: dict[str, Any] = documents(ParcelKind.STATE)[-1] | TAKEN
LAP: dict[str, Any] = next(lap for lap in documents(ParcelKind.LAP) if lap["Source"] == "driver") | TAKEN
INFO: dict[str, Any] = dict(Ledger("c", "t", session_info(), 2, 3).info_parcel(1.0, 5).document or {}) | TAKEN
KINDS = {"state": (STATE, _STATE), "7": (LAP, _LAP), "info": (INFO, _INFO)}
SESSION = (STATE["SessionID"], STATE["SubSessionID"], STATE["SessionNum"])

NO_NUMBERS = (math.nan, math.inf, -math.inf, True, "30", [30], {"a": 30}, b"30", datetime(2026, 11, 25, tzinfo=UTC))
OUT_OF_RANGE = (1e18, -1e9, 10**18, -(10**18), 10**5000, 5e300)
NO_TEXT = (30, 1.5, True, ["x"], {"a": "x"}, b"x")


@pytest.mark.parametrize("doc_id", ["state", "7"])
def test_every_field_that_a_client_writes_has_its_rule(doc_id: str) -> None:
    written, rules = KINDS[doc_id]
    assert written.keys() <= rules.keys()


@pytest.mark.parametrize("doc_id", KINDS)
def test_what_our_own_client_writes_comes_through_as_it_is(doc_id: str) -> None:
    """All states and laps of a race, a team-mate's among them; the race simulator's tests send many more through."""
    own = {"state": documents(ParcelKind.STATE), "7": documents(ParcelKind.LAP), "info": [INFO]}[doc_id]
    for written in own:
        document = written | TAKEN
        assert sound(doc_id, document) == {name: document[name] for name in KINDS[doc_id][1]}
        assert standing(doc_id, document) == (document, None)  # type: ignore[arg-type]


@pytest.mark.parametrize(("doc_id", "name"), [(doc_id, name) for doc_id, (_, rules) in KINDS.items() for name in rules])
def test_what_no_client_can_have_written_is_refused_by_the_fields_name(doc_id: str, name: str) -> None:
    written, _ = KINDS[doc_id]
    is_text, is_truth = isinstance(written[name], str), isinstance(written[name], bool)
    odd = (
        NO_TEXT if is_text else tuple(value for value in NO_NUMBERS + OUT_OF_RANGE if not is_truth or value is not True)
    )
    if name in ("Utc", "Updated"):
        odd = tuple(value for value in odd if not isinstance(value, datetime))
    for value in odd:
        with pytest.raises(DocumentRefused) as caught:
            sound(doc_id, {**written, name: value})
        assert caught.value.field == name
        assert len(str(caught.value)) < 160


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Stint", 0),
        ("Stint", 2.5),
        ("StintLap", -1),
        ("LapCompleted", -2),
        ("LapCompleted", 32_768),
        ("SessionTime", 604_801.0),
        ("PitSvFlags", 2**32),
        ("PitSvFlags", -1),
        ("CustomerID", 2**31),
        ("ClientVersion", "9" * 5_000),
        ("ClientVersion", "9" * 5),
        ("ClientVersion", "soon"),
        ("PitEnterTime", STATE["SessionTime"] + 6.0),
        ("LapStartTime", STATE["SessionTime"] + 6.0),
        ("SchemaVersion", None),
        ("SessionTime", None),
        ("Stint", None),
        ("StintLap", None),
    ],
)
def test_the_borders_of_what_a_state_may_say(name: str, value: Any) -> None:
    with pytest.raises(DocumentRefused) as caught:
        sound("state", {**STATE, name: value})
    assert caught.value.field == name


def test_a_missing_field_is_not_known_and_one_too_many_is_not_looked_at() -> None:
    needed = {name: STATE[name] for name in ("SchemaVersion", "SessionTime", "Stint", "StintLap")}
    found = sound("state", {**needed, "Weather": {"sky": 3}, "x" * 10_000: math.nan})
    assert found == {**dict.fromkeys(_STATE), **needed}
    assert run_state(sound("state", needed)).tally.pit_enter is None


def test_whole_numbers_and_others_are_told_apart_by_the_table_not_by_the_wire() -> None:
    found = sound("state", {**STATE, "Stint": 3.0, "SessionTime": 700, "FuelLevel": 30, "SchemaVersion": 1.0})
    assert [(type(found[name]), found[name]) for name in ("Stint", "SessionTime", "FuelLevel")] == [
        (int, 3),
        (float, 700.0),
        (float, 30.0),
    ]


def test_a_name_that_is_too_long_is_cut_and_holds_nothing_that_is_no_text() -> None:
    assert sound("state", {**STATE, "Driver": "Jörg \0\n\ud800Müller 🏁"})["Driver"] == "Jörg Müller 🏁"
    assert sound("state", {**STATE, "Driver": "-eyJ" * 50_000})["Driver"] == "-eyJ" * 16


def test_a_long_name_reaches_no_message_by_way_of_the_law() -> None:
    """Of two clients that record one car the human is told whose the other is."""
    counts, _ = standing("7", {**LAP, "Driver": "-eyJ" * 50_000, "Sky": "later versions write more"})
    assert counts == {**LAP, "Driver": "-eyJ" * 16, "Sky": "later versions write more"}


def test_a_clock_that_went_wrong_costs_a_team_mate_nothing() -> None:
    """A PC without a battery says 1970 or 2107; nothing is decided by it, so nobody is refused for it."""
    for year in (1, 1970, 2107, 9999):
        utc = datetime(year, 1, 1, 12, tzinfo=UTC)
        assert sound("state", {**STATE, "Utc": utc})["Utc"] == utc


def test_a_moment_of_another_zone_is_the_same_moment() -> None:
    told = datetime(2026, 11, 26, 3, tzinfo=timezone(timedelta(hours=2)))
    found = sound("7", {**LAP, "Utc": told})["Utc"]
    assert (found, found.tzinfo) == (told, UTC)


@pytest.mark.parametrize(
    "settings",
    [
        {"dcABS": math.nan},
        {"dcABS": math.inf},
        {"dcABS": 1e300},
        {"dcABS": 10**5000},
        {"dcABS": "3"},
        {"dcABS": None},
        {"dcABS": {"of": 3}},
        {"dcABS": [3]},
        {"dc": 3.0},
        {"abs": 3.0},
        {"dcA.B": 3.0},
        {"dcÄBS": 3.0},
        {"dc" + "A" * 41: 3.0},
        {3: 3.0},
        {f"dcA{n}": 1.0 for n in range(65)},
        [("dcABS", 3.0)],
        "dcABS",
    ],
)
def test_in_car_settings_are_few_and_named_and_finite_or_refused(settings: Any) -> None:
    with pytest.raises(DocumentRefused) as caught:
        sound("state", {**STATE, "InCar": settings})
    assert caught.value.field == "InCar"
    assert len(str(caught.value)) < 160


def test_in_car_settings_come_back_to_who_gets_in_as_they_were_told() -> None:
    told = {"dcTractionControl": 4, "dcBrakeBias": 54.25, "dcABSToggle": False}
    state = run_state(sound("state", {**STATE, "InCar": told}))
    assert state.in_car == (("dcABSToggle", False), ("dcBrakeBias", 54.25), ("dcTractionControl", 4))
    assert run_state(sound("state", {**STATE, "InCar": {}})).in_car == ()
    assert run_state(sound("state", {**STATE, "InCar": None})).in_car is None


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.datetimes(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=4,
)


@given(st.sampled_from(sorted(KINDS)), st.data())
def test_anything_comes_through_finite_and_bounded_or_is_refused_in_a_short_sentence(doc_id: str, data: Any) -> None:
    written, rules = KINDS[doc_id]
    changes = data.draw(st.dictionaries(st.sampled_from(sorted(rules)) | st.text(max_size=9), ANYTHING, max_size=3))
    try:
        found = sound(doc_id, {**written, **changes})
    except DocumentRefused as why:
        assert why.field in rules
        assert len(str(why)) < 160
        return
    assert found.keys() == rules.keys()
    for value in found.values():
        levels = list(value.values()) if isinstance(value, dict) else [value]
        assert all(level is None or isinstance(level, str | int | float | datetime) for level in levels)
        assert all(isinstance(level, str | datetime | None) or abs(level) < 2**54 for level in levels)
        assert len(levels) <= 64
        assert not isinstance(value, str) or len(value) <= 64


@pytest.mark.parametrize(
    ("clock", "is_refused"),
    [
        (None, False),
        (SessionClock(SESSION, STATE["SessionTime"] - 59.0), False),
        (SessionClock(SESSION, STATE["SessionTime"] - AHEAD_S), False),
        (SessionClock(SESSION, STATE["SessionTime"] - AHEAD_S - 0.1), True),
        (SessionClock((1, 1, 1), 0.0), False),
        (SessionClock(SESSION, 1e5), False),
    ],
)
def test_a_state_of_the_sessions_future_was_seen_by_nobody(clock: SessionClock | None, is_refused: bool) -> None:
    """Only a simulator that shows that very session can tell."""
    counts, why = standing("state", STATE, clock)
    assert (counts, why is not None) == (None if is_refused else STATE, is_refused)
    if is_refused:
        with pytest.raises(DocumentRefused):
            check_time(STATE, clock)


@pytest.mark.parametrize(
    ("odd", "doc_id"),
    [
        ({**STATE, "SessionTime": 1e9}, "state"),
        ({**STATE, "SessionTime": math.nan}, "state"),
        ({**STATE, "Stint": math.inf}, "state"),
        ({**STATE, "SchemaVersion": 10**18}, "state"),
        ({**INFO, "SessionID": math.nan}, "info"),
    ],
)
def test_whoever_wrote_what_is_refused_blocks_nobody(odd: dict[str, Any], doc_id: str) -> None:
    """It counts as not there: ours is written over it."""
    wins = {"state": state_wins, "info": info_wins}[doc_id]
    counts, why = standing(doc_id, odd)
    assert counts is None
    assert why is not None
    assert wins(counts, KINDS[doc_id][0])


@pytest.mark.parametrize(("info", "state"), [({"SessionID": math.nan}, None), (None, {"SessionTime": math.inf})])
def test_what_is_refused_proves_no_older_session(info: Any, state: Any) -> None:
    """Removed is only on proof."""
    begins = {"certain": False, "live": True, "SessionTime": 3.0, **NO_SESSION}
    info_counts, _ = standing("info", info and {**INFO, **NO_SESSION, **info})
    state_counts, _ = standing("state", state and {**STATE, **NO_SESSION, **state})
    assert not must_purge(begins, info_counts, state_counts)


@pytest.mark.parametrize("version", [2, 2.0, 17])
def test_what_a_version_to_come_has_written_is_left_alone(version: float) -> None:
    state, why = standing("state", {"SchemaVersion": version, "SessionTime": "in another way"})
    info, _ = standing("info", {**INFO, "SchemaVersion": version})
    assert "please update" in str(why)
    assert not state_wins(state, STATE)
    assert not info_wins(info, INFO)
    assert state is not None
    assert not is_foreign(state, {**STATE, **NO_SESSION})
    begins = {"certain": False, "live": True, "SessionTime": 3.0, "SessionID": 5, "SubSessionID": 5, "SessionNum": 0}
    assert not must_purge(begins, info, state)
