"""Read a service account's key file and say in plain words what is wrong with it; never a word of its content."""

from __future__ import annotations

import base64
import binascii
import json
import stat
from dataclasses import dataclass
from pathlib import Path

from teamtactics.language import Said
from teamtactics.settings.places import is_dir, is_there

_ADVICE = Said(
    "In the Google Cloud console open IAM & Admin, Service Accounts, the account, Keys, Add key, JSON, "
    "and let googleAccessToken name the downloaded file."
)
_NEEDED = ("project_id", "client_email", "private_key", "token_uri")
_LARGEST = 1_000_000
"""Bytes; a key file has about 2,400."""
_PEM_BEGIN, _PEM_END = "-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----"
_OTHER_KINDS = {
    "authorized_user": Said("a person's sign-in (gcloud auth)"),
    "external_account": Said("a federated identity"),
    "impersonated_service_account": Said("an impersonation of a service account"),
}
_FAULTS = (
    Said("is no file but a device"),
    Said("is far too large for a key file"),
    Said("does not exist"),
    Said("is a folder"),
    Said("is not JSON text"),
    Said("is not the key file of a service account"),
    Said("holds a damaged private_key"),
    Said("Download the key again; it must not be edited."),
)
"""What ``_problem`` is told, for the catalogues."""


@dataclass(frozen=True, slots=True)
class ServiceAccount:
    """A key file that looks usable; whether Google accepts it shows only there."""

    project_id: str
    client_email: str
    path: Path


@dataclass(frozen=True, slots=True)
class CredentialsProblem:
    """Why a key file cannot be used, and what to do; *is_passing* when the next attempt may succeed."""

    text: str
    is_passing: bool = False


def read_service_account(path: Path) -> ServiceAccount | CredentialsProblem:
    """
    Read the key file at *path* without any Google library.

    Args:
        path: What ``googleAccessToken`` names, made absolute.
    """
    content = read_object(path, _ADVICE)
    return content if isinstance(content, CredentialsProblem) else judge_key(path, content)


def read_object(path: Path, remedy: str) -> dict[str, object] | CredentialsProblem:
    """
    Read the JSON object in the file *path*, or say why there is none.

    Args:
        remedy: What to do when the file is not the right one.
    """
    try:
        if not stat.S_ISREG(path.stat().st_mode) and not is_dir(path):
            # A device or a pipe may have no end, or nothing to read for ever.
            return _problem(path, "is no file but a device", remedy)
        with path.open("rb") as file:
            raw = file.read(_LARGEST + 1)
        if len(raw) > _LARGEST:
            return _problem(path, "is far too large for a key file", remedy)
        # Of bytes it knows UTF-8 with and without a mark, and UTF-16.
        content = json.loads(raw)
    except OSError as error:
        if not is_there(path):
            return _problem(path, "does not exist", remedy)
        if is_dir(path):
            return _problem(path, "is a folder", remedy)
        why = Said("{path} cannot be read ({why}). Check that this user may read it.", path=path, why=error.strerror)
        return CredentialsProblem(why, is_passing=True)
    except (ValueError, RecursionError):
        return _problem(path, "is not JSON text", remedy)
    return content if isinstance(content, dict) else _problem(path, "is not the key file of a service account", remedy)


def judge_key(path: Path, content: dict[str, object]) -> ServiceAccount | CredentialsProblem:
    """Say whose key *content* is, read from the file *path*, or what is wrong with it."""
    if content.get("type") != "service_account":
        return _problem(path, Said("is {kind}, not the key file of a service account", kind=_kind(content)), _ADVICE)
    missing = [name for name in _NEEDED if not isinstance(content.get(name), str) or not content[name]]
    if missing:
        return _problem(
            path, Said("lacks {names}", names=", ".join(missing)), "Download the key again; it must not be edited."
        )
    if not _is_private_key(str(content["private_key"])):
        return _problem(path, "holds a damaged private_key", "Download the key again; it must not be edited.")
    return ServiceAccount(str(content["project_id"]), str(content["client_email"]), path)


def _kind(content: dict[str, object]) -> str:
    """Name what the file is instead, as far as it can be told without quoting it."""
    if "installed" in content or "web" in content:
        return Said("an OAuth client")
    if "apiKey" in content or "api_key" in content or "keyString" in content:
        return Said("an API key")
    if "project_info" in content:
        return Said("an app's google-services.json")
    return _OTHER_KINDS.get(str(content.get("type")), Said("something else"))


def _is_private_key(pem: str) -> bool:
    """Tell whether *pem* is whole: between its marks one DER sequence of just the length it states."""
    text = pem.strip()
    if not (text.startswith(_PEM_BEGIN) and text.endswith(_PEM_END)):
        return False
    try:
        der = base64.b64decode("".join(text[len(_PEM_BEGIN) : -len(_PEM_END)].split()), validate=True)
    except (binascii.Error, ValueError):
        return False
    return len(der) > 4 and der[:2] == b"\x30\x82" and int.from_bytes(der[2:4]) == len(der) - 4


def _problem(path: Path, what: str, remedy: str) -> CredentialsProblem:
    what, remedy = (text if isinstance(text, Said) else Said(text) for text in (what, remedy))
    return CredentialsProblem(Said("{path} {what}. {remedy}", path=path, what=what, remedy=remedy))
