"""
Whoever looks for what is owed dies anywhere in it: begun again, he owes the same.

What was taken in by half is worth nothing; the store has all of it.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from delivery.test_debts import ADAS, BENS, Rig, documents
from teamtactics.delivery.owed.debts import LOOK_EVERY_S
from teamtactics.model.parcel import FIRESTORE, ParcelKind
from teamtactics.recording.journal import Journal
from teamtactics.recording.writer import Writer
from teamtactics.store.store import Outbox

OURS = ("delivery/owed/", "race/record/")
DEATHS = 15
"""So many, spread over all the lines of a turn."""


class Killed(BaseException):
    """Nobody expects it."""


def lines_of(turn: Callable[[], object], dying_at: int = 0) -> int:
    """Do *turn*, and die at that one of our own lines, from 1; return how many lines were begun."""
    count = 0

    def local(_frame: FrameType, event: str, _: Any) -> Any:
        nonlocal count
        if event == "line":
            count += 1
            if count == dying_at:
                raise Killed
        return local

    def trace(frame: FrameType, _event: str, _: Any) -> Any:
        return local if any(ours in frame.f_code.co_filename for ours in OURS) else None

    former = sys.gettrace()
    sys.settrace(trace)
    try:
        turn()
    except Killed:
        pass
    finally:
        sys.settrace(former)
    return count


def deaths(turn: Callable[[], object]) -> Iterator[int]:
    """Name the lines at which to die in *turn*."""
    lines = lines_of(turn)
    assert lines > 10 * DEATHS, "there is something to die in"
    return (1 + lines * number // DEATHS for number in range(DEATHS))


@pytest.fixture
def rigs(tmp_path: Path) -> Iterator[Callable[[], Rig]]:
    opened: list[Outbox] = []

    def rig() -> Rig:
        opened.append(Outbox.open(tmp_path / f"{len(opened)}.sqlite3", lambda: datetime.now(UTC)))
        return Rig(opened[-1])

    yield rig
    for outbox in opened:
        outbox.close()


def began(rig: Rig) -> Rig:
    """Two laps are known and stand in the collection: two more come."""
    rig.see(ADAS[:2])
    rig.tell(*documents(ADAS[:1]))
    rig.debts.write()
    return rig


def owed(rig: Rig) -> dict[str, object]:
    """Return what is on its way at last, by key; of the laps without who told them and when."""
    rig.now_s += LOOK_EVERY_S
    rig.debts.write()
    parcels = [one.parcel for one in rig.outbox.pending(FIRESTORE, 99)]
    return {one.key: one.document for one in parcels if one.kind is not ParcelKind.STATE}


def seeing(rig: Rig) -> None:
    rig.see(ADAS[2:])


def telling(rig: Rig) -> None:
    rig.tell(*documents(BENS)[1:3])


def writing(rig: Rig) -> None:
    rig.see(ADAS[2:])
    rig.debts.write()


@pytest.mark.parametrize("turn", [seeing, telling, writing])
def test_whoever_dies_in_it_owes_the_same_when_he_is_begun_again(
    turn: Callable[[Rig], None], rigs: Callable[[], Rig]
) -> None:
    whole = began(rigs())
    places = deaths(lambda: turn(whole))
    expected = owed(whole)
    for line in places:
        rig = began(rigs())
        lines_of(lambda rig=rig: turn(rig), line)  # type: ignore[misc]
        rig.debts.begin_anew()
        assert owed(rig) == expected, f"died at line {line}"


def test_a_courier_that_dies_while_it_folds_folds_the_same_the_next_time(rigs: Callable[[], Rig]) -> None:
    def folding(rig: Rig) -> Any:
        part = next(one for one in rig.outbox.pending(FIRESTORE, 99) if one.parcel.doc_id == "part 3 202")
        assert part.parcel.document is not None
        return rig.debts.fold(rig.session.id, 3, {}, {"part 3 202": part.parcel.document})

    def ready() -> Rig:
        rig = rigs()
        rig.see(BENS)
        rig.session_s = 10_000.0
        rig.debts.write()
        return rig

    whole = ready()
    places, expected = deaths(lambda: folding(whole)), folding(ready())
    assert expected is not None
    for line in places:
        rig = ready()
        lines_of(lambda rig=rig: folding(rig), line)  # type: ignore[misc]
        assert folding(rig) == expected, f"died at line {line}"


def test_what_is_on_disk_and_was_not_told_before_the_writer_died_is_owed_when_it_is_begun_again(
    rigs: Callable[[], Rig],
) -> None:
    """It died between the disk and the word of it: there is nothing half, there is just less."""
    rig = began(rigs())
    seen, rig.debts.seen = rig.debts.seen, lambda *_: None  # type: ignore[method-assign]
    rig.see(ADAS[2:])
    rig.debts.seen = seen  # type: ignore[method-assign]
    assert "lap/4" not in owed(rig)
    rig.debts.begin_anew()
    assert "lap/4" in owed(rig)


def test_a_writer_that_is_begun_again_says_so_and_one_that_begins_does_not(tmp_path: Path) -> None:
    said: list[str] = []
    with Outbox.open(tmp_path / "o.sqlite3", lambda: datetime.now(UTC)) as outbox:
        journal = Journal()
        writer = Writer(
            journal,
            outbox,
            lambda: None,
            write_behind=lambda: said.append("writes"),
            begin_anew=lambda: said.append("begins anew"),
        )
        journal.close(time.monotonic() + 60.0)
        writer.run()
        assert said == ["writes"]
        writer.run()
        assert said == ["writes", "begins anew", "writes"]
