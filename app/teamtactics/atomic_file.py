"""Puts a file into its place: whole, or not at all."""

from __future__ import annotations

import os
from pathlib import Path

USUAL_RIGHTS = 0o666
"""As every program makes a file; the user's umask takes away from it."""


def replace_file(path: Path, content: bytes, rights: int | None = None) -> None:
    """
    Put *content* in the place of *path*.

    Args:
        rights: At most these (POSIX mode bits) has the new file, from its first moment on. None: those of the file
            that it replaces, or the usual ones. On Windows the folder decides who may read.

    Durability:
        At every moment the file is whole, the former or the new one: it is written beside its place, with its content
        on the disk, and moved there. After a failure nothing is left beside it.

    Raises:
        OSError: The folder cannot be written.
    """
    unfinished = path.with_name(f"{path.name}.new")
    mode = _rights(path, rights)
    # What a kill has left behind would keep its own rights.
    unfinished.unlink(missing_ok=True)
    try:
        with open(unfinished, "xb", opener=lambda name, flags: os.open(name, flags, mode)) as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def _rights(path: Path, wanted: int | None) -> int:
    if os.name == "nt":
        # There the mode is the read-only mark, which would forbid the next replacement.
        return USUAL_RIGHTS
    if wanted is None:
        wanted = path.stat().st_mode if path.exists() else USUAL_RIGHTS
    return wanted & 0o777
