"""Tokens that a key file's own key has signed, as Google's own library would make them."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from google.auth import jwt
from google.oauth2 import service_account

from support.key_file import SECRET, key_content, private_key, usable_private_key
from teamtactics.cloud.calls import sign_in
from teamtactics.cloud.calls.sign_in import SignIn

HOST = "firestore.googleapis.com"
KEY = usable_private_key()
AT_S = 1_790_000_000


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The PC's time, to be set."""
    times = [float(AT_S)]
    monkeypatch.setattr(sign_in, "now_s", lambda: times[0])
    return times


def made(**changes: object) -> SignIn:
    return SignIn(json.dumps(key_content(**{"private_key": KEY, **changes})).encode(), HOST)


def token_of(one: SignIn) -> str:
    ((name, value),) = one.metadata()
    assert name == "authorization"
    assert value.startswith("Bearer ")
    return value.removeprefix("Bearer ")


def test_the_token_is_the_one_that_google_s_own_library_makes(
    clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    """To the last letter: RS256 has no chance in it."""
    import datetime

    now = datetime.datetime.fromtimestamp(AT_S, datetime.UTC).replace(tzinfo=None)
    monkeypatch.setattr("google.auth._helpers.utcnow", lambda: now)
    theirs: Any = service_account.Credentials.from_service_account_info(key_content(private_key=KEY))
    credentials: Any = jwt.Credentials.from_signing_credentials(theirs, f"https://{HOST}/")
    credentials.refresh(None)
    ours, expected = token_of(made()).split("."), credentials.token.decode().split(".")
    parts = [[json.loads(base64.urlsafe_b64decode(part + "==")) for part in token[:2]] for token in (ours, expected)]
    assert parts[0] == parts[1]
    assert ours == expected
    assert clock == [AT_S]


def test_it_is_kept_until_shortly_before_its_end(clock: list[float]) -> None:
    one = made()
    first = token_of(one)
    clock[0] += 3300.0
    assert token_of(one) == first
    clock[0] += 100.0
    assert token_of(one) != first


def test_a_clock_that_was_set_back_makes_a_new_one(clock: list[float]) -> None:
    """Else it would be of the future for everybody else, and refused."""
    one = made()
    first = token_of(one)
    clock[0] -= 3 * 3600.0
    assert token_of(one) != first


def elliptic() -> str:
    return (
        ec.generate_private_key(ec.SECP256R1())
        .private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        .decode()
    )


def encrypted() -> str:
    key: Any = serialization.load_pem_private_key(KEY.encode(), None)
    protection = serialization.BestAvailableEncryption(b"x")
    return str(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, protection).decode())


@pytest.mark.parametrize(
    "changes",
    [
        {"private_key": None},
        {"private_key": 1},
        {"private_key": "ä"},
        {"private_key": private_key()},
        {"private_key": elliptic()},
        {"private_key": encrypted()},
        {"client_email": None},
        {"client_email": []},
        {"private_key_id": None},
    ],
)
def test_what_cannot_sign_is_refused_without_a_word_of_it(changes: dict[str, object]) -> None:
    with pytest.raises(ValueError) as caught:  # whose words they are differs
        made(**changes)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"[1]", b"1", b'"x"', b"[" * 100_000, b"\xff\xfe\x00"])
def test_what_is_no_key_file_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError):
        SignIn(content, HOST)
