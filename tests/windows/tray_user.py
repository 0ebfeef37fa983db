"""Somebody who uses teamtactics by its icon on a Windows desktop: sees the icon, opens the menu, chooses from it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from tray.menu_way import below_the_status, way
from windows.desktop import Desktop, Program
from windows.screen import Window

ROOT = Path(__file__).parents[2]
SHOTS = ROOT / ".cache" / "shots" / "windows"
"""Where the pictures of a run are kept, to be looked at."""

PERSONALIZE = r"HKCU\Software\Microsoft\Windows\CurrentVersion\Themes\Personalize"

_ROW, _SEPARATOR, _EDGES = 17, 9, 4
"""Pixels, as Wine 8 draws menus."""


class TrayUser:
    """
    Args:
        settings: Lines of the ini, beside ``logfile`` and ``dataDir``.

    Attributes:
        opened: Where what Windows hands to the browser is noted.
    """

    def __init__(self, pc: Desktop, settings: Mapping[str, str] | None = None) -> None:
        self.pc = pc
        self.ini = pc.folder / "teamtactics.ini"
        self.opened = pc.folder / "opened.txt"
        self.program: Program | None = None
        lines = {"logfile": "irtactics.log", "dataDir": "data", **(settings or {})}
        self.ini.write_text("; mine\n[global]\n" + "".join(f"{key} = {value}\n" for key, value in lines.items()))
        programs = pc.folder / "bin"
        programs.mkdir()
        browser = programs / "xdg-open"
        browser.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" >> "{self.opened}"\n')
        browser.chmod(0o755)
        self.environment = {"PATH": f"{programs}:{os.environ['PATH']}"}
        # Wine comes without a browser, and its Explorer shows no folders: both are handed on to xdg-open here.
        browser_command = '"C:\\windows\\system32\\winebrowser.exe" "%1"'
        self._register("add", r".html", "/ve", "/d", "htmlfile")
        self._register("delete", r"Folder\shell\open\ddeexec")
        self._register("add", r"Folder\shell\open\command", "/ve", "/d", browser_command)

        code, output = pc.run(
            "reg", "add", PERSONALIZE, "/v", "SystemUsesLightTheme", "/t", "REG_DWORD", "/d", "1", "/f"
        )
        assert code == 0, output

    def start(self) -> Window:
        """Start the tray, wait until what its icon stands for is there as well, and return the icon."""
        shown = "the icon is shown"
        before = self.log().count(shown)
        self.program = self.pc.start_source("--config", self.ini, environment=self.environment)
        self.pc.screen.until(lambda: self.log().count(shown) > before)
        return self.pc.screen.icon()

    def choose(self, choice: str, shot: str | None = None) -> None:
        """Open the menu with the right button and click *choice*."""
        screen = self.pc.screen
        menu = screen.menu(screen.icon())
        outer, *inner = way(choice, below_the_status(has_autostart=True))
        separators = outer.labels.count(None)
        rows = (menu.height - _EDGES - separators * _SEPARATOR) // _ROW
        status = rows - (len(outer.entries) - separators)
        assert status in (2, 3, 4), f"{status} lines of status: the menu is not what it was"
        if shot is not None:
            self.shot(shot)
        screen.choose(menu, [*(f"status {at}" for at in range(status)), *outer.labels], str(outer.label))
        for step in inner:
            screen.until(lambda: len(screen.popups()) == 2)
            (opened,) = [popup for popup in screen.popups() if popup.id != menu.id]
            if shot is not None:
                self.shot(f"{shot}-inner")
            screen.choose(opened, step.labels, str(step.label))

    def shot(self, name: str) -> None:
        """Keep a picture of the screen."""
        self.pc.screen.shot(SHOTS / f"{name}.png")

    def log(self) -> str:
        """Return the log so far."""
        path = self.pc.folder / "irtactics.log"
        return path.read_text(encoding="utf-8") if path.exists() else ""

    def wait_for(self, line: str, timeout_s: float = 20.0) -> None:
        """Wait until the log has *line*."""
        try:
            self.pc.screen.until(lambda: line in self.log(), timeout_s)
        except AssertionError as error:
            raise AssertionError(f"no {line!r} in the log:\n{self.log()}") from error

    def _register(self, verb: str, key: str, *words: str) -> None:
        code, output = self.pc.run("reg", verb, rf"HKLM\Software\Classes\{key}", *words, "/f")
        assert code == 0, output

    def has_opened(self, end: str) -> bool:
        """Say whether the browser was given something that ends with *end*."""
        return self.opened.exists() and any(line.endswith(end) for line in self.opened.read_text().splitlines())
