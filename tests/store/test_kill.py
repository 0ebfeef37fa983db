"""kill -9 at random moments: what was acknowledged is there, once and unchanged."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from support.parcels import START
from teamtactics.model.parcel import FIRESTORE, ParcelKind
from teamtactics.store.store import Outbox

ROUNDS = 15

# Appends lap after lap from where the file says it is, two parcels and the checkpoint at a time, and prints the number
# only after `append` has returned; delivers some, and prunes, so that a kill may hit any kind of transaction.
VICTIM = """
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from teamtactics.store.store import Outbox
from teamtactics.model.parcel import Message, Parcel, ParcelKind
now = datetime(2026, 3, 1, 12, tzinfo=UTC)
with Outbox.open(Path(sys.argv[1]), lambda: now) as outbox:
    assert outbox.damaged_moved_to is None
    session = outbox.latest_session("c") or outbox.begin_session("c", "t", {}, now)
    n = int(session.checkpoint or 0)
    print("ready", flush=True)
    while True:
        n += 1
        time_s = n * 90.0
        lap = Parcel(ParcelKind.LAP, f"lap/{n}", "c", time_s, str(n), {"LapCompleted": n, "Note": "x" * (n % 7 * 700)},
                     Message(f"lap/{n}", "lap", {"n": n}))
        state = Parcel(ParcelKind.STATE, "state", "c", time_s, "state", {"LapCompleted": n})
        outbox.append(session.id, [lap, state], checkpoint=str(n), session_time_s=time_s, utc=now)
        print(n, flush=True)
        if n % 3 == 0:
            outbox.mark_delivered("firestore", [one.seq for one in outbox.pending("firestore", 2)])
        if n % 50 == 0:
            outbox.prune(now - timedelta(days=30), {"firestore", "pubsub"})
"""


def run_and_kill(path: Path, after_s: float) -> int:
    """Let the victim work for *after_s* and kill it; return the last number it acknowledged."""
    with subprocess.Popen([sys.executable, "-c", VICTIM, str(path)], stdout=subprocess.PIPE, text=True) as victim:
        assert victim.stdout is not None
        assert victim.stdout.readline() == "ready\n"
        killer = threading.Timer(after_s, victim.kill)
        killer.start()
        # A number counts as acknowledged only with its line's end: the last line may be cut short.
        lines = [line for line in victim.stdout if line.endswith("\n")]
        killer.cancel()
    assert victim.returncode != 1, "it must be the kill that ended it"
    return int(lines[-1]) if lines else 0


@pytest.mark.slow
def test_everything_acknowledged_is_there_once(path: Path) -> None:
    seed = int(os.environ.get("TEAMTACTICS_SEED", "20260301"))
    chance = random.Random(seed)
    acknowledged = 0
    for _ in range(ROUNDS):
        acknowledged = max(acknowledged, run_and_kill(path, chance.uniform(0.002, 0.15)))
        with Outbox.open(path, lambda: START) as outbox:
            assert outbox.damaged_moved_to is None
            (session,) = outbox.sessions()
            laps = [document["LapCompleted"] for document in outbox.documents(session.id, ParcelKind.LAP)]
            assert laps == list(range(1, len(laps) + 1)), f"seed {seed}"
            assert len(laps) >= acknowledged, f"seed {seed}"
            assert session.checkpoint == (str(len(laps)) if laps else None), "events and checkpoint go together"
            states = outbox.documents(session.id, ParcelKind.STATE)
            assert states == ([{"LapCompleted": len(laps)}] if laps else [])
            counts = outbox.counts()
            assert counts.recorded == len(laps) + len(states)
            assert counts.sinks[FIRESTORE].waiting == len(outbox.pending(FIRESTORE, 100_000))
            assert len(outbox.messages(session.id)) == len(laps)
    assert acknowledged > ROUNDS, "the victims did work"
