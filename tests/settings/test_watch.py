"""When a file counts as saved: changed, and left alone for a moment."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from teamtactics.settings.watch import SETTLED_S, YOUNG_S, Watch


class Bench:
    """A watch of one file, with a clock that is set by hand; it looks once a second."""

    def __init__(self, path: Path) -> None:
        self.now_s = 1000.0
        self.path = path
        self.watch = Watch(lambda: self.now_s, lambda: path.stat().st_mtime + (YOUNG_S * 2))
        self.watch.know([path])

    def looks(self, seconds: int) -> list[bool]:
        found = []
        for _ in range(seconds):
            self.now_s += 1.0
            found.append(self.watch.look([self.path]))
        return found


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    path = tmp_path / "teamtactics.ini"
    path.write_text("[global]\n")
    return Bench(path)


def test_what_is_not_touched_has_not_changed(bench: Bench) -> None:
    assert bench.looks(5) == [False] * 5


def test_a_change_is_told_when_it_has_settled_and_until_it_is_known(bench: Bench) -> None:
    bench.path.write_text("[global]\ndebug = on\n")
    assert bench.looks(1) == [False]
    assert bench.watch.is_unsettled
    assert bench.looks(4) == [False, True, True, True]
    assert SETTLED_S == 1.5
    bench.watch.know([bench.path])
    assert bench.looks(3) == [False] * 3


def test_a_save_in_several_writes_is_told_once_all_of_it_is_there(bench: Bench) -> None:
    """The editor empties the file, and writes it in pieces."""
    told = []
    for piece in ("", "[glo", "[global]\nstate", "[global]\nstateInterval = 40\n"):
        bench.path.write_text(piece)
        told += bench.looks(1)
    assert told == [False] * 4
    assert bench.looks(2) == [False, True]


def test_a_file_that_is_replaced_or_comes_later_counts_and_one_that_is_only_touched_does_not(bench: Bench) -> None:
    os.utime(bench.path, (1, 1))
    assert bench.looks(4) == [False] * 4
    bench.path.unlink()
    assert bench.watch.look([bench.path]) is False
    bench.path.write_text("[global]\n")
    assert bench.looks(4) == [False] * 4, "it is as it was"
    other = bench.path.with_name("other")
    other.write_text("[global]\ntape = off\n")
    other.replace(bench.path)
    assert bench.looks(3) == [False, False, True]


def test_two_changes_within_one_step_of_the_disk_s_clock_are_two(tmp_path: Path) -> None:
    path, now_s = tmp_path / "x.ini", [0.0]
    path.write_text("debug = on ")
    stamp = path.stat().st_mtime_ns
    watch = Watch(lambda: now_s[0], lambda: stamp / 1e9 + 1)
    watch.know([path])
    path.write_text("debug = off")
    os.utime(path, ns=(stamp, stamp))
    assert watch.look([path]) is False
    now_s[0] += 2.0
    assert watch.look([path])


def test_what_somebody_holds_is_waited_for(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.path.write_text("[global]\ndebug = on\n")

    def refuse(_path: Path) -> bytes:
        raise PermissionError(13, "The process cannot access the file")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "read_bytes", refuse)
        assert bench.looks(5) == [False] * 5
    assert bench.looks(3) == [False, False, True]
