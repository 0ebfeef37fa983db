"""A store has one writer: the second one is told who writes it, and a death, however sudden, frees it."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from e2e.client import Client
from support.parcels import COLLECTION, START, lap
from teamtactics.errors import OutboxError, OutboxHeld
from teamtactics.model.parcel import FIRESTORE
from teamtactics.store.lock import StoreLock
from teamtactics.store.store import Outbox

HOLD = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from teamtactics.store.store import Outbox
outbox = Outbox.own(Path(sys.argv[1]), lambda: datetime(2026, 3, 1, tzinfo=UTC), "teamtactics replay")
outbox.claim()
print("held", flush=True)
sys.stdin.readline()
"""


def test_the_second_writer_is_told_who_the_first_is_and_comes_when_it_is_killed(path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        second = Outbox.own(path, lambda: START, "teamtactics run --headless")
        with pytest.raises(
            OutboxHeld, match=rf"written by teamtactics replay \(process {holder.pid}\); .*End that one"
        ):
            second.claim()
        with pytest.raises(OutboxHeld):
            second.counts()
        with Outbox.look(path, lambda: START) as onlooker:
            assert onlooker.sessions() == [], "who only looks needs no lock"
        holder.kill()
        holder.wait()
        assert second.counts().recorded == 0, "and it needs nobody to begin it anew"
        second.close()


def test_the_command_that_comes_second_ends_with_2_and_says_why(tmp_path: Path) -> None:
    client = Client(tmp_path)
    held = Outbox.own(tmp_path / "data" / "teamtactics.sqlite3", lambda: START, "teamtactics in the tray")
    held.claim()
    code, output = client.run("run", "--headless")
    assert code == 2
    assert "is being written by teamtactics in the tray (process " in output
    assert "Traceback" not in output
    code, output = client.run("show")
    assert code in (0, 1)
    assert "written by" not in output
    held.close()


def test_an_outbox_that_was_refused_does_not_stand_in_its_own_way(path: Path) -> None:
    path.parent.mkdir()
    (path.parent / "other").mkdir()
    first = Outbox.own(path, lambda: START, "first")
    first.claim()
    second = Outbox.own(path, lambda: START, "second")
    for _ in range(2):
        with pytest.raises(OutboxHeld):
            second.claim()
    first.close()
    second.claim()
    second.close()


def filled(path: Path) -> Outbox:
    outbox = Outbox.own(path, lambda: START, "a test")
    session = outbox.begin_session(COLLECTION, "t", {}, START)
    outbox.append(session.id, [lap(1), lap(2)], checkpoint="c", session_time_s=1.0, utc=START)
    return outbox


@pytest.mark.parametrize("is_gone", [False, True])
def test_an_empty_store_where_one_with_content_was_is_said(path: Path, *, is_gone: bool) -> None:
    filled(path).close()
    path.unlink()
    if not is_gone:
        path.touch()
    outbox = Outbox.own(path, lambda: START, "a test")
    assert outbox.counts().recorded == 0
    assert [need for need in outbox.needs if "was empty or gone" in need]
    outbox.close()


def test_a_first_start_says_nothing(path: Path) -> None:
    for _ in range(2):
        outbox = Outbox.own(path, lambda: START, "a test")
        assert outbox.counts().recorded == 0
        assert outbox.needs == ()
        outbox.close()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps an open file from being removed")
@pytest.mark.parametrize("how", ["deleted", "replaced", "cut to nothing"])
def test_a_file_that_vanishes_under_the_running_client_is_damage(path: Path, how: str) -> None:
    outbox = filled(path)
    if how == "cut to nothing":
        path.write_bytes(b"")
    else:
        path.unlink()
        if how == "replaced":
            path.write_bytes(b"something else")
    waiting = [one.parcel for one in outbox.pending(FIRESTORE, 9)]
    assert waiting == ([] if how == "cut to nothing" else [lap(1), lap(2)]), "what is still in our hands is saved"
    (need,) = outbox.needs
    assert {"deleted": "it was deleted", "replaced": "another file", "cut to nothing": "cut to nothing"}[how] in need
    assert outbox.generation == 1
    session = outbox.begin_session(COLLECTION, "u", {}, START)
    outbox.append(session.id, [lap(3)], checkpoint="c", session_time_s=1.0, utc=START)
    assert lap(3) in [one.parcel for one in outbox.pending(FIRESTORE, 9)]
    outbox.close()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps an open file from being removed")
@pytest.mark.parametrize("how", ["a file in the folder's place", "a link to itself"])
def test_a_name_that_leads_nowhere_any_more_is_damage_too(path: Path, how: str) -> None:
    """SQLite would write on into a file that nobody can ever read."""
    outbox = filled(path)
    path.unlink()
    if how == "a link to itself":
        path.symlink_to(path.name)
    else:
        shutil.rmtree(path.parent)
        path.parent.write_text("")
        with pytest.raises(OutboxError, match="the data folder cannot be made"):
            outbox.append(1, [lap(3)], checkpoint="c", session_time_s=1.0, utc=START)
        path.parent.unlink()
    assert [one.parcel for one in outbox.pending(FIRESTORE, 9)] == [lap(1), lap(2)]
    outbox.append(1, [lap(3)], checkpoint="c", session_time_s=1.0, utc=START)
    outbox.close()
    with Outbox.open(path, lambda: START) as again:
        assert [one.parcel for one in again.pending(FIRESTORE, 9)] == [lap(1), lap(2), lap(3)]


@pytest.mark.parametrize("what", ["an older copy", "an empty store", "another program's"])
def test_another_content_in_the_same_file_is_damage_and_numbers_on(path: Path, tmp_path: Path, what: str) -> None:
    outbox = filled(path)
    copy = tmp_path / "copy.sqlite3"
    if what == "an older copy":
        copy.write_bytes(path.read_bytes())
    elif what == "an empty store":
        Outbox.open(copy, lambda: START).close()
    else:
        with closing(sqlite3.connect(copy)) as other:
            other.execute("CREATE TABLE words (word TEXT)")
    outbox.append(1, [lap(3)], checkpoint="c", session_time_s=1.0, utc=START)
    (newest,) = [one.seq for one in outbox.pending(FIRESTORE, 9) if one.parcel == lap(3)]
    with path.open("r+b") as file:  # put back under the running client: a backup, a folder that is synchronised
        file.write(copy.read_bytes())
        file.truncate()
    assert [one.parcel for one in outbox.pending(FIRESTORE, 9)] == ([lap(1), lap(2)] if "copy" in what else [])
    assert outbox.generation == 1, "who writes gives it again what he knows"
    (need,) = outbox.needs
    assert "another content" in need
    session = outbox.begin_session(COLLECTION, "u", {}, START)
    outbox.append(session.id, [lap(4)], checkpoint="c", session_time_s=1.0, utc=START)
    assert outbox.pending(FIRESTORE, 9)[-1].seq > newest, "a number is given once"
    outbox.close()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps an open file from being removed")
def test_a_file_that_vanishes_while_there_is_no_place_for_another_is_saved_later(path: Path) -> None:
    outbox = filled(path)
    shutil.rmtree(path.parent)
    in_the_way = path.with_name(path.name + ".new")
    in_the_way.mkdir(parents=True)
    for _ in range(2):
        with pytest.raises(OutboxError):
            outbox.pending(FIRESTORE, 9)
    in_the_way.rmdir()
    assert [one.parcel for one in outbox.pending(FIRESTORE, 9)] == [lap(1), lap(2)]
    (need,) = outbox.needs
    assert "is gone: 2 items of 1 sessions were saved" in need
    assert outbox.generation == 1
    outbox.close()


@pytest.mark.skipif(sys.platform == "win32", reason="there is no such limit")
def test_a_lock_whose_word_finds_no_room_is_let_go_of_in_order_and_forgets_nothing(path: Path) -> None:
    """The end would be cut short where it says how many laps are elsewhere."""
    import resource

    lock = StoreLock(path, "teamtactics run")
    lock.note_content()
    lock.release()
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        for store in (path.with_name("new.sqlite3"), path):
            StoreLock(store, "teamtactics replay").release()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    again = StoreLock(path, "teamtactics run")
    assert again.had_content
    again.release()
