"""``teamtactics report`` as a real process, as a user asks for it."""

from __future__ import annotations

import zipfile
from pathlib import Path

from e2e.client import Client


def test_a_report_is_written_and_nothing_sent(tmp_path: Path) -> None:
    code, output = Client(tmp_path / "client").run("report", "--to", str(tmp_path / "to"))
    assert code == 0, output
    assert "Nothing was sent." in output
    (path,) = (tmp_path / "to").iterdir()
    assert str(path) in output
    with zipfile.ZipFile(path) as held:
        assert "teamtactics.ini" in held.namelist()


def test_a_lap_that_is_not_there_and_a_folder_that_cannot_be_are_said(tmp_path: Path) -> None:
    client = Client(tmp_path / "client")
    code, output = client.run("report", "--lap", "3")
    assert (code, output) == (1, "teamtactics: Nothing is recorded yet.\n")
    (tmp_path / "file").write_text("in the way")
    code, output = client.run("report", "--to", str(tmp_path / "file"))
    assert code == 1
    assert output.startswith("teamtactics: the report cannot be written: ")
    assert "Traceback" not in output
