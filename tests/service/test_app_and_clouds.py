"""The composed program at real servers: what the Firestore sink learns reaches outbox, team and board."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import grpc
import pytest
from google.pubsub_v1.services.publisher import PublisherClient
from google.pubsub_v1.services.publisher.transports import PublisherGrpcTransport

from race.record.paper_race import BEN, Race
from support.cloud_parcels import info, lap, state, stored
from support.firestore_reader import FirestoreReader
from support.sinks import firestore_sink
from teamtactics.contract.facts_text import write_facts
from teamtactics.delivery.owed import progress
from teamtactics.model.frame import Frame
from teamtactics.model.parcel import FIRESTORE, PUBSUB, Parcel
from teamtactics.model.session import SessionInfo
from teamtactics.model.usage import Usage, quota_day
from teamtactics.service.app import App, outbox_path, utc_now
from teamtactics.service.board import Board
from teamtactics.settings.load import load_settings
from teamtactics.store.store import Outbox, OwnLap
from teamtactics.tray.menu import Choice, Switches, entries
from teamtactics.tray.sign import Badge, sign

pytestmark = [pytest.mark.emulator, pytest.mark.timeout(60)]

PROJECT = "app-and-clouds"
TOPIC = "laps-of-the-team"


class NoSimulator:
    """A PC whose simulator does not run."""

    name = key = "live"
    info: SessionInfo | None = None
    text: bytes | None = None
    missed_ticks = 0
    missing_variables: Sequence[str] = ()
    derived_variables: Sequence[str] = ()
    has_ended = False

    def connect(self) -> bool:
        return False

    def read(self, timeout_s: float) -> Sequence[Frame]:
        time.sleep(timeout_s)
        return ()

    def utc_at(self, session_time_s: float) -> datetime:
        return datetime.fromtimestamp(session_time_s, UTC)

    def disconnect(self) -> None:
        """Nothing is held."""


@pytest.fixture
def app(tmp_path: Path, firestore_emulator: str, pubsub_emulator: str) -> Iterator[App]:
    with grpc.insecure_channel(pubsub_emulator, options=[("grpc.enable_http_proxy", 0)]) as channel:
        publisher = PublisherClient(transport=PublisherGrpcTransport(channel=channel))
        topic = f"projects/{PROJECT}/topics/{TOPIC}"
        if topic not in [found.name for found in publisher.list_topics(project=f"projects/{PROJECT}", timeout=5)]:
            publisher.create_topic(name=topic, timeout=5)
    ini = tmp_path / "teamtactics.ini"
    ini.write_text(f"[global]\nmessageTopic = {TOPIC}\ndataDir = {tmp_path / 'data'}\n", encoding="utf-8")
    environment = {
        "FIRESTORE_EMULATOR_HOST": firestore_emulator,
        "PUBSUB_EMULATOR_HOST": pubsub_emulator,
        "GOOGLE_CLOUD_PROJECT": PROJECT,
    }
    made = App(load_settings(ini, tmp_path, environment, sys.platform), NoSimulator())
    made.start()
    yield made
    made.close()


def becomes(fact: Callable[[], bool], limit_s: float = 20.0) -> bool:
    until_s = time.monotonic() + limit_s
    while not fact() and time.monotonic() < until_s:
        time.sleep(0.02)
    return fact()


def keep(app: App, collection: str, *parcels: Parcel) -> None:
    known = app.outbox.latest_session(collection) or app.outbox.begin_session(collection, "t", {}, utc_now())
    app.outbox.append(known.id, parcels, checkpoint=None, session_time_s=0.0, utc=utc_now())
    app.deliveries.ring()


def test_a_claim_of_somebody_else_is_on_the_board_until_it_is_over(app: App, firestore_emulator: str) -> None:
    other = firestore_sink(firestore_emulator, PROJECT)
    other.deliver(stored(lap("claimed", 1, CustomerID=2, Driver="Ben"), state("claimed", 100.0, CustomerID=2)))
    other.close()
    board = Board()
    keep(app, "claimed", lap("claimed", 1), state("claimed", 100.5))
    assert becomes(lambda: "Ben's client says that Ben drove it" in (board.look(app, ()).conflict or ""))
    keep(app, "claimed", lap("claimed", 2), state("claimed", 200.0))
    assert becomes(lambda: board.look(app, ()).conflict is None)


def test_what_was_asked_of_firestore_is_kept_with_deliveries_now_and_then_and_at_the_end(
    app: App, firestore_emulator: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A lap and its state: one commit; the watch's first words, of both: told."""
    keep(app, "asked", lap("asked", 1), state("asked", 100.0))
    assert becomes(lambda: app.waiting() == 0)
    today = quota_day(utc_now())
    assert app.outbox.usage(today) == Usage(commits=1, written=2, read=1)
    app.team.follow("asked")
    assert becomes(lambda: app.meter.total.told == 2)
    assert app.outbox.usage(today).told == 0
    monkeypatch.setattr("teamtactics.delivery.upkeep.KEEP_USAGE_EVERY_S", 0.0)
    app.supervise()
    assert app.outbox.usage(today).told == 2
    other = firestore_sink(firestore_emulator, PROJECT)
    other.deliver(stored(state("asked", 200.0, CustomerID=2)))
    other.close()
    assert becomes(lambda: app.meter.total.told == 3)
    app.close()
    app.close = lambda: None  # type: ignore[method-assign]  # the fixture's turn comes again
    with Outbox.open(outbox_path(app.settings), utc_now) as outbox:
        assert outbox.usage(today) == app.meter.total


def test_what_was_seen_of_a_session_that_is_over_comes_into_its_collection(
    app: App, firestore_emulator: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seen by a watcher whose PC was offline: at the next start it is read what is there, and brought what is not."""
    monkeypatch.setattr(progress, "OVER_AFTER_S", 0.0)
    race = Race(3)
    seen = [OwnLap(each.lap, each.member, write_facts(each)) for each in race.seen_by(BEN, (0.0, race.end_s))]
    session = app.outbox.begin_session("seen", "t", {}, utc_now())
    app.outbox.append(session.id, [], checkpoint=None, session_time_s=0.0, utc=utc_now(), own_laps=seen)
    app._ears._catch_up.renew()
    assert becomes(lambda: app.outbox.counts().sinks[FIRESTORE].confirmed == race.laps)
    found = FirestoreReader(firestore_emulator, PROJECT).documents("seen")
    assert found.keys() == {doc_id for lap in (1, 2, 3) for doc_id in (str(lap), f"part {lap} {BEN}")}
    assert becomes(lambda: app.outbox.counts().sinks[PUBSUB].confirmed == race.laps), "each is announced"
    app._ears._catch_up.renew()
    assert becomes(lambda: app.outbox.owing() == [])


def test_the_team_s_state_reaches_the_team_by_the_watch(app: App, firestore_emulator: str) -> None:
    other = firestore_sink(firestore_emulator, PROJECT)
    facts = {"SchemaVersion": 1, "StintLap": 3, "LapCompleted": 3, "Driver": "Ben"}
    app.team.follow("followed")
    assert becomes(lambda: app.team.watch.is_connected)
    other.deliver(stored(state("followed", 100.0, CustomerID=2, **facts)))
    heard: list[float] = []

    def hears(session_time_s: float) -> bool:
        heard.extend(told.session_time_s for told in app.team.take())
        return session_time_s in heard

    assert becomes(lambda: hears(100.0))
    other.close()


def test_what_is_parked_is_a_need_with_a_door_back(app: App) -> None:
    """The icon is not green while something is refused for good, and says what and why."""
    board = Board()
    keep(app, "parked", info("parked"))
    assert becomes(lambda: app.waiting() == 0)
    app.deliveries.ask_to_end()
    assert all(worker.join(5) for worker in app.deliveries.workers)
    keep(app, "parked", lap("parked", 1), lap("parked", 2))
    for seq in (2, 3):
        app.outbox.park(FIRESTORE, seq, "is malformed")
    status = board.look(app, ())
    said = (
        "2 laps do not reach Firestore. It was refused for good: is malformed. "
        "The menu has: Try again what was refused."
    )
    assert said in status.needs
    assert sign(status).badge is Badge.NEEDS_YOU
    assert any(entry.choice is Choice.RETRY_PARKED for entry in entries(status, Switches()))
    assert app.retry_parked() == 2
    status = board.look(app, ())
    assert said not in status.needs
    assert app.outbox.counts().sinks[FIRESTORE].waiting == 2
    assert not any(entry.choice is Choice.RETRY_PARKED for entry in entries(status, Switches()))
