"""A folder of the admin's in which his script runs, at a ``gcloud`` that remembers."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from support.absent import absent

SCRIPT = Path(__file__).parents[2] / "installer" / "google_project.sh"
FAKE = Path(__file__).parent / "fake_gcloud.py"
PROJECT = "my-team-4711"


class Shell:
    """A folder of the admin's, with the fake ``gcloud`` and a ``sleep`` that only notes how long it was to sleep."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._state = folder / "google.json"
        self._slept = folder / "slept"
        self._programs = folder / "programs"
        self._programs.mkdir()
        self._program("gcloud", f'exec "{sys.executable}" -S "{FAKE}" "$@"')
        self._program("sleep", f'echo "$1" >>"{self._slept}"')
        kinds = ("projects", "databases", "topics", "subscriptions", "accounts", "keys")
        start: dict[str, Any] = {kind: {} for kind in kinds}
        start |= {"services": [], "bindings": [], "calls": [], "troubles": [], "foreign": [], "free_tier": "True"}
        self.change(**start)

    def _program(self, name: str, body: str) -> None:
        path = self._programs / name
        path.write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
        path.chmod(0o755)

    @property
    def google(self) -> dict[str, Any]:
        state: dict[str, Any] = json.loads(self._state.read_text(encoding="utf-8"))
        return state

    @property
    def calls(self) -> list[list[str]]:
        calls: list[list[str]] = self.google["calls"]
        return calls

    @property
    def slept(self) -> list[str]:
        return self._slept.read_text().split() if self._slept.exists() else []

    @property
    def key_files(self) -> list[str]:
        return sorted(path.name for path in self.folder.glob("teamtactics-*.json"))

    @property
    def team_files(self) -> dict[str, Any]:
        """What stands in the files that members are sent, by the file's name."""
        return {path.name: json.loads(path.read_text()) for path in sorted(self.folder.glob("team-*.json"))}

    def change(self, **values: Any) -> None:
        before = self.google if self._state.exists() else {}
        self._state.write_text(json.dumps({**before, **values}), encoding="utf-8")

    def fails(self, begins: str, says: str, times: int = 99) -> None:
        self.change(troubles=[{"begins": begins, "says": says, "times": times}])

    def run(self, *words: str, typed: str = "") -> subprocess.CompletedProcess[str]:
        bash = shutil.which("bash")
        if bash is None:
            absent("bash")
        environment = {
            **os.environ,
            "PATH": f"{self._programs}{os.pathsep}{os.environ['PATH']}",
            "FAKE_GCLOUD": str(self._state),
            "CLOUDSDK_CORE_PROJECT": "somebody-elses-project",
        }
        return subprocess.run(
            [bash, str(SCRIPT), *words],
            cwd=self.folder, env=environment, input=typed, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip

    def set_up(self, *members: str) -> None:
        done = self.run("--project", PROJECT, *members)
        assert done.returncode == 0, done.stderr
