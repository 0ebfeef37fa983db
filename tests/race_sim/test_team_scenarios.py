"""Named races of a team, each with real client processes against real emulators, compared with their truth."""

from __future__ import annotations

from pathlib import Path

import pytest

from race_sim.faults import Faults
from race_sim.named_scripts import script_named
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


@pytest.mark.parametrize("name", ["solo", "drive-through"])
def test_one_driver(name: str, tmp_path: Path, firestore_emulator: str, pubsub_fake: str) -> None:
    assert play(script_named(name), Faults(), tmp_path, firestore_emulator, pubsub_fake).unknowable == 0
