"""No text, however long and odd, holds up who logs it, and nothing secret comes through where it is cut."""

from __future__ import annotations

import logging
import time

import pytest

from support.key_file import key_content, private_key, secret_pieces
from teamtactics.logs.setup import LineFormat
from teamtactics.redaction import _LONGEST, _PATTERNS, REMOVED, Redactor

LONG = 200_000
UNITS = (
    "a", "A", "0", "aB3+/xYz9Q", "é", "🏁", "\0",
    " ", "\n", "\t", ".", "-", "_", "=", "@", ":", "/", "'", '"', "\\", '\\"',
    "a:", "a+", "a.", "http://", "http://a@", "://@", "-eyJ", "eyJ", "eyJ-", "eyJ.", "-eyJabcdefgh.", "eyJabcdefgh ",
    "-ya29.", "ya29-", "-AIza", "AIza-", "-GOCSPX-", "bearer ", "-bearer", "bearer" + " " * 999, "authorization:",
    "authorization: basic ", "authorization" + "." * 8, "authorization: basic" + " " * 999, "api_key=", "-password=",
    '"password"', '"password":', '"password":"', '"private_key"' + " " * 999, "-----BEGIN ", "-----BEGIN PRIVATE KEY",
    "-----BEGIN PRIVATE KEY-----", "-----BEGIN PRIVATE KEY-----x-----END ", "-----END ", "a" * 59 + " ",
    "aA0" * 19 + "!", "a" * 100 + "B ",
)  # fmt: skip
"""What the patterns begin with, nearly match, or may try again at every place."""


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: ascii(unit[:25]))
def test_every_pattern_is_linear_in_the_length_of_the_text(unit: str) -> None:
    """200,000 characters; a pattern that begins anew at each of them would take a minute."""
    text = (unit * (LONG // len(unit) + 1))[:LONG]
    begin_s = time.process_time()
    for pattern, replacement in _PATTERNS:
        pattern.sub(replacement, text)
    assert time.process_time() - begin_s < 2.0


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: ascii(unit[:25]))
def test_a_log_line_of_a_million_characters_costs_a_fifth_of_a_second_at_most(unit: str) -> None:
    record = logging.LogRecord(
        "teamtactics.x", logging.INFO, "x.py", 1, "told by %s", (unit * (10**6 // len(unit)),), None
    )
    line = LineFormat(Redactor(["S3cret"]))
    begin_s = time.process_time()
    text = line.format(record)
    assert time.process_time() - begin_s < 0.2
    assert ": told" in text
    assert len(text) < 13 * _LONGEST, "an unprintable character is written as up to ten"


@pytest.mark.parametrize("before", range(-60, 700, 23))
def test_a_secret_that_lies_where_the_text_is_cut_does_not_come_through(before: int) -> None:
    secrets = {
        private_key(): secret_pieces(),
        repr(key_content()): secret_pieces(),
        "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJ4In0.c2lnbmF0dXJl": ["eyJhbGciOi", "eyJpc3MiOi", "c2lnbm"],
        "Authorization: Basic bWU6cGFzcw==": ["bWU6", "cGFz"],
        "http://me:pa55word@proxy:80": ["pa55", "word@"],
        "a long secret of the user's own": ["secret of", "user's own"],
    }
    redact = Redactor(["a long secret of the user's own"])
    for secret, pieces in secrets.items():
        text = redact("x " * ((_LONGEST - before) // 2) + secret + " and more" * 500)
        assert len(text) < _LONGEST + 100
        assert "more characters)" in text or REMOVED in text
        assert not [piece for piece in pieces if piece in text]
