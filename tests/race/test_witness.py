"""What a member sees from outside while a team-mate drives."""

from __future__ import annotations

from typing import Any

import pytest

from race.driving import ADA, BEN, Car, follow, kinds, session_info
from teamtactics.model.events import LapFilledIn, SeenFromOutside, SessionBegan
from teamtactics.model.records import LapTally, Moment, RunState
from teamtactics.race.session_change import left_behind
from teamtactics.race.tracker import Tracker

WATCHING: dict[str, Any] = {
    "is_on_track": False,
    "is_on_track_car": False,
    "lap": 0,
    "lap_completed": 0,
    "fuel_level": 0.0,
    "on_pit_road": False,
    "player_track_surface": 3,
    "speed": 50.0,
    "car_lap": 4,
    "car_lap_completed": 3,
    "car_on_pit_road": False,
    "car_track_surface": 3,
    "car_last_lap_time": 61.0,
    "lap_last_lap_time": 61.0,
}
BEN_DRIVES = session_info(me=ADA, in_car=BEN)


class Seen(Car):
    """The own car as a member sees it who does not drive."""

    def __init__(self, **changes: Any) -> None:
        super().__init__(**{**WATCHING, **changes})

    def passes_line(self, lap_time: float = 60.0, then_s: float = 5.0) -> Seen:
        self.set(car_lap=self.values["car_lap"] + 1, car_lap_completed=self.values["car_lap_completed"] + 1)
        self.run(0.5)
        self.set(lap_last_lap_time=lap_time, car_last_lap_time=lap_time, lap_current_lap_time=0.5)
        self.run(then_s)
        return self


def told(lap: int, at_s: float, **changes: Any) -> RunState:
    values: dict[str, Any] = {
        "session_time_s": at_s,
        "customer_id": BEN,
        "driver": "Ben Ruiz",
        "stint": 2,
        "stint_lap": 1,
        "lap_completed": lap,
        "lap_last_lap_time_s": None,
        "lap_start_s": at_s - 5.0,
        "fuel_level_l": 40.0,
        "fuel_at_lap_start_l": 40.5,
        "on_pit_road": False,
        "tally": LapTally(),
    }
    return RunState(**{**values, **changes})


def filled_in(events: object) -> list[LapFilledIn]:
    assert isinstance(events, list | tuple)
    return [event for event in events if isinstance(event, LapFilledIn)]


def test_a_lap_that_the_drivers_client_does_not_tell_is_filled_in_20_s_after_the_line() -> None:
    tracker = Tracker()
    car = Seen().run(40.0).passes_line().run(13.0)
    assert filled_in(follow(car.frames, BEN_DRIVES, tracker)) == []
    car.frames.clear()
    (lap,) = filled_in(follow(car.run(3.0).frames, BEN_DRIVES, tracker))
    record = lap.record
    assert not lap.is_own
    assert (record.lap_completed, record.official_s, record.customer_id) == (4, 60.0, BEN)
    assert record.session_time_s == pytest.approx(100.0 + 40.0 + 1 / 60 - 1.0, abs=0.02), "the picture is a second old"
    assert (record.fuel_level_l, record.fuel_used_l, record.tally.fuel_added_l, record.pit_sv_flags) == (None,) * 4


def test_a_lap_that_the_drivers_client_tells_is_not_filled_in() -> None:
    tracker = Tracker()
    car = Seen().run(40.0).passes_line()
    follow(car.frames, BEN_DRIVES, tracker)
    car.frames.clear()
    tracker.adopt(told(4, car.values["session_time"] - 0.5))
    assert filled_in(follow(car.run(30.0).frames, BEN_DRIVES, tracker)) == []


def test_a_lap_told_before_it_is_seen_from_outside_is_not_filled_in() -> None:
    tracker = Tracker()
    car = Seen().run(40.0)
    follow(car.frames, BEN_DRIVES, tracker)
    car.frames.clear()
    tracker.adopt(told(4, car.values["session_time"] - 0.2))
    assert filled_in(follow(car.passes_line().run(30.0).frames, BEN_DRIVES, tracker)) == []


def test_laps_whose_line_the_drivers_client_did_not_see_are_filled_in_though_it_knows_the_count() -> None:
    tracker = Tracker()
    car = Seen().run(40.0).passes_line()
    follow(car.frames, BEN_DRIVES, tracker)
    car.frames.clear()
    tracker.adopt(told(4, car.values["session_time"] - 0.5, lap_start_s=None))
    assert [lap.record.lap_completed for lap in filled_in(follow(car.run(30.0).frames, BEN_DRIVES, tracker))] == [4]


def test_a_lap_is_filled_in_though_its_count_was_told_before_it_is_seen_from_outside() -> None:
    """The driver's client came back just behind a line that it had not seen; our picture of it is a second old."""
    tracker = Tracker()
    car = Seen().run(40.0)
    follow(car.frames, BEN_DRIVES, tracker)
    car.frames.clear()
    state = told(4, car.values["session_time"] - 0.2, lap_start_s=None, stint_lap=3, fuel_at_lap_start_l=None)
    tracker.adopt(state)
    (lap,) = filled_in(follow(car.passes_line().run(30.0).frames, BEN_DRIVES, tracker))
    assert (lap.record.lap_completed, lap.record.stint, lap.record.stint_lap) == (4, 2, 3)
    assert lap.record.measured_s is None, "where it began was told by nobody"


def test_a_car_out_of_the_world_completes_nothing_and_leaves_no_pit_road() -> None:
    car = Seen().run(40.0)
    car.set(car_on_pit_road=True, car_track_surface=2).run(5.0).set(car_track_surface=1).run(5.0)
    car.set(car_lap=-1, car_lap_completed=-1, car_on_pit_road=False, car_track_surface=-1).run(5.0)
    car.set(car_lap=4, car_lap_completed=3, car_on_pit_road=True, car_track_surface=1).run(5.0)
    tracker = Tracker()
    assert filled_in(follow(car.frames, BEN_DRIVES, tracker)) == []
    memory = tracker.memory
    assert memory is not None
    assert memory.pits.visit is not None
    assert memory.stint.number == 1
    car.frames.clear()
    follow(car.set(car_track_surface=2).run(5.0).set(car_on_pit_road=False).run(1.0).frames, BEN_DRIVES, tracker)
    assert (memory.pits.visit, memory.stint.number) == (None, 2)


def test_a_drive_through_seen_from_outside_begins_no_stint() -> None:
    car = Seen().run(10.0).set(car_on_pit_road=True, car_track_surface=2).run(10.0)
    car.set(car_track_surface=1).run(0.3).set(car_track_surface=2).run(5.0).set(car_on_pit_road=False).run(1.0)
    tracker = Tracker()
    follow(car.frames, BEN_DRIVES, tracker)
    assert tracker.memory is not None
    assert tracker.memory.stint.number == 1
    assert tracker.memory.lap.pit_enter is not None
    assert tracker.memory.lap.pit_exit is not None


def test_who_joins_in_mid_race_and_knows_no_stint_invents_none() -> None:
    (lap,) = filled_in(follow(Seen().run(40.0).passes_line().run(30.0).frames, BEN_DRIVES))
    assert (lap.record.stint, lap.record.stint_lap, lap.record.measured_s) == (None, None, None)


def test_a_watcher_of_the_start_counts_stints_from_the_first_on() -> None:
    car = Seen(car_lap=0, car_lap_completed=-1, session_time=1.0).run(10.0).passes_line()
    car.run(60.0).passes_line().run(30.0)
    (lap,) = filled_in(follow(car.frames, BEN_DRIVES))
    assert (lap.record.lap_completed, lap.record.stint, lap.record.stint_lap) == (1, 1, 1)
    assert lap.record.measured_s == pytest.approx(65.5, abs=0.05)


@pytest.mark.parametrize("is_state_late", [False, True])
def test_a_car_that_was_told_to_stand_and_shows_on_the_track_has_left_its_pits(is_state_late: bool) -> None:
    """The simulator was away over the exit, or the client began after it: a new stint, whose begin is null."""
    tracker = Tracker()
    car = Seen().run(40.0)
    follow(car.frames, BEN_DRIVES, tracker)
    stopped_s = car.values["session_time"] + 2.0
    stop = Moment(stopped_s, 50_000.0)
    state = told(3, stopped_s, on_pit_road=True, stint_lap=2, tally=LapTally(pit_enter=stop, stop_moving=stop))
    if not is_state_late:
        tracker.adopt(state)
    car.frames.clear()
    follow(car.skip(30.0).run(5.0).frames, BEN_DRIVES, tracker)
    if is_state_late:
        tracker.adopt(state)
    car.frames.clear()
    (lap,) = filled_in(follow(car.run(5.0).passes_line().run(30.0).frames, BEN_DRIVES, tracker))
    assert (lap.record.lap_completed, lap.record.stint, lap.record.stint_lap) == (4, 3, 1)
    assert lap.record.tally.pit_exit is None


def test_a_tow_into_the_stall_that_ends_with_another_driver_without_client_begins_a_stint() -> None:
    """Ben's client told the tow while the car still stood on the track; who gets in then tells nothing."""
    tracker = Tracker()
    car = Seen().run(40.0)
    follow(car.frames, BEN_DRIVES, tracker)
    car.frames.clear()
    tracker.adopt(told(3, car.values["session_time"] - 0.5, stint=2, tally=LapTally(tow_s=15.0)))
    car.run(2.0).set(car_track_surface=-1).run(4.0).set(car_on_pit_road=True, car_track_surface=1).run(20.0)
    car.set(car_on_pit_road=False, car_track_surface=3).run(5.0).passes_line().run(30.0)
    (lap,) = filled_in(follow(car.frames, BEN_DRIVES, tracker))
    assert (lap.record.lap_completed, lap.record.stint, lap.record.stint_lap) == (4, 3, 1)


def test_an_exit_after_a_tow_that_was_told_before_it_is_seen_counts_once() -> None:
    tracker = Tracker()
    car = Seen().run(40.0).set(car_on_pit_road=True, car_track_surface=1).run(20.0)
    follow(car.frames, BEN_DRIVES, tracker)
    car.frames.clear()
    out_s = car.values["session_time"] - 0.5
    tracker.adopt(told(3, out_s, stint=3, stint_lap=0, tally=LapTally(tow_s=15.0, pit_exit=Moment(out_s, 50_000.0))))
    car.set(car_on_pit_road=False, car_track_surface=3).run(5.0).passes_line().run(30.0)
    (lap,) = filled_in(follow(car.frames, BEN_DRIVES, tracker))
    assert (lap.record.lap_completed, lap.record.stint, lap.record.stint_lap) == (4, 3, 1)
    assert lap.record.tally.pit_exit == Moment(out_s, 50_000.0)


def test_what_a_watcher_has_seen_is_on_disk_before_his_client_can_be_killed() -> None:
    """Each line, entry, stop and exit is an event, for which the recorder writes the checkpoint."""
    tracker = Tracker()
    car = Seen(car_lap=1, car_lap_completed=0, session_time=1.0).run(10.0).passes_line()
    car.set(car_on_pit_road=True, car_track_surface=2).run(5.0).set(car_track_surface=1).run(5.0)
    car.set(car_track_surface=2).run(5.0).set(car_on_pit_road=False, car_track_surface=3).run(5.0)
    checkpoints = [
        tracker.checkpoint()
        for frame in car.frames
        if any(isinstance(event, SeenFromOutside) for event in follow([frame], BEN_DRIVES, tracker))
    ]
    assert len(checkpoints) == 4
    killed = Tracker()
    (began,) = killed.advance(car.frames[-1], BEN_DRIVES) or killed.advance(car.frames[-1], BEN_DRIVES)
    assert isinstance(began, SessionBegan)
    killed.resume(checkpoints[-1])
    assert tracker.memory is not None
    assert killed.memory is not None
    assert killed.memory.stint == tracker.memory.stint
    assert killed.memory.witness.facts == tracker.memory.witness.facts


def test_a_counter_that_falls_to_0_for_some_ticks_is_no_lap_when_it_comes_back() -> None:
    car = Seen(car_lap=2, car_lap_completed=1).run(10.0)
    car.set(car_lap_completed=0).run(0.1).set(car_lap_completed=1).run(40.0)
    assert filled_in(follow(car.frames, BEN_DRIVES)) == []


def test_after_a_gap_the_laps_in_it_stay_absent() -> None:
    car = Seen().run(40.0).skip(200.0).set(car_lap=7, car_lap_completed=6).run(60.0)
    assert filled_in(follow(car.frames, BEN_DRIVES)) == []


def test_a_single_session_has_no_second_witness() -> None:
    info = session_info(me=ADA, in_car=BEN, team_racing=False)
    assert filled_in(follow(Seen().run(40.0).passes_line().run(30.0).frames, info)) == []


def test_a_spectator_follows_and_writes_nothing() -> None:
    own = BEN_DRIVES.own
    assert own is not None
    info = session_info(me=ADA, in_car=BEN, own=type(own)(**{**_fields(own), "is_spectator": True}))
    assert follow(Seen().run(40.0).passes_line().run(30.0).frames, info) == []
    assert follow(Car().run(1.0).lap(then_s=1.0).frames, info) == []


def _fields(entry: Any) -> dict[str, Any]:
    return {name: getattr(entry, name) for name in entry.__dataclass_fields__}


def test_the_driver_without_client_is_named_after_a_minute_of_driving() -> None:
    tracker = Tracker()
    car = Seen().run(61.0)
    follow(car.frames, BEN_DRIVES, tracker)
    assert tracker.silent_driver == ("Ben Ruiz", pytest.approx(61.0, abs=0.1))
    tracker.adopt(told(3, car.values["session_time"]))
    assert tracker.silent_driver is None
    car.frames.clear()
    follow(car.run(10.0).frames, BEN_DRIVES, tracker)
    assert tracker.silent_driver == ("Ben Ruiz", pytest.approx(10.0, abs=0.1))
    car.frames.clear()
    follow(car.set(car_track_surface=-1, car_lap_completed=-1).run(1.0).frames, BEN_DRIVES, tracker)
    assert tracker.silent_driver is None, "nobody drives a car that is not in the world"


def test_who_gets_in_again_after_a_driver_without_client_is_announced_as_a_driver_change() -> None:
    tracker = Tracker()
    car = Car(lap=4, lap_completed=3, on_pit_road=True, lap_dist_pct=0.95).stand_in_stall(3.0).out_of_the_car(3.0)
    assert kinds(follow(car.frames, session_info(), tracker)) == ["driver", "driverLeft"]
    seen = Seen(
        session_time=car.values["session_time"], session_tick=car.values["session_tick"], tick=car.values["tick"]
    )
    follow(seen.run(30.0).frames, BEN_DRIVES, tracker)
    again = Car(**{**car.values, **{k: seen.values[k] for k in ("session_time", "session_tick", "tick")}})
    assert kinds(follow(again.stand_in_stall(3.0).frames, BEN_DRIVES, tracker)) == ["driver"]


def test_laps_that_wait_survive_the_end_of_the_session_and_of_the_program() -> None:
    tracker = Tracker()
    car = Seen().run(40.0).passes_line()
    follow(car.frames, BEN_DRIVES, tracker)
    assert [lap.record.lap_completed for lap in filled_in(left_behind(tracker.checkpoint()))] == [4]
    car.frames.clear()
    car.set(session_num=1, session_unique_id=2, session_time=1.0).run(4.0)
    events = follow(car.frames, BEN_DRIVES, tracker)
    assert [lap.record.lap_completed for lap in filled_in(events)] == [4]
    assert any(isinstance(event, SessionBegan) for event in events)


@pytest.mark.parametrize(("rate", "of_day_s"), [(0, 43_200.0), (1, 43_218.0), (4, 43_272.0)])
def test_the_time_of_day_of_the_line_is_right_however_fast_the_day_runs(rate: int, of_day_s: float) -> None:
    car = Seen(session_time=1.0)
    for _ in range(19):
        car.run(
            1.0,
            session_time_of_day=car.values["session_time_of_day"]
            if rate == 0
            else 43_200.0 + len(car.frames) / 60 * rate,
        )
    if rate == 0:
        for index, frame in enumerate(car.frames):
            car.frames[index] = frame._replace(session_time_of_day=43_200.0)
        car.set(session_time_of_day=43_200.0)
    else:
        car.set(session_time_of_day=43_200.0 + 19.0 * rate)
    events = follow(car.passes_line().run(30.0).frames, BEN_DRIVES)
    (lap,) = filled_in(events)
    assert lap.record.time_of_day_s == pytest.approx(of_day_s, abs=rate)
