"""Windows is told to start the very program that runs, with the ini that it was given."""

from __future__ import annotations

from pathlib import Path

import pytest

from teamtactics.desktop import autostart


@pytest.mark.parametrize(
    ("frozen", "config", "command"),
    [
        (True, None, '"/opt/t t/teamtactics.exe"'),
        (True, Path("/a b/my.ini"), '"/opt/t t/teamtactics.exe" --config "/a b/my.ini"'),
        (False, None, '"/opt/t t/teamtactics.exe" -m teamtactics'),
    ],
)
def test_windows_is_told_to_start_this_very_program(
    frozen: bool, config: Path | None, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.executable", "/opt/t t/teamtactics.exe")
    monkeypatch.setattr("sys.frozen", frozen, raising=False)
    assert autostart.start_command(config) == command


@pytest.mark.parametrize("there", [True, False])
def test_of_the_two_programs_the_one_without_a_console_is_started(
    tmp_path: Path, there: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if there:
        (tmp_path / "teamtactics.exe").touch()
    monkeypatch.setattr("sys.executable", str(tmp_path / "teamtactics-cli.exe"))
    monkeypatch.setattr("sys.frozen", True, raising=False)
    name = "teamtactics.exe" if there else "teamtactics-cli.exe"
    assert autostart.start_words(None) == [str(tmp_path / name)]
