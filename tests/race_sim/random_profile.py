"""
Random races of a team with random faults, with real clients and emulators: one line for each, and the totals.

    python tests/race_sim/random_profile.py --seeds 0-199 --jobs 2
    python tests/race_sim/random_profile.py --seeds 17 --keep /tmp/seed-17

Ends with 1 when any document, message or state is not as it must be. With ``--keep`` the stores, logs and images of
races that went wrong stay.
"""

from __future__ import annotations

import argparse
import itertools
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, fields
from pathlib import Path
from random import Random

if __name__ == "__main__":  # started as a script, not imported by a test
    sys.path.insert(0, str(Path(__file__).parents[1]))

from race_sim.outcome import Outcome
from race_sim.random_team_race import random_team_race
from race_sim.replayed_tapes import differences, replayed, tapes
from race_sim.team_race import Pace, TeamRace
from race_sim.verdict import Verdict, judge
from support.emulators import running_firestore_emulator, running_pubsub_emulator

PACE = Pace(driving=6_000.0, changing=1_200.0, settling_s=0.3, standing_s=0.6)
BEFORE = {range(20): "246 of 20,250 in 51", range(300): "3,924 of 231,000"}
"""
By seeds, the fields that were unknowable (in so many documents) when there were more reasons than one: who got in could
not learn it, one of the two was offline, who numbered it could not know of a stop. The races were the same, but nobody
was away beyond their end.
"""
_CHUNK = 5
"""Races that are given to a process at once."""


@dataclass(frozen=True, slots=True)
class Told:
    """A race that was played: its verdict and what it left."""

    seed: int
    verdict: Verdict
    outcome: Outcome

    def line(self) -> str:
        """Say in one line how it went."""
        verdict = self.verdict
        return (
            f"seed {self.seed:3}: {verdict.documents:3} documents, {verdict.differing} differing, "
            f"{verdict.unknowable:3} unknowable fields in {verdict.doubtful:2}, {verdict.filled_in:2} filled in, "
            f"{verdict.parts:2} parts, {verdict.messages:3} messages, "
            f"{self.outcome.ticks:6} ticks, {self.outcome.seconds:5.1f} s"
            + (f"  WRONG ({len(verdict.wrong)})" if verdict.wrong else "")
        )


def play(seed: int, folder: Path, firestore: str, pubsub: str, *, has_tapes: bool = False) -> Told:
    """
    Play and judge the race of *seed*.

    Args:
        has_tapes: Play also the tapes that it leaves; what comes out of them differently is wrong. Not where somebody
            never came back online: his tape knows what he told nobody.
    """
    race = random_team_race(seed)
    outcome = TeamRace(race.script, race.faults, folder, firestore, pubsub, PACE).run()
    verdict = judge(race.script, race.faults, outcome)
    if has_tapes and not race.faults.kept_away:
        order = sorted(tapes(folder))
        Random(f"order of tapes {seed}").shuffle(order)
        again = replayed(folder, order, outcome.documents, firestore)
        verdict.wrong.extend(f"from the tapes: {text}" for text in differences(outcome.documents, again))
    return Told(seed, verdict, outcome)


def replay_command(seed: int) -> str:
    """Return the command that plays the race of *seed* again."""
    return f"python tests/race_sim/random_profile.py --seeds {seed} --keep seed-{seed}"


def seeds(text: str) -> Sequence[int]:
    """Read ``17``, ``0-199`` or ``3,5,8-10``."""
    found: list[int] = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        found += range(int(first), int(last or first) + 1)
    return found


def before(seeds: Sequence[int]) -> str:
    """Say how many fields of the same races were unknowable while that had more reasons than that nobody saw them."""
    return next((f", before {count}" for known, count in BEFORE.items() if list(known) == list(seeds)), "")


def main() -> int:
    parser = argparse.ArgumentParser(description="Random races of a team against their truth.")
    parser.add_argument("--seeds", type=seeds, default=range(10), help="17, 0-199 or 3,5,8-10 (default: 0-9)")
    parser.add_argument("--keep", type=Path, help="leave what is wrong in this folder: stores, logs, images")
    parser.add_argument("--jobs", type=int, default=1, help="so many races at once (default: 1)")
    parser.add_argument("--tapes", action="store_true", help="play also the tapes of each race, and compare")
    chosen = parser.parse_args()
    began_s = time.monotonic()
    total = Verdict()
    chunks = [chosen.seeds[at : at + _CHUNK] for at in range(0, len(chosen.seeds), _CHUNK)]
    with ProcessPoolExecutor(chosen.jobs) as pool:
        for text, verdict in itertools.chain.from_iterable(
            pool.map(_chunk, chunks, itertools.repeat(chosen.keep), itertools.repeat(chosen.tapes))
        ):
            print(text, flush=True)
            _add(total, verdict)
    print(
        f"{len(chosen.seeds)} races: {total.documents} documents compared, {total.differing} differing; "
        f"{total.fields} fields, {total.unknowable} unknowable in {total.doubtful} documents "
        f"({total.excused} need not be known){before(chosen.seeds)}; "
        f"{total.filled_in} laps filled in; {total.parts} parts; {total.messages} messages; "
        f"{len(total.wrong)} things wrong; {time.monotonic() - began_s:.0f} s"
    )
    return 1 if total.wrong else 0


def _chunk(chunk: Sequence[int], keep: Path | None, has_tapes: bool) -> list[tuple[str, Verdict]]:
    """Play some races, in a process of the pool, with emulators of their own: those keep everything in memory."""
    with running_firestore_emulator() as firestore, running_pubsub_emulator() as pubsub:
        return [_one(seed, keep, firestore, pubsub, has_tapes=has_tapes) for seed in chunk]


def _one(seed: int, keep: Path | None, firestore: str, pubsub: str, *, has_tapes: bool) -> tuple[str, Verdict]:
    folder = Path(tempfile.mkdtemp(prefix=f"race-{seed}-"))
    try:
        told = play(seed, folder, firestore, pubsub, has_tapes=has_tapes)
        lines, verdict = [told.line()], told.verdict
    except Exception as error:  # noqa: BLE001 — the other races are played all the same; this one has failed
        lines, verdict = [f"seed {seed:3}: FAILED"], Verdict(wrong=[f"{type(error).__name__}: {error}"])
    if verdict.wrong:
        lines += [*(f"    {wrong}" for wrong in verdict.wrong), f"    again: {replay_command(seed)}"]
        if keep is not None:
            keep.mkdir(parents=True, exist_ok=True)
            shutil.copytree(folder, keep / folder.name, ignore=shutil.ignore_patterns("*.sock"))
    shutil.rmtree(folder)
    return "\n".join(lines), verdict


def _add(total: Verdict, verdict: Verdict) -> None:
    for field in fields(Verdict):
        setattr(total, field.name, getattr(total, field.name) + getattr(verdict, field.name))


if __name__ == "__main__":
    raise SystemExit(main())
