"""What a report says of the PC and the program: versions, settings; and what of them nobody is told."""

from __future__ import annotations

import getpass
import importlib.metadata
import platform
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from teamtactics import __version__
from teamtactics.reports.problem.prose import Secret
from teamtactics.settings.ini import decode_ini, parse_ini
from teamtactics.settings.settings import Settings

_LIBRARIES = (
    "pyirsdk",
    "google-cloud-firestore",
    "google-cloud-pubsub",
    "grpcio",
    "protobuf",
    "cryptography",
    "pystray",
    "Pillow",
    "rich",
    "Jinja2",
)
_NEVER = ("googleaccesstoken", "messagetopic", "proxy")
_MEMBER = "iracingid"
SET = "[set]"
_EVERYBODY = frozenset(
    {"root", "user", "users", "admin", "administrator", "localhost", "home", "public", "teamtactics"}
)
_LONG = 8


def versions(build: str | None) -> dict[str, str]:
    """
    Say which versions are at work here.

    Args:
        build: The simulator's; None where it is not known.
    """
    return {
        "teamtactics": __version__,
        "Python": platform.python_version(),
        "system": platform.platform(),
        "program": "frozen" if getattr(sys, "frozen", False) else "from source",
        "iRacing": build or "not known",
        **{name: _version(name) for name in _LIBRARIES},
    }


def ini_text(settings: Settings, prose: Callable[[str], str], other_member: Callable[[int], int]) -> str:
    """
    Write down what the ini sets, without its comments; of what is secret only that it is set.

    Raises:
        OSError: It cannot be read.
    """
    path = settings.ini_path
    if path is None:
        return "; there is no ini: all is as it is without\n"
    ini = parse_ini(decode_ini(path.read_bytes()), path.name)
    lines = []
    for name, entry in ini.entries.items():
        value = SET if name in _NEVER else prose(entry.value)
        if name == _MEMBER and settings.iracing_id is not None:
            value = str(other_member(settings.iracing_id))
        lines.append(f"{prose(entry.key)} = {value}\n")
    warnings = [f"; {line}\n" for each in settings.warnings for line in prose(str(each)).splitlines()]
    return "[global]\n" + "".join(lines) + "".join(warnings)


def secrets(settings: Settings) -> Iterator[Secret]:
    """Yield what of the settings and of this PC leaves it with nobody."""
    cloud = settings.cloud
    for path in (settings.google_access_token, None if cloud.credentials is None else cloud.credentials.path):
        if path is not None:
            for text in {str(path), repr(str(path))[1:-1], path.as_posix(), path.name}:
                yield Secret(text, "[key file]")
    for topic in (settings.message_topic, cloud.topic_path):
        if topic is not None:
            yield Secret(topic, "[topic]")
            yield from _topic_of(topic.rpartition("/")[2])
            if topic.startswith("projects/"):
                yield Secret(topic.split("/")[1], "[project]")
    if cloud.credentials is not None:
        yield Secret(cloud.credentials.client_email, "[account]")
        yield Secret(cloud.credentials.project_id, "[project]")
    if cloud.project_id is not None:
        yield Secret(cloud.project_id, "[project]")
    if settings.proxy_shown is not None:
        yield Secret(settings.proxy_shown.rpartition("@")[2].rpartition("/")[2], "[proxy]")
    yield from _of_this_pc()


def _topic_of(name: str) -> Iterator[Secret]:
    yield Secret(f"topics/{name}", "topics/[topic]")
    # A word of our own, as `laps`, tells nothing, and the log would lose it.
    if len(name) >= _LONG or not name.isalpha():
        yield Secret(name, "[topic]")


def _of_this_pc() -> Iterator[Secret]:
    users, computers = {Path.home().name}, {platform.node(), socket.gethostname()}
    with suppress(OSError, KeyError, ImportError):
        users.add(getpass.getuser())
    yield from (Secret(name, "[user]") for name in sorted(users) if _tells(name))
    yield from (Secret(name, "[computer]") for name in sorted(computers) if _tells(name))


def _tells(name: str) -> bool:
    return len(name) >= 3 and name.casefold() not in _EVERYBODY


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:  # the frozen program has the code alone
        return "not known"
