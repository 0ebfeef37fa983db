"""The icon in a tray of X11: pystray's drawing and docking, with a menu, messages and an end on time."""

from __future__ import annotations

import logging
import select
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from PIL import Image
from pystray._xorg import Icon as PystrayIcon
from Xlib import X
from Xlib.error import XError

from teamtactics.tray import x11_windows
from teamtactics.tray.drawing.picture import BACKGROUNDS, Picture, Theme, draw
from teamtactics.tray.menu import Choice
from teamtactics.tray.presenter import NAME, Client, Presenter, Shown
from teamtactics.tray.words import APP

log = logging.getLogger(__name__)

TICK_S = 1.0
MISSED_TICKS = 10
"""After so many ticks without a tray it is said, once."""

LEFT, RIGHT = 1, 3


class X11Icon(PystrayIcon):  # type: ignore[misc]  # pystray has no types
    """
    pystray's icon, which here also

    - is docked when a tray appears later, or again after it was restarted;
    - is drawn for the size at which it is shown, on the tray's own background;
    - has a menu and messages: windows of a process of their own (``x11_windows``).

    Threads: the one that calls ``show_until_over``.
    """

    def __init__(self, client: Client) -> None:
        self._client = client
        self._presenter = Presenter(client)
        self._shown: Shown = self._presenter.next()
        self._ticks = 0
        self._told_absent = False
        self._menu_window: threading.Thread | None = None
        self._one_message = threading.Lock()
        self._systray_manager: Any = None
        super().__init__(NAME, icon=draw(self._shown.sign, 64, Theme.DARK), title=APP)
        self._window.change_attributes(
            event_mask=X.ExposureMask | X.StructureNotifyMask | X.ButtonPressMask, background_pixmap=X.ParentRelative
        )

    def show_until_over(self) -> None:
        """Run the event loop until the client is over."""
        # pystray shows the icon from a thread of its own unless it is given another thing to do there.
        self.run(setup=lambda _icon: None)

    def _events(self) -> Iterator[Any]:
        """Hand out events, and look at the client once a second in between."""
        self._say(self._shown)
        self._dock()
        self._client.begin()
        next_s = time.monotonic() + TICK_S
        while not self._client.is_over:
            if self._display.pending_events():
                yield self._display.next_event()
                continue
            wait_s = next_s - time.monotonic()
            if wait_s > 0:
                select.select([self._display], [], [], wait_s)
                continue
            next_s = time.monotonic() + TICK_S
            self._tick()
        self._window.destroy()
        self._display.flush()
        # So that pystray does not take it from the tray once more when it is collected.
        self._visible = self._running = False

    def _tick(self) -> None:
        self._ticks += 1
        self._say(self._presenter.next())
        if self._systray_manager is None:
            self._dock()

    def _dock(self) -> None:
        self._dock_window()
        if self._systray_manager is not None:
            self._visible = True
            log.info("the icon is shown")
        elif self._ticks >= MISSED_TICKS and not self._told_absent:
            self._told_absent = True
            log.warning(
                "this desktop has no system tray (GNOME needs an extension for it); recording goes on without an "
                "icon, and `teamtactics run --headless` does without from the start"
            )

    def _say(self, shown: Shown) -> None:
        """Change what has changed, and nothing else."""
        before, self._shown = self._shown, shown
        if shown.sign != before.sign:
            self._icon_data = None
            self._draw()
        if shown.tooltip != before.tooltip or self._ticks == 0:
            self._update_title()
        if shown.notice is not None:
            notice = shown.notice

            def show() -> None:
                # One after the other: they all stand in the same corner.
                with self._one_message:
                    x11_windows.show_message(notice)

            self._in_background("message", show)

    def _update_title(self) -> None:
        name = self._display.intern_atom("_NET_WM_NAME")
        self._window.change_property(
            name, self._display.intern_atom("UTF8_STRING"), 8, self._shown.tooltip.encode(errors="replace")
        )
        self._window.set_wm_name(APP)
        self._display.flush()

    def _draw(self) -> None:
        try:
            self._paint()
        except XError as error:
            # The tray has just gone; the window is docked and drawn again when there is one.
            log.debug("the icon was not drawn: %s", error)

    def _paint(self) -> None:
        geometry = self._window.get_geometry()
        size = min(geometry.width, geometry.height)
        if size < 8:
            return
        ground = self._ground(geometry.width, geometry.height)
        theme = Theme.LIGHT if sum(ground.resize((1, 1)).tobytes()) > 3 * 128 else Theme.DARK
        picture = draw(self._shown.sign, size, theme)
        ground = ground.convert("RGBA")
        ground.alpha_composite(picture, ((geometry.width - size) // 2, (geometry.height - size) // 2))
        self._window.put_pil_image(self._gc, 0, 0, _with_tostring(ground.convert("RGB")))
        self._display.flush()

    def _ground(self, width: int, height: int) -> Picture:
        """Return what the tray paints behind the icon; a dark grey where it cannot be read."""
        try:
            self._window.clear_area(0, 0, width, height)
            reply = self._window.get_image(0, 0, width, height, X.ZPixmap, 0xFFFFFFFF)
            return Image.frombytes("RGB", (width, height), reply.data, "raw", "BGRX")
        except (XError, ValueError):
            return Image.new("RGB", (width, height), BACKGROUNDS[Theme.DARK][:3])

    def _on_expose(self, event: Any) -> None:
        if event.window.id == self._window.id:
            self._draw()

    def _on_destroy_notify(self, event: Any) -> None:
        """The tray has gone and left our window on the bare screen: hide it until there is another tray."""
        if self._systray_manager is not None and event.window.id == self._systray_manager.id:
            self._systray_manager = None
            self._window.unmap()
            self._window.reparent(self._display.screen().root, 0, 0)
            self._display.flush()

    def _on_button_press(self, event: Any) -> None:
        if event.detail == LEFT:
            self._client.choose(Choice.STATUS)
            self._say(self._presenter.next())
        elif event.detail == RIGHT and (self._menu_window is None or not self._menu_window.is_alive()):
            entries, x, y = self._presenter.menu(), event.root_x, event.root_y

            def ask() -> None:
                choice = x11_windows.ask_menu(entries, x, y)
                if choice is not None:
                    self._client.choose(choice)

            self._menu_window = self._in_background("menu", ask)

    def _in_background(self, name: str, body: Callable[[], None]) -> threading.Thread:
        # A daemon: an open menu must not hold the program's end.
        thread = threading.Thread(target=body, name=name, daemon=True)
        thread.start()
        return thread


def _with_tostring(picture: Picture) -> Picture:
    # python-xlib asks for it by the name it had in PIL.
    picture.tostring = picture.tobytes  # type: ignore[attr-defined]
    return picture
