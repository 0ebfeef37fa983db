"""People in the simulator's session text: by the key of the line, every other byte as it was. Pure."""

from __future__ import annotations

import re

from teamtactics.reports.problem.people import Found, Kind, People

_NAMES = (b"UserName", b"TeamName")
_NUMBERS = {
    b"UserID": Kind.CUSTOMER,
    b"DriverUserID": Kind.CUSTOMER,
    b"TeamID": Kind.TEAM,
    b"SessionID": Kind.SESSION,
    b"SubSessionID": Kind.SESSION,
    b"LeagueID": Kind.LEAGUE,
}
_WITHOUT = {b"AbbrevName": b"Driver", b"Initials": b"D", b"DriverSetupName": b"setup.sto"}
"""What nobody reads, and people are told by."""

_LINE = re.compile(
    rb"(?P<before>(?:^|\n)[ -]*(?P<key>" + b"|".join([*_NAMES, *_NUMBERS, *_WITHOUT]) + rb"):[ \t]*)(?P<value>[^\n]*"
    # A name may hold a line feed: what follows has no indent, and is no section, no end mark and no empty line.
    rb"(?:\n(?![ \n]|[A-Z]\w*:|\.\.\.|---|\r?$)[^\n]*)*)"
)
_UTF_8 = re.compile(rb'\n Encoding:[ \t]*"?UTF-?8"?', re.IGNORECASE)
_BUILD = re.compile(rb"\n BuildVersion:[ \t]*([0-9.]{1,40})")
_ESCAPED = re.compile(rb'\\(["\\])')
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")


def look(text: bytes, found: Found) -> None:
    """Note who occurs in a session text."""
    is_utf8 = _UTF_8.search(text) is not None
    for line in _LINE.finditer(_shown(text)):
        key, value = line["key"], line["value"]
        if key in _NUMBERS:
            found.number(_NUMBERS[key], _number(value))
        elif key in _NAMES:
            names = found.drivers if key == b"UserName" else found.teams
            names.add(_name(value, is_utf8))


def with_others(text: bytes, people: People) -> bytes:
    """
    Return a session text with other names and numbers.

    What stands behind its end, the rest of an older one, is left out.
    """
    is_utf8 = _UTF_8.search(text) is not None

    def other(line: re.Match[bytes]) -> bytes:
        return line["before"] + _other(line["key"], line["value"], is_utf8, people)

    return _LINE.sub(other, _shown(text))


def build_of(text: bytes) -> str | None:
    """Return which build of the simulator wrote a text; None where it does not say."""
    said = _BUILD.search(text)
    return None if said is None else said[1].decode("ascii")


def _shown(text: bytes) -> bytes:
    return text.partition(b"\0")[0]


def _other(key: bytes, value: bytes, is_utf8: bool, people: People) -> bytes:
    core = value.strip()
    if not core:
        return value
    if key in _NUMBERS:
        number = _number(core)
        return value if number is None else _around(value, core, b"%d" % people.number(_NUMBERS[key], number))
    quote = core[:1] if len(core) >= 2 and core[:1] == core[-1:] == b'"' else b""
    if key in _WITHOUT:
        return _around(value, core, quote + _WITHOUT[key] + quote)
    name = people.name(_name(core, is_utf8))
    return _around(value, core, quote + name.encode("ascii", "replace") + quote)


def _around(value: bytes, core: bytes, other: bytes) -> bytes:
    """Put *other* in the place of *core*; the blanks and the line's end around it stay."""
    at = value.index(core)
    return value[:at] + other + value[at + len(core) :]


def _number(value: bytes) -> int | None:
    found = re.match(rb"\s*([-+]?\d{1,15})(?!\d)", value)
    return None if found is None else int(found[1])


def _name(value: bytes, is_utf8: bool) -> str:
    """Read a name as ``telemetry.session_text`` does: up to the line's end, without quotes."""
    value = value.partition(b"\n")[0].strip()
    if len(value) >= 2 and value[:1] == value[-1:] == b'"':
        value = value[1:-1]
        if is_utf8:
            value = _ESCAPED.sub(rb"\1", value)
    try:
        text = value.decode("utf-8" if is_utf8 else "cp1252")
    except UnicodeDecodeError:
        text = value.decode("cp1252", "replace")
    return _CONTROL.sub("", text).strip()
