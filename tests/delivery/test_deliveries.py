"""Couriers follow the settings while the program runs; nothing that waits is lost."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from e2e.client import until
from support import parcels
from teamtactics.delivery.deliveries import Deliveries
from teamtactics.model.parcel import FIRESTORE, PUBSUB, StoredParcel
from teamtactics.service.app import utc_now
from teamtactics.settings.load import load_settings
from teamtactics.settings.settings import CloudTarget, Settings
from teamtactics.store.store import Outbox

FIRESTORE_ONLY = CloudTarget("p", firestore_emulator="here:1")
BOTH = CloudTarget("p", firestore_emulator="here:1", pubsub_emulator="here:2", topic_path="projects/p/topics/t")


def settings(folder: Path, cloud: CloudTarget) -> Settings:
    from dataclasses import replace

    return replace(load_settings(None, folder, {"HOME": str(folder)}, "linux"), cloud=cloud, data_dir=folder)


class Sink:
    """A sink that notes what it got, with which settings it was made and whether it was closed."""

    max_batch = 10

    def __init__(self, name: str, made_with: Settings, got: list[str]) -> None:
        self.name = name
        self.made_with = made_with
        self.is_closed = False
        self.conflict: str | None = None
        self._got = got

    def deliver(self, parcels: Sequence[StoredParcel]) -> None:
        self._got.extend(stored.parcel.key for stored in parcels)

    def check(self) -> str:
        return "ok"

    def close(self) -> None:
        self.is_closed = True


class Cloud:
    """Makes sinks and remembers them."""

    def __init__(self) -> None:
        self.made: dict[str, list[Sink]] = {FIRESTORE: [], PUBSUB: []}
        self.got: dict[str, list[str]] = {FIRESTORE: [], PUBSUB: []}
        self.factories = {FIRESTORE: self._firestore, PUBSUB: self._pubsub}

    def _firestore(self, settings: Settings) -> Sink:
        return self._make(FIRESTORE, settings)

    def _pubsub(self, settings: Settings) -> Sink:
        return self._make(PUBSUB, settings)

    def _make(self, name: str, settings: Settings) -> Sink:
        self.made[name].append(Sink(name, settings, self.got[name]))
        return self.made[name][-1]


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    with Outbox.open(tmp_path / "o.sqlite3", utc_now) as opened:
        session = opened.begin_session(parcels.COLLECTION, "t", {}, utc_now())
        assert session.id == 1
        yield opened


def add(outbox: Outbox, deliveries: Deliveries, *numbers: int) -> None:
    laps = [parcels.lap(number) for number in numbers]
    outbox.append(1, laps, checkpoint=None, session_time_s=1.0, utc=utc_now())
    deliveries.ring()


def threads() -> list[str]:
    return sorted(thread.name for thread in threading.enumerate() if thread.name.startswith("courier-"))


def has(cloud: Cloud, sink: str, *keys: str) -> None:
    until(lambda: cloud.got[sink] == list(keys), 5.0, lambda: f"{sink} got {cloud.got[sink]}, not {keys}")


def test_a_sink_that_is_configured_later_gets_all_that_has_waited(outbox: Outbox, tmp_path: Path) -> None:
    cloud = Cloud()
    deliveries = Deliveries(settings(tmp_path, CloudTarget()), outbox, cloud.factories)
    deliveries.start()
    add(outbox, deliveries, 1, 2)
    assert (deliveries.names, threads()) == ((), [])
    deliveries.use(settings(tmp_path, FIRESTORE_ONLY))
    has(cloud, FIRESTORE, "lap/1", "lap/2")
    deliveries.use(settings(tmp_path, BOTH))
    has(cloud, PUBSUB, "lap/1", "lap/2")
    add(outbox, deliveries, 3)
    has(cloud, FIRESTORE, "lap/1", "lap/2", "lap/3")
    has(cloud, PUBSUB, "lap/1", "lap/2", "lap/3")
    assert deliveries.close()


def test_a_sink_that_is_configured_no_longer_ends_and_the_other_goes_on(outbox: Outbox, tmp_path: Path) -> None:
    cloud = Cloud()
    deliveries = Deliveries(settings(tmp_path, BOTH), outbox, cloud.factories)
    deliveries.start()
    add(outbox, deliveries, 1)
    has(cloud, PUBSUB, "lap/1")
    deliveries.use(settings(tmp_path, FIRESTORE_ONLY))
    assert (deliveries.names, threads()) == ((FIRESTORE,), ["courier-firestore"])
    assert cloud.made[PUBSUB][0].is_closed
    add(outbox, deliveries, 2)
    has(cloud, FIRESTORE, "lap/1", "lap/2")
    assert cloud.got[PUBSUB] == ["lap/1"]
    assert deliveries.close()
    assert threads() == []


def test_the_sink_that_stays_is_made_anew_with_the_new_settings(outbox: Outbox, tmp_path: Path) -> None:
    cloud = Cloud()
    old, new = settings(tmp_path, FIRESTORE_ONLY), settings(tmp_path, BOTH)
    deliveries = Deliveries(old, outbox, cloud.factories)
    deliveries.start()
    add(outbox, deliveries, 1)
    has(cloud, FIRESTORE, "lap/1")
    deliveries.use(new)
    add(outbox, deliveries, 2)
    has(cloud, FIRESTORE, "lap/1", "lap/2")
    first, second = cloud.made[FIRESTORE]
    assert (first.made_with, first.is_closed, second.made_with) == (old, True, new)
    assert deliveries.close()
