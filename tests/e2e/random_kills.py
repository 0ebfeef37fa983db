"""
Kill -9 at random moments of replays and of live races: no lap lost, none twice, none changed.

    python tests/e2e/random_kills.py --kills 1000 --seed 0
    python tests/e2e/random_kills.py --seed 0 --sequence 17 --folder /tmp/seventeen

Real commands (``replay``, ``run --headless``) against Google's emulators. One line for each sequence of kills, with a
project of its own, and the totals. Ends with 1 when anything is lost, doubled or changed; store, log and image of such
a sequence stay. A seed names what is done; at which instruction a kill strikes is the machine's doing, so a sequence
that went wrong may have to be played more than once.
"""

from __future__ import annotations

import argparse
import itertools
import shutil
import sys
import tempfile
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from random import Random

if __name__ == "__main__":  # started as a script, not imported by a test
    sys.path.insert(0, str(Path(__file__).parents[1]))

from e2e.kill_tally import Tally
from e2e.killed_races import kill_in_race
from e2e.killed_replays import Clouds, Undisturbed, kill_replays, recordings, undisturbed
from support.emulators import running_firestore_emulator, running_pubsub_emulator

SHARED_DATA = Path(__file__).parents[3] / "shared" / "data"
REPLAY_KILLS = (6, 16)
RACE_KILLS = (8, 18)
MIXED = ("replay", "race", "replay")
"""What the sequences are, in turn."""


@dataclass(frozen=True, slots=True)
class Sequence:
    """
    Kills of one client, from an empty folder until all is recorded and delivered.

    Attributes:
        recording: Replayed; where it is empty, *script* is raced.
    """

    number: int
    what: str
    kills: int
    chance: Random
    recording: str = ""
    script: str = ""


class Kills:
    """
    Plays the sequences of a seed; each has its project, so that two may be played at once.

    Args:
        folder: Of stores, logs and images; those of sequences that went wrong stay.

        kinds: ``replay`` or ``race`` for each sequence, in turn; without the recordings all are races.
    """

    def __init__(self, seed: int, clouds: Clouds, folder: Path, kinds: tuple[str, ...] = MIXED) -> None:
        self._seed, self._clouds, self._folder = seed, clouds, folder
        self._names = recordings(SHARED_DATA)
        self._kinds = kinds if self._names else ("race",)
        self._run = f"kills-{uuid.uuid4().hex[:8]}"
        self._true: dict[str, Undisturbed] = {}
        self._lock = threading.Lock()

    def play(self, kills: int, jobs: int = 1) -> Tally:
        """Play sequences, *jobs* at once, until at least *kills* kills were done."""
        total, numbers, lock = Tally(), itertools.count(), threading.Lock()
        planned = 0

        def work() -> None:
            nonlocal planned
            while True:
                with lock:
                    # What runs at the same moment will do its kills; where it falls short, another sequence follows.
                    left = kills - total.kills - planned
                    if left <= 0:
                        return
                    sequence = self.plan(next(numbers), left)
                    planned += sequence.kills
                played = self.sequence(sequence)
                with lock:
                    total.add(played)
                    planned -= sequence.kills

        while total.kills < kills:
            with ThreadPoolExecutor(jobs) as pool:
                for future in [pool.submit(work) for _ in range(jobs)]:
                    future.result()
        return total

    def plan(self, number: int, most: int = sys.maxsize) -> Sequence:
        """Say what is played as the sequence of that number, with at most *most* kills."""
        chance = Random(f"kills {self._seed} {number}")
        if self._kinds[number % len(self._kinds)] == "replay":
            name = chance.choice(self._names)
            return Sequence(number, f"replay {name}", min(most, chance.randint(*REPLAY_KILLS)), chance, recording=name)
        script = chance.choice(("solo", f"random:{chance.randint(0, 999)}:3:1"))
        return Sequence(number, f"race {script}", min(most, chance.randint(*RACE_KILLS)), chance, script=script)

    def sequence(self, plan: Sequence) -> Tally:
        """Play one sequence and say how it went."""
        began_s = time.monotonic()
        folder, project = self._folder / f"sequence-{plan.number}", f"{self._run}-{plan.number}"
        folder.mkdir(parents=True)
        if plan.recording:
            true = self._undisturbed(plan.recording)
            tally = kill_replays(true, plan.kills, plan.chance, folder, project, self._clouds)
        else:
            tally = kill_in_race(plan.script, plan.kills, plan.chance, folder, project, self._clouds)
        print(f"sequence {plan.number:3} {plan.what:19} {tally.line()}, {time.monotonic() - began_s:.0f} s", flush=True)
        for late in tally.late:
            print(f"    late: {late}", flush=True)
        if not tally.wrong:
            shutil.rmtree(folder)
            return tally
        again = f"python tests/e2e/random_kills.py --seed {self._seed} --sequence {plan.number}"
        tally.wrong = [f"sequence {plan.number} {plan.what}: {wrong}" for wrong in tally.wrong]
        print("\n".join([*tally.wrong, f"    kept: {folder}", f"    again: {again}"]), flush=True)
        return tally

    def _undisturbed(self, name: str) -> Undisturbed:
        with self._lock:
            if name not in self._true:
                folder, project = self._folder / f"undisturbed-{name}", f"{self._run}-{name}"
                self._true[name] = undisturbed(name, SHARED_DATA, folder, project, self._clouds)
            return self._true[name]


def main() -> int:
    parser = argparse.ArgumentParser(description="Kill -9 at random moments, and compare what is left with the truth.")
    parser.add_argument("--kills", type=int, default=50, help="so many at least (default: 50)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--sequence", type=int, help="only this sequence of the seed")
    parser.add_argument("--kinds", default=",".join(MIXED), help=f"in turn (default: {','.join(MIXED)})")
    parser.add_argument("--jobs", type=int, default=1, help="so many sequences at once (default: 1)")
    parser.add_argument("--folder", type=Path, help="for stores, logs and images; must not exist or be empty")
    chosen = parser.parse_args()
    began_s = time.monotonic()
    folder = chosen.folder or Path(tempfile.mkdtemp(prefix="kills-"))
    with running_firestore_emulator() as firestore, running_pubsub_emulator() as pubsub:
        kills = Kills(chosen.seed, Clouds(firestore, pubsub), folder, tuple(chosen.kinds.split(",")))
        one = chosen.sequence
        tally = kills.play(chosen.kills, chosen.jobs) if one is None else kills.sequence(kills.plan(one))
    print(f"seed {chosen.seed}: {tally.line()}, {time.monotonic() - began_s:.0f} s")
    if not tally.wrong:
        shutil.rmtree(folder)
        return 0
    print("\n".join([*tally.wrong, f"seed {chosen.seed}, kept in {folder}"]))
    return 1


if __name__ == "__main__":
    raise SystemExit(main())
