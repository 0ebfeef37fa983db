"""Opens files and folders with what the user has for them."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from teamtactics.language import Said


class NothingToOpenWith(OSError):
    """This system has no program for it; the text names the file, so that the user can open it."""


def open_path(path: Path) -> None:
    """
    Open a file or a folder with its usual program, without waiting for it.

    Raises:
        OSError: It cannot be opened; the text is for the user.
    """
    if sys.platform == "win32":
        import os

        try:
            os.startfile(path)
        except OSError:
            if path.suffix.lower() not in (".ini", ".log"):
                raise
            # Nothing is assigned to the ending: the editor that every Windows has.
            subprocess.Popen(["notepad.exe", str(path)])
        return
    program = shutil.which("xdg-open")
    if program is None:
        raise NothingToOpenWith(Said("there is no xdg-open on this system; open {path} yourself", path=path))
    # In a session of its own: what it starts must outlive this program.
    subprocess.Popen(
        [program, str(path)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
