"""What who gets in may want to put back: in the log once, and on the board for as long as he drives."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from race.driving import Car
from race.test_put_back import ADAS, BENS, BOTH, SAID, told
from recording.test_collecting import Told as Simulator
from reports.sample_races import BEGAN, TEAM
from reports.test_page_team import document
from teamtactics.model.frame import Frame
from teamtactics.model.mirror import Mirrored
from teamtactics.model.parcel import Document
from teamtactics.model.records import RunState
from teamtactics.model.retold import Told
from teamtactics.race.tracker import Tracker
from teamtactics.recording.collector import CAR_EVERY_TICKS, Collector
from teamtactics.recording.writer import recording_directly
from teamtactics.service.app import App
from teamtactics.service.board import Board, Present
from teamtactics.settings.load import load_settings
from teamtactics.tray.notices import Told as Noted
from teamtactics.tray.notices import notices
from tray.statuses import DRIVING, IDLE, PUT_BACK


class TeamMates:
    """A team whose collection holds one state."""

    def __init__(self) -> None:
        self.states: list[RunState] = []

    def follow(self, collection: str | None, run: Document) -> None:  # noqa: ARG002
        self.states.append(told())

    def take(self) -> Sequence[RunState]:
        states, self.states = self.states, []
        return states

    def laps(self) -> Mapping[int, Told]:
        return {}

    def look(self, silent: tuple[int, str, float] | None) -> None:
        """Nobody asks."""


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    ini = tmp_path / "teamtactics.ini"
    ini.write_text(f"[global]\ndataDir = {tmp_path / 'data'}\n", encoding="utf-8")
    made = App(load_settings(ini, tmp_path, {}, sys.platform), Simulator())
    yield made
    made.close()


def pieces(frames: Sequence[Frame]) -> list[Sequence[Frame]]:
    return [frames[at : at + CAR_EVERY_TICKS] for at in range(0, len(frames), CAR_EVERY_TICKS)]


def test_it_reaches_log_board_and_tray(app: App, caplog: pytest.LogCaptureFixture) -> None:
    car = Car(session_time=120.0, in_car=ADAS).run(14.0)
    driven = len(pieces(car.frames))
    car.run(6.0, in_car=BENS).out_of_the_car(3.0)
    frames = pieces(car.frames)
    app.collector = Collector(
        Simulator(*frames), Tracker(), recording_directly(app.outbox)[0], threading.Event(), team=TeamMates()
    )
    board, noted, said = Board(), Noted(), []
    found = []
    with caplog.at_level(logging.INFO, logger="teamtactics"):
        for _ in range(len(frames) + 1):
            app.collector.step()
            status = board.look(app, ())
            noted, new = notices(noted, status)
            said += [notice.text for notice in new]
            found.append(() if status.put_back is None else status.put_back.settings)
    assert found[driven] == BOTH
    assert {*found} == {(), BOTH}, "nothing before, and nothing when it is put back"
    assert found[-1] == ()
    assert said == ["Brake bias 54.5, yours 52.0; traction control 4, yours 6."]
    assert caplog.messages.count(SAID) == 1


def test_the_pages_show_the_present_of_the_session_that_is_followed() -> None:
    live = replace(DRIVING, members=TEAM, put_back=PUT_BACK)
    assert live.collection is not None
    present = Present(lambda: live, lambda: 1000.0)
    assert present.put_back(live.collection) == PUT_BACK
    assert present.put_back("Other@1#2#3") is None
    assert present.members(live.collection, []) == TEAM


def test_the_team_of_a_session_that_is_over_is_read_by_this_pc_s_clock() -> None:
    now_s, at = BEGAN.timestamp() + 60.0, int(BEGAN.timestamp() * 1e9)
    stored = [Mirrored("member 101", document(101, "Ada Falk"), at, at)]
    for status in (IDLE, replace(DRIVING, members=TEAM)):
        (seen,) = Present(lambda now=status: now, lambda: now_s).members("Over@1#2#3", stored)  # type: ignore[misc]
        assert (seen.member.name, seen.seen_s, seen.trouble) == ("Ada Falk", 60.0, None)
