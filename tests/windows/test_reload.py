"""A hundred reloads on Windows, with a cloud: no thread, no handle and no memory is left behind."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from e2e.race_process import RaceProcess
from windows.desktop import Desktop
from windows.toolchain import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.emulator, pytest.mark.timeout(240)]

SCRIPT = """
import ctypes, json, sys, threading, time
from ctypes import wintypes
from pathlib import Path
from teamtactics.service.service import Service

class Counters(ctypes.Structure):
    _sizes = ("peak", "working", "a", "b", "c", "d", "pagefile", "peak_pagefile", "private")
    _fields_ = [("cb", wintypes.DWORD), ("faults", wintypes.DWORD)] + [(name, ctypes.c_size_t) for name in _sizes]

kernel32, psapi = ctypes.WinDLL("kernel32"), ctypes.WinDLL("psapi")
kernel32.GetCurrentProcess.restype = wintypes.HANDLE
kernel32.GetProcessHandleCount.argtypes = (wintypes.HANDLE, ctypes.c_void_p)
psapi.GetProcessMemoryInfo.argtypes = (wintypes.HANDLE, ctypes.c_void_p, wintypes.DWORD)

def counts():
    handles, memory = wintypes.DWORD(), Counters()
    memory.cb = ctypes.sizeof(memory)
    me = kernel32.GetCurrentProcess()
    assert kernel32.GetProcessHandleCount(me, ctypes.byref(handles))
    assert psapi.GetProcessMemoryInfo(me, ctypes.byref(memory), memory.cb)
    return [threading.active_count(), handles.value, memory.private]

ini, image = Path(sys.argv[1]), sys.argv[2]

def write(number):
    topic = "messageTopic = laps" if number % 2 else ""
    ini.write_text(f"[global]\\nlogfile = log{number % 3}.log\\ndataDir = data\\nsimulate = {image}\\n{topic}\\n")

write(0)
service = Service(ini)
service.start()
deadline = time.monotonic() + 60
while not any(sink.confirmed_at_s for sink in service.board.status.sinks):
    assert time.monotonic() < deadline, service.board.status
    time.sleep(0.1)
found = []
for number in range(1, 102):
    write(number)
    assert service.reload() is None
    if number in (21, 101):
        time.sleep(2)
        found.append(counts())
ended = service.close()
print(json.dumps([ended, *found]), flush=True)
"""


def test_a_hundred_reloads_leave_nothing_behind(pc: Desktop, firestore_emulator: str, tmp_path: Path) -> None:
    image = tmp_path / "live.dump"
    with RaceProcess("solo", image, 60.0, "410001") as race:
        race.go()
        reload_often(pc, firestore_emulator, image)


def reload_often(pc: Desktop, firestore_emulator: str, image: Path) -> None:
    program = pc.folder / "reload.py"
    program.write_text(SCRIPT)
    code, output = pc.run(
        pc.toolchain.python,
        "-X",
        "utf8",
        program,
        pc.folder / "teamtactics.ini",
        pc.windows_path(image),
        environment={
            "PYTHONPATH": pc.windows_path(ROOT / "app"),
            "PYTHONDONTWRITEBYTECODE": "1",
            "FIRESTORE_EMULATOR_HOST": firestore_emulator,
            "GOOGLE_CLOUD_PROJECT": "windows-reload",
        },
        timeout_s=200.0,
    )
    assert code == 0, output
    ended, (threads, handles, memory), (late_threads, late_handles, late_memory) = json.loads(output.splitlines()[-1])
    assert ended, output
    assert late_threads <= threads
    assert late_handles <= handles + 10
    assert late_memory - memory < 15_000_000, f"{(late_memory - memory) / 1e6:.1f} MB more"
