"""FORMAT.md suffices: a reader written from the page alone finds on a tape what the program finds."""

from __future__ import annotations

import io
import json
import struct
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from typing import Any

from race_sim.named_scripts import script_named
from race_sim.session_text import session_text
from teamtactics.demo import views
from teamtactics.demo.engine import ticks
from teamtactics.model.frame import Frame
from teamtactics.telemetry.tape.chunk import Reading, decode, encode, stretches

UTC_AT = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)


def strangers_columns(data: bytes) -> Iterator[dict[str, list[Any]]]:
    """Read the columns of each chunk; nothing of the program is used."""
    at = 0
    while (at := data.find(b"\nttape1\n", at)) >= 0:
        length, crc = struct.unpack_from("<II", data, at + 8)
        body = data[at + 16 : at + 16 + length]
        at += 8
        if zlib.crc32(body) != crc:
            continue
        text = zlib.decompress(body)
        (size,) = struct.unpack_from("<I", text)
        header, place, found = json.loads(text[4 : 4 + size]), 4 + size, {}
        for column in header["columns"]:
            count = header["readings" if column["name"] in ("utc_us", "frames") else "ticks"]
            kept = text[place : place + column.get("bytes", 0)]
            place += len(kept)
            found[column["name"]] = strangers_values(column, kept, count)
        yield found


def strangers_values(column: dict[str, Any], kept: bytes, count: int) -> list[Any]:
    kind = column["kind"]
    if kind == "none":
        return [None] * count
    if kind == "json":
        return list(json.loads(kept))
    if "all" in column:
        return [column["all"]] * count
    width, number = {"f4": (4, "<f"), "f8": (8, "<d"), "i8": (8, "<q"), "bool": (8, "<q")}[kind]
    differences = [int.from_bytes(kept[n : width * count : count], "little") for n in range(count)]
    sums = [total % (1 << 8 * width) for total in accumulate(differences)]
    values = [struct.unpack(number, total.to_bytes(width, "little"))[0] for total in sums]
    values = [bool(value) for value in values] if kind == "bool" else values
    gone = kept[width * count :] if column.get("absent") else bytes(count)
    return [None if flag else value for flag, value in zip(gone, values, strict=True)]


def of_a_race() -> list[Reading]:
    """Two members' view of a race, with a tick now and then that lacks values or has odd ones."""
    script = script_named("demo:4")
    found: list[Reading] = []
    for count, world in enumerate(ticks(script)):
        frame = views.frame(world, script.members[0].customer_id)
        if count % 7 == 0:
            frame = frame._replace(fuel_level=None, lap=-1 - count, speed=0.1 * count, on_pit_road=None)
        if count % 900 == 0:
            frame = frame._replace(session_flags=1 << 70, track_temp=float(count))
        text = session_text(world, script.members[0].customer_id).encode() if count > 50 else None
        moment = UTC_AT + timedelta(microseconds=count * 16_667 + count % 13)
        found.append(
            Reading([frame, frame._replace(tick=frame.tick + 1)] if count % 50 == 0 else [frame], text, moment)
        )
        if count == 4_000:
            break
    return found


def test_a_reader_written_from_the_page_finds_what_the_program_finds() -> None:
    readings = of_a_race()
    data = b"".join(encode(readings[at : at + 1_500], "live", "1") for at in range(0, len(readings), 1_500))
    damaged = b"cut off" + data[:200] + data  # "whatever stands between two chunks"
    strangers = list(strangers_columns(damaged))
    bodies = [body for body in stretches(io.BytesIO(data)) if body is not None]
    assert len(strangers) == len(bodies) == 3
    kinds = set()
    for columns, body in zip(strangers, bodies, strict=True):
        ours = list(decode(body))
        frames = [frame for reading in ours for frame in reading.frames]
        for name in Frame._fields:
            if name != "in_car":
                expected = [getattr(frame, name) for frame in frames]
                assert columns[name] == expected, name
                assert [*map(type, columns[name])] == [*map(type, expected)], name
                kinds |= {*map(type, expected)}
        epoch = datetime(1970, 1, 1, tzinfo=UTC)
        assert columns["utc_us"] == [(each.newest_utc - epoch) // timedelta(microseconds=1) for each in ours]
        assert columns["frames"] == [len(each.frames) for each in ours]
    assert kinds == {int, float, bool, type(None)}
