"""Reads the text of teamtactics.ini: sections, keys and quotes, with line numbers; values mean nothing here."""

from __future__ import annotations

import codecs
import difflib
import locale
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from teamtactics.errors import Problem

SECTION = "global"
KEYS = (
    "googleAccessToken",
    "messageTopic",
    "iracingId",
    "proxy",
    "debug",
    "logfile",
    "simulate",
    "stateInterval",
    "dataDir",
    "tape",
    "tapeDays",
    "language",
)
"""Every key there is, as people write it; upper and lower case are the same."""

MAX_BYTES = 1_000_000
"""A larger file is not an ini (ours has 3 kB); most likely the wrong file was named."""

_KNOWN = {key.lower(): key for key in KEYS}
_KEY_VALUE = re.compile(r"([A-Za-z_][A-Za-z0-9_. -]{0,29}?)\s*[=:](.*)")
# Keys end after 30 characters on purpose: a line of a pasted private key ends in "=" and must not be quoted as a key.
_SECTION = re.compile(r"\[([^\]]*)\]\s*(?:[;#].*)?")
_INLINE_COMMENT = re.compile(r"(?:^|\s);.*$")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_INVISIBLE = re.compile("[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
"""Nobody types them: Windows puts U+202A before a path copied from a file's properties, browsers U+200B."""
_BOMS = ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"), (codecs.BOM_UTF8, "utf-8"))


@dataclass(frozen=True, slots=True)
class IniEntry:
    """
    One ``key = value`` of the file.

    Attributes:
        key: As the user wrote it.

        value: Without comment and quotes; never empty.

        line: Line number from 1.
    """

    key: str
    value: str
    line: int


@dataclass(frozen=True, slots=True)
class IniFile:
    """
    What an ini says.

    Attributes:
        entries: By the key in lower case; only known keys that are set.

        problems: Mistakes of form and warnings, in the order of the lines.
    """

    entries: Mapping[str, IniEntry]
    problems: tuple[Problem, ...]


def encoding_of(raw: bytes) -> tuple[bytes, str]:
    """
    Name the mark at the front and the encoding: UTF-8 or UTF-16 by the mark, else UTF-8, else this PC's code page.

    Nothing in the bytes tells one code page from another; a plain editor on the same PC wrote them in the PC's own.
    """
    for bom, encoding in _BOMS:
        if raw.startswith(bom):
            return bom, encoding
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        own = codecs.lookup(locale.getencoding()).name
        return b"", "cp1252" if own in ("utf-8", "ascii") else own
    return b"", "utf-8"


def decode_ini(raw: bytes) -> str:
    """Turn the file's bytes into text."""
    bom, encoding = encoding_of(raw)
    return raw[len(bom) :].decode(encoding, errors="replace")


def visible(text: str) -> str:
    """Return *text* without characters that cannot be seen and that no value needs."""
    return _INVISIBLE.sub("", text)


def section_begun(line: str) -> str | None:
    """Return the section that *line* begins, in lower case; None when it begins none. An unclosed one is ours."""
    if not line.startswith("["):
        return None
    match = _SECTION.fullmatch(line)
    return SECTION if match is None else match[1].strip().lower()


def parse_ini(text: str, file: str) -> IniFile:
    """
    Read *text*, never failing: what is wrong is in ``IniFile.problems``.

    Comments are lines that begin with ``;`` or ``#``. A ``;`` after a blank ends the value, so a path that contains
    " ;" needs quotes; ``#`` and ``%`` inside a value are ordinary. An empty value and one in ``<angle brackets>``
    count as not set. No line that is not understood is ever quoted: it might be a piece of a pasted key.

    Args:
        file: How problems name the file.
    """
    reading = _Reading(file)
    for number, line in enumerate(re.split(r"\r\n|\r|\n", text), start=1):
        reading.take(number, visible(line).strip())
    return reading.result()


@dataclass(slots=True)
class _Reading:
    """The state of reading one file from top to bottom."""

    file: str
    section: str | None = None
    has_global: bool = False
    outside_line: int | None = None
    first_lines: dict[str, int] = field(default_factory=dict)
    entries: dict[str, IniEntry] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def take(self, number: int, line: str) -> None:
        if not line or line[0] in ";#":
            return
        if _CONTROL.search(line):
            self._problem(number, None, "contains a control character; retype this line in a plain text editor")
        elif (section := section_begun(line)) is not None:
            self._begin_section(number, line, section)
        elif (match := _KEY_VALUE.fullmatch(line)) is None:
            self._problem(
                number,
                None,
                "is not understood; every line is `key = value`, a `[section]`, or a comment beginning with `;`",
            )
        else:
            self._take_key(number, match[1], match[2].strip())

    def result(self) -> IniFile:
        if self.outside_line is not None:
            self._problem(
                self.outside_line, None, f"this key stands in no section; put a line `[{SECTION}]` above the first key"
            )
        elif not self.has_global:
            self._warn(None, None, f"there is no section `[{SECTION}]`, so nothing is set here")
        ordered = sorted(self.problems, key=lambda problem: problem.line or 0)
        return IniFile(self.entries, tuple(ordered))

    def _begin_section(self, number: int, line: str, section: str) -> None:
        self.section = section
        if _SECTION.fullmatch(line) is None:
            # Go on as if it were right: the keys below are then checked in the same pass.
            self._problem(number, None, "the closing bracket of the section is missing; write `[global]`")
        if section == SECTION:
            self.has_global = True
        else:
            self._warn(number, None, f"this section is ignored; every key belongs under `[{SECTION}]`")

    def _take_key(self, number: int, key: str, text: str) -> None:
        if self.section is None and self.outside_line is None:
            self.outside_line = number
        if self.section not in (None, SECTION):
            return
        if key.lower() not in _KNOWN:
            self._warn_unknown(number, key)
        elif (first := self.first_lines.setdefault(key.lower(), number)) != number:
            self._problem(
                number, key, f"is already set in line {first}; keep one of the two and remove or comment out the other"
            )
        else:
            self._store(number, key, text)

    def _store(self, number: int, key: str, text: str) -> None:
        if text.startswith("<") and text.endswith(">"):
            return
        value = _unquote(text)
        if value is None:
            self._problem(number, key, 'the closing quote is missing, or something follows it; write `key = "value"`')
        elif value and not (value.startswith("<") and value.endswith(">")):
            self.entries[key.lower()] = IniEntry(key, value, number)

    def _warn_unknown(self, number: int, key: str) -> None:
        near = difflib.get_close_matches(key.lower(), _KNOWN, n=1, cutoff=0.5)
        remedy = f"did you mean {_KNOWN[near[0]]}?" if near else f"the keys are {', '.join(KEYS)}"
        self._warn(number, key, f"is not a key of teamtactics and is ignored; {remedy}")

    def _problem(self, line: int | None, key: str | None, message: str) -> None:
        self.problems.append(Problem(self.file, line, key, None, message))

    def _warn(self, line: int | None, key: str | None, message: str) -> None:
        self.problems.append(Problem(self.file, line, key, None, message, is_warning=True))


def _unquote(text: str) -> str | None:
    """Take comment and quotes off a value; None when the quotes are not in order."""
    if text[:1] in ('"', "'"):
        value, closed, rest = text[1:].partition(text[0])
        if not closed or _INLINE_COMMENT.sub("", rest).strip():
            return None
        return value.strip()
    return _INLINE_COMMENT.sub("", text).strip()
