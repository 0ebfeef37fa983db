"""The live watch of `state` against a real server, through a network that misbehaves, and against one that refuses."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import quantiles
from typing import Any

import pytest

from support.cloud_parcels import lap, state, stored
from support.counting_relay import CountingRelay
from support.follower import PROJECT, Follower, becomes, following, ignore, is_connected
from support.refusing import refusing_server
from support.relay import Relay
from teamtactics.cloud.fates import SignInRejected, Unreachable
from teamtactics.cloud.line import Line
from teamtactics.cloud.meter import Meter
from teamtactics.cloud.retry import RetryPolicy
from teamtactics.cloud.watch import CollectionStream
from teamtactics.cloud.wire import Database
from teamtactics.delivery.firestore_sink import FirestoreSink
from teamtactics.errors import Contended, DeliveryError
from teamtactics.model.mirror import Mirrored, Word
from teamtactics.model.parcel import FIRESTORE
from teamtactics.model.status import SinkState, SinkStatus, WatchStatus
from teamtactics.model.usage import Usage
from teamtactics.service.board import heard
from teamtactics.team.watch import TeamWatch

pytestmark = [pytest.mark.emulator, pytest.mark.timeout(60)]

PATIENT = RetryPolicy(first_s=60.0, least_s=60.0, refused_s=60.0)


def test_the_present_state_and_every_update_arrive_one_read_each(
    sink: FirestoreSink, firestore_emulator: str, collection: str
) -> None:
    """What is read is what was written, with its types; a lap written beside it is one read more."""
    sink.deliver(stored(state(collection, 1.0, Driver="Jörg 🏁", FuelLevel=None, OnPitRoad=True)))
    with following(Follower(firestore_emulator), collection) as follower:
        assert follower.hears(collection, 1.0)
        for n in range(2, 30):
            sink.deliver(stored(lap(collection, n), state(collection, float(n), Driver="Jörg 🏁", FuelLevel=None)))
            assert follower.hears(collection, float(n))
        states = [document for _, document in follower.heard if "LapCompleted" not in document]
        assert [document["SessionTime"] for document in states] == [float(n) for n in range(1, 30)]
        assert states[0] == state(collection, 1.0, Driver="Jörg 🏁", FuelLevel=None, OnPitRoad=True).document
        assert becomes(lambda: follower.meter.total == Usage(told=29 + 28))
        assert follower.opened == [collection]
        status = follower.watch.status
        assert (status.collection, status.is_connected, status.problem) == (collection, True, None)


@pytest.mark.slow
def test_five_followers_see_the_state_within_two_seconds(
    sink: FirestoreSink, meter: Meter, firestore_emulator: str, collection: str
) -> None:
    """Of 200 updates ninety-nine in a hundred, from before the commit; each follower pays one read for each."""
    followers = [Follower(firestore_emulator) for _ in range(5)]
    took_s: list[float] = []
    with ExitStack() as stack:
        for follower in followers:
            stack.enter_context(following(follower, collection))
            assert becomes(is_connected(follower))
        for n in range(1, 201):
            begin_s = time.monotonic()
            sink.deliver(stored(state(collection, float(n))))
            for follower in followers:
                assert follower.hears(collection, float(n))
            took_s.append(time.monotonic() - begin_s)
        assert [follower.meter.total.told for follower in followers] == [200] * 5
    assert quantiles(took_s, n=100)[98] < 2.0
    assert meter.total == Usage(commits=200, written=200, read=1)


def test_a_state_that_does_not_exist_yet_is_no_trouble(
    sink: FirestoreSink, firestore_emulator: str, collection: str
) -> None:
    with following(Follower(firestore_emulator), collection) as follower:
        assert becomes(is_connected(follower))
        assert follower.heard == []
        sink.deliver(stored(state(collection, 7.0)))
        assert follower.hears(collection, 7.0)


def test_a_removed_state_is_not_told(sink: FirestoreSink, firestore_emulator: str, collection: str, cloud: Any) -> None:
    """An older session's documents are removed under a name; the next state is told again."""
    sink.deliver(stored(state(collection, 1.0)))
    with following(Follower(firestore_emulator), collection) as follower:
        assert follower.hears(collection, 1.0)
        cloud.collection(collection).document("state").delete()
        sink.deliver(stored(state(collection, 0.5)))
        assert follower.hears(collection, 0.5)
        assert follower.times(collection) == [1.0, 0.5]
        assert follower.watch.status.is_connected


def test_after_a_cut_the_present_state_comes_again_and_the_next_ones_follow(
    sink: FirestoreSink, relay: Relay, collection: str
) -> None:
    with following(Follower(relay.address), collection) as follower:
        for n in (1.0, 2.0, 3.0):
            sink.deliver(stored(state(collection, n)))
            assert follower.hears(collection, n)
            told = len(follower.heard)
            relay.cut()
            assert becomes(lambda told=told: len(follower.heard) > told)  # type: ignore[misc]
        assert follower.times(collection) == [1.0, 1.0, 2.0, 2.0, 3.0, 3.0]
        assert follower.meter.total.told == 6


def test_what_was_written_while_nobody_answered_arrives_when_somebody_does(
    sink: FirestoreSink, relay: Relay, collection: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The status says since when and why; the log says it once, and once that it goes on."""
    with caplog.at_level(logging.INFO), following(Follower(relay.address), collection) as follower:
        assert becomes(is_connected(follower))
        relay.refuse()
        assert becomes(lambda: not follower.watch.status.is_connected)
        since_s = follower.watch.status.since_s
        assert becomes(lambda: len(follower.opened) > 4)
        status = follower.watch.status
        assert status.since_s == since_s, "since when the connection is lost, not since the last attempt"
        assert "cannot be reached" in (status.problem or "")
        sink.deliver(stored(state(collection, 5.0)))
        relay.heal()
        assert follower.hears(collection, 5.0)
        assert follower.watch.status.problem is None
        assert follower.watch.status.since_s > since_s
    words = [record.getMessage() for record in caplog.records if record.getMessage().startswith("team watch")]
    assert len(words) == 2
    assert "tried again by itself" in words[0]
    assert "following again after" in words[1]


def test_a_half_open_connection_is_found_by_pings_alone(
    sink: FirestoreSink, firestore_emulator: str, collection: str
) -> None:
    """
    Nothing arrives and nothing is refused, as after sleep or behind a router that forgot the connection.

    Not at the emulator itself: it hangs up on whoever pings an idle stream more often than every five minutes.
    """
    # Before the watch begins: a change that the emulator takes while it begins one it may never tell to it.
    sink.deliver(stored(state(collection, 1.0)))
    with (
        CountingRelay(firestore_emulator) as patient,
        Relay(patient.address) as relay,
        following(Follower(relay.address, keepalive_s=1, keepalive_timeout_s=1), collection) as follower,
    ):
        assert follower.hears(collection, 1.0)
        time.sleep(4)  # idle and answered: pings that go well break nothing, also beyond gRPC's two
        assert follower.opened == [collection]
        relay.stall()
        sink.deliver(stored(state(collection, 2.0)))
        assert becomes(lambda: not follower.watch.status.is_connected, 6)
        relay.heal()
        assert follower.hears(collection, 2.0)


def test_another_collection_is_followed_at_once_and_the_former_no_more(
    sink: FirestoreSink, firestore_emulator: str, collection: str
) -> None:
    practice, race = f"{collection}/p".replace("/", "%2F"), f"{collection}#race"
    sink.deliver(stored(state(practice, 1.0)))
    sink.deliver(stored(state(race, 10.0)))
    with following(Follower(firestore_emulator), practice) as follower:
        assert follower.hears(practice, 1.0)
        follower.watch.follow(race)
        assert follower.hears(race, 10.0, 1.0)
        sink.deliver(stored(state(practice, 2.0)))
        sink.deliver(stored(state(race, 11.0)))
        assert follower.hears(race, 11.0)
        assert follower.times(practice) == [1.0]
        follower.watch.follow(None)
        assert becomes(lambda: follower.watch.status.collection is None, 1.0)
        sink.deliver(stored(state(race, 12.0)))
        time.sleep(0.3)
        assert follower.times(race) == [10.0, 11.0]
        assert not follower.watch.status.is_connected


def test_following_another_collection_does_not_wait_for_a_back_off(
    sink: FirestoreSink, relay: Relay, collection: str
) -> None:
    with following(Follower(relay.address, PATIENT), collection) as follower:
        assert becomes(is_connected(follower))
        relay.refuse()
        assert becomes(lambda: not follower.watch.status.is_connected)
        relay.heal()
        sink.deliver(stored(state(f"{collection}'", 1.0)))
        follower.watch.follow(f"{collection}'")
        assert follower.hears(f"{collection}'", 1.0, 5.0)


@pytest.mark.parametrize("trouble", ["none", "stall", "refuse", "nothing followed"])
def test_a_stop_ends_the_watch_within_a_second(relay: Relay, collection: str, trouble: str) -> None:
    """While it waits for a change, for an answer that never comes, for the next attempt, and for something to do."""
    follower = Follower(relay.address, PATIENT)
    stop = threading.Event()
    thread = threading.Thread(target=follower.watch.run, args=(stop,))
    thread.start()
    try:
        if trouble == "stall":
            relay.stall()
        if trouble == "refuse":
            relay.refuse()
        follower.watch.follow(None if trouble == "nothing followed" else collection)
        assert becomes(lambda: trouble == "nothing followed" or bool(follower.opened))
        time.sleep(0.2)
    finally:
        begin_s = time.monotonic()
        stop.set()
        thread.join(5)
        took_s = time.monotonic() - begin_s
        relay.heal()
    assert not thread.is_alive()
    assert took_s < 1.0


@pytest.mark.some(1)
@pytest.mark.parametrize(
    ("code", "words", "says", "is_seldom"),
    [
        ("PERMISSION_DENIED", "Missing or insufficient permissions.", "no permission for", True),
        ("UNAUTHENTICATED", "Request had invalid authentication credentials.", "does not accept the credentials", True),
        ("NOT_FOUND", "The database (default) does not exist", "does not exist", True),
        ("UNAVAILABLE", "The service is currently unavailable.", "cannot be reached", False),
        ("RESOURCE_EXHAUSTED", "Quota exceeded.", "the quota", False),
        ("INTERNAL", "oh", "did not take it", False),
    ],
)
def test_what_the_server_refuses_is_said_and_tried_again(code: str, words: str, says: str, is_seldom: bool) -> None:
    """Seldom where a human has to act first, else soon."""
    policy = RetryPolicy(first_s=0.05, cap_s=0.1, least_s=0.02, refused_s=60.0)
    with refusing_server(code, words) as address, following(Follower(address, policy), "c") as follower:
        assert becomes(lambda: follower.watch.status.problem is not None)
        assert says in (follower.watch.status.problem or "")
        assert not follower.watch.status.is_connected
        assert bool(follower.watch.status.hint) is (is_seldom or code == "RESOURCE_EXHAUSTED")
        if is_seldom:
            time.sleep(0.5)
            assert len(follower.opened) == 1
        else:
            assert becomes(lambda: len(follower.opened) > 3)


def test_a_key_file_that_is_none_is_refused_without_its_content(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "key.json"
    path.write_text('{"private_key": "-----BEGIN SECRET"}')
    database = Database(PROJECT, path, None)
    opened = []

    def open_stream(name: str) -> CollectionStream:
        opened.append(name)
        return CollectionStream(database, name)

    watch = TeamWatch(open_stream, ignore, RetryPolicy(refused_s=60.0))
    stop = threading.Event()
    thread = threading.Thread(target=watch.run, args=(stop,))
    thread.start()
    try:
        watch.follow("c")
        assert becomes(lambda: watch.status.problem is not None)
        assert str(path) in (watch.status.problem or "")
        assert "SECRET" not in f"{watch.status}{caplog.text}"
        assert opened == ["c"]
        watch.kick()
        assert becomes(lambda: len(opened) == 2), "new settings are tried at once"
    finally:
        stop.set()
        thread.join(5)
    assert not thread.is_alive()


def test_a_stream_that_is_closed_before_it_was_listened_to_ends_quietly(firestore_emulator: str) -> None:
    """A stop, or another session, may come between opening it and the first look."""
    stream = CollectionStream(Database(PROJECT, None, firestore_emulator), "c")
    stream.close()
    assert list(stream.answers()) == []


class _BrokenStream:
    def answers(self) -> Iterator[Word | None]:
        yield None
        raise RuntimeError("a bug")

    def close(self) -> None: ...


def test_an_error_that_is_none_of_the_networks_ends_the_watch_loudly() -> None:
    """Its owner begins it again and shows it; it is not taken for an outage."""
    watch = TeamWatch(lambda _: _BrokenStream(), ignore)
    watch.follow("c")
    with pytest.raises(RuntimeError, match="a bug"):
        watch.run(threading.Event())
    assert not watch.status.is_connected


def test_a_watch_that_was_ended_can_be_begun_again(
    sink: FirestoreSink, firestore_emulator: str, collection: str
) -> None:
    """As after an error, or when the settings name a Firestore again; it follows what it followed."""
    sink.deliver(stored(state(collection, 1.0)))
    follower = Follower(firestore_emulator)
    for _ in range(2):
        with following(follower, collection):
            assert becomes(is_connected(follower))
        assert follower.watch.status == WatchStatus(since_s=follower.watch.status.since_s)
    assert follower.times(collection) == [1.0, 1.0]


class _BriefStream:
    """Tells the state and ends at once, as an overloaded or badly configured middle man does."""

    def answers(self) -> Iterator[Word | None]:
        yield Mirrored("state", {"SessionTime": 1.0}, 1, 1)

    def close(self) -> None: ...


def test_streams_that_break_at_once_are_opened_ever_more_seldom() -> None:
    """Each costs a read of the team's 50,000 a day; a first answer alone is no success."""
    waits: list[int] = []

    class Policy(RetryPolicy):
        def wait_s(self, failures: int, chance: float, cap_s: float | None = None) -> float:  # noqa: ARG002
            assert cap_s is None, "where it costs something, not as often as a dead line is tried"
            waits.append(failures)
            return 0.0

    watch = TeamWatch(lambda _: _BriefStream(), ignore, Policy())
    stop = threading.Event()
    thread = threading.Thread(target=watch.run, args=(stop,))
    watch.follow("c")
    thread.start()
    try:
        assert becomes(lambda: len(waits) >= 5)
    finally:
        stop.set()
        thread.join(5)
    assert waits[:5] == [1, 2, 3, 4, 5]


class _Scripted:
    """A stream that ends with an error, or is silent until it is closed."""

    def __init__(self, script: list[DeliveryError | None]) -> None:
        self._error = script.pop(0) if script else None
        self._is_closed = threading.Event()

    def answers(self) -> Iterator[Word | None]:
        if self._error is not None:
            raise self._error
        yield {"SessionTime": 1.0}
        self._is_closed.wait(10)

    def close(self) -> None:
        self._is_closed.set()


@contextmanager
def scripted(
    script: list[DeliveryError | None], policy: RetryPolicy, line: Line
) -> Iterator[tuple[TeamWatch, list[str]]]:
    """A running watch whose streams end as *script* says, then none does; and what was opened."""
    opened: list[str] = []

    def open_stream(collection: str) -> _Scripted:
        opened.append(collection)
        return _Scripted(script)

    watch = TeamWatch(open_stream, ignore, policy, line=line)
    stop = threading.Event()
    thread = threading.Thread(target=watch.run, args=(stop,))
    watch.follow("c")
    thread.start()
    try:
        yield watch, opened
    finally:
        stop.set()
        thread.join(5)
        assert not thread.is_alive()


@pytest.mark.slow
def test_one_rejected_sign_in_does_not_make_it_blind_for_ten_minutes() -> None:
    """A new stream has a new token; the clock may be right by now."""
    rejected = SignInRejected(FIRESTORE, "not accepted", "Check the clock.")
    policy = RetryPolicy(refused_s=600.0, sign_ins_s=(0.05, 0.05, 0.05, 600.0))
    with scripted([rejected, rejected], policy, Line()) as (watch, opened):
        assert becomes(lambda: watch.status.is_connected)
        assert len(opened) == 3
    with scripted([rejected] * 9, policy, Line()) as (watch, opened):
        assert becomes(lambda: len(opened) == 4)
        assert not becomes(lambda: len(opened) > 4, 0.3), "then seldom"


def test_giving_way_to_others_is_not_being_cut_off() -> None:
    """`Aborted` on the watch: opened again soon, and the board does not call Firestore unreachable."""
    with scripted([Contended(FIRESTORE, "busy")], PATIENT, Line()) as (watch, opened):
        assert becomes(lambda: len(opened) == 1 and not watch.status.is_connected)
        status = heard(SinkStatus(FIRESTORE, SinkState.OK), watch.status)
        assert status.state is SinkState.OK


def test_who_gets_through_ends_its_wait_and_makes_it_renew_what_may_be_dead() -> None:
    """A stream that was silent through an outage elsewhere costs one read; a sound one costs none."""
    line = Line()
    with scripted([Unreachable(FIRESTORE, "gone")], PATIENT, line) as (watch, opened):
        other = TeamWatch(lambda _: _BriefStream(), ignore)
        assert becomes(lambda: watch.status.problem is not None)
        line.reached(other, 30.0)
        assert becomes(lambda: watch.status.is_connected, 5.0)
        assert len(opened) == 2
        line.reached(other, 0.0)
        assert not becomes(lambda: len(opened) > 2, 0.3)


def test_its_own_recovery_is_told_to_the_others() -> None:
    line, told = Line(), threading.Event()

    class Ear:
        def line_is_back(self, outage_s: float) -> None:
            if outage_s > 0:
                told.set()

    ear = Ear()
    line.join(ear)
    with scripted([Unreachable(FIRESTORE, "gone")], RetryPolicy(first_s=0.05, least_s=0.05), line):
        assert told.wait(5)
