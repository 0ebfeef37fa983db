"""Notifications: few, only when something changes, never twice for the same thing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest

from teamtactics.model.status import Status
from teamtactics.tray import words
from teamtactics.tray.notices import UNREACHABLE_S, Notice, Told, notices
from teamtactics.tray.sign import Face
from tray.statuses import BY_FACE, DOWN, DRIVING, IDLE, NOW_S, OK, counts

NEED = "The key is not accepted."


def said(*statuses: Status) -> list[Notice]:
    told, all_said = Told(), []
    for status in statuses:
        told, new = notices(told, status)
        all_said += new
    return all_said


def later(status: Status, seconds: Iterable[float]) -> list[Status]:
    return [replace(status, at_s=NOW_S + second) for second in seconds]


@pytest.mark.parametrize("face", sorted(set(Face) - {Face.NEEDS_YOU, Face.STANDS_STILL}))
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
    assert second.text.startswith("3 laps were delivered")


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


def test_a_notification_fits_into_windows() -> None:
    (notice,) = said(replace(IDLE, needs=("🏁" * 400,)))
    assert words.utf16_units(notice.text) <= words.MESSAGE_UNITS
