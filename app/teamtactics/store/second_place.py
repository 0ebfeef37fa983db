"""When the store takes nothing at the end: room kept for it beside it, and a folder elsewhere for what is left."""

from __future__ import annotations

import hashlib
import logging
import os
import tempfile
from pathlib import Path

from teamtactics.errors import OutboxError
from teamtactics.store.rescue import damage

log = logging.getLogger(__name__)

RESERVE_NAME = "reserve.bin"
RESERVE_BYTES = 4 * 1024 * 1024
"""Given back when the disk is full at the end; a day's race of one member takes about 1 MB in the store."""

_PREFIX, _SUFFIX = "laps-", ".sqlite3"


class Reserve:
    """
    A file in the data folder that is in nobody's way until the disk is full.

    Threads: one at a time.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / RESERVE_NAME

    def keep(self) -> None:
        """Make the file, if it is not there and there is room for it; that there is none is no reason to fail."""
        try:
            if self._path.exists() and self._path.stat().st_size == RESERVE_BYTES:
                return
            # Noise: a file system that compresses would keep no room for zeros.
            self._path.write_bytes(os.urandom(RESERVE_BYTES))
        except OSError as error:
            log.info("no room is kept for a full disk: %s", error)
            self.release()

    def release(self) -> bool:
        """Give the room to whoever needs it now; return whether there was any."""
        try:
            self._path.unlink()
        except OSError:
            return False
        return True


class SecondPlace:
    """
    A folder of the user's beside the system's temporary files, one for each data folder.

    Args:
        data_dir: Whose laps it keeps.

        parent: None for the system's folder of temporary files.
    """

    def __init__(self, data_dir: Path, parent: Path | None = None) -> None:
        self._name = "teamtactics-" + hashlib.sha256(os.fsencode(data_dir.absolute())).hexdigest()[:16]
        self._parent = parent

    def new(self) -> Path:
        """
        Make an empty file for what is left, and return it.

        Raises:
            OSError: There is no room there either, or somebody else has made the folder.
        """
        folder = self._folder()
        folder.mkdir(mode=0o700, exist_ok=True)
        if not _is_ours(folder):
            raise PermissionError(f"{folder} belongs to somebody else")
        handle, name = tempfile.mkstemp(_SUFFIX, _PREFIX, folder)
        os.close(handle)
        return Path(name)

    def files(self) -> list[Path]:
        """List what was left here, the oldest first; nothing when it cannot be read or is not ours."""
        try:
            folder = self._folder()
            if not _is_ours(folder):
                return []
            return sorted(folder.glob(f"{_PREFIX}*{_SUFFIX}"), key=lambda path: path.stat().st_mtime_ns)
        except OSError:
            return []

    def _folder(self) -> Path:
        # Where every folder for temporary files is full, Python says so as an OSError.
        return (self._parent or Path(tempfile.gettempdir())) / self._name


def discard(path: Path) -> None:
    """Remove a file of the second place; one that cannot be removed is brought back once more, which is harmless."""
    try:
        damage.remove(path)
    except OutboxError as error:
        log.warning("what was in it is in the store: %s", error)


def _is_ours(folder: Path) -> bool:
    """Anybody may write into a shared folder of temporary files: what lies there need not be ours."""
    return not hasattr(os, "geteuid") or folder.lstat().st_uid == os.geteuid()
