"""A table as it fits a line of so many characters: which columns are shown, and how wide they are. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len

GAP = 2
"""Between two columns."""
_NARROW_TEXT = 12
"""So narrow a text is made before a column is left out."""
_NARROWEST_TEXT = 6
"""A text may be folded to this; numbers never are: one cut short would be wrong."""


@dataclass(frozen=True, slots=True)
class Column:
    """
    A heading with its cells.

    Attributes:
        is_left: A text, which may be folded.

        is_optional: Left out when no cell says anything: most sessions know no tow, and a terminal is narrow.

        rank: What goes first where there is no room: the highest; 0 always stays.
    """

    heading: str
    cells: Sequence[str]
    is_left: bool = False
    is_optional: bool = False
    rank: int = 0

    @property
    def width(self) -> int:
        """Of the widest cell, the heading in one line."""
        return max(map(cell_len, (self.heading, *self.cells)), default=0)

    @property
    def folded_width(self) -> int:
        """The same, with each word of the heading in a line of its own."""
        return max(map(cell_len, (*self.heading.split(), *self.cells)), default=0)


@dataclass(frozen=True, slots=True)
class Fitted:
    """
    A table that fits.

    Attributes:
        columns: With the width of each.

        left_out: The headings of those for which there is no room.
    """

    columns: Sequence[tuple[Column, int]]
    left_out: Sequence[str] = ()


def fit(columns: Sequence[Column], width: int | None) -> Fitted:
    """
    Choose what is shown of *columns* in lines of *width* characters; None: all, as wide as they are.

    Where there is no room headings are folded first, then texts, then columns go. Numbers are never cut: what stays is
    wider than the line where even that is too narrow.
    """
    widths = [column.width for column in columns]
    if width is None or _total(widths) <= width:
        return Fitted(list(zip(columns, widths, strict=True)))
    shown, left_out = list(columns), list[str]()
    while _total([_least(column, _NARROW_TEXT) for column in shown]) > width:
        # Of equals the last one.
        last = max(range(len(shown)), key=lambda at: (shown[at].rank, at), default=None)
        if last is None or shown[last].rank == 0:
            break
        left_out.append(shown.pop(last).heading)
    widths = [column.folded_width for column in shown]
    while _total(widths) > width:
        widest = max((at for at, column in enumerate(shown) if column.is_left), key=widths.__getitem__, default=None)
        if widest is None or widths[widest] <= _NARROWEST_TEXT:
            break
        widths[widest] -= 1
    return Fitted(list(zip(shown, widths, strict=True)), [one.heading for one in columns if one.heading in left_out])


def _least(column: Column, text: int) -> int:
    return min(column.folded_width, text) if column.is_left else column.folded_width


def _total(widths: Sequence[int]) -> int:
    return sum(widths) + GAP * len(widths)
