"""Changes one value in the text of teamtactics.ini and leaves everything else as the user wrote it; pure."""

from __future__ import annotations

import codecs
import re

from teamtactics.settings.ini import SECTION

_SECTION = re.compile(r"\s*\[([^\]]*)\]")
_BOMS = ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"), (codecs.BOM_UTF8, "utf-8"))


def with_value(raw: bytes, key: str, value: str) -> bytes:
    """
    Return the ini *raw* with ``key = value``; encoding, line ends, comments and order stay as they are.

    The line that sets the key is changed, a comment behind its value stays. Where none does, the example that is
    commented out (``;key = …``) becomes the setting; where there is none either, a line is put at the end of the
    section.

    Args:
        key: One of ``ini.KEYS``; found in any spelling.

        value: Without quotes and line ends.

    Raises:
        UnicodeError: The file's encoding cannot hold *value*.
    """
    bom, encoding = _encoding(raw)
    lines = raw[len(bom) :].decode(encoding).splitlines(keepends=True)
    end = "\r\n" if any(line.endswith("\r\n") for line in lines) else "\n"
    setting = re.compile(rf"(\s*{key}\s*[=:]\s*)(.*?)(\s+;.*)?\s*", re.IGNORECASE)
    example = re.compile(rf"\s*[;#]\s*{key}\s*[=:].*", re.IGNORECASE)
    at = _first(setting, lines)
    if at is not None:
        found = setting.fullmatch(lines[at])
        assert found is not None, "the line was chosen because it matches"
        lines[at] = f"{found[1].rstrip()} {value}{found[3] or ''}{_line_end(lines[at])}"
    elif (at := _first(example, lines)) is not None:
        lines[at] = f"{key} = {value}{_line_end(lines[at])}"
    else:
        at = _end_of_section(lines)
        if at is None:
            lines += [*_closed(lines, end), f"[{SECTION}]{end}"]
            at = len(lines)
        elif not lines[at - 1].endswith(("\n", "\r")):
            lines[at - 1] += end
        lines.insert(at, f"{key} = {value}{end}")
    return bom + "".join(lines).encode(encoding)


def _encoding(raw: bytes) -> tuple[bytes, str]:
    """Name the mark at the front and the encoding, as ``decode_ini`` reads it."""
    for bom, encoding in _BOMS:
        if raw.startswith(bom):
            return bom, encoding
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return b"", "cp1252"
    return b"", "utf-8"


def _first(wanted: re.Pattern[str], lines: list[str]) -> int | None:
    return next((at for at, line in enumerate(lines) if wanted.fullmatch(line.rstrip("\r\n"))), None)


def _end_of_section(lines: list[str]) -> int | None:
    """Return where a line can be added to our section: behind its last line that is not blank."""
    begins = [at for at, line in enumerate(lines) if (found := _SECTION.match(line)) and found[1].strip() == SECTION]
    if not begins:
        return None
    end = next((at for at in range(begins[0] + 1, len(lines)) if _SECTION.match(lines[at])), len(lines))
    while end > begins[0] + 1 and not lines[end - 1].strip():
        end -= 1
    return end


def _closed(lines: list[str], end: str) -> list[str]:
    return [end] if lines and not lines[-1].endswith(("\n", "\r")) else []


def _line_end(line: str) -> str:
    return line[len(line.rstrip("\r\n")) :]
