"""What pystray leaves out on Windows, each shown to be there: run by Windows CPython against Wine's own windows."""

from __future__ import annotations

import json
from typing import Any

import pytest

from windows.desktop import Desktop
from windows.toolchain import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

PREPARE = '''
import ctypes, json, threading, time
from dataclasses import replace
from teamtactics.model.status import Status, SimulatorState, CarStatus, Witness
from teamtactics.tray.menu import Switches
from teamtactics.tray import icon_windows
from teamtactics.tray.icon_windows import WindowsIcon, win32

user32 = ctypes.WinDLL("user32")
user32.SendMessageW.restype = ctypes.c_ssize_t
user32.SendMessageW.argtypes = (ctypes.c_void_p, ctypes.c_uint, ctypes.c_size_t, ctypes.c_ssize_t)
icon_windows.TICK_MS = 50

class Client:
    is_over = False
    ended = 0
    chosen = []
    now = Status(0.0)
    def begin(self): pass
    def status(self): return self.now
    def switches(self): return Switches()
    def choose(self, choice): self.chosen.append(str(choice))
    def answers(self): return ()
    def session_ends(self): self.ended += 1

client = Client()
icon = WindowsIcon(lambda: client)
calls = []
real = win32.Shell_NotifyIcon

def driving(stint):
    car = CarStatus(Witness.OWN, "A", 1, stint, 1, 1, 1.0, 1.0, False, 0.0)
    return replace(client.now, simulator=SimulatorState.CONNECTED, is_driving=True, car=car)

def show_while(body):
    """Run *body* in another thread while the icon is there and has its client, then print what it returns."""
    def run():
        while not icon._has_client: time.sleep(0.02)
        try: print(json.dumps(body()), flush=True)
        finally: client.is_over = True
    threading.Thread(target=run).start()
    icon.show_until_over()

def until(holds):
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline, "not in time"
        time.sleep(0.02)
'''


def run(pc: Desktop, script: str) -> Any:
    """Run *script* behind PREPARE with the Windows CPython; return what it printed, as JSON."""
    program = pc.folder / "script.py"
    program.write_text(PREPARE + script)
    environment = {"PYTHONPATH": pc.windows_path(ROOT / "app"), "PYTHONDONTWRITEBYTECODE": "1"}
    code, output = pc.run(pc.toolchain.python, "-X", "utf8", program, environment=environment)
    assert code == 0, output
    return json.loads(output.strip().splitlines()[-1])


def test_an_icon_that_windows_does_not_take_at_first_is_added_later(pc: Desktop) -> None:
    """As at logon, before the taskbar is there."""
    script = """
refusals = 6

def shell(code, data):
    global refusals
    calls.append(code)
    if refusals and code in (win32.NIM_ADD, win32.NIM_MODIFY):
        refusals -= 1
        return 0
    return real(code, data)

win32.Shell_NotifyIcon = shell

def body():
    until(lambda: icon._is_added)
    return calls.count(win32.NIM_ADD)

show_while(body)
"""
    assert run(pc, script) == 4


def test_a_notification_waits_for_the_icon_and_is_shown_once(pc: Desktop) -> None:
    script = """
from teamtactics.tray.notices import Notice
unsaid, told, refusals = [Notice("Welcome", "to you")], [], 6
client.answers = lambda: [unsaid.pop()] if unsaid else []

def shell(code, data):
    global refusals
    if refusals and code in (win32.NIM_ADD, win32.NIM_MODIFY):
        refusals -= 1
        return 0
    if data.uFlags & 0x10: told.append([data.szInfoTitle, data.szInfo])
    return real(code, data)

win32.Shell_NotifyIcon = shell

def body():
    until(lambda: told)
    ticks = icon._ticks
    until(lambda: icon._ticks > ticks + 20)
    return told

show_while(body)
"""
    assert run(pc, script) == [["Welcome", "to you"]]


def test_an_icon_that_was_lost_is_noticed_and_added_again(pc: Desktop) -> None:
    script = """
def body():
    until(lambda: icon._is_added)
    icon._tell(win32.NIM_DELETE, 0)  # behind its back
    ticks = icon._ticks
    until(lambda: icon._ticks > ticks + 25 and icon._is_added)
    return icon._tell(win32.NIM_MODIFY, win32.NIF_TIP, szTip="x")

show_while(body)
"""
    assert run(pc, script) is True


def test_an_explorer_that_comes_back_gets_the_icon_again(pc: Desktop) -> None:
    script = """
def body():
    until(lambda: icon._is_added)
    icon._tell(win32.NIM_DELETE, 0)
    user32.SendMessageW(icon._hwnd, win32.WM_TASKBARCREATED, 0, 0)
    return icon._tell(win32.NIM_MODIFY, win32.NIF_TIP, szTip="x")

show_while(body)
"""
    assert run(pc, script) is True


def test_windows_may_shut_down_and_the_program_is_told(pc: Desktop) -> None:
    script = """
def body():
    until(lambda: icon._is_added)
    may = user32.SendMessageW(icon._hwnd, 0x0011, 0, 0)
    user32.SendMessageW(icon._hwnd, 0x0016, 0, 0)  # called off
    off = client.ended
    user32.SendMessageW(icon._hwnd, 0x0016, 1, 0)
    user32.SendMessageW(icon._hwnd, 0x0010, 0, 0)  # WM_CLOSE, as taskkill sends it
    return [may, off, client.ended, client.chosen]

show_while(body)
"""
    assert run(pc, script) == [1, 0, 1, ["quit"]]


def test_five_hundred_changes_of_the_picture_leave_no_handle_and_no_file(pc: Desktop) -> None:
    script = """
import os, tempfile
kernel32 = ctypes.WinDLL("kernel32")
kernel32.GetCurrentProcess.restype = ctypes.c_void_p
user32.GetGuiResources.argtypes = (ctypes.c_void_p, ctypes.c_uint)
kernel32.GetProcessHandleCount.argtypes = (ctypes.c_void_p, ctypes.c_void_p)

def counts():
    handles = ctypes.c_ulong()
    me = kernel32.GetCurrentProcess()
    kernel32.GetProcessHandleCount(me, ctypes.byref(handles))
    return [user32.GetGuiResources(me, 0), user32.GetGuiResources(me, 1), handles.value]

made, given_back = [], []
make, give_back = icon_windows.icon_handle, win32.DestroyIcon
icon_windows.icon_handle = lambda picture: made.append(1) or make(picture)
win32.DestroyIcon = lambda handle: given_back.append(1) or give_back(handle)

def changes(n):
    for at in range(n):
        client.now = driving(at % 90 + 1)
        user32.SendMessageW(icon._hwnd, 0x0113, 1, 0)  # the timer

def body():
    until(lambda: icon._is_added)
    changes(100)
    before, files = counts(), sorted(os.listdir(tempfile.gettempdir()))
    changes(500)
    return [before, counts(), files == sorted(os.listdir(tempfile.gettempdir())), len(made), len(given_back)]

show_while(body)
"""
    before, after, same_files, made, given_back = run(pc, script)
    assert same_files
    assert made >= 600
    assert made - given_back <= 1
    assert all(late <= early + 3 for early, late in zip(before, after, strict=True)), (before, after)


def test_nothing_is_told_to_windows_while_nothing_changes(pc: Desktop) -> None:
    script = """
win32.Shell_NotifyIcon = lambda code, data: calls.append(data.uFlags) or real(code, data)

def body():
    until(lambda: icon._is_added)
    calls.clear()
    ticks = icon._ticks
    until(lambda: icon._ticks >= ticks + 30)
    return [call for call in calls if call & win32.NIF_ICON], len(calls)

show_while(body)
"""
    pictures, calls = run(pc, script)
    assert pictures == []
    assert calls <= 4, "the question whether the icon is still there, every ten seconds"


def test_an_icon_has_the_size_that_is_asked_for_and_the_colours_that_were_drawn(pc: Desktop) -> None:
    script = """
from ctypes import wintypes
from teamtactics.tray.drawing.picture import Theme, draw
from teamtactics.tray.sign import Face, Sign

class IconInfo(ctypes.Structure):
    _fields_ = [("is_icon", wintypes.BOOL), ("x", wintypes.DWORD), ("y", wintypes.DWORD),
                ("mask", wintypes.HBITMAP), ("colour", wintypes.HBITMAP)]

class Bitmap(ctypes.Structure):
    _fields_ = [("type", ctypes.c_long), ("width", ctypes.c_long), ("height", ctypes.c_long),
                ("stride", ctypes.c_long), ("planes", wintypes.WORD), ("bits", wintypes.WORD),
                ("data", ctypes.c_void_p)]

gdi32 = ctypes.WinDLL("gdi32")
gdi32.GetObjectW.argtypes = (wintypes.HBITMAP, ctypes.c_int, ctypes.c_void_p)
gdi32.GetPixel.argtypes = (wintypes.HDC, ctypes.c_int, ctypes.c_int)
gdi32.GetPixel.restype = wintypes.COLORREF
gdi32.CreateCompatibleDC.restype = wintypes.HDC
gdi32.SelectObject.argtypes = (wintypes.HDC, wintypes.HGDIOBJ)
user32.GetIconInfo.argtypes = (wintypes.HICON, ctypes.c_void_p)

found = []
for size in (16, 20, 24, 32, 28):
    picture = draw(Sign(Face.DELIVERED, 3), size, Theme.DARK)
    info, bitmap = IconInfo(), Bitmap()
    assert user32.GetIconInfo(icon_windows.icon_handle(picture), ctypes.byref(info))
    gdi32.GetObjectW(info.colour, ctypes.sizeof(bitmap), ctypes.byref(bitmap))
    canvas = gdi32.CreateCompatibleDC(None)
    gdi32.SelectObject(canvas, info.colour)
    wrong = 0
    for y in range(size):
        for x in range(size):
            red, green, blue, alpha = picture.getpixel((x, y))
            if alpha == 255:
                wrong += gdi32.GetPixel(canvas, x, y) != red | green << 8 | blue << 16
    found.append([bitmap.width, bitmap.height, bitmap.bits, wrong])
print(json.dumps(found))
"""
    assert run(pc, script) == [[size, size, 32, 0] for size in (16, 20, 24, 32, 28)]


def test_the_picture_follows_the_taskbar_from_dark_to_light_and_the_scaling(pc: Desktop) -> None:
    script = """
import winreg
drawn = []
from teamtactics.tray.drawing import picture
draw = picture.draw
picture.draw = lambda sign, size, theme: drawn.append([size, str(theme)]) or draw(sign, size, theme)

def body():
    until(lambda: icon._is_added)
    with winreg.CreateKey(winreg.HKEY_CURRENT_USER, icon_windows._PERSONALIZE) as key:
        winreg.SetValueEx(key, "SystemUsesLightTheme", 0, winreg.REG_DWORD, 1)
    until(lambda: len(drawn) == 1)
    icon_windows.small_icon_size = lambda: 24
    until(lambda: len(drawn) == 2)
    ticks = icon._ticks
    until(lambda: icon._ticks > ticks + 10)
    return drawn

show_while(body)
"""
    assert run(pc, script) == [[16, "light taskbar"], [24, "light taskbar"]]


def test_the_icon_is_there_before_its_client_and_a_click_until_then_waits(pc: Desktop) -> None:
    script = """
user32.PostMessageW.argtypes = user32.SendMessageW.argtypes
there = []

def make():
    there.append(icon._is_added)
    user32.PostMessageW(icon._hwnd, win32.WM_NOTIFY, 0, win32.WM_LBUTTONUP)
    # Windows may also tell while it is told something: in the middle of a call.
    user32.SendMessageW(icon._hwnd, win32.WM_NOTIFY, 0, win32.WM_LBUTTONUP)
    user32.SendMessageW(icon._hwnd, icon_windows.WM_CLOSE, 0, 0)
    there.append(user32.SendMessageW(icon._hwnd, icon_windows.WM_QUERYENDSESSION, 0, 0))
    there.append(list(client.chosen))
    return client

def body():
    until(lambda: len(client.chosen) == 3)
    return [*there, client.chosen]

icon._make = make
show_while(body)
"""
    assert run(pc, script) == [True, 1, [], ["status", "status", "quit"]]


def test_an_icon_whose_client_cannot_be_made_goes_and_the_error_comes_out(pc: Desktop) -> None:
    script = """
win32.Shell_NotifyIcon = lambda code, data: calls.append(code) or real(code, data)

def make():
    raise ValueError("no client")

icon._make = make
try:
    icon.show_until_over()
except ValueError as error:
    print(json.dumps([str(error), calls[-1] == win32.NIM_DELETE, icon._is_added]), flush=True)
"""
    assert run(pc, script) == ["no client", True, False]
