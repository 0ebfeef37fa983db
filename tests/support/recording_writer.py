"""Writes a recording of the simulator (.ibt)."""

from __future__ import annotations

import struct
from pathlib import Path

from support.image_writer import ImageWriter, session_text

START_UTC = 1_432_838_919


def write_recording(
    path: Path,
    records: int,
    declared: int | None = None,
    variables: list[tuple[str, str, int]] | None = None,
    session_from: int | None = None,
) -> Path:
    """Write an .ibt: header with one buffer, sub header, variables, session text, records; perhaps a next session."""
    image = ImageWriter(None, variables, buffers=1)
    text = session_text(car_idx=5).encode()
    at, first = image._text_at, image._text_at + len(text)
    image.write_session_text(text)
    head = bytearray(image.memory[:first])
    struct.pack_into("<2i", head, 16, len(text), at)
    struct.pack_into("<i", head, 52, first)
    struct.pack_into(
        "<qddii", head, 112, START_UTC, 100.0, 100 + records / 60, 1, records if declared is None else declared
    )
    with path.open("wb") as file:
        file.write(head)
        for number in range(records):
            time_s, num = 100 + number / 60, 0
            if session_from is not None and number >= session_from:
                time_s, num = 0.5 + (number - session_from) / 60, 1
            image.write_tick({"SessionTime": time_s, "SessionNum": num, "IsOnTrackCar": True, "Lap": 7})
            file.write(image.memory[image.buffer_offsets[0] : image.buffer_offsets[0] + image.buf_len])
    return path
