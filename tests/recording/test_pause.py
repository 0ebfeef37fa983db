"""A pause is a gap: nothing of it is recorded, the race goes on correctly behind it, and it is never forgotten."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from race.driving import Car
from recording.test_collecting import NOW, Told, laps_of
from teamtactics.model.frame import Frame
from teamtactics.race.tracker import Tracker
from teamtactics.recording.collector import Collector
from teamtactics.recording.writer import recording_directly
from teamtactics.reports.known_laps import known_laps
from teamtactics.store.store import Outbox


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    with Outbox.open(tmp_path / "o.sqlite3", lambda: NOW) as opened:
        yield opened


class Client:
    """A collector that is fed piece by piece."""

    def __init__(self, outbox: Outbox) -> None:
        self.source = Told(None)
        self.collector = Collector(self.source, Tracker(), recording_directly(outbox)[0], threading.Event())
        self.collector.step()

    def see(self, frames: list[Frame]) -> None:
        self.source._pieces = [frames[at : at + 60] for at in range(0, len(frames), 60)]
        while self.source._pieces:
            self.collector.step()
        frames.clear()


def test_laps_of_a_pause_are_not_recorded_and_the_ones_behind_it_are_right(outbox: Outbox) -> None:
    car, client = Car().run(1.0), Client(outbox)
    client.see(car.lap(then_s=1.0).frames)
    client.collector.pause.ask()
    client.see(car.lap(then_s=1.0, lap_time=61.0).lap(then_s=20.0, lap_time=62.0).frames)
    assert laps_of(outbox) == [1]
    client.collector.pause.end()
    client.see(car.run(5.0).frames)
    client.see(car.lap(then_s=1.0, lap_time=86.0).lap(then_s=8.0, lap_time=64.0).frames)
    client.collector.close()
    laps = known_laps(outbox, outbox.sessions()[0])
    assert [lap["LapCompleted"] for lap in laps] == [1, 2, 4, 5], "of lap 2 its begin was seen"
    assert [lap["LapLastLapTime"] for lap in laps] == [60.0, None, 86.0, 64.0]
    behind, after = laps[2], laps[3]
    assert behind["Gap"] == pytest.approx(20.0, abs=1.0), "the lap that the pause cut says so"
    assert not after["Gap"]
    assert after["FuelUsed"] == 0.0, "the gauge did not move: nothing of the pause is counted"
    assert len(outbox.sessions()) == 1


def test_nothing_at_all_is_written_during_a_pause(outbox: Outbox) -> None:
    car, client = Car().run(1.0), Client(outbox)
    client.see(car.lap(then_s=1.0).frames)
    client.collector.pause.ask()
    client.see(car.run(0.1).frames)
    before = outbox.counts()
    client.see(car.lap(then_s=1.0).drive_into_pits().stand_in_stall().leave_pits().frames)
    assert outbox.counts() == before
    assert client.collector.car is None, "the icon shows no stint"


def test_the_next_session_ends_the_pause(outbox: Outbox) -> None:
    car, client = Car(session_num=1, session_unique_id=2).run(1.0), Client(outbox)
    client.see(car.lap(then_s=1.0).frames)
    client.collector.pause.ask()
    client.see(car.lap(then_s=1.0).frames)
    race = Car(session_num=2, session_unique_id=3, session_time=5.0, tick=90_000).run(1.0)
    client.see(race.lap(then_s=1.0).lap(then_s=8.0).frames)
    client.collector.close()
    assert not client.collector.pause.is_asked
    by_session = {one.collection[-2:]: known_laps(outbox, one) for one in outbox.sessions()}
    assert {name: [lap["LapCompleted"] for lap in laps] for name, laps in by_session.items()} == {
        "#1": [1],
        "#2": [1, 2],
    }


def test_a_pause_asked_for_without_a_session_ends_with_the_first_one(outbox: Outbox) -> None:
    client = Client(outbox)
    client.collector.pause.ask()
    client.see([])
    client.see(Car().run(1.0).lap(then_s=1.0).lap(then_s=8.0).frames)
    client.collector.close()
    assert laps_of(outbox) == [1, 2]


def test_a_pause_survives_that_the_simulator_is_lost_in_the_same_session(outbox: Outbox) -> None:
    car, client = Car().run(1.0), Client(outbox)
    client.see(car.lap(then_s=1.0).frames)
    client.collector.pause.ask()
    client.see(car.run(1.0).frames)
    client.source._pieces = [None]
    client.collector.step()
    client.collector.step()
    client.see(car.lap(then_s=8.0).frames)
    client.collector.close()
    assert client.collector.pause.is_asked
    assert laps_of(outbox) == [1]


def test_a_pause_ended_before_a_tick_came_changes_nothing(outbox: Outbox) -> None:
    car, client = Car().run(1.0), Client(outbox)
    client.see(car.lap(then_s=1.0).frames)
    client.collector.pause.ask()
    client.collector.pause.end()
    client.see(car.lap(then_s=1.0).lap(then_s=8.0).frames)
    client.collector.close()
    laps = known_laps(outbox, outbox.sessions()[0])
    assert [(lap["LapCompleted"], lap["Gap"]) for lap in laps] == [(1, 0.0), (2, 0.0), (3, 0.0)]
