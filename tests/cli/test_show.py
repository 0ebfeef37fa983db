"""What `teamtactics show` prints, for people and for programs, on any console."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from teamtactics import language
from teamtactics.cli.show import Format, show, show_team
from teamtactics.contract.member import member_document, member_id
from teamtactics.model.mirror import Mirrored
from teamtactics.model.parcel import FIRESTORE, Document, Parcel, ParcelKind, Value
from teamtactics.model.status import CHECK_OK, Member
from teamtactics.reports.summary import LAP_COLUMNS
from teamtactics.reports.tables import printable
from teamtactics.store.records import MEMBER
from teamtactics.store.store import Outbox

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
TEAM = "FBP Racing  ORANGE@118486868#28814031#2"


def lap(number: int, **fields: Value) -> Document:
    known: dict[str, Value] = {
        "LapCompleted": number,
        "LapLastLapTime": 102.34564 + number,
        "LapTimeMeasured": 102.35 + number,
        "Driver": "Robert Bausdorf",
        "Stint": 1,
        "StintLap": number,
        "FuelLevel": 60.0 - number,
        "FuelUsed": 1.0,
        "FuelAdded": 0.0,
        "OnPitRoad": False,
        "TrackTemp": 31.2,
        "PitSvFlags": 0,
        "PlayerCarTowTime": 0.0,
        "Source": "driver",
        "Gap": 0.0,
    }
    return {**dict.fromkeys(LAP_COLUMNS), **known, **fields}


def record(outbox: Outbox, collection: str, *laps: Document) -> int:
    session = outbox.begin_session(collection, "t", {}, NOW)
    parcels = [Parcel(ParcelKind.INFO, "info/1", collection, 0.0, "info", {"Track": "monza full"})]
    for document in laps:
        name = str(document["LapCompleted"])
        parcels.append(Parcel(ParcelKind.LAP, f"lap/{name}", collection, 1.0, name, document))
    outbox.append(session.id, parcels, checkpoint=None, session_time_s=1.0, utc=NOW)
    return session.id


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Outbox]:
    with Outbox.open(tmp_path / "outbox.sqlite3", lambda: NOW) as outbox:
        yield outbox


@pytest.fixture
def outbox(empty: Outbox) -> Outbox:
    """Two sessions; the second with a stop that begins in lap 2 and ends in lap 3."""
    record(empty, "solo@porsche991rsr#monza full#0", lap(7))
    record(
        empty,
        TEAM,
        lap(1),
        lap(2, PitEnterTime=300.0, StopMovingTime=310.0, FuelAdded=40.0, PitSvFlags=0x7F, OnPitRoad=True),
        lap(3, StartMovingTime=340.25, PitExitTime=361.0, Stint=2, StintLap=1, Driver="Łukasz Żółty"),
        lap(4, LapLastLapTime=None, Stint=2, StintLap=2, Driver="Łukasz Żółty", Source="teammate"),
    )
    return empty


def shown(outbox: Outbox, session: str | None, fmt: Format = "table") -> str:
    out = io.StringIO()
    assert show(outbox, session, fmt, out) == 0
    return out.getvalue()


def cells(text: str, first: str) -> list[str]:
    """The words of the first line that begins with *first*."""
    rows = [line.replace("|", " ").split() for line in text.splitlines()]
    return next(row for row in rows if row[:1] == [first])


def test_an_empty_store_says_so(empty: Outbox) -> None:
    assert shown(empty, None) == "Nothing is recorded yet.\n"
    assert json.loads(shown(empty, None, "json")) == {"sessions": []}
    assert shown(empty, None, "csv") == "number,collection,laps,first_utc,last_utc,waiting\n"


def test_without_a_session_all_are_listed_newest_first_and_the_last_is_shown(outbox: Outbox) -> None:
    text = shown(outbox, None)
    assert cells(text, "2")[-6:] == ["4", "2026-03-01", "12:00:00", "2026-03-01", "12:00:00", "5"]
    assert text.index(TEAM) < text.index("solo@porsche991rsr#monza full#0") < text.index("Robert Bausdorf")
    listed = json.loads(shown(outbox, None, "json"))["sessions"]
    assert [one["number"] for one in listed] == [2, 1]
    assert listed[0] == {
        "number": 2,
        "collection": TEAM,
        "laps": 4,
        "first_utc": "2026-03-01T12:00:00+00:00",
        "last_utc": "2026-03-01T12:00:00+00:00",
        "waiting": 5,
    }
    rows = list(csv.DictReader(io.StringIO(shown(outbox, None, "csv"))))
    assert [row["collection"] for row in rows] == [TEAM, "solo@porsche991rsr#monza full#0"]


def test_waiting_goes_down_as_parcels_are_delivered(outbox: Outbox) -> None:
    outbox.mark_delivered(FIRESTORE, [one.seq for one in outbox.pending(FIRESTORE, 3)])
    assert [one["waiting"] for one in json.loads(shown(outbox, None, "json"))["sessions"]] == [4, 0]


def test_the_moment_of_a_lap_is_text_for_programs(empty: Outbox) -> None:
    record(empty, "c", lap(1, Utc=NOW, TrackWetness=3, WeatherDeclaredWet=True))
    (told,) = json.loads(shown(empty, "last", "json"))["laps"]
    assert (told["Utc"], told["TrackWetness"], told["WeatherDeclaredWet"]) == ("2026-03-01T12:00:00.000Z", 3, True)
    (row,) = csv.DictReader(io.StringIO(shown(empty, "last", "csv")))
    assert (row["Utc"], row["TrackWetness"], row["WeatherDeclaredWet"]) == ("2026-03-01T12:00:00.000Z", "3", "true")


@pytest.mark.parametrize("wanted", ["2", TEAM, "last"])
def test_a_session_is_found_by_number_by_name_and_as_the_last(outbox: Outbox, wanted: str) -> None:
    assert json.loads(shown(outbox, wanted, "json"))["session"]["number"] == 2


def test_a_name_that_was_used_again_means_the_newest(outbox: Outbox) -> None:
    again = record(outbox, "solo@porsche991rsr#monza full#0", lap(1))
    assert json.loads(shown(outbox, "solo@porsche991rsr#monza full#0", "json"))["session"]["number"] == again


def test_an_unknown_session_is_answered_with_those_that_exist(outbox: Outbox) -> None:
    for fmt in ("table", "json", "csv"):
        out, err = io.StringIO(), io.StringIO()
        assert show(outbox, "99", fmt, out, err) == 1
        assert out.getvalue() == "", "a program that reads the output gets no prose"
        assert "teamtactics: there is no session 99; give" in err.getvalue()
        assert f"2  {TEAM}" in err.getvalue()


def test_many_sessions_are_not_all_named(empty: Outbox) -> None:
    err = io.StringIO()
    assert show(empty, "last", "table", io.StringIO(), err) == 1
    assert "nothing is recorded yet" in err.getvalue()
    for number in range(14):
        record(empty, f"name {number}")
    assert show(empty, "x", "table", io.StringIO(), err) == 1
    assert "and 4 older ones" in err.getvalue()


def test_without_a_console_for_errors_the_answer_goes_to_the_output(
    outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A windowed program on Windows has no standard error."""
    monkeypatch.setattr("sys.stderr", None)
    out = io.StringIO()
    assert show(outbox, "99", "table", out) == 1
    assert "teamtactics: there is no session 99; give" in out.getvalue()


def test_laps_stints_and_stops_are_printed_with_all_that_is_known(outbox: Outbox) -> None:
    text = shown(outbox, "2")
    laps, stints, stops = text[: text.index("Stints")], text[text.index("Stints") : text.index("Stops")], text
    assert cells(laps, "1")[:4] == ["1", "1:43.3456", "1:43.3500", "Robert"]
    assert cells(laps, "2")[5:] == ["1", "2", "58.00", "1.000", "40.00", "31.2", "yes", "0:05:00.0", "–", "–", "–"]
    assert cells(laps, "3")[-4:] == ["–", "0:06:01.0", "61.0", "30.2"]
    assert cells(laps, "4")[1] == "–"
    assert cells(laps, "4")[-1] == "teammate"
    assert cells(stints, "1") == ["1", "Robert", "Bausdorf", "2", "1", "2", "1", "1:43.3456", "1:43.3456", "1.000"]
    assert cells(stints, "2") == ["2", "Łukasz", "Żółty", "2", "3", "4", "0", "–", "–", "1.000"]
    stop = "2 3 0:05:00.0 0:05:10.0 0:05:40.2 0:06:01.0 61.0 30.2 40.00 LF RF LR RR fuel tear-off fast-repair"
    assert stop in [" ".join(line.split()) for line in stops.splitlines()]


def test_what_never_happened_takes_no_column(outbox: Outbox) -> None:
    head = next(line for line in shown(outbox, "1").splitlines() if "Lap time" in line)
    assert " ".join(head.split()) == "Lap Lap time Measured Driver Stint Stint lap Fuel L Used L Track °C"
    assert "Stops" not in shown(outbox, "1")


def test_a_tow_a_repair_and_a_gap_are_printed(empty: Outbox) -> None:
    record(empty, "c", lap(1), lap(2, PlayerCarTowTime=30.0, PitRepairLeft=8.0, PitOptRepairLeft=4.0, Gap=2.5))
    assert cells(shown(empty, "last"), "2")[-4:] == ["30.0", "8.0", "4.0", "2.5"]


def test_what_else_is_known_of_laps_is_printed_with_its_meaning(empty: Outbox) -> None:
    session = record(empty, "c", lap(1, Utc=NOW, SessionTime=100.0, CustomerID=7), lap(2), lap(4))
    laps = {str(one["LapCompleted"]): one for one in empty.documents(session, ParcelKind.LAP)}
    stamp = int(NOW.timestamp()) * 10**9
    names = {**laps, "3": lap(3), "part 2 7": {}}
    empty.keep_mirror("c", [Mirrored(name, names[name], stamp, stamp) for name in ("1", "3", "part 2 7")])
    text = shown(empty, "last")
    assert [cells(text, number)[-1] for number in ("2", "3", "4")] == ["HA", "C", "H"]
    assert "H: not confirmed by the team's collection so far, or not all of it (laps 2, 4)" in text
    assert "C: only in the team's collection, not seen by this PC (lap 3)" in text
    assert "Last lap 2026-03-01 12:00:00, newest word of the team's collection 2026-03-01 12:00:00 (UTC)" in text
    found = json.loads(shown(empty, "last", "json"))
    assert found["marks"] == {"2": ["amended", "only here"], "3": ["only there"], "4": ["only here"]}
    assert found["session"]["told_utc"] == "2026-03-01T12:00:00.000Z"


def test_who_did_not_drive_has_the_laps_of_the_others_in_his_list(empty: Outbox) -> None:
    record(empty, "c")
    empty.keep_mirror("c", [Mirrored(str(number), lap(number), number, number) for number in (1, 2, 3)])
    assert [one["laps"] for one in json.loads(shown(empty, None, "json"))["sessions"]] == [3]
    assert cells(shown(empty, None), "3")


def test_missing_laps_are_said(empty: Outbox) -> None:
    record(empty, "c", lap(3), lap(5))
    assert "Laps 1–2, 4 are missing: nobody has told of them." in shown(empty, "last")
    assert json.loads(shown(empty, "last", "json"))["session"]["missing"] == [[1, 2], [4, 4]]


def test_who_drove_before_a_stop_and_behind_it_is_printed(empty: Outbox) -> None:
    stood: dict[str, Value] = {"PitEnterTime": 150.0, "StopMovingTime": 160.0, "StartMovingTime": 190.0}
    change = lap(2, SessionTime=200.0, Driver="Łukasz Żółty", **stood)
    record(empty, "c", lap(1, SessionTime=100.0), change)
    assert "Robert Bausdorf > Łukasz Żółty" in shown(empty, "last")


def test_a_session_without_laps_says_so(empty: Outbox) -> None:
    record(empty, "c")
    assert shown(empty, "last").endswith("No lap is recorded.\n")


def test_json_holds_the_documents_as_in_the_contract(outbox: Outbox) -> None:
    found = json.loads(shown(outbox, "2", "json"))
    assert list(found) == ["session", "laps", "stints", "stops", "marks"]
    assert found["session"]["info"] == {"Track": "monza full"}
    assert found["laps"] == outbox.documents(2, ParcelKind.LAP)
    assert found["marks"] == {str(lap): ["only here"] for lap in (1, 2, 3, 4)}
    assert found["laps"][3]["LapLastLapTime"] is None
    assert found["stints"][0]["drivers"] == ["Robert Bausdorf"]
    assert found["stops"][0]["services"] == ["LF", "RF", "LR", "RR", "fuel", "tear-off", "fast-repair"]
    assert found["stops"][0]["stationary_s"] == 30.25
    assert "Łukasz" in shown(outbox, "2", "json")


def test_numbers_that_json_does_not_have_are_null(empty: Outbox) -> None:
    record(empty, "c", lap(1, FuelLevel=float("nan"), TrackTemp=float("inf")))
    found = json.loads(shown(empty, "last", "json"), parse_constant=pytest.fail)
    assert (found["laps"][0]["FuelLevel"], found["laps"][0]["TrackTemp"]) == (None, None)
    assert cells(shown(empty, "last"), "1")
    assert "nan" not in shown(empty, "last", "csv")


def test_csv_holds_the_documents_under_the_contracts_names(outbox: Outbox) -> None:
    rows = list(csv.DictReader(io.StringIO(shown(outbox, "2", "csv"))))
    assert list(rows[0]) == list(LAP_COLUMNS)
    documents = outbox.documents(2, ParcelKind.LAP)
    assert [float(row["FuelLevel"]) for row in rows] == [document["FuelLevel"] for document in documents]
    assert (rows[3]["LapLastLapTime"], rows[1]["OnPitRoad"], rows[0]["OnPitRoad"]) == ("", "true", "false")
    assert float(rows[0]["LapLastLapTime"]) == documents[0]["LapLastLapTime"], "to the last bit"


def test_csv_of_no_laps_has_its_head_and_unknown_fields_come_last(empty: Outbox) -> None:
    record(empty, "c")
    assert shown(empty, "last", "csv") == ",".join(LAP_COLUMNS) + "\n"
    record(empty, "d", lap(1, Weather="dry"))
    assert shown(empty, "last", "csv").splitlines()[0].endswith(",Gap,Weather")


@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "cp437", "latin-1", "utf-8"])
@pytest.mark.parametrize("fmt", ["table", "json", "csv"])
@pytest.mark.parametrize("session", [None, "2"])
def test_no_console_is_too_poor(outbox: Outbox, encoding: str, fmt: Format, session: str | None) -> None:
    """A Polish driver on a Western console costs a letter, not the output; JSON escapes it instead."""
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, encoding=encoding, write_through=True)
    assert show(outbox, session, fmt, out) == 0
    assert show(outbox, "Ł", fmt, out, out) == 1
    text = raw.getvalue().decode(encoding)
    assert "Robert Bausdorf" in text or session is None
    if fmt == "json" and session == "2":
        found = json.loads(text[: text.index("teamtactics: there is no session")])
        assert found["laps"][2]["Driver"] == "Łukasz Żółty"
    if fmt == "table" and encoding == "ascii":
        assert "?ukasz" in text
        assert cells(text, "4")[1] == "-", "what is unknown is no question mark"


def test_a_name_cannot_steer_the_terminal_or_the_layout(empty: Outbox) -> None:
    record(empty, "evil\x1b[2J@c", lap(1, Driver="[bold]\x1b[31mMax :smile:\n[/bold] X"))
    text = shown(empty, None)
    assert "\x1b" not in text
    assert "[bold]?[31mMax :smile:?[/bold] X" in text


def test_what_cannot_be_printed_is_a_question_mark() -> None:
    assert printable("Łukasz\t日本") == "Łukasz?日本"


@pytest.mark.parametrize(("member", "wrong"), [(101, True), (None, False)])
def test_the_team_is_compared_with_who_sits_here(empty: Outbox, member: int | None, wrong: bool) -> None:
    """What an older version has kept does not say who it was."""
    empty.begin_session(TEAM, "t", {} if member is None else {MEMBER: member}, NOW)
    ada = Member(101, "Ada Falk", "1.0", True, 0, CHECK_OK, "UTF-8", NOW)
    members = [ada, replace(ada, customer_id=202, name="Ben Ruiz", client_version="0.9", is_in_car=False)]
    at = round(NOW.timestamp() * 1e9)
    empty.keep_mirror(TEAM, [Mirrored(member_id(one.customer_id), member_document(one), at, at) for one in members])
    out = io.StringIO()
    assert show_team(empty, None, NOW, out) == 0
    assert ("Runs teamtactics 0.9, this is 1.0." in out.getvalue()) == wrong
    assert f"{1 if wrong else 2} of 2 ready" in out.getvalue()


def test_people_read_it_in_their_language_and_programs_in_english(outbox: Outbox) -> None:
    programs = [shown(outbox, "last", fmt) for fmt in ("json", "csv")]
    err = io.StringIO()
    language.use("de")
    try:
        assert "\nSession 2: " in shown(outbox, None)
        assert show(outbox, "nowhere", "table", io.StringIO(), err) == 1
        record(outbox, "empty")
        assert "Es ist keine Runde aufgezeichnet.\n" in shown(outbox, "empty")
        assert [shown(outbox, "2", fmt) for fmt in ("json", "csv")] == programs
    finally:
        language.use(language.SOURCE)
    assert err.getvalue().startswith("teamtactics: es gibt keine Session nowhere; nenne eine Nummer, einen Namen oder")
