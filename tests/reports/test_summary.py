"""Stints and stops come out of the lap documents alone, wherever the line lies."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from teamtactics.contract.documents import lap_document
from teamtactics.model.parcel import Document, Value
from teamtactics.model.records import LapRecord, LapTally
from teamtactics.reports.stops import Stop, services, stops
from teamtactics.reports.summary import (
    LAP_COLUMNS,
    LapKind,
    clean_laps,
    lap_kinds,
    laps_to_empty,
    recent_burned_l,
    stints,
)

MOMENTS = ("PitEnterTime", "StopMovingTime", "StartMovingTime", "PitExitTime")
RECORD = LapRecord(
    lap_completed=1,
    official_s=90.0,
    measured_s=90.0,
    customer_id=1,
    driver="Ada",
    stint=1,
    stint_lap=1,
    fuel_level_l=50.0,
    fuel_used_l=2.5,
    on_pit_road=False,
    track_temp_c=30.0,
    pit_sv_flags=0,
    session_time_s=90.0,
    time_of_day_s=36000.0,
    session_state=4,
    session_flags=0,
    gap_s=0.0,
    tally=LapTally(),
)


def lap(number: int, **fields: Value) -> Document:
    """A flying lap by Ada, with other *fields* where they are given."""
    return {**lap_document(replace(RECORD, lap_completed=number)), **fields}


def test_the_columns_are_the_fields_of_a_lap_document() -> None:
    assert sorted(LAP_COLUMNS) == sorted(lap_document(RECORD))
    assert len(LAP_COLUMNS) == len(set(LAP_COLUMNS))


def test_mean_and_best_of_a_stint_are_of_its_clean_laps_and_the_litres_without_pits_and_tows() -> None:
    laps = [
        lap(3, LapLastLapTime=95.0, PitEnterTime=260.0, OnPitRoad=True, Driver="Ben", FuelUsed=3.5),
        lap(1, LapLastLapTime=None),
        lap(2, LapLastLapTime=91.0, LapTimeMeasured=91.0, FuelUsed=2.6),
        lap(4, LapLastLapTime=79.0, Stint=2, StintLap=1, PitExitTime=280.0, FuelUsed=3.1),
        lap(5, LapLastLapTime=92.0, LapTimeMeasured=92.0, Stint=2, StintLap=2),
        lap(6, LapLastLapTime=93.0, LapTimeMeasured=93.0, Stint=2, StintLap=3),
        lap(7, LapLastLapTime=None, Stint=2, StintLap=4, PlayerCarTowTime=30.0, FuelUsed=9.0),
    ]
    first, second = stints(laps)
    assert (first.stint, first.drivers, first.laps, first.first_lap, first.last_lap) == (1, ("Ada", "Ben"), 3, 1, 3)
    assert (first.best_s, first.average_s, first.fuel_per_lap_l, first.clean_laps) == (91.0, 91.0, 2.55, 1)
    assert (second.best_s, second.average_s, second.laps) == (92.0, 92.5, 4), (
        "79 s is the out lap's, timed from the stall"
    )
    assert (second.fuel_per_lap_l, second.clean_laps) == (2.5, 2)


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({}, LapKind.CLEAN),
        ({"LapLastLapTime": None}, LapKind.UNTIMED),
        ({"LapTimeMeasured": 92.0}, LapKind.UNTIMED),
        ({"LapTimeMeasured": 90.4}, LapKind.CLEAN),
        ({"LapTimeMeasured": None}, LapKind.CLEAN),
        ({"Gap": 3.0}, LapKind.UNTIMED),
        ({"OnPitRoad": True}, LapKind.IN),
        ({"PitEnterTime": 500.0}, LapKind.IN),
        ({"PitExitTime": 500.0}, LapKind.OUT),
        ({"Stint": 2, "StintLap": 1}, LapKind.OUT),
        ({"PitEnterTime": 500.0, "PitExitTime": 540.0}, LapKind.PITS),
        ({"StopMovingTime": 500.0}, LapKind.PITS),
        ({"FuelAdded": 20.0}, LapKind.PITS),
        ({"PlayerCarTowTime": 20.0, "PitExitTime": 540.0}, LapKind.TOW),
        ({"FuelUsed": None, "Source": "teammate"}, LapKind.CLEAN),
    ],
)
def test_what_kind_of_lap_it_was(fields: dict[str, Value], kind: LapKind) -> None:
    assert lap_kinds([lap(7, **fields)]) == {7: kind}
    assert clean_laps([lap(7, **fields)]) == ([lap(7, **fields)] if kind is LapKind.CLEAN else [])


def test_the_first_lap_of_a_race_is_timed_from_the_green_flag_and_not_from_line_to_line() -> None:
    assert lap_kinds([lap(1, LapLastLapTime=80.0, LapTimeMeasured=91.0)]) == {1: LapKind.UNTIMED}
    assert lap_kinds([lap(1, LapTimeMeasured=None)]) == {1: LapKind.UNTIMED}, "nobody can tell"
    assert lap_kinds([lap(1)]) == {1: LapKind.CLEAN}, "a first lap of practice begins at the line"


def test_laps_after_the_finish_are_none() -> None:
    """The flag falls for everybody when the leader finishes; the own car still has to come to the line."""
    laps = [lap(8), lap(9, SessionState=5), lap(10, SessionState=5), lap(11, SessionState=6)]
    assert [*lap_kinds(laps).values()] == [LapKind.CLEAN, LapKind.CLEAN, LapKind.AFTER, LapKind.AFTER]


def test_a_spin_is_no_measure_of_its_stint_and_a_wet_track_is() -> None:
    times = [90.0, 90.5, 91.0, 90.2, 118.0, 99.0, 98.5]
    laps = [lap(n, LapLastLapTime=time, LapTimeMeasured=time) for n, time in enumerate(times, start=2)]
    assert [n for n, kind in lap_kinds(laps).items() if kind is LapKind.SLOW] == [6]
    assert [one["LapCompleted"] for one in clean_laps(laps)] == [2, 3, 4, 5, 7, 8]


def test_what_a_lap_costs_now_is_the_mean_of_the_last_five_clean_ones_whose_fuel_is_known() -> None:
    used = [9.0, 2.1, None, 2.2, 2.3, 0.0, 2.4, 2.5]
    laps = [lap(n, FuelUsed=litres) for n, litres in enumerate(used, start=2)]
    assert recent_burned_l([*laps, lap(10, FuelUsed=5.0, OnPitRoad=True)]) == [2.1, 2.2, 2.3, 2.4, 2.5]
    assert recent_burned_l([lap(3, OnPitRoad=True)]) == []


def test_laps_to_empty() -> None:
    assert laps_to_empty(25.0, 2.5) == 10.0
    assert laps_to_empty(-0.2, 2.5) == 0.0
    assert (laps_to_empty(None, 2.5), laps_to_empty(20.0, None), laps_to_empty(20.0, 0.0)) == (None, None, None)


def test_a_stint_of_which_nothing_is_known_has_no_numbers() -> None:
    """Back-filled laps have null for what a team-mate cannot see."""
    empty = dict.fromkeys(LAP_COLUMNS)
    laps: list[Document] = [{**empty, "LapCompleted": 8, "Source": "teammate"}, lap(1)]
    known, unknown = stints(laps)
    assert (known.stint, unknown.stint) == (1, None)
    assert (unknown.laps, unknown.drivers) == (1, ())
    assert (unknown.best_s, unknown.average_s, unknown.fuel_per_lap_l) == (None, None, None)


def test_a_stop_in_one_document() -> None:
    moments = {"PitEnterTime": 100.0, "StopMovingTime": 110.0, "StartMovingTime": 135.5, "PitExitTime": 150.0}
    assert stops([lap(1), lap(2, **moments, FuelAdded=30.0, PitSvFlags=0x1F), lap(3)]) == [
        Stop(
            2, 2, 100.0, 110.0, 135.5, 150.0, 50.0, 25.5, 30.0, ("LF", "RF", "LR", "RR", "fuel"), 0.0, 0.0, "Ada", None
        )
    ]


def test_a_drive_through_has_no_stop_and_asks_for_nothing() -> None:
    (stop,) = stops([lap(2, PitEnterTime=100.0, PitSvFlags=0x10), lap(3, PitExitTime=130.0)])
    assert (stop.lap_in, stop.lap_out, stop.lane_s, stop.stationary_s) == (2, 3, 30.0, None)
    assert stop.services is None


AT_LINE = [lap(n, SessionTime=n * 100.0, Driver="Ada" if n < 3 else "Ben") for n in range(1, 6)]


@pytest.mark.parametrize(
    ("number", "moments", "drivers"),
    [
        pytest.param(3, (250.0, 260.0, 290.0, 295.0), ("Ada", "Ben"), id="the stall before the line"),
        pytest.param(3, (190.0, 210.0, 240.0, 250.0), ("Ada", "Ben"), id="the line between entry and stall"),
        pytest.param(5, (410.0, 420.0, 440.0, 450.0), ("Ben", "Ben"), id="without a change"),
        pytest.param(1, (10.0, 20.0, 40.0, 50.0), (None, "Ada"), id="before the first line"),
        pytest.param(5, (510.0, 520.0, 540.0, 550.0), ("Ben", None), id="behind the last line"),
        pytest.param(3, (250.0, 260.0, None, None), ("Ada", "Ben"), id="nobody saw it leave"),
        pytest.param(3, (None, None, 240.0, 250.0), ("Ada", "Ben"), id="put into its stall"),
    ],
)
def test_who_drove_before_a_stop_and_behind_it(
    number: int, moments: tuple[float | None, ...], drivers: tuple[str | None, str | None]
) -> None:
    laps = [dict(one) for one in AT_LINE]
    laps[number - 1].update(zip(MOMENTS, moments, strict=True), FuelAdded=10.0)
    (stop,) = stops(laps)
    assert (stop.driver_before, stop.driver_after) == drivers


def test_leaving_the_garage_is_no_stop() -> None:
    assert stops([lap(1, StartMovingTime=5.0, PitExitTime=20.0), lap(2)]) == []


@pytest.mark.parametrize("done", ["PlayerCarTowTime", "PitRepairLeft", "PitOptRepairLeft", "FuelAdded"])
def test_a_car_that_was_put_into_its_stall_and_worked_on_has_made_a_stop(done: str) -> None:
    fields: dict[str, Value] = {done: 12.5}
    (stop,) = stops([lap(5, StartMovingTime=500.0, PitExitTime=515.0, **fields)])
    assert (stop.enter_s, stop.stop_s, stop.start_s, stop.exit_s) == (None, None, 500.0, 515.0)
    assert (stop.lane_s, stop.stationary_s, stop.services) == (None, None, None)


def test_a_tow_begins_a_visit_of_its_own() -> None:
    """The car came in, went out again and was towed back: the first exit's moment is overwritten in the document."""
    laps = [
        lap(4, PitEnterTime=390.0, StopMovingTime=400.0, FuelAdded=20.0),
        lap(5, StartMovingTime=600.0, PitExitTime=620.0, PlayerCarTowTime=40.0, FuelAdded=5.0),
    ]
    first, tow = stops(laps)
    assert (first.enter_s, first.exit_s, first.lap_out, first.fuel_added_l) == (390.0, None, None, 20.0)
    assert (tow.start_s, tow.exit_s, tow.tow_s, tow.fuel_added_l) == (600.0, 620.0, 40.0, 5.0)


def test_a_stop_whose_exit_nobody_recorded_ends_with_the_next_entry() -> None:
    laps = [lap(4, PitEnterTime=390.0, StopMovingTime=400.0), lap(9, PitEnterTime=800.0, PitExitTime=830.0)]
    first, second = stops(laps)
    assert (first.exit_s, first.lap_out, first.lane_s) == (None, None, None)
    assert (second.lap_in, second.lane_s) == (9, 30.0)


def test_services_are_decoded_bit_by_bit() -> None:
    assert services(0) == ()
    assert services(0x7F) == ("LF", "RF", "LR", "RR", "fuel", "tear-off", "fast-repair")
    assert services(0x60 | 0x1000) == ("tear-off", "fast-repair")


@given(
    line=st.integers(0, 4),
    visits=st.lists(st.sampled_from(["", "through", "stop"]), min_size=1, max_size=12),
    litres=st.lists(st.integers(0, 60).map(float), min_size=12, max_size=12),
)
def test_wherever_the_line_lies_the_stops_are_those_that_were_made(
    line: int, visits: list[str], litres: list[float]
) -> None:
    """
    The line lies before the entry (0), between two of the four moments (1 to 3), or behind the exit (4): every visit,
    also on consecutive laps, comes out with its own moments, litres and request.
    """
    laps: list[dict[str, Value]] = [dict(lap(1))]
    truth = []

    def cross() -> None:
        laps.append(dict(lap(len(laps) + 1)))

    for index, visit in enumerate(visits):
        begin_s = 1000.0 + index * 100
        at_s = [begin_s + 10, begin_s + 20, begin_s + 35, begin_s + 50]
        happened = [at for at, name in zip(at_s, MOMENTS, strict=True) if visit == "stop" or "Pit" in name]
        for place, (name, moment_s) in enumerate(zip(MOMENTS, at_s, strict=True)):
            if place == line:
                cross()
            if visit and moment_s in happened:
                laps[-1][name] = moment_s
            if visit == "stop" and name == "StopMovingTime":
                laps[-1].update(FuelAdded=litres[index], PitSvFlags=index)
        if line == 4:
            cross()
        if visit == "stop":
            truth.append((*at_s, 40.0, 15.0, litres[index], services(index)))
        elif visit:
            truth.append((at_s[0], None, None, at_s[3], 40.0, None, None, None))
    found = [
        (s.enter_s, s.stop_s, s.start_s, s.exit_s, s.lane_s, s.stationary_s, s.fuel_added_l, s.services)
        for s in stops(laps)
    ]
    # What a drive-through is charged with (nothing, or 0) is no matter here.
    assert [row if row[1] is not None else (*row[:6], None, None) for row in found] == truth
