"""Somebody who uses teamtactics by its icon on an X11 desktop."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from PIL import Image

from e2e.client import Client, until
from tray.menu_way import below_the_status, way
from windows.screen import RIGHT, Screen, Window

SHOTS = Path(__file__).parents[2] / ".cache" / "shots" / "x11"
"""Where the pictures of a run are kept, to be looked at."""


class X11User:
    """
    Args:
        settings: Lines of the ini, beside ``logfile`` and ``dataDir``.

        firestore: ``host:port`` of the emulator; None for a client without a cloud.

        has_notifier: The desktop shows notifications itself; what they say can be read then.

    Attributes:
        client: Its process.
    """

    def __init__(
        self,
        folder: Path,
        screen: Screen,
        settings: Mapping[str, str] | None = None,
        firestore: str | None = None,
        *,
        has_notifier: bool = False,
    ) -> None:
        self.screen = screen
        self.client = Client(folder, settings, firestore)
        self.opened, self._notified = folder / "opened.txt", folder / "notified.txt"
        programs = folder / "bin"
        programs.mkdir()
        _write_program(programs / "xdg-open", self.opened)
        if has_notifier:
            _write_program(programs / "notify-send", self._notified)
        self.client.environment |= {
            "DISPLAY": screen.display,
            "XDG_RUNTIME_DIR": str(folder),
            "PATH": f"{programs}:{os.environ['PATH']}",
        }

    def __enter__(self) -> X11User:
        self.client.start("run")
        self.client.wait_for("the icon is shown")
        return self

    def __exit__(self, *_: object) -> None:
        self.client.kill()

    def icons(self) -> list[Window]:
        """Return the icons of teamtactics that are in the tray."""
        visible = {int(number) for number in self.screen.run("xdotool", "search", "--onlyvisible", ".*").split()}
        mine = [window for window in self.screen.windows() if window.program == "teamtacticsSystemTrayIcon"]
        return [window for window in mine if int(window.id, 16) in visible]

    def icon(self) -> Window:
        """Wait for the only icon."""
        found: list[Window] = []

        def is_there() -> bool:
            found[:] = self.icons()
            return len(found) == 1

        self.screen.until(is_there)
        return found[0]

    def menus(self) -> list[Window]:
        """Return the open menus."""
        visible = {int(number) for number in self.screen.run("xdotool", "search", "--onlyvisible", ".*").split()}
        windows = [window for window in self.screen.windows() if int(window.id, 16) in visible]
        return [window for window in windows if window.program == "!menu"]

    def choose(self, choice: str, shot: str | None = None) -> None:
        """Open the menu with the right button and choose with the keyboard, which wraps around from the top."""
        self.screen.click(self.icon(), RIGHT)
        self.screen.until(lambda: bool(self.menus()))
        if shot is not None:
            self.shot(shot)
        outer, *inner = way(choice, below_the_status(has_autostart=False))
        # The first key goes to the first line, whatever it is; from there it wraps around.
        self.screen.press(*["Up"] * (1 + outer.from_end))
        for step in inner:
            menus = len(self.menus())
            self.screen.press("Right")
            self.screen.until(lambda menus=menus: len(self.menus()) > menus)  # type: ignore[misc]
            self.screen.press(*["Down"] * step.from_top)
        if inner and shot is not None:
            self.shot(f"{shot}-inner")
        self.screen.press("Return")
        self.screen.until(lambda: not self.menus())

    def choose_first_line(self) -> None:
        """Choose what stands at the top of the menu."""
        self.screen.click(self.icon(), RIGHT)
        self.screen.until(lambda: bool(self.menus()))
        self.screen.press("Down", "Return")
        self.screen.until(lambda: not self.menus())

    def shot(self, name: str) -> None:
        """Keep a picture of the screen."""
        self.screen.shot(SHOTS / f"{name}.png")

    def picture(self) -> Image.Image:
        """Return what the icon looks like now."""
        path = self.client.folder / "icon.png"
        self.screen.shot(path, self.icon())
        with Image.open(path) as image:
            return image.convert("RGB")

    def until_opened(self, end: str) -> None:
        """Wait until xdg-open was given something that ends with *end*."""
        until(lambda: self._has_opened(end), 20.0, lambda: f"{end} was not opened:\n{self.client.log()}")

    def notified(self) -> str:
        """Return title and text of every notification so far."""
        return self._notified.read_text(encoding="utf-8") if self._notified.exists() else ""

    def _has_opened(self, end: str) -> bool:
        return self.opened.exists() and any(line.endswith(end) for line in self.opened.read_text().splitlines())


def _write_program(path: Path, told: Path) -> None:
    """Make a program that writes what it is given into the file *told*, line by line."""
    path.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" >> "{told}"\n')
    path.chmod(0o755)
