"""What each kind of value may be."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from teamtactics.errors import Problem
from teamtactics.language import use
from teamtactics.settings.values import (
    HIDDEN,
    mask_proxy,
    proxy_secrets,
    read_customer_id,
    read_interval_s,
    read_proxy,
    read_switch,
    read_topic,
    shown_value,
)


@pytest.mark.parametrize(
    ("rule", "written", "value"),
    [
        *[(read_switch, word, True) for word in ("on", "ON", "true", "True", "yes", "1")],
        *[(read_switch, word, False) for word in ("off", "false", "No", "0")],
        (read_customer_id, "229120", 229120),
        (read_customer_id, "1", 1),
        (read_interval_s, "5", 5.0),
        (read_interval_s, "30", 30.0),
        (read_interval_s, "12.5", 12.5),
        (read_interval_s, "3600", 3600.0),
        (read_topic, "teamtactics", "teamtactics"),
        (read_topic, "a-b_c.d~e+f%g", "a-b_c.d~e+f%g"),
        (read_topic, "a" * 255, "a" * 255),
        (read_topic, "projects/my-team/topics/laps", "projects/my-team/topics/laps"),
        (read_topic, "projects/example.com:team/topics/laps", "projects/example.com:team/topics/laps"),
        (read_proxy, "proxy:8080", "http://proxy:8080"),
        (read_proxy, "10.0.0.1:3128", "http://10.0.0.1:3128"),
        (read_proxy, "http://proxy.example.com:8080", "http://proxy.example.com:8080"),
        (read_proxy, "http://proxy:8080/", "http://proxy:8080"),
        (read_proxy, "HTTP://proxy:8080", "HTTP://proxy:8080"),
        (read_proxy, "http://[::1]:8080", "http://[::1]:8080"),
        (read_proxy, "http://me:p%40ss@proxy:8080", "http://me:p%40ss@proxy:8080"),
        (read_proxy, "me:pass@proxy:8080", "http://me:pass@proxy:8080"),
    ],
)
def test_allowed(rule: Callable[[str], object], written: str, value: object) -> None:
    assert rule(written) == value


@pytest.mark.parametrize(
    ("rule", "written"),
    [
        *[(read_switch, word) for word in ("onn", "2", "ja", "-1", "y")],
        *[
            (read_customer_id, word)
            for word in ("0", "-1", "12.0", "1e5", "abc", "1_000", "１２", "99999999999", "12 34")
        ],
        *[(read_interval_s, word) for word in ("4.9", "0", "-30", "3601", "nan", "inf", "1e2", "30s", "30,5", "half")],
        *[(read_topic, word) for word in ("ab", "1abc", "a" * 256, "goog-topic", "a b c", "a/b/c", "täglich")],
        *[(read_topic, word) for word in ("projects/x/topics/1", "projects//topics/laps", "topics/laps")],
        *[(read_proxy, word) for word in ("proxy", "http://proxy", "https://proxy:8080", "socks5://proxy:1080")],
        *[(read_proxy, word) for word in ("http://proxy:0", "http://proxy:70000", "http://proxy:x", "http://:8080")],
        *[(read_proxy, word) for word in ("http://me:pa/ss@proxy:8080", "http://me:pa#s@proxy:8080", "http://[::1:80")],
        *[
            (read_proxy, word)
            for word in ("http://proxy:8080/path", "http://proxy:8080?x=1", "http://a b:80", "on", "::")
        ],
    ],
)
def test_refused_with_what_is_allowed(rule: Callable[[str], object], written: str) -> None:
    with pytest.raises(ValueError, match=r"allowed|good value"):
        rule(written)


@pytest.mark.parametrize("proxy", ["http://me:S3cret@h:80/x", "me:S3cret@h", "socks5://me:S3cret@h:1", "S3cret:S3cret"])
def test_a_mistyped_proxy_gives_its_password_away_neither_as_value_nor_as_message(proxy: str) -> None:
    assert shown_value("Proxy", proxy) == HIDDEN
    with pytest.raises(ValueError, match="proxy") as caught:
        read_proxy(proxy)
    assert "S3cret" not in str(caught.value)


@pytest.mark.parametrize(
    ("key", "value", "shown"),
    [
        ("proxy", "proxy.example.com:80800", "proxy.example.com:80800"),
        ("proxy", "https://proxy:8080", "https://proxy:8080"),
        ("googleAccessToken", "keys/team.JSON", "keys/team.JSON"),
        ("googleAccessToken", "ya29.a0AfH6SMBx", HIDDEN),
        ("googleAccessToken", '{"type": "service_account"', HIDDEN),
        ("debug", "onn", "onn"),
        ("logfile", "x" * 200, "x" * 79 + "…"),
    ],
)
def test_what_a_message_shows_of_a_value(key: str, value: str, shown: str) -> None:
    assert shown_value(key, value) == shown


def test_a_proxy_is_shown_without_its_user() -> None:
    assert mask_proxy("http://me:p@ss@proxy:8080") == "http://***@proxy:8080"
    assert mask_proxy("http://proxy:8080") == "http://proxy:8080"
    assert mask_proxy(None) is None


def test_the_password_is_known_in_every_spelling_a_library_may_log() -> None:
    assert proxy_secrets("http://me:p%40ss@proxy:8080") == ("p%40ss", "p@ss", "bWU6cEBzcw==")
    assert proxy_secrets("http://me@proxy:8080") == ()
    assert proxy_secrets(None) == ()


def test_what_is_hidden_is_said_in_the_language_of_the_rest() -> None:
    problem = Problem("a.ini", 2, "proxy", shown_value("proxy", "u:p@"), "is none")
    assert str(problem) == "a.ini:2: proxy = (not shown: it may be a secret) — is none"
    use("de")
    try:
        assert problem.local == "a.ini:2: proxy = (nicht gezeigt: es könnte geheim sein) — is none"
    finally:
        use("en")
