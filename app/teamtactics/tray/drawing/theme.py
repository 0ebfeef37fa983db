"""What the icon stands on."""

from __future__ import annotations

from enum import StrEnum


class Theme(StrEnum):
    """What the icon stands on."""

    DARK = "dark taskbar"
    LIGHT = "light taskbar"


GREYS = {Theme.DARK: (176, 176, 176), Theme.LIGHT: (98, 98, 98)}
"""Of what waits: red, green, blue; at least 3:1 against the taskbar."""
