"""The bench itself: what it says about programs, windows and registry is so."""

from __future__ import annotations

import pytest

from windows.desktop import Desktop

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

ICON = """
import pystray
from PIL import Image

menu = pystray.Menu(
    pystray.MenuItem("First", lambda *_: print("first", flush=True)),
    pystray.Menu.SEPARATOR,
    pystray.MenuItem("Quit", lambda icon: icon.stop()),
)
pystray.Icon("bench", Image.new("RGBA", (32, 32), (200, 0, 0, 255)), "bench", menu).run()
"""
ENTRIES = ["First", None, "Quit"]


def test_a_windows_program_sees_the_user_it_was_started_for(pc: Desktop) -> None:
    code, output = pc.run(
        pc.toolchain.python, "-X", "utf8", "-c", "import os, sys; print(sys.platform, os.environ['APPDATA'])"
    )
    assert (code, output.split(maxsplit=1)) == (0, ["win32", "C:\\users\\racer\\AppData\\Roaming\n"])
    assert pc.roaming.is_dir()


def test_a_tray_icon_is_found_its_menu_opened_and_an_entry_used(pc: Desktop) -> None:
    program = pc.start(pc.toolchain.python, "-c", ICON)
    icon = pc.screen.icon()
    menu = pc.screen.menu(icon)
    assert menu.program == "python.exe"
    assert pc.screen.shot(pc.folder / "menu.png").stat().st_size > 0
    pc.screen.choose(menu, ENTRIES, "First")
    pc.screen.until(lambda: program.output == "first\n")
    pc.screen.choose(pc.screen.menu(icon), ENTRIES, "Quit")
    assert program.wait(20.0)[0] == 0
    pc.screen.until(lambda: pc.screen.icons() == [])


def test_a_killed_program_is_gone(pc: Desktop) -> None:
    pc.start(pc.toolchain.python, "-c", "import time; print('up', flush=True); time.sleep(600)")
    pc.screen.until(lambda: pc.processes("python.exe") != [])
    pc.kill("python.exe")
    pc.until_gone("python.exe")


def test_the_registry_is_read_as_windows_has_it(pc: Desktop) -> None:
    assert pc.registry(r"HKCU\Software\Bench", "Name") is None
    pc.set_registry(r"HKCU\Software\Bench", "Name", "REG_SZ", "two wörds")
    assert pc.registry(r"HKCU\Software\Bench", "Name") == "two wörds"
