"""The version resource of the Windows programs: what Explorer shows under Properties, Details."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any


def read_version(app: Path) -> str:
    """Return the version that the package states, without importing it."""
    text = (app / "teamtactics" / "__init__.py").read_text(encoding="utf-8")
    match = re.search(r'^__version__ = "(.+)"$', text, re.MULTILINE)
    if match is None:
        raise ValueError(f"no __version__ in {app / 'teamtactics' / '__init__.py'}")
    return match[1]


def numbers(version: str) -> tuple[int, int, int, int]:
    """Return the four numbers Windows wants: ``1.2.3rc1`` is ``(1, 2, 3, 0)``."""
    found = [int(part) for part in re.findall(r"\d+", version)[:3]]
    major, minor, patch = (*found, 0, 0, 0)[:3]
    return major, minor, patch, 0


def version_resource(app: Path) -> Any:
    """Return the resource for PyInstaller's EXE; importable on Windows only."""
    from PyInstaller.utils.win32.versioninfo import (
        FixedFileInfo,
        StringFileInfo,
        StringStruct,
        StringTable,
        VarFileInfo,
        VarStruct,
        VSVersionInfo,
    )

    version = read_version(app)
    texts = {
        "CompanyName": "teamtactics",
        "FileDescription": "teamtactics",  # what Task Manager's autostart page and the taskbar call it
        "FileVersion": version,
        "InternalName": "teamtactics",
        "LegalCopyright": "The teamtactics authors",
        "OriginalFilename": "teamtactics.exe",
        "ProductName": "teamtactics",
        "ProductVersion": version,
    }
    table = StringTable("040904B0", [StringStruct(name, text) for name, text in texts.items()])
    return VSVersionInfo(
        ffi=FixedFileInfo(filevers=numbers(version), prodvers=numbers(version)),
        kids=[StringFileInfo([table]), VarFileInfo([VarStruct("Translation", [0x0409, 0x04B0])])],
    )
