"""Kills at random moments of the race logic alone, judged as those of real processes: nothing lost, nothing false."""

from __future__ import annotations

import os
from dataclasses import replace
from random import Random

import pytest

from race_sim.faults import Kill
from race_sim.killed_in_process import KilledRace
from race_sim.named_scripts import script_named
from race_sim.random_scripts import random_script
from support.thorough import IS_THOROUGH, some_of
from teamtactics.demo.script import Script

ROUNDS = int(os.environ.get("TEAMTACTICS_RANDOM_RACES", "10" if IS_THOROUGH else "1"))
"""So often each race is played with other kills; 200 in a nightly run."""
SCRIPTS = ["solo", *(f"random:{seed}" for seed in (5, 9, 23, 27, 33, 40))]
"""The random ones with resets, with cars left on the track, and with a stall behind the line."""


def on_the_clock(script: Script) -> Script:
    """Return *script* with a clock that keeps to the ticks: the judge reckons in race seconds."""
    return replace(script, quirks=replace(script.quirks, slew=False, clock_falls=False))


@pytest.mark.parametrize("name", some_of(SCRIPTS, 3))
def test_a_race_with_kills_at_random_moments_is_written_as_far_as_it_was_seen(name: str) -> None:
    kind, _, seed = name.partition(":")
    script = random_script(int(seed), 3, 1, is_watched=False) if kind == "random" else script_named(name)
    race = KilledRace(on_the_clock(script))
    for round_number in range(ROUNDS):
        kills = race.kills(Random(f"{name} {round_number}"))
        assert race.wrong(kills) == [], f"round {round_number}: {kills}"


@pytest.mark.parametrize("away_s", [1.5, 5.0])
def test_a_client_that_comes_back_within_a_second_before_the_pit_entry_tells_entry_and_stop(away_s: float) -> None:
    race = KilledRace(script_named("solo"))
    enter_s = next(sight.race_s for sight in race.sights if sight.race_s > 30.0 and sight.frame.on_pit_road)
    for ticks_before in some_of(range(3, 61, 3), 2):
        back_s = enter_s - ticks_before / 60.0
        assert race.wrong([Kill(race.member, back_s - away_s, away_s)]) == [], f"{ticks_before} ticks before"
