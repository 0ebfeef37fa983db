"""The Windows bench as fixtures."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.absent import absent
from windows.desktop import Desktop
from windows.frozen import Build, built
from windows.toolchain import ROOT, Toolchain, WindowsAbsent, one_at_a_time, prepare


@pytest.fixture(scope="session")
def toolchain() -> Toolchain:
    """Windows CPython and a Wine prefix to copy; made once, kept in .cache/windows."""
    try:
        with one_at_a_time():
            return prepare()
    except WindowsAbsent as error:
        absent(str(error))


@pytest.fixture
def pc(tmp_path: Path, toolchain: Toolchain) -> Iterator[Desktop]:
    """A Windows PC of the test's own, with a screen and a tray."""
    try:
        with Desktop.open(tmp_path / "pc", toolchain) as desktop:
            yield desktop
    except WindowsAbsent as error:
        absent(str(error))


@pytest.fixture(scope="session")
def build(toolchain: Toolchain) -> Build:
    """The built program and its installer."""
    try:
        with one_at_a_time():
            return built(toolchain)
    except WindowsAbsent as error:
        absent(str(error))


@pytest.fixture(scope="session")
def shots() -> Path:
    """Where pictures of a run are kept, to be looked at."""
    folder = ROOT / ".cache" / "shots" / "windows"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
