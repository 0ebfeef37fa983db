"""The tracker's memory as JSON text and back, exactly."""

from __future__ import annotations

import json
import types
import typing
from dataclasses import fields, is_dataclass
from enum import StrEnum
from functools import cache
from typing import Any, TypeVar

from teamtactics.model.frame import Frame

VERSION = 1

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
        CheckpointUnreadable: Damaged, or written by a version with another memory.
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
        return list(value)
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value


def _frame(values: list[Any]) -> Frame:
    """Build a frame; one that an older version wrote has fewer fields, the rest is not known."""
    frame = Frame(*values)
    return (
        frame if frame.in_car is None else frame._replace(in_car=tuple((name, value) for name, value in frame.in_car))
    )


@cache
def _hints(cls: type) -> dict[str, Any]:
    return typing.get_type_hints(cls)


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
        return hint(**{name: _build(hints[name], item) for name, item in value.items()})
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return hint(value)
    return value
