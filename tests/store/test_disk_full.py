"""A full disk costs nothing that was stored; the same append works when there is room again."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from support.parcels import START, lap, state
from teamtactics.errors import OutboxFull
from teamtactics.model.parcel import FIRESTORE, ParcelKind
from teamtactics.store.store import Outbox

# The limit on the size of a file is the nearest thing to a full disk that a process can make for itself: the system
# refuses to write, in the journal or in the file, wherever it happens to be.
LIMITED = """
import resource, sys
from datetime import UTC, datetime
from pathlib import Path
from teamtactics.errors import OutboxFull
from teamtactics.model.parcel import FIRESTORE, Parcel, ParcelKind
from teamtactics.store.store import Outbox
now = datetime(2026, 3, 1, tzinfo=UTC)
path = Path(sys.argv[1])
def append(n):
    parcel = Parcel(ParcelKind.LAP, f"lap/{n}", "c", n * 90.0, str(n), {"LapCompleted": n, "Note": "x" * 3000})
    outbox.append(session.id, [parcel], checkpoint=f"after {n}", session_time_s=n * 90.0, utc=now)
with Outbox.open(path, lambda: now) as outbox:
    session = outbox.begin_session("c", "t", {}, now)
    stored = 0
    refused = 0
    for room in (0, 1000, 5000, 9000, 20000):
        resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + room, resource.RLIM_INFINITY))
        while True:
            try:
                append(stored + 1)
            except OutboxFull as error:
                refused += 1
                assert "outbox.sqlite3" in str(error), error
                break
            stored += 1
        assert outbox.sessions()[0].checkpoint == (f"after {stored}" if stored else None)
        assert outbox.counts().recorded_laps == stored
        assert len(outbox.documents(session.id, ParcelKind.LAP)) == stored
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    append(stored + 1)
    assert outbox.counts().recorded_laps == stored + 1
with Outbox.open(path, lambda: now) as again:
    assert again.damaged_moved_to is None
    assert [one["LapCompleted"] for one in again.documents(1, ParcelKind.LAP)] == list(range(1, stored + 2))
    print("ok", refused, stored)
"""


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> list[sqlite3.Connection]:
    """The connections that the outbox opens, to take away their room."""
    opened: list[sqlite3.Connection] = []
    connect = sqlite3.connect

    def spy(*args: object, **named: object) -> sqlite3.Connection:
        opened.append(connect(*args, **named))  # type: ignore[call-overload]  # handed on as it came
        return opened[-1]

    monkeypatch.setattr(sqlite3, "connect", spy)
    return opened


def test_a_full_disk_is_reported_and_the_same_append_works_later(
    path: Path, connections: list[sqlite3.Connection]
) -> None:
    with Outbox.open(path, lambda: START) as outbox:
        session = outbox.begin_session("c", "t", {}, START)
        outbox.append(session.id, [lap(1)], checkpoint="1", session_time_s=1.0, utc=START)
        pages = connections[0].execute("PRAGMA page_count").fetchone()[0]
        connections[0].execute(f"PRAGMA max_page_count = {pages}").fetchall()
        more = [state(180.0), *(lap(number, Note="x" * 3000) for number in range(2, 9))]
        for _ in range(3):
            with pytest.raises(OutboxFull, match="the disk is full; free some space"):
                outbox.append(session.id, more, checkpoint="2", session_time_s=2.0, utc=START)
        assert outbox.sessions()[0].checkpoint == "1"
        assert [one.parcel.key for one in outbox.pending(FIRESTORE, 9)] == ["lap/1"]
        assert outbox.counts().recorded == 1
        connections[0].execute("PRAGMA max_page_count = 1073741823").fetchall()
        assert len(outbox.append(session.id, more, checkpoint="2", session_time_s=2.0, utc=START).stored) == 8
        assert len(outbox.documents(session.id, ParcelKind.LAP)) == 8


def test_a_file_that_may_not_be_written_is_reported(path: Path, connections: list[sqlite3.Connection]) -> None:
    with Outbox.open(path, lambda: START) as outbox:
        session = outbox.begin_session("c", "t", {}, START)
        connections[0].execute("PRAGMA query_only = ON")
        with pytest.raises(OutboxFull, match=r"cannot be written; check .*SQLITE_READONLY"):
            outbox.append(session.id, [lap(1)], checkpoint="1", session_time_s=1.0, utc=START)
        connections[0].execute("PRAGMA query_only = OFF")
        outbox.append(session.id, [lap(1)], checkpoint="1", session_time_s=1.0, utc=START)
        assert outbox.counts().recorded_laps == 1


@pytest.mark.skipif(sys.platform == "win32", reason="no limit on file sizes to set on Windows")
def test_a_disk_that_runs_full_at_any_byte_loses_nothing(path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(path)], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    ok, refused, stored = done.stdout.split()
    assert (ok, refused) == ("ok", "5")
    assert int(stored) >= 3
