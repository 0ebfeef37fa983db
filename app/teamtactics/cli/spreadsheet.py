"""Rows for programs and for spreadsheets: comma-separated as everywhere, or as an Excel of half of Europe wants it."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from teamtactics.model.parcel import iso_utc

BYTE_ORDER_MARK = "\ufeff"
"""Tells Excel that the file is UTF-8; without it a Polish driver is a row of question marks."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""A cell that begins so is computed, also when it is a name on somebody else's computer."""


def csv_text(columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> str:
    """Write comma-separated values: numbers with a point, moments as ISO 8601 in UTC, empty where nothing is known."""
    return _text(columns, ([_plain(row.get(name)) for name in columns] for row in rows), ",")


def excel_text(columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> str:
    """
    Write what Excel opens with a double click where the comma is the decimal sign.

    Semicolons, decimal commas, moments in UTC to the second as Excel reads them everywhere, 1 and 0 for yes and no,
    a byte order mark. A text that Excel would compute has an apostrophe in front.
    """
    cells = ([_excel(row.get(name)) for name in columns] for row in rows)
    return BYTE_ORDER_MARK + _text(columns, cells, ";")


def finite(value: object) -> object:
    """Replace a number that is none by None: programs refuse the whole text otherwise."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _text(columns: Sequence[str], rows: Iterable[Sequence[object]], delimiter: str) -> str:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue()


def _plain(value: object) -> object:
    value = finite(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return iso_utc(value)
    return "" if value is None else value


def _excel(value: object) -> object:
    value = finite(value)
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, float):
        return repr(value).replace(".", ",")
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
    if isinstance(value, str):
        return f"'{value}" if value.startswith(_FORMULA) else value
    return "" if value is None else value
