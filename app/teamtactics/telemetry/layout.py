"""What a memory image, the live memory or a recording says about its own shape; every number is checked before use."""

from __future__ import annotations

import mmap
import struct
from collections.abc import Mapping
from dataclasses import dataclass

from teamtactics.errors import SourceRefused
from teamtactics.language import Said

Memory = mmap.mmap | bytes | bytearray
"""Anything with the simulator's memory in it: sliced for copies, read in place for counters."""

CHAR, BOOL, INT, BITFIELD, FLOAT, DOUBLE = range(6)
"""The SDK's variable types (irsdk_VarType)."""
TYPE_SIZES = (1, 1, 4, 4, 4, 8)

HEADER_SIZE = 112
BUFFERS_AT = 48
BUFFER_ENTRY_SIZE = 16
TICK_RATE = 60

_HEADER = struct.Struct("<10i")
_BUFFER = struct.Struct("<ii8x")
_VAR_HEADER = struct.Struct("<iiii32s96x")
_NEWEST_VERSION = 15
"""Real are 1 (2015) and 2 (since 2019); some room, so that the next one is not refused for its number alone."""
_MAX_BUFFERS = 4
_MAX_VARIABLES = 4096
_MAX_BUFFER_SIZE = 1 << 20
"""Real: 561 to 7,888 bytes."""


@dataclass(frozen=True, slots=True)
class Variable:
    """
    Where one variable stands in each buffer.

    Attributes:
        type: One of the SDK's types, e.g. ``FLOAT``.

        offset: Bytes from the begin of the buffer; all *count* elements lie inside it.
    """

    name: str
    type: int
    offset: int
    count: int


@dataclass(frozen=True, slots=True)
class Layout:
    """
    The shape of one telemetry memory or file. All offsets are in bytes and lie inside it.

    Attributes:
        fixed: The header fields that never change while a simulator runs; another value means another simulator.

        buffer_offsets: Where each buffer of the ring begins; a recording has one, its first record.

        buf_len: Size of a buffer (of a record).

        variables: By name. Widths of ``CarIdx…`` arrays differ from build to build (64, 72).

        unreadable: Name → why, of those that the table describes in a way we cannot read. Only who wants one minds.
    """

    version: int
    fixed: bytes
    text_offset: int
    text_len: int
    buf_len: int
    buffer_offsets: tuple[int, ...]
    variables: Mapping[str, Variable]
    unreadable: Mapping[str, str]


def parse_layout(memory: Memory, where: str, size: int | None = None) -> Layout:
    """
    Read the header and the variable table.

    Args:
        memory: The whole memory, or the begin of a file that holds at least everything before the records.

        where: Name for the person at the screen.

        size: Size of the whole file; None when *memory* is the whole.

    Raises:
        SourceRefused: It is no telemetry, or a part of it points outside.
    """
    total = len(memory) if size is None else size
    if len(memory) < HEADER_SIZE:
        raise SourceRefused(
            Said(
                "{path}: only {total} bytes, shorter than iRacing's header of {size}; it is empty or was cut off",
                path=where,
                total=total,
                size=HEADER_SIZE,
            )
        )
    version, _, _, _, text_len, text_offset, num_vars, vars_at, num_buf, buf_len = _HEADER.unpack_from(memory, 0)
    if not 1 <= version <= _NEWEST_VERSION:
        raise SourceRefused(
            Said(
                "{path}: neither a memory image nor a recording of iRacing (its first number is {version}, not a header"
                " version); give a file written by 'irsdk --dump' or an .ibt of the simulator",
                path=where,
                version=version,
            )
        )
    _require_count(where, Said("variables"), num_vars, _MAX_VARIABLES)
    _require_count(where, Said("buffers"), num_buf, _MAX_BUFFERS)
    _require_count(where, Said("bytes per buffer"), buf_len, _MAX_BUFFER_SIZE)
    _require_inside(where, Said("the session text"), text_offset, text_len, total)
    _require_inside(where, Said("the table of variables"), vars_at, num_vars * _VAR_HEADER.size, len(memory))
    offsets = tuple(_BUFFER.unpack_from(memory, BUFFERS_AT + BUFFER_ENTRY_SIZE * index)[1] for index in range(num_buf))
    for number, offset in enumerate(offsets, 1):
        _require_inside(where, Said("buffer {number}", number=number), offset, buf_len, total)
    variables, unreadable = _parse_variables(bytes(memory[vars_at : vars_at + num_vars * _VAR_HEADER.size]), buf_len)
    return Layout(
        version=version,
        fixed=bytes(memory[16:40]),
        text_offset=text_offset,
        text_len=text_len,
        buf_len=buf_len,
        buffer_offsets=offsets,
        variables=variables,
        unreadable=unreadable,
    )


def _parse_variables(table: bytes, buf_len: int) -> tuple[dict[str, Variable], dict[str, str]]:
    """Return what can be read, the first of each name, and why the rest cannot: a new build may bring anything."""
    variables: dict[str, Variable] = {}
    unreadable: dict[str, str] = {}
    for type_code, offset, count, _, raw_name in _VAR_HEADER.iter_unpack(table):
        name = raw_name.partition(b"\0")[0].decode("latin-1")
        if not 0 <= type_code < len(TYPE_SIZES):
            unreadable.setdefault(name, f"unknown type {type_code}")
        elif count < 1 or offset < 0 or offset + count * TYPE_SIZES[type_code] > buf_len:
            unreadable.setdefault(name, f"{count} elements at byte {offset}, outside its buffer of {buf_len} bytes")
        else:
            variables.setdefault(name, Variable(name, type_code, offset, count))
    return variables, {name: why for name, why in unreadable.items() if name not in variables}


def _require_count(where: str, what: str, count: int, most: int) -> None:
    if not 1 <= count <= most:
        raise SourceRefused(
            Said(
                "{path}: its header counts {count} {what}, 1 to {most} are possible; the file is damaged",
                path=where,
                count=count,
                what=what,
                most=most,
            )
        )


def _require_inside(where: str, what: str, offset: int, length: int, total: int) -> None:
    # Nothing may begin inside the header either: that is what zeros in a damaged header look like.
    if offset < HEADER_SIZE or length < 0 or offset + length > total:
        raise SourceRefused(
            Said(
                "{path}: {what} should be at byte {offset}, {length} bytes long, but the file has {total} bytes;"
                " it is damaged or was cut off",
                path=where,
                what=what,
                offset=offset,
                length=length,
                total=total,
            )
        )
