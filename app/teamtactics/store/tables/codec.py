"""Values as they stand in the file: JSON that comes back exactly as it went in, moments that sort as text."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import cast

from teamtactics.model.parcel import Document, Message, Parcel

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)

MOMENT = "$utc"
"""Marks a moment among a document's values; no field of a map in one is called so."""


def to_json(value: object) -> str:
    """
    Write *value* as JSON: floats to the last bit, 1.0 stays a float, a key order stays as it is.

    Only ASCII goes into the file (the rest escaped), so that no character, not even half of a surrogate pair from a
    broken session text, can make a lap unstorable. A moment comes back to the microsecond, in UTC.
    """
    return json.dumps(value, separators=(",", ":"), default=_moment_to)


def from_json(text: str) -> dict[str, object]:
    """
    Read an object written by ``to_json``.

    Raises:
        ValueError: The text is damaged.
    """
    value = json.loads(text)
    if not isinstance(value, dict):
        raise ValueError("not a JSON object")  # noqa: TRY004 — one kind of error for one fact: the text is damaged
    return value


def document_from(text: str) -> Document:
    """Read a document; ValueError when the text is damaged."""
    values = from_json(text)
    for name, value in values.items():
        if isinstance(value, dict) and MOMENT in value:
            values[name] = datetime.fromisoformat(value[MOMENT])
    return cast("Document", values)


def _moment_to(value: object) -> dict[str, str]:
    if isinstance(value, datetime):
        return {MOMENT: utc_text(value)}
    raise TypeError(f"a {type(value).__name__} cannot be stored")


def message_to(message: Message) -> str:
    """Write a message as JSON."""
    return to_json({"id": message.id, "type": message.type, "data": message.data})


def message_from(text: str) -> Message:
    """Read a message; ValueError when the text is damaged."""
    value = from_json(text)
    data = value.get("data")
    if not isinstance(data, dict):
        raise ValueError("a message without data")  # noqa: TRY004 — as above
    return Message(str(value.get("id")), str(value.get("type")), data)


def fingerprint(parcel: Parcel) -> str:
    """
    Write the content of *parcel* so that two texts are equal exactly when the contents are, but for ``Utc``.

    Comparing the dictionaries themselves would take 1 for 1.0 and True; the order of keys says nothing.
    """
    message: Mapping[str, object] | None = None
    if parcel.message is not None:
        data = parcel.message.data
        payload = data.get("payload")
        told = {**data, "payload": _without_utc(payload)} if isinstance(payload, Mapping) else data
        message = {"id": parcel.message.id, "type": parcel.message.type, "data": told}
    document = None if parcel.document is None else _without_utc(parcel.document)
    content = [parcel.kind, parcel.collection, parcel.doc_id, document, message, float(parcel.session_time_s)]
    return json.dumps(content, sort_keys=True, default=_moment_to)


def _without_utc(document: Mapping[str, object]) -> Mapping[str, object]:
    """Leave out what another look at the clock makes different: the fact told again is the same."""
    return {name: value for name, value in document.items() if name != "Utc"}


def checksum(*values: object) -> int:
    """Sum up the columns of a row, its number among them: a bit that flips in the file is found when it is read."""
    text = "\x1f".join(map(repr, values))
    return zlib.crc32(text.encode("utf-8", "surrogatepass"))


def utc_text(moment: datetime) -> str:
    """
    Write *moment* in UTC with microseconds: texts of one width, so that they sort as the moments do.

    Raises:
        ValueError: It has no time zone, so nobody knows when it was.
    """
    if moment.tzinfo is None:
        raise ValueError(f"a moment without time zone: {moment!r}")
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def utc_from(text: str) -> datetime:
    """Read a moment written by ``utc_text``; a damaged one was long ago: a wrong age costs less than the whole row."""
    try:
        moment = datetime.fromisoformat(text)
    except (ValueError, TypeError):  # one flipped bit makes bytes of a text
        return _LONG_AGO
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def plain_text(text: str) -> str:
    """Replace what cannot be stored as text (halves of surrogate pairs)."""
    return text.encode("utf-8", "replace").decode("utf-8")
