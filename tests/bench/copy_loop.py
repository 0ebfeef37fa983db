"""The least that whoever follows a simulator has to do: ``copy_loop.py IMAGE`` sleeps and copies the newest buffer."""

from __future__ import annotations

import mmap
import struct
import sys
import time
from pathlib import Path

BUFFERS_AT, BUFFER_ENTRY_SIZE = 48, 16


def main() -> None:
    """Until somebody ends it."""
    with Path(sys.argv[1]).open("rb") as file:
        memory = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    buffers, buf_len = struct.unpack_from("<2i", memory, 32)
    places = range(BUFFERS_AT, BUFFERS_AT + buffers * BUFFER_ENTRY_SIZE, BUFFER_ENTRY_SIZE)
    last, copy = -1, b""
    while True:
        time.sleep(1 / 60)
        tick, offset = max(struct.unpack_from("<2i", memory, place) for place in places)
        if tick != last:
            last, copy = tick, memory[offset : offset + buf_len]
            assert len(copy) == buf_len


if __name__ == "__main__":
    main()
