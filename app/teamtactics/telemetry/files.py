"""Opening a file that somebody named, or saying in plain words why it cannot be opened."""

from __future__ import annotations

from io import BufferedReader
from pathlib import Path

from teamtactics.errors import SourceRefused


def open_telemetry_file(path: Path) -> BufferedReader:
    """
    Open *path* for reading; it is a file and not empty.

    Raises:
        SourceRefused: Missing, a folder or a device, empty, or not allowed to be read.
    """
    try:
        if path.is_dir():
            raise SourceRefused(f"{path}: is a folder; name the .dump or .ibt file in it")
        if path.exists() and not path.is_file():  # a pipe cannot be wound back, a device has no end
            raise SourceRefused(f"{path}: is no file; name an .ibt recording, a .tape or a .dump")
        file = path.open("rb")
    except FileNotFoundError:
        raise SourceRefused(f"{path}: there is no such file; correct 'simulate' or the path you gave") from None
    except PermissionError:
        raise SourceRefused(f"{path}: you are not allowed to read this file; change its permissions") from None
    except (OSError, ValueError) as error:  # ValueError: a zero byte in the name
        raise SourceRefused(f"{path}: cannot be opened: {error}") from error
    if file.seek(0, 2) == 0:
        file.close()
        raise SourceRefused(f"{path}: the file is empty; write it again, e.g. with 'irsdk --dump'")
    file.seek(0)
    return file
