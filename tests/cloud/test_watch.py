"""The watch against a scripted server: what Google's says and does, and the emulator never would."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest

from support.follower import IMPATIENT, PROJECT, Follower, becomes, following, ignore, is_connected
from support.listen_server import (
    CURRENT,
    NO_CHANGE,
    RESET,
    Answer,
    current,
    deleted,
    document,
    listen_server,
    moment,
    removed,
)
from teamtactics.cloud.retry import RetryPolicy
from teamtactics.cloud.watch import CollectionStream
from teamtactics.cloud.wire import Database
from teamtactics.model.mirror import CaughtUp, Mirrored, Removed
from teamtactics.team.watch import TeamWatch

pytestmark = pytest.mark.timeout(60)

SECOND = 10**9


@contextmanager
def at_scripted_server(*scripts: Sequence[Answer | None], policy: RetryPolicy = IMPATIENT) -> Iterator[Any]:
    with listen_server(*scripts) as server, following(Follower(server.address, policy), "c") as follower:
        yield server, follower


def test_it_asks_for_a_collection_in_the_order_of_updated_and_what_else_the_server_says_is_a_sign_of_life() -> None:
    with at_scripted_server([NO_CHANGE, CURRENT, NO_CHANGE, document(1.0), NO_CHANGE, None]) as (server, follower):
        assert follower.hears("c", 1.0)
        assert follower.meter.total.told == 1
        assert follower.watch.status.is_connected
        (asked,) = server.asked
        assert asked.database == f"projects/{PROJECT}/databases/(default)"
        query = asked.add_target.query
        assert query.parent == f"{asked.database}/documents"
        assert [each.collection_id for each in query.structured_query.from_] == ["c"]
        assert [each.field.field_path for each in query.structured_query.order_by] == ["Updated", "__name__"]
        assert not query.structured_query.where
        assert follower.words == [Mirrored("state", {"SessionTime": 1.0}, 0, 0)]


def test_with_a_cursor_it_asks_for_what_came_after_and_a_little_before() -> None:
    with listen_server([CURRENT, None]) as server:
        stream = CollectionStream(Database(PROJECT, None, server.address), "c", 100 * SECOND + 7, overlap_s=10.0)
        answers = stream.answers()
        assert next(iter(answers)) is None
        stream.close()
        condition = server.asked[0].add_target.query.structured_query.where.field_filter
        assert (condition.field.field_path, condition.op.name) == ("Updated", "GREATER_THAN_OR_EQUAL")
        asked_from = type(condition.value).pb(condition.value).timestamp_value
        assert (asked_from.seconds, asked_from.nanos) == (90, 7)


def test_it_says_when_all_has_been_told_and_a_document_told_again_is_not_told_again() -> None:
    """Before the server is current, and without a time, it says nothing of the kind."""
    script = [
        moment(1), document(1.0, "1", 1), CURRENT, NO_CHANGE, moment(5),
        document(2.0, "2", 6), moment(7),
        RESET, moment(8), document(1.0, "1", 1), document(2.5, "2", 8), CURRENT, moment(9), None,
    ]  # fmt: skip
    with at_scripted_server(script) as (_, follower):
        assert becomes(lambda: len(follower.words) == 6)
        told = [word.document["SessionTime"] if isinstance(word, Mirrored) else word for word in follower.words]
        assert told == [1.0, CaughtUp(), 2.0, CaughtUp(), 2.5, CaughtUp()]
        assert follower.meter.total.told == 3


def test_what_was_removed_is_told_also_when_a_reset_leaves_it_out() -> None:
    script = [
        document(1.0, "1", 1), document(1.0, "2", 1), document(1.0, "3", 1), CURRENT,
        deleted("1", 5), RESET, document(1.0, "3", 1), current(9), None,
    ]  # fmt: skip
    with at_scripted_server(script) as (_, follower):
        assert becomes(lambda: len(follower.words) == 5)
        assert follower.words[3:] == [Removed("1", 5 * SECOND), Removed("2", 9 * SECOND)]


def test_a_server_that_tells_all_again_and_again_is_asked_anew() -> None:
    """From the cursor on: the emulator would tell a day's race a thousand times."""
    again = [RESET, *(document(1.0, str(n), 1) for n in range(300)), current(2), moment(3)]
    with at_scripted_server([*again, *again, *again, None], [CURRENT, moment(9), None]) as (server, follower):
        assert becomes(lambda: len(server.asked) == 2)
        assert follower.words[300:303] == [CaughtUp(), CaughtUp(), CaughtUp(is_repeating=True)]
        assert becomes(is_connected(follower))
        assert follower.meter.total.told == 300


def test_fields_of_types_the_contract_does_not_have_are_left_out() -> None:
    """Somebody else's program may add what it likes; the rest is read."""
    foreign = {
        "Notes": {"array_value": {"values": [{"string_value": "x"}]}},
        "Where": {"geo_point_value": {"latitude": 1.0}},
        "FuelLevel": {"null_value": 0},
        "OnPitRoad": {"boolean_value": True},
        "Stint": {"integer_value": 3},
    }
    with at_scripted_server([document(1.0, **foreign), None]) as (_, follower):
        assert follower.hears("c", 1.0)
        assert follower.heard[0][1] == {"SessionTime": 1.0, "FuelLevel": None, "OnPitRoad": True, "Stint": 3}


def test_a_stream_the_server_ends_in_good_order_is_opened_again(caplog: pytest.LogCaptureFixture) -> None:
    """It does so now and then; where the next one goes on, that is not worth a word."""
    with (
        caplog.at_level(logging.INFO),
        at_scripted_server([document(1.0)], [document(2.0), None]) as (server, follower),
    ):
        assert follower.hears("c", 2.0)
        assert len(server.asked) == 2
        assert becomes(is_connected(follower))
    assert not [record for record in caplog.records if record.name.endswith("team_watch")]


@pytest.mark.some(2)
@pytest.mark.parametrize(
    ("code", "message", "says", "is_seldom"),
    [
        (7, "Missing or insufficient permissions.", "no permission for", True),
        (16, "Request had invalid authentication credentials.", "does not accept the credentials", True),
        (14, "try again", "cannot be reached", False),
        (0, "", "the watch was removed", False),
        (4711, "from the future", "from the future", False),
    ],
)
def test_a_watch_the_server_takes_away_says_why_in_a_message(
    code: int, message: str, says: str, is_seldom: bool
) -> None:
    policy = RetryPolicy(first_s=0.02, cap_s=0.02, least_s=0.02, refused_s=60.0)
    scripts = [[CURRENT, removed(code, message), None]] * 3
    with at_scripted_server(*scripts, policy=policy) as (server, follower):
        assert becomes(lambda: says in (follower.watch.status.problem or ""))
        if is_seldom:
            time.sleep(0.3)
            assert len(server.asked) == 1
        else:
            assert becomes(lambda: len(server.asked) == 4)
            assert becomes(is_connected(follower), 1.0) is False, "silent: it has not answered yet"


class Clock:
    """Stands still until a test moves it."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


@contextmanager
def on_clock(address: str, clock: Clock) -> Iterator[tuple[TeamWatch, list[str]]]:
    opened: list[str] = []
    database = Database(PROJECT, None, address)

    def open_stream(collection: str) -> CollectionStream:
        opened.append(collection)
        return CollectionStream(database, collection)

    watch = TeamWatch(open_stream, ignore, monotonic_s=clock, chance=lambda: 1.0)
    stop = threading.Event()
    thread = threading.Thread(target=watch.run, args=(stop,))
    watch.follow("c")
    thread.start()
    try:
        assert becomes(lambda: bool(opened))
        yield watch, opened
    finally:
        stop.set()
        thread.join(5)
        assert not thread.is_alive()


@pytest.mark.slow
def test_a_server_that_takes_the_call_and_says_nothing_is_given_up_after_a_while() -> None:
    clock = Clock()
    with listen_server([None], [CURRENT, None]) as server, on_clock(server.address, clock) as (watch, opened):
        time.sleep(0.8)
        assert watch.status.problem is None
        assert not watch.status.is_connected
        clock.now_s += 16.0
        assert becomes(lambda: "not answered in time" in (watch.status.problem or ""))
        assert len(opened) == 1
        clock.now_s += 2.0
        assert becomes(lambda: watch.status.is_connected)
        assert len(opened) == 2


@pytest.mark.slow
def test_a_stream_is_renewed_after_half_an_hour_without_a_break_in_the_status() -> None:
    """A middle man that answers pings itself could keep a dead one open for ever."""
    clock = Clock()
    with listen_server([CURRENT, None], [CURRENT, None]) as server, on_clock(server.address, clock) as (watch, opened):
        assert becomes(lambda: watch.status.is_connected)
        connected = watch.status
        clock.now_s += 1700.0
        time.sleep(0.8)
        assert len(opened) == 1
        clock.now_s += 200.0
        assert becomes(lambda: len(server.asked) == 2)
        assert watch.status == connected
