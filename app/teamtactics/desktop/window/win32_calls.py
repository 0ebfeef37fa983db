"""What the settings window needs of Windows, with its types: a wrong one would show only as a crash on some PCs."""

from __future__ import annotations

import ctypes
import sys
from ctypes import wintypes

assert sys.platform == "win32", "this is for Windows"

LRESULT = ctypes.c_ssize_t
WNDPROC = ctypes.WINFUNCTYPE(LRESULT, wintypes.HWND, wintypes.UINT, wintypes.WPARAM, wintypes.LPARAM)


class WNDCLASS(ctypes.Structure):
    _fields_ = (
        ("style", wintypes.UINT),
        ("lpfnWndProc", WNDPROC),
        ("cbClsExtra", ctypes.c_int),
        ("cbWndExtra", ctypes.c_int),
        ("hInstance", wintypes.HINSTANCE),
        ("hIcon", wintypes.HICON),
        ("hCursor", wintypes.HANDLE),
        ("hbrBackground", wintypes.HBRUSH),
        ("lpszMenuName", wintypes.LPCWSTR),
        ("lpszClassName", wintypes.LPCWSTR),
    )


class LOGFONT(ctypes.Structure):
    _fields_ = (
        *((f"number{n}", ctypes.c_long) for n in range(5)),
        ("bytes", ctypes.c_byte * 8),
        ("lfFaceName", ctypes.c_wchar * 32),
    )


class NONCLIENTMETRICS(ctypes.Structure):
    _fields_ = (
        ("cbSize", wintypes.UINT),
        *((f"number{n}", ctypes.c_int) for n in range(5)),
        ("lfCaptionFont", LOGFONT),
        ("iSmCaptionWidth", ctypes.c_int),
        ("iSmCaptionHeight", ctypes.c_int),
        ("lfSmCaptionFont", LOGFONT),
        ("iMenuWidth", ctypes.c_int),
        ("iMenuHeight", ctypes.c_int),
        ("lfMenuFont", LOGFONT),
        ("lfStatusFont", LOGFONT),
        ("lfMessageFont", LOGFONT),
        ("iPaddedBorderWidth", ctypes.c_int),
    )


class OPENFILENAME(ctypes.Structure):
    _fields_ = (
        ("lStructSize", wintypes.DWORD),
        ("hwndOwner", wintypes.HWND),
        ("hInstance", wintypes.HINSTANCE),
        ("lpstrFilter", wintypes.LPCWSTR),
        ("lpstrCustomFilter", wintypes.LPWSTR),
        ("nMaxCustFilter", wintypes.DWORD),
        ("nFilterIndex", wintypes.DWORD),
        ("lpstrFile", ctypes.c_void_p),
        ("nMaxFile", wintypes.DWORD),
        ("lpstrFileTitle", wintypes.LPWSTR),
        ("nMaxFileTitle", wintypes.DWORD),
        ("lpstrInitialDir", wintypes.LPCWSTR),
        ("lpstrTitle", wintypes.LPCWSTR),
        ("Flags", wintypes.DWORD),
        ("nFileOffset", wintypes.WORD),
        ("nFileExtension", wintypes.WORD),
        ("lpstrDefExt", wintypes.LPCWSTR),
        ("lCustData", wintypes.LPARAM),
        ("lpfnHook", ctypes.c_void_p),
        ("lpTemplateName", wintypes.LPCWSTR),
        ("pvReserved", ctypes.c_void_p),
        ("dwReserved", wintypes.DWORD),
        ("FlagsEx", wintypes.DWORD),
    )


# Instances of our own: what other modules say of the types of the same functions changes nothing here.
user32 = ctypes.WinDLL("user32", use_last_error=True)
gdi32 = ctypes.WinDLL("gdi32")
shell32 = ctypes.WinDLL("shell32")
comdlg32 = ctypes.WinDLL("comdlg32")
kernel32 = ctypes.WinDLL("kernel32")

_NUMBER, _TEXT, _WINDOW = ctypes.c_int, wintypes.LPCWSTR, wintypes.HWND
_ANY, _PLACE = ctypes.c_void_p, (_NUMBER,) * 4
_MESSAGE = (_WINDOW, wintypes.UINT, wintypes.WPARAM, wintypes.LPARAM)
for _library, _name, _result, _arguments in (
    (kernel32, "GetModuleHandleW", wintypes.HMODULE, (_TEXT,)),
    (user32, "RegisterClassW", wintypes.ATOM, (ctypes.POINTER(WNDCLASS),)),
    (user32, "UnregisterClassW", wintypes.BOOL, (_TEXT, wintypes.HINSTANCE)),
    (user32, "LoadCursorW", wintypes.HANDLE, (wintypes.HINSTANCE, ctypes.c_void_p)),
    (user32, "LoadIconW", wintypes.HICON, (wintypes.HINSTANCE, ctypes.c_void_p)),
    (
        user32,
        "CreateWindowExW",
        _WINDOW,
        (wintypes.DWORD, _TEXT, _TEXT, wintypes.DWORD, *_PLACE, _WINDOW, ctypes.c_void_p, wintypes.HMODULE, _ANY),
    ),
    (user32, "FindWindowW", _WINDOW, (_TEXT, _TEXT)),
    (user32, "DefWindowProcW", LRESULT, _MESSAGE),
    (user32, "SendMessageW", LRESULT, _MESSAGE),
    (user32, "PostQuitMessage", None, (_NUMBER,)),
    (user32, "DestroyWindow", wintypes.BOOL, (_WINDOW,)),
    (user32, "ShowWindow", wintypes.BOOL, (_WINDOW, _NUMBER)),
    (user32, "SetForegroundWindow", wintypes.BOOL, (_WINDOW,)),
    (user32, "SetFocus", _WINDOW, (_WINDOW,)),
    (user32, "GetFocus", _WINDOW, ()),
    (user32, "EnableWindow", wintypes.BOOL, (_WINDOW, wintypes.BOOL)),
    (user32, "SetWindowTextW", wintypes.BOOL, (_WINDOW, _TEXT)),
    (user32, "GetWindowTextLengthW", _NUMBER, (_WINDOW,)),
    (user32, "GetWindowTextW", _NUMBER, (_WINDOW, wintypes.LPWSTR, _NUMBER)),
    (user32, "SetTimer", ctypes.c_size_t, (_WINDOW, ctypes.c_size_t, wintypes.UINT, ctypes.c_void_p)),
    (user32, "GetMessageW", _NUMBER, (ctypes.POINTER(wintypes.MSG), _WINDOW, wintypes.UINT, wintypes.UINT)),
    (user32, "IsDialogMessageW", wintypes.BOOL, (_WINDOW, ctypes.POINTER(wintypes.MSG))),
    (user32, "TranslateMessage", wintypes.BOOL, (ctypes.POINTER(wintypes.MSG),)),
    (user32, "DispatchMessageW", LRESULT, (ctypes.POINTER(wintypes.MSG),)),
    (
        user32,
        "AdjustWindowRectEx",
        wintypes.BOOL,
        (ctypes.POINTER(wintypes.RECT), wintypes.DWORD, _NUMBER, wintypes.DWORD),
    ),
    (user32, "SystemParametersInfoW", wintypes.BOOL, (wintypes.UINT, wintypes.UINT, ctypes.c_void_p, wintypes.UINT)),
    (user32, "GetSystemMetrics", _NUMBER, (_NUMBER,)),
    (user32, "GetDC", wintypes.HDC, (_WINDOW,)),
    (user32, "ReleaseDC", _NUMBER, (_WINDOW, wintypes.HDC)),
    (user32, "SetProcessDPIAware", wintypes.BOOL, ()),
    (gdi32, "GetDeviceCaps", _NUMBER, (wintypes.HDC, _NUMBER)),
    (gdi32, "CreateFontIndirectW", wintypes.HFONT, (ctypes.POINTER(LOGFONT),)),
    (gdi32, "DeleteObject", wintypes.BOOL, (wintypes.HANDLE,)),
    (shell32, "DragAcceptFiles", None, (_WINDOW, wintypes.BOOL)),
    (shell32, "DragQueryFileW", wintypes.UINT, (ctypes.c_void_p, wintypes.UINT, wintypes.LPWSTR, wintypes.UINT)),
    (shell32, "DragFinish", None, (ctypes.c_void_p,)),
    (comdlg32, "GetOpenFileNameW", wintypes.BOOL, (ctypes.POINTER(OPENFILENAME),)),
):
    _function = getattr(_library, _name)
    _function.restype, _function.argtypes = _result, _arguments


def dots_per_inch() -> int:
    """Return the scaling of the system, 96 for none; from here on Windows does not enlarge the window itself."""
    user32.SetProcessDPIAware()
    screen = user32.GetDC(None)
    try:
        return int(gdi32.GetDeviceCaps(screen, 90)) or 96
    finally:
        user32.ReleaseDC(None, screen)


def message_font() -> int | None:
    """Make the font of Windows' own messages, at the system's scaling; None leaves the old one of its controls."""
    metrics = NONCLIENTMETRICS(cbSize=ctypes.sizeof(NONCLIENTMETRICS))
    if not user32.SystemParametersInfoW(0x29, metrics.cbSize, ctypes.byref(metrics), 0):
        return None
    handle = gdi32.CreateFontIndirectW(ctypes.byref(metrics.lfMessageFont))
    return int(handle) if handle else None


def text_of(window: int) -> str:
    """Return what stands in a control."""
    length = user32.GetWindowTextLengthW(window) + 1
    buffer = ctypes.create_unicode_buffer(length)
    user32.GetWindowTextW(window, buffer, length)
    return buffer.value


def dropped(drop: int) -> str | None:
    """Return the first of the files that were dropped, and give the others back."""
    length = shell32.DragQueryFileW(drop, 0, None, 0)
    buffer = ctypes.create_unicode_buffer(length + 1)
    shell32.DragQueryFileW(drop, 0, buffer, length + 1)
    shell32.DragFinish(drop)
    return buffer.value or None


def choose_file(owner: int, title: str, kind: str) -> str | None:
    """Let the user choose a ``.json`` file; None when that is given up."""
    longest = 32_768
    buffer = ctypes.create_unicode_buffer(longest)
    asked = OPENFILENAME(
        lStructSize=ctypes.sizeof(OPENFILENAME),
        hwndOwner=owner,
        lpstrFilter=f"{kind} (*.json)\0*.json\0*.*\0*.*\0\0",
        lpstrFile=ctypes.addressof(buffer),
        nMaxFile=longest,
        lpstrTitle=title,
        # It must exist, the present folder stays, no mark "read-only".
        Flags=0x1000 | 0x800 | 0x8 | 0x4,
    )
    return buffer.value if comdlg32.GetOpenFileNameW(ctypes.byref(asked)) else None
