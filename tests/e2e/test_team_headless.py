"""
Named races of a team with the product's own command, ``teamtactics run --headless``, at twice real time.

Nothing is replaced here: the clients wait for their simulators and for the clouds as they do in life. The same races,
and many more, run in step and much faster in ``race_sim/test_team_scenarios.py``.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from race_sim.named_races import RACES, race_named
from race_sim.outcome import Outcome
from race_sim.team_race import TeamRace
from race_sim.verdict import judge

RATE = 120.0
NAMES = ("short", "short, killed in the stall")
_IN_STEP_ONLY = ("offline", "backlog", "told after", "told late", "witness", "older")
"""Where a line is broken real clients wait up to a minute before they try again; an older client keeps step."""
ALL = [name for name in RACES if not any(words in name for words in _IN_STEP_ONLY)]
"""With ``TEAMTACTICS_HEADLESS=all``."""
LATE_S = 0.5
"""How long a client may have slept on a machine with many other things to do."""


@pytest.mark.emulator
@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", ALL if os.environ.get("TEAMTACTICS_HEADLESS") == "all" else NAMES)
def test_a_race_of_a_team_with_the_real_command_is_recorded_as_it_was(
    name: str, tmp_path: Path, firestore_emulator: str, pubsub_emulator: str
) -> None:
    race = race_named(name)
    outcome = TeamRace(race.script, race.faults, tmp_path, firestore_emulator, pubsub_emulator, rate=RATE).run()
    missed = missed_ticks(outcome)
    # A busy machine lets a client sleep over some ticks: then it sees a stop or a start that much late.
    verdict = judge(race.script, race.faults, outcome, late_s=LATE_S if any(missed.values()) else 0.0)
    print(f"{name}: {verdict.documents} documents, ticks missed {missed}, {outcome.seconds:.0f} s")
    assert verdict.wrong == [], "\n".join([*verdict.wrong, *outcome.logs.values()])


def missed_ticks(outcome: Outcome) -> dict[str, int]:
    """Read from each client's log how many ticks it has missed."""
    return {
        name: sum(int(count) for count in re.findall(r"(\d+)(?: ticks were)? missed", text))
        for name, text in outcome.logs.items()
    }
