"""
Signing in to a Google service: a token that the service account's own key has signed, no server asked.

Source:
    "Self-signed JWT" (google.aip.dev/auth/4111), "Service account authorization without OAuth" (Google Identity).
"""

from __future__ import annotations

import base64
import json
import time
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

_LIFETIME_S = 3600
"""Google takes no token that is good for longer."""
_SPARE_S = 225
"""So long before its end a token is replaced: a call may wait, and two clocks differ."""


class SignIn:
    """
    Tokens of a service account for one service.

    Args:
        key_file: The content of the key file, in any encoding that JSON has.

        host: The service's host name.

    Raises:
        ValueError: The file is no service account's, or its key cannot sign.

    Threads:
        All methods may be called from any; two at once may make two tokens, both good.
    """

    def __init__(self, key_file: bytes, host: str) -> None:
        try:
            content = json.loads(key_file)
            key_id, account, pem = (_text(content[name]) for name in ("private_key_id", "client_email", "private_key"))
            self._key = _rsa_key(pem)
        except (KeyError, TypeError, RecursionError, UnsupportedAlgorithm) as error:
            # Not chained: what the libraries say may quote the file.
            raise ValueError(type(error).__name__) from None
        self._key_id = key_id
        self._account = account
        self._audience = f"https://{host}/"
        self._token = ""
        self._made_s = 0

    def metadata(self) -> list[tuple[str, str]]:
        """Return what a call sends along; the token in it is good for some minutes at least."""
        # Also a clock that was set back makes a new one: what it signed before is of the future, and refused.
        if not self._token or not self._made_s <= now_s() < self._made_s + _LIFETIME_S - _SPARE_S:
            self._made_s = int(now_s())
            self._token = self._signed(self._made_s)
        return [("authorization", f"Bearer {self._token}")]

    def _signed(self, at_s: int) -> str:
        header = {"typ": "JWT", "alg": "RS256", "kid": self._key_id}
        claims = {
            "iss": self._account,
            "sub": self._account,
            "iat": at_s,
            "exp": at_s + _LIFETIME_S,
            "aud": self._audience,
        }
        said = b".".join(_base64(json.dumps(part).encode()) for part in (header, claims))
        return (said + b"." + _base64(self._key.sign(said, PKCS1v15(), SHA256()))).decode("ascii")


def now_s() -> float:
    """Return this PC's time, s since 1970."""
    return time.time()


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("no text")
    return value


def _rsa_key(pem: str) -> RSAPrivateKey:
    key = load_pem_private_key(pem.encode("utf-8"), None)
    if not isinstance(key, RSAPrivateKey):
        raise TypeError("no RSA key")
    return key


def _base64(raw: bytes) -> bytes:
    return base64.urlsafe_b64encode(raw).rstrip(b"=")
