"""Ticks as columns of bytes, and back, bit for bit."""

from __future__ import annotations

import json
import math
from array import array
from collections.abc import Mapping, Sequence
from itertools import accumulate, pairwise
from typing import Any

from teamtactics.errors import SourceRefused

Value = bool | int | float | None

_WORDS = {"f4": "I", "f8": "Q", "i8": "Q"}
"""A column is kept as whole numbers of its width: those of the machine's floats are their bits."""
_NUMBERS = {"f4": "f", "f8": "d", "i8": "q"}
_ABSENT = "absent"


def pack(values: Sequence[Value]) -> tuple[dict[str, Any], bytes]:
    """
    Return what the header says of one column, and its bytes.

    A column in which nothing changes is its one value. Of others the differences from value to value are kept, and of
    these the lowest bytes of all first, then the next: like stands beside like, and is small when it is compressed.

    What is of several kinds, or beyond 64 bits, is kept as text.
    """
    first = values[0]
    if all(value is None for value in values):
        return {"kind": "none"}, b""
    absent = [value is None for value in values]
    kind = _kind(values)
    if kind == "json":
        text = json.dumps(values).encode()
        return {"kind": kind, "bytes": len(text)}, text
    blank: Value = next(value for value in values if value is not None)
    known: list[Any] = [blank if value is None else value for value in values]
    numbers: array[Any] = array(_NUMBERS.get(kind, "q"), known)
    said: dict[str, Any] = {"kind": kind}
    raw = numbers.tobytes()
    # What is no number has no place in the header, which is JSON.
    if not any(absent) and math.isfinite(known[0]) and raw == raw[: numbers.itemsize] * len(numbers):
        return {**said, "all": first}, b""
    packed = _differences(raw, "f4" if kind == "f4" else "f8")
    if any(absent):
        return {**said, _ABSENT: True, "bytes": len(packed) + len(values)}, packed + bytes(absent)
    return {**said, "bytes": len(packed)}, packed


def unpack(said: Mapping[str, Any], packed: bytes, count: int) -> list[Value]:
    """
    Return the *count* values of a column.

    Raises:
        SourceRefused: It is none that ``pack`` makes.
    """
    kind = said.get("kind")
    if kind == "none":
        return [None] * count
    if kind == "json":
        told: list[Value] = json.loads(packed)
        return told
    if kind not in ("f4", "f8", "i8", "bool"):
        raise SourceRefused(f"a column of the kind {kind!r}: written by a newer version of teamtactics")
    if "all" in said:
        return [said["all"]] * count
    width = 4 if kind == "f4" else 8
    absent = packed[width * count :] if said.get(_ABSENT) else b""
    if len(packed) != width * count + len(absent) or len(absent) not in (0, count):
        raise SourceRefused("a column is cut off")
    numbers: array[Any] = array(_NUMBERS.get(kind, "q"), _sums(packed[: width * count], "f4" if kind == "f4" else "f8"))
    values: list[Value] = [bool(number) for number in numbers] if kind == "bool" else numbers.tolist()
    return [None if gone else value for value, gone in zip(values, absent, strict=True)] if absent else values


def _kind(values: Sequence[Value]) -> str:
    kinds = {type(value) for value in values if value is not None}
    if kinds == {bool}:
        return "bool"
    if kinds == {int} and all(value is None or -(1 << 63) <= value < 1 << 63 for value in values):
        return "i8"
    if kinds == {float}:
        known = [value for value in values if value is not None]
        # What the simulator gives with 32 bits has no more than these here.
        return "f4" if _is_narrow(known) else "f8"
    return "json"


def _is_narrow(values: Sequence[Any]) -> bool:
    try:
        return array("f", values).tolist() == list(values)
    except OverflowError:
        return False


def _differences(raw: bytes, kind: str) -> bytes:
    words = array(_WORDS[kind], raw)
    mask = (1 << 8 * words.itemsize) - 1
    changes = array(_WORDS[kind], [words[0], *((after - before) & mask for before, after in pairwise(words))])
    data, width = changes.tobytes(), words.itemsize
    return b"".join(data[at::width] for at in range(width))


def _sums(packed: bytes, kind: str) -> bytes:
    width = 4 if kind == "f4" else 8
    count = len(packed) // width
    data = bytearray(len(packed))
    for at in range(width):
        data[at::width] = packed[at * count : (at + 1) * count]
    mask = (1 << 8 * width) - 1
    totals = accumulate(array(_WORDS[kind], bytes(data)))
    return array(_WORDS[kind], [total & mask for total in totals]).tobytes()
