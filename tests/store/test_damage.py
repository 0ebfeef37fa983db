"""A file that cannot be read is never written over: it is moved aside, a new one begun, and somebody is told."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from functools import partial
from pathlib import Path

import pytest

from support.parcels import COLLECTION, START, lap
from teamtactics.errors import OutboxDamaged, OutboxError
from teamtactics.model.parcel import FIRESTORE, Parcel
from teamtactics.model.usage import Usage
from teamtactics.store.rescue import damage
from teamtactics.store.store import Outbox

STAMP = "damaged-20260301T120000Z"


def long_lap(number: int) -> Parcel:
    return lap(number, Note="x" * 1000)


def fill(path: Path, laps: int = 40) -> bytes:
    with Outbox.open(path, lambda: START) as outbox:
        session = outbox.begin_session(COLLECTION, "t", {}, START)
        parcels = [long_lap(number) for number in range(1, laps + 1)]
        outbox.append(session.id, parcels, checkpoint=None, session_time_s=1.0, utc=START)
    return path.read_bytes()


def break_inner_pages(whole: bytes) -> bytes:
    broken = bytearray(whole)
    for page in range(2, len(whole) // 4096):
        broken[page * 4096 : page * 4096 + 200] = b"\xa5" * 200
    return bytes(broken)


def noise(length: int) -> bytes:
    return random.Random(7).randbytes(length)


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "random bytes": lambda whole: noise(len(whole)),
    "a few random bytes": lambda _: noise(10),
    "one byte": lambda _: b"\0",
    "a text": lambda _: b"[global]\ngoogleAccessToken = x\n" * 500,
    "all zero": lambda whole: bytes(len(whole)),
    "cut in the middle of a page": lambda whole: whole[: len(whole) // 2 + 100],
    "cut after the first page": lambda whole: whole[:4096],
    "header alone": lambda whole: whole[:100],
    "header sound, pages broken": break_inner_pages,
    "first page's tree broken": lambda whole: whole[:100] + noise(3000) + whole[3100:],
}


SAVED = {"cut in the middle of a page": 10, "header sound, pages broken": 0, "first page's tree broken": 40}
"""Of the forty waiting laps so many come over at least."""


@pytest.mark.parametrize("name", DAMAGES)
def test_a_damaged_file_is_moved_aside_byte_by_byte_and_a_new_one_begun(name: str, path: Path) -> None:
    broken = DAMAGES[name](fill(path))
    path.write_bytes(broken)
    with Outbox.open(path, lambda: START) as outbox:
        assert outbox.damaged_moved_to == path.with_name(f"outbox.sqlite3.{STAMP}")
        assert outbox.damaged_moved_to.read_bytes() == broken
        (need,) = outbox.needs
        assert STAMP in need
        waiting = [one.parcel for one in outbox.pending(FIRESTORE, 99)]
        assert all(parcel == long_lap(int(parcel.key[4:])) for parcel in waiting)
        assert (f" {len(waiting)} of them wait" in need) and len(waiting) >= SAVED.get(name, 0)
        number = outbox.begin_session(COLLECTION, "t", {}, START).id
        assert outbox.latest_session(COLLECTION).id == number
    with Outbox.open(path, lambda: START) as again:
        assert again.damaged_moved_to is None
        assert again.needs == ()
        assert [one.parcel for one in again.pending(FIRESTORE, 99)] == waiting


def test_its_journals_go_with_it(path: Path) -> None:
    fill(path)
    path.write_bytes(noise(5000))
    for suffix in ("-journal", "-wal", "-shm"):
        path.with_name(path.name + suffix).write_bytes(b"not a journal " + suffix.encode())
    with Outbox.open(path, lambda: START) as outbox:
        moved = outbox.damaged_moved_to
        assert moved is not None
        for suffix in ("-journal", "-wal", "-shm"):
            assert moved.with_name(moved.name + suffix).read_bytes() == b"not a journal " + suffix.encode()


def test_the_second_damaged_file_of_a_second_does_not_replace_the_first(path: Path) -> None:
    path.parent.mkdir()
    for content in (b"first" * 200, b"second" * 200, b"third" * 200):
        path.write_bytes(content)
        Outbox.open(path, lambda: START).close()
    kept = sorted(one for one in path.parent.iterdir() if "damaged" in one.name and not one.name.endswith("-journal"))
    assert [one.name.removeprefix(f"outbox.sqlite3.{STAMP}") for one in kept] == ["", "-2", "-3"]
    assert [one.read_bytes()[:5] for one in kept] == [b"first", b"secon", b"third"]


def test_an_empty_file_is_a_new_one(path: Path) -> None:
    path.parent.mkdir()
    path.touch()
    with Outbox.open(path, lambda: START) as outbox:
        assert outbox.damaged_moved_to is None
        assert outbox.sessions() == []


def test_a_large_file_is_checked_without_reading_it_all(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(damage, "FULLY_CHECKED_BYTES", 4096)
    whole = fill(path)
    Outbox.open(path, lambda: START).close()
    path.write_bytes(whole[:4096] + noise(3 * 4096) + whole[4 * 4096 :])
    with Outbox.open(path, lambda: START) as outbox:
        assert outbox.damaged_moved_to is not None


def test_damage_found_in_use_is_reported_and_the_new_file_numbers_on(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A courier that still holds a number of the old file must not mark another parcel of the new one delivered."""
    whole = fill(path)
    monkeypatch.setattr(damage, "FULLY_CHECKED_BYTES", 4096)
    broken = break_inner_pages(whole)
    with Outbox.open(path, lambda: START) as outbox:
        held = outbox.pending(FIRESTORE, 3)
        old_session = outbox.sessions()[0]
        path.write_bytes(broken)
        with sqlite3.connect(path) as other:  # a second writer makes the first forget the pages it still knows
            other.execute("PRAGMA user_version = 5")
        other.close()
        with pytest.raises(OutboxDamaged) as caught:
            outbox.append(old_session.id, [lap(41)], checkpoint=None, session_time_s=1.0, utc=START)
        assert Path(caught.value.moved_to) == outbox.damaged_moved_to
        assert str(path) in str(caught.value)
        with pytest.raises(OutboxError, match="has to be begun again"):
            outbox.append(old_session.id, [lap(41)], checkpoint=None, session_time_s=1.0, utc=START)
        session = outbox.begin_session(COLLECTION, "t", {}, START)
        assert session.id > old_session.id
        result = outbox.append(session.id, [lap(41)], checkpoint=None, session_time_s=1.0, utc=START)
        outbox.mark_delivered(FIRESTORE, [one.seq for one in held])
        assert outbox.pending(FIRESTORE, 9) == list(result.stored)
        assert result.stored[0].seq > 40


def test_a_file_that_cannot_be_renamed_is_left_alone(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path.parent.mkdir()
    path.write_bytes(noise(5000))

    def refuse(_self: Path, _target: Path) -> Path:
        raise PermissionError(13, "The process cannot access the file because it is being used by another process")

    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(OutboxError, match=r"damaged and cannot be moved aside .*being used by another process"):
        Outbox.open(path, lambda: START)
    assert path.read_bytes() == noise(5000)


TABLES = (
    "schema_version",
    "sessions",
    "parcels",
    "deliveries",
    "tallies",
    "meta",
    "firestore_usage",
    "sqlite_sequence",
)


@pytest.mark.some(16)
@pytest.mark.parametrize("is_running", [False, True])
@pytest.mark.parametrize("as_what", ["CAST({} AS BLOB)", "NULL", "-1", "'x'"])
@pytest.mark.parametrize("table", TABLES)
def test_a_cell_of_another_type_costs_nobody_an_untyped_error(
    table: str, as_what: str, path: Path, *, is_running: bool
) -> None:
    """One flipped bit in a row's header makes bytes of a text, or nothing of a number."""
    sound = path.with_name("sound.sqlite3")
    outbox = Outbox.own(sound, lambda: START, "a test")
    session = outbox.begin_session(COLLECTION, "t", {}, START)
    outbox.append(session.id, [lap(1), lap(2)], checkpoint="live\nc", session_time_s=1.0, utc=START)
    outbox.set_meta("names", "{}")
    outbox.mark_delivered(FIRESTORE, [1], {START.date(): Usage(1, 1, 1, 1)})
    outbox.park(FIRESTORE, 2, "malformed")
    outbox.close()
    with closing(sqlite3.connect(sound)) as other:
        columns = [row[1] for row in other.execute(f"PRAGMA table_info({table})")]
    for column in columns:
        for old in path.parent.glob(path.name + "*"):
            old.unlink()
        path.write_bytes(sound.read_bytes())
        outbox = Outbox.own(path, lambda: START, "a test")
        if is_running:
            outbox.counts()
        with closing(sqlite3.connect(path)) as other, suppress(sqlite3.IntegrityError):
            one = " WHERE seq = 2" if table == "parcels" else ""  # beside one that is sound
            other.execute(f"UPDATE {table} SET {column} = {as_what.format(column)}{one}")
            other.commit()
        for ask in (outbox.counts, outbox.sessions, outbox.session_counts, partial(outbox.parked, FIRESTORE)):
            ask()
        outbox.pending(FIRESTORE, 9)
        outbox.unpark(FIRESTORE)
        outbox.usage(START.date())
        began = outbox.begin_session(COLLECTION, "u", {}, START)
        outbox.append(began.id, [lap(3)], checkpoint="c", session_time_s=2.0, utc=START)
        assert lap(3) in [one.parcel for one in outbox.pending(FIRESTORE, 9)], column
        outbox.close()
