"""Every member's tracker behind the member's own view writes, together, what a perfect observer would have written."""

from __future__ import annotations

import os

import pytest

from race_sim import truth
from race_sim.compare import TICK_S, differences
from race_sim.in_process import play
from race_sim.named_scripts import NAMED, script_named
from race_sim.random_scripts import random_script
from support.thorough import IS_THOROUGH
from teamtactics.demo.script import Script

SEEDS = int(os.environ.get("TEAMTACTICS_RANDOM_RACES", "10" if IS_THOROUGH else "2"))
"""More of them in a nightly run: TEAMTACTICS_RANDOM_RACES=200."""


def check(script: Script) -> None:
    written = play(script)
    for told in truth.sessions(script):
        got = written[told.session_num]
        assert differences(told.laps, got.laps) == []
        said, true = without_drivers(got.events), without_drivers(told.events)
        assert [kind for kind, _ in said] == [kind for kind, _ in true]
        # The very tick of a line may be one that nobody set; a tow found at the seat is told when the seat has held.
        assert all(abs(one[1] - other[1]) <= 3 * TICK_S + 0.002 for one, other in zip(said, true, strict=True))


def without_drivers(events: list[tuple[str, float]]) -> list[tuple[str, float]]:
    """
    Leave out who drives, and put in order: a lap is told when its time is there.

    A tracker may wait for the text of a new session before it believes that somebody drives in it.
    """
    kept = [(kind, at) for kind, at in events if kind not in ("driver", "session")]
    return sorted(kept, key=lambda event: (event[0], event[1]))


@pytest.mark.some(6)
@pytest.mark.parametrize("name", ["demo:8", *NAMED])
def test_a_named_race_is_written_as_it_was(name: str) -> None:
    check(script_named(name))


@pytest.mark.parametrize("seed", range(SEEDS))
def test_a_random_race_is_written_as_it_was(seed: int) -> None:
    """Replay one: python -m pytest "tests/race_sim/test_tracker_against_truth.py" -k "random_race and [SEED]"."""
    check(random_script(seed, 10, 1 + seed % 4))
