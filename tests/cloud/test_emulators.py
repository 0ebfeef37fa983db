"""The fixtures themselves: real servers on loopback that never outlive who started them."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
STARTER = """
import sys, time
from support.emulators import {running}
with {running}() as address:
    print(address, flush=True)
    time.sleep(60)
"""


def accepts(address: str) -> bool:
    host, port = address.rsplit(":", 1)
    try:
        socket.create_connection((host, int(port)), timeout=1).close()
    except OSError:
        return False
    return True


@pytest.mark.emulator
@pytest.mark.parametrize("running", ["running_firestore_emulator", "running_pubsub_emulator"])
def test_an_emulator_ends_when_the_process_that_started_it_is_killed(
    running: str, firestore_emulator: str, pubsub_emulator: str
) -> None:
    """Nothing is left behind by a test run that is killed with signal 9."""
    starter = subprocess.Popen(
        [sys.executable, "-c", STARTER.format(running=running)], cwd=TESTS, stdout=subprocess.PIPE, text=True
    )
    assert starter.stdout is not None
    with starter.stdout:
        address = starter.stdout.readline().strip()
        assert accepts(address)
        os.kill(starter.pid, signal.SIGKILL)
        starter.wait(10)
    limit = time.monotonic() + 10
    while accepts(address):
        assert time.monotonic() < limit, "the emulator still runs"
    assert accepts(firestore_emulator)
    assert accepts(pubsub_emulator)


@pytest.mark.emulator
def test_the_fixtures_leave_the_environment_alone(firestore_emulator: str, pubsub_emulator: str) -> None:
    """Whoever wants the emulator says so: no other test is led to it by accident."""
    assert firestore_emulator.startswith("127.0.0.1:")
    assert pubsub_emulator.startswith("127.0.0.1:")
    assert "FIRESTORE_EMULATOR_HOST" not in os.environ
    assert "PUBSUB_EMULATOR_HOST" not in os.environ
