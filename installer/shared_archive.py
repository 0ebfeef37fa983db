"""
One archive of modules for both programs: run by each of them before anything else (a runtime hook of PyInstaller).

PyInstaller puts all modules into every program, 6 MB each. Ours have an empty archive, and before the first import from
it the reader is pointed at the file that both share. The single-file program has its modules inside and no such file.
It relies on the inside of PyInstaller, whose version constraints.txt pins; one that is different ends the program with
its first import, which every test of the built program sees.
"""

import _thread
import os
import sys

SHARED = "modules.pyz"
"""The file's name, in the programs' ``_internal``."""


class KeptOpen:
    """
    A file that is opened once for all who read from it, one after the other.

    PyInstaller's reader opens the archive anew for each of hundreds of modules, so that the file can be replaced
    meanwhile; ours lies among libraries that nobody can replace either while the program runs. Each opening costs a
    look of the virus scanner: together a third of the time until the icon was there.
    """

    def __init__(self, path: str) -> None:
        self._file = open(path, "rb")  # noqa: PTH123, SIM115  # for as long as the program runs
        self._lock = _thread.allocate_lock()

    def __enter__(self):  # typing is in the archive
        self._lock.acquire()
        return self._file

    def __exit__(self, *_error: object) -> None:
        self._lock.release()


def keep_open() -> None:
    """Let the reader of the archive in use open it only once."""
    import pyimod01_archive
    import pyimod02_importers

    kept = KeptOpen(pyimod02_importers.pyz_archive._filename)
    # The reader opens nothing but its archive, and that by this name.
    pyimod01_archive.open = lambda _path, _mode: kept


def use_shared_archive(folder: str) -> None:
    """Let the importer of this program read the archive in *folder*, if there is one."""
    path = os.path.join(folder, SHARED)  # noqa: PTH118  # pathlib is in the archive
    if os.path.isfile(path):  # noqa: PTH113
        import pyimod02_importers

        # In place: the importer's finders hold this object.
        pyimod02_importers.pyz_archive.__init__(path, check_pymagic=True)


if getattr(sys, "frozen", False):
    use_shared_archive(sys._MEIPASS)  # type: ignore[attr-defined]  # PyInstaller's
    keep_open()
