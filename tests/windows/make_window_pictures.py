"""
Make the pictures of the settings window for the README anew, English and German, with the source under Wine; no
argument. They go into ``assets/guide``; look at them before you commit.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from support.key_file import key_content
from windows.desktop import Desktop
from windows.screen import Window
from windows.toolchain import ROOT, prepare

GUIDE = ROOT / "assets" / "guide"
PROJECT = "my-team-endurance-4711"
TITLES = {"en": "Teamtactics: settings", "de": "Teamtactics: Einstellungen"}
_BAR = 20
"""Pixels of the title bar above the window's own place."""


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, Desktop.open(Path(folder) / "pc", prepare(print), user="ada") as pc:
        pc.run("cmd", "/c", "ver")  # makes the user's folders
        downloads = pc.home / "Downloads"
        downloads.mkdir(exist_ok=True)
        key = key_content(project_id=PROJECT, client_email=f"teamtactics-ada@{PROJECT}.iam.gserviceaccount.com")
        team = {"key": key, "topic": f"projects/{PROJECT}/topics/teamtactics"}
        (downloads / "team-ada.json").write_text(json.dumps(team), encoding="utf-8")
        for code, title in TITLES.items():
            ini = pc.roaming / "teamtactics" / "teamtactics.ini"
            ini.parent.mkdir(parents=True, exist_ok=True)
            ini.write_text(f"[global]\nlanguage = {code}\n", encoding="utf-8")
            program = pc.start_source("settings")
            pc.screen.until(lambda title=title: any(one.name == title for one in pc.screen.windows()))  # type: ignore[misc]
            (window,) = (one for one in pc.screen.windows() if one.name == title)
            pc.screen.run("xdotool", "windowfocus", "--sync", window.id)
            pc.screen.type(r"C:\users\ada\Downloads\team-ada.json")
            pc.screen.press("Tab")
            framed = Window("", "", "", window.x - 1, window.y - _BAR, window.width + 2, window.height + _BAR + 1)
            # The same twice: all that is shown is there.
            former = b""
            path = GUIDE / f"settings{'' if code == 'en' else '-' + code}.png"
            while (seen := pc.screen.shot(path, framed).read_bytes()) != former:
                former = seen
            subprocess.run(
                ["convert", str(path), "-strip", "+dither", "-colors", "64", f"PNG8:{path}"], check=True, timeout=60
            )
            print(f"{path.relative_to(ROOT)}: {path.stat().st_size / 1000:.0f} kB")
            pc.screen.press("Escape")
            assert program.wait() == (0, "")


if __name__ == "__main__":
    main()
