"""The installer's and the uninstaller's pages as their user reads them, and what of them is cut off."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from windows.desktop import Desktop
from windows.screen import Window

_FIND = r"""
import ctypes, json, re, sys
from ctypes import wintypes
user, gdi = ctypes.windll.user32, ctypes.windll.gdi32
for function in (user.SendMessageW, user.GetDC, gdi.SelectObject, gdi.CreateFontW):
    function.restype = ctypes.c_void_p
user.SendMessageW.argtypes = [wintypes.HWND, wintypes.UINT, ctypes.c_size_t, ctypes.c_void_p]
gdi.SelectObject.argtypes = [ctypes.c_void_p, ctypes.c_void_p]
user.DrawTextW.argtypes = [ctypes.c_void_p, wintypes.LPCWSTR, ctypes.c_int, ctypes.c_void_p, wintypes.UINT]
user.ReleaseDC.argtypes = [wintypes.HWND, ctypes.c_void_p]
CALLBACK = ctypes.WINFUNCTYPE(wintypes.BOOL, wintypes.HWND, wintypes.LPARAM)
WM_GETTEXT, CALCULATE, BREAK = 0x0D, 0x400, 0x10
# Another program's font is of no use here: this is the one of NSIS, 8 points of Windows' dialogs.
FONT = gdi.CreateFontW(-11, *([0] * 12), "MS Shell Dlg")
BRAND = re.compile("teamtactics [0-9.]+ ?")

def text_of(window):
    buffer = ctypes.create_unicode_buffer(40000)
    user.SendMessageW(window, WM_GETTEXT, 40000, ctypes.cast(buffer, ctypes.c_void_p))
    return buffer.value

def class_of(window):
    buffer = ctypes.create_unicode_buffer(100)
    user.GetClassNameW(window, buffer, 100)
    return buffer.value

def is_cut(window, kind, text):
    there = wintypes.RECT()
    user.GetClientRect(window, ctypes.byref(there))
    mark = 18 if kind == "Button" and user.GetWindowLongW(window, -16) & 0xF in (2, 3) else 0
    needed = wintypes.RECT(0, 0, there.right - mark, 0)
    dc = user.GetDC(window)
    gdi.SelectObject(dc, FONT)
    user.DrawTextW(dc, text, -1, ctypes.byref(needed), CALCULATE | BREAK)
    user.ReleaseDC(window, dc)
    return needed.bottom > there.bottom + 1 or needed.right > there.right - mark

found = []

def look(window, _):
    text, kind = text_of(window), class_of(window)
    if user.IsWindowVisible(window) and (text or kind == "Edit"):
        # The line below the page, with the version, is NSIS's own and as low as it likes.
        cut = kind in ("Static", "Button") and not BRAND.fullmatch(text) and is_cut(window, kind, text)
        found.append({"kind": kind, "text": text, "is_enabled": bool(user.IsWindowEnabled(window)), "is_cut": cut})
    return True

def top(window, _):
    if user.IsWindowVisible(window) and text_of(window).strip() == sys.argv[1]:
        user.EnumChildWindows(window, CALLBACK(look), 0)
    return True

user.EnumWindows(CALLBACK(top), 0)
print(json.dumps(found))
"""


@dataclass(frozen=True, slots=True)
class Control:
    """
    What is seen of a control.

    Attributes:
        kind: Windows' class: ``Static``, ``Button``, ``Edit``.

        is_cut: Its text has no room in it.
    """

    kind: str
    text: str
    is_enabled: bool
    is_cut: bool


class Pages:
    """
    The pages of a program that is running.

    Args:
        title: Of its window.
    """

    def __init__(self, pc: Desktop, title: str) -> None:
        self.pc = pc
        self.title = title

    def window(self) -> Window:
        """Wait for its window and return it: the inside, without the frame."""
        found: list[Window] = []

        def is_there() -> bool:
            named = [window for window in self.pc.screen.windows() if window.name.strip() == self.title]
            found[:] = [window for window in named if window.program.endswith(".exe") and window.width > 300]
            return bool(found)

        self.pc.screen.until(is_there)
        return found[0]

    def controls(self) -> list[Control]:
        """Return what is seen of the page."""
        code, output = self.pc.run(self.pc.toolchain.python, "-X", "utf8", "-c", _FIND, self.title)
        assert code == 0, output
        return [Control(**control) for control in json.loads(output.splitlines()[-1])]

    def until(self, text: str, timeout_s: float = 60.0) -> list[Control]:
        """
        Wait until *text* is part of what is read on the page, and return all of it.

        Raises:
            AssertionError: It is not there in time.
        """
        seen: list[Control] = []

        def is_read() -> bool:
            seen[:] = self.controls()
            return any(text in control.text for control in seen)

        try:
            self.pc.screen.until(is_read, timeout_s)
        except AssertionError as error:
            raise AssertionError(f"nowhere {text!r} in {[control.text for control in seen]}") from error
        return seen

    def go_on(self) -> None:
        """Press the page's own button: Next, Install, Finish."""
        self.pc.screen.press("Return")

    def shot(self, path: Path) -> None:
        """Take a picture of the page."""
        self.pc.screen.shot(path, self.window())
