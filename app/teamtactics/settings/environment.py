"""Variables of the environment that steer the connection to Google beside the ini: what each does, what is wrong."""

from __future__ import annotations

import base64
import binascii
import codecs
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from teamtactics.errors import Problem
from teamtactics.language import Said
from teamtactics.settings.values import mask_proxy, read_proxy, shown_value

_PROXIES = ("grpc_proxy", "https_proxy", "http_proxy", "all_proxy")
"""In the order in which gRPC asks; the last only others do."""
_CERTIFICATE = re.compile(rb"-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----(.*?)(?:-----END|\Z)", re.S)
_EMULATORS = ("FIRESTORE_EMULATOR_HOST", "PUBSUB_EMULATOR_HOST")
_OTHER_WAYS: Mapping[str, frozenset[str]] = {
    "GOOGLE_API_USE_MTLS_ENDPOINT": frozenset({"auto", "never"}),
    "GOOGLE_API_USE_CLIENT_CERTIFICATE": frozenset({"false"}),
    "GOOGLE_CLOUD_UNIVERSE_DOMAIN": frozenset({"googleapis.com"}),
}
"""Variable → values with which the client libraries do as without it; with some others they end in an error."""
_LIBRARIES: Mapping[str, frozenset[str]] = {
    "GRPC_POLL_STRATEGY": frozenset(),
    "GRPC_SSL_CIPHER_SUITES": frozenset(),
    "PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION": frozenset({"python", "upb"}),
}
"""
The same for what chooses the libraries' own parts. Seen: an unknown strategy ends the process, an unknown cipher lets
no connection come about, and with ``cpp`` protobuf cannot be imported.
"""
_ROOTS = "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH"
_CERTIFICATES = (_ROOTS, "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
"""gRPC reads the first; of the others only a fault matters, to a library beside it."""
_HOST_PORT = re.compile(r"(?:([a-z]+)://)?([A-Za-z0-9_.-]+|\[[0-9a-fA-F:]+\])(:[0-9]{1,5})/?")
_LAST_PORT = 65535
_LEFT_OUT = Said("teamtactics goes on without it; correct or remove the variable")

Fault = Callable[[str], str | None]
"""Looks at the file of this name and says what is wrong with it; None when nothing is."""


@dataclass(frozen=True, slots=True)
class Environment:
    """
    What the variables come to.

    Attributes:
        proxy: The ini's, or the one that the variables name, as ``read_proxy`` gives it; None without one.

        emulators: ``host:port`` by variable, without a scheme.

        problems: Each variable that steers the connection; no password is in it.

        changes: What this process must not see as it is: variable → a better value, None to remove it. It would
            mislead the libraries, or end the process.
    """

    proxy: str | None
    emulators: Mapping[str, str]
    problems: tuple[Problem, ...]
    changes: Mapping[str, str | None]


def certificate_fault(name: str) -> str | None:
    """Say why the libraries can use no certificates of the file *name*; on a folder gRPC aborts the process."""
    path = Path(name)
    try:
        if path.is_dir():
            return Said("is a folder")
        content = path.read_bytes()
    except (OSError, ValueError) as error:
        return Said("cannot be read ({why})", why=getattr(error, "strerror", None) or error)
    if content.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return Said("begins with a byte order mark; save the file without")
    found = _CERTIFICATE.findall(content)
    # Not by Python's ssl: the frozen program has none, it would be a second OpenSSL beside gRPC's own.
    if not found or not all(map(_is_whole, found)):
        return Said("holds no certificate in PEM form (DER, perhaps)")
    return None


def _is_whole(body: bytes) -> bool:
    """Tell whether a certificate's base64 is one DER sequence of just the length it states."""
    try:
        der = base64.b64decode(b"".join(body.split()), validate=True)
    except binascii.Error:
        return False
    return len(der) > 4 and der[:2] == b"\x30\x82" and int.from_bytes(der[2:4]) == len(der) - 4


def append_fault(name: str) -> str | None:
    """Say why nothing can be written behind what is in the file *name*; it is made, as the libraries would make it."""
    try:
        with Path(name).open("ab"):
            return None
    except (OSError, ValueError) as error:
        return Said("cannot be written ({why})", why=getattr(error, "strerror", None) or error)


def read_environment(
    env: Mapping[str, str],
    ini_proxy: str | None = None,
    certificates: Fault = certificate_fault,
    appending: Fault = append_fault,
) -> Environment:
    """
    Look at every variable that steers the connection.

    Args:
        env: As the process began with it.

        ini_proxy: The ini's; it goes before those of the environment, of which nothing is said then.
    """
    reading = _Reading(env)
    proxy = reading.proxy() if ini_proxy is None else ini_proxy
    if proxy is not None:
        reading.exceptions()
    for name in _EMULATORS:
        reading.emulator(name)
    for name, harmless in _OTHER_WAYS.items():
        if (value := env.get(name)) is not None and value not in harmless:
            says = Said("asks for another way to Google than the key file's; {so}", so=_LEFT_OUT)
            reading.note(name, value, says, None)
    for name, harmless in _LIBRARIES.items():
        if (value := env.get(name)) is not None and value not in harmless:
            says = Said("changes how the libraries for Google work; {so}", so=_LEFT_OUT)
            reading.note(name, value, says, None)
    for name in _CERTIFICATES:
        fault = certificates(value) if (value := env.get(name)) else None
        if value and (fault or name == _ROOTS):
            reading.file(name, value, fault, Said("its certificates decide who is believed to be Google"))
    if value := env.get("SSLKEYLOGFILE"):
        says = Said("the keys of encrypted connections are written there; remove the variable if nobody needs them")
        reading.file("SSLKEYLOGFILE", value, appending(value), says)
    return Environment(proxy, reading.emulators, tuple(reading.problems), reading.changes)


class _Reading:
    """What has been found so far."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self._env = env
        self.emulators: dict[str, str] = {}
        self.problems: list[Problem] = []
        self.changes: dict[str, str | None] = {}

    def note(self, name: str, shown: str, text: str, *change: str | None) -> None:
        self.problems.append(Problem("environment", None, name, shown, text, is_warning=True))
        if change:
            self.changes[name] = change[0]

    def file(self, name: str, value: str, fault: str | None, effect: str) -> None:
        if fault is None:
            self.note(name, value, effect)
        else:
            self.note(name, value, Said("{fault}; {so}", fault=fault, so=_LEFT_OUT), None)

    def proxy(self) -> str | None:
        """Return the first that can be used; the others are named only when they cannot."""
        chosen: str | None = None
        for name, value in self._proxies():
            try:
                proxy = read_proxy(value)
            except ValueError:
                text = Said("is no proxy that can be used, allowed is http://host:port; {so}", so=_LEFT_OUT)
                self.note(name, shown_value("proxy", value), text, None)
                continue
            if chosen is None:
                chosen = proxy
                self.note(name, mask_proxy(proxy) or "", Said("all connections to Google go through this proxy"))
        return chosen

    def _proxies(self) -> Iterator[tuple[str, str]]:
        # On Windows both spellings are one variable, elsewhere two.
        names = dict.fromkeys(spelled for name in _PROXIES for spelled in (name, name.upper()))
        yield from ((name, value) for name in names if (value := self._env.get(name, "").strip()))

    def exceptions(self) -> None:
        """Tell where a proxy is named that is not used for Google."""
        for name in ("no_grpc_proxy", "no_proxy", "NO_PROXY"):
            hosts = [host.strip().lstrip("*").lower() for host in self._env.get(name, "").split(",") if host.strip()]
            if any("firestore.googleapis.com".endswith(host) for host in hosts):
                self.note(name, self._env[name], Said("excepts Google from the proxy: it is asked directly"))

    def emulator(self, name: str) -> None:
        value = self._env.get(name, "").strip()
        if not value:
            return
        found = _HOST_PORT.fullmatch(value)
        if found is not None and int(found[3][1:]) > _LAST_PORT:
            found = None
        host = value if found is None else f"{found[2]}{found[3]}"
        self.emulators[name] = host
        effect = Said("everything goes to the emulator at {host} and nothing to Google", host=host)
        if found is None:
            self.note(
                name,
                value,
                Said("{effect}; but that is not host:port: correct it, or remove the variable", effect=effect),
            )
        elif host != value:
            self.note(name, value, Said("{effect}; it should be host:port without more", effect=effect), host)
        else:
            self.note(name, value, effect)
