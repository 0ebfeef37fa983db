"""A slow disk, and a store that somebody holds: no tick is missed and no field is lost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from conftest import absent
from race_sim import truth
from race_sim.compare import differences
from race_sim.named_scripts import script_named
from support.disks import CompilerAbsent, Holder, slow_disk

pytestmark = [pytest.mark.slow, pytest.mark.timeout(200)]

PROGRAM = Path(__file__).with_name("impatient.py")
SPEED = 15.0
RACES = ("sprint", "sessions")
HELD_S = 14.0
"""Twice as long as the race takes at that speed, and longer than two attempts to write."""


def start(script: str, folder: Path, **environment: str) -> subprocess.Popen[str]:
    command = [sys.executable, str(PROGRAM), script, str(folder), str(SPEED)]
    return subprocess.Popen(command, env={**os.environ, **environment}, stdout=subprocess.PIPE, text=True)


def result_of(process: subprocess.Popen[str]) -> dict[str, Any]:
    output, _ = process.communicate(timeout=150)
    assert process.returncode == 0
    found: dict[str, Any] = json.loads(output)
    return found


def judge(script_name: str, found: dict[str, Any]) -> None:
    """Nothing missed; every lap of the member's as it was driven; every event of them announced once."""
    script = script_named(script_name)
    assert found["missed"] == 0
    assert found["left"] == 0
    member = script.members[0].customer_id
    for session in truth.sessions(script):
        mine = [lap for lap in session.laps if lap["CustomerID"] == member]
        told = [lap for lap in found["laps"][session.collection] if lap["CustomerID"] == member]
        assert mine
        ignored = frozenset() if script_name == "sprint" else frozenset({"Gap", "Stint", "StintLap"})
        assert differences(mine, told, ignored) == []
    if script_name == "sprint":
        (session,) = truth.sessions(script)
        expected = Counter(kind for kind, _ in truth.events(script))
        assert Counter(found["messages"][session.collection]) == expected


@pytest.mark.parametrize("fsync_ms", [400, 900])
@pytest.mark.parametrize("race", RACES)
def test_a_slow_disk_costs_no_tick_and_no_field(race: str, fsync_ms: int, tmp_path: Path) -> None:
    try:
        environment = slow_disk(fsync_ms)
    except CompilerAbsent as error:
        absent(str(error))
    with start(race, tmp_path, **environment) as process:
        found = result_of(process)
    judge(race, found)
    assert found["most_waiting"] > 0, "the disk was slow"


@pytest.mark.parametrize("held_from_s", [None, 0.0, 2.0])
def test_a_store_that_is_held_until_the_race_is_long_over_costs_no_tick_and_no_field(
    held_from_s: float | None, tmp_path: Path
) -> None:
    """Held before the client starts, from its first moment, and in the middle of the race."""
    path = tmp_path / "data" / "teamtactics.sqlite3"
    holder = Holder(path)
    if held_from_s is None:
        holder.take()
    with start("sprint", tmp_path) as process:
        deadline_s = time.monotonic() + 30.0
        while not path.exists():
            assert time.monotonic() < deadline_s
            time.sleep(0.01)
        if held_from_s is not None:
            time.sleep(held_from_s)
            holder.take()
        time.sleep(HELD_S)
        holder.release()
        found = result_of(process)
    judge("sprint", found)
    assert found["most_waiting"] > 0, "nothing could be written"
    assert found["need"] is None, "and that is over"
