"""
Prints how many ticks a client misses in a race at the simulator's own pace, its store held or its disk slow.

    python tests/bench/bench_disk.py [minutes] [held seconds]

The world writes a memory image at 60 Hz in a process of its own; the client is the product's ``run --headless``,
without clouds. The store is held after a third of the race; then the same with every fsync 400 and 900 ms slower.
"""

from __future__ import annotations

import re
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from e2e.client import Client
from e2e.race_process import RaceProcess
from support.disks import Holder, slow_disk
from teamtactics.model.parcel import ParcelKind

MINUTES = 10.0
HELD_S = 30.0


def race(name: str, minutes: float, held_s: float, environment: Mapping[str, str]) -> str:
    """Play one race; return the line that tells of it."""
    laps = max(6, round(minutes) + 2)  # a lap takes longer than a minute: the client ends before the race
    with tempfile.TemporaryDirectory() as folder:
        image = Path(folder) / "live.dump"
        client = Client(Path(folder) / "client", {"simulate": str(image)}, is_urgent=True)
        client.environment.update(environment)
        holder = Holder(client.folder / "data" / "teamtactics.sqlite3")
        with RaceProcess(f"demo:{laps}", image, 60.0, "310001") as played, client:
            client.wait_for("connected to")
            played.go()
            began_s = time.monotonic()
            if held_s:
                time.sleep(minutes * 20.0)
                holder.take()
                time.sleep(held_s)
                holder.release()
            time.sleep(max(0.0, began_s + minutes * 60.0 - time.monotonic()))
            code, output = client.stop(60.0)
            read, missed = max((int(a), int(b)) for a, b in re.findall(r"(\d+) ticks read, (\d+) missed", client.log()))
            with client.store() as outbox:
                (session,) = outbox.sessions()
                found = [lap["Gap"] for lap in outbox.documents(session.id, ParcelKind.LAP)]
            assert code == 0, output
    return f"  {name:34} {read:7} ticks read, {missed} missed; {len(found)} laps, gaps {sum(map(float, found)):.2f} s"


def main() -> None:
    """Measure and print."""
    minutes = float(sys.argv[1]) if len(sys.argv) > 1 else MINUTES
    held_s = float(sys.argv[2]) if len(sys.argv) > 2 else HELD_S
    sys.stdout.write(f"a race of {minutes:g} minutes at 60 Hz, without clouds\n")
    for name, held, environment in (
        (f"store held for {held_s:g} s", held_s, {}),
        ("every fsync 400 ms slower", 0.0, slow_disk(400)),
        ("every fsync 900 ms slower", 0.0, slow_disk(900)),
    ):
        sys.stdout.write(race(name, minutes, held, environment) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
