"""
Fixtures of every room that talks to a cloud: the emulators, a collection of its own, and Google's own client.

A plugin rather than a room's conftest, because the rooms of delivery, the team and the service want the same.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from typing import Any

import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud import firestore

from support.absent import absent
from support.emulators import EmulatorAbsent, running_firestore_emulator, running_pubsub_emulator
from support.relay import Relay
from support.sinks import firestore_sink
from teamtactics.cloud.meter import Meter
from teamtactics.delivery.firestore_sink import FirestoreSink

NOBODY: Any = AnonymousCredentials  # no types
PROJECT = "teamtactics-test"
_numbers = itertools.count()


@pytest.fixture(scope="session")
def firestore_emulator() -> Iterator[str]:
    """``host:port`` of Google's Firestore emulator, warm; shared by the whole session, so take names of your own."""
    yield from _address_or_absent(running_firestore_emulator())


@pytest.fixture(scope="session")
def pubsub_emulator() -> Iterator[str]:
    """``host:port`` of Google's Pub/Sub emulator, warm; shared by the whole session, so take names of your own."""
    yield from _address_or_absent(running_pubsub_emulator())


def _address_or_absent(running: AbstractContextManager[str]) -> Iterator[str]:
    with ExitStack() as stack:
        try:
            address = stack.enter_context(running)
        except EmulatorAbsent as error:
            absent(str(error))
        yield address


@pytest.fixture
def collection() -> str:
    """A name as ugly as the contract's own: blanks, a hash, an at sign, no ASCII."""
    return f"FBP Racing  ORANGÉ@118486868#28814031#{next(_numbers)}"


@pytest.fixture
def meter() -> Meter:
    """What ``sink`` has asked."""
    return Meter()


@pytest.fixture
def sink(firestore_emulator: str, meter: Meter) -> Iterator[FirestoreSink]:
    made = firestore_sink(firestore_emulator, PROJECT, meter=meter)
    yield made
    made.close()


@pytest.fixture
def relay(firestore_emulator: str) -> Iterator[Relay]:
    """A line to Firestore that can break."""
    with Relay(firestore_emulator) as made:
        yield made


@pytest.fixture
def cloud(firestore_emulator: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """google-cloud-firestore's own client, as a strategy program would use it."""
    with monkeypatch.context() as environment:
        environment.setenv("FIRESTORE_EMULATOR_HOST", firestore_emulator)
        client: Any = firestore.Client(project=PROJECT, credentials=NOBODY())
    yield client
    client.close()


@pytest.fixture
def read_back(cloud: Any) -> Callable[[str], dict[str, dict[str, object]]]:
    """All documents of a collection by id, as they were written: without ``Updated``, which the server puts in."""

    def read(name: str) -> dict[str, dict[str, object]]:
        found = {document.id: document.to_dict() for document in cloud.collection(name).stream(timeout=5)}
        for document in found.values():
            document.pop("Updated", None)
        return found

    return read
