"""Opening: older, newer and foreign files, files in use, places where no file can be."""

from __future__ import annotations

import errno
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from support.parcels import COLLECTION, START, lap
from teamtactics.errors import OutboxError, OutboxFull
from teamtactics.model.parcel import FIRESTORE
from teamtactics.store import faults
from teamtactics.store.store import Outbox
from teamtactics.store.tables import codec, schema

_UTC = codec.utc_text(START)

HOLD = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN EXCLUSIVE")
print("held", flush=True)
sys.stdin.readline()
"""

APPEND = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from teamtactics.store.store import Outbox
from teamtactics.model.parcel import Parcel, ParcelKind
now = datetime(2026, 3, 1, tzinfo=UTC)
with Outbox.open(Path(sys.argv[1]), lambda: now) as outbox:
    session = outbox.begin_session("other", "t", {}, now)
    for n in range(1, int(sys.argv[2]) + 1):
        parcel = Parcel(ParcelKind.LAP, f"lap/{n}", "other", n * 90.0, str(n), {"LapCompleted": n})
        outbox.append(session.id, [parcel], checkpoint=None, session_time_s=n * 90.0, utc=now)
"""


def test_a_present_file_is_opened_without_writing(path: Path) -> None:
    Outbox.open(path, lambda: START).close()
    before = (path.read_bytes(), path.stat().st_mtime_ns)
    Outbox.open(path, lambda: START).close()
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before


def test_a_newer_file_is_refused_and_left_alone(path: Path) -> None:
    Outbox.open(path, lambda: START).close()
    with sqlite3.connect(path) as other:
        other.execute("UPDATE schema_version SET version = 99")
        other.execute("PRAGMA user_version = 99")
    other.close()
    before = path.read_bytes()
    with pytest.raises(OutboxError, match=r"outbox.sqlite3: .*newer teamtactics .*version 99") as caught:
        Outbox.open(path, lambda: START)
    assert not isinstance(caught.value, OutboxFull)
    assert path.read_bytes() == before


def test_another_programs_database_is_refused_and_left_alone(path: Path) -> None:
    path.parent.mkdir()
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE passwords (site TEXT)")
    other.close()
    before = path.read_bytes()
    with pytest.raises(OutboxError, match="database of another program"):
        Outbox.open(path, lambda: START)
    assert path.read_bytes() == before


def test_an_older_file_is_brought_up_to_date_with_all_it_holds(path: Path) -> None:
    with Outbox.open(path, lambda: START) as outbox:
        session = outbox.begin_session(COLLECTION, "t", {}, START)
        outbox.append(session.id, [lap(1)], checkpoint=None, session_time_s=1.0, utc=START)
    later = (*schema.MIGRATIONS, ("ALTER TABLE parcels ADD COLUMN colour TEXT DEFAULT 'red'",), ("CREATE TABLE t (a)",))
    connection = sqlite3.connect(path, isolation_level=None)
    schema.bring_up_to_date(connection, later)
    assert schema.checked_version(connection, later) == len(later)
    assert connection.execute("SELECT key, colour FROM parcels").fetchall() == [("lap/1", "red")]
    schema.bring_up_to_date(connection, later)
    connection.close()


def test_a_file_of_the_first_version_keeps_what_waits(path: Path) -> None:
    """Version 1: a row of it is as whole as one of today."""
    path.parent.mkdir(parents=True)
    connection = sqlite3.connect(path, isolation_level=None)
    schema.bring_up_to_date(connection, schema.MIGRATIONS[:1])
    connection.execute("INSERT INTO sessions VALUES (1, 'c', 't', '{}', ?, ?, 0.0, 'checkpoint')", (_UTC, _UTC))
    values = (1, 1, "lap", "lap/1", "c", 90.0, _UTC, "1", '{"Source":"driver","CustomerID":7}')
    connection.execute("INSERT INTO parcels VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)", values)
    connection.execute("INSERT INTO deliveries VALUES (1, 'firestore', 'waiting', ?, NULL)", (_UTC,))
    connection.close()
    with Outbox.open(path, lambda: START) as outbox:
        (kept,) = outbox.pending(FIRESTORE, 9)
        assert (kept.seq, kept.parcel.key) == (1, "lap/1")
        again = lap(1, CustomerID=7, FuelUsed=2.5)
        result = outbox.append(1, [again, lap(2)], checkpoint=None, session_time_s=1.0, utc=START)
        assert ([one.parcel for one in result.stored], result.refused) == ([lap(2)], (again,))
    with Outbox.open(path, lambda: START) as outbox:
        assert [one.parcel for one in outbox.pending(FIRESTORE, 9)] == [kept.parcel, lap(2)]


def test_a_lap_that_an_older_version_told_anew_is_read_as_any_other(path: Path) -> None:
    with Outbox.open(path, lambda: START) as outbox:
        session = outbox.begin_session(COLLECTION, "t", {}, START)
        outbox.append(session.id, [lap(1)], checkpoint=None, session_time_s=1.0, utc=START)
    connection = sqlite3.connect(path, isolation_level=None)
    columns = "seq, session_id, kind, key, collection, session_time_s, recorded_utc, doc_id, document, message"
    row = connection.execute(f"SELECT {columns} FROM parcels").fetchone()
    connection.execute("UPDATE parcels SET amends = 1, crc = ?", (codec.checksum(*row, 1),))
    connection.close()
    with Outbox.open(path, lambda: START) as outbox:
        assert [one.parcel for one in outbox.pending(FIRESTORE, 9)] == [lap(1)]


def test_a_migration_that_fails_leaves_the_file_as_it_was(path: Path) -> None:
    Outbox.open(path, lambda: START).close()
    connection = sqlite3.connect(path, isolation_level=None)
    with pytest.raises(sqlite3.OperationalError):
        schema.bring_up_to_date(connection, (*schema.MIGRATIONS, ("CREATE TABLE t (a)", "no statement")))
    connection.close()
    with Outbox.open(path, lambda: START) as outbox:
        assert outbox.sessions() == []


def test_a_file_that_another_process_holds_is_reported_and_usable_afterwards(path: Path) -> None:
    with Outbox.open(path, lambda: START, busy_s=0.1) as outbox:
        session = outbox.begin_session(COLLECTION, "t", {}, START)
        with subprocess.Popen(
            [sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as holder:
            assert holder.stdout is not None
            assert holder.stdout.readline() == "held\n"
            with pytest.raises(OutboxError, match="another program holds the file") as caught:
                Outbox.open(path, lambda: START, busy_s=0.1)
            assert not isinstance(caught.value, OutboxFull), "at start this is no passing trouble"
            with pytest.raises(OutboxFull, match="another program holds the file"):
                outbox.append(session.id, [lap(1)], checkpoint=None, session_time_s=1.0, utc=START)
            holder.communicate("go\n")
        outbox.append(session.id, [lap(1)], checkpoint=None, session_time_s=1.0, utc=START)
        assert outbox.counts().recorded_laps == 1


def test_two_processes_write_and_read_the_same_file(path: Path) -> None:
    """What `teamtactics show` does beside a running collector."""
    laps = 40
    with Outbox.open(path, lambda: START) as outbox:
        mine = outbox.begin_session(COLLECTION, "t", {}, START)
        with subprocess.Popen([sys.executable, "-c", APPEND, str(path), str(laps)]) as other:
            for number in range(1, laps + 1):
                outbox.append(mine.id, [lap(number)], checkpoint=None, session_time_s=1.0, utc=START)
            assert other.wait(60) == 0
        counts = outbox.session_counts()
        assert sorted(one.laps for one in counts.values()) == [laps, laps]
        assert outbox.counts().recorded_laps == 2 * laps


def test_a_place_where_no_file_can_be_is_named(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(OutboxError, match="folder"):
        Outbox.open(tmp_path / "folder", lambda: START)
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutboxError, match="check dataDir"):
        Outbox.open(tmp_path / "file" / "outbox.sqlite3", lambda: START)


def test_a_drive_that_is_away_is_no_defect(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever its system calls it, what waits is kept: a defect would be left out of the record."""
    with Outbox.open(path, lambda: START) as outbox:
        session = outbox.begin_session(COLLECTION, "t", {}, START)
        outbox._database._drop()
        real = Path.stat

        def away(asked: Path, *, follow_symlinks: bool = True) -> os.stat_result:
            if asked == path:
                raise OSError(errno.EIO, "Input/output error")
            return real(asked, follow_symlinks=follow_symlinks)

        with monkeypatch.context() as patch:
            patch.setattr(Path, "stat", away)
            with pytest.raises(OutboxFull, match="cannot be reached"):
                outbox.append(session.id, [lap(1)], checkpoint=None, session_time_s=1.0, utc=START)
        assert outbox.append(session.id, [lap(1)], checkpoint=None, session_time_s=1.0, utc=START).stored


def test_every_error_code_of_sqlite_has_a_meaning() -> None:
    """Only an error code that nobody has thought of may be taken for a defect of ours."""
    assert set(faults.MEANINGS) == set(range(sqlite3.SQLITE_ERROR, sqlite3.SQLITE_NOTADB + 1))
    not_errors = {sqlite3.SQLITE_OK, sqlite3.SQLITE_NOTICE, sqlite3.SQLITE_WARNING}
    extended = {name: value for name, value in vars(sqlite3).items() if name.startswith("SQLITE_") and value > 0xFF}
    assert {name for name, code in extended.items() if code & 0xFF not in {*faults.MEANINGS, *not_errors}} == set()


def test_every_exception_class_of_sqlite_is_translated(tmp_path: Path) -> None:
    pending = [sqlite3.Error]
    while pending:
        kind = pending.pop()
        pending.extend(kind.__subclasses__())
        assert isinstance(faults.translate(kind("text"), tmp_path), OutboxError)
