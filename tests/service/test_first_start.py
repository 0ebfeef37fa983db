"""When the tray asks for the first settings: once, and not when somebody has answered already."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from teamtactics.cli.main import main
from teamtactics.service import tray_app
from teamtactics.settings.places import INI_NAME, user_config_dir


@pytest.fixture
def ini(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a new user's ini will be."""
    for name in ("APPDATA", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(tmp_path / "of the user"))
    monkeypatch.setattr("sys.executable", str(tmp_path / "program" / "teamtactics"))
    return (
        user_config_dir(
            {"APPDATA": str(tmp_path / "of the user"), "XDG_CONFIG_HOME": str(tmp_path / "of the user")}, sys.platform
        )
        / INI_NAME
    )


def test_it_is_asked_once(ini: Path) -> None:
    assert tray_app._is_first(None)
    assert ini.is_file()
    assert not tray_app._is_first(None)


@pytest.mark.parametrize("answers", [[], ["--topic", "laps"]], ids=["all left empty", "answered"])
def test_after_the_installer_has_asked_nothing_asks_again(ini: Path, answers: list[str]) -> None:
    assert main(["configure", *answers]) == 0
    assert ini.is_file()
    assert not tray_app._is_first(None)


def test_whoever_names_an_ini_is_not_asked(ini: Path, tmp_path: Path) -> None:
    assert not tray_app._is_first(tmp_path / "my.ini")
    assert not ini.exists()


def test_where_nothing_can_be_written_it_is_not_asked_at_every_start(ini: Path) -> None:
    ini.parent.parent.write_text("a file in the way")
    assert not tray_app._is_first(None)
