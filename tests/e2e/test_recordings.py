"""Golden results: every real recording through the real collector into a store."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from support.schemas import assert_told
from teamtactics.errors import SourceRefused
from teamtactics.model.events import Event, RunEvent
from teamtactics.model.parcel import Document, iso_utc
from teamtactics.race.tracker import Tracker
from teamtactics.recording.collector import Collector
from teamtactics.recording.writer import recording_directly
from teamtactics.reports.known_laps import known_laps
from teamtactics.store.store import Outbox
from teamtactics.telemetry.opening import open_source

GOLDEN = Path(__file__).parent / "golden"
LANGLEY = "skmodified_langley_2015-05-28_{}.ibt"
COLLECTION = "Loren Roberts2@skmodified#langley#0"
RECORDINGS = ["14-45-28", "14-47-39", "14-48-39", "14-50-46"]


def utc_now() -> datetime:
    return datetime.now(UTC)


def record(recording: Path, folder: Path) -> tuple[Outbox, list[Event]]:
    """Run *recording* through source, tracker and recorder into a store in *folder*."""
    outbox = Outbox.open(folder / "store.sqlite3", utc_now)
    events: list[Event] = []
    source = open_source(recording, None)
    journal, _ = recording_directly(outbox)
    Collector(source, Tracker(), journal, threading.Event(), on_event=events.append).run()
    return outbox, events


def lap_documents(outbox: Outbox) -> list[Document]:
    stored = outbox.latest_session(COLLECTION)
    assert stored is not None
    assert_told(outbox)
    return known_laps(outbox, stored)


def as_json(document: Document) -> dict[str, object]:
    return {name: iso_utc(value) if isinstance(value, datetime) else value for name, value in document.items()}


def golden(name: str) -> list[dict[str, Any]]:
    """Return the laps of the recording *name* as they must be; a moment is text in the file."""
    laps = json.loads((GOLDEN / f"langley_{name}.json").read_text(encoding="utf-8"))
    return [{**lap, "Utc": datetime.fromisoformat(lap["Utc"])} for lap in laps]


@pytest.mark.recording
@pytest.mark.parametrize("name", RECORDINGS)
def test_every_lap_of_the_recording_has_its_golden_document(name: str, shared_data: Path, tmp_path: Path) -> None:
    outbox, _ = record(shared_data / LANGLEY.format(name), tmp_path)
    with outbox:
        expected = golden(name)
        # Which fields there are is the contract's test; one that came since the files were written is none of theirs.
        found = [{field: lap.get(field) for field in expected[0]} for lap in lap_documents(outbox)]
        assert found == expected


@pytest.mark.recording
def test_laps_178_to_180_have_the_times_the_driver_saw(shared_data: Path, tmp_path: Path) -> None:
    outbox, _ = record(shared_data / LANGLEY.format("14-48-39"), tmp_path)
    with outbox:
        laps = {lap["LapCompleted"]: lap for lap in lap_documents(outbox)}
    times = {number: lap["LapLastLapTime"] for number, lap in laps.items()}
    assert times == {178: None, 179: pytest.approx(15.1757, abs=5e-5), 180: pytest.approx(15.2033, abs=5e-5)}
    assert laps[178]["FuelUsed"] is None
    assert laps[178]["PitExitTime"] == pytest.approx(4337.633, abs=0.017)
    assert laps[178]["PitEnterTime"] is None
    assert laps[179]["FuelUsed"] == pytest.approx(0.2042, abs=0.001)
    assert laps[180]["FuelUsed"] == pytest.approx(0.1988, abs=0.001)


@pytest.mark.recording
def test_all_four_recordings_in_any_order_are_one_session_with_the_same_laps(shared_data: Path, tmp_path: Path) -> None:
    for name in reversed(RECORDINGS):
        outbox, _ = record(shared_data / LANGLEY.format(name), tmp_path)
        outbox.close()
    with Outbox.open(tmp_path / "store.sqlite3", utc_now) as outbox:
        assert [session.collection for session in outbox.sessions()] == [COLLECTION]
        numbers = [lap["LapCompleted"] for lap in lap_documents(outbox)]
    assert numbers == [172, 173, 176, 177, 178, 179, 180, 181, 183, 184, 185, 186], "of 173 and 181 the begin was seen"


@pytest.mark.some(1)
@pytest.mark.recording
@pytest.mark.parametrize("order", [(0, 1, 2, 3, 4, 5), (5, 4, 3, 2, 1, 0), (2, 5, 0, 3, 1, 4)])
def test_six_recordings_of_one_evening_are_one_session_with_its_stints(
    order: tuple[int, ...], shared_data: Path, tmp_path: Path
) -> None:
    """Each begins in the stall: before the second the car had been on the track, so it had come back there."""
    files = [shared_data / LANGLEY.format(name) for name in RECORDINGS]
    files += [shared_data / "more" / LANGLEY.format(name) for name in ("14-46-23", "14-49-50")]
    for number in order:
        record(sorted(files, key=lambda path: path.name)[number], tmp_path)[0].close()
    with Outbox.open(tmp_path / "store.sqlite3", utc_now) as outbox:
        stints = {lap["LapCompleted"]: (lap["Stint"], lap["StintLap"]) for lap in lap_documents(outbox)}
    first_laps = (172, 173, 176, 178, 181, 183, 186)
    assert [lap for lap, (_, stint_lap) in stints.items() if stint_lap == 1] == [*first_laps]
    assert [stints[lap][0] for lap in first_laps] == [1, 2, 3, 4, 5, 6, 7]
    assert [*stints] == [*range(172, 187)]


@pytest.mark.recording
def test_the_reset_to_the_pits_in_14_50_46_ends_the_stint(shared_data: Path, tmp_path: Path) -> None:
    outbox, events = record(shared_data / LANGLEY.format("14-50-46"), tmp_path)
    with outbox:
        stints = {lap["LapCompleted"]: (lap["Stint"], lap["StintLap"]) for lap in lap_documents(outbox)}
    assert stints == {183: (1, 1), 184: (1, 2), 185: (1, 3), 186: (2, 1)}
    assert [event.kind for event in events if isinstance(event, RunEvent)].count("reset") == 1


@pytest.mark.recording
def test_six_seconds_in_the_stall_are_a_start_and_a_stop_and_no_lap(shared_data: Path, tmp_path: Path) -> None:
    outbox, events = record(shared_data / "pit-stall-modern.ibt", tmp_path)
    with outbox:
        (session,) = outbox.sessions()
        assert session.collection == "George v Rensburg@mercedesw13#spielberg gp#0"
        assert known_laps(outbox, session) == []
    kinds = [event.kind.value for event in events if isinstance(event, RunEvent)]
    assert kinds == ["driver", "startMoving", "stopMoving"]


@pytest.mark.recording
def test_a_broken_recording_is_refused_in_plain_words(shared_data: Path, tmp_path: Path) -> None:
    with pytest.raises(SourceRefused, match=r"corrupt\.ibt"):
        record(shared_data / "corrupt.ibt", tmp_path)


@pytest.mark.recording
def test_replaying_a_recording_again_adds_and_changes_nothing(shared_data: Path, tmp_path: Path) -> None:
    recording = shared_data / LANGLEY.format("14-48-39")
    outbox, _ = record(recording, tmp_path)
    before = (lap_documents(outbox), outbox.counts())
    outbox.close()
    outbox, events = record(recording, tmp_path)
    with outbox:
        assert (lap_documents(outbox), outbox.counts()) == before
    assert not any(isinstance(event, RunEvent) for event in events)
