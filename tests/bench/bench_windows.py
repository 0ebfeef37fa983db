"""
The Windows program's size, start-up and memory, under Wine: ``python tests/bench/bench_windows.py``.

Start is from the call to the icon in the tray; the one-folder program, the one-file program and one in C that has
nothing but an icon (less than that nobody can take) take turns, on the same desktop, after one start of each that does
not count: on a desktop that is up, as a Windows PC's always is, and again where each of them has to begin Wine's
desktop first, which ends with its last program. Memory is what the program holds with its tray up while it drives
and both clouds (Google's own emulators) take its laps: RSS, which counts Wine's own libraries,
and PSS, in which shared pages are shared out.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from race_sim.named_scripts import ADA
from support.emulators import running_firestore_emulator, running_pubsub_emulator
from support.pubsub_reader import PubSubReader
from teamtactics.settings.first_ini import shipped_ini
from windows.desktop import Desktop
from windows.frozen import Build, built
from windows.installed import PROGRAM, Installed
from windows.simulator_process import SimulatorProcess
from windows.toolchain import HERE, Toolchain, command, prepare

STARTS = 5
REACH = {"installed": 48.0, "installer": 17.0, "ratio": 2.0, "rss": 110.0, "pss": 95.0}


def main() -> None:
    toolchain = prepare(print)
    build = built(toolchain)
    rows = [*sizes(build), *starts(toolchain, build), *memory(toolchain, build)]
    print(f"\n{'what':<48}{'measured':>12}  reach")
    for what, measured, reach in rows:
        print(f"{what:<48}{measured:>12}  {reach}")


def sizes(build: Build) -> list[tuple[str, str, str]]:
    """Return the rows of the table about bytes; MB are millions."""
    installed = sum(path.stat().st_size for path in build.folder.rglob("*") if path.is_file()) / 1e6
    setup, one_file = build.setup.stat().st_size / 1e6, build.one_file.stat().st_size / 1e6
    return [
        ("installed size", f"{installed:.1f} MB", f"≤ {REACH['installed']:.0f} MB"),
        ("installer", f"{setup:.1f} MB", f"≤ {REACH['installer']:.0f} MB"),
        ("one-file program", f"{one_file:.1f} MB", ""),
    ]


def starts(toolchain: Toolchain, build: Build) -> list[tuple[str, str, str]]:
    """Return the rows about start to icon."""
    rows = []
    for desktop, is_up, reach in (("desktop up", True, f"≥ {REACH['ratio']:.0f} ×"), ("desktop down", False, "")):
        with tempfile.TemporaryDirectory() as folder, Desktop.open(Path(folder) / "pc", toolchain) as pc:
            took = _turns(pc, build, is_up=is_up)
        median = {name: statistics.median(seconds) for name, seconds in took.items()}
        ratio = median["one-file"] / median["one-folder"]
        rows += [(f"{desktop}: start to icon, {name}", f"{median[name]:.2f} s", "") for name in took]
        rows.append((f"{desktop}: one-file against one-folder", f"{ratio:.1f} ×", reach))
    return rows


def _turns(pc: Desktop, build: Build, *, is_up: bool) -> dict[str, list[float]]:
    """Start the programs in turns; return how long each took, s."""
    # With an ini it is no first start, whose window would stay.
    ini = pc.roaming / "teamtactics" / "teamtactics.ini"
    ini.parent.mkdir(parents=True)
    ini.write_bytes(shipped_ini())
    icon_only = pc.folder / "icon_only.exe"
    command(["x86_64-w64-mingw32-gcc", "-O2", "-s", "-mwindows", "-o", icon_only, HERE / "icon_only.c"])
    programs = {"one-folder": build.folder / PROGRAM, "one-file": build.one_file, "icon only, in C": icon_only}
    if is_up:
        pc.start("notepad")
        pc.screen.until(lambda: any(window.program == "notepad.exe" for window in pc.screen.windows()))
    took: dict[str, list[float]] = {name: [] for name in programs}
    for turn in range(STARTS + 1):
        for name, program in programs.items():
            seconds = _start_to_icon(pc, program)
            if turn:
                took[name].append(seconds)
    return took


def _start_to_icon(pc: Desktop, program: Path) -> float:
    began_s = time.monotonic()
    started = pc.start(program)
    while not pc.screen.icons():
        time.sleep(0.01)
    seconds = time.monotonic() - began_s
    # Killed it would leave the unpacked files of the one-file program, and the icon until Wine notices.
    if program.name == PROGRAM:
        code, output = pc.run(program, "quit")
        assert code == 0, output
    else:
        (pc.folder / "end").touch()
    started.wait(60.0)
    (pc.folder / "end").unlink(missing_ok=True)
    pc.until_gone(program.name)
    while pc.screen.icons():
        time.sleep(0.01)
    return seconds


def memory(toolchain: Toolchain, build: Build) -> list[tuple[str, str, str]]:
    """Return the rows about memory."""
    with (
        tempfile.TemporaryDirectory() as folder,
        running_firestore_emulator() as firestore,
        running_pubsub_emulator() as pubsub,
        Desktop.open(Path(folder) / "pc", toolchain) as pc,
    ):
        emulators = {
            "FIRESTORE_EMULATOR_HOST": firestore,
            "PUBSUB_EMULATOR_HOST": pubsub,
            "GOOGLE_CLOUD_PROJECT": "bench",
        }
        app = Installed(pc, build, environment=emulators)
        app.install("/TOPIC=laps")
        app.start()
        time.sleep(3.0)
        idle = _held(pc)
        with (
            PubSubReader(pubsub, "bench", "laps") as subscriber,
            SimulatorProcess(pc, "solo", ADA.customer_id, 240.0) as simulator,
        ):
            app.wait_for("connected to")
            simulator.go()
            simulator.until_lap(4)
            driving = _held(pc)
            assert any(message.type == "lap" for message in subscriber.pull_all()), app.log()
    return [
        ("memory, tray up, no simulator (RSS / PSS)", f"{idle[0]:.0f} / {idle[1]:.0f} MB", ""),
        (
            "memory, driving, both clouds (RSS / PSS)",
            f"{driving[0]:.0f} / {driving[1]:.0f} MB",
            f"≤ {REACH['rss']:.0f} / {REACH['pss']:.0f} MB",
        ),
    ]


def _held(pc: Desktop) -> tuple[float, float]:
    """Return RSS and PSS of the tray program, MB."""
    (pid,) = pc.processes(PROGRAM)
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    kilobytes = {line.split()[0]: int(line.split()[1]) for line in rollup.splitlines()[1:]}
    return kilobytes["Rss:"] * 1024 / 1e6, kilobytes["Pss:"] * 1024 / 1e6


if __name__ == "__main__":
    main()
