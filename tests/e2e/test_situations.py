"""Every recorded situation through the real program, held field by field against what the data's README says."""

from __future__ import annotations

from pathlib import Path

import pytest

from e2e.client import Client
from e2e.situations import SITUATIONS, Situation, record, unpacked, wrong
from teamtactics.reports.known_laps import known_laps


@pytest.mark.recording
@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda situation: situation.name)
def test_a_recorded_situation_has_its_right_values(situation: Situation, shared_data: Path, tmp_path: Path) -> None:
    outcome = record([unpacked(situation, shared_data, tmp_path)], tmp_path)
    assert wrong(situation, outcome) == []


@pytest.mark.recording
def test_every_file_of_hard_is_in_the_table(shared_data: Path) -> None:
    files = {path.name.removesuffix(".ibt.gz") for path in (shared_data / "hard").iterdir()}
    assert files == {situation.name for situation in SITUATIONS if situation.folder == "hard"}


@pytest.mark.recording
@pytest.mark.slow
def test_the_command_records_a_situation_alike(shared_data: Path, tmp_path: Path) -> None:
    situation = next(each for each in SITUATIONS if each.name == "a1_hole_on_pit_road-2")
    client = Client(tmp_path / "client")
    code, output = client.run("replay", "--yes", str(unpacked(situation, shared_data, tmp_path)), "--speed", "max")
    assert code == 0, output
    with client.store() as outbox:
        (session,) = outbox.sessions()
        laps = {lap["LapCompleted"]: lap for lap in known_laps(outbox, session)}
    assert list(laps) == [1, 2]
    shown = {name: laps[2][name] for name in ("FuelAdded", "FuelUsed", "Stint", "Gap")}
    assert shown == pytest.approx({"FuelAdded": 24.0, "FuelUsed": 2.5, "Stint": 2, "Gap": 2.1}, abs=0.02)
