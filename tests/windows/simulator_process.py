"""The fake simulator as a process on a Windows desktop, and what it has told."""

from __future__ import annotations

import fcntl
import json
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from windows.desktop import Desktop

PROGRAM = Path(__file__).with_name("fake_simulator.py")
_START_LIMIT_S = 150.0
_ONE_AT_A_TIME = Path(tempfile.gettempdir()) / "teamtactics-tests-simulator.lock"
"""Every desktop of this machine shares the port of the status answer; held from start to end, also while it is away."""


class SimulatorProcess:
    """
    Plays *script* as the simulator of *member*; stands at its first tick until ``go``. A context manager that ends it.

    Args:
        images: Folder for the memory images of the team-mates; None when nobody reads them.
    """

    def __init__(self, pc: Desktop, script: str, member: int, rate: float = 60.0, images: Path | None = None) -> None:
        self._turn = _ONE_AT_A_TIME.open("w")
        fcntl.flock(self._turn, fcntl.LOCK_EX)
        more = [] if images is None else ["--images", images]
        self._program = pc.start(
            pc.toolchain.python, "-X", "utf8", PROGRAM, "--script", script, "--member", str(member),
            "--rate", str(rate), *more, environment={"PYTHONDONTWRITEBYTECODE": "1"},
        )  # fmt: skip
        self._seen = 0
        try:
            self.until("ready", _START_LIMIT_S)
        except AssertionError:
            self._turn.close()
            raise
        for part in images.glob("*.part") if images is not None else ():
            part.replace(part.with_suffix(""))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._program.is_running:
            self._program.kill()
        self._turn.close()

    def go(self) -> None:
        """Let the race begin."""
        self._program.say("go")

    def leave(self, *, orderly: bool = True) -> None:
        """End the simulator before the next tick; the race stands still."""
        self._program.say("leave" if orderly else "crash")
        self.until("left", 10.0)

    def come_back(self) -> None:
        """Start the simulator again; the race goes on where it stood."""
        self._program.say("back")
        self.until("back", _START_LIMIT_S)

    def close(self) -> None:
        """After its last tick: end in an orderly way."""
        self._program.say("close")
        code, output = self._program.wait(20.0)
        assert code == 0, output

    def until_lap(self, lap: int, timeout_s: float = 120.0) -> None:
        """Wait until the line was crossed with *lap* laps completed."""
        while self.until("lap", timeout_s)["lap"] < lap:
            pass

    def until(self, event: str, timeout_s: float) -> dict[str, Any]:
        """
        Wait for the next *event* and return it; what was told before it is passed over.

        Raises:
            AssertionError: It did not come in time, or the simulator died.
        """
        deadline_s = time.monotonic() + timeout_s
        while True:
            lines = [line for line in self._program.output.splitlines(keepends=True) if line.endswith("\n")]
            for line in lines[self._seen :]:
                self._seen += 1
                if line.startswith("{"):
                    told: dict[str, Any] = json.loads(line)
                    if told["event"] == event:
                        return told
            assert self._program.is_running, f"the simulator ended before {event!r}:\n{self._program.output}"
            assert time.monotonic() < deadline_s, f"no {event!r} within {timeout_s:.0f} s:\n{self._program.output}"
            time.sleep(0.05)
