"""A file is replaced as a whole, keeps its rights, and leaves nothing beside it."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from teamtactics.atomic_file import replace_file

posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no mode bits")


@pytest.fixture(autouse=True)
def usual_umask() -> Iterator[None]:
    former = os.umask(0o022)
    yield
    os.umask(former)


def rights(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_file_and_its_replacement_are_whole_and_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.ini"
    for content in (b"first\r\n\n", b"second"):
        replace_file(path, content)
        assert path.read_bytes() == content
        assert list(tmp_path.iterdir()) == [path]


def test_when_the_disk_refuses_the_former_file_stays_and_nothing_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.ini"
    path.write_bytes(b"former")

    def full(_number: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        replace_file(path, b"new")
    assert path.read_bytes() == b"former"
    assert list(tmp_path.iterdir()) == [path]


@posix
def test_the_rights_of_the_former_file_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "a.ini"
    replace_file(path, b"1")
    assert rights(path) == 0o644
    path.chmod(0o600)
    replace_file(path, b"2")
    assert rights(path) == 0o600


@posix
def test_named_rights_hold_from_the_first_moment_whatever_lies_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, unfinished = tmp_path / "key.json", tmp_path / "key.json.new"
    for left_behind in (path, unfinished):
        left_behind.write_bytes(b"of an older time")
        left_behind.chmod(0o666)
    seen: list[int] = []
    monkeypatch.setattr(os, "fsync", lambda _number: seen.append(rights(unfinished)))
    replace_file(path, b"secret", rights=0o400)
    assert (seen, rights(path)) == ([0o400], 0o400)
    replace_file(path, b"newer secret", rights=0o400)
    assert path.read_bytes() == b"newer secret"
