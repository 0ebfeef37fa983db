"""The fixtures themselves: Google's own servers on loopback that never outlive who started them."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from support.emulators import (
    FIRESTORE_EMULATOR,
    PUBSUB_EMULATOR,
    Emulator,
    EmulatorAbsent,
    command_of,
    running_pubsub_emulator,
)

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


def descendants(process: subprocess.Popen[str]) -> list[psutil.Process]:
    return psutil.Process(process.pid).children(recursive=True)


@pytest.mark.emulator
@pytest.mark.parametrize("running", ["running_firestore_emulator", "running_pubsub_emulator"])
def test_an_emulator_ends_when_the_process_that_started_it_is_killed(
    running: str, firestore_emulator: str, pubsub_emulator: str
) -> None:
    """Nothing is left behind by a test run that is killed with signal 9: no JVM, no wrapper script, no guardian."""
    starter = subprocess.Popen(
        [sys.executable, "-c", STARTER.format(running=running)], cwd=TESTS, stdout=subprocess.PIPE, text=True
    )
    assert starter.stdout is not None
    with starter.stdout:
        address = starter.stdout.readline().strip()
        assert accepts(address)
        family = descendants(starter)
        assert any("java" in member.name() for member in family)
        os.kill(starter.pid, signal.SIGKILL)
        starter.wait(10)
    _, alive = psutil.wait_procs(family, timeout=10)
    assert alive == []
    assert not accepts(address)
    assert accepts(firestore_emulator)
    assert accepts(pubsub_emulator)


@pytest.mark.emulator
def test_an_emulator_has_ended_when_its_with_block_is_left(firestore_emulator: str) -> None:
    with running_pubsub_emulator() as address:
        assert accepts(address)
    limit = time.monotonic() + 10
    while accepts(address):
        assert time.monotonic() < limit, "the emulator still runs"
    assert accepts(firestore_emulator)


@pytest.mark.emulator
def test_the_fixtures_leave_the_environment_alone(firestore_emulator: str, pubsub_emulator: str) -> None:
    """Whoever wants the emulator says so: no other test is led to it by accident."""
    assert firestore_emulator.startswith("127.0.0.1:")
    assert pubsub_emulator.startswith("127.0.0.1:")
    assert "FIRESTORE_EMULATOR_HOST" not in os.environ
    assert "PUBSUB_EMULATOR_HOST" not in os.environ


@pytest.mark.parametrize(
    ("emulator", "package", "component"),
    [
        (FIRESTORE_EMULATOR, "google-cloud-cli-firestore-emulator", "cloud-firestore-emulator"),
        (PUBSUB_EMULATOR, "google-cloud-cli-pubsub-emulator", "pubsub-emulator"),
    ],
)
def test_where_an_emulator_is_absent_the_command_that_installs_it_is_told(
    emulator: Emulator, package: str, component: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("support.emulators.USUAL_ROOTS", (str(tmp_path),))
    monkeypatch.setenv("CLOUDSDK_ROOT_DIR", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EmulatorAbsent) as caught:
        command_of(emulator)
    assert f"apt-get install openjdk-17-jre-headless {package} " in str(caught.value)
    assert f"gcloud components install {component}" in str(caught.value)


def test_the_sdk_is_found_where_its_environment_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = tmp_path / FIRESTORE_EMULATOR.script
    script.parent.mkdir(parents=True)
    script.touch()
    monkeypatch.setenv("CLOUDSDK_ROOT_DIR", str(tmp_path))
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    assert command_of(FIRESTORE_EMULATOR)[0] == str(script)
