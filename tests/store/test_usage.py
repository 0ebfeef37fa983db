"""What was asked of Firestore, over restarts."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from support.cloud_parcels import lap
from teamtactics.model.parcel import FIRESTORE
from teamtactics.model.usage import NO_USAGE, Usage
from teamtactics.store.store import Outbox

NOW = datetime(2026, 3, 1, tzinfo=UTC)
TODAY = date(2026, 3, 1)


def test_days_add_up_apart_and_outlive_the_program(tmp_path: Path) -> None:
    path = tmp_path / "outbox"
    with Outbox.open(path, lambda: NOW) as outbox:
        assert outbox.usage(TODAY) == NO_USAGE
        outbox.add_usage({TODAY: Usage(1, 2, 3, 4), TODAY - timedelta(days=1): Usage(told=7)})
        assert outbox.add_usage({TODAY: Usage(10, 20, 30, 40)}) == {TODAY: Usage(11, 22, 33, 44)}
    with Outbox.open(path, lambda: NOW) as outbox:
        assert outbox.usage(TODAY) == Usage(11, 22, 33, 44)
        assert outbox.usage(TODAY - timedelta(days=1)) == Usage(told=7)


def test_it_is_kept_with_what_was_delivered_or_not_at_all(tmp_path: Path) -> None:
    with Outbox.open(tmp_path / "outbox", lambda: NOW) as outbox:
        session = outbox.begin_session("c", "t", {}, NOW)
        outbox.append(session.id, [lap("c", 1)], checkpoint=None, session_time_s=0.0, utc=NOW)
        (waiting,) = outbox.pending(FIRESTORE, 9)
        outbox.mark_delivered(FIRESTORE, [waiting.seq], {TODAY: Usage(commits=1, written=1)})
        assert outbox.pending(FIRESTORE, 9) == []
        with pytest.raises(AttributeError):
            outbox.mark_delivered(FIRESTORE, [waiting.seq], {TODAY: Usage(commits=1), "no day": NO_USAGE})  # type: ignore[dict-item]
        assert outbox.usage(TODAY) == Usage(commits=1, written=1)


def test_days_older_than_four_hundred_are_forgotten(tmp_path: Path) -> None:
    with Outbox.open(tmp_path / "outbox", lambda: NOW) as outbox:
        old = TODAY - timedelta(days=401)
        outbox.add_usage({old: Usage(1), old + timedelta(days=1): Usage(2)})
        outbox.add_usage({TODAY: Usage(3)})
        assert (outbox.usage(old), outbox.usage(old + timedelta(days=1))) == (NO_USAGE, Usage(2))


def test_threads_that_add_at_once_lose_nothing(tmp_path: Path) -> None:
    with Outbox.open(tmp_path / "outbox", lambda: NOW) as outbox:
        threads = [
            threading.Thread(target=lambda: [outbox.add_usage({TODAY: Usage(told=1)}) for _ in range(10)])
            for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert outbox.usage(TODAY) == Usage(told=40)
