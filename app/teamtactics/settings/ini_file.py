"""Finds the file teamtactics.ini and reads its bytes; what they say is ``ini``'s."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from teamtactics.errors import ConfigError, Problem
from teamtactics.language import Said
from teamtactics.settings.ini import MAX_BYTES, IniFile
from teamtactics.settings.places import is_dir, is_there
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
        reason = Said("is far too large for an ini file; name the right one")
    except ValueError:
        reason = Said("is not a possible file name; name the right one")
    except OSError as error:
        if not is_there(path):
            reason = Said("does not exist; name an existing teamtactics.ini, or leave --config out")
        elif is_dir(path):
            reason = Said("is a folder; name the teamtactics.ini in it")
        else:
            is_passing = True
            reason = Said(
                "cannot be read at the moment ({why}); check that this user may read it", why=error.strerror or error
            )
    raise ConfigError([Problem(str(path), None, None, None, reason, is_passing=is_passing)])


def foreign_letters(ini: IniFile, file: str, encoding: str) -> Iterator[Problem]:
    """Warn of values whose letters are right only if the file was written on a PC with this one's code page."""
    text = Said("its letters are read as {encoding}; where they are wrong, save the file as UTF-8", encoding=encoding)
    for entry in ini.entries.values():
        if not entry.value.isascii() and not encoding.startswith("utf-"):
            shown = shown_value(entry.key, entry.value)
            yield Problem(file, entry.line, entry.key, shown, text, is_warning=True)
