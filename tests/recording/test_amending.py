"""What is recorded already and becomes known better: amended in the store, and told anew."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from race.driving import ADA, BEN, Car, session_info
from race.test_seat import with_race
from race.test_witness import told
from recording.test_collecting import NOW, Told
from teamtactics.model.frame import Frame
from teamtactics.model.parcel import FIRESTORE, PUBSUB, Document, ParcelKind
from teamtactics.model.records import LapTally, Moment, RunState
from teamtactics.model.session import SessionInfo
from teamtactics.race.tracker import Tracker
from teamtactics.recording.collector import Collector
from teamtactics.recording.writer import recording_directly
from teamtactics.store.store import Outbox


class Letters:
    """A team whose states a test hands over when it likes."""

    def __init__(self) -> None:
        self.states: list[RunState] = []

    def follow(self, collection: str | None) -> Sequence[RunState]:
        assert collection is not None
        return ()

    def take(self) -> Sequence[RunState]:
        states, self.states = self.states, []
        return states

    def look(self, silent: tuple[str, float] | None) -> None:
        """Not looked at here."""


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    with Outbox.open(tmp_path / "o.sqlite3", lambda: NOW) as opened:
        yield opened


def laps_of(outbox: Outbox, session: int = 0) -> list[Document]:
    return outbox.documents(outbox.sessions()[session].id, ParcelKind.LAP)


def deliver_all(outbox: Outbox) -> None:
    for sink in (FIRESTORE, PUBSUB):
        outbox.mark_delivered(sink, [parcel.seq for parcel in outbox.pending(sink, 1000)])


def test_laps_recorded_before_a_late_state_arrives_are_amended_and_delivered_again(outbox: Outbox) -> None:
    """Ben gets in knowing nothing, drives two laps, and only then hears what Ada told when she got out."""
    car = Car(lap=6, lap_completed=5, fuel_level=80.0, on_pit_road=True, lap_dist_pct=0.95).stand_in_stall(5.0)
    car.leave_pits().set(fuel_level=79.0).lap(30.0, then_s=2.0).set(fuel_level=76.0).lap(60.0, then_s=2.0)
    driven = list(car.frames)
    car.frames.clear()
    rest = car.run(1.0).frames
    team = Letters()
    pieces: list[Sequence[Frame]] = [driven, rest]
    journal, _ = recording_directly(outbox)
    source = Told(*pieces, info=session_info(me=BEN, in_car=ADA))
    collector = Collector(source, Tracker(), journal, threading.Event(), team=team)
    collector.step()
    collector.step()
    before = laps_of(outbox)
    assert [(lap["LapCompleted"], lap["Stint"], lap["FuelUsed"]) for lap in before] == [(6, 2, None), (7, 2, 3.0)]
    deliver_all(outbox)
    ids = {message.id for message in outbox.messages(outbox.sessions()[0].id)}

    entered = LapTally(pit_enter=Moment(60.0, 50_000.0), stop_moving=Moment(75.0, 50_015.0), pit_sv_flags=31)
    state = told(5, 90.0, customer_id=ADA, driver="Ada Falk", stint=3, stint_lap=9, on_pit_road=True, tally=entered)
    team.states.append(replace(state, fuel_level_l=30.0, fuel_at_lap_start_l=31.5, lap_start_s=40.0))
    collector.step()
    after = laps_of(outbox)
    assert [(lap["LapCompleted"], lap["Stint"], lap["StintLap"]) for lap in after] == [(6, 4, 1), (7, 4, 2)]
    assert (after[0]["FuelAdded"], after[0]["FuelUsed"]) == (50.0, pytest.approx(31.5 + 50.0 - 79.0))
    assert (after[0]["PitEnterTime"], after[0]["StopMovingTime"], after[0]["PitSvFlags"]) == (60.0, 75.0, 31)
    assert after[0]["LapTimeMeasured"] == pytest.approx(before[0]["SessionTime"] - 40.0)  # type: ignore[operator]
    for sink in (FIRESTORE, PUBSUB):
        again = [parcel.parcel for parcel in outbox.pending(sink, 1000) if parcel.parcel.kind is ParcelKind.LAP]
        assert [parcel.doc_id for parcel in again] == ["6", "7"]
        assert all(parcel.message is not None and parcel.message.id not in ids for parcel in again)
    (state_document,) = outbox.documents(outbox.sessions()[0].id, ParcelKind.STATE)
    assert (state_document["Stint"], state_document["StintLap"]) == (4, 2)


def test_a_lap_time_that_comes_after_the_session_change_completes_the_lap_of_the_old_one(outbox: Outbox) -> None:
    car = Car().run(1.0).lap(then_s=1.0).lap(20.0, lap_time=None)
    first = list(car.frames)
    car.frames.clear()
    car.set(session_num=3, session_unique_id=4, session_time=0.5).out_of_the_car(4.0)
    second = list(car.frames)
    car.frames.clear()
    third = car.out_of_the_car(2.0).frames
    infos: list[SessionInfo] = [with_race(session_info(), 2, None)] * 2 + [with_race(session_info(), 2, 61.25)]
    source = Told(first, second, third, info=infos[0])
    collector = Collector(source, Tracker(), recording_directly(outbox)[0], threading.Event())
    collector.step()
    for info in infos:
        source.info = info
        collector.step()
    old = next(index for index, session in enumerate(outbox.sessions()) if session.collection.endswith("#2"))
    assert [(lap["LapCompleted"], lap["LapLastLapTime"]) for lap in laps_of(outbox, old)] == [(1, 60.0), (2, 61.25)]


@pytest.mark.parametrize("in_one_piece", [True, False])
def test_a_lap_told_at_the_session_change_has_the_moment_of_its_line(outbox: Outbox, *, in_one_piece: bool) -> None:
    """The next session's clock begins near 0: counted by it the lap would lie hours beside."""
    car = Car(session_time=5_000.0).run(1.0).lap(then_s=1.0).lap(20.0, lap_time=None)
    old = list(car.frames)
    car.frames.clear()
    new = car.set(session_num=3, session_unique_id=4, session_time=0.5).out_of_the_car(4.0).frames
    source = Told([*old, *new], [], info=session_info()) if in_one_piece else Told(old, new, [], info=session_info())
    newest = {piece[-1].session_num: piece[-1] for piece in (old, new)}

    def utc_at(session_time_s: float) -> datetime:
        """As every source counts: from the newest frame."""
        last = newest[3] if source._pieces == [[]] or in_one_piece else newest[2]
        return NOW + timedelta(seconds=(last.tick - old[0].tick) / 60 + session_time_s - last.session_time)

    source.utc_at = utc_at  # type: ignore[method-assign]
    Collector(source, Tracker(), recording_directly(outbox)[0], threading.Event()).run()
    index = next(n for n, session in enumerate(outbox.sessions()) if session.collection.endswith("#2"))
    told = laps_of(outbox, index)
    assert [lap["LapCompleted"] for lap in told] == [1, 2]
    for lap in told:
        utc, at_s = lap["Utc"], lap["SessionTime"]
        assert isinstance(utc, datetime)
        assert isinstance(at_s, float)
        assert (utc - NOW).total_seconds() == pytest.approx(at_s - old[0].session_time, abs=0.03)
