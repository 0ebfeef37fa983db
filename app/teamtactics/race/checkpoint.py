"""
The tracker's memory as JSON text and back, exactly: everything by its name.

A text is read when it has exactly the names that this program's memory has. Any other layout is refused: what a field
less or a field more would mean nobody can tell, and a race that goes on with a wrong memory is worse than one that goes
on without.
"""

from __future__ import annotations

import json
import types
import typing
from collections.abc import Set
from dataclasses import fields, is_dataclass
from enum import StrEnum
from functools import cache
from typing import Any, TypeVar

from teamtactics.model.frame import Frame

VERSION = 2
"""
Counts when a field's meaning changes, or a rule of this page; a field more or less is noticed by its name.

1 (until 2026) had the values of a frame without their names.
"""

_FRAME = frozenset(Frame._fields)
_NEEDED = _FRAME - Frame._field_defaults.keys()

T = TypeVar("T")


class CheckpointUnreadable(ValueError):
    """The text is no checkpoint of this program version; start without it."""


def encode(state: object) -> str:
    """Write *state* (a dataclass of plain values, frames and dataclasses) as JSON text."""
    return json.dumps({"version": VERSION, "state": _plain(state)}, separators=(",", ":"))


def decode(cls: type[T], text: str) -> T:
    """
    Read back what ``encode`` wrote.

    Raises:
        CheckpointUnreadable: Damaged, or written by a version with another memory; the text names what differs.
    """
    try:
        data = json.loads(text)
        if data["version"] != VERSION:
            raise CheckpointUnreadable(f"checkpoint version {data['version']}, this program knows {VERSION}")
        return typing.cast("T", _build(cls, data["state"]))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise CheckpointUnreadable(str(error)) from error


def _plain(value: Any) -> Any:
    if isinstance(value, Frame):
        # What is not known is left out: most of it in a replay or another build, and it is None again.
        return {name: known for name, known in value._asdict().items() if known is not None}
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value


def _frame(named: dict[str, Any]) -> Frame:
    _compare("Frame", _NEEDED, named.keys() & _NEEDED)
    _compare("Frame", named.keys() & _FRAME, named.keys())
    in_car = named.get("in_car")
    return Frame(**{**named, "in_car": None if in_car is None else tuple((name, value) for name, value in in_car)})


def _compare(what: str, known: Set[str], found: Set[str]) -> None:
    if known != found:
        lacks, has = (", ".join(sorted(names)) for names in (known - found, found - known))
        parts = [f"lacks {lacks}"] if lacks else []
        parts += [f"has {has}, which this program does not know"] if has else []
        raise CheckpointUnreadable(f"another version's memory: its {what} {' and '.join(parts)}")


@cache
def _hints(cls: type) -> dict[str, Any]:
    return typing.get_type_hints(cls)


@cache
def _names(cls: type) -> frozenset[str]:
    return frozenset(field.name for field in fields(cls))


def _build(hint: Any, value: Any) -> Any:
    if value is None:
        return None
    origin = typing.get_origin(hint)
    if origin is typing.Union or origin is types.UnionType:
        inner = [arm for arm in typing.get_args(hint) if arm is not type(None)]
        return _build(inner[0], value) if len(inner) == 1 else value
    if hint is Frame:
        return _frame(value)
    if origin is tuple:
        return tuple(_build(typing.get_args(hint)[0], item) for item in value)
    if isinstance(hint, type) and is_dataclass(hint):
        hints = _hints(hint)
        _compare(hint.__name__, _names(hint), value.keys())
        return hint(**{name: _build(hints[name], item) for name, item in value.items()})
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return hint(value)
    return value
