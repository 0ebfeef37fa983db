"""``teamtactics configure``: puts answers into teamtactics.ini, as the installer asks for them."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path

from teamtactics.atomic_file import replace_file
from teamtactics.cli.console.voice import complain
from teamtactics.errors import ConfigError, Problem, said_by
from teamtactics.language import Said, _, local
from teamtactics.settings.credentials import CredentialsProblem
from teamtactics.settings.edit import with_value, without_value
from teamtactics.settings.first_ini import program_dir, shipped_ini, write_first_ini
from teamtactics.settings.ini import encoding_of, visible
from teamtactics.settings.places import INI_NAME, ini_candidates, is_file, is_there, literal, user_config_dir
from teamtactics.settings.team_file import keep_key, read_handout
from teamtactics.settings.values import read_topic


def configure(config: Path | None, iracing_id: int | None, handout: Path | None, topic: str | None) -> int:
    """
    Write what is given into the ini in use, or into a new one; nothing else in it changes. Return the exit code.

    The key is put beside the ini and named there without a folder, so that the two can be moved together; the file
    that it came in stays. A ``team.json`` without a topic takes one that was set out of the ini. What is neither
    ``team.json`` nor a service account's key, and what cannot be a topic, is not taken over: the other answers are
    written all the same, and the exit code is 1.

    Args:
        handout: A ``team.json``, or a service account's key file.

        topic: Goes before that of the ``team.json``.

    Raises:
        ConfigError: The ini or its folder cannot be written.
    """
    answers: dict[str, str | None] = {} if iracing_id is None else {"iracingId": str(iracing_id)}
    refused: list[str] = []
    try:
        ini = config if config is not None and is_there(config) else _ini(config)
        if is_there(ini) and not is_file(ini):
            # A device would be replaced by a file, or has no end.
            why = Said("is no file; name the {name}", name=INI_NAME)
            raise ConfigError([Problem(str(ini), None, None, None, why)])
        if handout is not None:
            _take_handout(Path(visible(str(handout)).strip(' "')), ini, answers, refused)
        if topic is not None:
            _take_topic(visible(topic).strip(), answers, refused)
        raw = ini.read_bytes()
        for key, value in answers.items():
            raw = without_value(raw, key) if value is None else with_value(raw, key, value)
        replace_file(ini, raw)
    except OSError as error:
        where = str(error.filename or config or user_config_dir(os.environ, sys.platform))
        if error.errno == errno.ENOSPC:
            why = Said("cannot be written ({why}); make room on its drive", why=error.strerror)
        else:
            why = Said("cannot be written ({why}); check the rights of its folder", why=error.strerror or error)
        raise ConfigError([Problem(where, None, None, None, why)]) from error
    except UnicodeError as error:
        why = Said(
            "cannot be written in the file's encoding {encoding}; save the file as UTF-8 and try again",
            encoding=encoding_of(raw)[1],
        )
        raise ConfigError([Problem(str(ini), None, key, None, why)]) from error
    except ValueError as error:
        raise ConfigError([Problem(str(ini), None, None, None, said_by(error))]) from error
    for text in refused:
        complain(text)
    if answers or not refused:
        sys.stdout.write(_("{path} is written.").format(path=ini) + "\n")
    return int(bool(refused))


def _take_topic(topic: str, answers: dict[str, str | None], refused: list[str]) -> None:
    try:
        answers["messageTopic"] = read_topic(topic)
    except ValueError as error:
        refused.append(_("the topic was not taken over: it {why}").format(why=local(said_by(error))))


def _take_handout(path: Path, ini: Path, answers: dict[str, str | None], refused: list[str]) -> None:
    found = read_handout(path)
    if isinstance(found, CredentialsProblem):
        refused.append(_("the credentials were not taken over: {why}").format(why=local(found.text)))
        return
    answers["googleAccessToken"] = literal(keep_key(found, ini.parent))
    if found.is_team:
        answers["messageTopic"] = found.topic


def _ini(config: Path | None) -> Path:
    """Return the ini in use; where there is none one is written with its comments."""
    if config is not None:
        config.parent.mkdir(parents=True, exist_ok=True)
        replace_file(config, shipped_ini())
        return config
    for place in ini_candidates(program_dir(), os.environ, sys.platform):
        if is_there(place):
            return place
    return write_first_ini(user_config_dir(os.environ, sys.platform))
