"""Starts the settings window in a process of its own, so that it costs the tray nothing and cannot stop it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from teamtactics.desktop.autostart import start_words

COMMAND = "settings"
_FRESH = {"PYINSTALLER_RESET_ENVIRONMENT": "1"}
"""The program in one file: it unpacks itself again, and does not use what goes when the tray ends."""


class SettingsWindow:
    """The window that was opened last. Threads: one."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def show(self, config: Path | None) -> None:
        """
        Open the window, without waiting for it; one that is open stays the only one.

        Args:
            config: The ini that was named when this program was started.

        Raises:
            OSError: The program cannot be started.
        """
        is_open = self._process is not None and self._process.poll() is None
        # On Windows a second one brings the first to the front, and ends.
        if is_open and sys.platform != "win32":
            return
        self._process = subprocess.Popen(
            [*start_words(config), COMMAND],
            env={**os.environ, **_FRESH},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
