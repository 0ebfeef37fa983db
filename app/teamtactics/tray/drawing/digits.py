"""Block digits on whole pixels: at 16 px a scaled outline font is a smudge, these are not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

_SHAPES = {
    "0": ("111", "101", "101", "101", "111"),
    "1": ("110", "010", "010", "010", "111"),
    "2": ("111", "001", "111", "100", "111"),
    "3": ("111", "001", "111", "001", "111"),
    "4": ("101", "101", "111", "001", "001"),
    "5": ("111", "100", "111", "001", "111"),
    "6": ("111", "100", "111", "101", "111"),
    "7": ("111", "001", "001", "001", "001"),
    "8": ("111", "101", "111", "101", "111"),
    "9": ("111", "101", "111", "001", "111"),
    "T": ("111", "010", "010", "010", "010"),
    "?": ("111", "001", "011", "000", "010"),
}

Box = tuple[int, int, int, int]
"""Left, top, right, bottom in pixels; right and bottom are outside."""


@dataclass(frozen=True, slots=True)
class Face:
    """
    How large the characters are, in whole pixels.

    Attributes:
        stroke: Of horizontal and vertical lines.

        counter: Width of the white between the two uprights.

        rise: Height of the white between two lines.

        gap: Between two characters.
    """

    stroke: int
    counter: int
    rise: int
    gap: int

    def width(self, text: str) -> int:
        """Return how wide *text* is, px."""
        return len(text) * (2 * self.stroke + self.counter) + (len(text) - 1) * self.gap

    @property
    def height(self) -> int:
        """How high a character is, px."""
        return 3 * self.stroke + 2 * self.rise


def fitting(text: str, width: int, height: int) -> Face:
    """Return the largest face in which *text* fits into *width* × *height* px; the smallest there is when none does."""
    return _fitting("0" * len(text), width, height)


@lru_cache(maxsize=512)
def _fitting(text: str, width: int, height: int) -> Face:
    best = Face(1, 1, 1, 1)
    for stroke in range(1, max(2, height // 5) + 1):
        for counter in range(1, 2 * stroke + 1):
            for rise in range(1, 2 * stroke + 1):
                face = Face(stroke, counter, rise, max(1, (stroke + 1) // 2))
                if face.width(text) <= width and face.height <= height and _weight(face) > _weight(best):
                    best = face
    return best


def _weight(face: Face) -> float:
    # Rather large than bold, but never so thin that the lines are lost; a digit about 1.6 times as high as wide.
    width = 2 * face.stroke + face.counter
    slender = abs(face.height / width - 1.6)
    thin = max(0.0, 0.16 - face.stroke / face.height) + max(0.0, face.stroke / face.height - 0.21)
    return face.height * width * (1.0 - 0.6 * slender - 4.0 * thin)


def boxes(text: str, face: Face, left: int, top: int) -> Iterator[Box]:
    """Yield the rectangles of *text* with its upper left corner at *left*, *top*."""
    columns = _edges(face.stroke, face.counter)
    rows = _edges(face.stroke, face.rise)
    for at, character in enumerate(text):
        x = left + at * (2 * face.stroke + face.counter + face.gap)
        for row, line in enumerate(_SHAPES[character]):
            for column, ink in enumerate(line):
                if ink == "1":
                    yield (x + columns[column], top + rows[row], x + columns[column + 1], top + rows[row + 1])


def _edges(stroke: int, white: int) -> list[int]:
    edges = [0]
    for index in range(5):
        edges.append(edges[-1] + (stroke if index % 2 == 0 else white))
    return edges
