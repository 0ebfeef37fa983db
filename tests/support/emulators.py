"""
The two clouds on this machine: a Firestore emulator and Google's own Pub/Sub fake, each a process of its own.

    with running_firestore_emulator() as address:  # "127.0.0.1:41234"
        ...

In pytest use the session-wide fixtures ``firestore_emulator`` and ``pubsub_fake``: they give the same address, and take
names (project, collection, topic) that no other test uses. Nothing here touches this process's environment.

What has to be installed or built goes into ``.cache/emulators`` of the checkout, once. The processes end with the
``with`` block, and by themselves when this process dies: they run until their standard input ends.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
CACHE = HERE.parents[1] / ".cache" / "emulators"
FIRESTORE_PACKAGE = "@firestore-emulator/server@0.3.15"
GO_SOURCES = Path("/usr/share/gocode")
"""Where Debian's golang-google-cloud-dev puts the sources of the fake."""

_INSTALL_LIMIT_S = 100.0
_START_LIMIT_S = 20.0
_STOP_LIMIT_S = 5.0


class EmulatorAbsent(Exception):
    """This machine lacks what the emulator needs; the text says what."""


class CountingEmulator:
    """A Firestore emulator that counts for itself what a project's clients cost."""

    def __init__(self, process: subprocess.Popen[str], address: str) -> None:
        self.address = address
        self._process = process

    def counted(self, project: str) -> Mapping[str, Any]:
        """
        Return what was asked so far.

        ``commits``, of these with nothing but an info document ``infos``; documents in them (``writes``); documents
        read by name (``reads``); documents ``told`` to watches; of each of the ``states`` written its session time, s,
        and when, ms of the epoch. Queries are not counted: the tests read back with them.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        found: Mapping[str, Mapping[str, Any]] = json.loads(self._process.stdout.readline())
        return found.get(project, {})


@contextmanager
def running_firestore_emulator() -> Iterator[str]:
    """Run a Firestore emulator and give its ``host:port``, for FIRESTORE_EMULATOR_HOST or a sink's ``emulator``."""
    with running_counting_emulator() as emulator:
        yield emulator.address


@contextmanager
def running_counting_emulator() -> Iterator[CountingEmulator]:
    """Run a Firestore emulator that can be asked what was asked of it."""
    node = _program("node", "the Firestore emulator needs node and npm")
    packages = _firestore_packages()
    with _running([node, str(HERE / "firestore_emulator.cjs"), str(packages)]) as (process, address):
        yield CountingEmulator(process, address)


@contextmanager
def running_pubsub_fake() -> Iterator[str]:
    """Run the Pub/Sub fake and give its ``host:port``, for PUBSUB_EMULATOR_HOST or a sink's ``emulator``."""
    with _running([str(_pubsub_fake())]) as (_, address):
        yield address


def _program(name: str, reason: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise EmulatorAbsent(f"{reason}; {name} is not on the path")
    return found


def _firestore_packages() -> Path:
    """Install the emulator's packages once; return the folder that holds node_modules."""
    ready = CACHE / f"firestore-{FIRESTORE_PACKAGE.rpartition('@')[2]}"
    if not ready.is_dir():
        npm = _program("npm", "the Firestore emulator needs node and npm")
        with _prepared(ready) as draft:
            (draft / "package.json").write_text("{}")
            _make([npm, "install", FIRESTORE_PACKAGE, "--prefix", str(draft), "--no-audit", "--no-fund"])
    return ready


def _pubsub_fake() -> Path:
    """Build the Pub/Sub fake once; return the program."""
    ready = CACHE / "pubsub-fake"
    if not ready.is_dir():
        go = _program("go", "the Pub/Sub fake needs golang-go")
        if not GO_SOURCES.is_dir():
            raise EmulatorAbsent(f"the Pub/Sub fake needs golang-google-cloud-dev; {GO_SOURCES} is not there")
        with _prepared(ready) as draft, tempfile.TemporaryDirectory(dir=CACHE) as scratch:
            settings = {"GO111MODULE": "off", "GOPATH": str(GO_SOURCES), "GOCACHE": scratch}
            _make([go, "build", "-o", str(draft / "pubsub_fake"), str(HERE / "pubsub_fake" / "main.go")], settings)
    return ready / "pubsub_fake"


@contextmanager
def _prepared(ready: Path) -> Iterator[Path]:
    """Give an empty folder that becomes *ready* in one move: another test run may be doing the same just now."""
    CACHE.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f"{ready.name}.", dir=CACHE))
    try:
        yield draft
        if not ready.is_dir():
            draft.rename(ready)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _make(command: Sequence[str], settings: Mapping[str, str] | None = None) -> None:
    environment = {**os.environ, **(settings or {})}
    try:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=_INSTALL_LIMIT_S)
    except subprocess.TimeoutExpired as error:
        raise EmulatorAbsent(f"{' '.join(command)} took more than {_INSTALL_LIMIT_S:.0f} s") from error
    if done.returncode != 0:
        raise EmulatorAbsent(f"{' '.join(command)} failed: {done.stderr.strip()[-500:]}")


@contextmanager
def _running(command: Sequence[str]) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Start *command*, give it with the address it prints, and end it by its process id whatever happens."""
    with tempfile.TemporaryFile("w+") as complaints:
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=complaints, text=True, cwd=HERE
        )
        try:
            address = _first_line(process)
            if not address:
                complaints.seek(0)
                raise RuntimeError(f"{command[0]} did not start: {complaints.read().strip()[-500:]}")
            yield process, address
        finally:
            _end(process)


def _first_line(process: subprocess.Popen[str]) -> str:
    """Read the line that says it is ready; empty when it ended or took too long."""
    assert process.stdout is not None
    too_long = threading.Timer(_START_LIMIT_S, process.kill)
    too_long.start()
    try:
        return process.stdout.readline().strip()
    finally:
        too_long.cancel()


def _end(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.close()
    try:
        process.wait(_STOP_LIMIT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(_STOP_LIMIT_S)
    process.stdout.close()
