"""An outbox on a real file, with a clock that is read off a test's own hands."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from support.parcels import COLLECTION, START
from teamtactics.store.store import Outbox, StoredSession


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "outbox.sqlite3"


class Clock:
    """The wall clock of a test."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def outbox(path: Path, clock: Clock) -> Iterator[Outbox]:
    with Outbox.open(path, clock) as opened:
        yield opened


@pytest.fixture
def session(outbox: Outbox) -> StoredSession:
    return outbox.begin_session(COLLECTION, "28814031/2/7", {"SessionID": 118486868, "Source": "live"}, START)
