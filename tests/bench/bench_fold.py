"""
Prints what a fact costs that becomes known late, and what one costs that becomes known now.

    python tests/bench/bench_fold.py [laps]

A race of 24 hours, 1,000 laps, told by six members: one drives at a time and sees it from the car, with a stop every 20
laps and a driver change at each, the other five look from outside. What a tick costs is ``bench_tick.py``'s business.
"""

from __future__ import annotations

import gc
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from race.record.paper_race import LAP_S, NAMES, Race, Visit, stop
from teamtactics.model.facts import LapFacts, MomentKind, PitMoment, Vantage
from teamtactics.model.records import Moment
from teamtactics.race.record.record import Record

LAPS = 1000
STINT_LAPS = 20
MEMBERS = tuple(range(101, 107))
REPEATS = 30
LATE_MS = 50.0
MOST_TIMES = 3.0
"""So much more a fact may cost in lap 1,000 than in lap 1: the machine is shared, the work is the same."""


def race_of(laps: int) -> Race:
    """Return a race with a stop and a driver change every 20 laps."""
    NAMES.update({member: f"Driver {member}" for member in MEMBERS})
    visits: list[Visit] = []
    for number, lap in enumerate(range(STINT_LAPS, laps, STINT_LAPS), start=1):
        changes = ((2.0, 4.0, MEMBERS[number % len(MEMBERS)]),)
        visits.append(stop((lap - 1) * LAP_S + 30.0, stand_s=40.0, fills=((5.0, 27.0),), changes=changes))
    return Race(laps, tuple(visits), MEMBERS[0])


def by_lap(race: Race) -> dict[int, list[LapFacts]]:
    """Return what all members saw, lap by lap."""
    found: dict[int, list[LapFacts]] = {}
    for member in MEMBERS:
        for facts in race.seen_by(member, (0.0, race.end_s)):
            found.setdefault(facts.lap, []).append(facts)
    return found


def with_stop(facts: LapFacts, number: int) -> LapFacts:
    """Return *facts* with a visit to the pits that nobody had told: the numbers of all laps behind it change."""
    at_s = (facts.lap - 1) * LAP_S + 20.0 + number * 1e-3
    kinds = ((MomentKind.ENTER, 0.0), (MomentKind.STOOD, 10.0), (MomentKind.EXIT, 30.0))
    told = tuple(PitMoment(kind, Moment(at_s + after_s, None), Vantage.CAR) for kind, after_s in kinds)
    return replace(facts, moments=(*facts.moments, *told))


def timed_ms(take: Callable[[], object]) -> float:
    """Return how long *take* took, of the processor's time: what else the machine does is not the record's cost."""
    begun = time.thread_time_ns()
    take()
    return (time.thread_time_ns() - begun) / 1e6


def grown(told: dict[int, list[LapFacts]], missing: range) -> tuple[Record, list[list[float]]]:
    """Return the record of a race, without the driver's facts of the *missing* laps, and what each fact cost."""
    record, spent = Record(), []
    for lap in sorted(told):
        known = [facts for facts in told[lap] if lap not in missing or not facts.is_from_car]
        spent.append([timed_ms(lambda facts=facts: record.learn([facts])) for facts in known])
    return record, spent


def report(told: dict[int, list[LapFacts]], laps: int) -> int:
    """Print all figures; 1 when one is worse than the issue allows."""
    missing = range(1, REPEATS + 1)
    gc.disable()
    record, spent = grown(told, missing)
    first, last = ([ms for lap in part for ms in lap] for part in (spent[:REPEATS], spent[-REPEATS:]))
    drivers = [facts for lap in reversed(missing) for facts in told[lap] if facts.is_from_car]
    late = [timed_ms(lambda facts=facts: record.learn([facts])) for facts in drivers]
    stops = [timed_ms(lambda n=n: record.learn([with_stop(told[1][0], n)])) for n in range(REPEATS)]
    gc.enable()
    ratio = statistics.median(last) / statistics.median(first)
    write(f"{laps} laps, {len(MEMBERS)} members, {sum(map(len, told.values()))} lap facts{'':10} median      worst")
    write(figures(f"a fact of the lap under way, laps 1 to {REPEATS}", first))
    write(figures(f"a fact of the lap under way, the last {REPEATS}", last))
    write(f"  the last laps / the first{'':33} {ratio:7.2f} x  (allowed {MOST_TIMES:.0f} x)")
    write(figures("the driver's facts of laps 1 to 30, told last of all", late))
    write(figures(f"a stop in lap 1 nobody had told: {laps} numbers change", stops))
    is_good = ratio <= MOST_TIMES and max(*late, *stops) < LATE_MS
    write(f"  allowed for a late fact: {LATE_MS:.0f} ms" + ("" if is_good else ": TOO SLOW"))
    return 0 if is_good else 1


def figures(name: str, spent: list[float]) -> str:
    """Return one line."""
    return f"  {name:57} {statistics.median(spent):7.3f} ms {max(spent):7.3f} ms"


def write(line: str) -> None:
    """Print a line."""
    sys.stdout.write(line + "\n")


def main() -> int:
    """Measure and print."""
    laps = int(sys.argv[1]) if len(sys.argv) > 1 else LAPS
    return report(by_lap(race_of(laps)), laps)


if __name__ == "__main__":
    sys.exit(main())
