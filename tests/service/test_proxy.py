"""The proxy of the ini in the environment."""

from __future__ import annotations

import socket
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any
from urllib.error import HTTPError

import grpc
import pytest

from teamtactics.service.proxy import apply_proxy, use_environment

LOOPBACK = ["127.0.0.1", "localhost", "::1"]
PROXY = "http://me:pass@proxy:8080"


def test_every_library_finds_the_proxy_where_it_looks() -> None:
    env: dict[str, str] = {}
    apply_proxy(PROXY, env)
    names = ("http_proxy", "https_proxy", "grpc_proxy", "HTTP_PROXY", "HTTPS_PROXY", "GRPC_PROXY")
    assert {name: env[name] for name in names} == dict.fromkeys(names, PROXY)


@pytest.mark.parametrize("proxy", [None, PROXY])
@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({}, LOOPBACK),
        ({"NO_PROXY": "intra.example.com"}, ["intra.example.com", *LOOPBACK]),
        ({"no_proxy": "a, localhost ,", "NO_PROXY": "b"}, ["a", "localhost", "b", "127.0.0.1", "::1"]),
        ({"no_proxy": "*"}, ["*"]),
    ],
)
def test_loopback_is_always_excepted_and_joins_what_is_there(
    proxy: str | None, before: dict[str, str], after: list[str]
) -> None:
    env = dict(before)
    apply_proxy(proxy, env)
    assert env["no_proxy"] == env["NO_PROXY"] == ",".join(after)


def test_grpc_s_own_list_is_completed_where_it_is_set() -> None:
    env = {"no_grpc_proxy": "x"}
    apply_proxy(None, env)
    assert env["no_grpc_proxy"] == "x,127.0.0.1,localhost,::1"


def test_without_a_proxy_the_environment_s_own_one_stays() -> None:
    env = {"https_proxy": "http://other:1"}
    apply_proxy(None, env)
    assert env["https_proxy"] == "http://other:1"
    assert "http_proxy" not in env


def test_put_back_restores_everything_for_a_reload() -> None:
    before = {"https_proxy": "http://other:1", "NO_PROXY": "a", "PATH": "/bin"}
    env = dict(before)
    put_back = apply_proxy(PROXY, env)
    put_back()
    assert env == before


def test_what_would_mislead_the_libraries_is_taken_away_and_what_was_there_is_told() -> None:
    env = {"https_proxy": "socks5://p:1", "FIRESTORE_EMULATOR_HOST": "http://h:1", "PATH": "/bin"}
    before = dict(env)
    assert use_environment(env) == before
    assert env == {"FIRESTORE_EMULATOR_HOST": "h:1", "PATH": "/bin"}


@pytest.fixture
def proxy() -> Iterator[socket.socket]:
    """A proxy that is heard by nobody until the test accepts."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(10)
        yield server


def use(monkeypatch: pytest.MonkeyPatch, proxy: socket.socket) -> None:
    """Put the proxy into the real environment, where the libraries look, until the end of the test."""
    env: dict[str, str] = {}
    apply_proxy(f"http://127.0.0.1:{proxy.getsockname()[1]}", env)
    for name, value in env.items():
        monkeypatch.setenv(name, value)


def asked(proxy: socket.socket) -> bool:
    proxy.setblocking(False)
    try:
        proxy.accept()[0].close()
    except BlockingIOError:
        return False
    return True


def test_the_simulator_s_own_http_server_is_asked_directly(
    monkeypatch: pytest.MonkeyPatch, proxy: socket.socket
) -> None:
    """pyirsdk asks http://127.0.0.1:32034/… with urllib."""
    use(monkeypatch, proxy)
    with HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as simulator:
        Thread(target=simulator.handle_request, daemon=True).start()
        request = f"http://127.0.0.1:{simulator.server_port}/get_sim_status"
        with pytest.raises(HTTPError, match="501"):
            urllib.request.build_opener().open(request, timeout=10)
    assert not asked(proxy)


def test_https_goes_through_the_proxy(monkeypatch: pytest.MonkeyPatch, proxy: socket.socket) -> None:
    use(monkeypatch, proxy)
    opener = urllib.request.build_opener()
    Thread(target=refuse_one, args=(proxy,), daemon=True).start()
    with pytest.raises(OSError, match="403"):
        opener.open("https://oauth2.googleapis.com/token", timeout=10)


def test_grpc_goes_through_the_proxy_but_not_to_loopback(monkeypatch: pytest.MonkeyPatch, proxy: socket.socket) -> None:
    use(monkeypatch, proxy)
    with grpc.insecure_channel("firestore.googleapis.com:443") as channel:
        future = call(channel)
        connection = proxy.accept()[0]
        assert connection.recv(4096).startswith(b"CONNECT firestore.googleapis.com:443 ")
        connection.close()
        future.cancel()
    with socket.create_server(("127.0.0.1", 0)) as emulator:
        emulator.settimeout(10)
        with grpc.insecure_channel(f"127.0.0.1:{emulator.getsockname()[1]}") as channel:
            future = call(channel)
            connection = emulator.accept()[0]
            assert connection.recv(4096).startswith(b"PRI * HTTP/2.0")
            connection.close()
            future.cancel()


def call(channel: Any) -> Any:
    """Ask for something, so that the channel connects; waiting for it to be ready would leave a thread behind."""
    return channel.unary_unary("/any/Call").future(b"", timeout=10, wait_for_ready=True)


def refuse_one(proxy: socket.socket) -> None:
    connection = proxy.accept()[0]
    connection.recv(4096)
    connection.sendall(b"HTTP/1.1 403 Forbidden\r\n\r\n")
    connection.close()
