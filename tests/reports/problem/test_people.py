"""Other names for people, where names are odd, short, parts of other words, or written in another way."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from teamtactics.contract.facts_text import read_facts, write_facts
from teamtactics.model.facts import LapFacts, LineSeen, Sight, Vantage
from teamtactics.model.records import Moment
from teamtactics.redaction import Redactor
from teamtactics.reports.problem import documents, session_texts
from teamtactics.reports.problem.log_end import log_end
from teamtactics.reports.problem.people import Found, Kind, People
from teamtactics.reports.problem.prose import Prose, Secret
from teamtactics.telemetry.session_text import parse_session_text


def people(*drivers: str, teams: tuple[str, ...] = (), numbers: tuple[int, ...] = (), collection: str = "") -> People:
    found = Found({*drivers}, {*teams}, {*drivers, *teams}, {(Kind.CUSTOMER, each) for each in numbers})
    found.collections |= {collection} - {""}
    return People(found)


def prose(who: People, *secrets: Secret) -> Prose:
    return Prose(who, secrets, Redactor())


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("in the car: Al, 2 s", "in the car: Driver 1, 2 s"),
        ("Also all is also Alan", "Also all is also Alan"),
        ("Al's car, (Al)", "Driver 1's car, (Driver 1)"),
        ("Jörg Ångström-Al leads", "Driver 2 leads"),
        (r"'J\xf6rg \xc5ngstr\xf6m-Al'", "'Driver 2'"),
        ("J\u00c3\u00b6rg \u00c3\u2026ngstr\u00c3\u00b6m-Al", "Driver 2"),
        ("Jörg is slow", "Driver 2 is slow"),
        ("Jörg Ångst… is cut", "Driver 2 is cut"),
        ("- Racing #1@5#6#7", "Team 1@5#6#7"),
        ("山田 太郎, ??", "Driver 3, ??"),
        ("member 1234, part 7 1234", "member 900000001, part 7 900000001"),
        ("lap 1234.5 s by 1234.", "lap 1234.5 s by 900000001."),
        ("0.1234 and 12345", "0.1234 and 12345"),
    ],
)
def test_names_and_numbers_in_prose(said: str, told: str) -> None:
    who = people("Al", "Jörg Ångström-Al", "山田 太郎", teams=("- Racing #1",), numbers=(1234,))
    assert prose(who)(said) == told


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (r"C:\Users\Jo Doe\AppData\x", r"C:\Users\[user]\AppData\x"),
        (r"'C:\\Users\\jo\\x.ini'", r"'C:\\Users\\[user]\\x.ini'"),
        ("/home/jo/.config", "/home/[user]/.config"),
        ("project my-proj, MY-PROJ.x", "project [project], [project].x"),
        (
            "data in x; Firestore former-1; Pub/Sub projects/former-1/topics/t",
            "data in x; Firestore [project]; Pub/Sub projects/[removed]/topics/[removed]",
        ),
        (r"no key in D:\keys\former.json (gone)", "no key in [key file] (gone)"),
        ("x@proj.iam.gserviceaccount.com", "[e-mail]"),
        ("http://jo:word@proxy:1/", "http://***@proxy:1/"),
    ],
)
def test_places_and_secrets_in_prose(said: str, told: str) -> None:
    assert prose(people(), Secret("my-proj", "[project]"))(said) == told


def test_order_stays_of_names_and_of_numbers() -> None:
    who = people("Zoe", "Al", "Mia", numbers=(99, 5, 70))
    assert [who.name(name) for name in ("Al", "Mia", "Zoe")] == ["Driver 1", "Driver 2", "Driver 3"]
    assert [who.number(Kind.CUSTOMER, each) for each in (-1, 0, 5, 70, 99)] == [-1, 0, *range(900000001, 900000004)]


def test_a_collection_of_a_name_that_is_written_in_another_way_is_that_ones() -> None:
    who = people("山田", "Ö/x", collection="Gone & Forgotten@1#2#3")
    assert who.collection("??@car#track#0") == f"{who.name('山田')}@car#track#0"
    assert who.collection("Ö%2Fx@car#track#0") == f"{who.name('Ö/x')}@car#track#0"
    assert "Gone" not in who.collection("Gone & Forgotten@1#2#3")


TEXT = """---
WeekendInfo:
 TrackName: al ring
 TrackID: 5
 SessionID: 77
 SubSessionID: 78
 TeamRacing: 1
 BuildVersion: 2025.09.01.02
 {encoding}
SessionInfo:
 Sessions:
 - SessionNum: 0
   SessionType: Race
DriverInfo:
 DriverCarIdx: 3
 DriverUserID: 4711
 DriverSetupName: Al_secret.sto
 Drivers:
 - CarIdx: 3
   UserName: {user}
   AbbrevName: X, A
   Initials: AX
   UserID: 4711\r
   TeamID: 12
   TeamName: {team}
   CarScreenName: Al
...
"""


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
@pytest.mark.parametrize(
    ("user", "team"),
    [
        ("Al", '"Al"'),
        ("Jörg: - #1 O'Neil", '"- Räcing #1"'),
        ('"with \\"quotes\\" in it"', "a 'team' \"of\" [x]"),
        ("two\nlines", "Al"),
    ],
)
def test_a_session_text_tells_of_others_and_else_the_same(encoding: str, user: str, team: str) -> None:
    marked = "Encoding: UTF-8" if encoding == "utf-8" else "Category: Road"
    raw = TEXT.format(encoding=marked, user=user, team=team).encode(encoding) + b"\0   UserName: Old One\n"
    found = Found()
    session_texts.look(raw, found)
    before = parse_session_text(raw)
    assert before is not None
    assert before.own is not None
    assert found.drivers | found.teams == {before.own.user_name, before.own.team_name}
    who = People(found)
    told = session_texts.with_others(raw, who)
    after = parse_session_text(told)
    assert after is not None
    assert after.own is not None
    assert (after.own.user_name, after.own.team_name) == (
        who.name(before.own.user_name),
        who.name(before.own.team_name),
    )
    assert (after.own.user_id, after.driver_user_id, after.own.team_id) == (900000001, 900000001, 800000001)
    assert after.is_team_session
    assert (after.own.car_screen_name, after.track_name) == ("Al", "al ring")
    for gone in (b"4711", b"secret", b"Old One", b"lines", b"quotes", b"AX", b"Neil", b": 77", b"cing #1"):
        assert gone not in told
    assert told.endswith(b"   CarScreenName: Al\n...\n")
    assert b"UserID: 900000001\r\n" in told
    assert session_texts.build_of(told) == "2025.09.01.02"


def test_documents_tell_of_others_by_their_fields() -> None:
    at = Moment(10.0, 100.0)
    facts = LapFacts(7, 1234, (Sight(1.0, 10.0, Vantage.CAR, 1234),), LineSeen(at, Vantage.CAR, driver=1234, name="Al"))
    part = {
        "CustomerID": 1234,
        "Driver": "Al",
        "LapLastLapTime": 1234,
        "Track": "Al",
        "Facts": write_facts(facts),
        "Utc": datetime(2026, 1, 1, tzinfo=UTC),
        "InCar": {"dcABS": 1234},
        "Check": "Al has 2 waiting",
        "Number": None,
    }
    found = Found()
    documents.look(part, found)
    documents.look_at_id("member 4321", found)
    who = People(found)
    told = json.loads(json.dumps(documents.with_others(part, who, prose(who))))
    assert (told["CustomerID"], told["Driver"], told["Track"], told["LapLastLapTime"]) == (
        900000001, "Driver 1", "Al", 1234,
    )  # fmt: skip
    seen = read_facts(told["Facts"])
    assert (seen.member, seen.sights[0].driver, seen.line and seen.line.name) == (900000001, 900000001, "Driver 1")
    assert told["InCar"] == {"dcABS": 1234}
    assert told["Check"] == "Driver 1 has 2 waiting"
    assert documents.read(told)["Utc"] == part["Utc"]
    assert documents.other_id("part 7 1234", who) == "part 7 900000001"
    assert documents.other_id("member 4321", who) == "member 900000002"
    assert documents.other_id("7", who) == "7"


def test_facts_that_cannot_be_read_are_not_given_on() -> None:
    who = people("Al")
    assert documents.with_others({"Facts": '{"Al": "is here"'}, who, prose(who)) == {"Facts": None}


def test_the_log_is_told_from_the_session_on_over_its_older_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = datetime(2026, 3, 1, 12, tzinfo=UTC)
    path = tmp_path / "irtactics.log"
    moments = [(now + timedelta(minutes=at)).isoformat(sep=" ", timespec="milliseconds") for at in range(6)]
    lines = [f"{moment} INFO x: line {at}\n    more of {at}\n" for at, moment in enumerate(moments)]
    (tmp_path / "irtactics.log.1").write_text("".join(lines[:3]), "utf-8")
    path.write_text("".join(lines[3:]), "utf-8")
    told, is_cut = log_end(path, now + timedelta(minutes=2), str.upper)
    assert (told, is_cut) == ("".join(lines[2:]).upper(), False)
    monkeypatch.setattr("teamtactics.reports.problem.log_end.MOST_BYTES", 100)
    told, is_cut = log_end(path, now, str)
    assert is_cut
    assert lines[-1] in told
    assert len(told) < 100
