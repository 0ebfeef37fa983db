"""The data contract, line by line: names, fields, types, ids. A race of the scripted simulator is the material."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from contract.test_fields import LAP as ALL
from race.driving import seen, session_info
from race.test_properties import whole
from support import schemas
from teamtactics.contract.documents import SOURCE_TEAMMATE, lap_document, state_document
from teamtactics.contract.foreign import run_state, sound
from teamtactics.contract.names import collection_id, escape
from teamtactics.contract.parcels import Ledger, told_anew
from teamtactics.contract.values import AT_LINE
from teamtactics.demo.views import _SCALARS
from teamtactics.model.events import LapFinished, RunEvent
from teamtactics.model.facts import Vantage
from teamtactics.model.parcel import Document, Parcel, ParcelKind, iso_utc
from teamtactics.model.records import UtcMark
from teamtactics.race.identity import SessionSeen, is_another
from teamtactics.race.record.record import Record

MARK = UtcMark(100.0, datetime(2026, 11, 26, 1, 2, 3, 456_789, tzinfo=UTC))
NUMBER = (int, float)
OPTIONAL = (int, float, type(None))
MOMENTS = {
    f"{name}Time{clock}": (float, type(None))
    for name in ("PitEnter", "StopMoving", "StartMoving", "PitExit")
    for clock in ("", "OfDay")
}
MAXIMA = {"PlayerCarTowTime": (float,), "PitRepairLeft": (float,), "PitOptRepairLeft": (float,)}
LAP = {
    "LapCompleted": (int,),
    "LapLastLapTime": (float, type(None)),
    "LapTimeMeasured": (float, type(None)),
    "CustomerID": (int,),
    "Driver": (str,),
    "Stint": (int,),
    "StintLap": (int,),
    "FuelLevel": (float,),
    "FuelUsed": (float, type(None)),
    "FuelAdded": (float, type(None)),  # null: some of it may have come in before nobody's eyes
    "OnPitRoad": (bool,),
    "TrackTemp": (float,),
    # The race that these documents are of shows not all that a simulator has.
    **{row.name: (type(ALL[row.name]), *([] if row.field in _SCALARS else [type(None)])) for row in AT_LINE},
    "Utc": (datetime,),
    "PitSvFlags": (int, type(None)),  # null: a stop was made whose request nobody of ours has seen
    "SessionTime": (float,),
    "SessionTimeOfDay": (float,),
    "SessionState": (int,),
    "SessionFlags": (int,),
    "Source": (str,),
    "Gap": (float,),
    **MAXIMA,
    **MOMENTS,
}
HIDDEN_FROM_TEAM_MATES = ("PlayerTireCompound", "FuelLevel", "FuelUsed", "FuelAdded", "PitSvFlags", *MAXIMA)
BACK_FILLED = {
    **LAP,
    **{name: (type(None),) for name in HIDDEN_FROM_TEAM_MATES},
    "FuelAdded": (float, type(None)),  # of a car that was on the track all the time one can see that nothing came in
}
STATE = {
    "SchemaVersion": (int,),
    "ClientVersion": (str,),
    "SessionID": (int,),
    "SubSessionID": (int,),
    "SessionNum": (int,),
    "SessionTime": (float,),
    "CustomerID": (int,),
    "Driver": (str, type(None)),
    "Stint": (int,),
    "StintLap": (int,),
    "LapCompleted": (int,),
    "LapLastLapTime": (float, type(None)),
    "LapStartTime": (float, type(None)),
    "FuelLevel": (float,),
    "FuelAtLapStart": (float, type(None)),
    "FuelAdded": (float, type(None)),
    "OnPitRoad": (bool,),
    "PitSvFlags": (int, type(None)),
    **MAXIMA,
    **MOMENTS,
    "Utc": (datetime,),
    "InCar": (dict,),
}
INFO = {
    "SchemaVersion": (int,),
    "ClientVersion": (str,),
    "Track": (str,),
    "TrackID": (int,),
    "TeamName": (str,),
    "TeamID": (int,),
    "Car": (str,),
    "CarID": (int,),
    "SessionType": (str,),
    "EventType": (str,),
    "SessionLaps": (int, type(None)),
    "SessionTime": (float, type(None)),
    "SessionID": (int,),
    "SubSessionID": (int,),
    "SessionNum": (int,),
    "SessionUniqueID": (int, type(None)),
    "FuelMax": (float, type(None)),
}


@cache
def race_parcels() -> tuple[Parcel, ...]:
    ledger = Ledger("Team@1#2#2", "2/2/3", session_info(), 2)
    parcels = tuple(parcel for member in (0, 1) for event in whole(member) for parcel in ledger.parcels(event, MARK))
    for parcel in parcels:
        assert parcel.document is None or schemas.wrong(parcel.doc_id or "", parcel.document) == []
        assert parcel.message is None or schemas.wrong_message(parcel.message.data) == []
    return parcels


def documents(kind: ParcelKind) -> list[dict[str, object]]:
    return [dict(parcel.document) for parcel in race_parcels() if parcel.kind is kind and parcel.document is not None]


def back_filled() -> list[Document]:
    """The laps of the other driver as they are known to one who saw them from outside only."""
    record = Record()
    outside = (facts for facts in seen(list(whole(0))) if not any(s.vantage is Vantage.CAR for s in facts.sights))
    record.learn(outside)
    folded = [record.lap(lap) for lap in record.laps if record.is_complete(lap)]
    return [
        lap_document(lap.record, SOURCE_TEAMMATE, MARK.utc_at(lap.record.session_time_s))
        for lap in folded
        if lap is not None and not lap.is_drivers
    ]


def check(document: dict[str, object], fields: dict[str, tuple[type, ...]]) -> None:
    assert document.keys() == fields.keys()
    wrong = {name: value for name, value in document.items() if type(value) not in fields[name]}
    assert wrong == {}


def test_every_lap_document_has_exactly_the_contracts_fields_in_its_types() -> None:
    found = documents(ParcelKind.LAP)
    assert len(found) >= 6
    found += [dict(document) for document in back_filled()]
    assert {document["Source"] for document in found} == {"driver", "teammate"}
    for document in found:
        check(document, LAP if document["Source"] == "driver" else BACK_FILLED)


def test_every_state_document_has_the_contracts_fields_in_its_types() -> None:
    found = documents(ParcelKind.STATE)
    assert found
    for document in found:
        check(document, STATE)


def test_the_info_document_has_exactly_the_contracts_fields_in_its_types() -> None:
    parcel = Ledger("c", "t", session_info(), 2).info_parcel(1.0, 5)
    assert parcel.doc_id == "info"
    check(dict(parcel.document or {}), INFO)


def test_a_state_read_back_is_the_state_that_was_written() -> None:
    states = [event.state for event in whole(1) if isinstance(event, RunEvent | LapFinished)]
    assert states
    for state in states:
        document = state_document(state, session_info(), 2)
        assert run_state(sound("state", json.loads(json.dumps(document)))) == state


@pytest.mark.parametrize(
    "broken", [{"SchemaVersion": 2}, {"SessionTime": None}, {"SessionTime": "late"}, {"Stint": True}, {"Stint": None}]
)
def test_a_state_of_another_schema_or_without_sense_is_refused_by_name(broken: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"schema|SessionTime|Stint"):
        run_state(sound("state", {**documents(ParcelKind.STATE)[0], **broken}))  # type: ignore[dict-item]


def test_messages_carry_type_session_time_customer_and_payload() -> None:
    messages = [(parcel, parcel.message) for parcel in race_parcels() if parcel.message is not None]
    kinds = {message.type for _, message in messages}
    assert kinds == {"driver", "pitEnter", "stopMoving", "startMoving", "pitExit", "tow", "lap"}
    for parcel, message in messages:
        assert message.data.keys() == {"schema", "type", "session", "sessionTime", "customerId", "payload"}
        assert (message.data["schema"], message.data["type"]) == (1, message.type)
        assert message.data["session"] == parcel.collection
        payload = message.data["payload"]
        assert isinstance(payload, dict)
        fields = BACK_FILLED if payload.get("Source") == "teammate" else LAP
        # JSON has no moments: there it is text.
        check(payload, {**(fields if message.type == "lap" else STATE), "Utc": (str,)})
        assert payload["SessionTime"] == message.data["sessionTime"]


def test_message_ids_are_unique_stable_and_different_in_another_session_of_the_same_name() -> None:
    ids = [parcel.message.id for parcel in race_parcels() if parcel.message is not None]
    assert len(ids) == len(set(ids))
    lap = next(event for event in whole(0) if isinstance(event, LapFinished))
    today, again, tomorrow = (
        Ledger("Ada@car#ring#0", token, session_info(), 0).parcels(lap, MARK)[0].message
        for token in ("offline/1/0/1", "offline/1/0/1", "offline/86401/0/1")
    )
    assert today == again
    assert today is not None and tomorrow is not None
    assert today.id != tomorrow.id


def test_utc_is_the_moment_of_the_line_of_the_state_and_of_the_event_not_of_the_telling() -> None:
    """Counted from what the shell stamped; in a message it is text with Z, and Updated is in nothing of ours."""
    told: list[tuple[object, object]] = []
    for parcel in race_parcels():
        document, message = parcel.document or {}, parcel.message
        assert "Updated" not in document
        if document:
            told.append((document["SessionTime"], document["Utc"]))
        if message is not None:
            payload: Any = message.data["payload"]
            assert "Updated" not in payload
            text = payload["Utc"]
            assert text.endswith("Z")
            assert not document or iso_utc(document["Utc"]) == text  # type: ignore[arg-type]
            told.append((payload["SessionTime"], datetime.fromisoformat(text)))
            json.dumps(message.data)
    for at_s, utc in told:
        assert isinstance(at_s, float)
        assert isinstance(utc, datetime)
        assert utc.tzinfo == UTC
        assert (utc - MARK.utc).total_seconds() == pytest.approx(at_s - MARK.session_time_s, abs=0.001)


@given(st.integers(0, 36_000), st.integers(0, 36_000), st.integers(0, 36_000))
def test_a_moment_is_the_same_from_whichever_tick_of_a_recording_it_is_counted(tick: int, one: int, two: int) -> None:
    """A replay that was killed counts from another tick than one that was not."""
    began = datetime(2015, 5, 28, 18, 48, 39, tzinfo=UTC)
    marks = [UtcMark(4000.0 + n / 60, began + timedelta(seconds=n / 60)) for n in (one, two)]
    at = [mark.utc_at(4000.0 + tick / 60) for mark in marks]
    assert at[0] == at[1]
    assert abs(at[0] - began - timedelta(seconds=tick / 60)) <= timedelta(milliseconds=0.6)


def test_a_lap_whose_line_nobody_saw_has_nothing_that_is_true_at_the_line() -> None:
    record = next(event.record for event in whole(0) if isinstance(event, LapFinished))
    document = lap_document(replace(record, was_line_seen=False), utc=MARK.utc)
    assert {document[name] for name in (*(row.name for row in AT_LINE), "Utc", "TrackTemp")} == {None}


def test_what_the_build_does_not_have_is_null_and_still_there() -> None:
    record = next(event.record for event in whole(0) if isinstance(event, LapFinished))
    document = lap_document(replace(record, values=()))
    assert document.keys() == LAP.keys()
    assert {document[row.name] for row in AT_LINE} == {None}


def test_another_look_at_the_clock_is_no_other_message() -> None:
    """Whoever drops repeats by id must not hear of a lap twice, nor of a pit entry."""
    ledger = Ledger("Team@1#2#2", "2/2/3", session_info(), 2)
    later = UtcMark(100.0, MARK.utc + timedelta(seconds=7))
    for event in whole(0):
        one, two = ledger.parcels(event, MARK), ledger.parcels(event, later)
        assert [each.key for each in one] == [each.key for each in two]
        assert [each.message and each.message.id for each in one] == [each.message and each.message.id for each in two]


def test_a_lap_told_anew_is_another_message_as_soon_as_it_says_anything_else() -> None:
    """Also where only the moment is another: one id names one text, whoever of the team tells it."""
    lap = {"LapCompleted": 7, "FuelUsed": 2.5, "Utc": MARK.utc}
    said = [lap, dict(lap), {**lap, "FuelUsed": 2.6}, {**lap, "Utc": MARK.utc + timedelta(seconds=7)}]
    ids = [message.id for each in said if (message := told_anew("c", "t", each).message) is not None]
    assert ids[0] == ids[1]
    assert len(set(ids)) == 3


@pytest.mark.parametrize(
    ("known", "at_s"),
    [
        ({"SessionTime": 90.0, "PitEnterTime": 80.0}, 90.0),
        ({"SessionTime": None, "PitEnterTime": 70.0, "StopMovingTime": 80.0, "PitExitTime": None}, 80.0),
        ({"SessionTime": None}, 0.0),
    ],
)
def test_when_a_lap_told_anew_was_is_said_by_the_lap_alone(known: Document, at_s: float) -> None:
    """Two members who tell the same lap tell it under one id: then in the same words."""
    message = told_anew("c", "t", {"LapCompleted": 7, **known}).message
    assert message is not None
    assert message.data["sessionTime"] == at_s


def test_the_examples_of_the_contract() -> None:
    own = session_info().own
    assert own is not None
    solo = session_info(
        team_racing=False,
        track_name="monza full",
        own=replace(own, user_name="Robert Bausdorf", car_path="porsche991rsr"),
    )
    assert collection_id(solo, 0) == "Robert Bausdorf@porsche991rsr#monza full#0"
    team = session_info(
        session_id=118486868, subsession_id=28814031, own=replace(own, team_name="FBP Racing  ORANGE", team_id=9)
    )
    assert collection_id(team, 2) == "FBP Racing  ORANGE@118486868#28814031#2"


@pytest.mark.parametrize("change", [{"team_racing": False}, {"session_id": 0}])
def test_a_session_is_a_team_session_only_with_team_racing_a_team_and_a_session_id(change: dict[str, object]) -> None:
    assert session_info().is_team_session
    assert not session_info(**change).is_team_session
    own = session_info().own
    assert own is not None
    assert not session_info(own=replace(own, team_id=0)).is_team_session


@given(st.text(max_size=2000))
@example("a/b")
@example(".")
@example("..")
@example("__x__")
@example("____")
@example("ü" * 1000)
@example("\ud800")
def test_any_name_becomes_an_id_that_firestore_allows(name: str) -> None:
    made = escape(name)
    raw = made.encode("utf-8")
    assert 0 < len(raw) <= 1500
    assert "/" not in made
    assert made not in (".", "..")
    assert not (made.startswith("__") and made.endswith("__"))


@given(st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="/\0"), min_size=1, max_size=300))
def test_an_ordinary_name_is_not_changed(name: str) -> None:
    full = f"{name}@118486868#28814031#2"
    assert escape(full) == full


SEEN = SessionSeen(0, 0, 600.0)


@pytest.mark.parametrize(
    ("now", "is_proved"),
    [
        (replace(SEEN, session_time_s=700.0, laps=3), False),  # went on
        (replace(SEEN, session_time_s=590.0, laps=3), False),  # a clock set back by seconds proves nothing
        (replace(SEEN, session_time_s=100.0, laps=0), False),  # nor one that is not near 0
        (replace(SEEN, session_time_s=5.0, laps=3), False),  # nor one without the laps
        (replace(SEEN, session_time_s=5.0), False),
        (replace(SEEN, session_time_s=5.0, laps=-1), True),
        (replace(SEEN, session_time_s=5.0, laps=0), True),
        (replace(SEEN, subsession_id=5, session_time_s=700.0), True),
    ],
)
def test_an_offline_session_is_another_one_only_on_proof(now: SessionSeen, *, is_proved: bool) -> None:
    assert is_another(SEEN, now) is is_proved


def test_an_online_session_is_known_by_its_ids_whatever_the_clocks_say() -> None:
    online = replace(SEEN, session_id=7, subsession_id=8)
    assert not is_another(online, replace(online, session_time_s=1.0, laps=0))
    assert is_another(online, replace(online, session_id=9))


def test_of_a_session_of_which_nothing_is_known_nothing_is_proved() -> None:
    assert not is_another(SessionSeen(None, None, 600.0), replace(SEEN, session_time_s=1.0, laps=0))


@pytest.mark.parametrize("ids", [(0, 0), (7, 8)])
@pytest.mark.parametrize(
    ("before", "now", "is_proved"),
    [(3, 4, True), (3, 3, False), (4, 3, False), (None, 4, False), (0, 4, False), (3, None, False), (3, 0, False)],
)
def test_a_higher_run_is_another_session_and_a_lower_or_missing_one_proves_nothing(
    ids: tuple[int, int], before: int | None, now: int | None, *, is_proved: bool
) -> None:
    """Whatever the clock says: a restart is seen when it is on its way already, too."""
    known, seen = SessionSeen(*ids, 600.0, unique_id=before), SessionSeen(*ids, 700.0, 3, now)
    assert is_another(known, seen) is is_proved
