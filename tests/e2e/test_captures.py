"""Real captures, rebuilt into frames: what the program makes of a real stop, a real change and a real team race."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from e2e.captures import SixHours, from_timelines, text_of, watched_change
from race.driving import follow, known, run_events, seen
from teamtactics.model.events import Event, RunEventKind
from teamtactics.model.facts import MomentKind
from teamtactics.telemetry.opening import open_source

ME, MATE, TEAM = 101, 202, 77


def moments(events: list[Event]) -> list[tuple[str, float]]:
    """The pit events with their session times, to a hundredth."""
    wanted = (RunEventKind.PIT_ENTER, RunEventKind.STOP_MOVING, RunEventKind.START_MOVING, RunEventKind.PIT_EXIT)
    return [(event.kind.value, round(event.at.session_time_s, 2)) for event in run_events(events, *wanted)]


@pytest.mark.recording
def test_a_real_full_service_stop_is_one_visit_with_the_request_it_was_made_for(shared_data: Path) -> None:
    """SIMULATOR#stop: boxes clear one by one as they are served, and are ticked again in the tick of the exit."""
    capture = shared_data / "real" / "capture-20260506-011906-767.timelines.json"
    litres = {116.0: 110.0, 419.7: 98.0, 434.0: 97.5, 436.5: 97.5, 465.1: 109.9, 503.0: 109.0}
    frames = [frame for frame in from_timelines(capture, litres) if frame.session_time < 502.3]
    # The capture ends on the exit road; there it would come to the track.
    last = frames[-1]
    frames += [
        last._replace(tick=last.tick + n, session_time=last.session_time + n / 60, player_track_surface=3)
        for n in range(1, 30)
    ]
    events = follow(frames, text_of("spa", "porsche", ME))
    visit = [("pitEnter", 413.43), ("stopMoving", 434.42), ("startMoving", 486.02), ("pitExit", 488.83)]
    assert moments(events)[2:6] == [(kind, pytest.approx(at_s, abs=0.035)) for kind, at_s in visit]
    laps = {facts.lap: facts for facts in seen(events)}
    assert [(request.flags, request.is_final) for request in laps[2].requests] == [(63, True)]
    (filling,) = laps[2].fillings
    assert filling.added_l == pytest.approx(12.4, abs=0.05)
    assert known(events)[1].pit_sv_flags == 63


@pytest.mark.recording
def test_on_pit_road_may_be_false_for_three_seconds_in_the_lane(shared_data: Path) -> None:
    """SIMULATOR#lane-holes: False from 216.87 to 220.03 with the car in the pit lane by track surface."""
    capture = shared_data / "real" / "capture-20260506-020427-294.timelines.json"
    events = follow(from_timelines(capture, {205.0: 97.0, 545.0: 88.0}), text_of("nurb", "bmw", ME))
    assert moments(events) == [("startMoving", pytest.approx(213.85, abs=0.02)), ("pitExit", 243.75)]
    assert [event.kind for event in run_events(events)].count(RunEventKind.RESET) == 1, "put into its stall at 545.85"
    assert known(events) == {}, "the counter fell from 0 to -1: no lap was completed"


@pytest.mark.recording
@pytest.mark.parametrize("tick_s", [0.5, 1 / 60])
def test_a_real_driver_change_is_one_visit_to_who_watches(tick_s: float, shared_data: Path) -> None:
    frames = watched_change(shared_data / "real" / "portimao-swap-car8.json", tick_s)
    events = follow(frames, text_of("portimao", "bmw", ME, TEAM, MATE))
    told = seen(events)[-1]
    kinds = [moment.kind for moment in told.moments]
    assert told.lap == 90
    assert kinds.count(MomentKind.EXIT) == 1
    assert not {MomentKind.PUT, MomentKind.PLACED, MomentKind.ENTER} & set(kinds)
    lap = known(events)[89]
    assert lap.on_pit_road
    assert lap.tally.pit_enter is not None
    assert lap.session_time_s == pytest.approx(9193.0, abs=0.6), "the line lies in the lane"


@pytest.mark.slow
@pytest.mark.recording
def test_the_six_hour_race_has_the_stops_litres_and_repairs_of_its_log(shared_data: Path) -> None:
    race = SixHours.read(shared_data / "real" / "irtactics-6h-road_america.log.gz")
    events = follow(race.frames(), text_of("roadamerica", "919", ME, TEAM))
    visits = [(kind, at_s) for kind, at_s in moments(events) if kind in ("pitEnter", "pitExit")]
    told = [4566.87, 5399.32, 6014.05, 7597.62, 7719.8, 8862.7, 14132.97, 14260.05, 14331.63, 16716.47]
    assert [at_s for _, at_s in visits] == pytest.approx(told, abs=0.1)
    ends = ["pitEnter", "pitExit"]
    assert [kind for kind, _ in visits] == ["pitExit", *ends, *ends, *ends, *ends, "pitEnter"]
    laps = known(events)
    assert [*laps] == [*range(33, 65), *range(109, 131)]
    for number, lap in laps.items():
        line_s = next((at_s for at_s, (told_lap, _) in race.lines.items() if told_lap == number), None)
        if line_s is not None and number != 108:
            assert lap.fuel_level_l == pytest.approx(race.lines[line_s][1], abs=0.05), number
    assert {number: round(lap.tally.fuel_added_l, 1) for number, lap in laps.items() if lap.tally.fuel_added_l} == {
        40: 17.5,
        110: 2.5,
    }
    assert laps[40].fuel_used_l == pytest.approx(45.149 + 62.5 - 44.981 - 59.978, abs=0.05)
    assert (laps[40].tally.repair_s, laps[40].tally.optional_repair_s) == pytest.approx((500.0, 48.49), abs=0.01)
    assert laps[54].tally.optional_repair_s == pytest.approx(63.77, abs=0.01)
    assert laps[54].tally.fuel_added_l == 0.0, "a stop for repairs alone"
    assert [(laps[n].stint, laps[n].stint_lap) for n in (39, 40, 53, 54, 63, 64)] == [
        (2, 7),
        (3, 1),
        (3, 14),
        (4, 1),
        (4, 10),
        (5, 1),
    ]


@pytest.mark.slow
@pytest.mark.recording
def test_a_filling_that_a_driver_change_cuts_in_two_is_known_whole_to_the_team(shared_data: Path) -> None:
    race = SixHours.read(shared_data / "real" / "irtactics-6h-road_america.log.gz")
    mine = follow([frame for frame in race.frames() if frame.session_time < 8910.0], text_of("ra", "919", ME, TEAM))
    his = follow(race.next_driver(), text_of("ra", "919", MATE, TEAM))
    alone, together = known(his)[64], known(mine, his)[64]
    assert alone.fuel_used_l is None
    assert alone.tally.fuel_added_l is None
    assert together.tally.fuel_added_l == pytest.approx(62.5 - 1.654, abs=0.05)
    assert together.fuel_used_l == pytest.approx(1.859 + 62.5 - 1.654 - 60.0, abs=0.3)
    assert (together.stint, together.stint_lap) == (5, 1)


@pytest.mark.recording
def test_the_image_of_the_newest_build_shows_its_lap_time(shared_data: Path, tmp_path: Path) -> None:
    image = tmp_path / "race-2026.dump"
    image.write_bytes(gzip.decompress((shared_data / "real" / "race-2026-72-cars.dump.gz").read_bytes()))
    source = open_source(image, None)
    assert source.connect()
    try:
        (frame, *_) = source.read(5.0)
        info = source.info
    finally:
        source.disconnect()
    assert frame.lap_last_lap_time == pytest.approx(191.0314, abs=5e-5)
    assert frame.car_last_lap_time == pytest.approx(191.0314, abs=5e-5)
    assert (frame.lap, frame.lap_completed, frame.car_lap_completed) == (2, 1, 1)
    assert info is not None
    assert info.session(0) is not None
    assert info.own is not None
    assert not source.missing_variables
