"""A member who forgot to start the client plays his recording: the laps that lack a driver's document get one."""

from __future__ import annotations

from pathlib import Path

import pytest

from race_sim.faults import Faults, Running
from race_sim.member_recording import record
from race_sim.named_scripts import ADA, BEN, CLEO
from race_sim.test_redo import SCRIPT, Played, about

pytestmark = [pytest.mark.emulator, pytest.mark.slow, pytest.mark.timeout(300)]

WITHOUT_BEN = Faults(running=tuple(Running(member.customer_id) for member in (ADA, CLEO)))


def test_laps_without_a_drivers_document_get_one_from_his_recording(
    tmp_path: Path, firestore_emulator: str, pubsub_emulator: str
) -> None:
    (tmp_path / "all").mkdir()
    (tmp_path / "without").mkdir()
    right = Played(tmp_path / "all", firestore_emulator, pubsub_emulator).laps()
    race = Played(tmp_path / "without", firestore_emulator, pubsub_emulator, faults=WITHOUT_BEN)
    before = race.laps()
    bens = {lap for lap, document in right.items() if document["CustomerID"] == BEN.customer_id}
    assert bens
    assert {before[lap]["Source"] for lap in bens} == {"teammate"}
    assert {before[lap]["FuelLevel"] for lap in bens} == {None}

    recording = record(SCRIPT, BEN.customer_id, tmp_path / "ben.ibt")
    client = race.client(BEN.customer_id)
    code, output = client.run("replay", "--yes", str(recording))
    assert code == 0, output
    assert about(race.laps(), right) == {}
    code, output = client.run("replay", "--yes", str(recording))
    assert code == 0, output
    assert about(race.laps(), right) == {}, "again it changes nothing"
