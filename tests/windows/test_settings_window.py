"""The settings window with Windows' own controls: a file dropped on it, tested, saved, closed; by Windows CPython."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from support.key_file import key_content, secret_pieces
from teamtactics.settings.load import load_settings
from windows.desktop import Desktop
from windows.toolchain import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

USE = r'''
import ctypes, json, sys, threading, time
from ctypes import wintypes
from pathlib import Path
from teamtactics.desktop.window import win32_window as one
from teamtactics.desktop.window.desk import Desk, Line
from teamtactics.desktop.window.showing import show
from teamtactics.desktop.window.win32_calls import kernel32, text_of, user32
from teamtactics.settings.load import load_settings

ini, team = Path(sys.argv[1]), sys.argv[2]
user32.GetDlgItem.restype, user32.GetDlgItem.argtypes = wintypes.HWND, (wintypes.HWND, ctypes.c_int)
user32.PostMessageW.argtypes = (wintypes.HWND, wintypes.UINT, wintypes.WPARAM, wintypes.LPARAM)
kernel32.GlobalAlloc.restype, kernel32.GlobalAlloc.argtypes = ctypes.c_void_p, (wintypes.UINT, ctypes.c_size_t)
seen = {}

def check(tried):
    settings = load_settings(tried, tried.parent, {}, "win32")
    seen["tried"] = settings.message_topic
    return [Line(True, f"configuration: {tried}"), Line(False, "all else")]

def window():
    return user32.FindWindowW(one.CLASS, None)

def text(name):
    return text_of(user32.GetDlgItem(window(), name))

def until(holds):
    deadline = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < deadline, seen
        time.sleep(0.02)

def press(name):
    user32.PostMessageW(window(), 0x111, name, user32.GetDlgItem(window(), name))

def drop(name):
    """As Explorer does: a header that says where the names begin, and that they are wide; the names; an end."""
    raw = (20).to_bytes(4, "little") + bytes(12) + (1).to_bytes(4, "little") + name.encode("utf-16-le") + bytes(4)
    block = kernel32.GlobalAlloc(0x40, len(raw))
    ctypes.memmove(block, raw, len(raw))
    user32.PostMessageW(window(), 0x233, block, 0)

def use():
    until(lambda: window() and user32.GetDlgItem(window(), one.TOLD) and text(one.TOLD))
    seen["begins"] = [text(name) for name in (one.KEY, one.TOPIC, one.NUMBER)]
    drop(team)
    until(lambda: text(one.TOPIC) == "of-the-team")
    seen["dropped"] = [text(one.KEY), text(one.TOLD)]
    press(one.TEST)
    until(lambda: "all else" in text(one.TOLD))
    seen["tested"] = text(one.TOLD)
    seen["files"] = sorted(path.name for path in ini.parent.iterdir())
    user32.SendMessageW(user32.GetDlgItem(window(), one.AUTOSTART), 0xF1, 1, 0)
    press(one.SAVE)
    until(lambda: (ini.parent / "collector.json").exists() and "of-the-team" in ini.read_text())
    until(lambda: text(one.KEY) == "collector.json")
    seen["saved"] = text(one.TOLD)
    user32.SendMessageW(user32.GetDlgItem(window(), one.LANGUAGE), 0x14E, 2, 0)
    former = window()
    press(one.SAVE)
    until(lambda: window() not in (None, former) and user32.GetDlgItem(window(), one.TOLD) and text(one.TOLD))
    seen["german"] = text(one.TOLD)
    show(Desk(ini, None, check))  # a second one brings this to the front, and ends
    press(one.CLOSE)

thread = threading.Thread(target=use, daemon=True)
thread.start()
show(Desk(ini, None, check))
thread.join(5)
print(json.dumps(seen))
'''


def test_a_file_is_dropped_tested_and_saved(pc: Desktop) -> None:
    team = pc.folder / "team.json"
    team.write_text(json.dumps({"key": key_content(), "topic": "of-the-team"}))
    ini = pc.folder / "conf" / "teamtactics.ini"
    ini.parent.mkdir()
    ini.write_text("; mine\n[global]\niracingId = 4711\nlanguage = en\n")
    names = [pc.windows_path(path) for path in (ini, team)]
    code, output = pc.run(
        pc.toolchain.python,
        "-X",
        "utf8",
        "-c",
        USE,
        *names,
        environment={"PYTHONPATH": pc.windows_path(ROOT / "app"), "PYTHONDONTWRITEBYTECODE": "1"},
    )
    assert code == 0, output
    assert not any(piece in output for piece in secret_pieces())
    seen = json.loads(output.splitlines()[-1])
    assert seen["begins"] == ["", "", "4711"]
    account = "✓ team.json: account collector@endurance-team.iam.gserviceaccount.com, project endurance-team"
    assert seen["dropped"] == [names[1], account]
    assert seen["tried"] == "projects/endurance-team/topics/of-the-team"
    assert seen["tested"] == f"✓ configuration: {names[0]}\r\n✗ all else"
    assert seen["files"] == ["teamtactics.ini"]
    assert seen["saved"].startswith(f"✓ Saved in {names[0]}")
    assert seen["german"].startswith(f"✓ Gespeichert in {names[0]}")
    settings = load_settings(ini, Path(), {}, "linux")
    assert settings.message_topic == "projects/endurance-team/topics/of-the-team"
    assert settings.language == "de"
    run = pc.registry(r"HKCU\Software\Microsoft\Windows\CurrentVersion\Run", "teamtactics")
    assert run is not None
    assert "-m teamtactics" in run
