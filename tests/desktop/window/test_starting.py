"""The settings window runs beside the tray, and there is one of it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from teamtactics.desktop.window.starting import SettingsWindow


class Process:
    """Stands for the window's process."""

    started: list[list[str]]

    def __init__(self, words: list[str], **how: object) -> None:
        assert how["stdout"] == subprocess.DEVNULL
        self.started.append(words)
        self.code: int | None = None

    def poll(self) -> int | None:
        return self.code


@pytest.mark.skipif(sys.platform == "win32", reason="there a second one brings the first to the front")
def test_one_that_is_open_stays_the_only_one(monkeypatch: pytest.MonkeyPatch) -> None:
    Process.started = []
    monkeypatch.setattr("subprocess.Popen", Process)
    window = SettingsWindow()
    window.show(Path("/a/my.ini"))
    assert Process.started == [[sys.executable, "-m", "teamtactics", "--config", "/a/my.ini", "settings"]]
    window.show(Path("/a/my.ini"))
    assert len(Process.started) == 1
    assert isinstance(window._process, Process)
    window._process.code = 0
    window.show(None)
    assert Process.started[1:] == [[sys.executable, "-m", "teamtactics", "settings"]]
