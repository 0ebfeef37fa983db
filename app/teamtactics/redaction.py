"""Takes secrets out of any text before it is written or shown."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

REMOVED = "[secret removed]"

_LONGEST = 10_000
"""Characters; the rest of a longer text is left out: the collector's thread makes its own log lines."""

_SHORTEST = 4
"""A known secret shorter than this is not looked for: it would be found in every other word."""

# What is not a secret and stays: project id and the account's e-mail address; both are needed to grant a role.
_FIELDS = (
    "private_key_id|private_key|client_id|client_x509_cert_url|client_secret|access_token|refresh_token|id_token"
    "|assertion|api_?key|password|passwd"
)


def _unless_plain(found: re.Match[str]) -> str:
    """Keep a long word without small and capital letters and digits: a path, a hash."""
    start = found[0][:61]
    kinds = (str.islower, str.isupper, str.isdigit)
    return REMOVED if all(any(map(is_of, start)) for is_of in kinds) else found[0]


# Each is linear in the length of the text, whatever the text: a name of 200,000 characters once took 82 s.
_PATTERNS: tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...] = (
    # A key without its end mark (cut off by a length limit) takes the rest of the text with it.
    (re.compile(r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----.*?(?:-----END [A-Z ]{0,30}-----|\Z)", re.DOTALL), REMOVED),
    # "field": "value" of JSON and reprs, also where JSON stands inside JSON (\"field\").
    (re.compile(rf"""(\\?["'](?:{_FIELDS})\\?["']\s*:\s*\\?["'])[^"']*""", re.IGNORECASE), rf"\1{REMOVED}"),
    (re.compile(rf"\b((?:{_FIELDS})=)[^\s&;,'\"]+", re.IGNORECASE), rf"\1{REMOVED}"),
    # name:password@ of an address; the last @ before the host counts, as in a password with an @ of its own. Not of the
    # example with which we explain how to write one.
    (re.compile(r"(\b[a-z][a-z0-9+.-]{0,20}://)(?!user:password@host:port\b)[^\s/]*@", re.IGNORECASE), r"\1***@"),
    (re.compile(r"(authorization\W{1,8}(?:basic|bearer|negotiate|ntlm)\s+)[^\s'\"]+", re.IGNORECASE), rf"\1{REMOVED}"),
    (re.compile(r"(\bbearer\s+)[A-Za-z0-9._~+/=-]{16,}", re.IGNORECASE), rf"\1{REMOVED}"),
    # Google's access tokens, API keys and client secrets, and signed assertions (JWT).
    (re.compile(r"\bya29\.[A-Za-z0-9._-]+|\bAIza[A-Za-z0-9_-]{20,}|\bGOCSPX-[A-Za-z0-9_-]+"), REMOVED),
    # The whole word is taken, with a dot or without: it must not be begun again at every eyJ in it.
    (
        re.compile(r"\beyJ(?=[A-Za-z0-9_-]{8})[A-Za-z0-9_.-]*"),
        lambda found: REMOVED if "." in found[0] else found[0],
    ),
    # A line of a key's body: 60 and more base64 characters with small and capital letters and digits.
    (re.compile(r"(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{60,}={0,2}"), _unless_plain),
)


class Redactor:
    """
    Removes private keys, tokens and passwords from text, and of more than 10,000 characters the rest.

    Threads:
        May be called from any.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        """
        Args:
            secrets: Known ones, e.g. ``Settings.secrets``; all others are found by their shape.
        """
        self._secrets = tuple(sorted({text for text in secrets if len(text) >= _SHORTEST}, key=len, reverse=True))

    def __call__(self, text: str) -> str:
        """Return *text* without secrets."""
        for secret in self._secrets:
            text = text.replace(secret, REMOVED)
        if len(text) > _LONGEST:
            text = _cut(text)
        for pattern, replacement in _PATTERNS:
            text = pattern.sub(replacement, text)
        return text


def _cut(text: str) -> str:
    """Leave out the end, from the beginning of a word on: half a secret would not be known for one."""
    kept = text[:_LONGEST].rsplit(None, 1)
    begin = kept[0] if len(kept) > 1 else ""
    return f"{begin} … ({len(text) - len(begin)} more characters)"
