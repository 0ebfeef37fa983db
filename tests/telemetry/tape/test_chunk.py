"""A chunk of a tape holds what was read bit for bit, and a damaged one is found out and left behind."""

from __future__ import annotations

import io
import json
import math
import struct
import zlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from teamtactics.errors import SourceRefused
from teamtactics.model.frame import Frame
from teamtactics.telemetry.tape.chunk import MARK, Reading, decode, encode, stretches
from teamtactics.telemetry.tape.columns import pack, unpack

UTC_AT = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)

narrow = st.floats(width=32)
wide = st.floats()
numbers = st.floats(allow_nan=False, allow_infinity=False)
whole = st.integers(-(2**63), 2**63 - 1)
columns = st.one_of(
    st.lists(st.one_of(st.none(), kind), min_size=1, max_size=40) for kind in (narrow, wide, whole, st.booleans())
)


def bits(value: object) -> object:
    """What tells two values apart that are equal: their kind, and of floats all bits."""
    return struct.pack("<d", value) if isinstance(value, float) else (type(value), value)


@given(columns)
def test_a_column_comes_back_bit_for_bit(values: list[Any]) -> None:
    said, packed = pack(values)
    assert [*map(bits, unpack(said, packed, len(values)))] == [*map(bits, values)]


@given(st.lists(st.one_of(numbers, st.integers(-(2**70), 2**70), st.booleans()), min_size=1, max_size=20))
def test_values_of_several_kinds_come_back_too(values: list[Any]) -> None:
    said, packed = pack(values)
    assert [*map(bits, unpack(said, packed, len(values)))] == [*map(bits, values)]


def test_what_the_simulator_gives_with_32_bits_is_kept_with_32() -> None:
    assert pack([0.5, 0.25])[0]["kind"] == "f4"
    assert pack([0.1, 0.2])[0]["kind"] == "f8"
    assert pack([1e300, 0.5])[0]["kind"] == "f8"


def test_what_never_changes_is_its_value_alone() -> None:
    assert pack([3, 3, 3]) == ({"kind": "i8", "all": 3}, b"")
    assert pack([None, None]) == ({"kind": "none"}, b"")
    said, packed = pack([0.0, -0.0])
    assert [math.copysign(1.0, value) for value in unpack(said, packed, 2)] == [1.0, -1.0], "they differ by a bit"


def reading(at: int, text: bytes | None, count: int = 1, **fields: Any) -> Reading:
    frames = [Frame(tick=at + n, session_time=(at + n) / 60, session_num=0, **fields) for n in range(count)]
    return Reading(frames, text, UTC_AT + timedelta(seconds=at / 60))


def back(*readings: Reading) -> list[Reading]:
    chunk = encode(readings, "live", "1.0.0")
    (body,) = stretches(io.BytesIO(chunk))
    assert body is not None
    return list(decode(body))


def test_readings_texts_moments_and_holes_come_back() -> None:
    results = [b"---\nWeekendInfo:\n Name: Spa\n", b"Results:\n - Lap: %d\n - Lap: %d\n...\n"]
    text = [b"".join(results) % (lap, 3) for lap in range(3)]
    joined = text[2] + b"one line more\n"
    readings = [
        reading(0, None),
        reading(1, text[0], 3),
        reading(4, text[0], fuel_level=31.5),
        reading(5, text[1]),
        replace(reading(6, text[2]), is_after_hole=True),
        reading(7, joined),
        reading(8, b""),
        reading(9, None),
        reading(10, joined),
    ]
    assert back(*readings) == readings


def test_a_text_of_which_one_line_has_changed_is_kept_as_that_line() -> None:
    text = b"\n".join(b"Driver%d: %032x" % (n, hash(n) * 7919) for n in range(2_000))
    other = text.replace(b"Driver7:", b"Driver7: Ada", 1)
    one, both = (len(encode(each, "live", "1")) for each in ([reading(0, text)], [reading(0, text), reading(1, other)]))
    assert both - one < 400
    assert [each.text for each in back(reading(0, text), reading(1, other))] == [text, other]


def test_in_car_settings_come_back_where_they_change() -> None:
    first, second = (("dcABS", 3.0), ("dcStarter2", False)), (("dcABS", 4.0), ("dcStarter2", False))
    readings = [reading(n, None, in_car=value) for n, value in enumerate((None, first, first, second, None))]
    found = [each.frames[0].in_car for each in back(*readings)]
    assert found == [None, first, first, second, None]
    assert isinstance(found[1], tuple)


def test_a_column_that_this_version_does_not_know_is_left_and_one_that_is_not_there_is_none() -> None:
    """An older program on a newer tape, and the other way round."""
    chunk = encode([reading(0, None, fuel_level=9.0)], "live", "1")
    (body,) = stretches(io.BytesIO(chunk))
    assert body is not None
    renamed = _with_header(body, b'"fuel_level"', b'"fuel_devil"')
    (found,) = decode(renamed)
    assert found.frames[0].fuel_level is None
    assert found.frames[0].session_time == 0.0


@pytest.mark.parametrize(
    ("stands", "instead"), [(b'"tick"', b'"tock"'), (b'"ticks":1', b'"ticks":2'), (b'"i8"', b'"i9"'), (b"{", b"[")]
)
def test_what_makes_no_sense_is_refused_and_nothing_of_it_played(stands: bytes, instead: bytes) -> None:
    chunk = encode([reading(0, None, lap=1)], "live", "1")
    (body,) = stretches(io.BytesIO(chunk))
    assert body is not None
    with pytest.raises(SourceRefused):
        decode(_with_header(body, stands, instead))


def _with_header(body: bytes, stands: bytes, instead: bytes) -> bytes:
    data = zlib.decompress(body)
    assert stands in data
    return zlib.compress(data.replace(stands, instead, 1))


def chunks(count: int) -> list[bytes]:
    return [encode([reading(60 * n, b"text %d" % n, 60)], "live", "1") for n in range(count)]


def firsts(data: bytes) -> list[int | None]:
    """Return the first tick of each chunk that is found; None for a damaged stretch."""
    return [None if body is None else next(decode(body)).frames[0].tick for body in stretches(io.BytesIO(data))]


def test_a_tape_that_is_cut_off_ends_with_its_last_whole_chunk() -> None:
    three = chunks(3)
    whole = b"".join(three)
    for cut in (1, 15, 16, 17, len(three[2]) - 1):
        assert firsts(whole[: len(whole) - len(three[2]) + cut]) == [0, 60, None]


@given(st.data())
def test_behind_a_damaged_chunk_the_next_one_is_found(data: st.DataObject) -> None:
    three = chunks(3)
    at = data.draw(st.integers(len(three[0]), len(three[0]) + len(three[1]) - 1))
    whole = bytearray(b"".join(three))
    whole[at] ^= data.draw(st.integers(1, 255))
    assert firsts(bytes(whole)) == [0, None, 120]


def test_behind_what_was_written_half_and_gone_on_with_the_next_one_is_found() -> None:
    three = chunks(3)
    assert firsts(three[0] + three[1][:200] + three[2]) == [0, None, 120]
    assert firsts(three[0][:5] + MARK[:4] + three[1] + b"rubbish" * 300_000 + three[2]) == [None, 60, None, 120]


def test_a_tape_is_read_by_the_names_of_its_columns_whatever_their_order() -> None:
    """Other columns than this version's, and in another order: nothing is shifted into its neighbour."""
    before = reading(0, b"text", 3, lap=7, fuel_level=9.5, on_pit_road=False)
    (body,) = stretches(io.BytesIO(encode([before], "live", "1")))
    assert body is not None
    (after,) = decode(_turned(body))
    assert after == before
    _, header, _ = _parts(body)
    assert [each["name"] for each in header["columns"]][: len(Frame._fields) - 1] == [
        name for name in Frame._fields if name != "in_car"
    ]


def _parts(body: bytes) -> tuple[int, Any, bytes]:
    data = zlib.decompress(body)
    (size,) = struct.unpack_from("<I", data)
    return size, json.loads(data[4 : 4 + size]), data[4 + size :]


def _turned(body: bytes) -> bytes:
    """Return a chunk's body with its columns in the other direction, and one that nobody knows before them."""
    _, header, rest = _parts(body)
    kept, at = [], 0
    for said in header["columns"]:
        kept.append((said, rest[at : at + said.get("bytes", 0)]))
        at += said.get("bytes", 0)
    texts, unknown = rest[at:], pack([0.25, 0.5, 0.75])
    columns = [({"name": "humidity", **unknown[0]}, unknown[1]), *reversed(kept)]
    head = json.dumps({**header, "columns": [said for said, _ in columns]}).encode()
    return zlib.compress(b"".join((struct.pack("<I", len(head)), head, *(packed for _, packed in columns), texts)))
