"""Memory images as they are: each shows its one moment to a real client that writes to a real emulator."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest

from e2e.client import PROJECT, TOPIC, Client
from support.firestore_reader import FirestoreReader
from support.image_writer import ImageWriter, live_variables

COLLECTIONS = {
    "monzasunset.dump": "Robert Bausdorf@porsche991rsr#monza full#0",
    "solo-longbeach-caridx63.dump": "Christopher Scott4@rt2000#longbeach#0",
    "team-suzuka-2025-driving-practice.dump": "irDashies@291605127#81168999#0",
    "offline-interlagos-ai-race.dump": "Tarik Alani@bmwm4evogt4#interlagos gp#0",
    "team-suzuka-2025-watching-lap22.dump": "DroneDeploy@292051276#81269102#2",
}


@pytest.mark.recording
@pytest.mark.emulator
@pytest.mark.parametrize(
    ("image", "info", "driver_id"),
    [
        ("monzasunset.dump", {"CarID": 102, "SessionType": "Offline Testing", "FuelMax": 106.0}, None),
        ("solo-longbeach-caridx63.dump", {"CarID": 1, "SessionType": "Practice", "SessionTime": 7200.0}, 336372),
        ("team-suzuka-2025-driving-practice.dump", {"SessionType": "Practice", "FuelMax": 98.0}, 968989),
        ("offline-interlagos-ai-race.dump", {"CarID": 189, "SessionType": "Race", "SessionTime": 1800.0}, 968989),
        ("team-suzuka-2025-watching-lap22.dump", {"SessionType": "Race", "SessionNum": 2}, None),
    ],
)
def test_an_image_gives_its_collection_its_info_and_its_driver(
    image: str,
    info: dict[str, Any],
    driver_id: int | None,
    shared_data: Path,
    tmp_path: Path,
    firestore_emulator: str,
    pubsub_emulator: str,
) -> None:
    settings = {"simulate": str(shared_data / image), "messageTopic": TOPIC}
    with Client(tmp_path, settings, firestore_emulator, pubsub_emulator) as client:
        client.wait_for("session ")
        client.wait_for("in the car: " if driver_id is not None else "connected to")
        code, output = client.stop()
    assert code == 0, output
    collection = COLLECTIONS[image]
    found = record(firestore_emulator, collection)
    assert found["info"].items() >= info.items()
    if driver_id is None:
        assert found.keys() == {"info"}
    else:
        assert found.keys() == {"info", "state"}
        assert found["state"]["CustomerID"] == driver_id


def record(firestore_emulator: str, collection: str) -> dict[str, dict[str, Any]]:
    """Return what is told of the race; whether the client was there long enough to say who it is depends on the PC."""
    documents = FirestoreReader(firestore_emulator, PROJECT).documents(collection)
    return {doc_id: fields for doc_id, fields in documents.items() if not doc_id.startswith("member ")}


def image_of_text(parsed: Path, image: Path) -> None:
    """Build the memory image whose text form (``irsdk --parse``) *parsed* is."""
    text = parsed.read_text(encoding="utf-8")
    start = min(text.index(f"\n{name} ") for name in ("AirDensity", "AirPressure", "AirTemp") if f"\n{name} " in text)
    values = {}
    for row in text[start:].strip().splitlines():
        name, _, value = row.partition(" ")
        values[name] = ast.literal_eval(value.strip())
    with ImageWriter(image, live_variables()) as writer:
        writer.write_session_text(text[:start])
        known = {name for name, _, _ in writer.variables}
        for _ in range(3):
            writer.write_tick({name: value for name, value in values.items() if name in known})


@pytest.mark.recording
@pytest.mark.emulator
def test_a_team_race_of_2019_watched_by_a_member_writes_no_lap_and_no_state(
    shared_data: Path, tmp_path: Path, firestore_emulator: str
) -> None:
    image = tmp_path / "barcelona.dump"
    image_of_text(shared_data / "barcelona-team1-watching.txt", image)
    with Client(tmp_path, {"simulate": str(image)}, firestore_emulator) as client:
        client.wait_for("session ")
        code, output = client.stop()
    assert code == 0, output
    found = record(firestore_emulator, "FBP Racing  ORANGE@118486868#28814031#2")
    assert found.keys() == {"info"}
    assert found["info"]["Track"] == "barcelona gp"
