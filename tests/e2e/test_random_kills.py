"""Fifty of the kills of ``random_kills``; a nightly run does a thousand of them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from e2e.killed_replays import Clouds, recordings
from e2e.random_kills import MIXED, SHARED_DATA, Kills
from support.absent import absent

KILLS = int(os.environ.get("TEAMTACTICS_RANDOM_KILLS", "50"))
"""More of them in a nightly run: TEAMTACTICS_RANDOM_KILLS=1000."""
KINDS = MIXED if "TEAMTACTICS_RANDOM_KILLS" in os.environ else ("replay",)
"""
Live races in the nightly run only, for as long as it finds this one: a client that comes back less than a second before
the car enters pit road takes the entry for a reset, and does not tell ``pitEnter`` and ``stopMoving`` (``APPROACH_S``).
"""
S_PER_KILL = 12
"""On a machine with many other things to do; 1.5 on one without."""


@pytest.mark.emulator
@pytest.mark.slow
@pytest.mark.timeout(120 + KILLS * S_PER_KILL)
def test_kills_at_random_moments_lose_double_and_change_nothing(
    tmp_path: Path, firestore_emulator: str, pubsub_emulator: str
) -> None:
    if not recordings(SHARED_DATA) and os.environ.get("TEAMTACTICS_REQUIRE") == "all":
        absent("the recordings folder ../shared/data is not beside this checkout")
    tally = Kills(0, Clouds(firestore_emulator, pubsub_emulator), tmp_path, KINDS).play(KILLS, jobs=2)
    print(tally.line())
    assert tally.kills >= KILLS
    assert tally.wrong == [], "\n".join(tally.wrong)
