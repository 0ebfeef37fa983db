"""Changes one value in the text of teamtactics.ini, or takes it out, and leaves the rest as the user wrote it; pure."""

from __future__ import annotations

import re

from teamtactics.language import Said
from teamtactics.settings.ini import SECTION, decode_ini, encoding_of, parse_ini, section_begun, visible

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
"""As ``parse_ini`` divides; ``splitlines`` knows ends of lines that it does not."""
_DEFAULTS = "default"
"""What it says holds where our section says nothing."""


def with_value(raw: bytes, key: str, value: str) -> bytes:
    """
    Return the ini *raw* with ``key = value``; encoding, line ends, comments and order stay as they are.

    The line that sets the key in our section is changed, a comment behind its value stays. Where none does, the example
    that is commented out (``;key = …``) becomes the setting; where there is none either, a line is put at the end of
    the section.

    Args:
        key: One of ``ini.KEYS``; found in any spelling.

        value: Without quotes.

    Raises:
        ValueError: *value* cannot stand in an ini, so that it would be read as something else (a line break).

        UnicodeError: The file's encoding cannot hold *value*, or UTF-16 was cut off.
    """
    bom, encoding = encoding_of(raw)
    # What is no text in this encoding is kept byte for byte.
    lines = _LINE.findall(raw[len(bom) :].decode(encoding, "surrogateescape"))
    _set(lines, key, _quoted(value))
    changed = bom + "".join(lines).encode(encoding, "surrogateescape")
    entry = parse_ini(decode_ini(changed), "").entries.get(key.lower())
    if entry is None or entry.value != value:
        raise ValueError(Said("this cannot be the value of {key}", key=key))
    return changed


def without_value(raw: bytes, key: str) -> bytes:
    """
    Return the ini *raw* with the line that sets *key* commented out; the rest stays as it is.

    Args:
        key: One of ``ini.KEYS``; found in any spelling.
    """
    bom, encoding = encoding_of(raw)
    lines = _LINE.findall(raw[len(bom) :].decode(encoding, "surrogateescape"))
    if parse_ini(decode_ini(raw), "").entries.get(key.lower()) is None:
        return raw
    setting = _setting(key)
    for at, section in enumerate(_sections(lines)):
        if section in (None, SECTION, _DEFAULTS) and setting.fullmatch(visible(_text(lines[at]))):
            lines[at] = f";{lines[at]}"
    return bom + "".join(lines).encode(encoding, "surrogateescape")


def _set(lines: list[str], key: str, value: str) -> None:
    end = "\r\n" if any(line.endswith("\r\n") for line in lines) else "\n"
    setting = _setting(key)
    example = re.compile(rf"\s*[;#]\s*{key}\s*[=:].*", re.IGNORECASE)
    ours = [at for at, section in enumerate(_sections(lines)) if section == SECTION]
    outside = [at for at, section in enumerate(_sections(lines)) if section is None]
    at = _first(setting, lines, outside + ours)
    if at is not None:
        found = setting.fullmatch(visible(_text(lines[at])))
        assert found is not None, "the line was chosen because it matches"
        lines[at] = f"{found[1].rstrip()} {value}{found[3] or ''}{_line_end(lines[at])}"
    elif (at := _first(example, lines, ours)) is not None:
        lines[at] = f"{key} = {value}{_line_end(lines[at])}"
    else:
        if not ours:
            lines += [*_closed(lines, end), f"[{SECTION}]{end}"]
            ours = [len(lines) - 1]
        at = max(at for at in ours if lines[at].strip()) + 1
        if not lines[at - 1].endswith(("\n", "\r")):
            lines[at - 1] += end
        lines.insert(at, f"{key} = {value}{end}")


def _setting(key: str) -> re.Pattern[str]:
    return re.compile(rf"""(\s*{key}\s*[=:]\s*)("[^"]*"|'[^']*'|.*?)(\s+;.*)?\s*""", re.IGNORECASE)


def _sections(lines: list[str]) -> list[str | None]:
    """Name the section in which each line is read; the line that begins one belongs to it."""
    found: list[str | None] = []
    for line in lines:
        begun = section_begun(visible(line).strip())
        found.append(begun if begun is not None else found[-1] if found else None)
    return found


def _first(wanted: re.Pattern[str], lines: list[str], among: list[int]) -> int | None:
    return next((at for at in among if wanted.fullmatch(visible(_text(lines[at])))), None)


def _quoted(value: str) -> str:
    """Put quotes around what would be read as a comment or lose its blanks."""
    if not (";" in value or value != value.strip() or value[:1] in ('"', "'")):
        return value
    return f"'{value}'" if '"' in value else f'"{value}"'


def _closed(lines: list[str], end: str) -> list[str]:
    return [end] if lines and not lines[-1].endswith(("\n", "\r")) else []


def _text(line: str) -> str:
    return line.rstrip("\r\n")


def _line_end(line: str) -> str:
    return line[len(_text(line)) :]
