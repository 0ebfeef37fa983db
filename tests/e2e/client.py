"""A teamtactics client as a real process, with its own ini, data folder and environment."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from support.urgent import urgent
from teamtactics.store.store import Outbox

PROJECT = "e2e-project"
TOPIC = "laps"
PRODUCT = (sys.executable, "-m", "teamtactics")


def utc_now() -> datetime:
    return datetime.now(UTC)


class Client:
    """
    One client in *folder*; ``start`` and ``stop`` it, or use it as a context manager, which always ends the process.

    Args:
        settings: Lines of the ini, beside ``logfile`` and ``dataDir``.

        firestore, pubsub: ``host:port`` of the emulators; None for a client without that sink.

        program: What is started, before ``--config``.

        is_urgent: It reads a simulator in real time, and must not wait for the machine's other work.
    """

    def __init__(
        self,
        folder: Path,
        settings: Mapping[str, str] | None = None,
        firestore: str | None = None,
        pubsub: str | None = None,
        program: Sequence[str] = PRODUCT,
        *,
        is_urgent: bool = False,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.program = program
        self._is_urgent = is_urgent
        self.ini = folder / "teamtactics.ini"
        lines = {"logfile": "irtactics.log", "dataDir": "data", **(settings or {})}
        self.ini.write_text("[global]\n" + "".join(f"{key} = {value}\n" for key, value in lines.items()))
        self.environment = {
            name: value
            for name, value in os.environ.items()
            if not name.upper().endswith("_PROXY") and "EMULATOR" not in name and not name.startswith("GOOGLE_")
        }
        self.environment["GOOGLE_CLOUD_PROJECT"] = PROJECT
        if firestore is not None:
            self.environment["FIRESTORE_EMULATOR_HOST"] = firestore
        if pubsub is not None:
            self.environment["PUBSUB_EMULATOR_HOST"] = pubsub
        self.process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Client:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def start(self, *arguments: str) -> None:
        """Start the command *arguments*, by default ``run --headless``."""
        words = [*self.program, "--config", str(self.ini), *(arguments or ("run", "--headless"))]
        self.process = subprocess.Popen(
            urgent(words) if self._is_urgent else words,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
        )

    def run(self, *arguments: str, timeout_s: float = 60.0) -> tuple[int, str]:
        """Run one command to its end; return exit code and output."""
        self.start(*arguments)
        try:
            return self.wait(timeout_s)
        finally:
            self.kill()

    def wait(self, timeout_s: float = 30.0) -> tuple[int, str]:
        """Wait for the end of the process; return exit code and output."""
        assert self.process is not None, "the client was not started"
        output, _ = self.process.communicate(timeout=timeout_s)
        return self.process.returncode, output

    def ask_to_stop(self) -> None:
        """Ask for an orderly end, as a service manager does."""
        assert self.process is not None, "the client was not started"
        self.process.send_signal(signal.SIGTERM)

    def stop(self, timeout_s: float = 30.0) -> tuple[int, str]:
        """Ask for an orderly end, and wait for it; return exit code and output."""
        self.ask_to_stop()
        return self.wait(timeout_s)

    def kill(self) -> None:
        """Kill -9, if it still runs."""
        process = self.process
        if process is not None and process.poll() is None:
            process.kill()
        if process is not None:
            process.wait(10)
            if process.stdout is not None:
                process.stdout.close()

    def store(self) -> Outbox:
        """Open the client's store, to read it."""
        return Outbox.open(self.folder / "data" / "teamtactics.sqlite3", utc_now)

    def log(self) -> str:
        """Return the log so far."""
        path = self.folder / "irtactics.log"
        return path.read_text(encoding="utf-8") if path.exists() else ""

    def wait_for(self, line: str, timeout_s: float = 20.0) -> None:
        """Wait until the log has *line*."""
        until(lambda: line in self.log(), timeout_s, lambda: f"no {line!r} in the log:\n{self.log()}")


def until(holds: Callable[[], bool], timeout_s: float, otherwise: Callable[[], str]) -> None:
    """
    Wait until *holds*.

    Raises:
        AssertionError: It did not in time; with the text of *otherwise*.
    """
    deadline_s = time.monotonic() + timeout_s
    while not holds():
        assert time.monotonic() < deadline_s, otherwise()
        time.sleep(0.05)
