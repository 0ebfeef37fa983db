"""
What an outage and a thin line cost, against the emulators on this machine; prints numbers, proves nothing.

    python tests/bench/bench_outage.py [SECONDS_OF_AN_OUTAGE] [OUTAGES_OF_EACH_KIND]

Every client has both couriers and the watch, each on a line of its own; all lines break and heal together, while the
client records. Up to five clients of each kind of outage go side by side.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parents[1]))  # for support, as pytest's pythonpath does

from bench.bench_cloud import make_topic
from support.cloud_parcels import lap
from support.emulators import running_firestore_emulator, running_pubsub_emulator
from support.member_on_lines import KINDS, MemberOnLines
from support.memory_queue import MemoryQueue
from support.relay import Relay
from support.sinks import firestore_sink
from teamtactics.cloud.pubsub import PubSubSink
from teamtactics.delivery.courier import Courier
from teamtactics.model.parcel import FIRESTORE, PUBSUB

TOPIC = "projects/bench/topics/race"
CLIENTS = 5
THIN_BYTES_S = (15_000, 5_000)
THIN_LAPS = 120
REST_OF_A_LAP = {f"FieldWithALongName{number}": number * 1.5 for number in range(24)}
"""A real lap has 35 fields."""


def outages(firestore: str, pubsub: str, length_s: float, count: int) -> None:
    """Print, for each kind, when the first and the last channel got through again."""
    dice = random.Random(1)
    clients = min(CLIENTS, count)
    plans = [(kind, number) for kind in KINDS for number in range(clients)]
    lengths = {plan: [length_s * dice.uniform(0.8, 1.2) for _ in range(count // clients)] for plan in plans}

    def live(plan: tuple[str, int]) -> tuple[str, list[list[float] | None]]:
        kind, number = plan
        with MemberOnLines(firestore, pubsub, TOPIC, f"{kind}@{number}#{length_s}") as client:
            return kind, [client.recovers_s(kind, outage_s) for outage_s in lengths[plan]]

    with ThreadPoolExecutor(len(plans)) as pool:
        results = list(pool.map(live, plans))
    print(f"after an outage of {length_s:.0f} s ± 20 %, seconds until …")
    for kind in KINDS:
        found = [one for name, many in results if name == kind for one in many]
        good = [one for one in found if one is not None]
        deliveries = sorted(min(one[:2]) for one in good)
        last = sorted(max(one) for one in good)
        spread = sorted(max(one) - min(one) for one in good)
        print(
            f"  {kind:7} first delivery {_spread(deliveries)}, last of three channels {_spread(last)}, "
            f"between first and last {_spread(spread)}; {len(good)} of {len(found)} recovered"
        )


def _spread(samples: list[float]) -> str:
    if not samples:
        return "none"
    return f"p50 {median(samples):.1f} max {samples[-1]:.1f}"


@contextmanager
def thin_line(target: str, bytes_s: float) -> Iterator[Relay]:
    with Relay(target) as relay:
        relay.thin(bytes_s)
        yield relay


def thin(firestore: str, pubsub: str, bytes_s: float) -> None:
    """Print how long a backlog takes over a thin line, and how much was sent for it."""
    print(f"{THIN_LAPS} laps of backlog at {bytes_s / 1000:.0f} kB/s")
    for name in (FIRESTORE, PUBSUB):
        with ExitStack() as stack:
            relay = stack.enter_context(thin_line(firestore if name == FIRESTORE else pubsub, bytes_s))
            sink = (
                firestore_sink(relay.address, "bench")
                if name == FIRESTORE
                else PubSubSink(TOPIC, emulator=relay.address)
            )
            laps = [lap(f"thin@{bytes_s}", n, **REST_OF_A_LAP) for n in range(1, THIN_LAPS + 1)]
            queue = MemoryQueue(*laps)
            courier = Courier(name, lambda sink=sink: sink, queue)  # type: ignore[misc]
            begin_s, first_s = time.monotonic(), None
            while queue.pending(name, 1) and time.monotonic() < begin_s + 180:
                time.sleep(courier.step())
                if first_s is None and queue.delivered.get(name):
                    first_s = time.monotonic() - begin_s
            took_s = time.monotonic() - begin_s
            courier.close()
            print(
                f"  {name:9} {len(queue.delivered.get(name, []))} of {THIN_LAPS} in {took_s:.1f} s, the first after "
                f"{first_s or -1:.1f} s, {relay.carried / 1000:.0f} kB carried"
            )


def main(length_s: float, count: int) -> None:
    """Run both."""
    with running_firestore_emulator() as firestore, running_pubsub_emulator() as pubsub:
        make_topic(pubsub)
        for bytes_s in THIN_BYTES_S:
            thin(firestore, pubsub, bytes_s)
        outages(firestore, pubsub, length_s, count)


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 25.0, int(sys.argv[2]) if len(sys.argv) > 2 else 20)
