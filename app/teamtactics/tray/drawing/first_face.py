"""The face with which the icon comes, that of one who waits, drawn without Pillow: that would come before the icon."""

from __future__ import annotations

from teamtactics.tray.drawing.theme import GREYS, Theme


class FirstFace:
    """
    The grey ring as ``picture.draw`` draws it, but for the last shade of its edge.

    Attributes:
        size: Width and height, px.
    """

    def __init__(self, size: int, theme: Theme) -> None:
        self.size = (size, size)
        self._colour = GREYS[theme]

    def rows_from_below(self) -> bytes:
        """Return the pixels as Windows keeps them: the lowest row first, each blue, green, red, opacity."""
        size = self.size[0]
        red, green, blue = self._colour
        outer, middle = size / 2, (size - 1) / 2
        inner = outer - max(1, int(size / 8 + 0.5))
        pixels = bytearray()
        for row in range(size):
            for column in range(size):
                away = ((column - middle) ** 2 + (row - middle) ** 2) ** 0.5
                pixels += bytes((blue, green, red, round(255 * (_within(outer, away) - _within(inner, away)))))
        return bytes(pixels)


def _within(radius: float, away: float) -> float:
    """Return how much of a pixel whose middle is *away* lies in a disc of *radius*, 0 to 1."""
    return min(1.0, max(0.0, radius - away + 0.5))
