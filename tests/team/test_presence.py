"""This client tells that it is there: when it joins, every five minutes, and when something in it changes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from e2e.client import until
from teamtactics.cloud.fates import Unreachable
from teamtactics.cloud.line import Line
from teamtactics.cloud.retry import RetryPolicy
from teamtactics.errors import CredentialsRejected
from teamtactics.model.parcel import FIRESTORE, Document
from teamtactics.model.session import LATIN_1
from teamtactics.model.status import CHECK_OK, Member
from teamtactics.team.presence import EVERY_S, WAITS_S, Presence

ADA = Member(101, "Ada Falk", "1.0", is_in_car=False, waiting=0, check=CHECK_OK, text_encoding=LATIN_1, utc=None)


class Clock:
    now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


class FakeDoor:
    """A Firestore that takes documents, or raises."""

    def __init__(self) -> None:
        self.put_there: list[tuple[str, str, Document]] = []
        self.error: Exception | None = None
        self.tried = self.opened = self.closed = 0

    def open(self) -> FakeDoor:
        self.opened += 1
        return self

    def put(self, collection: str, doc_id: str, document: Document) -> None:
        self.tried += 1
        if self.error is not None:
            raise self.error
        self.put_there.append((collection, doc_id, document))

    def close(self) -> None:
        self.closed += 1


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def door() -> FakeDoor:
    return FakeDoor()


Made = Callable[..., Presence]


@pytest.fixture
def begin(door: FakeDoor, clock: Clock) -> Iterator[Made]:
    stop, threads, presences = threading.Event(), [], []

    def made(**options: Any) -> Presence:
        presence = Presence(door.open, RetryPolicy(first_s=4.0, least_s=4.0), clock, lambda: 1.0, **options)
        presences.append(presence)
        threads.append(threading.Thread(target=presence.run, args=(stop,)))
        threads[-1].start()
        return presence

    yield made
    stop.set()
    for presence in presences:
        presence.renew()  # wakes it
    for thread in threads:
        thread.join(5.0)
        assert not thread.is_alive()


def told(door: FakeDoor, count: int) -> Document:
    """Wait until so many documents were told, and see that there are no more; return the last."""
    until(lambda: len(door.put_there) >= count, 10.0, "it is not told")
    time.sleep(0.05)  # nothing more may come: no condition can be waited for
    assert len(door.put_there) == count
    return door.put_there[-1][2] if count else {}


def test_it_is_told_at_once_and_every_five_minutes(begin: Made, door: FakeDoor, clock: Clock) -> None:
    presence = begin()
    presence.now("c", ADA)
    assert told(door, 1)["Name"] == "Ada Falk"
    assert door.put_there[0][:2] == ("c", "member 101")
    clock.now_s += EVERY_S - 1.0
    presence.now("c", ADA)
    told(door, 1)
    clock.now_s += 1.0
    presence.now("c", ADA)
    told(door, 2)


@pytest.mark.parametrize("change", [{"is_in_car": True}, {"check": "The disk is full."}, {"name": "A. Falk"}])
def test_a_change_is_told_at_once(begin: Made, door: FakeDoor, change: dict[str, Any]) -> None:
    presence = begin()
    presence.now("c", ADA)
    told(door, 1)
    presence.now("c", replace(ADA, **change))
    told(door, 2)
    presence.now("c", replace(ADA, **change))
    told(door, 2)


def test_another_session_is_told_anew_and_without_one_nothing_is(begin: Made, door: FakeDoor) -> None:
    presence = begin()
    presence.now("c", ADA)
    told(door, 1)
    presence.now(None, None)
    assert presence.own is None
    presence.now("d", ADA)
    told(door, 2)
    assert door.put_there[-1][0] == "d"


def test_what_is_on_its_way_does_not_wait_and_how_much_waits_is_no_news(
    begin: Made, door: FakeDoor, clock: Clock
) -> None:
    presence = begin()
    presence.now("c", replace(ADA, waiting=2))
    assert told(door, 1)["Waiting"] == 0
    clock.now_s += WAITS_S
    presence.now("c", replace(ADA, waiting=5))
    assert told(door, 2)["Waiting"] == 5
    presence.now("c", replace(ADA, waiting=9))
    told(door, 2)
    presence.now("c", ADA)
    assert told(door, 3)["Waiting"] == 0


def test_an_outage_is_waited_out_and_only_the_newest_is_told(begin: Made, door: FakeDoor) -> None:
    door.error = Unreachable(FIRESTORE, "no answer")
    line = Line()
    presence = begin(line=line)
    presence.now("c", ADA)
    until(lambda: door.tried == 1, 10.0, "it is not tried")
    presence.now("c", replace(ADA, is_in_car=True))
    door.error = None
    told(door, 0)
    line.reached(Presence(door.open), 10.0)  # somebody else got through
    assert told(door, 1)["IsInCar"] is True


def test_whoever_must_act_is_not_asked_all_the_time_and_new_settings_are_tried(begin: Made, door: FakeDoor) -> None:
    door.error = CredentialsRejected(FIRESTORE, "the key is not accepted")
    presence = begin()
    presence.now("c", ADA)
    until(lambda: door.tried == 1, 10.0, "it is not tried")
    door.error = None
    presence.now("c", ADA)
    told(door, 0)
    presence.renew()
    told(door, 1)
    assert (door.opened, door.closed) == (2, 1)
