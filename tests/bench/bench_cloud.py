"""
What delivery costs, against the emulators on this machine; prints numbers, proves nothing.

    python tests/bench/bench_cloud.py
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import quantiles

import grpc
from google.pubsub_v1.services.publisher import PublisherClient
from google.pubsub_v1.services.publisher.transports import PublisherGrpcTransport

sys.path.insert(0, str(Path(__file__).parents[1]))  # for support, as pytest's pythonpath does

from support.cloud_parcels import info, lap, state, stored
from support.emulators import running_firestore_emulator, running_pubsub_emulator
from support.sinks import firestore_sink
from teamtactics.cloud.meter import Meter
from teamtactics.cloud.watch import CollectionStream
from teamtactics.cloud.wire import Database
from teamtactics.delivery.courier import Courier
from teamtactics.model.mirror import Mirrored, Word
from teamtactics.model.parcel import FIRESTORE
from teamtactics.service.app import utc_now
from teamtactics.store.store import Outbox
from teamtactics.team.watch import TeamWatch

MEMBERS, HOURS, LAPS_AN_HOUR, STOPS = 6, 24, 40, 24
STATES_A_LAP = 3
"""At the line, and every 30 s in between of a lap of 90 s."""
STATES_A_STOP = 5
"""The four pit moments and a driver change."""
WORDS_AN_HOUR = 12
"""Of each member's client that it is there; at a change one more of who gets out and of who gets in."""
WRITES_A_CHANGE, READS_A_CHANGE = 4, 5
"""Each of the two drivers brings his part and the lap, and reads before what stands there of it."""

MEMORY_SCRIPT = """
import json, re, sys
from pathlib import Path

def rss():
    return int(re.search(r"VmRSS:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) / 1000

sizes = {"python": rss()}
from support.cloud_parcels import lap, state, stored
from teamtactics.delivery.courier import Courier
sizes["the courier, before anything is to be delivered"] = rss()
from support.sinks import firestore_sink
sizes["with the Firestore library"] = rss()
from teamtactics.cloud.pubsub import PubSubSink
sizes["with the Pub/Sub library"] = rss()
documents = firestore_sink(sys.argv[1], "bench")
messages = PubSubSink("projects/bench/topics/race", emulator=sys.argv[2])
for n in range(1, 301):
    documents.deliver(stored(lap("memory", n), state("memory", n * 100.0)))
    messages.deliver(stored(lap("memory", n)))
sizes["both clients in use, 300 laps delivered"] = rss()
for sink in (documents, messages):
    sink.deliver(stored(*(lap("backlog", n) for n in range(200))))
sizes["after a backlog of 200 laps in one commit"] = rss()
print(json.dumps(sizes))
"""


def make_topic(pubsub: str) -> None:
    with grpc.insecure_channel(pubsub, options=[("grpc.enable_http_proxy", 0)]) as channel:
        client = PublisherClient(transport=PublisherGrpcTransport(channel=channel))
        client.create_topic(name="projects/bench/topics/race", timeout=5)


def timed_ms(work: Callable[[], None]) -> float:
    begin = time.perf_counter()
    work()
    return (time.perf_counter() - begin) * 1000


def percentiles(samples: list[float]) -> str:
    cuts = quantiles(samples, n=100)
    return f"p50 {cuts[49]:.1f} ms, p99 {cuts[98]:.1f} ms"


def memory(firestore: str, pubsub: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", MEMORY_SCRIPT, firestore, pubsub],
        cwd=Path(__file__).parents[1],
        stdout=subprocess.PIPE,
        text=True,
        timeout=120,
        check=True,
    )
    print("memory (resident)")
    for what, size in json.loads(done.stdout).items():
        print(f"  {size:6.1f} MB  {what}")


def race(firestore: str) -> None:
    """Drive a whole race's documents through one sink and count."""
    meter = Meter()
    sink = firestore_sink(firestore, "bench", meter=meter)
    collection = "FBP Racing@1#2#3"
    sink.deliver(stored(info(collection)))
    with_lap, state_only = [], []
    laps = HOURS * LAPS_AN_HOUR
    for n in range(1, laps + 1):
        both = stored(lap(collection, n), state(collection, n * 90.0))
        with_lap.append(timed_ms(lambda both=both: sink.deliver(both)))  # type: ignore[misc]
        extra = STATES_A_LAP - 1 + (STATES_A_STOP if n % (laps // STOPS) == 0 else 0)
        for part in range(1, extra + 1):
            alone = stored(state(collection, n * 90.0 + part))
            state_only.append(timed_ms(lambda alone=alone: sink.deliver(alone)))  # type: ignore[misc]
    sink.close()
    print("one commit, emulator")
    print(f"  lap and state  {percentiles(with_lap)}")
    print(f"  state alone    {percentiles(state_only)}")
    print(f"operations of a race of {HOURS} h, {MEMBERS} members, {LAPS_AN_HOUR} laps an hour, {STOPS} stops")
    used = meter.total
    words = MEMBERS * HOURS * WORDS_AN_HOUR + 2 * STOPS
    written = used.written + MEMBERS - 1 + STOPS * WRITES_A_CHANGE + words
    read, told = used.read + STOPS * READS_A_CHANGE, written * MEMBERS
    beside = f"info once by each other member, parts; {words} words of members"
    print(f"  writes  {written:6} of 20,000   ({used.written} counted; {beside})")
    print(f"  reads   {read + told:6} of 50,000   ({used.read} counted; parts; {told} by watches, of every write)")


def backlog(firestore: str) -> None:
    sink = firestore_sink(firestore, "bench")
    parcels = stored(*(lap("an hour's outage", n) for n in range(200)))
    print(f"backlog of 200 laps in one commit: {timed_ms(lambda: sink.deliver(parcels)):.0f} ms")
    sink.close()


def note_time(times: dict[float, float], _collection: str, word: Word) -> None:
    if isinstance(word, Mirrored):
        times.setdefault(float(str(word.document["SessionTime"])), time.perf_counter())


def hand_over(firestore: str) -> None:
    """From the driver's outbox to the callback of five followers: the whole way, disk and threads included."""
    collection, updates = "hand-over", 300
    heard: list[dict[float, float]] = [{} for _ in range(MEMBERS - 1)]
    database = Database("bench", None, firestore)
    meters = [Meter() for _ in heard]
    watches = [
        TeamWatch(
            lambda name, meter=meter: CollectionStream(database, name, meter=meter),
            partial(note_time, times),
        )
        for times, meter in zip(heard, meters, strict=True)
    ]
    stop, bell = threading.Event(), threading.Event()
    recorded: dict[float, float] = {}
    with tempfile.TemporaryDirectory() as folder, Outbox.open(Path(folder) / "outbox", utc_now) as outbox:
        session = outbox.begin_session(collection, "t", {}, utc_now())
        courier = Courier(FIRESTORE, lambda: firestore_sink(firestore, "bench"), outbox)
        threads = [threading.Thread(target=watch.run, args=(stop,)) for watch in watches]
        threads.append(threading.Thread(target=courier.run, args=(stop, bell)))
        for watch in watches:
            watch.follow(collection)
        for thread in threads:
            thread.start()
        for n in range(1, updates + 1):
            at_s = float(n)
            recorded[at_s] = time.perf_counter()
            outbox.append(session.id, [state(collection, at_s)], checkpoint="", session_time_s=at_s, utc=utc_now())
            bell.set()
            while not all(at_s in times for times in heard):
                time.sleep(0.001)
            time.sleep(0.02)
        stop.set()
        bell.set()
        for thread in threads:
            thread.join(10)
        courier.close()
    # The first one waits for connections, and so it does in a race.
    ways = [(times[at_s] - begin) * 1000 for at_s, begin in recorded.items() for times in heard]
    print(f"hand-over, {updates} states, {len(heard)} followers: from the driver's append to the follower's callback")
    print(f"  {percentiles(ways)}, longest {max(ways):.0f} ms")
    print(f"  reads of a follower for {updates} updates: {', '.join(str(meter.total.told) for meter in meters)}")


def main() -> None:
    with running_firestore_emulator() as firestore, running_pubsub_emulator() as pubsub:
        make_topic(pubsub)
        memory(firestore, pubsub)
        race(firestore)
        backlog(firestore)
        hand_over(firestore)


if __name__ == "__main__":
    main()
