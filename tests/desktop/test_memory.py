"""One heap for all threads, where the C library makes many."""

from __future__ import annotations

import subprocess
import sys

import pytest

from teamtactics.desktop.memory import use_one_heap

SCRIPT = """
import ctypes, sys, threading
from teamtactics.desktop.memory import use_one_heap

if sys.argv[2] == "told":
    assert use_one_heap()
barrier = threading.Barrier(6)

def allocate():
    kept = [bytes(5000) for _ in range(100)]
    barrier.wait(10)
    return kept

threads = [threading.Thread(target=allocate) for _ in range(5)]
for thread in threads:
    thread.start()
libc = ctypes.CDLL(None)
libc.fopen.restype = ctypes.c_void_p
file = ctypes.c_void_p(libc.fopen(sys.argv[1].encode(), b"w"))
libc.malloc_info(0, file)
libc.fclose(file)
barrier.wait(10)
for thread in threads:
    thread.join()
print(open(sys.argv[1]).read().count("<heap"))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="glibc's heaps")
def test_all_threads_share_one_heap(tmp_path: object) -> None:
    heaps = {}
    for told in ("told", "not told"):
        words = [sys.executable, "-c", SCRIPT, f"{tmp_path}/heaps.xml", told]
        done = subprocess.run(words, capture_output=True, text=True, timeout=30, check=False)
        assert done.returncode == 0, done.stderr
        heaps[told] = int(done.stdout)
    assert heaps["told"] == 1
    assert heaps["not told"] > 1, "else there was nothing to tell"


def test_elsewhere_nothing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    assert use_one_heap() is False
