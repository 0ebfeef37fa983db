"""Menu and message on X11: Tk windows in a process of their own, because Tk outside the main thread can abort it."""

from __future__ import annotations

import json
import logging
import shutil
import subprocess
import sys
from collections.abc import Sequence

from teamtactics.tray.menu import Choice, Entry
from teamtactics.tray.notices import Notice

log = logging.getLogger(__name__)

_PROGRAM = "teamtactics.tray.x11_tk"

MENU_S = 120.0
"""So long a menu stays open untouched."""
MESSAGE_S = 8.0
"""So long a message stays."""


def ask_menu(entries: Sequence[Entry], x: int, y: int) -> Choice | None:
    """
    Open the menu at the pointer and return what was chosen; None when nothing was.

    Threads: waits for the user; not the tray's.
    """
    answer = _run("menu", {"items": _items(entries), "x": x, "y": y}, MENU_S)
    return Choice(answer) if answer in set(Choice) else None


def _items(entries: Sequence[Entry]) -> list[object]:
    return [[entry.text, entry.choice, entry.is_checked, _items(entry.entries)] for entry in entries]


def show_message(notice: Notice) -> None:
    """
    Show a notification: the desktop's own, or a window that goes away by itself.

    Threads: may take as long as the window is there; not the tray's.
    """
    program = shutil.which("notify-send")
    if program is not None:
        done = subprocess.run(
            [program, "--app-name=Teamtactics", "--", notice.title, notice.text], capture_output=True, check=False
        )
        if done.returncode == 0:
            return
    _run("message", {"title": notice.title, "text": notice.text, "for_s": MESSAGE_S}, 2 * MESSAGE_S)


def _run(window: str, content: object, timeout_s: float) -> str:
    try:
        done = subprocess.run(
            [sys.executable, "-m", _PROGRAM, window],
            input=json.dumps(content),
            capture_output=True,
            text=True,
            timeout=timeout_s,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return ""
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        log.warning("the %s cannot be shown (%s); on Debian it needs the package python3-tk", window, reason)
    return done.stdout.strip()
