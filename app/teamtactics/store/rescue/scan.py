"""
Rows out of the bytes of an SQLite file, whatever its trees and its schema have come to.

A page that holds rows says so in its first byte and where they begin behind that; nothing else of the file is needed
(sqlite.org/fileformat.html, sections 1.5 to 2.1). SQLite's own ``.recover`` does the same, and Python cannot call it.
What is found may be anything: who takes a row must have a reason to believe it.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

Cell = str | bytes | int | float | None

_DEFAULT_PAGE = 4096
"""What SQLite gives a new file since 2016, and ours have."""
_LEAF_TABLE, _LEAF_INDEX, _INNER_INDEX, _INNER_TABLE = 0x0D, 0x0A, 0x02, 0x05
_FILE_HEADER = 100
_INTEGERS = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8}
"""Serial type of an integer → its length."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row; ``rowid`` is None in tables without."""

    rowid: int | None
    cells: tuple[Cell, ...]


def rows(data: bytes) -> Iterator[Row]:
    """Find every row of *data* that can be read whole, in the order of the pages."""
    size = _page_size(data)
    free = _free_pages(data, size)
    for number in range(1, len(data) // size + 1):
        if number not in free:
            yield from _Page(data, size, number).rows()


def _page_size(data: bytes) -> int:
    size = int.from_bytes(data[16:18], "big") if len(data) >= _FILE_HEADER else 0
    return size if 512 <= size <= 32_768 and size & (size - 1) == 0 else _DEFAULT_PAGE


def _free_pages(data: bytes, size: int) -> set[int]:
    """Name the pages that were given back: what stands there was removed on purpose."""
    free: set[int] = set()
    trunk = int.from_bytes(data[32:36], "big")
    while trunk and trunk not in free and trunk * size <= len(data):
        free.add(trunk)
        at = (trunk - 1) * size
        (following, count) = struct.unpack_from(">II", data, at)
        leaves = min(count, size // 4 - 2)
        free.update(struct.unpack_from(f">{leaves}I", data, at + 8))
        trunk = following
    return free


class _Page:
    def __init__(self, data: bytes, size: int, number: int) -> None:
        self._data = data
        self._size = size
        self._at = (number - 1) * size
        self._head = self._at + (_FILE_HEADER if number == 1 else 0)

    def rows(self) -> Iterator[Row]:
        kind = self._data[self._head]
        if kind == _INNER_TABLE:
            return
        if kind in (_LEAF_TABLE, _LEAF_INDEX, _INNER_INDEX):
            kinds: tuple[int, ...] = (kind,)
        elif kind:
            # The byte itself may be what is broken.
            kinds = (_LEAF_TABLE, _LEAF_INDEX)
        else:
            return
        for assumed in kinds:
            for place in self._places(assumed):
                try:
                    yield self._row(assumed, place)
                except (IndexError, ValueError, struct.error, OverflowError):
                    continue  # one that is broken says nothing about its neighbours

    def _places(self, kind: int) -> Iterator[int]:
        count = int.from_bytes(self._data[self._head + 3 : self._head + 5], "big")
        first = self._head + (12 if kind == _INNER_INDEX else 8)
        count = min(count, (self._at + self._size - first) // 2)
        for (place,) in struct.iter_unpack(">H", self._data[first : first + 2 * count]):
            if place:
                yield self._at + place

    def _row(self, kind: int, place: int) -> Row:
        if kind == _INNER_INDEX:
            place += 4
        length, place = _varint(self._data, place)
        rowid: int | None = None
        if kind == _LEAF_TABLE:
            rowid, place = _varint(self._data, place)
        return Row(rowid, _record(self._payload(kind, place, length)))

    def _payload(self, kind: int, place: int, length: int) -> bytes:
        usable = self._size
        if length > len(self._data):
            raise ValueError("longer than the file")
        most = usable - 35 if kind == _LEAF_TABLE else (usable - 12) * 64 // 255 - 23
        if length <= most:
            return self._cut(place, length)
        least = (usable - 12) * 32 // 255 - 23
        here = least + (length - least) % (usable - 4)
        here = here if here <= most else least
        parts, left = [self._cut(place, here)], length - here
        following = int.from_bytes(self._cut(place + here, 4), "big")
        while left > 0:
            at = (following - 1) * usable
            if following < 1:
                raise ValueError("the row goes on nowhere")
            part = min(left, usable - 4)
            parts.append(self._cut(at + 4, part))
            left -= part
            following = int.from_bytes(self._cut(at, 4), "big")
        return b"".join(parts)

    def _cut(self, at: int, length: int) -> bytes:
        part = self._data[at : at + length]
        if len(part) != length:
            raise ValueError("behind the end of the file")
        return part


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for offset in range(8):
        byte = data[at + offset]
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, at + offset + 1
    value = value << 8 | data[at + 8]
    return value - (1 << 64) if value >= 1 << 63 else value, at + 9


def _record(payload: bytes) -> tuple[Cell, ...]:
    end, at = _varint(payload, 0)
    if not 0 < end <= len(payload):
        raise ValueError("no record")
    cells: list[Cell] = []
    place = end
    while at < end:
        kind, at = _varint(payload, at)
        cell, place = _cell(payload, kind, place)
        cells.append(cell)
    if place != len(payload):
        raise ValueError("cells and record do not agree")
    return tuple(cells)


def _cell(payload: bytes, kind: int, place: int) -> tuple[Cell, int]:
    if kind == 0:
        return None, place
    if kind in (8, 9):
        return kind - 8, place
    length = _INTEGERS.get(kind) or (8 if kind == 7 else (kind - 12) // 2 if kind >= 12 else -1)
    part = payload[place : place + length]
    if length < 0 or len(part) != length:
        raise ValueError("a cell without an end")
    place += length
    if kind <= 6:
        return int.from_bytes(part, "big", signed=True), place
    if kind == 7:
        return float(struct.unpack(">d", part)[0]), place
    return (part.decode("utf-8") if kind % 2 else part), place
