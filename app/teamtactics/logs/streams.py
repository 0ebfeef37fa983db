"""Gives a windowed program the stdout and stderr that Windows denies it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager


@contextmanager
def fill_missing_streams() -> Iterator[None]:
    """
    Put a sink in place of each stream that is None, until the end of the block.

    In a windowed .exe both are None, and libraries that write to them without asking would fail (PyInstaller issue
    7334).
    """
    with ExitStack() as stack:
        for name in ("stdout", "stderr"):
            if getattr(sys, name) is None:
                # Without pathlib: the icon's program comes by here before it has loaded that.
                stream = stack.enter_context(open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123
                setattr(sys, name, stream)
                stack.callback(setattr, sys, name, None)
        yield
