"""What one variable tells: of the tank, the settings, a lap time, a text, the time of day, a visit to the stall."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from race.driving import ADA, BEN, Car, session_info
from teamtactics.model.events import Event, FormerLapTimed
from teamtactics.model.facts import MomentKind, Place, Sight, Vantage
from teamtactics.model.frame import Frame
from teamtactics.model.records import Moment
from teamtactics.model.session import SessionEntry
from teamtactics.race.eyes.delay import moment_then, note_newest, shown_then
from teamtactics.race.eyes.fuel import FuelGauge
from teamtactics.race.eyes.in_car import Settings
from teamtactics.race.eyes.laps import PendingLap, marker_runs, official_or_none
from teamtactics.race.eyes.pits.visit import PitVisit, is_in_stall
from teamtactics.race.eyes.seat import is_driven, who_sits_here
from teamtactics.race.eyes.telling import SightUnderWay, Telling
from teamtactics.race.identity import SessionSeen, is_another
from teamtactics.race.memory import Outside, SessionKey
from teamtactics.race.session_change import Doubt, FormerLap, SessionChange, lacks_team, takes_back

DT_S = 0.0625


def frame(at_s: float = 512.0, **changes: Any) -> Frame:
    return Frame(**{**Car().values, "session_time": at_s, **changes})


def gauge(level_l: float, *readings_l: float | None, is_filling: bool = True) -> tuple[list[float], float | None]:
    """What came in with each reading, and the level that is believed then."""
    fuel = FuelGauge(level_l)
    return [fuel.advance(reading_l, DT_S, is_filling) for reading_l in readings_l], fuel.level_l


def test_every_rise_of_a_standing_car_counts_and_noise_does_not() -> None:
    assert gauge(0.0, 0.001) == ([0.0], 0.001)
    assert gauge(0.0, 0.002) == ([0.002], 0.002)
    assert gauge(10.0, 10.25, 10.5) == ([0.25, 0.25], 10.5)
    assert gauge(10.0, 10.25, is_filling=False) == ([0.0], 10.25), "regeneration"
    assert gauge(10.0, None, 10.25) == ([0.0, 0.25], 10.25)
    assert gauge(10.0, 9.75, 10.0) == ([0.0, 0.25], 10.0), "what is burned is no filling"


def test_no_rig_fills_faster_and_no_car_burns_faster() -> None:
    fastest_l = 0.5 + 5.0 * DT_S
    assert gauge(0.0, fastest_l) == ([fastest_l], fastest_l)
    assert gauge(0.0, fastest_l + 0.25) == ([0.0], 0.0)
    assert gauge(10.0, 9.75) == ([0.0], 9.75)
    assert gauge(10.0, 9.5) == ([0.0], 10.0), "half a litre in a tick must hold"


def test_a_level_far_from_the_last_counts_when_it_holds() -> None:
    readings = [20.0] * 3
    assert gauge(10.0, *readings[1:]) == ([0.0] * (2), 10.0)
    assert gauge(10.0, *readings) == ([0.0] * 3, 20.0)
    assert gauge(10.0, 20.0, 20.25, 20.5)[1] == 20.5
    assert gauge(10.0, 20.0, 20.5, 21.0)[1] == 10.0, "none of them holds"
    assert gauge(10.0, 20.0, 20.0, 10.0, 20.0, 20.0)[1] == 10.0, "between two odd ones it read as before"
    assert gauge(10.0, 20.0, 5.0, 20.0, 20.0)[1] == 10.0


def test_an_empty_tank_is_believed_after_a_second() -> None:
    assert gauge(10.0, *[0.0] * (59))[1] == 10.0
    assert gauge(10.0, *[0.0] * 60)[1] == 0.0


def test_a_tank_that_was_changed_was_not_filled() -> None:
    fuel = FuelGauge(10.0)
    for _ in range(3):
        assert not fuel.was_set
        assert fuel.advance(30.0, DT_S, is_filling=True) == 0.0
    assert fuel.was_set
    fuel.advance(30.25, DT_S, is_filling=True)
    assert not fuel.was_set
    lower = FuelGauge(10.0)
    for _ in range(3):
        lower.advance(5.0, DT_S, is_filling=True)
    assert (lower.level_l, lower.was_set) == (5.0, False)
    driven = FuelGauge(10.0)
    for _ in range(3):
        driven.advance(30.0, DT_S, is_filling=False)
    assert (driven.level_l, driven.was_set) == (30.0, False)


def test_a_forgotten_tank_is_taken_as_it_comes() -> None:
    fuel = FuelGauge(10.0)
    fuel.advance(30.0, DT_S, is_filling=True)
    fuel.forget()
    assert (fuel.level_l, fuel.suspect_ticks) == (None, 0)
    assert fuel.advance(30.0, DT_S, is_filling=True) == 0.0
    assert fuel.level_l == 30.0
    assert FuelGauge().advance(0.0, DT_S, is_filling=True) == 0.0


def test_settings_count_when_they_hold() -> None:
    one, other = (("dcABS", 3.0),), (("dcABS", 0.0),)
    settings = Settings(one)
    for shown, believed in ((other, one), (other, one), (one, one), (other, one), (other, one), (other, other)):
        settings.see(shown)
        assert settings.value == believed
    assert (settings.odd, settings.odd_ticks) == (None, 0)
    settings.see(one)
    settings.see(None)
    settings.see(one)
    settings.see(one)
    assert settings.value == other, "each in a row of its own"
    settings.see(one)
    assert settings.value == one


def pending(lap: int = 7, **line: Any) -> PendingLap:
    values = {"lap_completed": 7, "lap_last_lap_time": 91.0, "lap_current_lap_time": 92.0, "car_last_lap_time": 90.0}
    at_line = frame(**{**values, **line})
    return PendingLap(Telling(lap), at_line, marker_runs(at_line))


def behind(waited_s: float, **changes: Any) -> Frame:
    values = {"lap_completed": 7, "lap_last_lap_time": 91.0, "lap_current_lap_time": 92.0, "car_last_lap_time": 90.0}
    return frame(512.0 + waited_s, **{**values, **changes})


@pytest.mark.parametrize(
    ("waited_s", "changes", "told"),
    [
        (0.5, {}, (False, None)),
        (0.5, {"lap_last_lap_time": 92.0}, (True, 92.0)),  # another time
        (0.5, {"lap_last_lap_time": 92.0, "lap_current_lap_time": 0.5}, (True, 92.0)),
        (0.5, {"lap_current_lap_time": 0.5}, (True, 91.0)),  # the same time again, by the refresh
        (0.5, {"lap_current_lap_time": 1.0}, (True, 91.0)),
        (0.5, {"lap_current_lap_time": 1.25}, (False, None)),
        (0.5, {"lap_current_lap_time": 0.0}, (False, None)),  # 0 alone is what nobody set
        (0.5, {"lap_last_lap_time": 0.0, "lap_current_lap_time": 0.5}, (False, None)),
        (0.5, {"lap_last_lap_time": 0.0}, (False, None)),
        (0.5, {"lap_last_lap_time": -1.0, "lap_current_lap_time": 0.5}, (True, None)),
        (0.5, {"lap_last_lap_time": None}, (False, None)),
        (4.75, {}, (False, None)),
        (5.0, {}, (True, None)),
        (5.0, {"car_last_lap_time": 93.0}, (True, 93.0)),
        (4.75, {"car_last_lap_time": 93.0}, (False, None)),
        (5.0, {"car_last_lap_time": -1.0}, (True, None)),
        (0.5, {"lap_completed": 6, "car_lap_completed": None, "lap_last_lap_time": 92.0}, (True, 92.0)),  # nobody in it
        (5.75, {"lap_completed": 0, "car_lap_completed": -1, "lap_last_lap_time": 92.0}, (True, None)),
        (5.5, {"lap_completed": 0, "car_lap_completed": -1, "lap_last_lap_time": 92.0}, (True, 92.0)),
        (3.0, {"lap_completed": 8, "lap_last_lap_time": 92.0, "lap_current_lap_time": 3.5}, (True, 92.0)),
        (3.0, {"lap_completed": 8, "lap_last_lap_time": 92.0, "lap_current_lap_time": 3.75}, (False, None)),
        (3.0, {"lap_completed": 8, "lap_last_lap_time": 92.0, "lap_current_lap_time": None}, (True, 92.0)),
        (3.0, {"lap_completed": 9, "lap_last_lap_time": 92.0, "lap_current_lap_time": 3.0}, (False, None)),
        (3.0, {"lap_completed": 0, "car_lap_completed": 9, "lap_last_lap_time": 92.0}, (False, None)),
        (5.0, {"lap_completed": 9, "lap_last_lap_time": 92.0}, (True, None)),
    ],
)
def test_a_lap_has_its_own_time_and_never_the_one_before(
    waited_s: float, changes: dict[str, Any], told: tuple[bool, float | None]
) -> None:
    assert pending().official_time(behind(waited_s, **changes)) == told


def test_a_clock_of_the_lap_that_did_not_run_at_the_line_proves_nothing() -> None:
    for current_s, runs in ((5.5, False), (5.75, True), (None, False), (0.0, False)):
        assert marker_runs(frame(lap_current_lap_time=current_s)) is runs
    assert pending(lap_current_lap_time=0.5).official_time(behind(0.5, lap_current_lap_time=0.5)) == (False, None)


def test_who_did_not_look_while_the_time_was_shown_does_not_know_that_there_is_none() -> None:
    seen, unseen = pending(), pending()
    assert seen.look(behind(5.0))
    assert (seen.telling.is_timed, seen.telling.official_s) == (True, None)
    assert unseen.look(behind(5.0, lap_completed=9))
    assert not unseen.telling.is_timed
    assert not pending().look(behind(4.0))
    late = pending()
    assert late.look(behind(3.0, lap_completed=8, lap_last_lap_time=92.0, lap_current_lap_time=3.25))
    assert (late.telling.is_timed, late.telling.official_s) == (True, 92.0), "behind the next line, before its refresh"
    out_lap = pending(0)
    assert out_lap.look(behind(0.5, lap_last_lap_time=92.0))
    assert (out_lap.telling.is_timed, out_lap.telling.official_s) == (True, None)
    first = pending(1, lap_completed=1)
    first.look(behind(0.5, lap_completed=1, lap_last_lap_time=92.0))
    assert first.telling.official_s == 92.0


def test_a_lap_waits_for_the_text_that_names_its_driver() -> None:
    waits = pending()
    waits.settles_s = 518.0
    assert not waits.look(behind(5.75, lap_last_lap_time=92.0))
    assert waits.telling.official_s == 92.0
    assert waits.look(behind(6.0, lap_last_lap_time=95.0))
    assert waits.telling.official_s == 92.0, "what came first is this lap's"


def test_a_lap_time_of_0_or_below_is_none() -> None:
    assert [official_or_none(value) for value in (None, 0.0, -1.0, 0.25)] == [None, None, None, 0.25]


def visit(**changes: Any) -> PitVisit:
    return PitVisit(**{"came": MomentKind.ENTER, "request": 15, **changes})


STANDS = {"stood_in_stall": True, "is_standing": True}


def test_on_the_way_to_the_stall_the_driver_changes_his_mind() -> None:
    on_the_way = visit()
    on_the_way.note_request(frame(pit_sv_flags=3), in_stall=False)
    assert on_the_way.request == 3
    on_the_way.note_request(frame(pit_sv_flags=None), in_stall=False)
    assert on_the_way.request == 3
    queue = visit(is_standing=True)
    queue.note_request(frame(pit_sv_flags=0, speed=0.0), in_stall=False)
    assert (queue.request, queue.is_request_final) == (0, False)


def test_in_the_stall_boxes_are_only_added_until_one_clears_and_holds() -> None:
    """SIMULATOR#stop: boxes clear one by one as they are served, and are ticked again in the tick of the exit."""
    in_stall = visit(**STANDS)
    in_stall.note_request(frame(pit_sv_flags=31, speed=0.0), in_stall=True)
    assert (in_stall.request, in_stall.is_request_final, in_stall.was_served) == (31, False, False)
    for ticks in range(1, 4):
        assert not in_stall.is_request_final
        in_stall.note_request(frame(pit_sv_flags=30, speed=0.0), in_stall=True)
        assert in_stall.cleared_ticks == ticks
    assert (in_stall.request, in_stall.is_request_final, in_stall.was_served) == (31, True, True)
    in_stall.note_request(frame(pit_sv_flags=127, speed=0.0), in_stall=True)
    in_stall.note_request(frame(pit_sv_flags=127), in_stall=False)
    assert in_stall.request == 31, "final"


def test_a_box_that_is_clear_for_a_tick_clears_nothing() -> None:
    torn = visit(**STANDS)
    for flags in (0, 0, 15, 0, 0):
        torn.note_request(frame(pit_sv_flags=flags, speed=0.0), in_stall=True)
    assert (torn.request, torn.is_request_final, torn.cleared_ticks) == (15, False, 2)
    rolls = visit()
    rolls.note_request(frame(pit_sv_flags=1), in_stall=True)
    assert (rolls.request, rolls.cleared_ticks) == (1, 0), "it still rolls: who clears a box is the driver"


def test_of_a_stop_of_which_nothing_was_requested_yet_no_box_is_cleared() -> None:
    """Who took the seat in the stall has not seen what was ticked before: nothing of it is known to be served."""
    found = visit(request=None, **STANDS)
    for _ in range(5):
        found.note_request(frame(pit_sv_flags=30, speed=0.0), in_stall=True)
    assert (found.request, found.cleared_ticks, found.is_request_final, found.was_served) == (30, 0, False, False)


def test_who_moves_off_is_no_more_asked() -> None:
    leaves = visit(stood_in_stall=True)
    leaves.note_request(frame(pit_sv_flags=63, speed=0.5), in_stall=True)
    assert leaves.request == 15
    leaves.note_request(frame(pit_sv_flags=63, speed=0.5 - 0.25), in_stall=True)
    assert (leaves.request, leaves.is_request_final) == (63, False)
    leaves.note_request(frame(pit_sv_flags=127, speed=5.0), in_stall=False)
    assert (leaves.request, leaves.is_request_final) == (63, True)
    stands = visit(**STANDS)
    stands.note_request(frame(pit_sv_flags=127, speed=0.0), in_stall=False)
    assert (stands.request, stands.is_request_final) == (15, False)


@pytest.mark.parametrize(
    ("active", "flags", "standing", "served"),
    [(True, 15, True, True), (False, 15, True, False), (True, 0, True, False), (True, 15, False, False)],
)
def test_the_crew_works_where_something_is_asked_for(active: bool, flags: int, standing: bool, served: bool) -> None:
    at_work = visit(request=0, stood_in_stall=standing, is_standing=standing)
    at_work.note_request(frame(pit_sv_flags=flags, pitstop_active=active, speed=0.0), in_stall=True)
    assert at_work.was_served is served


def test_standing_and_service_are_told_once() -> None:
    told, at = visit(), Moment(512.0, None)
    assert list(told.untold(at)) == []
    told.stood_in_stall = True
    assert list(told.untold(at)) == [(MomentKind.STOOD, at)]
    told.was_served = True
    assert list(told.untold(at)) == [(MomentKind.SERVED, at)]
    assert list(told.untold(at)) == []


@pytest.mark.parametrize(
    ("in_stall", "driven", "stood"), [(True, True, True), (None, True, True), (False, True, False), (True, False, True)]
)
def test_a_car_that_was_put_into_its_stall_did_not_stop_there(in_stall: bool | None, driven: bool, stood: bool) -> None:
    at = Moment(512.0, None)
    stands = visit(slow_since=at, has_driven=driven)
    assert stands.stand(in_stall) == ((MomentKind.STOP, at) if driven else None)
    assert (stands.is_standing, stands.stood_in_stall, stands.stop_s) == (True, stood, 512.0)
    again = visit(slow_since=Moment(520.0, None), stop_s=512.0, stood_in_stall=True)
    again.stand(False)
    assert (again.stop_s, again.stood_in_stall) == (512.0, True)


@pytest.mark.parametrize(
    ("parked", "surface", "answer"),
    [(True, 2, True), (False, 1, True), (False, 3, False), (None, 1, True), (None, None, None), (False, None, False)],
)
def test_the_stall_is_where_the_car_is_parked_or_stands_by_the_surface(
    parked: bool | None, surface: int | None, answer: bool | None
) -> None:
    assert is_in_stall(frame(player_car_in_pit_stall=parked, player_track_surface=surface)) is answer


@pytest.mark.parametrize(
    ("car", "track", "garage", "driven"),
    [
        (True, False, False, True),
        (False, True, False, False),
        (None, True, None, True),
        (None, False, None, False),
        (True, True, True, False),
        (None, None, None, False),
    ],
)
def test_the_car_is_driven_here(car: bool | None, track: bool | None, garage: bool | None, driven: bool) -> None:
    assert is_driven(frame(is_on_track_car=car, is_on_track=track, is_in_garage=garage)) is driven


def test_who_sits_here_stands_in_the_text_or_in_the_settings() -> None:
    info = session_info(ADA, BEN)
    old = replace(info, driver_user_id=None)
    solo = replace(old, team_racing=False)
    assert [who_sits_here(each, 7) for each in (info, old, solo)] == [ADA, 7, 7]
    assert [who_sits_here(each, None) for each in (info, old, solo)] == [ADA, None, BEN]
    assert who_sits_here(replace(solo, own=None), None) is None


def test_a_text_that_takes_back_who_we_are_must_stand() -> None:
    doubt = Doubt()
    assert doubt.is_over(False, 100.0)
    assert [doubt.is_over(True, at_s) for at_s in (100.0, 104.75, 105.0)] == [False, False, True]
    assert not Doubt().is_over(True, 0.0)
    assert not doubt.is_over(True, 99.0), "a clock that is set back proves nothing: it stands from there on"
    assert [doubt.is_over(True, at_s) for at_s in (103.9, 104.0)] == [False, True]
    assert doubt.is_over(False, 200.0)
    assert not doubt.is_over(True, 200.5)


KEY = SessionKey(2, 3, 1000, 2000, 9, 77, 5)


def test_that_an_id_is_gone_proves_no_other_session() -> None:
    info = session_info()
    assert info.own is not None
    teamless = replace(info, own=replace(info.own, team_id=0))
    assert not takes_back(info, KEY)
    assert takes_back(teamless, KEY)
    assert not takes_back(teamless, None)
    assert not takes_back(replace(info, own=None), KEY)
    assert takes_back(replace(info, session_id=0, subsession_id=0), KEY)
    assert takes_back(replace(info, track_id=0), KEY)
    for other in ({"session_id": 1001}, {"subsession_id": 2001}, {"track_id": 10}):
        assert not takes_back(replace(info, **other), KEY)
    assert lacks_team(teamless)
    assert not lacks_team(info)
    assert not lacks_team(replace(teamless, team_racing=False))
    assert not lacks_team(replace(teamless, session_id=0))
    assert not lacks_team(replace(info, own=None))


def test_a_session_change_waits_for_a_newer_text_and_not_for_ever() -> None:
    info, newer = session_info(), session_info()
    change = SessionChange(2, 4, 100.0, info, False)
    assert change.is_to(frame(session_num=2, session_unique_id=4))
    assert not change.is_to(frame(session_num=2, session_unique_id=3))
    assert not change.is_to(frame(session_num=1, session_unique_id=4))
    assert [change.is_believed(frame(100.0), newer) for _ in range(3)] == [False] * (2) + [True]
    for at_s, is_believed in ((100.0, False), (102.75, False), (103.0, True), (99.0, True)):
        assert change.is_believed(frame(at_s), info) is is_believed


def test_the_last_lap_of_a_session_may_have_its_time_from_the_results() -> None:
    out: list[Event] = []
    former = FormerLap(1, 7)
    assert not former.look(frame(59.75), out)
    assert former.look(frame(60.0), out)
    former.learn(session_info(sessions=(SessionEntry(1, "Qualify", None, None, 6, 90.0),)))
    former.learn(session_info(sessions=(SessionEntry(2, "Race", None, None, 7, 90.0),)))
    assert (former.official_s, out) == (None, [])
    former.learn(session_info(sessions=(SessionEntry(1, "Qualify", None, None, 7, 91.5),)))
    assert former.look(frame(12.0), out)
    assert out == [FormerLapTimed(1, 7, 91.5, 12.0)]


@pytest.mark.parametrize(
    ("at_s", "laps", "begun"),
    [(59.75, 0, True), (60.0, 0, False), (5.0, -1, True), (5.0, 1, False), (5.0, None, False)],
)
def test_a_session_has_just_begun_near_0_without_a_lap(at_s: float, laps: int | None, begun: bool) -> None:
    seen = SessionSeen(0, 0, at_s, laps)
    assert seen.has_just_begun is begun
    assert is_another(SessionSeen(0, 0, 600.0), seen) is begun
    assert not is_another(SessionSeen(0, 0, at_s), seen), "it did not fall"


@pytest.mark.parametrize("known", [(None, 0), (0, None)])
def test_of_a_session_without_its_ids_nothing_is_proved(known: tuple[int | None, int | None]) -> None:
    assert not is_another(SessionSeen(*known, 600.0), SessionSeen(7, 8, 5.0, 0))
    for ids in ((7, 0), (0, 8)):
        assert not is_another(SessionSeen(*ids, 600.0), SessionSeen(*ids, 5.0, 0)), "online sessions have ids"


def test_weather_and_flags_show_at_once_and_the_car_a_second_late() -> None:
    seen, dry = Outside(), frame(500.0, track_wetness=1)
    note_newest(seen, dry)
    assert shown_then(seen, dry) is dry
    for tick in range(3):
        note_newest(seen, frame(510.0 + tick / 60.0, track_wetness=3))
    assert shown_then(seen, frame(510.75, track_wetness=3)) is dry
    assert shown_then(seen, frame(511.0, track_wetness=3)).track_wetness == 3
    for name in ("track_temp", "session_state", "session_flags", "air_temp", "weather_declared_wet"):
        each = Outside()
        note_newest(each, frame(500.0, **{name: 1}))
        for tick in range(3):
            note_newest(each, frame(501.0 + tick / 60.0, **{name: 2}))
        assert getattr(shown_then(each, frame(501.5)), name) == 1, name


@pytest.mark.parametrize(
    ("passed_s", "of_day_s", "then_s"),
    [
        (4.75, 50_004.75, None),  # whole seconds: too soon to tell how fast the day runs
        (5.0, 50_005.0, 50_004.0),
        (10.0, 50_080.0, 50_072.0),  # eight times faster
        (10.0, 50_000.0, 50_000.0),  # it stands still
        (10.0, None, None),
    ],
)
def test_the_time_of_day_a_second_ago(passed_s: float, of_day_s: float | None, then_s: float | None) -> None:
    seen = Outside()
    note_newest(seen, frame(500.0, session_time_of_day=50_000.0))
    now = frame(500.0 + passed_s, session_time_of_day=of_day_s)
    note_newest(seen, now)
    assert moment_then(seen, now) == Moment(499.0 + passed_s, then_s)


def test_the_time_of_day_a_second_before_midnight_and_after_hours() -> None:
    seen = Outside()
    note_newest(seen, frame(500.0, session_time_of_day=86_390.0))
    assert moment_then(seen, frame(510.0, session_time_of_day=0.0)).time_of_day_s == 86_399.0
    note_newest(seen, frame(10_500.0, session_time_of_day=10.0))
    assert seen.first == Moment(500.0, 86_390.0)
    note_newest(seen, frame(10_500.25, session_time_of_day=10.0))
    assert seen.first == Moment(10_500.25, 10.0)
    assert moment_then(Outside(), frame(510.0)).time_of_day_s is None


def test_a_lap_whose_time_is_not_there_yet_goes_on_waiting() -> None:
    waits = pending()
    for waited_s in (0.5, 4.0):
        assert not waits.look(behind(waited_s))
        assert not waits.telling.is_timed
    assert waits.look(behind(4.5, lap_last_lap_time=92.0))


def test_what_is_true_at_the_line_is_that_of_the_newest_tick_that_says_so() -> None:
    seen = Outside()
    for at_s, wetness in ((500.0, 1), (500.25, 1), (500.5, 3), (500.75, 4), (501.0, 3), (501.25, 1), (501.5, 3)):
        now = frame(at_s, track_wetness=wetness)
        note_newest(seen, now)
        assert seen.former is None
        assert shown_then(seen, now).track_wetness == 1, "none of the others holds"
        assert (seen.newest is now) is (wetness == 1)


def test_in_the_first_second_of_a_session_the_newest_tick_is_all_there_is() -> None:
    seen, first = Outside(), frame(0.5)
    note_newest(seen, first)
    assert shown_then(seen, first) is first


def test_a_time_of_day_that_was_not_told_at_first_tells_no_rate() -> None:
    seen = Outside()
    note_newest(seen, frame(500.0, session_time_of_day=None))
    assert moment_then(seen, frame(510.0)) == Moment(509.0, None)


def test_a_stretch_that_a_line_was_thought_to_part_is_one() -> None:
    early, before = Sight(480.0, 485.0, Vantage.CAR), Sight(490.0, 500.0, Vantage.CAR, ADA, unseen_s=0.5)
    for earlier in ((), (early,)):
        lap = Telling(5, (*earlier, before))
        lap.absorb(Telling(6, sight=SightUnderWay(Vantage.CAR, 500.0, ADA, Place.TRACK, 502.0, Place.LANE)))
        assert lap.sights == earlier
        assert lap.sight is not None
        assert lap.sight.told() == replace(before, until_s=502.0, place_last=Place.LANE)


@pytest.mark.parametrize(
    ("waited_s", "shown_s", "told"),
    [(5.0, 0.0, (False, None)), (5.25, 0.0, (False, None)), (5.5, 0.0, (True, None)), (5.0, 1.0, (True, 1.0))],
)
def test_a_time_that_reads_0_at_the_end_of_the_waiting_is_looked_at_once_more(
    waited_s: float, shown_s: float, told: tuple[bool, float | None]
) -> None:
    """0 is what nobody has set."""
    assert pending().official_time(behind(waited_s, car_last_lap_time=shown_s)) == told


def test_where_no_counter_tells_how_far_the_car_has_come_a_time_is_believed_as_long_as_it_is_waited_for() -> None:
    nowhere: dict[str, Any] = {"lap_completed": None, "car_lap_completed": None, "lap_last_lap_time": 92.0}
    for lap in (1, 7):
        first = pending(lap, lap_completed=lap)
        assert first.official_time(behind(5.5, **nowhere)) == (True, 92.0)
        assert first.official_time(behind(5.75, **nowhere)) == (True, None)


def test_a_car_that_comes_to_rest_in_its_stall_is_not_served_yet() -> None:
    """Who clears a box until it stands is the driver; and where the speed is not told it stands."""
    comes = visit()
    for _ in range(5):
        comes.note_request(frame(pit_sv_flags=16, speed=0.25), in_stall=True)
    assert (comes.request, comes.cleared_ticks, comes.is_request_final) == (31, 0, False)
    unknown = visit(**STANDS)
    unknown.note_request(frame(pit_sv_flags=16, speed=None), in_stall=True)
    assert (unknown.request, unknown.cleared_ticks) == (15, 1)


def test_a_level_that_was_odd_before_the_rig_went_on_must_hold_anew() -> None:
    assert gauge(10.0, 20.0, 10.25, 20.0, 20.0)[1] == 10.25
    assert gauge(10.0, 20.0, 10.25, 20.0, 20.0, 20.0)[1] == 20.0
