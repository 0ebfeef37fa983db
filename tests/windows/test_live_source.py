"""The live source against mapping, event and status answer of Windows itself, run from source."""

from __future__ import annotations

from pathlib import Path

import pytest

from e2e.client import until
from race_sim import truth
from race_sim.compare import differences
from race_sim.named_scripts import ADA, script_named
from support.firestore_reader import FirestoreReader
from windows.desktop import Desktop
from windows.simulator_process import SimulatorProcess

pytestmark = [pytest.mark.slow, pytest.mark.emulator, pytest.mark.timeout(900)]


def ini(folder: Path, **settings: str) -> Path:
    path = folder / "teamtactics.ini"
    lines = {"logfile": "irtactics.log", "dataDir": "data", "debug": "on", **settings}
    path.write_text("[global]\n" + "".join(f"{key} = {value}\n" for key, value in lines.items()))
    return path


@pytest.mark.parametrize("orderly", [True, False], ids=["ends", "crashes"])
def test_a_race_in_which_the_simulator_goes_and_comes_back_equals_the_truth(
    orderly: bool, pc: Desktop, firestore_emulator: str
) -> None:
    script = script_named("solo")
    collection = truth.collection(script, 0)
    project = f"windows-source-{orderly}".lower()
    cloud = {"FIRESTORE_EMULATOR_HOST": firestore_emulator, "GOOGLE_CLOUD_PROJECT": project}
    config = ini(pc.folder)
    log = pc.folder / "irtactics.log"

    def log_has(text: str, times: int = 1) -> None:
        def holds() -> bool:
            return log.exists() and log.read_text(encoding="utf-8").count(text) >= times

        until(holds, 30.0, lambda: f"no {text!r}:\n{log.read_text('utf-8') if log.exists() else client.output}")

    client = pc.start_source("--config", config, "run", "--headless", environment=cloud)
    with SimulatorProcess(pc, "solo", ADA.customer_id, rate=240.0) as simulator:
        log_has("connected to")
        simulator.go()
        simulator.until_lap(3)
        simulator.leave(orderly=orderly)
        log_has("is gone")
        simulator.come_back()
        log_has("connected to", times=2)
        simulator.until("ended", 120.0)
        expected = truth.laps(script)
        reader = FirestoreReader(firestore_emulator, project)
        until(lambda: len(reader.laps(collection)) >= len(expected), 30.0, lambda: log.read_text("utf-8"))
        simulator.close()
    assert differences(expected, reader.laps(collection), frozenset({"Gap"})) == [], log.read_text("utf-8")
