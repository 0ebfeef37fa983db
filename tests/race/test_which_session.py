"""Which session it is: proof, never a guess."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from race.driving import ADA, BEN, Car, follow, kinds, known, session_info
from race.test_witness import Seen
from teamtactics.model.events import Event, SessionBegan
from teamtactics.model.frame import Frame
from teamtactics.model.session import SessionInfo
from teamtactics.race.tracker import Tracker


def told(stretches: Sequence[tuple[Sequence[Frame], SessionInfo]]) -> list[Event]:
    """Everything that one tracker tells of frames that come with one text after another."""
    tracker, events = Tracker(state_interval_s=1e9), list[Event]()
    for frames, info in stretches:
        events += follow(frames, info, tracker)
    return events


def begun(events: list[Event]) -> list[SessionBegan]:
    return [event for event in events if isinstance(event, SessionBegan)]


def taken(car: Car) -> list[Frame]:
    """What the car showed since this was last asked."""
    frames, car.frames = car.frames, []
    return frames


def own(info: SessionInfo, **changes: Any) -> SessionInfo:
    assert info.own is not None
    return replace(info, own=replace(info.own, **changes))


ODD = {
    "own entry without team": own(session_info(), team_id=0, team_name="Ada Falk"),
    "no session id": session_info(session_id=0, subsession_id=0),
    "no team racing": own(session_info(team_racing=False), team_id=0),
    "another car's entry": own(session_info(driver_car_idx=7), car_idx=7, team_id=78),
}


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD.keys())
@pytest.mark.parametrize("odd_s", [0.1, 2.0, 4.0])
def test_a_text_that_takes_back_who_we_are_for_a_moment_begins_nothing(odd: SessionInfo, odd_s: float) -> None:
    car, right = Car(fuel_level=50.0).run(1.0).lap(then_s=20.0).drive_into_pits().stand_in_stall().leave_pits(), None
    right = session_info()
    stretches = [(taken(car), right), (taken(car.run(odd_s)), odd), (taken(car.run(10.0)), replace(right))]
    car.run(odd_s)
    stretches += [(taken(car), replace(odd)), (taken(car.lap(30.0, then_s=6.0)), replace(right))]
    events = told(stretches)
    assert len(begun(events)) == 1
    assert kinds(events).count("driver") == 1
    assert [(n, lap.stint, lap.stint_lap) for n, lap in known(events).items()] == [(1, 1, 1), (2, 2, 1)]


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD.keys())
def test_a_watcher_goes_on_watching_while_a_text_takes_back_who_we_are(odd: SessionInfo) -> None:
    car, right = Seen().run(40.0).passes_line(), session_info(me=ADA, in_car=BEN)
    stretches = [(taken(car), right), (taken(car.run(3.0)), odd)]
    stretches.append((taken(car.stops().passes_line(then_s=40.0)), replace(right)))
    events = told(stretches)
    assert len(begun(events)) == 1
    assert known(events)[5].stint == 2


def test_a_text_that_goes_on_saying_so_is_believed() -> None:
    car, other = Car().run(20.0), own(session_info(), team_id=99)
    events = told([(taken(car), session_info()), (taken(car.run(20.0)), other)])
    assert [event.info.own.team_id for event in begun(events) if event.info.own] == [77, 99]


@pytest.mark.parametrize("change", [{"subsession_id": 2001}, {"session_id": 1001}, {"track_id": 10}])
def test_an_id_that_the_session_does_not_have_is_proof_at_once(change: dict[str, int]) -> None:
    car = Car().run(20.0)
    events = told([(taken(car), session_info()), (taken(car.run(2.0)), session_info(**change))])
    assert len(begun(events)) == 2


@pytest.mark.parametrize("waited_s", [0.5, 3.0])
def test_a_team_s_event_is_opened_when_the_text_names_the_team(waited_s: float) -> None:
    car = Car().run(waited_s)
    nameless = own(session_info(), team_id=0, team_name="Ada Falk")
    events = told([(taken(car), nameless), (taken(car.run(1.0).lap(then_s=6.0)), session_info())])
    assert [event.info.is_team_session for event in begun(events)] == [True]


def test_who_has_no_team_in_a_team_s_event_is_recorded_as_a_single_driver_after_a_while() -> None:
    events = told([(Car().run(10.0).frames, own(session_info(), team_id=0))])
    assert [event.info.is_team_session for event in begun(events)] == [False]
