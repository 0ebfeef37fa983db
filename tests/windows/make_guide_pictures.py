"""
Make the pictures of the README's guide anew, with the real program under Wine; no argument. They go into
``assets/guide``; look at them before you commit.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from race_sim.named_scripts import ADA
from support.emulators import running_firestore_emulator, running_pubsub_emulator
from support.key_file import write_key_file
from support.pubsub_reader import PubSubReader
from windows.desktop import Desktop
from windows.frozen import Build, built
from windows.installed import Installed
from windows.screen import Window
from windows.simulator_process import SimulatorProcess
from windows.toolchain import ROOT, prepare

GUIDE = ROOT / "assets" / "guide"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def main() -> None:
    toolchain = prepare(print)
    build = built(toolchain)
    GUIDE.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        running_firestore_emulator() as firestore,
        running_pubsub_emulator() as pubsub,
        Desktop.open(Path(folder) / "pc", toolchain) as pc,
    ):
        installer_pages(pc, build)
        emulators = {
            "FIRESTORE_EMULATOR_HOST": firestore,
            "PUBSUB_EMULATOR_HOST": pubsub,
            "GOOGLE_CLOUD_PROJECT": "my-team",
        }
        app = Installed(pc, build, environment=emulators)
        with (
            PubSubReader(pubsub, "my-team", "teamtactics"),
            SimulatorProcess(pc, "double-stint", ADA.customer_id, 120.0) as simulator,
        ):
            app.start()
            app.wait_for("connected to")
            simulator.go()
            simulator.until_lap(3)
            time.sleep(3.0)
            menu = pc.screen.menu(pc.screen.icon())
            pc.screen.run("xdotool", "mousemove", "100", "100")  # off the icon, whose tooltip would lie over the menu
            time.sleep(1.5)
            corner = Window("", "", "", menu.x - 12, menu.y - 12, 1280 - menu.x + 12, 800 - menu.y + 12)
            picture(pc, "menu", corner)


def installer_pages(pc: Desktop, build: Build) -> None:
    """Go through the installer as a member does, with a picture of each page that asks something."""
    # As a member has it after the admin's mail.
    downloads = pc.home / "Downloads"
    downloads.mkdir(parents=True)
    key = write_key_file(downloads / "my-team-key.json")
    setup = pc.start(build.setup)
    for name in ("install-1-welcome", "", "install-3-team"):
        window = dialog(pc)
        time.sleep(1.0)
        if name == "install-3-team":
            answers = ((pc.windows_path(key), 103), ("teamtactics", 161), (str(ADA.customer_id), 220))
            for text, below in answers:
                pc.screen.click_at(window.x + 130, window.y + below)
                pc.screen.type(text)
            time.sleep(0.5)
        if name:
            picture(pc, name, window)
        pc.screen.press("Return")
        time.sleep(0.5)
    pc.screen.until(lambda: (pc.local / "Programs/teamtactics/uninstall.exe").is_file(), 120.0)
    pc.screen.until(lambda: (pc.roaming / "teamtactics/teamtactics.ini").is_file(), 60.0)
    setup.kill()  # before its last page starts the program: the guide does that itself, with the clouds at hand


def dialog(pc: Desktop) -> Window:
    """Return the installer's window."""
    found: list[Window] = []

    def is_there() -> bool:
        found[:] = [w for w in pc.screen.windows() if w.program.endswith("setup.exe") and w.width > 300]
        return bool(found)

    pc.screen.until(is_there)
    return max(found, key=lambda window: window.width * window.height)


def picture(pc: Desktop, name: str, window: Window) -> None:
    """Save what is seen of *window*, small."""
    path = pc.screen.shot(GUIDE / f"{name}.png", window)
    subprocess.run(["convert", str(path), "-strip", "-colors", "64", f"PNG8:{path}"], check=True, timeout=60)
    print(f"{path.relative_to(ROOT)}: {window.width}x{window.height}, {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
