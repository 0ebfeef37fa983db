"""
The demo's race through real clients into Google's own emulators, and what has arrived there: about half a minute.

    python tests/demo_in_the_cloud.py
    python tests/demo_in_the_cloud.py --laps 20 --stay

Each of the two members has a client process of his own behind a memory image of his own; they hand the car over through
Firestore. What is printed was read back with Google's own clients. 1 when it is not what was driven. With ``--stay``
both emulators then run on until Ctrl-C, for a strategy program to be tried at them.
"""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
from collections import Counter
from contextlib import suppress
from pathlib import Path

from race_sim.faults import Faults
from race_sim.outcome import Outcome
from race_sim.team_race import TeamRace
from race_sim.verdict import judge
from support.emulators import EmulatorAbsent, running_firestore_emulator, running_pubsub_emulator
from teamtactics.demo.play import MIN_LAPS, default_script

COLUMNS = ("LapCompleted", "Driver", "Stint", "StintLap", "LapLastLapTime", "LapTimeMeasured", "FuelUsed", "FuelAdded")


def main() -> int:
    parser = argparse.ArgumentParser(description="Play the demo's race into Google's own emulators.")
    parser.add_argument("--laps", type=int, default=12, help=f"laps of the race, at least {MIN_LAPS} (default: 12)")
    parser.add_argument("--stay", action="store_true", help="let the emulators run until Ctrl-C afterwards")
    chosen = parser.parse_args()
    try:
        with running_firestore_emulator() as firestore, running_pubsub_emulator() as pubsub:
            return play(chosen.laps, firestore, pubsub, chosen.stay)
    except EmulatorAbsent as error:
        print(error, file=sys.stderr)
        return 1


def play(laps: int, firestore: str, pubsub: str, stay: bool) -> int:
    """Play, tell and judge the race; return the exit code."""
    script = default_script(laps)
    print(f"FIRESTORE_EMULATOR_HOST={firestore}\nPUBSUB_EMULATOR_HOST={pubsub}", flush=True)
    with tempfile.TemporaryDirectory(prefix="teamtactics-") as folder:
        race = TeamRace(script, Faults(), Path(folder), firestore, pubsub)
        print(f"GOOGLE_CLOUD_PROJECT={race.project}\n", flush=True)
        outcome = race.run()
    tell(outcome)
    wrong = judge(script, Faults(), outcome).wrong
    print("\n" + ("It is what was driven." if not wrong else "\n".join(["It is not what was driven:", *wrong])))
    if stay:
        print("The emulators run until Ctrl-C.", flush=True)
        with suppress(KeyboardInterrupt):
            signal.pause()
    return int(bool(wrong))


def tell(outcome: Outcome) -> None:
    """Print the laps of every collection, and how many messages of each type came."""
    for collection, documents in outcome.documents.items():
        others = sorted(name for name in documents if not name.isdigit())
        print(f"Firestore, {collection}: {', '.join(others)} and the laps\n")
        print(*COLUMNS, sep="\t")
        for lap in outcome.laps(collection):
            print(*(shown(lap[column]) for column in COLUMNS), sep="\t")
    types = Counter(message.type for message in outcome.messages)
    print("\nPub/Sub:", ", ".join(f"{count} {name}" for name, count in sorted(types.items())))


def shown(value: object) -> str:
    """Write a field as short as it can be read."""
    if value is None:
        return "-"
    return f"{value:.3f}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    sys.exit(main())
