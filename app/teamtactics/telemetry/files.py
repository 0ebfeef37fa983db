"""Opening a file that somebody named, or saying in plain words why it cannot be opened."""

from __future__ import annotations

from io import BufferedReader
from pathlib import Path

from teamtactics.errors import SourceRefused
from teamtactics.language import Said


def open_telemetry_file(path: Path) -> BufferedReader:
    """
    Open *path* for reading; it is a file and not empty.

    Raises:
        SourceRefused: Missing, a folder or a device, empty, or not allowed to be read.
    """
    try:
        if path.is_dir():
            raise SourceRefused(Said("{path}: is a folder; name the .dump or .ibt file in it", path=path))
        if path.exists() and not path.is_file():  # a pipe cannot be wound back, a device has no end
            raise SourceRefused(Said("{path}: is no file; name an .ibt recording, a .tape or a .dump", path=path))
        file = path.open("rb")
    except FileNotFoundError:
        raise SourceRefused(
            Said("{path}: there is no such file; correct 'simulate' or the path you gave", path=path)
        ) from None
    except PermissionError:
        raise SourceRefused(
            Said("{path}: you are not allowed to read this file; change its permissions", path=path)
        ) from None
    except (OSError, ValueError) as error:  # ValueError: a zero byte in the name
        raise SourceRefused(Said("{path}: cannot be opened: {error}", path=path, error=error)) from error
    if file.seek(0, 2) == 0:
        file.close()
        raise SourceRefused(Said("{path}: the file is empty; write it again, e.g. with 'irsdk --dump'", path=path))
    file.seek(0)
    return file
