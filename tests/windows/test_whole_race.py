"""From download to the last lap: installed, raced with, killed, upgraded and removed, as a member does it."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from e2e.client import Client, until
from race_sim import truth
from race_sim.compare import differences
from race_sim.heard import as_message
from race_sim.named_scripts import ADA, BEN, script_named
from support.firestore_reader import FirestoreReader
from support.key_file import secret_pieces, write_key_file
from support.pubsub_reader import PubSubReader, Received
from teamtactics.tray.sign import Face, Sign
from windows.desktop import Desktop
from windows.frozen import Build
from windows.icon_reader import shows
from windows.installed import APPROVED, OWN, PROGRAM, RUN, UNINSTALL, Installed
from windows.simulator_process import SimulatorProcess

pytestmark = [pytest.mark.slow, pytest.mark.emulator, pytest.mark.timeout(900)]

SCRIPT = "double-stint"
"""Ada drives four laps with a stop in between, Ben takes over at the second stop and drives two."""
RATE = 60.0
TOPIC = "laps"
MOMENTS = (
    "SessionTime", "LapTimeMeasured", "PitEnterTime", "StopMovingTime", "StartMovingTime", "PitExitTime",
)  # fmt: skip


def within_gaps(expected: Sequence[Mapping[str, Any]], got: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """
    Return *got* with the true moments where they are wrong by no more than the ticks the document says nobody saw.

    A moment in a tick that a busy machine missed is that of the next tick: the document's ``Gap`` admits it.
    """
    true = {lap["LapCompleted"]: lap for lap in expected}
    gap_before = 0.0
    corrected = []
    for document in got:
        truth_of_lap = true.get(document["LapCompleted"], {})
        lap = dict(document)
        for name in MOMENTS:
            ours, theirs = lap[name], truth_of_lap.get(name)
            if ours is not None and theirs is not None and abs(ours - theirs) <= lap["Gap"] + gap_before + 0.05:
                lap[name] = theirs
        gap_before = lap["Gap"]
        corrected.append(lap)
    return corrected


def test_a_race_arrives_as_it_was_driven_whatever_happens_to_program_and_simulator(
    pc: Desktop, build: Build, firestore_emulator: str, pubsub_emulator: str, shots: Path
) -> None:
    script = script_named(SCRIPT)
    expected = truth.laps(script)
    collection = truth.collection(script, 0)
    project = "windows-whole-race"
    emulators = {
        "FIRESTORE_EMULATOR_HOST": firestore_emulator,
        "PUBSUB_EMULATOR_HOST": pubsub_emulator,
        "GOOGLE_CLOUD_PROJECT": project,
    }
    reader = FirestoreReader(firestore_emulator, project)
    key = write_key_file(pc.folder / "team key.json")
    app = Installed(pc, build, environment=emulators)

    app.install(f"/IRACINGID={ADA.customer_id}", f'/CREDENTIALS="{pc.windows_path(key)}"', f"/TOPIC={TOPIC}")
    assert sorted(path.name for path in app.folder.iterdir()) == [
        "THIRD-PARTY.txt", "_internal", "teamtactics-cli.exe", "teamtactics.exe", "uninstall.exe",
    ]  # fmt: skip
    settings = app.ini.read_text(encoding="utf-8")
    assert f"iracingId = {ADA.customer_id}\n" in settings
    assert "googleAccessToken = team key.json\n" in settings
    assert f"messageTopic = {TOPIC}\n" in settings
    assert settings.startswith("; teamtactics.ini"), "the shipped file with its comments"
    assert (app.settings / "team key.json").read_bytes() == key.read_bytes()
    command = pc.registry(RUN, "teamtactics")
    assert command == f'"{pc.windows_path(app.folder / PROGRAM)}"', "Windows starts it"
    assert (pc.roaming / "Microsoft/Windows/Start Menu/Programs/teamtactics.lnk").is_file()

    app.start()
    until(lambda: shows(pc, lambda sign: sign == Sign(Face.WAITING)), 30.0, app.log)
    images = pc.folder / "images"
    ben = Client(pc.folder / "ben", {"messageTopic": TOPIC}, firestore_emulator, pubsub_emulator)
    ben.environment["GOOGLE_CLOUD_PROJECT"] = project
    ben.ini.write_text(ben.ini.read_text() + f"simulate = {images / str(BEN.customer_id)}.dump\n")
    with (
        PubSubReader(pubsub_emulator, project, TOPIC) as subscriber,
        SimulatorProcess(pc, SCRIPT, ADA.customer_id, RATE, images) as simulator,
        ben,
    ):
        app.wait_for("connected to")
        ben.wait_for("connected to")
        simulator.go()
        until(lambda: shows(pc, lambda sign: sign == Sign(Face.DELIVERED, 1)), 60.0, app.log)
        pc.screen.menu(pc.screen.icon())
        time.sleep(0.5)
        pc.screen.shot(shots / "recording-with-menu.png")
        pc.screen.click_at(200, 200)

        simulator.until_lap(1)
        simulator.leave()
        app.wait_for("is gone")
        until(lambda: shows(pc, lambda sign: sign.face is not Face.DELIVERED), 30.0, app.log)
        simulator.come_back()
        app.wait_for("connected to", times=2)

        simulator.until_lap(3)
        time.sleep(1.0)
        pc.kill(PROGRAM)
        pc.until_gone(PROGRAM)
        app.start()
        app.wait_for("connected to", times=3)

        simulator.until_lap(5)
        until(lambda: shows(pc, lambda sign: sign.face is Face.TEAM_MATE), 30.0, app.log)
        pc.screen.shot(shots / "a-team-mate-drives.png")
        simulator.until("ended", 120.0)

        def wrong() -> list[str]:
            return differences(expected, within_gaps(expected, reader.laps(collection)), frozenset({"Gap"}))

        until(lambda: wrong() == [], 60.0, lambda: f"{wrong()}\n{reader.laps(collection)}\n{app.log()}\n{ben.log()}")
        received: dict[str, Received] = {}

        def unannounced() -> list[Mapping[str, Any]]:
            """A lap that is corrected is announced again: what stands there is among what was told of it."""
            received.update((message.id, message) for message in subscriber.pull_all())
            told = [message.data["payload"] for message in received.values() if message.type == "lap"]
            return [lap for lap in map(as_message, reader.laps(collection)) if lap not in told]

        until(lambda: unannounced() == [], 60.0, lambda: f"{unannounced()}\n{app.log()}\n{ben.log()}")
        simulator.close()
        code, output = ben.stop()
        assert code == 0, output
        assert wrong() == []
        assert unannounced() == []
        kinds = [message.type for message in received.values()]
        assert {kind: kinds.count(kind) for kind in ("session", "pitEnter", "stopMoving", "pitExit")} == {
            "session": 1, "pitEnter": 2, "stopMoving": 2, "pitExit": 2,
        }  # fmt: skip

    assert app.cli("show", "last")[0] == 0
    said = app.log()
    assert [piece for piece in secret_pieces() if piece in said] == []

    running = pc.processes(PROGRAM)
    laps_before = app.cli("show", "last", "--csv")[1]
    app.install()
    pc.screen.until(lambda: pc.processes(PROGRAM) not in ([], running))
    pc.screen.icon()
    assert pc.processes(PROGRAM) != running, "closed before, started again after"
    assert app.log().count("ended in order") == 1, "closed in order, not killed"
    assert app.ini.read_text(encoding="utf-8") == settings
    assert app.cli("show", "last", "--csv")[1] == laps_before
    assert pc.registry(RUN, "teamtactics") == command

    app.uninstall()
    pc.until_gone(PROGRAM)
    assert not app.folder.exists()
    assert [pc.registry(RUN, "teamtactics"), pc.registry(APPROVED, "teamtactics")] == [None, None]
    assert [pc.registry(OWN, "InstallDir"), pc.registry(UNINSTALL, "DisplayName")] == [None, None]
    assert not (pc.roaming / "Microsoft/Windows/Start Menu/Programs/teamtactics.lnk").exists()
    assert app.ini.read_text(encoding="utf-8") == settings, "the user's data stays"
    assert (app.data / "teamtactics.sqlite3").is_file()
