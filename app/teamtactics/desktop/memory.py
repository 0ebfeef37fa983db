"""What the system's allocator is told at the start."""

from __future__ import annotations

import sys

_M_ARENA_MAX = -8  # malloc.h


def use_one_heap() -> bool:
    """
    Let all threads take their memory from one heap; tell whether the system could be told.

    glibc gives each thread a heap of its own, up to eight for each core, and keeps what is free in each: with our
    dozen threads, which seldom allocate at the same time, some megabytes that nobody uses. Elsewhere there is nothing
    to tell. To be called before other threads begin.
    """
    if sys.platform != "linux":
        return False
    import ctypes  # not on Windows' way to the icon

    try:
        return bool(ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1))
    except (OSError, AttributeError):  # a Linux with another C library
        return False
