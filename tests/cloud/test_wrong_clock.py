"""A PC whose clock is wrong at log-on and set right a moment later: what the wrong clock signed is thrown away."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from support.google_behind_proxy import GoogleBehindProxy
from support.key_file import usable_private_key, write_key_file
from support.token_server import token_server

CLIENT = """
import json, sys, threading, time
from pathlib import Path
from teamtactics.cloud.calls import sign_in

ahead_s = 3600.0 * float(sys.argv[2])
sign_in.now_s = lambda: time.time() + ahead_s

from support.cloud_parcels import lap
from support.memory_queue import MemoryQueue
from support.sinks import firestore_sink
from teamtactics.cloud.watch import CollectionStream
from teamtactics.cloud.wire import Database
from teamtactics.delivery.courier import Courier
from teamtactics.team.watch import TeamWatch

key = Path(sys.argv[1])
queue = MemoryQueue(lap("c", 1))
courier = Courier("firestore", lambda: firestore_sink(None, "p", credentials=key), queue)
database = Database("p", key, None)
watch = TeamWatch(lambda name: CollectionStream(database, name), lambda *_: None)
watch.follow("c")
stop = threading.Event()
threads = [
    threading.Thread(target=courier.run, args=(stop, threading.Event()), daemon=True),
    threading.Thread(target=watch.run, args=(stop,), daemon=True),
]
for thread in threads:
    thread.start()

def until(fact):
    end_s = time.monotonic() + 40
    while not fact():
        assert time.monotonic() < end_s, (courier.status, watch.status)
        time.sleep(0.01)

until(lambda: courier.status.problem and watch.status.problem)
said = courier.status.problem
ahead_s = 0.0
right_s = time.monotonic()
until(lambda: queue.delivered)
delivered_s = time.monotonic() - right_s
until(lambda: watch.status.is_connected)
print(json.dumps([said, courier.status.state, delivered_s, time.monotonic() - right_s]))
stop.set()
for thread in threads:
    thread.join(5)
"""


@pytest.mark.slow
@pytest.mark.timeout(90)
def test_a_token_does_not_outlive_the_corrected_clock(tmp_path: Path) -> None:
    """Three hours ahead, as a wrong time zone makes it; the token would have been good for an hour."""
    key = write_key_file(tmp_path / "key.json", private_key=usable_private_key())
    with token_server() as server, GoogleBehindProxy({"firestore.googleapis.com": server.address}) as google:
        environment = {
            **os.environ,
            "PYTHONPATH": str(Path(__file__).parents[1]),
            "https_proxy": google.proxy,
            "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH": str(google.authority),
        }
        done = subprocess.run(
            [sys.executable, "-c", CLIENT, str(key), "3"],
            env=environment,
            capture_output=True,
            text=True,
            timeout=80,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert server.refused >= 2, "both were refused with the wrong clock's token"
    said, state, delivered_s, followed_s = json.loads(done.stdout)
    assert "does not accept the credentials" in said
    assert state == "ok"
    assert delivered_s < 10.0
    assert followed_s < 12.0
