"""Collector, recorder and workers when things go wrong: full disks, damaged files, lost simulators, dead threads."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path

import pytest

from race.driving import Car, session_info
from support.own_record import own_laps
from support.thorough import some_of
from teamtactics.contract.told import lap_of
from teamtactics.delivery.owed.debts import Debts
from teamtactics.errors import LayoutChanged, OutboxFull, SimulatorGone
from teamtactics.model.events import Event, LapFinished
from teamtactics.model.frame import Frame
from teamtactics.model.mirror import Mirrored
from teamtactics.model.parcel import FIRESTORE, Document, Parcel, ParcelKind
from teamtactics.model.session import SessionInfo
from teamtactics.race.tracker import Tracker
from teamtactics.recording.collector import Change, Collector
from teamtactics.recording.writer import recording_directly
from teamtactics.reports.known_laps import known_laps
from teamtactics.store.store import Outbox

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)


class Told:
    """A source that tells prepared frames in pieces; a None among them is a lost connection."""

    def __init__(self, *pieces: Sequence[Frame] | None, info: SessionInfo | None = None) -> None:
        self.name, self.key = "told", "live"
        self.info: SessionInfo | None = info or session_info()
        self.text: bytes | None = None
        self.missed_ticks = 0
        self.missing_variables: Sequence[str] = ()
        self.derived_variables: Sequence[str] = ()
        self._pieces = list(pieces)

    @property
    def has_ended(self) -> bool:
        return not self._pieces

    def connect(self) -> bool:
        return True

    def read(self, timeout_s: float) -> Sequence[Frame]:  # noqa: ARG002
        piece = self._pieces.pop(0)
        if piece is None:
            raise SimulatorGone("told so")
        return piece

    def utc_at(self, session_time_s: float) -> datetime:
        return NOW + timedelta(seconds=session_time_s)

    def disconnect(self) -> None:
        pass


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    with Outbox.open(tmp_path / "o.sqlite3", lambda: NOW) as opened:
        yield opened


def collect(outbox: Outbox, source: Told, expected: int | None = None) -> list[Event]:
    events: list[Event] = []
    journal, _ = recording_directly(outbox)
    Collector(source, Tracker(), journal, threading.Event(), events.append, expected).run()
    return events


def test_why_nothing_can_be_read_is_told_until_it_can(outbox: Outbox) -> None:
    class Odd(Told):
        tries = 0

        def connect(self) -> bool:
            self.tries += 1
            if self.tries == 1:
                raise LayoutChanged("it does not give FuelLevel")
            return True

    stop = threading.Event()
    stop.set()
    collector = Collector(Odd([]), Tracker(), recording_directly(outbox)[0], stop)
    collector.step()
    assert (collector.refusal, collector.is_connected) == ("it does not give FuelLevel", False)
    collector.step()
    assert (collector.refusal, collector.is_connected) == (None, True)


def laps_of(outbox: Outbox) -> list[object]:
    return [lap["LapCompleted"] for lap in known_laps(outbox, outbox.sessions()[0])]


def laps(outbox: Outbox) -> list[Document]:
    return known_laps(outbox, outbox.sessions()[0])


def three_laps() -> list[Frame]:
    return Car().run(1.0).lap(then_s=1.0).lap(then_s=1.0).lap(then_s=8.0).frames


def test_what_a_full_disk_refuses_is_written_when_there_is_room_again(
    outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, calls = outbox.append, []

    def full_for_a_while(*arguments: object, **named: object) -> object:
        calls.append(1)
        if 2 < len(calls) < 6:
            raise OutboxFull("the disk is full")
        return real(*arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(outbox, "append", full_for_a_while)
    frames = three_laps()
    collect(outbox, Told(*(frames[at : at + 60] for at in range(0, len(frames), 60))))
    assert laps_of(outbox) == [1, 2, 3]
    assert len(calls) > 6


def test_a_store_that_turns_out_damaged_is_replaced_and_the_race_goes_on(outbox: Outbox, tmp_path: Path) -> None:
    frames = three_laps()
    middle = len(frames) // 2
    source = Told(frames[:middle], frames[middle:])
    journal, _ = recording_directly(outbox)
    collector = Collector(source, Tracker(), journal, threading.Event())
    collector.step()
    collector.step()
    path = tmp_path / "o.sqlite3"
    size = path.stat().st_size
    path.write_bytes(b"\xff" * size)
    collector.step()
    collector.close()
    assert outbox.damaged_moved_to is not None
    assert 3 in laps_of(outbox)


def test_a_simulator_that_is_lost_and_comes_back_goes_on_in_the_same_session(outbox: Outbox) -> None:
    frames = three_laps()
    cut = next(index for index, frame in enumerate(frames) if frame.lap_completed == 2) + 300
    events = collect(outbox, Told(frames[:cut], None, frames[cut:]))
    assert [event.record.lap_completed for event in events if isinstance(event, LapFinished)] == [1, 2, 3]
    assert all(event.record.fuel_used_l is not None for event in events[-1:] if isinstance(event, LapFinished))
    assert len(outbox.sessions()) == 1


@pytest.mark.parametrize("behind_s", [0.0, 0.5, 0.9])
def test_a_clock_that_is_some_tenths_behind_after_a_reconnect_costs_no_stint(outbox: Outbox, behind_s: float) -> None:
    car = Car().run(1.0).lap(then_s=1.0).drive_into_pits().stand_in_stall().leave_pits().lap(then_s=1.0)
    frames = car.lap(then_s=8.0).lap(then_s=8.0).frames
    cut = next(index for index, frame in enumerate(frames) if frame.lap_completed == 2) + 300
    behind = [frame._replace(session_time=frame.session_time - behind_s) for frame in frames[cut:]]
    collect(outbox, Told(frames[:cut], None, behind))
    stints = [(lap["LapCompleted"], lap["Stint"], lap["StintLap"]) for lap in laps(outbox)]
    assert stints == [(1, 1, 1), (2, 2, 1), (3, 2, 2), (4, 2, 3)]


@pytest.mark.slow
def test_other_settings_before_every_tick_lose_none_of_them_and_change_no_lap(tmp_path: Path) -> None:
    frames = three_laps()
    found = []
    for name, is_changed in (("as it is", False), ("changed", True)):
        with Outbox.open(tmp_path / name, lambda: NOW) as outbox:
            source = Told(*([frame] for frame in frames))
            collector = Collector(source, Tracker(), recording_directly(outbox)[0], threading.Event())
            for number in range(len(frames) + 1):
                if is_changed:
                    collector.change(Change(None, 30.0, 101 + number % 2))
                collector.step()
            collector.close()
            assert collector.frames == len(frames)
            found.append(known_laps(outbox, outbox.sessions()[0]))
    assert found[0] == found[1]
    assert len(found[0]) == 3


def test_another_source_takes_over_where_the_former_was_left(outbox: Outbox) -> None:
    frames = three_laps()
    cut = next(index for index, frame in enumerate(frames) if frame.lap_completed == 2) + 300
    first, second = Told(frames[:cut], frames[cut : cut + 1]), Told(frames[cut:])
    collector = Collector(first, Tracker(), recording_directly(outbox)[0], threading.Event())
    collector.step()
    collector.step()
    collector.change(Change(second, 30.0, None))
    while not second.has_ended:
        collector.step()
    collector.close()
    assert laps_of(outbox) == [1, 2, 3]
    assert len(outbox.sessions()) == 1


def settle(outbox: Outbox) -> list[Parcel]:
    """Find out what a collection that has got the laps lacks when the session is over; return what that is of lap 2."""
    debts = Debts(outbox, lambda: None, lambda _: False, lambda _: None)
    collection = outbox.sessions()[0].collection
    there = [one for one in outbox.pending(FIRESTORE, 99) if one.parcel.kind is ParcelKind.LAP]
    told = [Mirrored(one.parcel.doc_id or "", one.parcel.document or {}, one.seq, one.seq) for one in there]
    outbox.keep_mirror(collection, told)
    before = {one.seq for one in outbox.pending(FIRESTORE, 99)}
    debts.settle(collection)
    new = [one.parcel for one in outbox.pending(FIRESTORE, 99) if one.seq not in before]
    return [parcel for parcel in new if lap_of(parcel.doc_id or "") == 2]


def killed_behind_the_line(outbox: Outbox) -> Car:
    """Complete a lap, and another one of which the official time is not there yet when the client dies."""
    car = Car().run(1.0).lap(then_s=1.0).lap(lap_time=None).run(0.1)
    frames = list(car.frames)
    collector = Collector(Told(frames, [frames[-1]]), Tracker(), recording_directly(outbox)[0], threading.Event())
    collector.step()
    collector.step()
    car.frames.clear()
    return car


def test_a_lap_that_waited_for_its_time_when_the_program_died_is_owed_and_completed_later(outbox: Outbox) -> None:
    """The checkpoint alone has it; the next program writes what is known, and its time is folded in when it comes."""
    car = killed_behind_the_line(outbox)
    assert settle(outbox) == []
    journal, writer = recording_directly(outbox)
    writer.recorder.take_up_left()
    (lap,) = settle(outbox)
    assert (lap.key, lap.document and lap.document["LapLastLapTime"]) == ("lap/2", None)
    assert lap.message is not None
    assert [lap["LapLastLapTime"] for lap in laps(outbox)] == [60.0, None]
    source = Told(car.set(lap_last_lap_time=61.5, lap_current_lap_time=1.0).run(8.0).frames, [])
    Collector(source, Tracker(), journal, threading.Event()).run()
    assert [lap["LapLastLapTime"] for lap in laps(outbox)] == [60.0, 61.5]
    (part,) = settle(outbox)
    assert (part.kind, part.document and part.document["LapLastLapTime"]) == (ParcelKind.PART, 61.5)


def test_a_lap_that_was_written_without_its_time_and_gets_none_is_not_told_twice(outbox: Outbox) -> None:
    car = killed_behind_the_line(outbox)
    journal, writer = recording_directly(outbox)
    writer.recorder.take_up_left()
    assert [parcel.key for parcel in settle(outbox)] == ["lap/2"]
    told = [message.id for message in outbox.messages(1) if message.type == "lap"]
    Collector(Told(car.run(8.0).frames, []), Tracker(), journal, threading.Event()).run()
    assert settle(outbox) == []
    assert [message.id for message in outbox.messages(1) if message.type == "lap"] == told


def test_a_lap_that_waited_counts_when_another_session_begins_without_it(outbox: Outbox) -> None:
    """The simulator died right behind the line and comes back in another session."""
    car = Car().run(1.0).lap(then_s=1.0).lap(lap_time=None).run(0.1)
    other = Car(session_time=5.0, session_unique_id=9, lap=0, lap_completed=-1).run(1.0)
    source = Told(car.frames, None, other.frames)
    collector = Collector(source, Tracker(), recording_directly(outbox)[0], threading.Event())
    collector.step()
    collector.step()
    collector.step()
    source.info = replace(session_info(), track_name="spa", track_id=7, subsession_id=8)
    while not source.has_ended:
        collector.step()
    former = outbox.sessions()[-1]
    assert len(outbox.sessions()) == 2
    assert [(lap["LapCompleted"], lap["LapLastLapTime"]) for lap in known_laps(outbox, former)] == [
        (1, 60.0),
        (2, None),
    ]


@pytest.mark.parametrize("texts", [(None, 0.9, None), (0.9, None), (None, 0.9, 0.1)])
def test_where_the_stall_lies_is_taken_from_the_first_text_that_says_it(
    outbox: Outbox, texts: Sequence[float | None]
) -> None:
    car = Car()
    source = Told(*(car.run(1.0).frames[-60:] for _ in texts))
    collector = Collector(source, Tracker(), recording_directly(outbox)[0], threading.Event())
    collector.step()
    for stall_pct in texts:
        source.info = session_info(stall_pct=stall_pct)
        collector.step()
    assert outbox.sessions()[0].facts["DriverPitTrkPct"] == 0.9
    assert outbox.sessions()[0].is_stall_first
    assert collector.tracker.memory is not None
    assert collector.tracker.memory.stall_pct == 0.9


def test_an_iracing_id_that_is_not_the_simulators_is_said_once_and_the_simulators_counts(
    outbox: Outbox, caplog: pytest.LogCaptureFixture
) -> None:
    frames = three_laps()
    events = collect(outbox, Told(frames[:900], frames[900:]), expected=999)
    said = [record for record in caplog.records if "iracingId in teamtactics.ini is 999" in record.getMessage()]
    assert len(said) == 1
    assert {event.record.customer_id for event in events if isinstance(event, LapFinished)} == {101}


def single() -> SessionInfo:
    return session_info(team_racing=False, session_id=0, subsession_id=0)


@pytest.mark.parametrize("off_s", [-10.0, -7200.0, 7200.0, 700.0])
@pytest.mark.parametrize("is_reconnect", [False, True])
def test_a_pc_clock_that_is_set_removes_nothing_and_begins_nothing_anew(
    outbox: Outbox, off_s: float, *, is_reconnect: bool
) -> None:
    frames = three_laps()
    cut = next(index for index, frame in enumerate(frames) if frame.lap_completed == 2) + 300
    first, second = Told(frames[:cut], None, info=single()), Told(frames[cut:], [], info=single())
    second.utc_at = lambda at_s: NOW + timedelta(seconds=at_s + off_s)  # type: ignore[method-assign]
    collector = Collector(first, Tracker(), recording_directly(outbox)[0], threading.Event())
    for _ in range(3):
        collector.step()
    if is_reconnect:
        collector.change(Change(second, 30.0, None))
    else:
        collector = Collector(second, Tracker(), recording_directly(outbox)[0], threading.Event())
    while not second.has_ended:
        collector.step()
    collector.close()
    assert len(outbox.sessions()) == 1
    assert [(lap["LapCompleted"], lap["StintLap"]) for lap in laps(outbox)] == [(1, 1), (2, 2), (3, 3)]
    assert [one.parcel.kind for one in outbox.pending(FIRESTORE, 99)].count(ParcelKind.PURGE) == 1


@pytest.mark.parametrize(
    ("away_s", "before_line_s"),
    some_of(list(product((0.2, 0.5, 1.0, 1.9, 4.0), (0.02, 0.3, 0.6, 1.0, 1.5, 3.0))), 6),
)
def test_a_collector_that_dies_beside_the_line_leaves_nulls_and_nothing_that_is_off(
    tmp_path: Path, before_line_s: float, away_s: float
) -> None:
    """It resumes behind its last checkpoint as after a crash; its own memory, half advanced, is worth nothing."""
    frames = [frame._replace(fuel_level=50.0 - 0.03 * (frame.session_time - 100.0)) for frame in three_laps()]
    line = next(index for index, frame in enumerate(frames) if frame.lap_completed == 2)
    dies = line - round(before_line_s * 60)
    truth, found = [], []
    for into, is_dying in ((truth, False), (found, True)):
        with Outbox.open(tmp_path / f"{is_dying}", lambda: NOW) as outbox:
            pieces = [frames[:dies], frames[dies : dies + 1], frames[dies + 1 + round(away_s * 60) * is_dying :], []]
            collector = Collector(Told(*pieces), Tracker(), recording_directly(outbox)[0], threading.Event())
            if is_dying:
                advance = collector.tracker.advance

                def die(frame: Frame, info: SessionInfo | None) -> Sequence[Event]:
                    events = advance(frame, info)  # noqa: B023 — used within its own turn
                    if frame is frames[dies]:
                        raise RuntimeError("struck by a test")
                    return events

                collector.tracker.advance = die  # type: ignore[method-assign]
                with pytest.raises(RuntimeError):
                    collector.run()
            collector.run()
            into.extend(own_laps(outbox))
    assert [lap["LapCompleted"] for lap in found] == [lap["LapCompleted"] for lap in truth] == [1, 2, 3]
    for was, told in zip(truth, found, strict=True):
        for name in ("LapTimeMeasured", "FuelUsed", "FuelLevel", "FuelAdded", "Stint", "StintLap"):
            assert told[name] in (was[name], None), (was["LapCompleted"], name)
    assert found[0] == truth[0]
