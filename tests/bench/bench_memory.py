"""
What the client holds in memory without a tray, while it drives and both clouds take its laps.

    python tests/bench/bench_memory.py                          # three clients each, median
    python tests/bench/bench_memory.py --against OTHER/app      # and those of another checkout, in turns with ours

Once against the emulators as the tests know them, and once as at home: signed in with a key file, through TLS and a
proxy, which loads what signs and what encrypts.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from e2e.client import PROJECT, TOPIC, Client
from e2e.race_process import RaceProcess
from race_sim import truth
from race_sim.named_scripts import script_named
from support.emulators import EmulatorAbsent, running_firestore_emulator, running_pubsub_emulator
from support.firestore_reader import FirestoreReader
from support.google_behind_proxy import GoogleBehindProxy
from support.key_file import usable_private_key, write_key_file
from support.pubsub_reader import PubSubReader

RATE_HZ = 240.0
LAPS = 4
REACH_MB = 65
_LIMIT_S = 120.0


class Bench:
    """
    Args:
        firestore, pubsub: The emulators, ``host:port``.
    """

    def __init__(self, folder: Path, firestore: str, pubsub: str) -> None:
        self._folder = folder
        self._firestore = firestore
        self._pubsub = pubsub
        self._clients = 0

    def held(self, app: Path | None, *, is_signed_in: bool) -> tuple[float, float]:
        """Let a client drive some laps; return its RSS and PSS with all of them delivered, MB."""
        self._clients += 1
        folder = self._folder / str(self._clients)
        solo = script_named("solo")
        image = folder / "live.dump"
        folder.mkdir()
        project = f"{PROJECT}-{self._clients}"
        with ExitStack() as stack:
            subscriber = stack.enter_context(PubSubReader(self._pubsub, project, TOPIC))
            client = self._client(stack, folder, image, project, is_signed_in=is_signed_in)
            if app is not None:
                client.environment["PYTHONPATH"] = str(app)
            race = stack.enter_context(RaceProcess("solo", image, RATE_HZ, str(solo.members[0].customer_id)))
            stack.enter_context(client)
            client.wait_for("connected to")
            race.go()
            reader = FirestoreReader(self._firestore, project)
            end_s = time.monotonic() + _LIMIT_S
            while len(reader.laps(truth.collection(solo, 0))) < LAPS:
                assert time.monotonic() < end_s, client.log()
                time.sleep(0.1)
            assert client.process is not None
            rss_pss = _held(client.process.pid)
            client.stop()
            assert any(message.type == "lap" for message in subscriber.pull_all()), client.log()
        return rss_pss

    def _client(self, stack: ExitStack, folder: Path, image: Path, project: str, *, is_signed_in: bool) -> Client:
        settings = {"simulate": str(image), "messageTopic": TOPIC}
        if not is_signed_in:
            client = Client(folder / "client", settings, self._firestore, self._pubsub)
            client.environment["GOOGLE_CLOUD_PROJECT"] = project
            return client
        services = {"firestore.googleapis.com": self._firestore, "pubsub.googleapis.com": self._pubsub}
        google = stack.enter_context(GoogleBehindProxy(services))
        key = write_key_file(folder / "key.json", private_key=usable_private_key(), project_id=project)
        client = Client(folder / "client", {**settings, "googleAccessToken": str(key), "proxy": google.proxy})
        client.environment.pop("GOOGLE_CLOUD_PROJECT")
        client.environment["GRPC_DEFAULT_SSL_ROOTS_FILE_PATH"] = str(google.authority)
        return client


def _held(pid: int) -> tuple[float, float]:
    rows: Mapping[str, int] = {
        line.split()[0]: int(line.split()[1]) for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    }
    return rows["Rss:"] * 1024 / 1e6, rows["Pss:"] * 1024 / 1e6


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--against", type=Path, metavar="APP", help="the app folder of another checkout")
    parser.add_argument("--times", type=int, default=3, help="clients of each kind")
    chosen = parser.parse_args()
    apps: dict[str, Path | None] = {"this checkout": None}
    if chosen.against is not None:
        apps = {str(chosen.against): chosen.against.resolve(), **apps}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        firestore = stack.enter_context(running_firestore_emulator())
        pubsub = stack.enter_context(running_pubsub_emulator())
        bench = Bench(folder, firestore, pubsub)
        for is_signed_in in (False, True):
            found: dict[str, list[tuple[float, float]]] = {name: [] for name in apps}
            for _ in range(chosen.times):
                for name, app in apps.items():
                    found[name].append(bench.held(app, is_signed_in=is_signed_in))
            how = "signed in, through TLS" if is_signed_in else f"emulators (reach {REACH_MB} RSS)"
            for name, figures in found.items():
                rss, pss = (statistics.median(column) for column in zip(*figures, strict=True))
                print(f"memory, headless, both clouds, {how}: RSS {rss:.1f} MB, PSS {pss:.1f} MB  [{name}]", flush=True)


if __name__ == "__main__":
    try:
        main()
    except EmulatorAbsent as absent:
        print(f"not measured: {absent}")
