"""
Session text in, ``SessionInfo`` out: only the three sections that matter, read line by line.

There is no YAML parser here, on purpose. The simulator writes a fixed shape (one ``key: value`` per line, indented by
one blank per level, the same from 2015 to 2026) but puts names into it raw: a team called ``- Racing #1``, a quote in
a quoted name, a control character or a colon are broken or wrongly read YAML (SIMULATOR#broken-text), while the line
itself is never in doubt. So nothing has to be repaired first, a broken line costs that line, numbers and ``off`` stay
what they are (SIMULATOR#yaml), and the largest text seen (141 kB) takes a fraction of a millisecond instead of a whole
tick.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

from teamtactics.model.session import LATIN_1, UTF_8, Entry, SessionEntry, SessionInfo

_SECTION_END = re.compile(rb"\n(?:[A-Z]\w*:[ \t]*\r?(?=\n)|\.\.\.)")
"""
The next section, or the end mark. Not just any line without indent: names may contain a line feed
(SIMULATOR#broken-text).
"""
_NUMBER = re.compile(r"[-+]?\d{1,15}(?:\.\d+)?(?!\d)", re.ASCII)
_ESCAPED = re.compile(rb'\\(["\\])')
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")
_UNLIMITED_TIME_S = 604_800.0
"""One week: how the simulator says unlimited in numbers (SIMULATOR#unlimited)."""
_UNLIMITED_LAPS = 32_767


def parse_session_text(raw: bytes) -> SessionInfo | None:
    """
    Read the session text.

    Args:
        raw: As it stands in memory; anything from the first zero byte on is ignored.

    Returns:
        None while it does not make sense yet: right after joining it can be whole and yet empty (no track, no
        sessions, no drivers). ``own`` is None when only the own entry is absent, which happens in passing.
    """
    text = raw.partition(b"\0")[0]
    weekend, sessions, drivers = (_section(text, name) for name in (b"WeekendInfo", b"SessionInfo", b"DriverInfo"))
    is_utf8 = _value(weekend, b"\n Encoding:").strip().upper().replace(b"-", b"") in (b"UTF8", b'"UTF8"')
    weekend_block = _Block(weekend, b"\n ", is_utf8)
    driver_block = _Block(drivers.partition(b"\n Drivers:")[0], b"\n ", is_utf8)
    car_idx = driver_block.integer(b"DriverCarIdx")
    entries = _sessions(sessions, car_idx, is_utf8)
    track_id = weekend_block.integer(b"TrackID")
    if not track_id or not entries or b"\n - CarIdx:" not in drivers:
        return None
    fuel_max, fuel_share = driver_block.number(b"DriverCarFuelMaxLtr"), driver_block.number(b"DriverCarMaxFuelPct")
    return SessionInfo(
        sim_mode=weekend_block.text(b"SimMode"),
        team_racing=weekend_block.integer(b"TeamRacing") == 1,
        session_id=weekend_block.integer(b"SessionID") or 0,
        subsession_id=weekend_block.integer(b"SubSessionID") or 0,
        track_name=weekend_block.text(b"TrackName"),
        track_id=track_id,
        event_type=weekend_block.text(b"EventType"),
        driver_user_id=driver_block.integer(b"DriverUserID"),
        driver_car_idx=car_idx,
        own=None if car_idx is None else _entry(drivers, car_idx, is_utf8),
        fuel_max_l=None if fuel_max is None or fuel_share is None else fuel_max * fuel_share,
        sessions=entries,
        stall_pct=driver_block.number(b"DriverPitTrkPct"),
        text_encoding=UTF_8 if is_utf8 else LATIN_1,
    )


class _Block:
    """Some lines of the text whose keys all stand behind the same *indent*; deeper ones are not seen."""

    def __init__(self, lines: bytes, indent: bytes, is_utf8: bool) -> None:
        self._lines, self._indent, self._is_utf8 = lines, indent, is_utf8

    def text(self, key: bytes) -> str:
        """Return the value as written, without the quotes around it; empty when the key is absent."""
        return _decode(_value(self._lines, self._indent + key + b":"), self._is_utf8)

    def number(self, key: bytes) -> float | None:
        """Return the number at the begin of the value (``180.0000 sec``); None when there is none (``unlimited``)."""
        found = _NUMBER.match(self.text(key))
        return None if found is None else float(found.group())

    def integer(self, key: bytes) -> int | None:
        number = self.number(key)
        return None if number is None else int(number)


def _section(text: bytes, name: bytes) -> bytes:
    start = text.find(b"\n" + name + b":")
    if start < 0:
        if not text.startswith(name + b":"):
            return b""
        start = 0
    end = _SECTION_END.search(text, start + len(name) + 2)
    return text[start : end.start() if end else len(text)]


def _value(lines: bytes, prefix: bytes) -> bytes:
    start = lines.find(prefix)
    if start < 0:
        return b""
    start += len(prefix)
    end = lines.find(b"\n", start)
    return lines[start : end if end >= 0 else len(lines)]


def _decode(value: bytes, is_utf8: bool) -> str:
    value = value.strip()
    if len(value) >= 2 and value[:1] == value[-1:] == b'"':
        value = value[1:-1]
        if is_utf8:
            # Only there are texts quoted on purpose, and quotes in them escaped (SIMULATOR#encoding).
            value = _ESCAPED.sub(rb"\1", value)
    return _CONTROL.sub("", _decode_bytes(value, is_utf8)).strip()


def _decode_bytes(value: bytes, is_utf8: bool) -> str:
    if is_utf8:
        try:
            return value.decode("utf-8")
        except UnicodeDecodeError:
            pass  # seen with names cut in the middle of a letter: then one odd letter, not a lost name
    return value.decode("cp1252", "replace")


def _sessions(section: bytes, car_idx: int | None, is_utf8: bool) -> tuple[SessionEntry, ...]:
    # Cut by hand: the results of a long race are most of the text, and one line of them is wanted.
    marker = b"\n - SessionNum:"
    starts = []
    at = section.find(marker)
    while at >= 0:
        starts.append(at)
        at = section.find(marker, at + len(marker))
    cuts = pairwise([*starts, len(section)])
    entries = (_session(section[start:end], car_idx, is_utf8) for start, end in cuts)
    return tuple(entry for entry in entries if entry is not None)


def _session(lines: bytes, car_idx: int | None, is_utf8: bool) -> SessionEntry | None:
    num = _Block(lines, b"\n - ", is_utf8).integer(b"SessionNum")
    if num is None:
        return None
    block = _Block(lines, b"\n   ", is_utf8)
    laps, time_s = block.integer(b"SessionLaps"), block.number(b"SessionTime")
    return SessionEntry(
        num=num,
        type=block.text(b"SessionType"),
        laps=None if laps == _UNLIMITED_LAPS else laps,
        time_s=None if time_s == _UNLIMITED_TIME_S else time_s,
        **_result(lines, car_idx, is_utf8),
    )


def _result(lines: bytes, car_idx: int | None, is_utf8: bool) -> dict[str, Any]:
    """Return what stands of *car_idx* in a session's ``ResultsPositions``, by the names of ``SessionEntry``."""
    found = None if car_idx is None else re.search(rb"\n     CarIdx:[ \t]*%d[ \t]*\r?(?=\n)" % car_idx, lines)
    if found is None:
        return {}
    end = lines.find(b"\n   - ", found.end())
    block = _Block(lines[found.start() : end if end >= 0 else len(lines)], b"\n     ", is_utf8)
    return {
        "own_laps": block.integer(b"LapsComplete"),
        "own_last_time_s": _time_or_none(block.number(b"LastTime")),
        "own_fastest_time_s": _time_or_none(block.number(b"FastestTime")),
        "own_fastest_lap": block.integer(b"FastestLap") or None,
    }


def _time_or_none(time_s: float | None) -> float | None:
    """Read a time of the results: -1 stands for none."""
    return time_s if time_s is not None and time_s > 0.0 else None


def _entry(section: bytes, car_idx: int, is_utf8: bool) -> Entry | None:
    """Return the entry of *car_idx*: by that field and never by its place in the list (SIMULATOR#car-idx)."""
    start = re.search(rb"\n - CarIdx:[ \t]*%d[ \t]*\r?(?=\n)" % car_idx, section)
    if start is None:
        return None
    end = section.find(b"\n - ", start.end())
    block = _Block(section[start.start() : end if end >= 0 else len(section)], b"\n   ", is_utf8)
    return Entry(
        car_idx=car_idx,
        user_id=block.integer(b"UserID") or 0,
        user_name=block.text(b"UserName"),
        team_id=block.integer(b"TeamID") or 0,
        team_name=block.text(b"TeamName"),
        car_path=block.text(b"CarPath"),
        car_screen_name=block.text(b"CarScreenName"),
        car_id=block.integer(b"CarID") or 0,
        is_spectator=block.integer(b"IsSpectator") == 1,
    )
