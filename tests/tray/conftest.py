"""A screen with a tray, and somebody who uses teamtactics on it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from support.absent import absent
from windows.screen import Screen
from windows.toolchain import WindowsAbsent


@pytest.fixture
def screen() -> Iterator[Screen]:
    """A screen of the test's own, with a window manager and a tray."""
    try:
        with Screen.open() as opened:
            yield opened
    except WindowsAbsent as error:
        absent(str(error))
