"""Reads the text of teamtactics.ini: sections, keys and quotes, with line numbers; values mean nothing here."""

from __future__ import annotations

import codecs
import difflib
import locale
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from teamtactics.errors import Problem
from teamtactics.language import Said

SECTION = "global"
DEFAULTS = "default"
"""The section whose keys count in every other one that does not set them, as any reader of such files has it."""
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
_HARMLESS_SECTION = re.compile(r"\[[A-Za-z0-9_. -]{0,30}\]")
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
    count as not set. What ``[DEFAULT]`` sets holds where ``[global]`` says nothing of it. No line that is not
    understood is ever quoted: it might be a piece of a pasted key.

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
    named: str = "[none]"
    has_global: bool = False
    outside: IniEntry | None = None
    first_lines: dict[tuple[str, str], int] = field(default_factory=dict)
    entries: dict[tuple[str, str], IniEntry] = field(default_factory=dict)
    said: set[str] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)

    def take(self, number: int, line: str) -> None:
        if not line or line[0] in ";#":
            return
        if _CONTROL.search(line):
            self._problem(
                number, self._place, Said("contains a control character; retype this line in a plain text editor")
            )
        elif (section := section_begun(line)) is not None:
            self._begin_section(number, line, section)
        elif (match := _KEY_VALUE.fullmatch(line)) is None:
            self._problem(
                number,
                self._place,
                Said("this line is not understood; allowed are `key = value`, `[section]` and comments behind a `;`"),
            )
        else:
            self._take_key(number, match[1], match[2].strip())

    def result(self) -> IniFile:
        if self.outside is not None:
            self._problem(
                self.outside.line,
                self.outside.key,
                Said("this key stands in no section; put a line `[global]` above the first key"),
            )
        elif not self.has_global and not self.entries:
            self._warn(None, f"[{SECTION}]", Said("there is no such section, so nothing is set here"))
        ordered = sorted(self.problems, key=lambda problem: problem.line or 0)
        # A default holds wherever in the file it stands, unless our section says something, be it nothing ("key =").
        entries = {key: entry for (of, key), entry in self.entries.items() if of == SECTION or key not in self.said}
        return IniFile(entries, tuple(ordered))

    @property
    def _place(self) -> str:
        """Name the section for a line that names no key."""
        return f"[{SECTION}]" if self.section is None else self.named

    def _begin_section(self, number: int, line: str, section: str) -> None:
        self.section = section
        # A pasted list would look like a section: only what can be nothing else is repeated.
        written = f"[{section}]" if _SECTION.fullmatch(line) is None else line[: line.index("]") + 1]
        self.named = written if _HARMLESS_SECTION.fullmatch(written) else "[…]"
        if _SECTION.fullmatch(line) is None:
            # Go on as if it were right: the keys below are then checked in the same pass.
            self._problem(number, self.named, Said("the closing bracket of the section is missing; write `[global]`"))
        if section == SECTION:
            self.has_global = True
        elif section != DEFAULTS:
            self._warn(number, self.named, Said("this section is ignored; every key belongs under `[global]`"))

    def _take_key(self, number: int, key: str, text: str) -> None:
        if self.section is None and self.outside is None:
            self.outside = IniEntry(key, text, number)
        if self.section not in (None, SECTION, DEFAULTS):
            return
        of = DEFAULTS if self.section == DEFAULTS else SECTION
        if key.lower() not in _KNOWN:
            self._warn_unknown(number, key)
        elif (first := self.first_lines.setdefault((of, key.lower()), number)) != number:
            self._problem(
                number,
                key,
                Said(
                    "is already set in line {first}; keep one of the two and remove or comment out the other",
                    first=first,
                ),
            )
        else:
            self._store(number, key, text, of)

    def _store(self, number: int, key: str, text: str, of: str) -> None:
        value = text if _is_placeholder(text) else _unquote(text)
        if value is None:
            self._problem(
                number, key, Said('the closing quote is missing, or something follows it; write `key = "value"`')
            )
        elif _is_placeholder(value):
            return
        elif value:
            self.entries[of, key.lower()] = IniEntry(key, value, number)
        if of == SECTION:
            self.said.add(key.lower())

    def _warn_unknown(self, number: int, key: str) -> None:
        near = difflib.get_close_matches(key.lower(), _KNOWN, n=1, cutoff=0.5)
        if near:
            message = Said("is not a key of teamtactics and is ignored; did you mean {key}?", key=_KNOWN[near[0]])
        else:
            message = Said("is not a key of teamtactics and is ignored; the keys are {keys}", keys=", ".join(KEYS))
        self._warn(number, key, message)

    def _problem(self, line: int | None, key: str | None, message: str) -> None:
        self.problems.append(Problem(self.file, line, key, None, message))

    def _warn(self, line: int | None, key: str | None, message: str) -> None:
        self.problems.append(Problem(self.file, line, key, None, message, is_warning=True))


def _is_placeholder(text: str) -> bool:
    """Tell what nobody has filled in yet: as if it were not there."""
    return text.startswith("<") and text.endswith(">")


def _unquote(text: str) -> str | None:
    """Take comment and quotes off a value; None when the quotes are not in order."""
    if text[:1] in ('"', "'"):
        value, closed, rest = text[1:].partition(text[0])
        if not closed or _INLINE_COMMENT.sub("", rest).strip():
            return None
        return value.strip()
    return _INLINE_COMMENT.sub("", text).strip()
