"""
The two clouds on this machine: Google's own emulators of Firestore and Pub/Sub, each a process group of its own.

    with running_firestore_emulator() as address:  # "127.0.0.1:41234"
        ...

In pytest use the session-wide fixtures ``firestore_emulator`` and ``pubsub_emulator``: they give the same address, and
take names (project, collection, topic) that no other test uses. Nothing here touches this process's environment.

They come with the Google Cloud SDK and are started without ``gcloud``, which would only stand between. They end with
the ``with`` block, and by themselves when this process dies (``guardian``).
"""

from __future__ import annotations

import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

HERE = Path(__file__).parent
USUAL_ROOTS = (
    "/usr/lib/google-cloud-sdk",  # Debian's packages
    "/opt/google-cloud-sdk",
    "/opt/homebrew/share/google-cloud-sdk",
    "/usr/local/share/google-cloud-sdk",
    "~/google-cloud-sdk",
)
JVM_OPTIONS = "-Xmx1g -XX:+UseSerialGC -XX:TieredStopAtLevel=1"
"""
For two cores that the tests want for themselves. Without them the JVM takes a quarter of the machine's memory, and its
second compiler some seconds of both cores, for a server that lives for minutes.
"""

_START_LIMIT_S = 60.0
_STOP_LIMIT_S = 10.0
_PORTS = (20_000, 32_000)
"""Below what Linux (32,768) and macOS (49,152) give to connections."""
_STARTS = 2
"""Somebody else may take the port between the look for a free one and the emulator's start."""


class EmulatorAbsent(Exception):
    """This machine lacks what the emulator needs; the text says the command that installs it."""


@dataclass(frozen=True, slots=True)
class Emulator:
    """
    One of the Google Cloud SDK's emulators.

    Attributes:
        package: Debian's name for it.

        component: Its name for ``gcloud components install``.

        script: Its wrapper, from the SDK's root.

        arguments: What that is told first.
    """

    package: str
    component: str
    script: str
    arguments: tuple[str, ...] = ()


FIRESTORE_EMULATOR = Emulator(
    "google-cloud-cli-firestore-emulator",
    "cloud-firestore-emulator",
    "platform/cloud-firestore-emulator/cloud_firestore_emulator",
    ("start",),
)
PUBSUB_EMULATOR = Emulator(
    "google-cloud-cli-pubsub-emulator", "pubsub-emulator", "platform/pubsub-emulator/bin/cloud-pubsub-emulator"
)


@contextmanager
def running_firestore_emulator() -> Iterator[str]:
    """
    Run the Firestore emulator and give its ``host:port``, for FIRESTORE_EMULATOR_HOST or a sink's ``emulator``.

    Raises:
        EmulatorAbsent: It, or Java, is not installed.
    """
    from support.warm_up import warm_firestore  # the libraries take a second that most tests need not wait for

    with _running(FIRESTORE_EMULATOR, warm_firestore) as address:
        yield address


@contextmanager
def running_pubsub_emulator() -> Iterator[str]:
    """
    Run the Pub/Sub emulator and give its ``host:port``, for PUBSUB_EMULATOR_HOST or a sink's ``emulator``.

    Raises:
        EmulatorAbsent: It, or Java, is not installed.
    """
    from support.warm_up import warm_pubsub  # as above

    with _running(PUBSUB_EMULATOR, warm_pubsub) as address:
        yield address


def command_of(emulator: Emulator) -> list[str]:
    """
    Say how *emulator* is started on this machine, without host and port.

    Raises:
        EmulatorAbsent: It, or Java, is not installed.
    """
    if sys.platform == "win32":
        raise EmulatorAbsent(f"the tests start the {emulator.component} on Linux and macOS only")
    scripts = (root / emulator.script for root in _sdk_roots())
    found = next((script for script in scripts if script.is_file()), None)
    if found is None:
        raise EmulatorAbsent(f"no {emulator.component} of the Google Cloud SDK is here; {_how_to_install(emulator)}")
    if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
        raise EmulatorAbsent(f"the {emulator.component} needs Java 17; {_how_to_install(emulator)}")
    return [str(found), *emulator.arguments]


def _sdk_roots() -> Iterator[Path]:
    if named := os.environ.get("CLOUDSDK_ROOT_DIR"):
        yield Path(named)
    if gcloud := shutil.which("gcloud"):
        yield Path(gcloud).resolve().parents[1]
    yield from (Path(root).expanduser() for root in USUAL_ROOTS)


def _how_to_install(emulator: Emulator) -> str:
    return (
        f"apt-get install openjdk-17-jre-headless {emulator.package} (Debian, from Google's own repository "
        f"https://packages.cloud.google.com/apt) or, with Java 17: gcloud components install {emulator.component}"
    )


@contextmanager
def _running(emulator: Emulator, warm: Callable[[str], None]) -> Iterator[str]:
    """Start *emulator*, warm it, give its address, and end it whatever happens."""
    command = command_of(emulator)
    with tempfile.TemporaryFile("w+") as told:
        process, address = _started(command, told)
        try:
            warm(address)
            yield address
        finally:
            _end(process)


def _started(command: Sequence[str], told: IO[str]) -> tuple[subprocess.Popen[bytes], str]:
    """Start *command* on a free port and wait until it listens there; what it says goes to *told*."""
    for _ in range(_STARTS):
        port = _free_port()
        process = subprocess.Popen(
            [sys.executable, str(HERE / "guardian.py"), *command, "--host=127.0.0.1", f"--port={port}"],
            stdin=subprocess.PIPE,
            stdout=told,
            stderr=told,
            start_new_session=True,
            env={**os.environ, "JAVA_TOOL_OPTIONS": JVM_OPTIONS},
        )
        if _listens(process, port):
            return process, f"127.0.0.1:{port}"
        _end(process)
    told.seek(0)
    raise RuntimeError(f"{command[0]} did not start: {told.read().strip()[-1000:]}")


def _free_port() -> int:
    """
    Find a port that nobody uses and that the system gives to nobody who does not ask for it by its number.

    One of those could be the own end of somebody's connection before the emulator takes it; whoever tries to connect to
    it meanwhile may even be connected with himself.
    """
    while True:
        port = random.SystemRandom().randrange(*_PORTS)
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


def _listens(process: subprocess.Popen[bytes], port: int) -> bool:
    """Wait until somebody listens on *port*; False when *process* ended before, or it took too long."""
    limit_s = time.monotonic() + _START_LIMIT_S
    while process.poll() is None and time.monotonic() < limit_s:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return process.poll() is None
    return False


def _end(process: subprocess.Popen[bytes]) -> None:
    """Close the pipe that the guardian reads: it ends its process group, and so itself."""
    assert process.stdin is not None
    process.stdin.close()
    process.wait(_STOP_LIMIT_S)
