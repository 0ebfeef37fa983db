"""The server begins a team's race anew: it is recorded as another session, and the former one's laps stay its own."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from race.driving import Car
from recording.test_collecting import Told
from teamtactics.model.frame import Frame
from teamtactics.model.parcel import FIRESTORE, Parcel, ParcelKind
from teamtactics.model.precedence import RUN
from teamtactics.race.tracker import Tracker
from teamtactics.recording.collector import Collector
from teamtactics.recording.writer import recording_directly
from teamtactics.store.store import Outbox


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    with Outbox.open(tmp_path / "o.sqlite3", lambda: datetime.now(UTC)) as opened:
        yield opened


def collect(outbox: Outbox, *pieces: Sequence[Frame] | None) -> None:
    source, (journal, _) = Told(*pieces, []), recording_directly(outbox)
    Collector(source, Tracker(), journal, threading.Event()).run()


def race(run: int, laps: int = 2, **changes: object) -> list[Frame]:
    car = Car(session_unique_id=run, **changes).run(1.0)
    for _ in range(laps):
        car.lap(30.0, then_s=6.0)
    return car.frames


def anew(run: int) -> list[Frame]:
    return race(run, 1, session_time=2.0, tick=90_000, session_tick=100)


def orders(outbox: Outbox) -> list[Parcel]:
    return [one.parcel for one in outbox.pending(FIRESTORE, 999) if one.parcel.kind is ParcelKind.PURGE]


def laps(outbox: Outbox) -> dict[object, list[int]]:
    found = {}
    for one in outbox.sessions():
        found[one.facts[RUN]] = sorted({lap.lap for lap in outbox.own_laps(one.id) if lap.lap > 0})
    return found


@pytest.mark.parametrize("how", ["seen", "reconnected", "after a restart of the program"])
def test_a_higher_run_is_another_session_with_its_own_laps_and_an_order_to_remove_the_former_ones(
    outbox: Outbox, how: str
) -> None:
    if how == "after a restart of the program":
        collect(outbox, race(3))
        collect(outbox, anew(4))
    else:
        collect(outbox, race(3), *((None,) if how == "reconnected" else ()), anew(4))
    assert laps(outbox) == {4: [1, 2], 3: [1, 2, 3]}
    first, second = (order.document or {} for order in orders(outbox))
    assert (first["certain"], first[RUN], second["certain"], second[RUN]) == (False, 3, True, 4)
    info = second["info"]
    assert isinstance(info, dict)
    assert (info[RUN], info["SubSessionID"]) == (4, 2000)
    behind = [one.parcel for one in outbox.pending(FIRESTORE, 999)]
    at = next(index for index, one in enumerate(behind) if one.kind is ParcelKind.PURGE and one.key == "purge/4")
    assert behind[at + 1].document == info


@pytest.mark.parametrize("run", [3, 2, 0])
@pytest.mark.parametrize("how", ["seen", "after a restart of the program"])
def test_the_same_run_a_lower_one_and_none_go_on(outbox: Outbox, run: int, how: str) -> None:
    first = race(3)
    last = first[-1]
    car = Car(
        **{**last._asdict(), "session_unique_id": run, "speed": 50.0},
    ).run(1.0)
    rest = car.lap(30.0, then_s=6.0).frames
    if how == "seen":
        collect(outbox, first, rest)
    else:
        collect(outbox, first)
        collect(outbox, rest)
    assert [one.facts[RUN] for one in outbox.sessions()] == [3]
    assert len(orders(outbox)) == 1
    infos = outbox.documents(1, ParcelKind.INFO)
    assert {info[RUN] for info in infos} == {3}


def test_a_run_that_the_first_ticks_do_not_say_is_learned_and_what_is_older_removed(outbox: Outbox) -> None:
    """Each variable reads 0 alone for a while (SIMULATOR#unset): in mid-race it is the same session all the same."""
    frames = race(4)
    unsaid = [frame._replace(session_unique_id=0) for frame in frames[:30]]
    collect(outbox, unsaid, frames[30:])
    (session,) = outbox.sessions()
    assert session.facts[RUN] == 4
    assert [(order.document or {})[RUN] for order in orders(outbox)] == [0, 4]
    assert not any((order.document or {})["certain"] for order in orders(outbox))


def test_a_store_that_is_lost_is_given_the_order_again_without_its_certainty(outbox: Outbox) -> None:
    """It may have been obeyed, and the laps that stand there now be our own."""
    journal, writer = recording_directly(outbox)
    collector = Collector(Told(race(3), anew(4), []), Tracker(), journal, threading.Event())
    while not orders(outbox) or orders(outbox)[-1].key != "purge/4":
        collector.step()
    outbox._database.path.write_bytes(b"no database" * 999)
    while not collector.source.has_ended:
        collector.step()
    collector.close()
    writer.work()
    assert outbox.damaged_moved_to is not None
    assert [(order.key, (order.document or {})["certain"]) for order in orders(outbox)][-1] == ("purge/4", False)
