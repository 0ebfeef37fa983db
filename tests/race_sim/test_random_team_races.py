"""Random races of a team, with outages, kills and clients that come late, are recorded as a perfect observer would."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from race_sim.random_profile import play, replay_command

SEEDS = int(os.environ.get("TEAMTACTICS_RANDOM_RACES", "10"))
"""More of them in a nightly run: TEAMTACTICS_RANDOM_RACES=200."""
WITH_TAPES = (0,)
"""Of these also the tapes are played; of more of them by ``random_profile.py --tapes``."""


@pytest.mark.emulator
@pytest.mark.slow
@pytest.mark.timeout(240)
@pytest.mark.parametrize("seed", range(SEEDS))
def test_a_random_race_of_a_team_is_recorded_as_it_was(
    seed: int, tmp_path: Path, firestore_emulator: str, pubsub_emulator: str
) -> None:
    (tmp_path / "race").mkdir()
    told = play(seed, tmp_path / "race", firestore_emulator, pubsub_emulator, has_tapes=seed in WITH_TAPES)
    print(told.line())
    assert told.verdict.wrong == [], "\n".join([*told.verdict.wrong, f"again: {replay_command(seed)}"])
