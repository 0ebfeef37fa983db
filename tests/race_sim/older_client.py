"""
The client as it was before there were parts: the program of that day, from this repository's own history.

Its documents are of schema 1; it writes laps and ``state``, follows ``state`` only, and knows neither parts nor the
fields that came later.
"""

from __future__ import annotations

import io
import subprocess
import tarfile
from pathlib import Path

import pytest

OLDER = "6d4dfe3cb9bf74ea686ada19c55e570b9400d021"
"""The last commit before parts."""


def older_client(folder: Path) -> tuple[Path, Path]:
    """Lay the older program out in *folder*; return its ``client_process`` and where its package is."""
    program = folder / "tests" / "race_sim" / "client_process.py"
    if not program.exists():
        root = Path(__file__).parents[2]
        packed = subprocess.run(
            ["git", "-C", str(root), "archive", OLDER, "app", "tests/race_sim"], capture_output=True, check=False
        )
        if packed.returncode:
            # A checkout without its history is a whole one: nothing that could be installed is missing.
            pytest.skip(f"commit {OLDER[:7]}, from which the older client is taken, is not in this checkout's history")
        with tarfile.open(fileobj=io.BytesIO(packed.stdout)) as archive:
            archive.extractall(folder, filter="data")
    return program, folder / "app"
