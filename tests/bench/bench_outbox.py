"""
What keeping a lap costs: ``python tests/bench/bench_outbox.py [folder]`` prints it for the disk of that folder.

A lap and the state after it go in one append with the checkpoint, as the collector does at the line.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from teamtactics.model.parcel import FIRESTORE, Document, Message, Parcel, ParcelKind
from teamtactics.store.store import Outbox, StoredSession

LAPS = 1000
"""A 24-hour race has about this many."""
NOW = datetime(2026, 3, 1, tzinfo=UTC)
CHECKPOINT = "x" * 2000


def lap_document(number: int) -> Document:
    moments = {f"{name}Time{clock}": None for name in ("PitEnter", "PitExit") for clock in ("", "OfDay")}
    floats = {f"Value{index}": number * 1.1 + index for index in range(18)}
    return {"LapCompleted": number, "Driver": "Robert Bausdorf", "Source": "driver", **moments, **floats}


def parcels(number: int) -> list[Parcel]:
    document, session_time_s = lap_document(number), number * 90.0
    message = Message(f"{number:032x}", "lap", {"schema": 1, "type": "lap", "payload": document})
    return [
        Parcel(ParcelKind.LAP, f"lap/{number}", "c", session_time_s, str(number), document, message),
        Parcel(ParcelKind.STATE, "state", "c", session_time_s, "state", document),
    ]


def append(outbox: Outbox, session: StoredSession, found: list[Parcel]) -> None:
    time_s = found[-1].session_time_s
    outbox.append(session.id, found, checkpoint=CHECKPOINT, session_time_s=time_s, utc=NOW)


def timed_ms(action: Callable[[], object]) -> float:
    began = time.perf_counter()
    action()
    return (time.perf_counter() - began) * 1000


def line(what: str, times_ms: list[float], note: str = "") -> str:
    ordered = sorted(times_ms)
    p50, p99 = ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.99)]
    return f"{what:<44} p50 {p50:8.3f} ms   p99 {p99:8.3f} ms   {note}"


def main() -> None:
    folder = sys.argv[1] if len(sys.argv) > 1 else None
    out = sys.stdout
    with tempfile.TemporaryDirectory(dir=folder) as place:
        path = Path(place) / "outbox.sqlite3"
        with Outbox.open(path, lambda: NOW) as outbox:
            session = outbox.begin_session("c", "t", {}, NOW)
            times = [timed_ms(lambda n=n: append(outbox, session, parcels(n))) for n in range(1, LAPS + 1)]  # type: ignore[misc]  # n is bound at once
            per_s = LAPS * 2 / (sum(times) / 1000)
            out.write(line("append lap + state + checkpoint, synced", times, f"{per_s:,.0f} parcels/s\n"))
            batch = [parcel for n in range(LAPS + 1, 2 * LAPS + 1) for parcel in parcels(n)]
            took = timed_ms(lambda: append(outbox, session, batch))
            out.write(
                f"{'append 2,000 parcels at once':<44} {took:12.1f} ms   {len(batch) / took * 1000:,.0f} parcels/s\n"
            )
            times = [timed_ms(outbox.counts) for _ in range(200)]
            out.write(line("counts, 2,000 laps waiting", times) + "\n")
            times = [timed_ms(lambda: outbox.pending(FIRESTORE, 200)) for _ in range(20)]
            out.write(line("pending, 200 of them", times) + "\n")
            seqs = [one.seq for one in outbox.pending(FIRESTORE, 200)]
            times = [timed_ms(lambda s=s: outbox.mark_delivered(FIRESTORE, [s])) for s in seqs]  # type: ignore[misc]  # s is bound at once
            out.write(line("mark one delivered, synced", times) + "\n")
        size = path.stat().st_size / 1e6
        times = [timed_ms(lambda: Outbox.open(path, lambda: NOW).close()) for _ in range(20)]
        out.write(line("open with the whole file checked", times, f"{size:.1f} MB\n"))


if __name__ == "__main__":
    main()
