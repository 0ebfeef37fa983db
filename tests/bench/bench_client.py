"""
What the whole client costs: replay speed, CPU at 60 Hz, memory with both cloud clients, line crossed to disk and cloud.

    python tests/bench/bench_client.py [seconds of the CPU measurement]
"""

from __future__ import annotations

import os
import sqlite3
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path

import psutil

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.bench_cloud import make_topic
from e2e.client import PROJECT, TOPIC, Client
from e2e.race_process import RaceProcess
from race_sim import truth
from race_sim.named_scripts import script_named
from support.emulators import EmulatorAbsent, running_firestore_emulator, running_pubsub_emulator
from support.firestore_reader import FirestoreReader
from teamtactics.telemetry.image import ImageSource

SHARED_DATA = Path(__file__).parents[3] / "shared" / "data"
RECORDING = SHARED_DATA / "skmodified_langley_2015-05-28_14-50-46.ibt"
COPY_LOOP = Path(__file__).with_name("copy_loop.py")
REPEATS = 20
"""The longest real recording lasts 91 s; its ticks are repeated to half an hour, its clock goes on."""


def long_recording(folder: Path) -> tuple[Path, int]:
    """Lengthen the real recording: the same laps again and again, with session time and lap number going on."""
    raw = RECORDING.read_bytes()
    variables, headers, length = struct.unpack_from("<2i", raw, 24) + struct.unpack_from("<i", raw, 36)
    base = struct.unpack_from("<i", raw, 52)[0]
    offsets = {}
    for index in range(variables):
        _, offset = struct.unpack_from("<2i", raw, headers + 144 * index)
        offsets[raw[headers + 144 * index + 16 :].split(b"\0", 1)[0][:32].decode()] = offset
    records = [raw[at : at + length] for at in range(base, len(raw) - length + 1, length)]
    made = bytearray(raw[:base])
    for repeat in range(REPEATS):
        for record in records:
            changed = bytearray(record)
            (at_s,) = struct.unpack_from("<d", record, offsets["SessionTime"])
            (lap,) = struct.unpack_from("<i", record, offsets["Lap"])
            struct.pack_into("<d", changed, offsets["SessionTime"], at_s + repeat * len(records) / 60.0)
            struct.pack_into("<i", changed, offsets["Lap"], lap + 4 * repeat if lap else 0)
            made += changed
    struct.pack_into("<i", made, 112 + 28, len(records) * REPEATS)
    path = folder / "long.ibt"
    path.write_bytes(made)
    return path, len(records) * REPEATS


def replay(folder: Path) -> None:
    path, ticks = long_recording(folder)
    client = Client(folder / "replay")
    began_s = time.perf_counter()
    code, output = client.run("replay", str(path), "--speed", "max", timeout_s=300)
    took_s = time.perf_counter() - began_s
    assert code == 0, output
    with client.store() as outbox:
        laps = outbox.counts().recorded_laps
    rate = ticks / took_s
    print(f"replay at full speed: {ticks} ticks, {laps} laps in {took_s:.2f} s, start of the program included")
    print(f"  {rate:,.0f} ticks/s (reach 60,000), {rate / 60:,.0f} times real time (reach 1,000)")


def cpu(folder: Path, seconds: float) -> None:
    """At 60 Hz beside a loop that does nothing but sleep and copy the newest buffer, of the same image, in this run."""
    for what, is_driven in (
        ("60 Hz, nothing happening", True),
        ("no simulator (waiting for an image to change)", False),
    ):
        image = folder / f"{is_driven}.dump"
        with RaceProcess("demo:20", image, 60.0, "310001") as race:
            client = Client(folder / f"cpu-{is_driven}", {"simulate": str(image)})
            with client, subprocess.Popen([sys.executable, str(COPY_LOOP), str(image)]) as loop:
                try:
                    client.wait_for("connected to")
                    if is_driven:
                        race.go()
                    time.sleep(8)
                    assert client.process is not None
                    used, of_loop = used_shares((client.process.pid, loop.pid), seconds)
                finally:
                    loop.kill()
                code, output = client.stop()
            missed = [row for row in client.log().splitlines() if "ticks read" in row]
            print(f"CPU, {what}: {100 * used:.2f} % of a core")
            if is_driven:
                ratio = used / of_loop
                print(f"  a loop that sleeps and copies: {100 * of_loop:.2f} %; {ratio:.2f} times as much (reach 2)")
            for row in missed:
                print(f"  {row.split(': ', 1)[-1]}")
            assert code == 0, output


def used_shares(pids: Sequence[int], seconds: float) -> list[float]:
    """Return what share of a core each of the processes used in *seconds*."""
    processes = [psutil.Process(pid) for pid in pids]
    before, began_s = [process.cpu_times() for process in processes], time.monotonic()
    time.sleep(seconds)
    after, took_s = [process.cpu_times() for process in processes], time.monotonic() - began_s
    return [
        (end.user + end.system - begin.user - begin.system) / took_s for begin, end in zip(before, after, strict=True)
    ]


def latency_and_memory(folder: Path, firestore: str, pubsub: str) -> None:
    rate = 240.0
    solo = script_named("solo")
    member = solo.members[0].customer_id
    image = folder / "latency.dump"
    make_topic(pubsub)
    reader = FirestoreReader(firestore, PROJECT)
    collection = truth.collection(solo, 0)
    on_disk: list[float] = []
    in_cloud: list[float] = []
    with RaceProcess("solo", image, rate, str(member)) as race:
        settings = {"simulate": str(image), "messageTopic": TOPIC}
        client = Client(folder / "latency", settings, firestore, pubsub)
        with client:
            client.wait_for("connected to")
            store = folder / "latency" / "data" / "teamtactics.sqlite3"
            race.go()
            for lap in truth.laps(solo):
                number = str(lap["LapCompleted"])
                shown_s = wait_for_time(image, lap)
                on_disk.append(since(shown_s, lambda n=number: is_stored(store, n)))  # type: ignore[misc]
                reference = reader.client.collection(collection).document(number)
                in_cloud.append(since(shown_s, lambda r=reference: r.get(timeout=5).exists))  # type: ignore[misc]
            process = psutil.Process(client.process.pid if client.process else 0)
            size = process.memory_info().rss / 1e6
            client.stop()
    print(f"lap time shown → on disk: worst of {len(on_disk)} laps {1000 * max(on_disk):.0f} ms (reach p99 50)")
    print(f"lap time shown → in the Firestore emulator: worst {1000 * max(in_cloud):.0f} ms (reach p99 1,000)")
    print(f"memory of the client, both cloud clients in use: {size:.1f} MB (more in bench_memory.py)")


def wait_for_time(image: Path, lap: Mapping[str, object]) -> float:
    """Wait until the image shows the lap's time; return when that was."""
    source = ImageSource(image)
    source.connect()
    wanted = lap["LapCompleted"]
    try:
        while True:
            for frame in source.read(0.1):
                arrived = frame.lap_current_lap_time is not None and frame.lap_current_lap_time < 5.0
                if frame.lap_completed == wanted and arrived:
                    return time.perf_counter()
    finally:
        source.disconnect()


def since(began_s: float, holds: object) -> float:
    assert callable(holds)
    while not holds():
        time.sleep(0.002)
        assert time.perf_counter() - began_s < 20, "it never arrived"
    return time.perf_counter() - began_s


def is_stored(store: Path, number: str) -> bool:
    with closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True)) as connection:
        try:
            found = connection.execute(
                "SELECT 1 FROM parcels WHERE key = ? OR key LIKE ?", (f"lap/{number}", f"part/{number}/%")
            ).fetchone()
        except sqlite3.OperationalError:  # in the moment in which the client tidies its file up nobody else reads it
            return False
    return found is not None


def main() -> None:
    """Measure and print."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 60.0
    print(f"{os.cpu_count()} cores, Python {sys.version.split()[0]}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if RECORDING.exists():
            replay(folder)
        else:
            print("replay: not measured, the recordings are not beside this checkout")
        cpu(folder, seconds)
        try:
            with running_firestore_emulator() as firestore, running_pubsub_emulator() as pubsub:
                latency_and_memory(folder, firestore, pubsub)
        except EmulatorAbsent as absent:
            print(f"latency and memory: not measured, {absent}")


if __name__ == "__main__":
    main()
