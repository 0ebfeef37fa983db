"""
Prints what one live tick costs: this project's way beside the naive way, in the same run.

    python tests/bench/bench_tick.py [ticks]

A writer fills the next buffer of an image with 2025's shape (333 variables, 7.9 kB) outside the measured time, as the
simulator would. Another thing to measure is one more line in ``contenders``. A tick costs the same whatever is known of
the race: one tracker knows nothing but its ticks, another all that six members saw of the 999 laps before.
"""

from __future__ import annotations

import gc
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import irsdk

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.bench_fold import by_lap, race_of
from support.image_writer import ImageWriter, Value, Variable, in_car_variables, live_variables, session_text
from teamtactics.model.events import SessionBegan
from teamtactics.race.tracker import Tracker
from teamtactics.telemetry.image import ImageSource

TICKS = 20_000
WARM_UP = 500
NAIVE_NAMES = (
    "SessionTime", "SessionNum", "SessionState", "SessionFlags", "SessionTimeOfDay", "IsOnTrack", "IsOnTrackCar",
    "Lap", "LapCompleted", "LapDistPct", "LapLastLapTime", "LapCurrentLapTime", "FuelLevel", "OnPitRoad",
    "PlayerTrackSurface", "PlayerCarInPitStall", "PitSvFlags", "PlayerCarTowTime", "Speed", "TrackTemp",
)  # fmt: skip
CAR_IDX = 15
LAP = 1_000
MOST_TIMES = 1.5
"""So much more a tick may cost in lap 1,000 than in lap 1: the machine is shared, the work is the same."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Microseconds for one tick."""

    median: float
    p99: float


def variables_of_2025() -> list[Variable]:
    """Return the wanted variables among as many others as a build of 2025 has: 333 in 7.9 kB."""
    wanted = [*live_variables(), *in_car_variables()]
    others: list[Variable] = [(f"Other{number}", "float", 1) for number in range(len(wanted), 333)]
    wide: list[Variable] = [
        (name, kind, 64 if number % 13 == 0 else 3) for number, (name, kind, _) in enumerate(others)
    ]
    return [*wide[:40], *wanted, *wide[40:]]


def values_of(tick: int) -> dict[str, Value]:
    """Return a tick of somebody driving."""
    return {
        "SessionTime": 100.0 + tick / 60, "SessionTick": tick, "SessionState": 4, "SessionUniqueID": 1,
        "IsOnTrack": True, "IsOnTrackCar": True, "Lap": LAP, "LapCompleted": LAP - 1, "LapDist": (tick % 6000) * 0.9,
        "LapDistPct": (tick % 6000) / 6000, "LapCurrentLapTime": (tick % 6000) / 60, "LapLastLapTime": 99.5,
        "FuelLevel": 80.0 - tick * 1e-4, "PlayerTrackSurface": 3, "Speed": 54.0, "TrackTemp": 31.5,
        "CarIdxLap": {CAR_IDX: LAP}, "CarIdxLapCompleted": {CAR_IDX: LAP - 1}, "CarIdxTrackSurface": {CAR_IDX: 3},
        "AirTemp": 22.5, "TrackWetness": 1, "PlayerCarTeamIncidentCount": 4, "dcBrakeBias": 54.5 + tick // 1000 % 3,
        "dcTractionControl": 4.0, "dcABS": 3.0, "dcTractionControlToggle": True,
    }  # fmt: skip


def measure(image: ImageWriter, contenders: dict[str, Callable[[], object]], ticks: int) -> dict[str, Figures]:
    """Let every contender take each of *ticks*, one after the other, and return what each took."""
    spent: dict[str, list[int]] = {name: [] for name in contenders}
    gc.disable()  # a collection in one contender's turn would be charged to the wrong one
    for number in range(WARM_UP + ticks):
        image.write_tick(values_of(number))
        for name, take in contenders.items():
            begun = time.perf_counter_ns()
            take()
            spent[name].append(time.perf_counter_ns() - begun)
    gc.enable()
    return {name: figures_of(times[WARM_UP:]) for name, times in spent.items()}


def figures_of(nanoseconds: list[int]) -> Figures:
    """Return median and 99th percentile."""
    cuts = statistics.quantiles(nanoseconds, n=100)
    return Figures(median=statistics.median(nanoseconds) / 1000, p99=cuts[98] / 1000)


def naive_reader(path: Path) -> Callable[[], object]:
    """Return pyirsdk's way: freeze the newest buffer, then read by name."""
    sdk = irsdk.IRSDK()
    if not sdk.startup(test_file=str(path)):
        raise SystemExit("pyirsdk does not start on the image")

    def take() -> list[object]:
        sdk.freeze_var_buffer_latest()
        return [sdk[name] for name in NAIVE_NAMES]

    return take


def tracking(path: Path, laps: int) -> tuple[ImageSource, Callable[[], object]]:
    """Return the product's way, reading and tracking, in a race of which *laps* are known; and its source."""
    source = ImageSource(path)
    if not source.connect():
        raise SystemExit("the image is not connected")
    tracker = Tracker()

    def take() -> None:
        for frame in source.read(0.0):
            if any(isinstance(event, SessionBegan) for event in tracker.advance(frame, source.info)):
                tracker.begin()
                tracker.learn(facts for told in by_lap(race_of(laps)).values() for facts in told)

    return source, take


def main() -> int:
    """Measure and print; 1 when a tick of a long race costs more."""
    ticks = int(sys.argv[1]) if len(sys.argv) > 1 else TICKS
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "live.dump"
        with ImageWriter(path, variables_of_2025()) as image:
            image.write_session_text(session_text(car_idx=CAR_IDX))
            image.write_tick(values_of(0))
            (first, in_first_lap), (later, in_later_lap) = tracking(path, 0), tracking(path, LAP - 1)
            contenders = {"read and tracked": in_first_lap, "the same, 999 laps known": in_later_lap}
            figures = measure(image, {**contenders, "naive read": naive_reader(path)}, ticks)
            missed = sum(source.missed_ticks for source in (first, later))
            for source in (first, later):
                source.disconnect()
    lines = [f"one live tick, {ticks} ticks{'':10} median        p99"]
    lines += [f"  {name:30} {figure.median:7.2f} µs {figure.p99:7.2f} µs" for name, figure in figures.items()]
    ours, late, naive = figures.values()
    ratio = late.median / ours.median
    lines.append(f"  naive / ours                   {naive.median / ours.median:7.1f} x  {naive.p99 / ours.p99:7.1f} x")
    lines.append(f"  lap 1,000 / lap 1              {ratio:7.2f} x  (allowed {MOST_TIMES} x)")
    lines.append(f"  ticks missed: {missed}")
    sys.stdout.write("\n".join(lines) + "\n")
    return 0 if ratio <= MOST_TIMES else 1


if __name__ == "__main__":
    sys.exit(main())
