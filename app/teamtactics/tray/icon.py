"""The icon in the tray of this system; pystray is imported by its two forms only, when one is wanted."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

from teamtactics.errors import TrayAbsent
from teamtactics.language import Said

TYPE_CHECKING = False
if TYPE_CHECKING:
    from teamtactics.tray.presenter import Client


def run_icon(make: Callable[[], Client]) -> None:
    """
    Show the icon until ``client.is_over``.

    Args:
        make: Makes what the icon stands for; called once. On Windows the icon is there before it: what is clicked
            until the client is made is done then.

    Threads: takes the calling thread, which must be the main one, for as long as the icon is there.

    Raises:
        TrayAbsent: This system has no tray; the text says what to do.
    """
    if sys.platform == "win32":
        from teamtactics.tray.icon_windows import WindowsIcon

        WindowsIcon(make).show_until_over()
        return
    client = make()
    if not os.environ.get("DISPLAY"):
        raise TrayAbsent(Said("there is no screen here (DISPLAY is not set)"))
    # The one form that is tested; pystray would otherwise take GTK where it finds it, and that ends the program on
    # Ctrl-C instead of letting it end in order.
    os.environ["PYSTRAY_BACKEND"] = "xorg"
    try:
        from teamtactics.tray.icon_x11 import X11Icon
    except Exception as error:
        raise TrayAbsent(
            Said("the X server {name} cannot be reached ({error})", name=os.environ["DISPLAY"], error=error)
        ) from error
    X11Icon(client).show_until_over()
