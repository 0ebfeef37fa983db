"""
One archive of modules for both programs: run by each of them before anything else (a runtime hook of PyInstaller).

PyInstaller puts all modules into every program, 6 MB each. Ours have an empty archive, and before the first import from
it the reader is pointed at the file that both share. The single-file program has its modules inside and no such file.
It relies on the inside of PyInstaller, whose version constraints.txt pins; one that is different ends the program with
its first import, which every test of the built program sees.
"""

import os
import sys

SHARED = "modules.pyz"
"""The file's name, in the programs' ``_internal``."""


def use_shared_archive(folder: str) -> None:
    """Let the importer of this program read the archive in *folder*, if there is one."""
    path = os.path.join(folder, SHARED)  # noqa: PTH118  # pathlib is in the archive
    if os.path.isfile(path):  # noqa: PTH113
        import pyimod02_importers

        # In place: the importer's finders hold this object.
        pyimod02_importers.pyz_archive.__init__(path, check_pymagic=True)


if getattr(sys, "frozen", False):
    use_shared_archive(sys._MEIPASS)
