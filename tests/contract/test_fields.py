"""Each field of a document has its own value: in a lap, a state or an info in which no two values are alike."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from race.driving import session_info
from teamtactics import __version__
from teamtactics.contract.documents import info_document, lap_document, state_document
from teamtactics.contract.fold_parcels import numbers_parcel, part_parcel
from teamtactics.contract.foreign import run_state, sound
from teamtactics.contract.lap_facts import shown_lap
from teamtactics.contract.parcels import Ledger, lap_parcel, purge_parcel, told_anew
from teamtactics.model.events import LapFinished, RunEvent, RunEventKind
from teamtactics.model.facts import LapFacts
from teamtactics.model.parcel import Document, ParcelKind
from teamtactics.model.records import LapRecord, LapTally, Moment, RunState, UtcMark
from teamtactics.model.session import Entry, SessionEntry

UTC_AT_LINE = datetime(2026, 11, 26, 1, 2, 3, tzinfo=UTC)
MARK = UtcMark(100.0, UTC_AT_LINE)
TALLY = LapTally(
    fuel_added_l=21.5,
    tow_s=31.0,
    repair_s=32.0,
    optional_repair_s=33.0,
    pit_enter=Moment(801.0, 50_801.0),
    stop_moving=Moment(802.0, 50_802.0),
    start_moving=Moment(803.0, 50_803.0),
    pit_exit=Moment(804.0, 50_804.0),
    pit_sv_flags=63,
)
AT_LINE: dict[str, tuple[str, bool | int | float]] = {
    "air_temp": ("AirTemp", 20.5),
    "track_wetness": ("TrackWetness", 2),
    "weather_declared_wet": ("WeatherDeclaredWet", False),
    "player_tire_compound": ("PlayerTireCompound", 1),
    "player_car_team_incident_count": ("PlayerCarTeamIncidentCount", 17),
}
"""What is true at the line: the name in a frame, and name and value in a document."""
RECORD = LapRecord(
    lap_completed=7,
    official_s=91.25,
    measured_s=91.5,
    customer_id=101,
    driver="Ada Falk",
    stint=3,
    stint_lap=4,
    fuel_level_l=41.5,
    fuel_used_l=2.75,
    on_pit_road=True,
    track_temp_c=30.5,
    pit_sv_flags=63,
    session_time_s=810.0,
    time_of_day_s=50_810.0,
    session_state=5,
    session_flags=268_435_456,
    gap_s=1.5,
    tally=TALLY,
    utc_s=UTC_AT_LINE.timestamp(),
    values=tuple(sorted((field, value) for field, (_, value) in AT_LINE.items())),
)
PITS = {
    "PlayerCarTowTime": 31.0,
    "PitRepairLeft": 32.0,
    "PitOptRepairLeft": 33.0,
    "PitEnterTime": 801.0,
    "StopMovingTime": 802.0,
    "StartMovingTime": 803.0,
    "PitExitTime": 804.0,
    "PitEnterTimeOfDay": 50_801.0,
    "StopMovingTimeOfDay": 50_802.0,
    "StartMovingTimeOfDay": 50_803.0,
    "PitExitTimeOfDay": 50_804.0,
}
LAP: dict[str, Any] = {
    "LapCompleted": 7,
    "LapLastLapTime": 91.25,
    "LapTimeMeasured": 91.5,
    "CustomerID": 101,
    "Driver": "Ada Falk",
    "Stint": 3,
    "StintLap": 4,
    "FuelLevel": 41.5,
    "FuelUsed": 2.75,
    "FuelAdded": 21.5,
    "OnPitRoad": True,
    "TrackTemp": 30.5,
    **dict(AT_LINE.values()),
    "Utc": UTC_AT_LINE,
    "PitSvFlags": 63,
    "SessionTime": 810.0,
    "SessionTimeOfDay": 50_810.0,
    "SessionState": 5,
    "SessionFlags": 268_435_456,
    "Source": "driver",
    "Gap": 1.5,
    **PITS,
}
STATE_OF_CAR = RunState(
    session_time_s=900.0,
    customer_id=202,
    driver="Ben Ruiz",
    stint=4,
    stint_lap=1,
    lap_completed=8,
    lap_last_lap_time_s=92.5,
    lap_start_s=899.0,
    fuel_level_l=38.0,
    fuel_at_lap_start_l=38.5,
    on_pit_road=False,
    tally=TALLY,
    in_car=(("dcABS", 3.0), ("dcBrakeBias", 54.5)),
)
OWN = Entry(5, 101, "Ada Falk", 77, "Falk & Ruiz", "porsche992rgt3", "Porsche 911 GT3 R", 169)
INFO = session_info(sessions=(SessionEntry(2, "Race", 120, 7200.0),), own=OWN, fuel_max_l=88.0, event_type="Special")
STATE: dict[str, Any] = {
    "SchemaVersion": 1,
    "ClientVersion": __version__,
    "SessionID": 1000,
    "SubSessionID": 2000,
    "SessionNum": 2,
    "SessionTime": 900.0,
    "CustomerID": 202,
    "Driver": "Ben Ruiz",
    "Stint": 4,
    "StintLap": 1,
    "LapCompleted": 8,
    "LapLastLapTime": 92.5,
    "LapStartTime": 899.0,
    "FuelLevel": 38.0,
    "FuelAtLapStart": 38.5,
    "FuelAdded": 21.5,
    "OnPitRoad": False,
    "PitSvFlags": 63,
    "Utc": UTC_AT_LINE,
    "InCar": {"dcABS": 3.0, "dcBrakeBias": 54.5},
    **PITS,
}


def test_a_lap_document_says_each_thing_under_its_own_name() -> None:
    assert lap_document(RECORD, utc=UTC_AT_LINE) == LAP
    assert lap_document(RECORD, "teammate", UTC_AT_LINE)["Source"] == "teammate"


def test_a_lap_document_is_read_as_the_record_that_it_was() -> None:
    assert shown_lap("7", LAP) == (RECORD, True)
    assert shown_lap("7", {**LAP, "Source": "teammate"}) == (RECORD, False)
    old = {name: value for name, value in LAP.items() if name != "Source"}
    assert shown_lap("7", old)[1], "an older client wrote the driver's own laps only"


def test_of_a_lap_whose_line_nobody_saw_the_request_is_that_of_its_stop() -> None:
    unseen = lap_document(replace(RECORD, was_line_seen=False, pit_sv_flags=15), utc=UTC_AT_LINE)
    assert unseen["PitSvFlags"] == 63
    assert (unseen["SessionTime"], unseen["OnPitRoad"], unseen["Utc"]) == (None, None, None)
    shown, _ = shown_lap("7", unseen)
    assert (shown.was_line_seen, shown.session_time_s, shown.utc_s) == (False, 0.0, None)
    assert shown.tally == TALLY


def test_a_request_as_it_stands_at_the_line_is_no_stops_request() -> None:
    shown, _ = shown_lap("7", {**LAP, "StopMovingTime": None, "StopMovingTimeOfDay": None})
    assert shown.pit_sv_flags == 63
    assert shown.tally.pit_sv_flags is None


def test_a_lap_without_a_gap_has_none() -> None:
    assert shown_lap("7", {**LAP, "Gap": None})[0].gap_s == 0.0


def test_a_state_says_each_thing_under_its_own_name_and_is_read_so() -> None:
    document = state_document(STATE_OF_CAR, INFO, 2, UTC_AT_LINE)
    assert document == STATE
    assert run_state(sound("state", document)) == STATE_OF_CAR
    assert state_document(replace(STATE_OF_CAR, in_car=None), INFO, 2)["InCar"] is None


def test_an_info_says_each_thing_under_its_own_name() -> None:
    assert info_document(INFO, 2, 12) == {
        "SchemaVersion": 1,
        "ClientVersion": __version__,
        "Track": "ring",
        "TrackID": 9,
        "TeamName": "Falk & Ruiz",
        "TeamID": 77,
        "Car": "Porsche 911 GT3 R",
        "CarID": 169,
        "SessionType": "Race",
        "EventType": "Special",
        "SessionLaps": 120,
        "SessionTime": 7200.0,
        "SessionID": 1000,
        "SubSessionID": 2000,
        "SessionNum": 2,
        "SessionUniqueID": 12,
        "FuelMax": 88.0,
    }
    assert info_document(INFO, 2, 0)["SessionUniqueID"] is None, "0: the simulator does not say"


@pytest.mark.parametrize("changes", [{"own": None}, {"sessions": ()}])
def test_no_info_is_written_of_a_session_that_the_text_does_not_name_yet(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="does not name"):
        info_document(replace(INFO, **changes), 2)


LEDGER = Ledger("c", "t", INFO, 2, 12)


def test_a_message_says_who_and_when_and_what() -> None:
    event = RunEvent(RunEventKind.PIT_ENTER, Moment(898.5, 50_898.0), STATE_OF_CAR)
    announced, state = LEDGER.parcels(event, MARK)
    message = announced.message
    assert message is not None
    assert announced.kind is ParcelKind.EVENT
    assert (announced.key, announced.session_time_s, announced.document) == ("event/pitEnter/898.500", 898.5, None)
    told = dict(message.data)
    payload: Any = told.pop("payload")
    assert told == {"schema": 1, "type": "pitEnter", "session": "c", "sessionTime": 898.5, "customerId": 202}
    assert payload == {**STATE, "SessionTime": 898.5, "Utc": "2026-11-26T01:15:21.500Z"}
    assert state.kind is ParcelKind.STATE
    assert (state.key, state.doc_id, state.session_time_s, state.message) == ("state", "state", 900.0, None)
    assert state.document == {**STATE, "Utc": MARK.utc_at(900.0)}


def test_the_message_of_a_lap_names_its_driver_and_its_line() -> None:
    parcel = lap_parcel("c", "t", LapFinished(RECORD, STATE_OF_CAR, LapFacts(7, 101), is_whole=True), MARK)
    assert (parcel.kind, parcel.key, parcel.doc_id) == (ParcelKind.LAP, "lap/7", "7")
    assert (parcel.session_time_s, parcel.document) == (810.0, {**LAP, "Utc": MARK.utc_at(810.0)})
    message = parcel.message
    assert message is not None
    assert (message.type, message.data["customerId"], message.data["sessionTime"]) == ("lap", 101, 810.0)
    other = lap_parcel(
        "c", "t", LapFinished(replace(RECORD, customer_id=202), STATE_OF_CAR, LapFacts(7, 101), is_whole=True), MARK
    )
    assert other.message is not None
    assert other.message.id != message.id, "another driver's client tells of it in its own words"


def test_a_lap_told_anew_names_its_driver_and_nobody_where_nobody_knows_him() -> None:
    told = [told_anew("c", "t", {**LAP, "CustomerID": who}).message for who in (101, None)]
    assert [message and message.data["customerId"] for message in told] == [101, None]


def test_the_message_of_a_session_names_the_member_and_is_the_same_for_the_same_info() -> None:
    parcel = LEDGER.info_parcel(12.3456, 101)
    message = parcel.message
    assert message is not None
    assert (parcel.kind, parcel.doc_id, parcel.session_time_s) == (ParcelKind.INFO, "info", 12.3456)
    assert parcel.key.startswith("info/12.346/")
    assert (message.type, message.data["customerId"], message.data["sessionTime"]) == ("session", 101, 12.3456)
    assert message.data["payload"] == info_document(INFO, 2, 12)
    later, other = (
        LEDGER.info_parcel(99.0, 202),
        replace(LEDGER, session_num=0, info=session_info()).info_parcel(1.0, 1),
    )
    assert later.message is not None
    assert other.message is not None
    assert later.message.id == message.id != other.message.id
    assert later.key != parcel.key


def test_a_lap_that_was_not_seen_whole_leaves_its_state_alone() -> None:
    for is_whole in (True, False):
        parcels = LEDGER.parcels(LapFinished(RECORD, STATE_OF_CAR, LapFacts(7, 101), is_whole=is_whole), MARK)
        assert [parcel.kind for parcel in parcels] == [ParcelKind.LAP, ParcelKind.STATE][not is_whole :]


def test_every_message_of_a_race_has_an_id_of_its_own() -> None:
    """Of its collection, its session, its kind and its fact; 32 characters, of which a subscriber makes a key."""
    ledgers = [LEDGER, replace(LEDGER, collection="d"), replace(LEDGER, token="u")]
    events = [
        RunEvent(kind, Moment(at_s, None), STATE_OF_CAR)
        for kind in (RunEventKind.PIT_ENTER, RunEventKind.PIT_EXIT)
        for at_s in (1.0, 2.0)
    ]
    ids = [ledger.parcels(event, MARK)[0].message for ledger in ledgers for event in events]
    assert len({message.id for message in ids if message is not None}) == len(ledgers) * len(events)
    assert {len(message.id) for message in ids if message is not None} == {32}


def test_the_order_to_remove_an_older_session_names_the_run_it_is_of() -> None:
    facts: Document = {"SessionID": 1000, "SessionUniqueID": 4}
    order = purge_parcel("c", 3.0, facts)
    assert (order.kind, order.key, order.collection) == (ParcelKind.PURGE, "purge/4", "c")
    assert (order.session_time_s, order.document, order.doc_id, order.message) == (3.0, facts, None, None)
    assert [purge_parcel("c", 3.0, {"SessionUniqueID": run}).key for run in (None, 0)] == ["purge", "purge"]


def test_a_part_owed_again_is_another_parcel_only_over_another_version() -> None:
    part: Document = {"LapCompleted": 7}
    parcel = part_parcel("c", "part 7 101", part, 810.0, 0)
    assert (parcel.kind, parcel.collection, parcel.doc_id) == (ParcelKind.PART, "c", "part 7 101")
    assert (parcel.session_time_s, parcel.document, parcel.message) == (810.0, part, None)
    keys = {
        part_parcel("c", doc_id, part, 810.0, over).key
        for doc_id in ("part 7 101", "part 71 01", "part 7 102")
        for over in (0, 1)
    }
    assert len(keys) == 6
    assert parcel.key == part_parcel("c", "part 7 101", part, 811.0, 0).key


def test_new_numbers_of_a_lap_are_told_with_the_lap_that_has_them() -> None:
    stands = {**LAP, "Updated": UTC_AT_LINE}
    parcel = numbers_parcel("c", "t", stands, (5, 2), 9)
    assert (parcel.kind, parcel.collection, parcel.doc_id) == (ParcelKind.NUMBERS, "c", "7")
    assert parcel.document == {"Stint": 5, "StintLap": 2}
    assert parcel.session_time_s == 810.0
    message = parcel.message
    assert message is not None
    assert message.data["payload"] == {**LAP, "Stint": 5, "StintLap": 2, "Utc": "2026-11-26T01:02:03.000Z"}
    assert parcel.key != numbers_parcel("c", "t", stands, (5, 2), 10).key
    assert message.id != told_anew("c", "t", LAP).message.id  # type: ignore[union-attr]


def test_every_message_names_its_collection_and_its_id_is_made_of_the_fact_alone() -> None:
    """Whoever tells it, in whatever version: who drops repeats by id must not hear it twice."""
    lap = lap_parcel("c", "t", LapFinished(RECORD, STATE_OF_CAR, LapFacts(7, 101)), MARK).message
    enters = LEDGER.parcels(RunEvent(RunEventKind.PIT_ENTER, Moment(898.5, 50_898.0), STATE_OF_CAR), MARK)[0].message
    (in_ledger, _) = LEDGER.parcels(LapFinished(RECORD, STATE_OF_CAR, LapFacts(7, 101)), MARK)
    anew, numbered = told_anew("c", "t", LAP).message, numbers_parcel("c", "t", LAP, (5, 2), 9).message
    info = LEDGER.info_parcel(1.0, 101).message
    for message in (lap, enters, in_ledger.message, anew, numbered, info):
        assert message is not None
        assert message.data["session"] == "c"
    assert lap == in_ledger.message
    assert lap is not None
    assert enters is not None
    for message, fact in ((lap, "c|t|lap|7/101"), (enters, "c|t|pitEnter|898.500")):
        assert message.id == hashlib.sha256(fact.encode()).hexdigest()[:32]
    assert anew is not None
    said = {**LAP, "Utc": "2026-11-26T01:02:03.000Z"}
    digest = hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:32]
    assert anew.id == hashlib.sha256(f"c|t|lap|7/{digest}".encode()).hexdigest()[:32]


@pytest.mark.parametrize("kind", RunEventKind)
def test_that_somebody_left_the_car_or_put_it_back_is_written_and_announced_to_nobody(kind: RunEventKind) -> None:
    is_silent = kind in (RunEventKind.DRIVER_LEFT, RunEventKind.RESET, RunEventKind.STATE_DUE)
    parcels = LEDGER.parcels(RunEvent(kind, Moment(898.5, None), STATE_OF_CAR), MARK)
    assert [parcel.kind for parcel in parcels] == [ParcelKind.EVENT, ParcelKind.STATE][is_silent:]
