"""Tooltip, menu lines and message say what the status says, and fit where Windows shows them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from teamtactics import language
from teamtactics.model.status import Counts, SimulatorState, SinkCounts, SinkState, SinkStatus, Standstill, Status
from teamtactics.tray import fitting, words
from teamtactics.tray.sign import Face
from tray.statuses import (
    BY_FACE,
    CONNECTED,
    DOWN,
    DRIVING,
    IDLE,
    NEEDY,
    NOW_S,
    OK,
    OWN,
    PUT_BACK,
    REFUSED,
    TEAM,
    counts,
    member_seen,
)

DELIVERED = "40 laps recorded, all delivered"
TOOLTIPS = {
    Face.WAITING: f"iRacing ✗ Firestore ✓ · {DELIVERED}",
    Face.CONNECTED: f"iRacing ✓ Firestore ✓ · {DELIVERED}",
    Face.TEAM_MATE: f"stint 3 · lap 42 (7) · 31.4 L · Bo Lind · iRacing ✓ Firestore ✓ · {DELIVERED}",
    Face.DELIVERED: f"stint 3 · lap 42 (7) · 31.4 L · Ada Falk · iRacing ✓ Firestore ✓ · {DELIVERED}",
    Face.RECORDING: (
        "stint 3 · lap 42 (7) · 31.4 L · Ada Falk · iRacing ✓ Firestore ? · 40 laps recorded, 1 still to be delivered"
    ),
    Face.UNREACHABLE: (
        "stint 3 · lap 42 (7) · 31.4 L · Ada Falk · iRacing ✓ Firestore ✗ · 40 laps recorded, 3 still to be delivered"
    ),
    Face.LOCAL: "stint 3 · lap 42 (7) · 31.4 L · Ada Falk · iRacing ✓ · 40 laps recorded, on this PC only",
    Face.SILENT_DRIVER: (f"driver without teamtactics · Cy Orr · stint 3 · iRacing ✓ Firestore ✓ · {DELIVERED}"),
    Face.PAUSED: f"paused · iRacing ✓ Firestore ✓ · {DELIVERED}",
    Face.STANDS_STILL: "stands still: status for 12 s",
}


@pytest.mark.parametrize("face", Face)
def test_the_tooltip_of_each_situation(face: Face) -> None:
    assert words.tooltip(BY_FACE[face]) == f"Teamtactics · {TOOLTIPS[face]}"


LINES = {
    Face.STANDS_STILL: ("The status has not answered for 12 s: quit and start teamtactics",),
    Face.WAITING: ("Waiting for iRacing", "40 laps recorded, all delivered"),
    Face.TEAM_MATE: (
        "Bo Lind drives",
        "Bo Lind · stint 3 · lap 42 (7) · 31.4 L",
        "40 laps recorded, all delivered",
    ),
    Face.UNREACHABLE: (
        "You drive: recording",
        "Ada Falk · stint 3 · lap 42 (7) · 31.4 L",
        "40 laps recorded, 3 still to be delivered · Firestore cannot be reached",
    ),
    Face.LOCAL: (
        "You drive: recording",
        "Ada Falk · stint 3 · lap 42 (7) · 31.4 L",
        "40 laps recorded, on this PC only",
    ),
    Face.PAUSED: (
        "Paused until the next session: nothing is recorded",
        "Team@1#2#3",
        "40 laps recorded, all delivered",
    ),
}


@pytest.mark.parametrize("face", LINES)
def test_the_lines_of_each_situation(face: Face) -> None:
    assert words.lines(BY_FACE[face]) == LINES[face]


def test_what_the_server_refuses_for_good_is_said_everywhere() -> None:
    status = replace(DRIVING, counts=counts(40, 0, parked=2))
    assert words.tooltip(status).endswith("40 laps recorded, not all delivered")
    assert words.lines(status)[-1] == "40 laps recorded, not all delivered"


def test_two_sinks_are_both_named() -> None:
    sinks = (OK, SinkStatus("pubsub", SinkState.UNREACHABLE))
    both = replace(counts(), sinks={"firestore": SinkCounts(42), "pubsub": SinkCounts(3, 2)})
    status = replace(DRIVING, sinks=sinks, counts=both, laps_waiting=2)
    assert words.tooltip(status).endswith("iRacing ✓ Firestore ✓ Pub/Sub ✗ · 40 laps recorded, 2 still to be delivered")


@pytest.mark.parametrize(
    ("laps", "waits", "said"),
    [
        (0, 0, "no lap recorded yet"),
        (1, 0, "1 lap recorded, delivered"),
        (2, 0, "2 laps recorded, all delivered"),
        (1, 1, "1 lap recorded, 1 still to be delivered"),
        (42, 3, "42 laps recorded, 3 still to be delivered"),
    ],
)
def test_counts_are_laps_and_not_what_waits_times_where_it_goes(laps: int, waits: int, said: str) -> None:
    of_both = {"firestore": SinkCounts(5 * laps, 2), "pubsub": SinkCounts(7 * laps, 900)}
    status = replace(DRIVING, sinks=(OK, replace(OK, name="pubsub")), counts=Counts(99, laps, of_both))
    assert words.laps_text(replace(status, laps_waiting=waits)) == said


def test_laps_that_one_server_has_are_not_said_to_wait_because_another_refuses() -> None:
    refuses = replace(DRIVING, sinks=(OK, replace(REFUSED, name="pubsub")))
    assert words.laps_text(refuses) == "40 laps recorded, all delivered to Firestore"


def test_a_need_stands_above_the_state_and_does_not_hide_it() -> None:
    assert words.lines(replace(NEEDY, is_paused=True)) == (
        "Needs you: Nothing is recorded: the disk is full. Make room on it.",
        "Paused until the next session: nothing is recorded",
        "Ada Falk · stint 3 · lap 42 (7) · 31.4 L",
        "40 laps recorded, all delivered",
    )
    assert words.tooltip(replace(NEEDY, is_paused=True)).startswith("Teamtactics · needs you · paused · stint 3")


TOPIC = (
    "Your laps reach Firestore, but not Pub/Sub. "
    "Why: topic projects/fbp-endurance-2026/topics/all-the-laps does not exist. "
    "Create the topic projects/fbp-endurance-2026/topics/all-the-laps in the Google console, or correct messageTopic."
)


@pytest.mark.parametrize(
    ("need", "shown"),
    [
        ("The disk is full.", "Needs you: The disk is full."),
        (f"The disk is full. {'Make room. ' * 9}", "Needs you: The disk is full. " + "Make room. " * 3 + "Make room."),
        (TOPIC, "Needs you: Your laps reach Firestore, but not Pub/Sub."),
        (f"The record stops; {'x' * 90}", "Needs you: The record stops …"),
        ("x" * 200, "Needs you: choose this line, it says what to do"),
    ],
)
def test_the_first_line_ends_with_a_sentence_or_a_clause(need: str, shown: str) -> None:
    assert words.lines(replace(DRIVING, needs=(need,)))[0] == shown


def test_a_notification_that_is_too_long_keeps_consequence_and_remedy() -> None:
    text = fitting.balloon([f"Your laps stay on this PC. {'Because of this. ' * 20}Ask your admin for a new key."])
    assert text == "Your laps stay on this PC. Ask your admin for a new key."
    assert fitting.balloon([TOPIC]).startswith("Your laps reach Firestore, but not Pub/Sub")


def test_in_a_long_tooltip_who_is_ready_and_the_car_give_way_before_the_laps() -> None:
    sinks = (OK, replace(OK, name="pubsub"))
    crowd = tuple(member_seen(name) for name in ("Ada", "Bo", "Cy"))
    status = replace(BY_FACE[Face.SILENT_DRIVER], needs=("This.",), sinks=sinks, members=crowd)
    text = words.tooltip(status)
    assert text.endswith("· 40 laps recorded, all delivered")
    assert fitting.utf16_units(text) <= fitting.TOOLTIP_UNITS
    assert text.startswith("Teamtactics · needs you · driver without teamtactics · ")


def test_an_old_picture_of_a_team_mates_car_tells_its_age() -> None:
    assert "3 min old" in words.lines(replace(CONNECTED, car=replace(TEAM, true_at_s=NOW_S - 185)))[1]
    assert "old" not in words.lines(replace(CONNECTED, car=replace(TEAM, true_at_s=NOW_S - 60)))[1]


def test_unknown_values_are_left_out_or_marked_never_invented() -> None:
    car = replace(OWN, driver=None, fuel_level_l=None, lap_completed=None)
    assert words.tooltip(replace(DRIVING, car=car)) == (
        "Teamtactics · stint 3 · lap – (7) · iRacing ✓ Firestore ✓ · 40 laps recorded, all delivered"
    )


def test_the_message_names_every_need() -> None:
    status = replace(IDLE, needs=("First thing.", "Second thing."))
    assert words.message(status).splitlines()[:2] == ["First thing.", "Second thing."]


def test_the_drivers_name_gives_way_before_anything_else() -> None:
    long = replace(
        DRIVING, car=replace(OWN, driver="Maximiliane Alexandra von Hohenstein-Ungern-Sternberg zu Unterwalden")
    )
    text = words.tooltip(long)
    assert fitting.utf16_units(text) in (fitting.TOOLTIP_UNITS - 1, fitting.TOOLTIP_UNITS)
    assert "… · iRacing ✓ Firestore ✓ · 40 laps recorded, all delivered" in text


@pytest.mark.parametrize(
    ("text", "units", "clipped"),
    [
        ("abc", 3, "abc"),
        ("abcd", 3, "ab…"),
        ("🏁🏁", 4, "🏁🏁"),
        ("🏁🏁", 3, "🏁…"),
        ("🏁🏁🏁", 4, "🏁…"),
        ("a b", 2, "a…"),
    ],
)
def test_clipping_counts_as_windows_does(text: str, units: int, clipped: str) -> None:
    assert fitting.clip(text, units) == clipped


names = st.text(max_size=200) | st.text(alphabet="🏁é\ud83d&\n", max_size=200)


@given(name=names, needs=st.lists(names, max_size=3), collection=names, waiting=st.integers(0, 10**7))
def test_nothing_is_ever_too_long_for_windows(name: str, needs: list[str], collection: str, waiting: int) -> None:
    base: list[Status] = [
        replace(DRIVING, car=replace(OWN, driver=name), counts=counts(waiting, waiting)),
        replace(CONNECTED, silent_driver=name, collection=collection, sinks=(OK, DOWN)),
        replace(IDLE, simulator=SimulatorState.REPLAY, collection=collection),
    ]
    for status in (replace(each, needs=tuple(needs)) for each in base):
        assert fitting.utf16_units(words.tooltip(status)) <= fitting.TOOLTIP_UNITS
        assert words.tooltip(status).startswith("Teamtactics")
        assert fitting.utf16_units(words.message(status)) <= fitting.MESSAGE_UNITS
        assert 2 <= len(words.lines(status)) <= 4
        assert all(fitting.utf16_units(line) <= fitting.MENU_UNITS for line in words.lines(status))
        assert all("\n" not in line for line in (*words.lines(status), words.tooltip(status)))


def test_of_an_old_picture_nothing_is_said_but_what_stands_still_and_what_is_needed() -> None:
    """Whatever else it holds: its counts, marks and names are those of a time that is over."""
    old = replace(DRIVING, is_old=True, needs=("The disk is full.",), still=BY_FACE[Face.STANDS_STILL].still)
    said = " ".join([words.tooltip(old), *words.lines(old), words.message(old)])
    assert "The disk is full." in said and "has not answered for 12 s" in said
    assert not any(word in said for word in ("✓", "42", "confirmed", "recording", "Ada"))


def test_a_part_that_stands_still_is_said_first_and_what_is_true_behind_it() -> None:
    now = replace(DRIVING, still=(Standstill("courier-firestore", "delivering", 200.0),))
    assert words.lines(now) == (
        "The delivery to Firestore has not answered for 3 min: quit and start teamtactics",
        "Ada Falk · stint 3 · lap 42 (7) · 31.4 L",
        "40 laps recorded, all delivered",
    )


def test_while_the_store_cannot_be_read_nothing_is_said_to_wait_or_not() -> None:
    """Who reads "0 waiting" switches the PC off."""
    status = replace(NEEDY, counts=Counts(0, 0, {}))
    said = " ".join([words.tooltip(status), *words.lines(status)])
    assert "laps" not in said and "delivered" in said
    assert "not known" in said


def test_nobody_is_told_to_quit_because_the_log_hangs() -> None:
    """All else goes on, and whoever starts again waits for the same drive before he records a lap."""
    now = replace(DRIVING, still=(Standstill("log-file", "writing", 40.0),))
    assert words.lines(now)[0] == "The log has not answered for 40 s: do not quit, check its drive"
    assert "in memory only" not in words.message(now)


@pytest.mark.parametrize("first", ["writer", "board"])
def test_nobody_is_told_to_quit_while_the_disk_holds_what_was_recorded(first: str) -> None:
    """The status waits for the same disk and may be the first to be silent."""
    still = (Standstill(first, "writing", 40.0), Standstill("writer", "writing", 7200.0))
    now = replace(DRIVING, still=still)
    said = words.message(now)
    assert "do not quit" in said
    assert "in memory only" in said
    assert "on this PC's disk" not in said
    assert words.lines(now)[0].endswith("do not quit, check the drive"), "not cut off in the menu"


def test_who_is_ready_is_said_in_tooltip_and_menu_and_who_is_not_by_name() -> None:
    ready = member_seen("Ada Falk")
    team = replace(CONNECTED, members=(ready, member_seen("Bo Lind", trouble="The disk is full.")))
    assert "1 of 2 ready" in words.tooltip(team)
    assert words.lines(team)[2] == "1 of 2 ready: Bo Lind: The disk is full."
    gone = replace(CONNECTED, members=(ready, member_seen("Bo Lind", is_gone=True, seen_s=7800.0)))
    assert words.lines(gone)[2] == "1 of 2 ready: Bo Lind has not been heard of for 2 h"
    assert words.lines(replace(CONNECTED, members=(ready,)))[2] == "1 of 1 ready"
    assert "ready" not in " ".join((words.tooltip(CONNECTED), *words.lines(CONNECTED))), "nobody is known of"


def test_a_click_on_the_icon_says_again_what_is_to_be_put_back() -> None:
    text = words.message(replace(DRIVING, put_back=PUT_BACK))
    assert text.startswith(words.message(DRIVING))
    assert text.endswith("\nPut back what Bo Lind had: brake bias 54.5, yours 52.0; traction control 4, yours 6")


@pytest.fixture
def german() -> Iterator[None]:
    language.use("de")
    yield
    language.use(language.SOURCE)


@pytest.mark.usefixtures("german")
def test_in_german_the_same_is_said() -> None:
    two = replace(DRIVING, counts=Counts(9, 2, counts().sinks))
    assert words.lines(two) == (
        "Du fährst: es wird aufgezeichnet",
        "Ada Falk · Stint 3 · Runde 42 (7) · 31.4 L",
        "2 Runden aufgezeichnet, alle übermittelt",
    )
    assert words.tooltip(two).endswith("iRacing ✓ Firestore ✓ · 2 Runden aufgezeichnet, alle übermittelt")


@pytest.mark.usefixtures("german")
def test_what_is_to_be_put_back_is_said_in_german() -> None:
    text = words.message(replace(DRIVING, put_back=PUT_BACK))
    assert text.endswith(
        "\nZurückstellen, was Bo Lind hatte: Bremsbalance 54.5, bei dir 52.0; Traktionskontrolle 4, bei dir 6"
    )


@pytest.mark.usefixtures("german")
@pytest.mark.parametrize("thread", ["collector", "writer", "courier-firestore", "team-watch", "listener", "log-file"])
def test_in_german_too_a_standstill_fits_the_menu_with_what_to_do(thread: str) -> None:
    now = replace(DRIVING, still=(Standstill(thread, "writing", 5400.0),))
    assert words.lines(now)[0].endswith(("teamtactics neu starten", "nicht beenden, sieh nach dem Laufwerk"))


@pytest.mark.usefixtures("german")
@pytest.mark.parametrize("face", Face)
def test_in_german_no_line_and_no_tooltip_is_cut_off(face: Face) -> None:
    shown = [*words.lines(BY_FACE[face]), words.tooltip(BY_FACE[face])]
    assert not any("…" in text.replace("Ada…", "") for text in shown), shown
