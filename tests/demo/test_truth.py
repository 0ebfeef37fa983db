"""The known truth, checked against small races that were worked out by hand."""

from __future__ import annotations

from itertools import pairwise

import pytest

from race_sim import truth
from teamtactics.demo.actions import ALL_TYRES, Action, DriveThrough, LeaveCar, Reset, Service, Stop, Tow, Untimed
from teamtactics.demo.script import Car, Member, Script, Session, StartKind, Track

ADA, BEN = Member(1, "Ada Falk"), Member(2, "Ben Ruiz")
BEFORE = Track(length_m=1_000.0, pit_entry_m=800.0, stall_m=900.0, pit_exit_m=150.0)
AFTER = Track(length_m=1_000.0, pit_entry_m=800.0, stall_m=60.0, pit_exit_m=200.0)
IDLE_LPS = 0.0008


def race(*actions: Action, laps: int = 4, track: Track = BEFORE, start: StartKind = StartKind.GRID) -> Script:
    session = Session(laps=laps, start=start, fuel_l=50.0, actions=actions)
    return Script(members=(ADA, BEN), sessions=(session,), track=track, lap_time_s=20.0, variation=0.0)


def practice(*actions: Action, laps: int = 4) -> Script:
    session = Session(type="Practice", laps=laps, start=StartKind.PITS, fuel_l=50.0, actions=actions)
    return Script(members=(ADA,), sessions=(session,), track=BEFORE, lap_time_s=20.0, variation=0.0, team_name=None)


def lap(script: Script, number: int) -> truth.Lap:
    return next(document for document in truth.laps(script) if document["LapCompleted"] == number)


def column(script: Script, name: str) -> list[object]:
    return [document[name] for document in truth.laps(script)]


def test_a_lap_at_full_pace_takes_the_scripts_time_and_burns_the_scripts_fuel() -> None:
    second = lap(race(), 2)
    assert second["LapLastLapTime"] == pytest.approx(20.0, abs=0.001)
    assert second["LapTimeMeasured"] == pytest.approx(20.0, abs=1 / 60 + 1e-9)
    assert second["FuelUsed"] == pytest.approx(Car().per_lap_l + 20.0 * IDLE_LPS, abs=0.01)
    assert (second["FuelAdded"], second["PitEnterTime"], second["OnPitRoad"]) == (0.0, None, False)


def test_race_lap_1_is_timed_from_green() -> None:
    """Standing start 25 m before the line: at 6 m/s² the line comes √(2·25/6) = 2.89 s after green."""
    first = lap(race(), 1)
    official, measured = first["LapLastLapTime"], first["LapTimeMeasured"]
    assert isinstance(official, float)
    assert isinstance(measured, float)
    assert official - measured == pytest.approx(2.89, abs=0.05)


def test_a_stop_before_the_line_lies_in_the_in_lap_and_its_exit_in_the_next() -> None:
    script = race(Stop(2, Service(fuel_l=20.0, tyres=ALL_TYRES)))
    in_lap, out_lap = lap(script, 2), lap(script, 3)
    assert None not in (in_lap["PitEnterTime"], in_lap["StopMovingTime"], in_lap["StartMovingTime"])
    assert in_lap["PitExitTime"] is None
    assert out_lap["PitExitTime"] is not None
    assert (in_lap["OnPitRoad"], out_lap["OnPitRoad"]) == (True, False)
    assert in_lap["FuelAdded"] == pytest.approx(20.0)
    assert out_lap["FuelAdded"] == 0.0
    assert in_lap["PitSvFlags"] == 0x1F
    assert column(script, "Stint") == [1, 1, 2, 2, 2]
    assert column(script, "StintLap") == [1, 2, 1, 2, 3]


def test_a_stop_after_the_line_lies_in_the_out_lap() -> None:
    script = race(Stop(2, Service(fuel_l=20.0)), track=AFTER)
    in_lap, out_lap = lap(script, 2), lap(script, 3)
    assert in_lap["PitEnterTime"] is not None
    assert in_lap["StopMovingTime"] is None
    assert None not in (out_lap["StopMovingTime"], out_lap["StartMovingTime"], out_lap["PitExitTime"])
    assert out_lap["FuelAdded"] == pytest.approx(20.0)
    assert column(script, "Stint") == [1, 1, 2, 2, 2]


def test_the_moments_of_a_stop_fit_the_distances() -> None:
    """
    100 m from cone to stall: 60 m at 20 m/s take 3 s, 40 m braking with 5 m/s² take 4 s.

    0.5 m/s is reached 0.1 s before standstill, and the stop is stamped there.
    """
    stop = lap(race(Stop(2, Service(repair_s=10.0))), 2)
    enter, halt, move = stop["PitEnterTime"], stop["StopMovingTime"], stop["StartMovingTime"]
    assert isinstance(enter, float)
    assert isinstance(halt, float)
    assert isinstance(move, float)
    assert halt - enter == pytest.approx(7.0 - 0.1, abs=0.1)
    assert 26.0 < move - halt < 29.0, "20 s at a quarter of the pace, then 5 s"
    assert stop["PitRepairLeft"] == 10.0


def test_a_drive_through_begins_no_stint() -> None:
    script = race(DriveThrough(2))
    assert set(column(script, "Stint")) == {1}
    assert lap(script, 2)["PitEnterTime"] is not None
    assert lap(script, 2)["StopMovingTime"] is None
    assert lap(script, 3)["PitExitTime"] is not None


def test_a_driver_change_belongs_to_who_crosses_the_line_and_counts_all_fuel() -> None:
    script = race(Stop(2, Service(fuel_l=20.0), next_driver=BEN.customer_id))
    assert column(script, "CustomerID") == [1, 2, 2, 2, 2]
    shared = lap(script, 2)
    assert shared["Driver"] == "Ben Ruiz"
    assert shared["FuelAdded"] == pytest.approx(20.0)
    assert shared["FuelUsed"] == pytest.approx(2.6, abs=0.05)
    assert truth.stints(script)[0]["Drivers"] == [1, 2]


def test_an_untimed_lap_has_a_measured_time_only() -> None:
    cut = lap(race(Untimed(2)), 2)
    assert cut["LapLastLapTime"] is None
    assert cut["LapTimeMeasured"] == pytest.approx(20.0, abs=0.02)


def test_a_tow_has_no_entry_no_stop_no_time_and_ends_the_stint() -> None:
    script = race(Tow(2, 0.5, tow_s=12.0, service=Service(fuel_l=5.0)))
    towed = lap(script, 2)
    assert (towed["PitEnterTime"], towed["StopMovingTime"], towed["LapLastLapTime"]) == (None, None, None)
    assert towed["StartMovingTime"] is not None
    assert towed["PlayerCarTowTime"] == 12.0
    assert towed["FuelAdded"] == pytest.approx(5.0)
    assert towed["LapTimeMeasured"] is not None
    assert column(script, "Stint") == [1, 1, 2, 2, 2]


def test_leaving_the_garage_begins_no_stint() -> None:
    assert column(practice(), "Stint") == [1, 1, 1, 1]


@pytest.mark.parametrize("action", [Reset(2, 0.5, fuel_l=60.0), LeaveCar(2, 0.5, fuel_l=60.0)])
def test_a_lap_with_a_reset_or_a_walk_in_it_has_no_times_and_no_fuel_used(action: Action) -> None:
    script = practice(action)
    cut = lap(script, 2)
    assert (cut["LapLastLapTime"], cut["LapTimeMeasured"], cut["FuelUsed"], cut["PitEnterTime"]) == (None,) * 4
    assert cut["FuelAdded"] == 0.0
    assert lap(script, 3)["LapTimeMeasured"] is not None
    assert column(script, "Stint") == [1, 1, 2, 2]


def test_fuel_adds_up_from_lap_to_lap() -> None:
    laps = truth.laps(race(Stop(2, Service(fuel_l=20.0), next_driver=2), DriveThrough(4), laps=6))
    for before, after in pairwise(laps):
        level, used, added = before["FuelLevel"], after["FuelUsed"], after["FuelAdded"]
        assert isinstance(level, float)
        assert isinstance(used, float)
        assert isinstance(added, float)
        assert level + added - used == pytest.approx(after["FuelLevel"], abs=1e-9)


def test_the_moments_of_a_visit_come_in_order() -> None:
    told = truth.events(race(Stop(2, Service(fuel_l=5.0), next_driver=2), Stop(3, Service()), laps=5, track=AFTER))
    pit = [kind for kind, _ in told if kind not in ("lap", "session", "driver")]
    assert pit == ["pitEnter", "stopMoving", "startMoving", "pitExit"] * 2
    times = [time for _, time in told]
    assert times == sorted(times)


def test_collections_are_named_after_the_team_or_the_driver() -> None:
    assert truth.collection(race(), 0) == "Scripted Racing@118486868#28814031#0"
    assert truth.collection(practice(), 0) == "Ada Falk@porsche991rsr#scripted ring#0"
