"""What the team tells: states by the mailbox, the silent driver, a newer client; and what the board makes of it."""

from __future__ import annotations

import logging
import math
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from e2e.client import until
from race.driving import ADA, BEN, session_info
from teamtactics import __version__
from teamtactics.contract.documents import lap_document, state_document
from teamtactics.contract.member import member_document, member_id
from teamtactics.model.mirror import Mirrored
from teamtactics.model.parcel import FIRESTORE, PUBSUB
from teamtactics.model.records import LapRecord, LapTally, RunState, SessionClock
from teamtactics.model.retold import Told
from teamtactics.model.status import CHECK_OK, Member, SinkState, SinkStatus, WatchStatus
from teamtactics.service.board import heard
from teamtactics.settings.load import load_settings
from teamtactics.settings.settings import CloudTarget, Settings
from teamtactics.team.team import Team


def no_stream(_settings: Settings, _collection: str, _since: int | None) -> Any:
    raise AssertionError("nothing is watched in these tests")


class Clock:
    now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def team(tmp_path: Path, clock: Clock) -> Team:
    ini = tmp_path / "teamtactics.ini"
    ini.write_text("[global]\nstateInterval = 20\n")
    settings = load_settings(ini, tmp_path, {"APPDATA": str(tmp_path)}, "linux")
    return Team(settings, no_stream, clock)


def told(lap: int, at_s: float) -> RunState:
    return RunState(at_s, BEN, "Ben Ruiz", 2, 1, lap, None, at_s - 5.0, 40.0, 40.5, False, LapTally())


def document(at_s: float = 100.0, **changes: Any) -> dict[str, Any]:
    return {**state_document(told(4, at_s), session_info(), 2), **changes}


def connected(team: Team, since_s: float) -> None:
    """Let the watch be connected since then, as ``board`` and ``look`` see it."""
    team._watch.status = WatchStatus("c", True, since_s)


def test_states_of_the_followed_session_come_in_order_and_others_never(team: Team) -> None:
    team.follow("c")
    team.hear("other", document(101.0))
    team.hear("c", document(102.0))
    team.hear("c", document(103.0))
    assert [state.session_time_s for state in team.take()] == [102.0, 103.0]
    assert not team.take()


def lap(number: int, version: int, **changes: Any) -> Mirrored:
    record = LapRecord(
        number, 90.0, 90.0, BEN, "Ben Ruiz", 1, number, 40.0, 2.0, False, 30.0, 0, 90.0 * number, None, 4, 0, 0.0,
        LapTally(),
    )  # fmt: skip
    return Mirrored(str(number), {**lap_document(record), **changes}, version, version)


def taken(team: Team) -> dict[int, Told]:
    found: dict[int, Told] = {}
    while laps := team.laps():
        found |= laps
    return found


def test_laps_are_told_as_they_stand_and_a_session_that_goes_on_is_told_all_of_them_again(team: Team) -> None:
    """The simulator was away: the tracker goes on from its checkpoint, and knows nothing of what others told."""
    team.follow("c")
    for number in range(1, 21):
        team._tell("c", lap(number, 1))
    team._tell("other", lap(21, 1))
    assert [len(team.laps()) for _ in range(4)] == [8, 8, 4, 0], "a few at once, between two ticks"
    team._tell("c", lap(3, 2, FuelUsed=3.0))
    news = taken(team)
    assert list(news) == [3]
    assert news[3].shown is not None and news[3].shown.fuel_used_l == 3.0
    team.follow("c")
    assert sorted(taken(team)) == list(range(1, 21))
    team.follow("next")
    assert taken(team) == {}


@pytest.mark.parametrize("unusable", [{"SchemaVersion": 2}, {"SessionTime": math.inf}, {"LapCompleted": 4}])
def test_of_a_lap_that_cannot_be_used_nothing_is_told(team: Team, unusable: dict[str, Any]) -> None:
    team.follow("c")
    team._tell("c", lap(3, 1))
    team._tell("c", lap(3, 2, **unusable))
    assert all(told.shown is None and not told.parts for told in taken(team).values())


def test_a_state_that_makes_no_sense_is_said_once_and_left_alone(team: Team, caplog: pytest.LogCaptureFixture) -> None:
    team.follow("c")
    with caplog.at_level(logging.WARNING):
        for at_s in (1.0, 2.0):
            team.hear("c", document(at_s, SchemaVersion=9))
            assert not team.take()
    assert [record.getMessage() for record in caplog.records] == [
        "a document that somebody else wrote for the team cannot be used: it is of schema 9, this client knows 1:"
        " a newer teamtactics has written it, please update this one"
    ]


def test_what_the_own_simulators_session_has_not_come_to_is_not_taken(
    team: Team, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    """Nor what is of another session. A simulator that was read a second ago cannot tell; said once for each kind."""
    info = session_info()
    here = SessionClock((info.session_id, info.subsession_id, 2), 100.0)
    team._own_clock = lambda: here
    team.follow("c")

    def taken(*documents: dict[str, Any]) -> list[float]:
        for one in documents:
            team.hear("c", one)
        return [state.session_time_s for state in team.take()]

    assert (team.clock, taken(document(5_000.0))) == (None, [5_000.0])
    team.look(None)
    assert team.clock == here
    with caplog.at_level(logging.WARNING):
        assert taken(document(159.0), document(161.0), document(162.0), document(99.0, SessionNum=1)) == [159.0]
        assert taken(document(math.nan), document(1e9), document(163.0)) == []
    assert len(caplog.records) == 3
    clock.now_s += 1.0
    assert (team.clock, taken(document(6_000.0))) == (None, [6_000.0])


def test_a_newer_client_is_noticed_by_numbers_and_not_by_text(team: Team) -> None:
    team.follow("c")
    for version, noticed in (
        (__version__, None),
        ("0.9", None),
        ("99.9", "99.9"),
        ("99.10", "99.10"),
        ("99.2", "99.10"),
    ):
        team.hear("c", document(float(len(version) + hash(version) % 1000), ClientVersion=version))
        team.take()
        assert team.newer_client == noticed


def test_a_silent_driver_is_told_after_a_minute_in_which_the_watch_was_connected(
    team: Team, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    team.follow("c")
    team.look((BEN, "Ben Ruiz", 500.0))
    assert team.silent_driver is None, "who cannot hear cannot say that nobody speaks"
    connected(team, clock.now_s - 59.0)
    team.look((BEN, "Ben Ruiz", 500.0))
    assert team.silent_driver is None
    connected(team, clock.now_s - 600.0)
    team.look((BEN, "Ben Ruiz", 59.0))
    assert team.silent_driver is None
    with caplog.at_level(logging.INFO):
        team.look((BEN, "Ben Ruiz", 60.0))
        team.look((BEN, "Ben Ruiz", 61.0))
        assert team.silent_driver == "Ben Ruiz"
        team.look(None)
    assert team.silent_driver is None
    assert len(caplog.records) == 2


def present(customer_id: int, at_s: float) -> Mirrored:
    member = Member(customer_id, "somebody", __version__, False, 0, CHECK_OK, None, None)
    return Mirrored(member_id(customer_id), member_document(member), round(at_s * 1e9), round(at_s * 1e9))


def test_whoever_is_not_on_the_roster_is_told_within_seconds(team: Team, clock: Clock) -> None:
    """Our own word is on it: so would be his, if he had a client."""
    team.follow("c")
    connected(team, clock.now_s)
    team._followed._mirror[1].is_caught_up = True
    team._tell("c", present(ADA, 5_000.0))
    team.look((BEN, "Ben Ruiz", 0.9))
    assert team.silent_driver is None
    team.look((BEN, "Ben Ruiz", 1.0))
    assert team.silent_driver == "Ben Ruiz"
    team._tell("c", present(BEN, 5_004.0))
    team.look(None)
    assert team.silent_driver is None


def test_whoever_has_got_out_is_not_told_of_because_the_text_still_names_him(team: Team, clock: Clock) -> None:
    """Ben, without a client, gets out, and Ada, who has one, in: for up to 5 s the text says that he drives."""
    team.follow("c")
    connected(team, clock.now_s)
    team._followed._mirror[1].is_caught_up = True
    team._tell("c", present(ADA, 5_000.0))
    for silent_s in (0.5, 30.0):
        team.look((BEN, "Ben Ruiz", silent_s))
    assert team.silent_driver == "Ben Ruiz"
    team.look(None)
    for silent_s in (0.5, 3.0, 5.5):
        team.look((BEN, "Ben Ruiz", silent_s))
        assert team.silent_driver is None
    for silent_s in (0.5, 30.0):
        team.look((ADA, "Ada Falk", silent_s))
        assert team.silent_driver is None
    team.look((BEN, "Ben Ruiz", 1.0))
    assert team.silent_driver == "Ben Ruiz", "he is in it again"
    team.look(None)
    team.look((BEN, "Ben Ruiz", 6.0))
    assert team.silent_driver == "Ben Ruiz", "it was nobody else"


@pytest.mark.parametrize("why", ["he is on it", "he has told", "we are not on it", "not all of it is known"])
def test_of_whom_the_roster_may_not_know_yet_nothing_is_said_for_a_minute(team: Team, clock: Clock, why: str) -> None:
    team.follow("c")
    connected(team, clock.now_s)
    team._followed._mirror[1].is_caught_up = why != "not all of it is known"
    if why != "we are not on it":
        team._tell("c", present(ADA, 5_000.0))
    if why == "he is on it":
        team._tell("c", present(BEN, 4_900.0))
    if why == "he has told":
        team.hear("c", document())
        team.take()
    team.look((BEN, "Ben Ruiz", 59.0))
    assert team.silent_driver is None
    connected(team, clock.now_s - 60.0)
    team.look((BEN, "Ben Ruiz", 60.0))
    assert team.silent_driver == "Ben Ruiz"


def test_with_rare_states_the_patience_is_longer(team: Team, clock: Clock) -> None:
    team._settings = replace(team._settings, state_interval_s=300.0)
    team.follow("c")
    connected(team, clock.now_s - 1000.0)
    team.look((BEN, "Ben Ruiz", 329.0))
    assert team.silent_driver is None
    team.look((BEN, "Ben Ruiz", 330.0))
    assert team.silent_driver == "Ben Ruiz"


@pytest.mark.parametrize(
    ("sink", "watch", "state"),
    [
        (SinkState.UNKNOWN, WatchStatus("c", True, 1.0), SinkState.OK),
        (SinkState.UNKNOWN, WatchStatus("c", False, 1.0), SinkState.UNKNOWN),
        (SinkState.UNKNOWN, WatchStatus("c", False, 1.0, "gone"), SinkState.UNREACHABLE),
        (SinkState.UNKNOWN, WatchStatus(None, False, 1.0, "gone"), SinkState.UNKNOWN),
        (SinkState.UNREACHABLE, WatchStatus("c", True, 1.0), SinkState.UNREACHABLE),
        (SinkState.REFUSED, WatchStatus("c", True, 1.0), SinkState.REFUSED),
        (SinkState.OK, WatchStatus("c", False, 1.0, "gone"), SinkState.UNREACHABLE),
    ],
)
def test_firestore_of_a_follower_is_known_by_the_watch(sink: SinkState, watch: WatchStatus, state: SinkState) -> None:
    assert heard(SinkStatus(FIRESTORE, sink), watch).state is state
    assert heard(SinkStatus(PUBSUB, sink), watch).state is sink


def test_what_a_delivery_told_after_the_watch_broke_is_newer() -> None:
    sink, watch = SinkStatus(FIRESTORE, SinkState.OK, confirmed_at_s=5.0), WatchStatus("c", False, 4.0, "gone")
    assert heard(sink, watch).state is SinkState.OK


class SlowToLoad:
    """Streams that take their time to be opened, as the first one does while the Google libraries are loaded."""

    def __init__(self) -> None:
        self.may_open = threading.Event()
        self.opening: list[str] = []
        self.closed: list[Stream] = []

    def __call__(self, _settings: Settings, collection: str, _since: int | None) -> Stream:
        self.opening.append(collection)
        self.may_open.wait(10)
        return Stream(self.closed)


class Stream:
    def __init__(self, closed: list[Stream]) -> None:
        self._closed = closed
        self._is_closed = threading.Event()

    def answers(self) -> Iterator[None]:
        yield None
        self._is_closed.wait(10)

    def close(self) -> None:
        self._closed.append(self)
        self._is_closed.set()


def test_a_watch_that_a_reload_finds_still_loading_is_alive_afterwards(team: Team) -> None:
    """Firestore is configured no longer, and again, before the first stream is open."""
    streams = SlowToLoad()
    cloud = CloudTarget("p", firestore_emulator="here:1")
    with_firestore, without = replace(team._settings, cloud=cloud), team._settings
    team = Team(with_firestore, streams)
    team.start()
    team.follow("c")
    until(lambda: streams.opening == ["c"], 5.0, lambda: "nothing is opened")
    team.use(without)
    team.use(with_firestore)
    until(lambda: streams.opening == ["c", "c"], 5.0, lambda: "the new one opens nothing")
    streams.may_open.set()
    until(lambda: team.watch.is_connected, 5.0, lambda: f"{team.watch}")
    until(lambda: len(streams.closed) == 1, 5.0, lambda: "the former one goes on")
    assert [thread.name for thread in threading.enumerate()].count("team-watch") == 1
    assert team.worker.is_alive
    assert team.close()
