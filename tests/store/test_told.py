"""What is wrong with a store: the log's English, and the reader's language where it is shown."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from teamtactics import language
from teamtactics.errors import OutboxError, OutboxHeld
from teamtactics.store.faults import MEANINGS, translate
from teamtactics.store.store import Outbox


def utc_now() -> datetime:
    return datetime(2026, 11, 26, 14, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def german() -> Iterator[None]:
    language.use("de")
    yield
    language.use(language.SOURCE)


def own(path: Path) -> Outbox:
    return Outbox.own(path, utc_now, "teamtactics run")


def test_a_second_writer_is_told_twice(tmp_path: Path) -> None:
    with own(tmp_path / "s.sqlite3") as held:
        held.claim()
        with own(tmp_path / "s.sqlite3") as second, pytest.raises(OutboxHeld) as refused:
            second.claim()
    assert "is being written by teamtactics run" in str(refused.value)
    assert "wird gerade von teamtactics run" in language.local(refused.value.said)


@pytest.mark.parametrize("code", sorted(MEANINGS))
def test_every_fault_of_sqlite_is_told_twice(code: int, tmp_path: Path) -> None:
    fault = sqlite3.OperationalError("words of SQLite")
    fault.sqlite_errorcode, fault.sqlite_errorname = code, "SQLITE_X"
    error = translate(fault, tmp_path)
    shown = language.local(error.said)
    assert str(error) == str(error.said) != shown
    assert shown.startswith(f"{tmp_path}: ")
    assert shown.endswith(" (SQLITE_X: words of SQLite)")


def test_a_file_of_a_newer_teamtactics_is_told_twice(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite3"
    Outbox.open(path, utc_now).close()
    connection = sqlite3.connect(path)
    connection.execute("UPDATE schema_version SET version = 99")
    connection.execute("PRAGMA user_version = 99")
    connection.commit()
    connection.close()
    with pytest.raises(OutboxError) as refused:
        Outbox.look(path, utc_now)
    assert str(refused.value).startswith(f"{path}: the file was written by a newer teamtactics")
    assert language.local(refused.value.said).startswith(f"{path}: die Datei hat ein neueres teamtactics geschrieben")


def test_what_became_of_a_damaged_file_is_told_twice(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite3"
    path.write_bytes(b"no database at all")
    with Outbox.open(path, utc_now) as outbox:
        (need,) = outbox.needs
    assert need.startswith("The local store was damaged (it is no SQLite file) and is kept as s.sqlite3.damaged-")
    shown = language.local(need)
    assert shown.startswith("Der lokale Speicher war beschädigt (es ist keine SQLite-Datei) und ist als s.sqlite3.dam")
    assert shown.endswith(" aufgehoben: 0 Einträge aus 0 Sessions sind gerettet, 0 davon warten.")
