"""One chunk of a tape: about a minute of ticks and what came with them, readable by itself."""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, BinaryIO

from teamtactics.errors import SourceRefused
from teamtactics.model.frame import Frame, InCar, in_order
from teamtactics.telemetry.tape.columns import pack, unpack

MARK = b"\nttape1\n"
"""Every chunk begins with it, so that behind a damaged one the next is found."""

_HEAD = struct.Struct("<8sII")
"""Mark, length of what follows, and its CRC-32."""
_SIZE = struct.Struct("<I")
_PIECE = 1 << 20
_LONGEST = 256 * 1024 * 1024
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_IN_CAR = "in_car"


@dataclass(frozen=True, slots=True)
class Reading:
    """
    What the collector was given at once.

    Attributes:
        frames: One or more.

        text: The session text as it stood there; None while there was none.

        newest_utc: When the newest frame was true, by this PC's clock.

        is_after_hole: The stream was gone just before, or was not followed.
    """

    frames: Sequence[Frame]
    text: bytes | None
    newest_utc: datetime
    is_after_hole: bool = False


def encode(readings: Sequence[Reading], source: str, client: str) -> bytes:
    """
    Write a chunk of at least one reading.

    Args:
        source: ``Source.key`` of where they came from.

        client: Version of the program.
    """
    frames = [frame for reading in readings for frame in reading.frames]
    header: dict[str, Any] = {"client": client, "source": source, "ticks": len(frames), "columns": []}
    parts: list[bytes] = []

    def add(name: str, values: Sequence[Any]) -> None:
        said, packed = pack(values)
        header["columns"].append({"name": name, **said})
        parts.append(packed)

    for name, values in zip(Frame._fields, zip(*frames, strict=True), strict=True):
        if name != _IN_CAR:
            add(name, values)
    header["readings"] = len(readings)
    add("utc_us", [(reading.newest_utc - _EPOCH) // timedelta(microseconds=1) for reading in readings])
    add("frames", [len(reading.frames) for reading in readings])
    header["holes"] = [at for at, reading in enumerate(readings) if reading.is_after_hole]
    header[_IN_CAR] = list(_runs([frame.in_car for frame in frames]))
    header["texts"], texts = _texts(readings)
    said = json.dumps(header, separators=(",", ":"), allow_nan=True).encode()
    body = zlib.compress(b"".join((_SIZE.pack(len(said)), said, *parts, *texts)), 6)
    return _HEAD.pack(MARK, len(body), zlib.crc32(body)) + body


def decode(body: bytes) -> Iterator[Reading]:
    """
    Yield the readings of a chunk's *body*.

    Raises:
        SourceRefused: It is damaged, or a newer version wrote it; said before anything is yielded.
    """
    try:
        data = zlib.decompress(body)
        (size,) = _SIZE.unpack_from(data)
        header = json.loads(data[_SIZE.size : _SIZE.size + size])
        at, columns = _SIZE.size + size, {}
        counts = {"utc_us": header["readings"], "frames": header["readings"]}
        for said in header["columns"]:
            length = said.get("bytes", 0)
            columns[said["name"]] = unpack(said, data[at : at + length], counts.get(said["name"], header["ticks"]))
            at += length
        in_car = _unrolled(header[_IN_CAR], header["ticks"])
        texts = _read_texts(header["texts"], data, at)
        frames = _frames(columns, in_car)
        return _readings(frames, columns, set(header["holes"]), texts)
    except (zlib.error, struct.error, ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
        raise SourceRefused(f"a part of the tape cannot be read ({error!r})") from error


def stretches(file: BinaryIO) -> Iterator[bytes | None]:
    """
    Yield the body of each chunk of a tape; None for each stretch that is damaged or cut off.

    Args:
        file: Read from where it stands; not more of it is in memory than a chunk.
    """
    while head := file.read(_HEAD.size):
        begin = file.tell() - len(head)
        body = _body(head, file)
        yield body
        if body is None:
            file.seek(begin + 1)
            _find_mark(file)


def _body(head: bytes, file: BinaryIO) -> bytes | None:
    if len(head) < _HEAD.size:
        return None
    mark, length, crc = _HEAD.unpack(head)
    if mark != MARK or length > _LONGEST:
        return None
    body = file.read(length)
    return body if len(body) == length and zlib.crc32(body) == crc else None


def _find_mark(file: BinaryIO) -> None:
    """Go to the next mark, or to the end."""
    kept = b""
    while piece := file.read(_PIECE):
        found = (kept + piece).find(MARK)
        if found >= 0:
            file.seek(file.tell() - len(kept) - len(piece) + found)
            return
        kept = (kept + piece)[-len(MARK) + 1 :]


def _frames(columns: dict[str, Any], in_car: list[InCar | None]) -> list[Frame]:
    """Put the ticks together by the names of their columns; what this tape lacks is None, what is new here is left."""
    count = len(in_car)
    absent: list[None] = [None] * count
    values = [in_car if name == _IN_CAR else columns.get(name, absent) for name in Frame._fields]
    if columns.get("session_time") is None or columns.get("tick") is None:
        raise ValueError("without a tick or a time")
    return [in_order(row) for row in zip(*values, strict=True)]


def _readings(
    frames: list[Frame], columns: dict[str, Any], holes: set[int], texts: list[tuple[int, bytes | None]]
) -> Iterator[Reading]:
    utcs = [_EPOCH + timedelta(microseconds=at_us) for at_us in columns["utc_us"]]
    sizes = columns["frames"]
    if sum(sizes) != len(frames) or min(sizes) < 1:
        raise ValueError("ticks and readings do not fit together")
    of_reading = dict(texts)

    def found() -> Iterator[Reading]:
        begin, text = 0, None
        for number, (utc, size) in enumerate(zip(utcs, sizes, strict=True)):
            text = of_reading.get(number, text)
            yield Reading(frames[begin : begin + size], text, utc, number in holes)
            begin += size

    return found()


def _runs(values: Sequence[InCar | None]) -> Iterator[tuple[int, InCar | None]]:
    """Yield where another value begins, and which."""
    for at, value in enumerate(values):
        if at == 0 or (value is not values[at - 1] and value != values[at - 1]):
            yield at, value


def _unrolled(runs: Sequence[Any], count: int) -> list[InCar | None]:
    found: list[InCar | None] = []
    ends = [*(at for at, _ in runs[1:]), count]
    for (_, value), end in zip(runs, ends, strict=True):
        settings = None if value is None else tuple((name, level) for name, level in value)
        found += [settings] * (end - len(found))
    if len(found) != count:
        raise ValueError("settings for other ticks than there are")
    return found


def _texts(readings: Sequence[Reading]) -> tuple[list[Any], list[bytes]]:
    """
    Return what the header says of the texts, and their bytes.

    A text that has as many lines as the one before it is kept as the lines that changed: results change, and little
    else.
    """
    said: list[Any] = []
    parts: list[bytes] = []
    before: bytes | None = None
    lines: list[bytes] = []
    for number, reading in enumerate(readings):
        text = reading.text
        if (number and text is before) or (number and text == before):
            continue
        before = text
        if text is None:
            said.append({"reading": number, "absent": True})
            lines = []
            continue
        of_text = text.split(b"\n")
        changed = [at for at, line in enumerate(of_text) if line != lines[at]] if len(of_text) == len(lines) else None
        lines = of_text
        part = text if changed is None else b"\n".join(of_text[at] for at in changed)
        said.append({"reading": number, "bytes": len(part), **({} if changed is None else {"lines": changed})})
        parts.append(part)
    return said, parts


def _read_texts(said: Sequence[Any], data: bytes, at: int) -> list[tuple[int, bytes | None]]:
    found: list[tuple[int, bytes | None]] = []
    lines: list[bytes] = []
    for each in said:
        if each.get("absent"):
            found.append((each["reading"], None))
            lines = []
            continue
        part = data[at : at + each["bytes"]]
        if len(part) != each["bytes"]:
            raise ValueError("a text is cut off")
        at += len(part)
        if "lines" in each:
            lines = list(lines)
            for where, line in zip(each["lines"], part.split(b"\n"), strict=True):
                lines[where] = line
        else:
            lines = part.split(b"\n")
        found.append((each["reading"], b"\n".join(lines)))
    return found
