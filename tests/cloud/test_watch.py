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
from support.listen_server import CURRENT, NO_CHANGE, RESET, Answer, deleted, document, listen_server, removed
from teamtactics.cloud.retry import RetryPolicy
from teamtactics.cloud.watch import StateStream
from teamtactics.cloud.wire import Database
from teamtactics.team.watch import TeamWatch

pytestmark = pytest.mark.timeout(60)


@contextmanager
def at_scripted_server(*scripts: Sequence[Answer | None], policy: RetryPolicy = IMPATIENT) -> Iterator[Any]:
    with listen_server(*scripts) as server, following(Follower(server.address, policy), "c") as follower:
        yield server, follower


def test_it_asks_for_one_document_and_what_else_the_server_says_is_a_sign_of_life() -> None:
    script = [NO_CHANGE, deleted(), CURRENT, NO_CHANGE, document(1.0), RESET, document(1.0), CURRENT, deleted(), None]
    with at_scripted_server(script) as (server, follower):
        assert becomes(lambda: len(follower.words) == 3)
        assert follower.times("c") == [1.0], "told again after a reset it is the same document"
        assert follower.meter.total.told == 1
        assert follower.watch.status.is_connected
        (asked,) = server.asked
        assert asked.database == f"projects/{PROJECT}/databases/(default)"
        assert list(asked.add_target.documents.documents) == [f"{asked.database}/documents/c/state"]


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

    def open_stream(collection: str) -> StateStream:
        opened.append(collection)
        return StateStream(database, collection)

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
