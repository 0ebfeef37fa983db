"""
A line in the pit lane, where OnPitRoad has holes (SIMULATOR#lane-holes), in a tick that does not set all
(SIMULATOR#unset).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from race.driving import TRACK_M, Car, follow, known
from teamtactics.model.frame import APPROACHING_PITS
from teamtactics.model.records import LapRecord


@dataclass(frozen=True, slots=True)
class Spoiled:
    """What nobody set in the very tick of the line, and how many ticks later the counter confirms it."""

    unset: dict[str, Any]
    late_ticks: int


def laps_of(spoiled: Spoiled) -> dict[int, LapRecord]:
    """A stop before the line, with a hole of OnPitRoad from before it to behind it."""
    car = Car().run(1.0).lap(30.0, then_s=20.0).drive_into_pits(3.0).stand_in_stall(4.0)
    car.run(1.0, speed=20.0, player_track_surface=APPROACHING_PITS, player_car_in_pit_stall=False)
    car.set(lap_dist_pct=1.0 - 20.0 / TRACK_M, on_pit_road=False).run(0.95)
    lap, completed = car.values["lap"], car.values["lap_completed"]
    car.set(lap_dist_pct=0.5 / TRACK_M)
    if not spoiled.late_ticks:
        car.set(lap=lap + 1, lap_completed=completed + 1)
    car.once(**spoiled.unset)
    if spoiled.late_ticks:
        car.run(spoiled.late_ticks / 60.0)
    car.run(0.5, lap=lap + 1, lap_completed=completed + 1).set(lap_current_lap_time=0.6, lap_last_lap_time=61.0)
    car.run(1.0).run(2.0, on_pit_road=True).run(1.0, on_pit_road=False).run(2.0, player_track_surface=3, speed=50.0)
    return known(follow(car.lap(30.0, then_s=8.0).frames))


@pytest.mark.parametrize("late_ticks", [0, 1, 5])
@pytest.mark.parametrize("unset", [{}, {"player_track_surface": 0}, {"fuel_level": 0.0}, {"speed": 0.0}])
def test_a_line_in_a_hole_of_the_lane_is_on_pit_road_and_the_stint_begins_behind_it(
    unset: dict[str, Any], late_ticks: int
) -> None:
    laps = laps_of(Spoiled(unset, late_ticks))
    assert {lap: record.on_pit_road for lap, record in laps.items()} == {1: False, 2: True, 3: False}
    assert {lap: (record.stint, record.stint_lap) for lap, record in laps.items()} == {1: (1, 1), 2: (1, 2), 3: (2, 1)}
