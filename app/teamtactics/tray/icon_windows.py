"""The icon in the notification area of Windows: pystray, with what it leaves out."""

from __future__ import annotations

import ctypes
import logging
import struct
import sys
import winreg
from collections.abc import Callable
from ctypes import wintypes

import pystray
from pystray._win32 import Icon as PystrayIcon
from pystray._win32 import win32

from teamtactics.tray.drawing.first_face import FirstFace
from teamtactics.tray.drawing.theme import Theme

TYPE_CHECKING = False
if TYPE_CHECKING:  # at run time they are loaded when the icon is there, and Pillow when it gets another face
    from typing import Any

    from teamtactics.tray.drawing.picture import Picture
    from teamtactics.tray.menu import Entry
    from teamtactics.tray.presenter import Client, Presenter, Shown

assert sys.platform == "win32", "this form of the icon is for Windows"

log = logging.getLogger(__name__)

TICK_MS = 1000
VERIFY_EVERY_TICKS = 10
"""How often Windows is asked whether the icon is still there."""

WM_NULL = 0x0000
WM_CLOSE = 0x0010
WM_QUERYENDSESSION = 0x0011
WM_ENDSESSION = 0x0016
WM_TIMER = 0x0113
NIIF_INFO = 0x01
NIIF_RESPECT_QUIET_TIME = 0x80
SM_CXSMICON = 49
ICON_VERSION = 0x00030000

_user32 = ctypes.WinDLL("user32", use_last_error=True)
_user32.CreateIconFromResourceEx.argtypes = (
    ctypes.c_char_p,
    wintypes.DWORD,
    wintypes.BOOL,
    wintypes.DWORD,
    ctypes.c_int,
    ctypes.c_int,
    wintypes.UINT,
)
_user32.CreateIconFromResourceEx.restype = wintypes.HICON
_user32.SetTimer.argtypes = (wintypes.HWND, ctypes.c_size_t, wintypes.UINT, ctypes.c_void_p)
_user32.SetTimer.restype = ctypes.c_size_t
_user32.KillTimer.argtypes = (wintypes.HWND, ctypes.c_size_t)

_PERSONALIZE = r"Software\Microsoft\Windows\CurrentVersion\Themes\Personalize"


class WindowsIcon(PystrayIcon):  # type: ignore[misc]  # pystray has no types
    """
    pystray's icon, which here also

    - comes before what it stands for is loaded: what is clicked until then waits, and is done;
    - is added again when Windows did not take it (before the taskbar exists) or has lost it;
    - lets Windows shut down (pystray's silence counts as a veto) and is told when it does;
    - is drawn for the size at which Windows shows it, without a file on the disk;
    - changes only in its own thread, and its menu only while that is closed.

    Threads: the one that calls ``show_until_over``.
    """

    def __init__(self, make: Callable[[], Client]) -> None:
        _user32.SetProcessDPIAware()
        self._make = make
        self._client: Client
        self._presenter: Presenter
        self._shown: Shown
        self._has_client = False
        self._look: tuple[int, Theme] = (small_icon_size(), taskbar_theme())
        self._icon_handle: int | None = None
        self._is_added = False
        self._ticks = 0
        # As presenter.NAME and words.APP say, which are not loaded yet.
        super().__init__("teamtactics", icon=FirstFace(*self._look), title="Teamtactics")
        self._message_handlers |= {
            win32.WM_NOTIFY: self._with_client(win32.WM_NOTIFY, self._on_notify),
            WM_TIMER: self._on_timer,
            WM_CLOSE: self._with_client(WM_CLOSE, self._on_close),
            WM_QUERYENDSESSION: self._on_query_end_session,
            WM_ENDSESSION: self._on_end_session,
        }

    def show_until_over(self) -> None:
        """Run the message loop until the client is over."""
        # pystray shows the icon from a thread of its own unless it is given another thing to do there.
        self.run(setup=lambda _icon: None)

    def _mainloop(self) -> None:
        self.visible = True
        try:
            self._meet(self._make())
        except BaseException:
            self.visible = False
            raise
        log.info("the icon is %s", "shown" if self._is_added else "not taken by Windows yet; it is tried again")
        _user32.SetTimer(self._hwnd, 1, TICK_MS, None)
        try:
            self._client.begin()
            super()._mainloop()
        finally:
            _user32.KillTimer(self._hwnd, 1)

    def _meet(self, client: Client) -> None:
        from teamtactics.tray.presenter import Presenter, Shown
        from teamtactics.tray.sign import Face, Sign

        self._client = client
        self._presenter = Presenter(client)
        self._shown = Shown(Sign(Face.WAITING), self.title)
        self._say(self._presenter.next(can_notify=False))
        self._has_client = True

    def _with_client(self, message: int, handle: Callable[[int, int], Any]) -> Callable[[int, int], Any]:
        """Return *handle*, but a message that comes too early goes behind those that wait until the client is there."""

        def handle_later(wparam: int, lparam: int) -> Any:
            if self._has_client:
                return handle(wparam, lparam)
            return win32.PostMessage(self._hwnd, message, wparam, lparam)

        return handle_later

    def _on_timer(self, _wparam: int, _lparam: int) -> int:
        if self._client.is_over:
            self.stop()
            return 0
        self._ticks += 1
        # Windows shows notifications of an icon only, so they wait for it.
        self._say(self._presenter.next(can_notify=self._is_added))
        if not self._is_added:
            self._show()
            if self._is_added:
                log.info("the icon is shown")
        elif self._ticks % VERIFY_EVERY_TICKS == 0:
            self._is_added = self._tell(win32.NIM_MODIFY, win32.NIF_TIP, szTip=self.title)
        return 0

    def _say(self, shown: Shown) -> None:
        """Change what has changed, and nothing else."""
        before, self._shown = self._shown, shown
        look = (small_icon_size(), taskbar_theme())
        if (shown.sign, look) != (before.sign, self._look):
            from teamtactics.tray.drawing.picture import draw

            self._look = look
            self.icon = draw(shown.sign, *look)
        self.title = shown.tooltip
        if shown.notice is not None:
            self.notify(shown.notice.text, shown.notice.title)

    def _show(self) -> None:
        """Add the icon; when one of ours is there already, as after a change of the screen, bring it up to date."""
        self._assert_icon_handle()
        what = {"uCallbackMessage": win32.WM_NOTIFY, "hIcon": self._icon_handle, "szTip": self.title}
        flags = win32.NIF_MESSAGE | win32.NIF_ICON | win32.NIF_TIP
        self._is_added = self._tell(win32.NIM_ADD, flags, **what) or self._tell(win32.NIM_MODIFY, flags, **what)

    def _hide(self) -> None:
        self._tell(win32.NIM_DELETE, 0)
        self._is_added = False

    def _update_icon(self) -> None:
        former, self._icon_handle = self._icon_handle, None
        self._assert_icon_handle()
        if self.visible:
            self._tell(win32.NIM_MODIFY, win32.NIF_ICON, hIcon=self._icon_handle)
        if former:
            win32.DestroyIcon(former)
        self._icon_valid = True

    def _assert_icon_handle(self) -> None:
        if not self._icon_handle:
            self._icon_handle = icon_handle(self.icon)

    def _notify(self, message: str, title: str | None = None) -> None:
        flags = NIIF_INFO | NIIF_RESPECT_QUIET_TIME
        self._tell(win32.NIM_MODIFY, win32.NIF_INFO, szInfo=message, szInfoTitle=title or "", dwInfoFlags=flags)

    def _tell(self, code: int, flags: int, **facts: Any) -> bool:
        """Tell Windows about the icon; return whether it was taken (pystray does not ask)."""
        data = win32.NOTIFYICONDATAW(
            cbSize=ctypes.sizeof(win32.NOTIFYICONDATAW), hWnd=self._hwnd, uFlags=flags, **facts
        )
        return bool(win32.Shell_NotifyIcon(code, data))

    def _message(self, code: int, flags: int, **facts: Any) -> None:
        self._tell(code, flags, **facts)

    def _on_notify(self, wparam: int, lparam: int) -> None:
        from teamtactics.tray.menu import Choice

        if lparam == win32.WM_LBUTTONUP:
            self._client.choose(Choice.STATUS)
            self._say(self._presenter.next(can_notify=self._is_added))
        elif lparam == win32.WM_RBUTTONUP:
            # Built when it is opened: always true, and never changed under the pointer.
            self.menu = pystray.Menu(*map(self._item, self._presenter.menu()))
            super()._on_notify(wparam, lparam)
            # Without it a click beside the menu does not close the next one (Microsoft's KB135788).
            win32.PostMessage(self._hwnd, WM_NULL, 0, 0)

    def _item(self, entry: Entry) -> Any:
        from teamtactics.tray.menu import SEPARATOR

        if entry == SEPARATOR:
            return pystray.Menu.SEPARATOR
        # Windows takes a single & for the mark of a key.
        text, choice = entry.text.replace("&", "&&"), entry.choice
        if entry.entries:
            return pystray.MenuItem(text, pystray.Menu(*map(self._item, entry.entries)))
        if choice is None:
            return pystray.MenuItem(text, None, enabled=False)
        is_checked = entry.is_checked
        checked = None if is_checked is None else lambda _item: bool(is_checked)
        return pystray.MenuItem(text, lambda _icon, _item: self._client.choose(choice), checked=checked)

    def _on_close(self, _wparam: int, _lparam: int) -> int:
        """Asked politely to end, e.g. by ``taskkill`` without force."""
        from teamtactics.tray.menu import Choice

        self._client.choose(Choice.QUIT)
        return 0

    def _on_query_end_session(self, _wparam: int, _lparam: int) -> int:
        return 1

    def _on_end_session(self, wparam: int, _lparam: int) -> int:
        if wparam:
            if self._has_client:
                # Windows ends the process when this returns, so for once the tray's thread waits.
                self._client.session_ends()
            self._hide()
        return 0


def small_icon_size() -> int:
    """Return the side of a tray icon at the system's scaling, px."""
    return int(_user32.GetSystemMetrics(SM_CXSMICON)) or 16


def taskbar_theme() -> Theme:
    """Read whether the taskbar is light; dark where Windows does not say (before 1903)."""
    try:
        with winreg.OpenKey(winreg.HKEY_CURRENT_USER, _PERSONALIZE) as key:
            value, _kind = winreg.QueryValueEx(key, "SystemUsesLightTheme")
    except OSError:
        return Theme.DARK
    return Theme.LIGHT if value else Theme.DARK


def icon_handle(picture: Picture | FirstFace) -> int:
    """
    Make an icon of *picture*; the caller gives it back with DestroyIcon.

    Raises:
        OSError: Windows does not make it.
    """
    resource = icon_resource(picture)
    width, height = picture.size
    handle = _user32.CreateIconFromResourceEx(resource, len(resource), True, ICON_VERSION, width, height, 0)
    if not handle:
        raise ctypes.WinError(ctypes.get_last_error())
    return int(handle)


def icon_resource(picture: Picture | FirstFace) -> bytes:
    """Return *picture* as Windows keeps icons: a 32-bit bitmap from the bottom up, then the mask that it ignores."""
    width, height = picture.size
    header = struct.pack("<IiiHHIIiiII", 40, width, 2 * height, 1, 32, 0, 0, 0, 0, 0, 0)
    # The stride -1 of Pillow's raw encoder writes the rows from the bottom up.
    is_first = isinstance(picture, FirstFace)
    pixels = picture.rows_from_below() if is_first else picture.tobytes("raw", "BGRA", 0, -1)
    mask_row = (width + 31) // 32 * 4
    return header + pixels + bytes(mask_row * height)
