"""The example program in the README reads a session as it says."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from support.firestore_reader import FirestoreReader
from support.key_file import usable_private_key, write_key_file

README = Path(__file__).parents[2] / "README.md"
SESSION = "FBP Racing@118486868#28814031#2"


def example() -> str:
    text = README.read_text(encoding="utf-8")
    _, mark, rest = text.partition("<!-- example -->\n```python\n")
    assert mark, "README.md has no example behind <!-- example -->"
    return rest.partition("```")[0]


@pytest.mark.emulator
def test_the_example_prints_the_laps_in_order(tmp_path: Path, firestore_emulator: str) -> None:
    project = "readme-example"
    collection = FirestoreReader(firestore_emulator, project).client.collection(SESSION)
    lap = {"Driver": "Ada Falk", "Stint": 1, "FuelUsed": 2.5}
    for number in (10, 9, 8):
        collection.document(str(number)).set({**lap, "LapCompleted": number, "LapLastLapTime": 90.5 + number})
    collection.document("state").set({**lap, "LapCompleted": 10})
    collection.document("info").set({"SchemaVersion": 1})
    program = tmp_path / "laps.py"
    program.write_text(example(), encoding="utf-8")
    key = write_key_file(tmp_path / "reader-key.json", private_key=usable_private_key(), project_id=project)
    done = subprocess.run(
        [sys.executable, str(program), str(key), SESSION],
        env={**os.environ, "FIRESTORE_EMULATOR_HOST": firestore_emulator},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "8\tAda Falk\tstint 1\t98.5\t2.5",
        "9\tAda Falk\tstint 1\t99.5\t2.5",
        "10\tAda Falk\tstint 1\t100.5\t2.5",
    ]
