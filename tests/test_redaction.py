"""Secrets are taken out of any text, and what is none stays."""

from __future__ import annotations

import json

import pytest

from support.key_file import SECRET, key_content, private_key, secret_pieces
from teamtactics.redaction import REMOVED, Redactor

redact = Redactor()


@pytest.mark.parametrize(
    "text",
    [
        private_key(),
        private_key()[:400],
        repr(private_key()),
        json.dumps(key_content()),
        json.dumps(key_content(), indent=2),
        repr(key_content()),
        json.dumps(json.dumps(key_content())),
        "\n".join(private_key().splitlines()[1:6]),
    ],
    ids=["pem", "pem cut off", "repr", "json", "json indented", "dict", "json in json", "lines of the body"],
)
def test_nothing_of_a_key_file_is_left(text: str) -> None:
    shown = redact(f"before {text}")
    assert shown.startswith("before ")
    assert not any(piece in shown for piece in secret_pieces())


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("via http://me:pa:ss@proxy:80 failed", "via http://***@proxy:80 failed"),
        ("via http://me:p@ss@proxy:80 failed", "via http://***@proxy:80 failed"),
        ("Proxy-Authorization: Basic bWU6cGFzcw==", f"Proxy-Authorization: Basic {REMOVED}"),
        ("{'authorization': 'Bearer abc.def'}", f"{{'authorization': 'Bearer {REMOVED}'}}"),
        ("token ya29.a0AfH6SMBx-_x sent", f"token {REMOVED} sent"),
        ("key AIzaSyA1234567890abcdefghijklmnop", f"key {REMOVED}"),
        ("secret GOCSPX-abc_def", f"secret {REMOVED}"),
        ("POST assertion=eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJ4In0.c2ln&x=1", f"POST assertion={REMOVED}&x=1"),
        ("jwt eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJ4In0.c2ln", f"jwt {REMOVED}"),
        ('{"access_token": "abc", "expires_in": 3599}', f'{{"access_token": "{REMOVED}", "expires_in": 3599}}'),
    ],
)
def test_tokens_and_passwords_are_removed(text: str, shown: str) -> None:
    assert redact(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "with a name http://user:password@host:port (in the password write @ as %40)",
        "Lap 12 of Robert Bausdorf@porsche991rsr#monza full#0: 1:47.123, 2.71 L",
        "FBP Racing  ORANGE@118486868#28814031#2",
        "https://console.cloud.google.com/iam-admin/iam?project=endurance-team",
        "collector@endurance-team.iam.gserviceaccount.com has no role in project endurance-team",
        r"C:\Users\Robert\AppData\Local\teamtactics\irtactics.log cannot be written",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "driver 'Bearer Smith' and 'Basic Jones'",
        '{"session": "x", "private_keys": 0}',
    ],
)
def test_what_a_reader_needs_stays(text: str) -> None:
    assert redact(text) == text


def test_known_secrets_are_removed_wherever_they_stand() -> None:
    assert Redactor(["S3cret", "S3cretLong", "abc"])("x S3cretLong S3cret abc") == f"x {REMOVED} {REMOVED} abc"


def test_the_marker_itself_is_no_shape_and_needs_its_field() -> None:
    """Guards the other tests: a bare marker passes, so its absence there proves the patterns."""
    assert SECRET in redact(SECRET)
