"""Replays of a real recording that are killed again and again, compared with one that nobody disturbed."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from e2e.client import TOPIC, Client
from e2e.kill_tally import Tally, compare_documents, compare_messages
from e2e.killing import Victim
from e2e.test_recordings import COLLECTION, LANGLEY, RECORDINGS, golden, lap_documents
from support.firestore_reader import FirestoreReader
from support.pubsub_reader import PubSubReader, Received

SPEEDS = ("40", "max")
END_LIMIT_S = 60.0


@dataclass(frozen=True, slots=True)
class Clouds:
    """``host:port`` of the two emulators."""

    firestore: str
    pubsub: str


@dataclass(frozen=True, slots=True)
class Undisturbed:
    """
    What a recording comes to when nobody is killed.

    Attributes:
        took_s: How long its replay took, from start to end, by speed.
    """

    path: Path
    golden: list[dict[str, Any]]
    documents: dict[str, dict[str, Any]]
    messages: dict[str, Received]
    took_s: dict[str, float]


def recordings(shared_data: Path) -> list[str]:
    """Name the real recordings that are there."""
    return [name for name in RECORDINGS if (shared_data / LANGLEY.format(name)).exists()]


def undisturbed(name: str, shared_data: Path, folder: Path, project: str, clouds: Clouds) -> Undisturbed:
    """
    Replay a recording once at each speed.

    Raises:
        AssertionError: The laps are not the golden ones even so.
    """
    path, took_s = shared_data / LANGLEY.format(name), {}
    with PubSubReader(clouds.pubsub, project, TOPIC) as reader:
        for speed in SPEEDS:
            client = _client(folder / speed, project, clouds)
            began_s = time.monotonic()
            code, output = client.run("replay", "--yes", str(path), "--speed", speed, timeout_s=END_LIMIT_S)
            took_s[speed] = time.monotonic() - began_s
            assert code == 0, output
        messages = {received.id: received for received in reader.pull_all()}
    documents = FirestoreReader(clouds.firestore, project).documents(COLLECTION)
    laps = golden(name)
    assert [documents[str(lap["LapCompleted"])] for lap in laps] == laps, f"{name} is not as it was"
    return Undisturbed(path, laps, documents, messages, took_s)


def kill_replays(true: Undisturbed, kills: int, chance: Random, folder: Path, project: str, clouds: Clouds) -> Tally:
    """Replay one recording, killed *kills* times (fewer where it ends by itself), then to its end, and compare."""
    tally = Tally(sequences=1)
    client = _client(folder, project, clouds)
    victim = Victim(client, chance)
    with PubSubReader(clouds.pubsub, project, TOPIC) as reader:
        for _ in range(2 * kills):
            if victim.kills == kills:
                break
            speed = chance.choice(SPEEDS)
            client.start("replay", "--yes", str(true.path), "--speed", speed)
            victim.await_moment(true.took_s[speed])
            if not victim.kill() and client.process is not None and client.process.returncode != 0:
                tally.find("disorderly", f"ended by itself with {client.process.returncode}")
        code, output = client.run("replay", "--yes", str(true.path), "--speed", "max", timeout_s=END_LIMIT_S)
        if code != 0:
            tally.find("disorderly", f"ended with {code}: {output}")
        received = reader.pull_all()
    tally.kills = victim.kills
    _compare(true, client, FirestoreReader(clouds.firestore, project).documents(COLLECTION), received, tally)
    return tally


def _compare(
    true: Undisturbed, client: Client, documents: dict[str, dict[str, Any]], received: list[Received], tally: Tally
) -> None:
    expected = _by_lap(true.golden)
    with client.store() as outbox:
        compare_documents("store", expected, _by_lap(lap_documents(outbox)), tally)
        for name, sink in outbox.counts().sinks.items():
            if sink.waiting:
                tally.find("disorderly", f"{sink.waiting} items still wait for {name}")
    # By what is in them, not by their names: a lap could stand under two.
    laps = [document for name, document in documents.items() if name.isdigit()]
    compare_documents("Firestore", expected, _by_lap(laps), tally)
    compare_documents("Firestore by name", true.documents.items(), documents.items(), tally)
    compare_messages(true.messages, received, tally)
    tally.laps += 2 * len(expected)


def _by_lap(laps: list[dict[str, Any]]) -> list[tuple[str, dict[str, Any]]]:
    return [(f"lap {lap['LapCompleted']}", lap) for lap in laps]


def _client(folder: Path, project: str, clouds: Clouds) -> Client:
    client = Client(folder, {"messageTopic": TOPIC}, clouds.firestore, clouds.pubsub)
    client.environment["GOOGLE_CLOUD_PROJECT"] = project
    return client
