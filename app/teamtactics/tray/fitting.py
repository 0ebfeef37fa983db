"""Text that fits where it is shown: counted as Windows counts, shortened where a sentence or a clause ends; pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

TOOLTIP_UNITS = 127
"""Windows keeps 128 UTF-16 units, the last one is the end."""
MESSAGE_UNITS = 255
TITLE_UNITS = 63
"""The same for the text and the title of a notification."""
MENU_UNITS = 80
"""Chosen: a wider menu covers half of a small screen."""

_ELLIPSIS = "…"
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+")
_CLAUSE_END = re.compile(r"(?<=\S)(?=[;:]\s|\s[–·]\s)")


def utf16_units(text: str) -> int:
    """Count UTF-16 units: a character beyond the first plane has two. A lone surrogate counts as one."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def one_line(text: str) -> str:
    """Fold *text* into one line: names come from the simulator and may hold anything."""
    return " ".join(text.split())


def clip(text: str, units: int) -> str:
    """Shorten *text* to *units* UTF-16 units as Windows counts them, never in the middle of a character."""
    if utf16_units(text) <= units:
        return text
    kept, room = [], units - utf16_units(_ELLIPSIS)
    for character in text:
        room -= utf16_units(character)
        if room < 0:
            break
        kept.append(character)
    return "".join(kept).rstrip() + _ELLIPSIS


def shortened(text: str, units: int, otherwise: str = "") -> str:
    """
    Shorten *text* to whole sentences, or where not even one fits, to whole clauses with an ellipsis.

    Args:
        units: UTF-16 units as Windows counts them.

        otherwise: Said where no clause fits either; by default *text*, clipped.
    """
    if utf16_units(text) <= units:
        return text
    ends = [found.start() for found in _SENTENCE_END.finditer(text)]
    whole = [text[:end] for end in ends if utf16_units(text[:end]) <= units]
    if whole:
        return whole[-1]
    clauses = [f"{text[: found.start()]} {_ELLIPSIS}" for found in _CLAUSE_END.finditer(text)]
    fitting = [clause for clause in clauses if utf16_units(clause) <= units]
    return fitting[-1] if fitting else clip(otherwise or text, units)


def brief(need: str) -> str:
    """Keep of a need its consequence and what to do: the first sentence and the last."""
    sentences = _SENTENCE_END.split(need)
    return need if len(sentences) < 3 else f"{sentences[0]} {sentences[-1]}"


def balloon(needs: Sequence[str], lines: Sequence[str] = ()) -> str:
    """
    Return the text of a notification: *needs* and behind them *lines*.

    When it is too long for Windows, the lines go first, then what stands between consequence and remedy, then the
    last of the needs.
    """
    said = [*needs, *lines]
    while len(said) > max(1, len(needs)) and utf16_units("\n".join(said)) > MESSAGE_UNITS:
        said.pop()
    if utf16_units("\n".join(said)) > MESSAGE_UNITS:
        said = [brief(each) for each in said]
    while len(said) > 1 and utf16_units("\n".join(said)) > MESSAGE_UNITS:
        said.pop()
    return shortened("\n".join(said), MESSAGE_UNITS)
