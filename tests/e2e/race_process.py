"""The race simulator as a process: writes memory images that clients read as live simulators."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from support.urgent import urgent

PROGRAM = Path(__file__).parents[1] / "race_sim" / "image_race.py"


class RaceProcess:
    """
    Plays a script into memory images; waits at its first tick until ``go``. A context manager, which always ends it.

    Attributes:
        images: Path of each member's image by customer id.
    """

    def __init__(self, script: str, image: Path, rate: float, member: str = "all") -> None:
        command = [sys.executable, str(PROGRAM), "--script", script, "--member", member, "--image", str(image)]
        self._process = subprocess.Popen(
            urgent([*command, "--rate", str(rate), "--wait"]),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        ready = self._next()
        assert ready is not None and ready["event"] == "ready", ready
        self.images = {int(member_id): Path(path) for member_id, path in ready["images"].items()}

    def __enter__(self) -> RaceProcess:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.communicate()

    def go(self) -> None:
        """Let the race begin."""
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()

    def until_lap(self, lap: int) -> None:
        """Wait until the line was crossed with *lap* laps completed."""
        while (event := self._next()) is not None:
            if event["event"] == "lap" and event["lap"] >= lap:
                return
        raise AssertionError(f"the race ended before lap {lap}")

    def until_end(self) -> None:
        """Wait for the end of the race."""
        while (event := self._next()) is not None:
            if event["event"] == "ended":
                return
        raise AssertionError("the race simulator died")

    def _next(self) -> dict[str, Any] | None:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        return json.loads(line) if line else None
