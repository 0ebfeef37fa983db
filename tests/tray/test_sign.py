"""What the icon says follows from the status, and it never says more than is known."""

from __future__ import annotations

from dataclasses import replace

import pytest

from teamtactics.model.status import SimulatorState, SinkCounts, SinkState, SinkStatus, Status, Witness
from teamtactics.tray.sign import NEWS_S, YOUNG_S, Badge, Face, Sign, sign, tally
from tray.statuses import BY_FACE, CONNECTED, DOWN, DRIVING, IDLE, NEEDY, NOW_S, OK, OWN, REFUSED, TEAM, counts


def test_there_is_a_status_for_each_face() -> None:
    assert set(BY_FACE) == set(Face)


@pytest.mark.parametrize("face", Face)
def test_each_situation_has_its_face(face: Face) -> None:
    assert sign(BY_FACE[face]).face is face


@pytest.mark.parametrize("face", [Face.TEAM_MATE, Face.DELIVERED, Face.RECORDING, Face.UNREACHABLE, Face.LOCAL])
def test_the_stint_is_on_the_icon_while_somebody_drives(face: Face) -> None:
    assert sign(BY_FACE[face]).stint == 3


@pytest.mark.parametrize("status", [IDLE, CONNECTED, replace(CONNECTED, car=OWN)])
def test_no_stint_is_on_the_icon_while_nobody_is_known_to_drive(status: Status) -> None:
    assert sign(status).stint is None


def test_an_old_confirmation_is_no_delivery() -> None:
    old = replace(OK, confirmed_at_s=NOW_S - YOUNG_S - 1)
    assert sign(replace(DRIVING, sinks=(old,))).face is Face.RECORDING


def test_what_waits_behind_an_old_confirmation_is_no_delivery_although_the_other_sink_is_young() -> None:
    topic = SinkStatus("pubsub", SinkState.OK, NOW_S - 1000)
    both = replace(counts(), sinks={"firestore": SinkCounts(42), "pubsub": SinkCounts(9, waiting=1)})
    assert sign(replace(DRIVING, sinks=(OK, topic), counts=both)).face is Face.RECORDING
    nothing_waits = replace(both, sinks={"firestore": SinkCounts(42), "pubsub": SinkCounts(10)})
    assert sign(replace(DRIVING, sinks=(OK, topic), counts=nothing_waits)).face is Face.DELIVERED


def test_a_lap_on_its_way_does_not_make_the_icon_flicker() -> None:
    assert sign(replace(DRIVING, counts=counts(42, 1))).face is Face.DELIVERED


def test_one_unreachable_sink_of_two_is_shown() -> None:
    topic = replace(DOWN, name="pubsub")
    assert sign(replace(DRIVING, sinks=(OK, topic))).face is Face.UNREACHABLE


def test_what_still_waits_after_the_race_is_shown_before_the_pc_is_switched_off() -> None:
    assert sign(replace(IDLE, sinks=(DOWN,), counts=counts(40, 2))).face is Face.UNREACHABLE
    assert sign(replace(IDLE, sinks=(DOWN,), counts=counts(42, 0))).face is Face.WAITING


TOPIC_REFUSED = replace(REFUSED, name="pubsub")


@pytest.mark.parametrize(
    ("trouble", "shown"),
    [
        (replace(DRIVING, sinks=(REFUSED,)), Badge.DANGER),
        (replace(DRIVING, sinks=(REFUSED, TOPIC_REFUSED)), Badge.DANGER),
        (replace(DRIVING, sinks=(OK, TOPIC_REFUSED)), Badge.NEEDS_YOU),
        (replace(DRIVING, conflict="another client"), Badge.NEEDS_YOU),
        (NEEDY, Badge.DANGER),
        (replace(NEEDY, in_danger=False), Badge.NEEDS_YOU),
        (DRIVING, None),
        (replace(DRIVING, sinks=()), None),
    ],
)
def test_red_is_only_what_endangers_the_recording_or_all_delivery(trouble: Status, shown: Badge | None) -> None:
    assert sign(trouble).badge is shown


@pytest.mark.parametrize("face", sorted(set(Face) - {Face.STANDS_STILL}))
def test_a_need_does_not_hide_the_state(face: Face) -> None:
    without = sign(BY_FACE[face])
    assert sign(replace(BY_FACE[face], needs=("This.",))) == replace(without, badge=Badge.DANGER)


def test_a_wrong_topic_while_firestore_takes_everything_leaves_the_plate_green() -> None:
    status = replace(DRIVING, sinks=(OK, TOPIC_REFUSED))
    both = replace(counts(), sinks={"firestore": SinkCounts(42), "pubsub": SinkCounts(0, waiting=42)})
    assert sign(replace(status, counts=both)) == Sign(Face.DELIVERED, 3, Badge.NEEDS_YOU)


def test_what_stands_still_has_its_face_and_no_badge() -> None:
    assert sign(replace(BY_FACE[Face.STANDS_STILL], needs=("This.",))) == Sign(Face.STANDS_STILL)


def test_a_replay_is_nothing_to_record() -> None:
    assert sign(replace(CONNECTED, simulator=SimulatorState.REPLAY, car=TEAM)) == Sign(Face.WAITING)


def test_a_car_seen_from_outside_is_driven_by_somebody() -> None:
    assert sign(replace(CONNECTED, car=replace(TEAM, witness=Witness.SEEN))).face is Face.TEAM_MATE


def test_old_news_of_a_team_mate_and_ones_own_former_stint_are_nobody_driving() -> None:
    assert sign(replace(CONNECTED, car=replace(TEAM, true_at_s=NOW_S - NEWS_S - 1))).face is Face.CONNECTED
    assert sign(replace(CONNECTED, car=replace(TEAM, customer_id=101))).face is Face.CONNECTED
    assert sign(replace(CONNECTED, car=replace(TEAM, true_at_s=NOW_S - NEWS_S + 1))).face is Face.TEAM_MATE


def test_only_configured_sinks_count() -> None:
    of_both = {"firestore": SinkCounts(5, 2, 1), "pubsub": SinkCounts(0, 900)}
    count = tally(replace(DRIVING, counts=replace(counts(), sinks=of_both)))
    assert (count.recorded, count.confirmed, count.waiting, count.refused) == (8, 5, 2, 1)
