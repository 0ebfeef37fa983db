"""The account of what is asked of Firestore: nothing twice, nothing lost but by a crash, one warning a day."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from support.cloud_parcels import info, lap, purge, state, stored
from support.counting_relay import CountingRelay
from support.follower import Follower, becomes, following, is_connected
from support.sinks import PROJECT, firestore_sink
from teamtactics.cloud.meter import Meter
from teamtactics.delivery.usage_book import UsageBook
from teamtactics.errors import OutboxFull
from teamtactics.model.parcel import FIRESTORE
from teamtactics.model.usage import NO_USAGE, Usage
from teamtactics.store.store import Outbox


class Clock:
    now = datetime(2026, 3, 9, 6, 59, tzinfo=UTC)  # one minute to midnight Pacific time

    def __call__(self) -> datetime:
        return self.now


YESTERDAY, TODAY = date(2026, 3, 8), date(2026, 3, 9)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def meter(clock: Clock) -> Meter:
    return Meter(clock)


@pytest.fixture
def outbox(tmp_path: Path, clock: Clock) -> Iterator[Outbox]:
    with Outbox.open(tmp_path / "outbox", clock) as opened:
        yield opened


def test_what_was_asked_before_midnight_is_of_that_day_whenever_it_is_kept(
    outbox: Outbox, meter: Meter, clock: Clock
) -> None:
    book = UsageBook(outbox, meter)
    meter.count(Usage(told=1))
    clock.now = datetime(2026, 3, 9, 7, 0, tzinfo=UTC)
    meter.count(Usage(commits=1, written=2))
    book.save()
    assert (outbox.usage(YESTERDAY), outbox.usage(TODAY)) == (Usage(told=1), Usage(commits=1, written=2))
    book.save()
    book.mark_delivered(FIRESTORE, [])
    assert (outbox.usage(YESTERDAY), outbox.usage(TODAY)) == (Usage(told=1), Usage(commits=1, written=2))
    assert meter.total == Usage(commits=1, written=2, told=1)


def test_what_cannot_be_kept_now_is_kept_later_and_once(
    outbox: Outbox, meter: Meter, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = UsageBook(outbox, meter)
    meter.count(Usage(read=1))

    def full(*_: object) -> None:
        meter.count(Usage(read=10))  # by another thread, meanwhile
        raise OutboxFull("no room")

    with monkeypatch.context() as broken:
        broken.setattr(Outbox, "mark_delivered", full)
        with pytest.raises(OutboxFull):
            book.mark_delivered(FIRESTORE, [1])
    assert outbox.usage(YESTERDAY) == NO_USAGE
    book.save()
    assert outbox.usage(YESTERDAY) == Usage(read=11)


def test_a_quota_that_runs_short_is_said_once_a_day_also_over_a_restart(
    outbox: Outbox, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    """By whichever way it was kept; the next day begins anew."""
    with caplog.at_level(logging.WARNING):
        for _ in range(2):
            meter = Meter(clock)
            book = UsageBook(outbox, meter)
            for _ in range(10):
                meter.count(Usage(commits=1, written=900))
                book.mark_delivered(FIRESTORE, [1])
        assert [record.getMessage() for record in caplog.records] == [
            "Firestore: this PC alone has used 80 % of today's free writes (16,200 of 20,000 free writes, 0 of 50,000 "
            "free reads); the quota begins anew at midnight Pacific time"
        ]
        clock.now = datetime(2026, 3, 9, 7, 0, tzinfo=UTC)
        meter.count(Usage(told=40_000))
        book.save()
    assert "today's free reads" in caplog.records[1].getMessage()
    assert len(caplog.records) == 2


@pytest.mark.emulator
def test_what_a_client_counts_is_what_the_server_s_side_sees(firestore_emulator: str, collection: str) -> None:
    """Laps, states, back-filled ones, refused commits, a purge, a watch, a check."""
    with CountingRelay(firestore_emulator) as relay:
        project = f"{PROJECT}-counted"
        meter = Meter()
        ours, other = (firestore_sink(relay.address, project, meter=meter) for _ in range(2))
        follower = Follower(relay.address, project=project)
        ours.check()
        with following(follower, collection):
            assert becomes(is_connected(follower))
            ours.deliver(stored(purge(collection), first=1))
            ours.deliver(stored(info(collection), first=2))
            for n in range(1, 21):
                driver = (ours, other)[n // 5 % 2]
                who = {"CustomerID": n // 5 % 2}
                driver.deliver(stored(lap(collection, n, **who), state(collection, n * 100.0, **who), first=10 * n))
                assert follower.hears(collection, n * 100.0)
            other.deliver(stored(*(lap(collection, n, Source="teammate") for n in range(15, 26)), first=900))
            other.deliver(stored(lap(collection, 25, Source="teammate"), first=1000))
            ours.deliver(stored(purge(collection, certain=True), first=1001))
        counted = relay.counted(project)
        ours.close()
        other.close()
    total = meter.total + follower.meter.total
    assert total == Usage(counted.commits, counted.writes, counted.reads + counted.queried, counted.told)
    assert min(total.commits, total.written, total.read, total.told) >= 20
    assert counted.calls["Commit"] > counted.commits, "what was refused is among it"
