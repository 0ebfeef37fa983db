"""Through the installer's and the uninstaller's pages as a member goes, in both languages."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from support.key_file import SECRET, key_content
from windows.desktop import Desktop, Program
from windows.frozen import Build
from windows.installed import PROGRAM, RUN, Installed
from windows.pages import Control, Pages

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

WORDS: Mapping[str, Mapping[str, str]] = {
    "english": {
        "lang": "/LANG=1033",
        "title": "teamtactics Setup",
        "welcome": "needs no administrator rights",
        "team": "File from your team's admin",
        "in file": "it comes with the team.json",
        "done": "A grey ring",
        "checked": "Checked:",
        "late": "No answer in 20 seconds",
        "remove": "teamtactics Uninstall",
        "folder": "Uninstalling from:",
        "delete": "Delete my settings and all recorded laps",
        "removed": "Uninstallation Complete",
    },
    "german": {
        "lang": "/LANG=1031",
        "title": "Installation von teamtactics",
        "welcome": "braucht keine Administratorrechte",
        "team": "Datei vom Admin deines Teams",
        "in file": "steht in der team.json",
        "done": "Ein grauer Ring",
        "checked": "Geprüft:",
        "late": "Keine Antwort in 20 Sekunden",
        "remove": "Deinstallation von teamtactics",
        "folder": "Wird entfernt aus:",
        "delete": "Meine Einstellungen und alle aufgezeichneten Runden",
        "removed": "Die Deinstallation ist vollständig",
    },
}


@pytest.mark.parametrize("language", list(WORDS))
def test_a_member_goes_through_all_pages(pc: Desktop, build: Build, shots: Path, language: str) -> None:
    words = WORDS[language]
    downloads = pc.home / "Downloads"
    downloads.mkdir(parents=True)
    team = write_team(downloads / "team.json")
    app = Installed(pc, build)

    setup = pc.start(build.setup, words["lang"])
    pages = Pages(pc, words["title"])
    look(pages, words["welcome"], shots / f"installer-1-{language}.png")
    pages.go_on()
    look(pages, words["team"], shots / f"installer-2-{language}.png")
    pc.screen.type(pc.windows_path(team))  # the first field has the keyboard
    controls = look(pages, words["in file"], shots / f"installer-3-{language}.png")
    assert [c.is_enabled for c in controls if c.kind == "Edit"] == [True, False, True], "the topic is in the file"
    pages.go_on()
    controls = look(pages, words["checked"], shots / f"installer-4-{language}.png")
    assert any(words["done"] in control.text for control in controls), "where the icon is"
    (checked,) = (control.text for control in controls if control.kind == "Edit")
    assert str(app.ini) in checked or pc.windows_path(app.ini) in checked, checked
    assert "FAIL" in checked, "the key is no account's: Google refuses it, or nobody is reached"
    assert SECRET not in checked
    ini = app.ini.read_text(encoding="utf-8")
    assert "messageTopic = laps\n" in ini and "googleAccessToken = " in ini
    pages.go_on()
    app.wait_for("the icon is shown")
    assert setup.wait()[0] == 0
    assert app.cli("quit")[0] == 0

    remover = remove(app, words["lang"])
    pages = Pages(pc, words["remove"])
    look(pages, words["folder"], shots / f"uninstaller-1-{language}.png")
    pages.go_on()
    look(pages, words["delete"], shots / f"uninstaller-2-{language}.png")
    pages.go_on()
    pages.until(words["removed"])
    assert not (app.folder / PROGRAM).exists()
    remover.kill()
    assert app.ini.exists(), "nothing was ticked"


def test_who_leaves_all_of_it_empty_was_asked(pc: Desktop, build: Build) -> None:
    app = Installed(pc, build)
    setup = pc.start(build.setup, "/LANG=1033")
    pages = Pages(pc, WORDS["english"]["title"])
    for page in ("welcome", "team"):
        pages.until(WORDS["english"][page])
        pages.go_on()
    pages.until(WORDS["english"]["checked"])
    assert app.ini.is_file(), "so that the first start does not ask again"
    setup.kill()


def test_a_check_without_an_end_is_ended(pc: Desktop, build: Build) -> None:
    app = Installed(pc, build)
    setup = pc.start(build.setup, "/LANG=1033")
    pages = Pages(pc, WORDS["english"]["title"])
    for page in ("welcome", "team"):
        pages.until(WORDS["english"][page])
        pages.go_on()
    pages.until(WORDS["english"]["checked"])
    # A program that only waits, in its place.
    cli = app.folder / "teamtactics-cli.exe"
    cli.unlink()
    shutil.copy(pc.drive_c / "windows" / "system32" / "notepad.exe", cli)
    pc.screen.press("alt+t")
    (again,) = (control for control in pages.until("Checking key") if control.text == "&Test again")
    assert not again.is_enabled, "one at a time"
    pages.until(WORDS["english"]["late"], 40.0)
    pc.until_gone(cli.name, 10.0)
    setup.kill()


def test_team_json_is_taken_silently_and_the_key_is_deleted_only_when_told(pc: Desktop, build: Build) -> None:
    team = write_team(pc.folder / "team.json")
    app = Installed(pc, build)
    app.install(f'/TEAM="{pc.windows_path(team)}"', "/AUTOSTART=0")
    assert pc.registry(RUN, "teamtactics") is None
    (key,) = app.settings.glob("*.json")
    assert json.loads(key.read_bytes()) == key_content()
    app.data.mkdir(parents=True, exist_ok=True)
    (app.data / "laps").write_text("recorded")

    app.uninstall("/DELETEDATA")
    assert [path.name for path in app.settings.iterdir()] == [key.name], "the key file is another question"
    assert not app.data.exists()
    app.install(f'/CREDENTIALS="{pc.windows_path(key)}"')
    other = app.settings / "key of mine"
    key.rename(other)
    app.ini.write_text("[global]\ngoogleAccessToken = key of mine\n")
    app.uninstall("/DELETEKEY")
    assert [path.name for path in app.settings.iterdir()] == [app.ini.name], "also by another name"


def write_team(path: Path) -> Path:
    """Write what an admin sends."""
    path.write_text(json.dumps({"topic": "laps", "key": key_content()}), encoding="utf-8")
    return path


def look(pages: Pages, text: str, picture: Path) -> list[Control]:
    """Wait for the page with *text* and look at it: nothing of it may be cut off."""
    controls = pages.until(text)
    pages.shot(picture)
    assert [control.text for control in controls if control.is_cut] == []
    return controls


def remove(app: Installed, language: str) -> Program:
    """Start the uninstaller; not out of a copy, whose process nobody here would know."""
    return app.pc.start(app.folder / "uninstall.exe", language, f"_?={app.pc.windows_path(app.folder)}")
