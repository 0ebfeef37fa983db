"""One tray per user: a lock that a killed process leaves free, and an answer for the next start."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from teamtactics.desktop.single_instance import SingleInstance, address, ask

HOLD = "import os, sys; from teamtactics.desktop.single_instance import SingleInstance as S; s = S(os.environ); "


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    return {"HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path)}


def test_the_second_is_not_the_first_until_that_has_ended(env: dict[str, str]) -> None:
    first = SingleInstance(env)
    assert first.is_first
    assert not SingleInstance(env).is_first
    first.close()
    again = SingleInstance(env)
    assert again.is_first
    again.close()


def test_another_user_has_an_instance_of_his_own(env: dict[str, str], tmp_path: Path) -> None:
    first = SingleInstance(env)
    other = SingleInstance({**env, "HOME": str(tmp_path / "other")})
    assert other.is_first
    other.close()
    first.close()


def test_the_first_answers_in_its_own_words(env: dict[str, str]) -> None:
    asked: list[str] = []

    def answer(word: str) -> str:
        asked.append(word)
        return f"you said {word} ✓"

    first = SingleInstance(env)
    first.listen(answer)
    assert [ask(env, "show"), ask(env, "quit")] == ["you said show ✓", "you said quit ✓"]
    assert asked == ["show", "quit"]
    first.close()
    assert ask(env, "show") is None
    assert [thread.name for thread in threading.enumerate() if thread.name == "listener"] == []


def test_nobody_there_is_no_answer(env: dict[str, str]) -> None:
    assert ask(env, "show") is None


def test_one_that_hangs_up_or_talks_nonsense_does_not_silence_it(env: dict[str, str]) -> None:
    import socket

    first = SingleInstance(env)
    first.listen(str.upper)
    for nonsense in (b"", b"GET / HTTP/1.1\r\n\r\n", b"\xff\xff\xff\xff" * 10):
        with socket.socket(socket.AF_UNIX) as stranger:
            stranger.connect(address(env))
            stranger.sendall(nonsense)
    assert ask(env, "show") == "SHOW"
    first.close()


def test_a_killed_one_leaves_the_lock_free_and_its_socket_is_replaced(env: dict[str, str]) -> None:
    code = HOLD + "s.listen(str); print(s.is_first, flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", code], env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None and process.stdout.readline() == "True\n"
            assert not SingleInstance(env).is_first
        finally:
            process.kill()
    assert Path(address(env)).exists(), "left behind"
    successor = SingleInstance(env)
    assert successor.is_first
    successor.listen(str.upper)
    assert ask(env, "show") == "SHOW"
    successor.close()


def test_of_many_that_start_at_once_exactly_one_is_the_first(env: dict[str, str]) -> None:
    code = HOLD + "print(s.is_first, flush=True); sys.stdin.read()"
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", code], env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(6)
    ]
    try:
        said = [process.stdout.readline().strip() for process in processes if process.stdout is not None]
        assert sorted(said) == ["False"] * 5 + ["True"]
    finally:
        for process in processes:
            process.kill()
            process.communicate()


def test_a_long_home_does_not_make_the_sockets_name_too_long(tmp_path: Path) -> None:
    assert len(address({"HOME": str(tmp_path / ("x" * 200))})) < 100


@pytest.mark.skipif(sys.platform == "win32", reason="there the lock is no file")
def test_without_a_place_for_the_lock_it_starts_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    env = {"HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path / "file")}
    instance = SingleInstance(env)
    assert instance.is_first
    instance.listen(lambda _: "")
    assert ask(env, "show") is None
    instance.close()


@pytest.mark.skipif(sys.platform == "win32", reason="there it is a pipe, whose name has room")
def test_where_the_folder_for_sockets_has_too_long_a_name_another_one_is_used(tmp_path: Path) -> None:
    env = {"HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path / ("a" * 120))}
    first = SingleInstance(env)
    assert first.is_first
    first.listen(lambda word: f"{word} " * 200)
    try:
        assert ask(env, "show") == "show " * 200
    finally:
        first.close()
