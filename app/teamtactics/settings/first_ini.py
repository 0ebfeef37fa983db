"""The program's own folder and the shipped ini: what the pure places in ``places`` cannot know."""

from __future__ import annotations

import sys
from importlib import resources
from pathlib import Path

from teamtactics.atomic_file import replace_file
from teamtactics.settings.places import INI_NAME


def program_dir() -> Path:
    """
    Return the folder "beside the program".

    That is where the executable lies: ``teamtactics.exe``, or the interpreter, which in a virtual environment has the
    ``teamtactics`` script beside it. Not the package's folder: the shipped ini there is a template, not somebody's.
    """
    return Path(sys.executable).absolute().parent


def shipped_ini() -> bytes:
    """Return the ini as shipped, with its comments."""
    return resources.files("teamtactics").joinpath(INI_NAME).read_bytes()


def write_first_ini(folder: Path) -> Path:
    """
    Put the shipped ini into *folder*, made if needed, and return its path; one that is there is never touched.

    Durability:
        As of ``replace_file``.

    Raises:
        OSError: The folder cannot be written.
    """
    path = folder / INI_NAME
    if path.exists():
        return path
    folder.mkdir(parents=True, exist_ok=True)
    replace_file(path, shipped_ini())
    return path
