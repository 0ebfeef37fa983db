"""
A screen with a window manager and a tray: Xvfb, openbox, trayer, in this order, each ended by its own id.

    with Screen.open() as screen:
        icon = screen.icon()            # waits for one
        menu = screen.menu(icon)        # opens its menu
        screen.choose(menu, ["Pause", None, "Quit"], "Quit")
        screen.shot(tmp_path / "menu.png")
"""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from windows.toolchain import require

LEFT, RIGHT = 1, 3
_PROGRAMS = {
    "Xvfb": "xvfb",
    "openbox": "openbox",
    "trayer": "trayer",
    "xdotool": "xdotool",
    "import": "imagemagick",
    "xwininfo": "x11-utils",
    "setpriv": "util-linux",
}
_WINDOW = re.compile(
    r'^(?P<indent> +)(?P<id>0x[0-9a-f]+) (?:"(?P<name>.*)"|\(has no name\)): \((?:"(?P<class>[^"]*)")?.*\)'
    r"  (?P<width>\d+)x(?P<height>\d+)[+-]+\d+[+-]+\d+  \+(?P<x>-?\d+)\+(?P<y>-?\d+)$"
)
_WINE_TRAY = "explorer.exe"
"""Who shows the icons of all Windows programs."""
_MENU_EDGE, _SEPARATOR = 2, 9
"""Pixels, as Wine 8 draws menus."""
_START_LIMIT_S = 60.0
_STOP_LIMIT_S = 5.0


@dataclass(frozen=True, slots=True)
class Window:
    """A window on the screen, in pixels."""

    id: str
    name: str
    program: str
    x: int
    y: int
    width: int
    height: int

    @property
    def middle(self) -> tuple[int, int]:
        return self.x + self.width // 2, self.y + self.height // 2


class Screen:
    """
    Attributes:
        display: For the environment variable DISPLAY.
    """

    def __init__(self, display: str) -> None:
        self.display = display
        self._environment = {**os.environ, "DISPLAY": display}

    @classmethod
    @contextmanager
    def open(cls, size: str = "1280x800", *, has_tray: bool = True) -> Iterator[Screen]:
        """
        Args:
            has_tray: Without one, a test can let it come later with ``tray``.

        Raises:
            WindowsAbsent: A Debian package is missing.
        """
        require(_PROGRAMS)
        with ExitStack() as stack:
            screen = cls(stack.enter_context(_display(size)))
            stack.enter_context(screen._running("openbox"))
            screen.until(lambda: "window id" in screen.run("xprop", "-root", "_NET_SUPPORTING_WM_CHECK"))
            if has_tray:
                stack.enter_context(screen.tray())
            yield screen

    @contextmanager
    def tray(self) -> Iterator[None]:
        """Let the tray be there for as long as the block lasts."""
        # Of a fixed width: into a tray that grows on request Wine docks an icon that stays grey and deaf.
        place = ["--edge", "bottom", "--align", "right", "--widthtype", "pixel", "--width", "300", "--height", "26"]
        with self._running("trayer", *place):
            self.until(lambda: any(window.name == "panel" for window in self.windows()))
            yield

    def run(self, *words: str) -> str:
        """Run an X program to its end and return what it printed."""
        done = subprocess.run(words, env=self._environment, capture_output=True, text=True, timeout=_START_LIMIT_S)
        return done.stdout

    def windows(self) -> list[Window]:
        """Return every window with its place on the screen."""
        found = []
        for line in self._tree().splitlines():
            if match := _WINDOW.match(line):
                x, y, width, height = (int(match[part]) for part in ("x", "y", "width", "height"))
                found.append(Window(match["id"], match["name"] or "", match["class"] or "", x, y, width, height))
        return found

    def _tree(self) -> str:
        """Return all windows as xwininfo lists them; it gives up in the middle when one goes away just then."""
        words = ["xwininfo", "-root", "-tree"]
        for _ in range(10):
            done = subprocess.run(words, env=self._environment, capture_output=True, text=True, timeout=_START_LIMIT_S)
            if done.returncode == 0:
                break
        return done.stdout

    def icons(self) -> list[Window]:
        """Return the icons in the tray."""
        windows = self.windows()
        (panel,) = (window for window in windows if window.name == "panel")
        inside = [window for window in windows if window.program == _WINE_TRAY and _covers(panel, window)]
        # Wine lays a taskbar of its own over the whole panel.
        return [window for window in inside if 8 <= window.width < panel.width]

    def icon(self, timeout_s: float = 30.0) -> Window:
        """Wait until there is one icon in the tray, and return it."""
        found: list[Window] = []

        def is_one() -> bool:
            found[:] = self.icons()
            return len(found) == 1

        self.until(is_one, timeout_s)
        return found[0]

    def popups(self) -> list[Window]:
        """Return open menus: windows of Windows programs that stand in no frame; an icon's tooltip is none."""
        tree = self.run("xwininfo", "-root", "-children").splitlines()
        top = {match["id"] for line in tree if (match := _WINDOW.match(line))}
        visible = {int(number) for number in self.run("xdotool", "search", "--onlyvisible", ".*").split()}
        mine = [window for window in self.windows() if window.id in top and int(window.id, 16) in visible]
        return [window for window in mine if window.program.endswith(".exe") and window.program != _WINE_TRAY]

    def click(self, window: Window, button: int = LEFT) -> None:
        """Click into the middle of *window*."""
        self.click_at(*window.middle, button)

    def click_at(self, x: int, y: int, button: int = LEFT) -> None:
        """Click at a point of the screen."""
        self.run("xdotool", "mousemove", str(x), str(y), "sleep", "0.1", "click", str(button))

    def menu(self, icon: Window) -> Window:
        """Open the menu of *icon* and return its window."""
        self.click(icon, RIGHT)
        self.until(lambda: len(self.popups()) == 1)
        return self.popups()[0]

    def choose(self, menu: Window, entries: Sequence[str | None], wanted: str) -> None:
        """
        Click an entry of an open menu (it has no keyboard: Wine gives the focus to windows in a frame only).

        Args:
            entries: All entries from above; None is a separator.
        """
        separators = sum(entry is None for entry in entries)
        row = (menu.height - 2 * _MENU_EDGE - separators * _SEPARATOR) / (len(entries) - separators)
        above = entries[: entries.index(wanted)]
        top = menu.y + _MENU_EDGE + sum(_SEPARATOR if entry is None else row for entry in above)
        self.click_at(menu.x + menu.width // 2, round(top + row / 2))

    def press(self, *keys: str) -> None:
        """Press keys by their X names: ``Down``, ``Return``, ``Escape``, ``alt+n``."""
        self.run("xdotool", "key", "--delay", "60", *keys)

    def type(self, text: str) -> None:
        """Type *text* into the window that has the keyboard."""
        self.run("xdotool", "type", "--delay", "20", text)

    def shot(self, path: Path, window: Window | None = None) -> Path:
        """Save a picture of the screen, or of what is seen where *window* is, as PNG."""
        path.parent.mkdir(parents=True, exist_ok=True)
        crop = [] if window is None else ["-crop", f"{window.width}x{window.height}+{window.x}+{window.y}", "+repage"]
        self.run("import", "-window", "root", *crop, str(path))
        assert path.is_file(), f"no picture {path}"
        return path

    def until(self, holds: Callable[[], bool], timeout_s: float = _START_LIMIT_S) -> None:
        """
        Wait until *holds*.

        Raises:
            AssertionError: It did not in time; with what is on the screen.
        """
        deadline_s = time.monotonic() + timeout_s
        while not holds():
            seen = [f"{w.program} {w.name!r} {w.width}x{w.height}" for w in self.windows() if w.width > 1]
            assert time.monotonic() < deadline_s, f"not on the screen within {timeout_s:.0f} s: {seen}"
            time.sleep(0.1)

    @contextmanager
    def _running(self, *words: str) -> Iterator[None]:
        process = subprocess.Popen(
            _dies_with_us(words), env=self._environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            yield
        finally:
            end(process)


@contextmanager
def _display(size: str) -> Iterator[str]:
    """Start Xvfb on a free display and give its name."""
    readable, writable = os.pipe()
    # A screen that begins anew when its last program leaves would throw out one that is just coming.
    words = ["Xvfb", "-displayfd", str(writable), "-screen", "0", f"{size}x24", "-nolisten", "tcp", "-noreset"]
    process = subprocess.Popen(
        _dies_with_us(words), pass_fds=(writable,), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    os.close(writable)
    try:
        with os.fdopen(readable) as answer:
            number = answer.readline().strip()
        assert number, "Xvfb did not start"
        yield f":{number}"
    finally:
        end(process)


def _dies_with_us(words: tuple[str, ...] | list[str]) -> list[str]:
    """Let a program end also when the test run is killed."""
    return ["setpriv", "--pdeathsig", "KILL", *words]


def end(process: subprocess.Popen[bytes]) -> None:
    """End *process*, by force when it does not listen."""
    process.terminate()
    try:
        process.wait(_STOP_LIMIT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(_STOP_LIMIT_S)


def _covers(outer: Window, inner: Window) -> bool:
    return (
        outer.x <= inner.x
        and outer.y <= inner.y
        and inner.x + inner.width <= outer.x + outer.width
        and inner.y + inner.height <= outer.y + outer.height
    )
