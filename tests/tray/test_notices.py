"""Notifications: few, only when something changes, never twice for the same thing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest

from teamtactics import language
from teamtactics.language import Said
from teamtactics.model.records import OtherSetting
from teamtactics.model.status import Status
from teamtactics.tray import fitting
from teamtactics.tray.notices import UNREACHABLE_S, Notice, Told, notices
from teamtactics.tray.sign import Face
from tray.statuses import BY_FACE, CONNECTED, DOWN, DRIVING, IDLE, NOW_S, OK, PUT_BACK, counts, member_seen

NEED = "The key is not accepted."


def said(*statuses: Status) -> list[Notice]:
    told, all_said = Told(), []
    for status in statuses:
        told, new = notices(told, status)
        all_said += new
    return all_said


def later(status: Status, seconds: Iterable[float]) -> list[Status]:
    return [replace(status, at_s=NOW_S + second) for second in seconds]


@pytest.mark.parametrize("face", sorted(set(Face) - {Face.STANDS_STILL, Face.SILENT_DRIVER}))
def test_normal_running_says_nothing(face: Face) -> None:
    assert said(*later(BY_FACE[face], range(50))) == []


def test_a_whole_race_without_trouble_says_nothing() -> None:
    laps = [replace(DRIVING, at_s=NOW_S + lap, counts=counts(lap, lap % 2)) for lap in range(100)]
    assert said(IDLE, *laps, BY_FACE[Face.TEAM_MATE], *laps, IDLE) == []


def test_a_need_is_said_once_while_it_holds_and_again_when_it_comes_back() -> None:
    needy = replace(IDLE, needs=(NEED,))
    texts = [notice.text for notice in said(needy, needy, needy, IDLE, needy)]
    assert texts == [NEED, NEED]


def test_several_needs_at_once_are_one_notification_and_a_new_one_another() -> None:
    first = replace(IDLE, needs=("A.", "B."))
    texts = [notice.text for notice in said(first, replace(IDLE, needs=("A.", "B.", "C.")))]
    assert texts == ["A.\nB.", "C."]


def test_a_standstill_is_said_once_while_it_lasts_and_again_when_it_comes_back() -> None:
    """Its text changes with every second; what is told is who stands still."""
    now = BY_FACE[Face.STANDS_STILL]
    later_still = replace(now, still=(replace(now.still[0], for_s=13.0),))
    titles = [notice.title for notice in said(IDLE, now, later_still, IDLE, now)]
    assert titles == ["Teamtactics stands still"] * 2


def test_an_outage_is_not_over_because_the_picture_is_old() -> None:
    status = replace(DRIVING, sinks=(DOWN,), counts=counts(40, 5), laps_waiting=3)
    outage = [*later(status, (0, 70)), BY_FACE[Face.STANDS_STILL], *later(status, (80, 200))]
    titles = [notice.title for notice in said(*outage)]
    assert titles == ["Cloud unreachable", "Teamtactics stands still"]


def test_a_conflict_is_a_need() -> None:
    assert [notice.text for notice in said(*later(replace(DRIVING, conflict="Another client."), (0, 1)))] == [
        "Another client."
    ]


DURING = replace(DRIVING, sinks=(DOWN,), counts=counts(40, 5), laps_waiting=3)


def test_an_outage_while_driving_is_said_after_a_minute_and_once() -> None:
    before = said(*later(DURING, range(60)))
    assert before == []
    (notice,) = said(*later(DURING, range(600)))
    assert notice.title == "Cloud unreachable"
    assert "Firestore" in notice.text


def test_the_end_of_an_outage_tells_how_many_laps_were_delivered() -> None:
    end_s = UNREACHABLE_S + 30
    back = replace(DRIVING, sinks=(OK,))
    still_sending = replace(back, at_s=NOW_S + end_s, counts=counts(43, 2))
    done = replace(back, at_s=NOW_S + end_s + 5, counts=counts(45, 0))
    first, second = said(*later(DURING, (0, end_s)), still_sending, done, done)
    assert (first.title, second.title) == ("Cloud unreachable", "Cloud reached again")
    assert second.text.startswith("3 laps of the outage are delivered")


def test_a_short_outage_says_nothing_at_its_beginning_nor_at_its_end() -> None:
    assert said(*later(DURING, (0, 30)), replace(DRIVING, at_s=NOW_S + 40)) == []


def test_an_outage_that_is_not_driven_through_says_nothing() -> None:
    assert said(*later(replace(DURING, is_driving=False, car=None), range(0, 600, 10)), IDLE) == []


def test_two_outages_are_said_both() -> None:
    outage = [*later(DURING, (0, 100)), replace(DRIVING, at_s=NOW_S + 200)]
    again = [replace(status, at_s=status.at_s + 1000) for status in outage]
    assert [notice.title for notice in said(*outage, *again)] == ["Cloud unreachable", "Cloud reached again"] * 2


def test_a_newer_client_of_a_team_mate_is_said_once_for_each_version() -> None:
    texts = [
        notice.text
        for notice in said(*(replace(IDLE, newer_client=version) for version in ("1.2", "1.2", None, "1.2", "1.10")))
    ]
    assert ["1.2" in texts[0], "1.10" in texts[1], len(texts)] == [True, True, 2]


def test_a_driver_without_a_client_is_said_once_each_time_he_drives() -> None:
    drives = BY_FACE[Face.SILENT_DRIVER]
    told = said(IDLE, drives, drives, BY_FACE[Face.TEAM_MATE], drives)
    assert [notice.title for notice in told] == ["Driver without teamtactics"] * 2
    assert all("Cy Orr" in notice.text for notice in told)


def test_what_is_wrong_at_a_member_is_said_once_in_a_session() -> None:
    """All that is wrong when the session is joined in one notification; who goes offline is no news worth one."""
    bad = [member_seen("Bo", trouble="The disk is full."), member_seen("Cy", trouble="Reads names otherwise.")]
    joined = replace(CONNECTED, members=(member_seen("Ada"), *bad))
    gone = replace(joined, members=(member_seen("Ada"), bad[0], member_seen("Cy", is_gone=True)))
    told = said(CONNECTED, joined, joined, gone, replace(joined, collection="another"))
    assert [notice.text for notice in told] == ["Bo: The disk is full.\nCy: Reads names otherwise.\nLet them know."] * 2


def test_what_is_wrong_here_is_not_said_as_a_member_s_and_what_waits_is_none() -> None:
    own = member_seen("Me", customer_id=101, trouble="The disk is full.")
    waits = member_seen("Bo", trouble="3 items wait there for a server.", waiting=3)
    assert said(replace(CONNECTED, members=(own, waits))) == []


def test_what_a_member_must_mend_is_said_also_while_items_wait_there() -> None:
    """They wait for that reason, as a rule."""
    refused = "Pub/Sub refuses the key. Ask for a new one."
    seen = member_seen("Bo", trouble=refused, waiting=3)
    seen = replace(seen, member=replace(seen.member, check=refused))
    (notice,) = said(replace(CONNECTED, members=(member_seen("Ada"), seen)))
    assert notice.text == f"Bo: {refused}\nLet them know."


def test_a_notification_fits_into_windows() -> None:
    (notice,) = said(replace(IDLE, needs=("🏁" * 400,)))
    assert fitting.utf16_units(notice.text) <= fitting.MESSAGE_UNITS


CHANGED = replace(DRIVING, put_back=PUT_BACK)


def test_who_gets_in_is_told_once_what_the_one_before_had() -> None:
    left = replace(CHANGED, put_back=replace(PUT_BACK, settings=PUT_BACK.settings[:1]))
    assert said(DRIVING, CHANGED, left, DRIVING, CHANGED, IDLE, CHANGED) == [
        Notice("Put back what Bo Lind had", "Brake bias 54.5, yours 52.0; traction control 4, yours 6.")
    ]


def test_nothing_is_to_be_put_back_where_all_is_equal() -> None:
    assert said(DRIVING, replace(CHANGED, put_back=None)) == []


def test_the_next_driver_change_and_that_of_another_session_are_told_again() -> None:
    again = replace(CHANGED, put_back=replace(PUT_BACK, got_in_s=4000.0))
    assert len(said(CHANGED, again, replace(again, collection="Team@1#2#4"))) == 3


def test_a_picture_that_is_old_does_not_make_it_told_again() -> None:
    assert len(said(CHANGED, BY_FACE[Face.STANDS_STILL], CHANGED)) == 2, "the standstill, and the settings once"


def test_many_settings_fit_a_notification_and_the_most_important_stand_first() -> None:
    names = ("dcABS", "dcAntiRollFront", "dcAntiRollRear", "dcBrakeBias", "dcEnginePower", "dcFuelMixture", "dcX")
    many = replace(PUT_BACK, settings=tuple(OtherSetting(name, 10.0, 2.0) for name in (*names, "dcTractionControl")))
    (notice,) = said(replace(CHANGED, put_back=replace(many, driver="\U0001d54f" * 90)))
    assert notice.text.startswith("Brake bias 10, yours 2; traction control 10, yours 2; ABS 10, yours 2; front anti")
    assert fitting.utf16_units(notice.text) <= fitting.MESSAGE_UNITS
    assert fitting.utf16_units(notice.title) <= fitting.TITLE_UNITS


def test_needs_and_settings_are_told_in_the_language_in_use_and_not_again_in_another() -> None:
    """What was told is remembered as it stands in the source."""
    need = Said("The disk is slow.")
    language.use("de")
    try:
        assert said(IDLE, replace(IDLE, needs=(need,))) == [
            Notice("Teamtactics braucht dich", "Das Laufwerk ist langsam.")
        ]
        assert said(DRIVING, CHANGED) == [
            Notice(
                "Zurückstellen, was Bo Lind hatte", "Bremsbalance 54.5, bei dir 52.0; Traktionskontrolle 4, bei dir 6."
            )
        ]
        told, first = notices(Told(), replace(IDLE, needs=(need,)))
    finally:
        language.use(language.SOURCE)
    assert len(first) == 1
    assert notices(told, replace(IDLE, needs=(need,)))[1] == ()
