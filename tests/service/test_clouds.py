"""The cloud libraries, loaded by whichever threads need them first."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

LOAD = """
import sys, threading
from pathlib import Path
from teamtactics.settings.load import load_settings
from teamtactics.service import clouds

environment = {name: "127.0.0.1:9" for name in ("FIRESTORE_EMULATOR_HOST", "PUBSUB_EMULATOR_HOST")}
Path("t.ini").write_text("[global]\\nmessageTopic = laps-of-the-team\\n")
settings = load_settings(Path("t.ini"), Path(), environment, sys.platform)
sys.setswitchinterval(1e-6)
start, made = threading.Barrier(3), []

def load(make):
    start.wait()
    made.append(make())

makers = [
    lambda: clouds.firestore_sink(settings),
    lambda: clouds.collection_stream(settings, "c"),
    lambda: clouds.pubsub_sink(settings),
]
threads = [threading.Thread(target=load, args=(make,)) for make in makers]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(len(made))
"""


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_couriers_and_watch_that_begin_at_once_do_not_break_each_other_s_imports(tmp_path: Path) -> None:
    """A process of its own each time, because a library is loaded once; without the lock some of these die."""
    for _ in range(4):
        done = subprocess.run([sys.executable, "-c", LOAD], cwd=tmp_path, capture_output=True, text=True, timeout=60)
        assert (done.stdout.strip(), done.returncode) == ("3", 0), done.stderr
