"""The driver's in-car settings out of raw buffers: which there are depends on the car, and they hardly ever change."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from itertools import repeat

from teamtactics.model.frame import InCar
from teamtactics.telemetry.layout import BITFIELD, BOOL, DOUBLE, FLOAT, INT, TYPE_SIZES, Layout, Variable

_FORMATS = {BOOL: "?", INT: "i", BITFIELD: "I", FLOAT: "f", DOUBLE: "d"}

_BUTTONS = frozenset(
    {
        "dcStarter",
        "dcHeadlightFlash",
        "dcTearOffVisor",
        "dcTriggerWindshieldWipers",
        "dcLowFuelAccept",
        "dcPushToPass",
        "dcDRSToggle",
        "dcPitSpeedLimiterToggle",
    }
)
"""What is pressed for the moment, and nothing that who gets in could put back. Seen in captures of 2019 to 2025."""

_MOST = 64
"""More settings than any car has; the cars seen have up to nine."""


class InCarReader:
    """
    Reads the in-car settings of buffers of one layout.

    A tick costs one ``struct`` read of some bytes and their comparison with those of the tick before; only what has
    changed is made into values.

    Args:
        layout: Whose buffers will be read.
    """

    def __init__(self, layout: Layout) -> None:
        found = sorted(filter(_is_setting, layout.variables.values()), key=lambda variable: variable.offset)
        # Of two that overlap nobody can tell which one is right; the first is as good as the other.
        chosen: list[Variable] = []
        for variable in found:
            if not chosen or variable.offset >= _end(chosen[-1]):
                chosen.append(variable)
        del chosen[_MOST:]
        self._names = tuple(variable.name for variable in chosen)
        self._values = struct.Struct("<" + "".join(_FORMATS[variable.type] for variable in chosen))
        self._raw = struct.Struct(_chunks(chosen, layout.buf_len))
        self._last_raw: tuple[bytes, ...] = ()
        self._last: InCar | None = None

    def read(self, buffer: bytes | bytearray) -> InCar | None:
        """Return the settings in a copied *buffer*, the same object as before if they are; None for a car without."""
        if not self._names:
            return None
        raw = self._raw.unpack_from(buffer)
        return self._last if raw == self._last_raw else self._decode(raw)

    def read_all(self, records: bytes | bytearray | memoryview) -> Iterator[InCar | None]:
        """Yield the same for *records* that follow each other; without an end for a car without."""
        if not self._names:
            yield from repeat(None)
        for raw in self._raw.iter_unpack(records):
            yield self._last if raw == self._last_raw else self._decode(raw)

    def _decode(self, raw: tuple[bytes, ...]) -> InCar:
        pairs = zip(self._names, self._values.unpack(b"".join(raw)), strict=True)
        self._last_raw = raw
        # Not a number: damaged, and nothing to hand on.
        self._last = tuple(sorted((name, value) for name, value in pairs if value - value == 0))
        return self._last


def _is_setting(variable: Variable) -> bool:
    name = variable.name
    is_named = name.startswith("dc") and name.isascii() and name.isalnum() and name[2:3].isupper()
    return is_named and variable.type in _FORMATS and name not in _BUTTONS


def _end(variable: Variable) -> int:
    return variable.offset + TYPE_SIZES[variable.type]


def _chunks(variables: list[Variable], buf_len: int) -> str:
    """Name the bytes of *variables* in a buffer, those that touch each other as one piece."""
    pieces: list[list[int]] = []
    for variable in variables:
        if pieces and pieces[-1][1] == variable.offset:
            pieces[-1][1] = _end(variable)
        else:
            pieces.append([variable.offset, _end(variable)])
    parts, at = ["<"], 0
    for begin, end in pieces:
        parts.append(f"{begin - at}x{end - begin}s")
        at = end
    parts.append(f"{buf_len - at}x")
    return "".join(parts)
