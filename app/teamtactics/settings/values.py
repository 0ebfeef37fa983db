"""What a value of teamtactics.ini may be: one pure rule per kind, and what of it may be shown."""

from __future__ import annotations

import re
from base64 import b64encode
from typing import Literal
from urllib.parse import SplitResult, unquote, urlsplit

from teamtactics.language import Said

Language = Literal["auto", "en", "de"]
"""``auto`` is the system's, where it is one of the others; else English."""

STATE_INTERVAL_S = (5.0, 3600.0)
"""Allowed: below 5 s a 24-hour race alone would use up the day's 20,000 free writes; an hour is as good as off."""
FREE_QUOTA_INTERVAL_S = 30.0
"""
Below this, six watches of a 24-hour race, each told every write and every word of a member, read more than the day's
50,000 free reads: with laps of 90 s it is one state more in each of 960 laps.
"""

HIDDEN = Said("(not shown: it may be a secret)")
_SHOWN_CHARS = 80

_ON = frozenset({"on", "true", "yes", "1"})
_OFF = frozenset({"off", "false", "no", "0"})
_CUSTOMER_ID_MAX = 2**31 - 1
_PROJECT = r"[a-z0-9][a-z0-9.:-]*"
# Source: Pub/Sub "Guidelines to name a topic": a letter first, 3 to 255 characters, not beginning with goog.
_TOPIC = r"(?!goog)[A-Za-z][A-Za-z0-9._~+%-]{2,254}"
_TOPIC_ID = re.compile(_TOPIC)
_TOPIC_PATH = re.compile(rf"projects/{_PROJECT}/topics/{_TOPIC}")
_HARMLESS_PROXY = re.compile(r"(?:[a-z0-9]+://)?[a-z0-9.-]+(?::[0-9]{1,5})?/?", re.IGNORECASE)
_HOST = re.compile(r"[A-Za-z0-9_.:-]+")


def read_switch(value: str) -> bool:
    """
    Read on or off.

    Raises:
        ValueError: It is neither; the text says what is allowed.
    """
    word = value.lower()
    if word in _ON:
        return True
    if word in _OFF:
        return False
    raise ValueError(Said("is neither on nor off; allowed are on, true, yes, 1 and off, false, no, 0"))


def read_customer_id(value: str) -> int:
    """
    Read an iRacing customer number.

    Raises:
        ValueError: It is not a whole number above 0; the text says where to find it.
    """
    if re.fullmatch(r"[0-9]{1,10}", value) and 0 < int(value) <= _CUSTOMER_ID_MAX:
        return int(value)
    raise ValueError(
        Said(
            "is not an iRacing customer number; allowed is a whole number above 0, digits only, as your iRacing "
            "account page shows it; or leave it out, the simulator knows who you are"
        )
    )


def read_interval_s(value: str) -> float:
    """
    Read the seconds between two states.

    Raises:
        ValueError: It is not a number in the allowed range.
    """
    low, high = STATE_INTERVAL_S
    if re.fullmatch(r"[0-9]{1,9}(?:\.[0-9]{1,9})?", value) and low <= float(value) <= high:
        return float(value)
    raise ValueError(
        Said("is not a number of seconds from {low:g} to {high:g}; 30 is a good value", low=low, high=high)
    )


def read_days(value: str) -> int:
    """
    Read a number of days.

    Raises:
        ValueError: The text says what is allowed.
    """
    if not (value.isascii() and value.isdecimal() and 1 <= int(value) <= 3650):
        raise ValueError(Said("allowed is a number of days from 1 to 3650"))
    return int(value)


def read_language(value: str) -> Language:
    """
    Read a language of the program.

    Raises:
        ValueError: It speaks none of that name.
    """
    match value.lower():
        case "auto" | "en" | "de" as language:
            return language
    raise ValueError(
        Said("is no language of teamtactics; allowed are auto (the system's), en (English) and de (German)")
    )


def read_topic(value: str) -> str:
    """
    Check a topic id or a full topic path and return it unchanged.

    Raises:
        ValueError: Pub/Sub would not accept it.
    """
    if _TOPIC_ID.fullmatch(value) or _TOPIC_PATH.fullmatch(value):
        return value
    raise ValueError(
        Said(
            "is not a Pub/Sub topic; allowed is its id (3 to 255 letters, digits and - . _ ~ + %, a letter first, not "
            "beginning with goog) or its full path projects/<project>/topics/<id>"
        )
    )


def read_proxy(value: str) -> str:
    """
    Check a proxy's address and return it as ``http://[user:password@]host:port``.

    Raises:
        ValueError: It is none that HTTP, HTTPS and gRPC can all use. The text never repeats the value.
    """
    url = value if "://" in value else f"http://{value}"
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.scheme == "http" and port and _is_plain_host(parts):
        return url.rstrip("/")
    raise ValueError(
        Said(
            "is not a proxy address; allowed is http://host:port or host:port, with a name "
            "http://user:password@host:port (in the password write @ as %40, : as %3A, / as %2F, # as %23, % as %25); "
            "https:// and socks are not possible, because gRPC knows only http:// proxies"
        )
    )


def _is_plain_host(parts: SplitResult) -> bool:
    has_more = parts.path.strip("/") or parts.query or parts.fragment
    has_blank = any(character.isspace() for character in parts.netloc)
    return bool(parts.hostname and _HOST.fullmatch(parts.hostname)) and not has_more and not has_blank


def shown_value(key: str, value: str) -> str:
    """
    Return *value* as a message may show it: shortened, with what cannot be seen (a non-breaking blank) by its number,
    and hidden where it could be a secret.

    The name ``googleAccessToken`` invites people to paste a token where a file is wanted, and a mistyped proxy is
    most likely to be mistyped around its password: both are shown only when they cannot hold one.
    """
    if key.lower() == "proxy" and not _HARMLESS_PROXY.fullmatch(value):
        return HIDDEN
    if key.lower() == "googleaccesstoken" and not value.lower().endswith(".json"):
        return HIDDEN
    seen = "".join(one if one.isprintable() else f"<U+{ord(one):04X}>" for one in value)
    return seen if len(seen) <= _SHOWN_CHARS else seen[: _SHOWN_CHARS - 1] + "…"


def mask_proxy(proxy: str | None) -> str | None:
    """Return a checked proxy address without name and password, e.g. ``http://***@host:8080``."""
    if proxy is None or "@" not in proxy:
        return proxy
    return f"http://***@{proxy.rpartition('@')[2]}"


def proxy_secrets(proxy: str | None) -> tuple[str, ...]:
    """Return every spelling of the proxy's password that a library might write into a message."""
    password = None if proxy is None else urlsplit(proxy).password
    if proxy is None or not password:
        return ()
    name = urlsplit(proxy).username or ""
    basic = b64encode(f"{unquote(name)}:{unquote(password)}".encode()).decode()
    return tuple(dict.fromkeys((password, unquote(password), basic)))
