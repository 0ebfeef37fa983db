"""``teamtactics configure``: puts answers into teamtactics.ini, as the installer asks for them."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from teamtactics.atomic_file import replace_file
from teamtactics.errors import ConfigError, Problem
from teamtactics.settings.credentials import CredentialsProblem, read_service_account
from teamtactics.settings.edit import with_value
from teamtactics.settings.first_ini import program_dir, shipped_ini, write_first_ini
from teamtactics.settings.places import ini_candidates, is_file, user_config_dir

_OWNER_ONLY = 0o600


def configure(config: Path | None, iracing_id: int | None, credentials: Path | None, topic: str | None) -> int:
    """
    Write what is given into the ini in use, or into a new one; nothing else in it changes. Return the exit code.

    The credentials file is copied beside the ini and named there without a folder, so that the two can be moved
    together; the original stays. A file that is no service account's key is neither copied nor named: the other
    answers are written all the same, and the exit code is 1.

    Raises:
        ConfigError: The ini or its folder cannot be written.
    """
    try:
        ini = config if config is not None and is_file(config) else _ini(config)
        answers = {"iracingId": None if iracing_id is None else str(iracing_id), "messageTopic": topic}
        problem = None
        if credentials is not None:
            problem = _problem_of(credentials)
            if problem is None:
                answers["googleAccessToken"] = _copy_beside(credentials, ini)
        raw = ini.read_bytes()
        for key, value in answers.items():
            if value is not None:
                raw = with_value(raw, key, _quoted(value))
        replace_file(ini, raw)
    except OSError as error:
        where = str(error.filename or config or user_config_dir(os.environ, sys.platform))
        why = f"cannot be written ({error.strerror or error}); check the rights of its folder"
        raise ConfigError([Problem(where, None, None, None, why)]) from error
    sys.stdout.write(f"{ini} is written.\n")
    if problem is not None:
        sys.stdout.write(f"The credentials were not taken over: {problem}\n")
        return 1
    return 0


def _ini(config: Path | None) -> Path:
    """Return the ini in use; where there is none one is written with its comments."""
    if config is not None:
        config.parent.mkdir(parents=True, exist_ok=True)
        replace_file(config, shipped_ini())
        return config
    for place in ini_candidates(program_dir(), os.environ, sys.platform):
        if is_file(place):
            return place
    return write_first_ini(user_config_dir(os.environ, sys.platform))


def _problem_of(credentials: Path) -> str | None:
    found = read_service_account(credentials)
    return found.text if isinstance(found, CredentialsProblem) else None


def _copy_beside(credentials: Path, ini: Path) -> str:
    """Copy the file into the ini's folder, with no right that the original lacks; return its name."""
    target = ini.parent / credentials.name
    if not (target.exists() and target.samefile(credentials)):
        replace_file(target, credentials.read_bytes(), rights=credentials.stat().st_mode & _OWNER_ONLY)
    return target.name


def _quoted(value: str) -> str:
    """Put quotes around what would be read as a comment or lose its blanks."""
    return f'"{value}"' if ";" in value or value != value.strip() else value
