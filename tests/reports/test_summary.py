"""Stints and stops come out of the lap documents alone, wherever the line lies."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from teamtactics.contract.documents import lap_document
from teamtactics.model.parcel import Document, Value
from teamtactics.model.records import LapRecord, LapTally
from teamtactics.reports.summary import LAP_COLUMNS, Stop, services, stints, stops

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
    assert len(LAP_COLUMNS) == 36


def test_a_stint_sums_up_its_laps_and_leaves_in_and_out_laps_out_of_the_average() -> None:
    laps = [
        lap(3, LapLastLapTime=95.0, PitEnterTime=260.0, OnPitRoad=True, Driver="Ben", FuelUsed=None),
        lap(1, LapLastLapTime=None),
        lap(2, LapLastLapTime=91.0),
        lap(4, LapLastLapTime=89.0, Stint=2, PitExitTime=280.0),
        lap(5, LapLastLapTime=92.0, Stint=2),
        lap(6, LapLastLapTime=93.0, Stint=2),
        lap(7, LapLastLapTime=None, Stint=2, PlayerCarTowTime=30.0),
    ]
    first, second = stints(laps)
    assert (first.stint, first.drivers, first.laps, first.first_lap, first.last_lap) == (1, ("Ada", "Ben"), 3, 1, 3)
    assert (first.best_s, first.average_s, first.fuel_per_lap_l) == (91.0, 91.0, 2.5)
    assert (second.best_s, second.average_s, second.laps) == (89.0, 92.5, 4)


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
        Stop(2, 2, 100.0, 110.0, 135.5, 150.0, 50.0, 25.5, 30.0, ("LF", "RF", "LR", "RR", "fuel"), 0.0, 0.0)
    ]


def test_a_drive_through_has_no_stop_and_asks_for_nothing() -> None:
    (stop,) = stops([lap(2, PitEnterTime=100.0, PitSvFlags=0x10), lap(3, PitExitTime=130.0)])
    assert (stop.lap_in, stop.lap_out, stop.lane_s, stop.stationary_s) == (2, 3, 30.0, None)
    assert stop.services is None


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
