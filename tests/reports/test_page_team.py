"""The team on the page: who is there, what is wrong there, and what who got in may want to put back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from reports.sample_races import BEGAN, COLLECTION, LEFT_OVER, ROGUE, TEAM, PaperRace, known, member, race_day
from reports.test_pages import Texts
from teamtactics.model.mirror import Mirrored
from teamtactics.model.parcel import Document
from teamtactics.model.records import PutBack
from teamtactics.model.status import CHECK_OK, MemberSeen
from teamtactics.reports.known_laps import KnownSession, known_session
from teamtactics.reports.laps_page import laps_page, session_page
from teamtactics.reports.page.team import TeamView
from teamtactics.reports.page.whole import view
from teamtactics.store.store import Outbox

MADE = datetime(2026, 11, 28, 16, 13, 11, tzinfo=UTC)
BEFORE = known([])
"""Nobody has driven a lap."""


def team_of(*members: MemberSeen, session: KnownSession = BEFORE) -> TeamView:
    team = view(COLLECTION, session, MADE, UTC, members).team
    assert team is not None
    return team


def page_of(session: KnownSession, members: Sequence[MemberSeen] = (), left_over: PutBack | None = None) -> str:
    return session_page(COLLECTION, session, MADE, zone=UTC, members=members, left_over=left_over)


def test_everybody_is_listed_with_all_that_is_known_of_him() -> None:
    team = team_of(*TEAM, session=race_day())
    assert team.title == "2 of 6 ready"
    assert [
        (row.who.name, row.who.colour, row.state, row.look, row.version, row.seen, row.waiting, row.wrong)
        for row in team.rows
    ] == [
        ("Ada Falk", 0, "in the car", "good", "1.0.0", "16:12:29", "", ""),
        ("Ben Ruiz", 1, "ready", "good", "1.0.0", "16:10:03", "", ""),
        ("Bo Lind", None, "not ready", "bad", "1.0.0", "16:12:40", "2", "2 items wait there for a server."),
        ("Cy Orr", None, "not ready", "bad", "1.0.0", "16:12:59", "", TEAM[3].trouble),
        ("Dee Marsh-Okonkwo", None, "not ready", "bad", "0.9.2", "16:09:01", "", TEAM[4].trouble),
        ("Łukasz Żółty", 2, "gone", "soft", "1.0.0", "14:43:11", "", "Ended or offline: not heard of for 90 min."),
    ]


def test_on_top_stands_who_must_do_something_and_not_who_waits_or_sleeps() -> None:
    assert team_of(*TEAM).alarms == [f"Cy Orr: {TEAM[3].trouble}", f"Dee Marsh-Okonkwo: {TEAM[4].trouble}"]
    both = member(7, "Gil", 1.0, "The disk is full.", waiting=3)
    assert team_of(both).alarms == ["Gil: The disk is full."]
    assert team_of(TEAM[0], TEAM[1]).alarms == []


def test_who_drives_and_has_something_wrong_is_in_the_car_all_the_same() -> None:
    (row,) = team_of(member(7, "Gil", 1.0, "The disk is full.", is_in_car=True)).rows
    assert (row.state, row.look) == ("in the car", "bad")


def test_who_drove_when_his_client_ended_is_not_said_to_drive() -> None:
    (row,) = team_of(member(7, "Gil", 5000.0, is_in_car=True)).rows
    assert row.state == "gone"


def test_who_was_seen_long_ago_is_told_with_the_date() -> None:
    rows = team_of(member(7, "Gil", 86_400.0), member(8, "Hao", 1e300)).rows
    assert [row.seen for row in rows] == ["Fri 27 Nov 2026, 16:13:11", "Wed 22 Mar 1995, 14:26:31"]
    assert rows[0].wrong == "Ended or offline: not heard of for 24 h."


def test_before_the_first_lap_the_team_is_there_already() -> None:
    page = Texts(page_of(BEFORE, TEAM)).text
    assert "No lap is recorded yet." in page
    assert "Team: 2 of 6 ready" in page
    assert "Łukasz Żółty" in page


def test_with_laps_the_team_is_listed_once() -> None:
    page = page_of(race_day(), TEAM)
    assert page.count('id="team"') == 1
    assert page.count(">Dee Marsh-Okonkwo<") == 1


def test_without_a_team_nothing_is_said_of_it() -> None:
    for session in (BEFORE, race_day()):
        page = page_of(session)
        assert 'id="team"' not in page
        assert "Put back" not in page


def test_what_is_to_be_put_back_stands_on_top_with_what_matters_most_first() -> None:
    page = view(COLLECTION, race_day(), MADE, UTC, (), LEFT_OVER).put_back
    assert page is not None
    assert (page.title, page.age) == ("Put back what Łukasz Żółty had", "")
    assert [(one.name, one.theirs, one.own) for one in page.levels] == [
        ("brake bias", "52.0", "54.5"),
        ("traction control", "6", "3"),
        ("traction control switch", "on", "off"),
        ("ABS", "6", "4"),
        ("front anti-roll bar", "3", "5"),
    ]
    text = Texts(page_of(race_day(), (), LEFT_OVER)).text
    assert text.index("Put back what Łukasz Żółty had") < text.index("Lap times")


def test_settings_that_were_told_long_before_say_so() -> None:
    old = replace(LEFT_OVER, told_s=LEFT_OVER.got_in_s - 900.0)
    assert "As told 15 min before you got in." in page_of(BEFORE, (), old)


def test_no_member_can_break_out_of_his_place() -> None:
    rogue = member(1, ROGUE, 3.0, ROGUE, version=ROGUE)
    page = Texts(page_of(known(PaperRace().drive(3).laps), (rogue,), replace(LEFT_OVER, driver=ROGUE)))
    assert not {"script", "img"} & set(page.tags)
    assert not page.scripts
    assert page.text.count(ROGUE) == 6, "three in the table, two in the sentence on top, one in what is to be put back"


def document(customer_id: int, name: str) -> Document:
    told: Document = {"SchemaVersion": 1, "CustomerID": customer_id, "Name": name, "IsInCar": False, "Check": CHECK_OK}
    return {**told, "Waiting": 0, "ClientVersion": "1.0.0", "TextEncoding": None, "Utc": BEGAN}


def test_the_page_of_a_session_asks_who_was_there_of_the_documents_of_its_collection(tmp_path: Path) -> None:
    asked: list[Mirrored] = []

    def read(documents: Sequence[Mirrored]) -> Sequence[MemberSeen]:
        asked.extend(documents)
        return TEAM

    with Outbox.open(tmp_path / "o.sqlite3", lambda: BEGAN) as outbox:
        session = outbox.begin_session(COLLECTION, "t", {}, BEGAN)
        there = [Mirrored(f"member {number}", document(number, "x"), number, number) for number in (101, 102)]
        outbox.keep_mirror(COLLECTION, [*there, Mirrored("other", {"Name": "x"}, 103, 103)])
        page = laps_page(outbox, BEGAN + timedelta(hours=1), read_members=read, left_over=LEFT_OVER)
        assert known_session(outbox, session).members == there
    assert asked == there
    assert "Team: 2 of 6 ready" in page
    assert "Put back what" in page
