"""
Make the pictures of the README's guide anew, with the real program under Wine; no argument. They go into
``assets/guide``; look at them before you commit.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from race_sim.named_scripts import ADA
from support.emulators import running_firestore_emulator, running_pubsub_emulator
from support.key_file import key_content
from support.pubsub_reader import PubSubReader
from windows.desktop import Desktop
from windows.frozen import Build, built
from windows.installed import Installed
from windows.pages import Pages
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
        # The check on the last page, and the tray, ask for the topic.
        PubSubReader(pubsub, "my-team", "teamtactics"),
        Desktop.open(Path(folder) / "pc", toolchain) as pc,
    ):
        emulators = {
            "FIRESTORE_EMULATOR_HOST": firestore,
            "PUBSUB_EMULATOR_HOST": pubsub,
            "GOOGLE_CLOUD_PROJECT": "my-team",
        }
        installer_pages(pc, build, emulators)
        app = Installed(pc, build, environment=emulators)
        with SimulatorProcess(pc, "double-stint", ADA.customer_id, 120.0) as simulator:
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


def installer_pages(pc: Desktop, build: Build, emulators: dict[str, str]) -> None:
    """Go through the installer as a member does, with a picture of each page."""
    # As a member has it after the admin's mail.
    downloads = pc.home / "Downloads"
    downloads.mkdir(parents=True)
    team = downloads / "team.json"
    team.write_text(json.dumps({"key": key_content(), "topic": "teamtactics"}), encoding="utf-8")
    setup = pc.start(build.setup, "/LANG=1033", environment=emulators)
    pages = Pages(pc, "teamtactics Setup")
    pages.until("administrator rights")
    picture(pc, "install-1-welcome", pages.window())
    pages.go_on()
    pages.until("File from")
    pc.screen.type(pc.windows_path(team))
    pages.until("comes with the team.json")
    for key in ("Tab", "Tab"):  # past Browse; the topic is in the file
        pc.screen.press(key)
    pc.screen.type(str(ADA.customer_id))
    time.sleep(0.5)
    picture(pc, "install-2-team", pages.window())
    pages.go_on()
    pages.until("Checked:")
    picture(pc, "install-3-done", pages.window())
    setup.kill()  # before its last page starts the program: the guide does that itself, with the clouds at hand


def picture(pc: Desktop, name: str, window: Window) -> None:
    """Save what is seen of *window*, small."""
    path = pc.screen.shot(GUIDE / f"{name}.png", window)
    subprocess.run(["convert", str(path), "-strip", "-colors", "64", f"PNG8:{path}"], check=True, timeout=60)
    print(f"{path.relative_to(ROOT)}: {window.width}x{window.height}, {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
