"""Each variable that steers the connection is named, with what is wrong; what would mislead or end us is taken away."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.certificate import write_certificate
from support.key_file import usable_private_key, write_key_file
from teamtactics.settings.environment import Environment, certificate_fault, read_environment

PROXY = "http://me:geheim@proxy:8080"


def read(ini_proxy: str | None = None, **env: str) -> Environment:
    return read_environment(env, ini_proxy, lambda _: None, lambda _: None)


def said(found: Environment) -> str:
    return "\n".join(str(problem) for problem in found.problems)


def test_without_such_variables_nothing_is_said_and_nothing_changed() -> None:
    assert read(PATH="/bin", GOOGLE_CLOUD_PROJECT="p") == Environment(None, {}, (), {})


@pytest.mark.parametrize("name", ["https_proxy", "HTTPS_PROXY", "http_proxy", "ALL_PROXY", "grpc_proxy"])
def test_a_usable_proxy_is_used_and_its_password_not_shown(name: str) -> None:
    found = read(**{name: PROXY})
    assert found.proxy == PROXY
    assert said(found) == (
        f"environment: {name} = http://***@proxy:8080 — all connections to Google go through this proxy"
    )
    assert found.changes == {}


def test_grpc_s_own_proxy_goes_first_and_only_the_one_that_is_used_is_named() -> None:
    found = read(http_proxy="http://third:1", https_proxy="http://second:1", grpc_proxy="http://first:1")
    assert found.proxy == "http://first:1"
    assert len(found.problems) == 1


def test_a_proxy_without_a_scheme_is_one() -> None:
    assert read(https_proxy="proxy:8080").proxy == "http://proxy:8080"


@pytest.mark.parametrize(
    "value", ["https://p:1", "socks5://me:geheim@p:1", "p", "http://p", "http://p:1/path", "//p:1"]
)
def test_a_proxy_that_cannot_be_used_is_named_and_taken_away(value: str) -> None:
    found = read(https_proxy=value, ALL_PROXY="http://good:1")
    assert found.proxy == "http://good:1"
    assert found.changes == {"https_proxy": None}
    assert "is no proxy that can be used, allowed is http://host:port; teamtactics goes on without it" in said(found)
    assert "geheim" not in said(found)


def test_of_the_environment_s_proxies_nothing_is_said_when_the_ini_names_one() -> None:
    assert read("http://ini:1", https_proxy="socks5://p:1") == Environment("http://ini:1", {}, (), {})


@pytest.mark.parametrize("value", ["*", ".googleapis.com", "a, googleapis.com", "*.googleapis.com"])
def test_an_exception_that_leads_past_the_proxy_is_named(value: str) -> None:
    assert "NO_PROXY = " in said(read("http://ini:1", NO_PROXY=value))
    assert "excepts Google from the proxy" in said(read("http://ini:1", NO_PROXY=value))
    assert read(NO_PROXY=value).problems == (), "without a proxy it steers nothing"
    assert read("http://ini:1", NO_PROXY="localhost,example.com").problems == ()


@pytest.mark.parametrize(
    ("value", "host"),
    [
        ("localhost:8080", "localhost:8080"),
        ("http://localhost:8080", "localhost:8080"),
        ("https://h:1/", "h:1"),
        ("[::1]:8080", "[::1]:8080"),
    ],
)
def test_an_emulator_is_named_and_its_scheme_taken_off(value: str, host: str) -> None:
    found = read(FIRESTORE_EMULATOR_HOST=value)
    assert found.emulators == {"FIRESTORE_EMULATOR_HOST": host}
    assert f"everything goes to the emulator at {host} and nothing to Google" in said(found)
    assert found.changes == ({} if value == host else {"FIRESTORE_EMULATOR_HOST": host})


@pytest.mark.parametrize("value", ["true", "localhost:99999"])
def test_an_emulator_that_is_no_address_is_named_and_stays_so_that_nothing_goes_to_google(value: str) -> None:
    found = read(PUBSUB_EMULATOR_HOST=value)
    assert found.emulators == {"PUBSUB_EMULATOR_HOST": value}
    assert found.changes == {}
    assert "that is not host:port" in said(found)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GOOGLE_API_USE_MTLS_ENDPOINT", "always"),
        ("GOOGLE_API_USE_MTLS_ENDPOINT", ""),
        ("GOOGLE_API_USE_CLIENT_CERTIFICATE", "true"),
        ("GOOGLE_CLOUD_UNIVERSE_DOMAIN", " "),
    ],
)
def test_another_way_to_google_is_named_and_taken_away(name: str, value: str) -> None:
    found = read(**{name: value})
    assert found.changes == {name: None}
    assert f"environment: {name} = {value} — asks for another way to Google" in said(found)
    assert read(GOOGLE_API_USE_MTLS_ENDPOINT="never", GOOGLE_API_USE_CLIENT_CERTIFICATE="false").problems == ()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GRPC_POLL_STRATEGY", "none"),
        ("GRPC_SSL_CIPHER_SUITES", "bogus"),
        ("PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION", "cpp"),
    ],
)
def test_what_chooses_other_parts_of_the_libraries_is_named_and_taken_away(name: str, value: str) -> None:
    found = read(**{name: value})
    assert found.changes == {name: None}
    assert f"environment: {name} = {value} — changes how the libraries for Google work" in said(found)
    assert read(PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION="python").problems == ()


CERTIFICATES = ["GRPC_DEFAULT_SSL_ROOTS_FILE_PATH", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"]


@pytest.mark.parametrize("name", CERTIFICATES)
@pytest.mark.parametrize(
    ("kind", "says"),
    [
        ("absent", "cannot be read (No such file or directory)"),
        ("folder", "is a folder"),
        ("der", "holds no certificate in PEM form"),
        ("bom", "begins with a byte order mark"),
        ("empty", "holds no certificate in PEM form"),
        ("torn", "holds no certificate in PEM form"),
    ],
)
def test_certificates_that_cannot_be_used_are_named_and_taken_away(
    name: str, kind: str, says: str, tmp_path: Path
) -> None:
    path = unusable_certificates(kind, tmp_path)
    found = read_environment({name: str(path)})
    assert found.changes == {name: None}
    assert f"environment: {name} = {path} — {says}" in said(found)


def unusable_certificates(kind: str, folder: Path) -> Path:
    path = folder / kind
    pem, der = write_certificate()
    if kind == "folder":
        path.mkdir()
    elif kind != "absent":
        path.write_bytes({"der": der, "bom": b"\xef\xbb\xbf" + pem, "empty": b"", "torn": pem[: len(pem) // 2]}[kind])
    return path


def test_good_certificates_are_named_and_used(tmp_path: Path) -> None:
    path = tmp_path / "good.pem"
    path.write_bytes(write_certificate()[0])
    assert certificate_fault(str(path)) is None
    assert read_environment({"SSL_CERT_FILE": str(path)}) == read_environment({}), "gRPC does not read it"
    found = read_environment({"GRPC_DEFAULT_SSL_ROOTS_FILE_PATH": str(path)})
    assert found.changes == {}
    assert "its certificates decide who is believed to be Google" in said(found)


def test_a_key_log_is_named_and_taken_away_where_it_cannot_be_written(tmp_path: Path) -> None:
    found = read_environment({"SSLKEYLOGFILE": str(tmp_path / "no" / "keys")})
    assert found.changes == {"SSLKEYLOGFILE": None}
    assert "cannot be written (No such file or directory); teamtactics goes on without it" in said(found)
    found = read_environment({"SSLKEYLOGFILE": str(tmp_path / "keys")})
    assert found.changes == {}
    assert "the keys of encrypted connections are written there" in said(found)


NAMES = ["https_proxy", "ALL_PROXY", "NO_PROXY", "FIRESTORE_EMULATOR_HOST", "GOOGLE_API_USE_MTLS_ENDPOINT"]


@given(st.dictionaries(st.sampled_from([*NAMES, *CERTIFICATES, "SSLKEYLOGFILE"]), st.text(max_size=30)))
def test_any_values_are_read_and_after_the_changes_nothing_is_left_to_change(env: Mapping[str, str]) -> None:
    found = read_environment(env, None, certificate_fault, lambda _: "cannot be written")
    after = {name: value for name, value in {**env, **found.changes}.items() if value is not None}
    assert read_environment(after, None, certificate_fault, lambda _: "cannot be written").changes == {}


ATTEMPT = """
import sys
from pathlib import Path
from teamtactics.errors import DeliveryError
from teamtactics.service.startup import read_settings
settings = read_settings(Path(sys.argv[1]))
from teamtactics.service.clouds import firestore_sink, pubsub_sink
for make in (firestore_sink, pubsub_sink):
    try:
        print(make(settings).check())
    except DeliveryError as error:
        print(error)
"""


@pytest.mark.some(4)
@pytest.mark.parametrize(
    "env",
    [
        *({"GRPC_DEFAULT_SSL_ROOTS_FILE_PATH": kind} for kind in ("folder", "absent", "der", "bom", "torn")),
        {"GOOGLE_API_USE_MTLS_ENDPOINT": "perhaps"},
        {"GOOGLE_CLOUD_UNIVERSE_DOMAIN": " "},
        {"SSLKEYLOGFILE": "/no/such/folder/keys", "GOOGLE_API_USE_CLIENT_CERTIFICATE": "true"},
        {"GRPC_POLL_STRATEGY": "bogus"},
        {"PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION": "cpp"},
    ],
    ids=str,
)
def test_the_real_libraries_get_as_far_as_the_network(env: dict[str, str], tmp_path: Path) -> None:
    """Without the changes: the process aborts, no channel ever connects, or the key is said to be refused."""
    write_key_file(tmp_path / "key.json", private_key=usable_private_key())
    ini = tmp_path / "teamtactics.ini"
    ini.write_text("[global]\ngoogleAccessToken = key.json\nmessageTopic = laps\nproxy = http://127.0.0.1:9\n")
    for name, kind in env.items():
        if name.startswith("GRPC_DEFAULT"):
            env[name] = str(unusable_certificates(kind, tmp_path))
    clean = {
        name: value for name, value in os.environ.items() if "EMULATOR" not in name and "PROXY" not in name.upper()
    }
    command = [sys.executable, "-c", ATTEMPT, str(ini)]
    done = subprocess.run(command, env={**clean, **env}, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("127.0.0.1:9") == 2, done.stdout
