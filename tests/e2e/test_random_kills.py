"""Fifty of the kills of ``random_kills``; a nightly run does a thousand of them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from e2e.killed_replays import Clouds, recordings
from e2e.random_kills import SHARED_DATA, Kills
from support.absent import absent
from support.thorough import IS_THOROUGH

KILLS = int(os.environ.get("TEAMTACTICS_RANDOM_KILLS", "50"))
"""More of them in a nightly run: TEAMTACTICS_RANDOM_KILLS=1000."""
S_PER_KILL = 12
"""On a machine with many other things to do; 1.5 on one without."""


@pytest.mark.emulator
@pytest.mark.slow
@pytest.mark.timeout(120 + KILLS * S_PER_KILL)
def test_kills_at_random_moments_lose_double_and_change_nothing(
    tmp_path: Path, firestore_emulator: str, pubsub_emulator: str
) -> None:
    if not recordings(SHARED_DATA) and IS_THOROUGH:
        absent("the recordings folder ../shared/data is not beside this checkout")
    tally = Kills(0, Clouds(firestore_emulator, pubsub_emulator), tmp_path).play(KILLS, jobs=2)
    print(tally.line())
    assert tally.kills >= KILLS
    assert tally.wrong == [], "\n".join(tally.wrong)
