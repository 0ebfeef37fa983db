"""Start with Windows: the user's Run key, and what the Task Manager says about it. Windows only."""

from __future__ import annotations

import sys
from pathlib import Path

VALUE_NAME = "teamtactics"
"""As the installer and the uninstaller know it."""
RUN = r"Software\Microsoft\Windows\CurrentVersion\Run"
APPROVED = r"Software\Microsoft\Windows\CurrentVersion\Explorer\StartupApproved\Run"
"""Where the Task Manager notes that the user switched an entry off: the first byte is odd then."""


def start_command(config: Path | None) -> str:
    """Return the command line that starts this program's tray, with the ini that was named, without a console."""
    parts = start_words(config)
    return " ".join(f'"{part}"' if " " in part or part is parts[0] else part for part in parts)


def start_words(config: Path | None) -> list[str]:
    """Return the program and its arguments, which start the tray; a command can follow."""
    program = Path(sys.executable)
    if getattr(sys, "frozen", False):
        # Of the two programs over one set of files the one without a console.
        windowed = program.with_stem(program.stem.removesuffix("-cli"))
        parts = [str(windowed if windowed.exists() else program)]
    else:
        windowed = program.with_name("pythonw.exe")
        parts = [str(windowed if windowed.exists() else program), "-m", "teamtactics"]
    if config is not None:
        parts += ["--config", str(config.absolute())]
    return parts


if sys.platform == "win32":
    import winreg

    def is_on() -> bool | None:
        """
        Say whether Windows starts teamtactics.

        Raises:
            OSError: The registry cannot be read.
        """
        if _read(RUN) is None:
            return False
        approved = _read(APPROVED)
        return not (isinstance(approved, bytes) and approved and approved[0] & 1)

    def switch(on: bool, command: str) -> None:
        """
        Let Windows start *command* when the user signs in, or no longer.

        Raises:
            OSError: The registry cannot be written.
        """
        # Also a former "off" of the Task Manager: the newest wish counts.
        _delete(APPROVED)
        if not on:
            _delete(RUN)
            return
        with winreg.CreateKey(winreg.HKEY_CURRENT_USER, RUN) as key:
            winreg.SetValueEx(key, VALUE_NAME, 0, winreg.REG_SZ, command)

    def _read(path: str) -> object:
        try:
            with winreg.OpenKey(winreg.HKEY_CURRENT_USER, path) as key:
                return winreg.QueryValueEx(key, VALUE_NAME)[0]
        except FileNotFoundError:
            return None

    def _delete(path: str) -> None:
        try:
            with winreg.OpenKey(winreg.HKEY_CURRENT_USER, path, 0, winreg.KEY_SET_VALUE) as key:
                winreg.DeleteValue(key, VALUE_NAME)
        except FileNotFoundError:
            return

else:

    def is_on() -> bool | None:
        """None: there is no such thing here."""
        return None

    def switch(on: bool, command: str) -> None:
        """Do nothing: the menu does not offer it here."""
        del on, command
