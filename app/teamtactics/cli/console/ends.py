"""The end of a stream: what it still holds is brought out, or goes nowhere when its reader has gone."""

from __future__ import annotations

import errno
import os
from contextlib import suppress

TYPE_CHECKING = False
if TYPE_CHECKING:  # typing is not on Windows' way to the icon
    from typing import TextIO

_GONE = (errno.EPIPE, errno.EINVAL)
"""The reader has gone (``show | head``); Windows says it with EINVAL."""


def is_gone(error: OSError) -> bool:
    """Tell whether *error* says that nobody reads any more what is written."""
    return error.errno in _GONE and error.filename is None


def let_go(stream: TextIO) -> None:
    """Let what *stream* still holds, and all that follows, go nowhere: else Python complains of it at its end."""
    with suppress(OSError, ValueError):  # a stream without a file behind it cannot break either
        nowhere = os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(nowhere, stream.fileno())
        finally:
            os.close(nowhere)


def finish(stream: TextIO) -> None:
    """Bring out what *stream* still holds; without a reader it goes nowhere."""
    try:
        stream.flush()
    except OSError:
        let_go(stream)
