"""Finds the file teamtactics.ini and reads its bytes; what they say is ``ini``'s."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from teamtactics.errors import ConfigError, Problem
from teamtactics.settings.ini import MAX_BYTES, IniFile
from teamtactics.settings.places import INI_NAME, is_dir, is_there
from teamtactics.settings.values import shown_value


def find_ini(config: Path | None, candidates: tuple[Path, ...]) -> Path | None:
    """
    Return the ini to read: *config*, or the first of *candidates*; None when there is none.
    """
    if config is not None:
        return config.absolute()
    # A folder, and what cannot be looked at now, count as found: reported, and never silently passed over.
    return next((place.absolute() for place in candidates if is_there(place)), None)


def read_ini(path: Path) -> bytes:
    """
    Return the content of the ini at *path*.

    Raises:
        ConfigError: It cannot be read; its only problem says why and is of no key.
    """
    is_passing = False
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
        if len(raw) <= MAX_BYTES:
            return raw
        reason = "is far too large for an ini file; name the right one"
    except ValueError:
        reason = "is not a possible file name; name the right one"
    except OSError as error:
        if not is_there(path):
            reason = f"does not exist; name an existing {INI_NAME}, or leave --config out"
        elif is_dir(path):
            reason = f"is a folder; name the {INI_NAME} in it"
        else:
            is_passing = True
            reason = f"cannot be read at the moment ({error.strerror or error}); check that this user may read it"
    raise ConfigError([Problem(str(path), None, None, None, reason, is_passing=is_passing)])


def foreign_letters(ini: IniFile, file: str, encoding: str) -> Iterator[Problem]:
    """Warn of values whose letters are right only if the file was written on a PC with this one's code page."""
    text = f"its letters are read as {encoding}; where they are wrong, save the file as UTF-8"
    for entry in ini.entries.values():
        if not entry.value.isascii() and not encoding.startswith("utf-"):
            shown = shown_value(entry.key, entry.value)
            yield Problem(file, entry.line, entry.key, shown, text, is_warning=True)
