"""What stands behind stdout: a console of some width and some alphabet, a file, or a reader who has gone."""

from __future__ import annotations

import os
import sys
from typing import TextIO

from teamtactics.cli.console.ends import is_gone, let_go
from teamtactics.model.words import UNKNOWN

_PLAIN = {UNKNOWN: "-", "°": " "}
"""Our own characters on a console that does not have them."""
_MOST_DIGITS = 6
"""Of COLUMNS: more is no width."""


def say(text: str) -> None:
    """Write *text* to stdout, for commands that work: a reader who goes away does not end the work."""
    try:
        write(sys.stdout, text)
        sys.stdout.flush()
    except OSError as error:
        if not is_gone(error):
            raise
        let_go(sys.stdout)


def terminal_width(out: TextIO) -> int | None:
    """Return how many characters a line of *out* has; None where it is no terminal: a file, a pipe."""
    if not out.isatty():
        return None
    asked = os.environ.get("COLUMNS", "")
    if asked.isascii() and asked.isdigit() and len(asked) < _MOST_DIGITS and int(asked):
        return int(asked)
    try:
        columns = os.get_terminal_size(out.fileno()).columns
    except (OSError, ValueError):
        return None
    # A console of Windows begins a new line behind a full one.
    return columns - (sys.platform == "win32") if columns > 1 else None


def is_ascii_only(out: TextIO) -> bool:
    """Tell whether *out* shows no lines of a table."""
    return not can_show("─", out.encoding or "utf-8")


def write(out: TextIO, text: str) -> None:
    """Write *text*; what the console cannot show (cp1252 and a Polish driver) becomes a question mark, not a crash."""
    try:
        out.write(text)
    except UnicodeEncodeError:
        encoding = out.encoding or "ascii"
        for ours, plain in _PLAIN.items():
            text = text if can_show(ours, encoding) else text.replace(ours, plain)
        out.write(text.encode(encoding, "replace").decode(encoding))


def can_show(character: str, encoding: str) -> bool:
    """Tell whether *encoding* has *character*."""
    try:
        character.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True
