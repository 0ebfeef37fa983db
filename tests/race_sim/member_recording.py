"""The recording (.ibt) that a member's simulator makes of a script: the ticks in which he sits in the car."""

from __future__ import annotations

import struct
from pathlib import Path

from race_sim.member_image import FramePacker
from race_sim.session_text import session_text
from support.image_writer import ImageWriter
from support.recording_writer import START_UTC
from teamtactics.demo import views
from teamtactics.demo.engine import ticks
from teamtactics.demo.script import Script
from teamtactics.demo.world import Quirk


def record(script: Script, member_id: int, path: Path) -> Path:
    """Write what the simulator of *member_id* records of *script*; its text is the one at the end."""
    image = ImageWriter(None, buffers=1)
    packer = FramePacker(image.variables, script.car_idx, script.car.in_car)
    records, times_s, text = list[bytes](), list[float](), ""
    for world in ticks(script):
        frame = views.frame(world, member_id)
        if world.quirk not in (Quirk.MISSED, Quirk.ZERO_FRAME) and frame.is_on_track_car:
            records.append(packer.pack(frame))
            times_s.append(frame.session_time)
            text = session_text(world, member_id)
    content = text.encode("latin-1", "replace")
    image.write_session_text(content)
    at = image._text_at
    head = bytearray(image.memory[: at + len(content)])
    struct.pack_into("<2i", head, 16, len(content), at)
    struct.pack_into("<i", head, 52, at + len(content))
    struct.pack_into("<qddii", head, 112, START_UTC, times_s[0], times_s[-1], 1, len(records))
    path.write_bytes(head + b"".join(records))
    return path
