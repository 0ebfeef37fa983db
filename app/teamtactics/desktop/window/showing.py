"""Shows the settings window: with what Windows itself has, elsewhere with Tk."""

from __future__ import annotations

import sys

from teamtactics.desktop.window.desk import Desk
from teamtactics.desktop.window.texts import texts
from teamtactics.errors import WindowAbsent
from teamtactics.language import Said, use


def show(desk: Desk) -> None:
    """
    Show the window until it is closed, again in the other language when that was changed in it.

    Raises:
        WindowAbsent: This system can show none.
    """
    while True:
        use(desk.former.language)
        if desk.is_again:
            desk.say_saved()
        _run(desk)
        if not desk.is_again:
            return


def _run(desk: Desk) -> None:
    # Either only when a window is shown, and only where it can be: each is much to load.
    if sys.platform == "win32":
        from teamtactics.desktop.window.win32_window import run_win32

        run_win32(desk, texts())
    else:
        try:
            from teamtactics.desktop.window.tk_window import run_tk
        except ImportError as error:
            raise WindowAbsent(Said("this Python has no Tk (Debian: apt install python3-tk)")) from error
        run_tk(desk, texts())
