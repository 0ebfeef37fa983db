"""What the team's admin hands to a member: ``team.json`` with key and topic, or the bare key file."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path

from teamtactics.atomic_file import replace_file
from teamtactics.language import Said
from teamtactics.settings.credentials import (
    CredentialsProblem,
    ServiceAccount,
    judge_key,
    read_object,
    read_service_account,
)
from teamtactics.settings.values import read_topic

_KEY, _TOPIC = "key", "topic"
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,20}")
"""A name in the file that may be shown; anything else could be a piece of a key in the wrong place."""
_ACCOUNT = re.compile(r"[a-z0-9-]{1,63}")
_OWNER_ONLY = 0o600


@dataclass(frozen=True, slots=True)
class Handout:
    """
    One file of the admin's, checked. Its repr holds no secret.

    Attributes:
        topic: Id or full path; None when the file names none.

        is_team: It is a ``team.json``: without a topic in it the team has none. Of a bare key file nothing is known.

        content: The key file's bytes, for ``keep_key``.
    """

    account: ServiceAccount
    topic: str | None
    is_team: bool
    content: bytes = field(repr=False)


def read_handout(path: Path) -> Handout | CredentialsProblem:
    """
    Read a ``team.json``, or a service account's key file.

    In a ``team.json`` stand ``key``, the service account's key as Google gave it, perhaps ``topic``, and nothing else.
    """
    content = read_object(path, Said("Ask your team's admin to send the file again."))
    if isinstance(content, CredentialsProblem):
        return content
    if content.keys() & {_KEY, _TOPIC} and "type" not in content:
        return _team(path, content)
    account = read_service_account(path)
    if isinstance(account, CredentialsProblem):
        return account
    try:
        return Handout(account, None, False, path.read_bytes())
    except OSError as error:
        why = Said("{path} cannot be read ({why}). Check that this user may read it.", path=path, why=error.strerror)
        return CredentialsProblem(why, is_passing=True)


def _team(path: Path, content: dict[str, object]) -> Handout | CredentialsProblem:
    unknown = [name for name in content if name not in (_KEY, _TOPIC)]
    if unknown:
        shown = ", ".join(name if _NAME.fullmatch(name) else "…" for name in unknown[:5])
        return _wrong(path, Said("it holds more than key and topic: {names}", names=shown))
    key, topic = content.get(_KEY), content.get(_TOPIC)
    if not isinstance(key, dict):
        return _wrong(path, Said("its key is missing, or is not the content of a service account's key file"))
    account = judge_key(path, key)
    if isinstance(account, CredentialsProblem):
        return account
    if topic is not None and not _is_topic(topic):
        return _wrong(path, Said("its topic cannot be one of Pub/Sub"))
    if isinstance(topic, str) and topic.startswith("projects/") and topic.split("/")[1] != account.project_id:
        project = account.project_id
        return _wrong(
            path, Said("its topic is of another project than its key, which is of {project}", project=project)
        )
    return Handout(account, None if topic is None else str(topic), True, json.dumps(key, indent=2).encode())


def _is_topic(topic: object) -> bool:
    if not isinstance(topic, str):
        return False
    try:
        read_topic(topic)
    except ValueError:
        return False
    return True


def _wrong(path: Path, what: str) -> CredentialsProblem:
    return CredentialsProblem(
        Said("{path} cannot be used: {why}. Ask your team's admin to send the file again.", path=path, why=what)
    )


def keep_key(handout: Handout, folder: Path) -> str:
    """
    Put the key into *folder*, as a file that only its owner may read, and return the file's name.

    A bare key file keeps its name, and no right that it lacks is added; of a ``team.json`` the key is named after its
    account. The original stays.

    Durability:
        As of ``replace_file``.

    Raises:
        OSError: The folder cannot be written.
    """
    original = handout.account.path
    target = folder / _file_name(handout)
    rights = _OWNER_ONLY if handout.is_team else original.stat().st_mode & _OWNER_ONLY
    if target.exists() and target.samefile(original):
        if not handout.is_team:
            return target.name
        target = target.with_name(f"{target.stem}-key.json")
    replace_file(target, handout.content, rights=rights)
    return target.name


def _file_name(handout: Handout) -> str:
    if not handout.is_team:
        return handout.account.path.name
    account = handout.account.client_email.partition("@")[0]
    return f"{account}.json" if _ACCOUNT.fullmatch(account) else "team-key.json"
