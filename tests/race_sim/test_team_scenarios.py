"""Named races of a team, each with real client processes against real emulators, compared with their truth."""

from __future__ import annotations

from pathlib import Path

import pytest

from race_sim.faults import Faults
from race_sim.named_races import RACES, race_named
from race_sim.team_race import Pace, TeamRace
from race_sim.verdict import Verdict, judge
from teamtactics.demo.script import Script

pytestmark = [pytest.mark.emulator, pytest.mark.slow, pytest.mark.timeout(240)]


def play(
    script: Script, faults: Faults, folder: Path, firestore: str, pubsub: str, pace: Pace | None = None
) -> Verdict:
    """Play the race and judge it; nothing may be wrong. What was unknowable is printed."""
    race = TeamRace(script, faults, folder, firestore, pubsub, pace)
    outcome = race.run()
    verdict = judge(script, faults, outcome)
    print(
        f"{script.name}: {verdict.documents} documents, {verdict.unknowable} unknowable fields in {verdict.doubtful}, "
        f"{verdict.filled_in} filled in, {verdict.messages} messages, {outcome.ticks} ticks in {outcome.seconds:.1f} s"
    )
    assert verdict.wrong == [], "\n".join(
        [*verdict.wrong, *(f"-- {name}\n{text}" for name, text in outcome.logs.items())]
    )
    return verdict


KNOWN_BY_ALL = (
    "three drivers, four changes, stall before the line",
    "three drivers, four changes, stall after the line",
    "change without refuelling",
    "double stint",
    "drive-through",
    "tow with driver change",
    "tow after a stop",
    "midnight",
    "time of day at four times",
    "two sessions",
    "alone",
    "onlookers",
    "short",
    "outgoing client offline, stall before the line",
    "outgoing client offline, stall after the line",
    "incoming client offline",
    "laps of an offline driver",
    "backlog after a kill",
    "handed over offline, two stints ago",
    "handed over with both offline",
    "three parts in one lap",
    "three parts in one lap, the second told after the race",
    "one lap told by two PCs",
)
"""Races of which somebody who comes online in the end saw everything: every field of every lap is there and right."""


@pytest.mark.parametrize("name", RACES)
def test_a_named_race_of_a_team_is_recorded_as_it_was(
    name: str, tmp_path: Path, firestore_emulator: str, pubsub_emulator: str
) -> None:
    race = race_named(name)
    verdict = play(race.script, race.faults, tmp_path, firestore_emulator, pubsub_emulator)
    if name in KNOWN_BY_ALL:
        assert verdict.unknowable == 0
        assert verdict.filled_in == 0
