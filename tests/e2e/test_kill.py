"""Kill -9 at random moments while a race is replayed, then restart: no lap lost, none twice, none changed."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest

from e2e.client import PROJECT, TOPIC, Client
from e2e.test_recordings import COLLECTION, LANGLEY, golden, lap_documents
from support.firestore_reader import FirestoreReader

KILLS = 8


@pytest.mark.recording
@pytest.mark.emulator
@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_a_replay_that_is_killed_again_and_again_ends_with_the_golden_laps(
    seed: int, shared_data: Path, tmp_path: Path, firestore_emulator: str
) -> None:
    chance = random.Random(seed)
    recording = str(shared_data / LANGLEY.format("14-50-46"))
    project = f"{PROJECT}-kill-{seed}"
    client = Client(tmp_path, {"messageTopic": TOPIC}, firestore_emulator, None)
    client.environment["GOOGLE_CLOUD_PROJECT"] = project
    killed_at = []
    for _ in range(KILLS):
        client.start("replay", "--yes", recording, "--speed", "30")
        # Start-up takes 0.3 s and the replay 3 s: the kills fall into connecting, recording and delivering.
        time.sleep(chance.uniform(0.2, 1.3))
        client.kill()
        with client.store() as outbox:
            killed_at.append(len(lap_documents(outbox)) if outbox.sessions() else 0)
    code, output = client.run("replay", "--yes", recording, "--speed", "max")
    assert code == 0, output
    expected = golden("14-50-46")
    with client.store() as outbox:
        assert lap_documents(outbox) == expected, f"laps in the store at each kill: {killed_at}"
        assert outbox.counts().sinks["firestore"].waiting == 0
        assert len({message.id for message in outbox.messages(1)}) == len(outbox.messages(1))
    assert FirestoreReader(firestore_emulator, project).laps(COLLECTION) == expected
