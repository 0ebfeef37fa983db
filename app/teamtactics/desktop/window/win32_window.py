"""The settings window with what Windows has itself: it weighs nothing in the installer and looks like Windows."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable, Sequence
from ctypes import wintypes

from teamtactics.desktop.window import win32_calls as win32
from teamtactics.desktop.window.desk import Desk, Line
from teamtactics.desktop.window.form import Fields
from teamtactics.desktop.window.texts import Texts
from teamtactics.errors import WindowAbsent

assert sys.platform == "win32", "this form of the window is for Windows"

CLASS = "TeamtacticsSettings"
KEY, BROWSE, TOPIC, NUMBER, LANGUAGE, AUTOSTART, TEST, OPEN, TOLD = range(101, 110)
SAVE, CLOSE = 1, 2
"""What Enter and Escape press in every dialogue of Windows (IDOK, IDCANCEL)."""

_WM_DESTROY, _WM_CLOSE, _WM_SETFONT, _WM_COMMAND, _WM_TIMER, _WM_DROPFILES = 0x2, 0x10, 0x30, 0x111, 0x113, 0x233
_CB_ADDSTRING, _CB_GETCURSEL, _CB_SETCURSEL = 0x143, 0x147, 0x14E
_BM_GETCHECK, _BM_SETCHECK = 0xF0, 0xF1
_EN_KILLFOCUS = 0x200
_CHILD, _TAB, _BORDER, _SCROLL = 0x5000_0000, 0x1_0000, 0x80_0000, 0x20_0000
_FRAME = 0x00CA_0000
"""Title bar with a menu and a button to minimise; its size is fixed."""
_EDIT, _DEFAULT, _CHECK, _DROPDOWN = 0x80, 0x1, 0x3, 0x3
_READ_ONLY_LINES = 0x4 | 0x40 | 0x800
_SUNKEN, _KEYBOARD = 0x200, 0x1_0000
_RESTORE = 9
_TICK_MS = 100
_WIDTH, _HEIGHT, _EDGE, _LABELS = 660, 470, 14, 168
"""Pixels at 96 dots per inch."""


def run_win32(desk: Desk, texts: Texts) -> None:
    """
    Show the window until it is closed; where one is open already, bring that to the front.

    Raises:
        WindowAbsent: Windows makes none.
    """
    former = win32.user32.FindWindowW(CLASS, None)
    if former:
        win32.user32.ShowWindow(former, _RESTORE)
        win32.user32.SetForegroundWindow(former)
        return
    _Window(desk, texts).run()


class _Window:
    def __init__(self, desk: Desk, texts: Texts) -> None:
        self._desk, self._texts = desk, texts
        self._scale = win32.dots_per_inch() / 96
        self._font = win32.message_font()
        self._module = win32.kernel32.GetModuleHandleW(None)
        self._procedure = win32.WNDPROC(self._on_message)  # as long as the window lives
        self._controls: dict[int, int] = {}
        self._pressed: dict[int, Callable[[], None]] = {
            BROWSE: self._browse,
            TEST: desk.test,
            OPEN: desk.open_file,
            SAVE: desk.save,
            CLOSE: self.close,
        }
        self._has_autostart = desk.former.autostart is not None
        self._window = self._make()

    def run(self) -> None:
        """Show it until it is closed."""
        self._fill_with_controls()
        self._desk.begin(self)
        win32.shell32.DragAcceptFiles(self._window, True)
        win32.user32.SetTimer(self._window, 1, _TICK_MS, None)
        win32.user32.ShowWindow(self._window, 1)
        win32.user32.SetForegroundWindow(self._window)
        win32.user32.SetFocus(self._controls[KEY])
        message = wintypes.MSG()
        while win32.user32.GetMessageW(ctypes.byref(message), None, 0, 0) > 0:
            if not win32.user32.IsDialogMessageW(self._window, ctypes.byref(message)):
                win32.user32.TranslateMessage(ctypes.byref(message))
                win32.user32.DispatchMessageW(ctypes.byref(message))
        win32.user32.UnregisterClassW(CLASS, self._module)
        if self._font is not None:
            win32.gdi32.DeleteObject(self._font)

    def read(self) -> Fields:
        """Return what stands in the fields."""
        key, topic, number = (win32.text_of(self._controls[name]) for name in (KEY, TOPIC, NUMBER))
        code = self._texts.languages[max(0, self._send(LANGUAGE, _CB_GETCURSEL))][0]
        starts = self._send(AUTOSTART, _BM_GETCHECK) == 1 if self._has_autostart else None
        return Fields(key, topic, number, code, starts)

    def fill(self, fields: Fields) -> None:
        """Let the fields show this."""
        for name, text in ((KEY, fields.key_file), (TOPIC, fields.topic), (NUMBER, fields.iracing_id)):
            win32.user32.SetWindowTextW(self._controls[name], text)
        codes = [code for code, _name in self._texts.languages]
        self._send(LANGUAGE, _CB_SETCURSEL, codes.index(fields.language))
        if self._has_autostart:
            self._send(AUTOSTART, _BM_SETCHECK, int(bool(fields.autostart)))

    def tell(self, lines: Sequence[Line]) -> None:
        """Show these lines in the place of the former ones."""
        text = "\r\n".join(map(str, lines)) or self._texts.begin
        win32.user32.SetWindowTextW(self._controls[TOLD], text)

    def set_busy(self, is_busy: bool) -> None:
        """Let *Test* and *Save* wait, or be pressed again."""
        if is_busy:
            # A control that cannot be pressed and has the keyboard would keep it from all others.
            win32.user32.SetFocus(self._controls[TOLD])
        for name in (TEST, SAVE):
            win32.user32.EnableWindow(self._controls[name], not is_busy)
        if not is_busy and win32.user32.GetFocus() == self._controls[TOLD]:
            win32.user32.SetFocus(self._controls[TEST])

    def close(self) -> None:
        """Go away."""
        win32.user32.DestroyWindow(self._window)

    def _browse(self) -> None:
        name = win32.choose_file(self._window, self._texts.files, self._texts.files)
        if name:
            self._desk.take(name)

    def _on_message(self, window: int, message: int, wparam: int, lparam: int) -> int:
        if message == _WM_COMMAND:
            name, what = wparam & 0xFFFF, wparam >> 16 & 0xFFFF
            if what == 0 and name in self._pressed:
                self._pressed[name]()
            elif what == _EN_KILLFOCUS and name == KEY:
                self._desk.look_at_key()
        elif message == _WM_TIMER:
            self._desk.tick()
        elif message == _WM_DROPFILES:
            file = win32.dropped(wparam)
            if file:
                self._desk.take(file)
        elif message == _WM_CLOSE:
            self.close()
        elif message == _WM_DESTROY:
            win32.user32.PostQuitMessage(0)
        else:
            return int(win32.user32.DefWindowProcW(window, message, wparam, lparam))
        return 0

    def _make(self) -> int:
        looks = win32.WNDCLASS(
            lpfnWndProc=self._procedure,
            hInstance=self._module,
            hIcon=win32.user32.LoadIconW(self._module, 1),  # of the frozen program; none is Windows' own
            hCursor=win32.user32.LoadCursorW(None, 32512),
            hbrBackground=16,  # as dialogues have it
            lpszClassName=CLASS,
        )
        win32.user32.RegisterClassW(ctypes.byref(looks))
        size = wintypes.RECT(0, 0, self._px(_WIDTH), self._px(_HEIGHT))
        win32.user32.AdjustWindowRectEx(ctypes.byref(size), _FRAME, False, _KEYBOARD)
        width, height = size.right - size.left, size.bottom - size.top
        x = max(0, (win32.user32.GetSystemMetrics(0) - width) // 2)
        y = max(0, (win32.user32.GetSystemMetrics(1) - height) // 3)
        window = win32.user32.CreateWindowExW(
            _KEYBOARD, CLASS, self._texts.title, _FRAME, x, y, width, height, None, None, self._module, None
        )
        if not window:
            raise WindowAbsent(str(ctypes.WinError(ctypes.get_last_error())))
        return int(window)

    def _fill_with_controls(self) -> None:
        texts, left, right = self._texts, _EDGE + _LABELS, _WIDTH - _EDGE
        button = 96
        self._add("STATIC", texts.intro, 0, 0, (_EDGE, 12, right - _EDGE, 34))
        row = 54
        for name, label in ((KEY, texts.key_file), (TOPIC, texts.topic), (NUMBER, texts.iracing_id)):
            self._add("STATIC", label, 0, 0, (_EDGE, row + 3, _LABELS - 8, 20))
            self._add("EDIT", "", name, _TAB | _EDIT, (left, row, right - left - button - 8, 23), _SUNKEN)
            if name == KEY:
                self._add("BUTTON", texts.browse, BROWSE, _TAB, (right - button, row - 1, button, 25))
            row += 32
        self._add("STATIC", texts.language, 0, 0, (_EDGE, row + 3, _LABELS - 8, 20))
        self._add("COMBOBOX", "", LANGUAGE, _TAB | _DROPDOWN | _SCROLL, (left, row, 160, 160))
        for _code, text in texts.languages:
            buffer = ctypes.create_unicode_buffer(text)
            self._send(LANGUAGE, _CB_ADDSTRING, 0, ctypes.addressof(buffer))
        if self._has_autostart:
            self._add("BUTTON", texts.autostart, AUTOSTART, _TAB | _CHECK, (left + 176, row + 1, 260, 22))
        row += 40
        self._add("BUTTON", texts.test, TEST, _TAB, (_EDGE, row, button, 27))
        self._add("BUTTON", texts.open_file, OPEN, _TAB, (_EDGE + button + 8, row, button + 30, 27))
        self._add("BUTTON", texts.save, SAVE, _TAB | _DEFAULT, (right - 2 * button - 8, row, button, 27))
        self._add("BUTTON", texts.close, CLOSE, _TAB, (right - button, row, button, 27))
        row += 40
        told = (_EDGE, row, right - _EDGE, _HEIGHT - row - _EDGE)
        self._add("EDIT", "", TOLD, _TAB | _SCROLL | _READ_ONLY_LINES, told, _SUNKEN)

    def _add(
        self, kind: str, text: str, name: int, style: int, place: tuple[int, int, int, int], outer: int = 0
    ) -> None:
        # A single & would be taken for the mark of a key.
        shown = text.replace("&", "&&")
        numbers = (self._px(number) for number in place)
        control = win32.user32.CreateWindowExW(
            outer, kind, shown, _CHILD | style, *numbers, self._window, name, self._module, None
        )
        if not control:
            raise WindowAbsent(str(ctypes.WinError(ctypes.get_last_error())))
        win32.user32.SendMessageW(control, _WM_SETFONT, self._font or 0, 1)
        if name:
            self._controls[name] = control

    def _send(self, name: int, message: int, wparam: int = 0, lparam: int = 0) -> int:
        return int(win32.user32.SendMessageW(self._controls[name], message, wparam, lparam))

    def _px(self, size: int) -> int:
        return round(size * self._scale)
