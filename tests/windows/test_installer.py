"""What the installer takes over, what it leaves alone, and what it says when an answer is no good."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.key_file import SECRET, write_key_file
from windows.desktop import Desktop
from windows.frozen import Build
from windows.installed import APPROVED, PROGRAM, RUN, UNINSTALL, Installed

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

OFF_IN_TASK_MANAGER = "030000000000000000000000"


def test_autostart_is_as_the_user_has_it_last_wanted_it(pc: Desktop, build: Build) -> None:
    app = Installed(pc, build)
    app.install("/AUTOSTART=0")
    assert pc.registry(RUN, "teamtactics") is None
    app.install()
    assert pc.registry(RUN, "teamtactics") is None, "an upgrade does not switch it on again"
    app.install("/AUTOSTART=1")
    command = pc.registry(RUN, "teamtactics")
    assert command is not None
    pc.set_registry(APPROVED, "teamtactics", "REG_BINARY", OFF_IN_TASK_MANAGER)
    app.install()
    assert pc.registry(APPROVED, "teamtactics") == OFF_IN_TASK_MANAGER, "off in the Task Manager stays off"
    assert pc.registry(RUN, "teamtactics") == command, "and can be switched on there"
    app.install("/AUTOSTART=1")
    assert pc.registry(APPROVED, "teamtactics") is None, "the newest wish counts"


@pytest.mark.parametrize("was_installed", [False, True])
def test_run_1_starts_the_program_though_it_did_not_run_before(pc: Desktop, build: Build, was_installed: bool) -> None:
    app = Installed(pc, build)
    if was_installed:
        app.install("/RUN=0")
        assert app.log() == ""
    app.install("/RUN=1")
    app.wait_for("the icon is shown")
    code, output = app.cli("quit")
    assert code == 0, output


def test_a_bad_key_file_is_not_taken_over_and_the_exit_code_says_so(pc: Desktop, build: Build) -> None:
    app = Installed(pc, build)
    key = write_key_file(pc.folder / "key.json", type="authorized_user")
    app.install(f'/CREDENTIALS="{pc.windows_path(key)}"', "/TOPIC=laps", code=3)
    assert (app.folder / PROGRAM).is_file(), "installed all the same"
    assert not (app.settings / "key.json").exists()
    settings = app.ini.read_text(encoding="utf-8")
    assert "messageTopic = laps\n" in settings
    assert SECRET not in settings


def test_settings_and_files_of_the_user_survive_upgrade_and_uninstall_and_old_program_files_do_not(
    pc: Desktop, build: Build
) -> None:
    app = Installed(pc, build)
    app.install()
    assert not app.ini.exists(), "without answers the first start greets the user and writes it"
    app.settings.mkdir(parents=True)
    app.ini.write_bytes(b"; mine, with an \xe4 of cp1252\r\n[global]\r\niracingId = 1\r\n")
    beside = app.folder / "notes.txt"
    beside.write_text("mine")
    outdated = app.folder / "_internal" / "outdated.pyd"
    outdated.write_bytes(b"of an older version")
    assert pc.registry(UNINSTALL, "DisplayVersion") is not None

    app.install("/IRACINGID=4711")
    assert app.ini.read_bytes() == b"; mine, with an \xe4 of cp1252\r\n[global]\r\niracingId = 4711\r\n"
    assert not outdated.exists()
    app.uninstall()
    assert beside.read_text() == "mine"
    assert [path.name for path in app.folder.iterdir()] == ["notes.txt"]
    assert app.ini.exists()


def test_installed_into_another_folder_the_former_one_is_cleared(pc: Desktop, build: Build) -> None:
    former = Installed(pc, build)
    former.install("/TOPIC=laps")
    moved = Installed(pc, build, r"C:\Games\team tactics")
    moved.install()
    assert not former.folder.exists()
    assert (moved.folder / PROGRAM).is_file()
    assert "messageTopic = laps\n" in moved.ini.read_text(encoding="utf-8")
    assert pc.registry(RUN, "teamtactics") == r'"C:\Games\team tactics\teamtactics.exe"'


def test_a_program_that_does_not_end_stops_the_installer_before_it_changes_anything(pc: Desktop, build: Build) -> None:
    app = Installed(pc, build)
    app.install()
    marker = app.folder / "_internal" / "marker"
    marker.write_text("of the running version")
    # It holds the tray's mutex and answers nobody, as a program that hangs does.
    holder = pc.start(
        pc.toolchain.python,
        "-c",
        "import ctypes, time; ctypes.windll.kernel32.CreateMutexW(None, 0, r'Local\\teamtactics');"
        " print('held', flush=True); time.sleep(600)",
    )
    pc.screen.until(lambda: "held" in holder.output)
    app.install(code=4)
    assert marker.exists(), "nothing was changed"


def test_the_installer_speaks_german_too(pc: Desktop, build: Build, shots: Path) -> None:
    setup = pc.start(build.setup, "/LANG=1031")

    def has_german_title() -> bool:
        return any(window.name == "Installation von teamtactics" for window in pc.screen.windows())

    pc.screen.until(has_german_title)
    pc.screen.shot(shots / "installer-german.png")
    setup.kill()
