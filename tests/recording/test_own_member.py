"""What this client tells of itself: in a team's live session alone, and only what is seen now."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from race.driving import ADA, BEN, Car, session_info
from recording.test_collecting import Told
from teamtactics import __version__
from teamtactics.model.parcel import FIRESTORE, PUBSUB
from teamtactics.model.session import UTF_8
from teamtactics.model.status import CHECK_OK, Counts, Member, SinkCounts
from teamtactics.race.tracker import Tracker
from teamtactics.recording.collector import Collector
from teamtactics.recording.own_member import own_member
from teamtactics.recording.writer import recording_directly
from teamtactics.store.store import Outbox

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
COUNTS = Counts(9, 2, {FIRESTORE: SinkCounts(waiting=3), PUBSUB: SinkCounts(waiting=4)})


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    with Outbox.open(tmp_path / "o.sqlite3", lambda: NOW) as opened:
        yield opened


def told(outbox: Outbox, key: str = "live", trouble: str | None = None, **changes: Any) -> Member | None:
    """What is told after a second in the car."""
    source = Told(Car().run(1.0).frames, [], info=session_info(**changes))
    source.key = key
    collector = Collector(source, Tracker(), recording_directly(outbox)[0], threading.Event())
    collector.step()
    collector.step()
    return own_member(collector, COUNTS, (FIRESTORE,), trouble, NOW)


def test_who_is_there_in_the_car(outbox: Outbox) -> None:
    assert told(outbox, text_encoding=UTF_8) == Member(ADA, "Ada Falk", __version__, True, 3, CHECK_OK, UTF_8, NOW)


def test_whoever_was_never_seen_in_the_car_has_no_name(outbox: Outbox) -> None:
    member = told(outbox, me=BEN, in_car=ADA)
    assert member is not None
    assert (member.customer_id, member.name) == (BEN, f"member {BEN}")


@pytest.mark.parametrize(("trouble", "check"), [(None, CHECK_OK), (" a\n disk ", "a disk"), ("x" * 300, "x" * 200)])
def test_what_is_wrong_here_is_one_line_that_can_be_read(outbox: Outbox, trouble: str | None, check: str) -> None:
    member = told(outbox, trouble=trouble)
    assert member is not None
    assert member.check == check


def test_neither_a_recording_nor_a_replay_nor_a_race_of_one_tells_who_is_there(outbox: Outbox) -> None:
    assert told(outbox, key="race.ibt") is None
    assert told(outbox, sim_mode="replay") is None
    assert told(outbox, team_racing=False) is None
