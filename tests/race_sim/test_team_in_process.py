"""A team of trackers, some without a client, some away for a while: what anybody saw is in the record in the end."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import product
from random import Random
from typing import NamedTuple

import pytest

from race_sim import truth
from race_sim.compare import TOLERANCES, differences, outside_s
from race_sim.faults import RATE
from race_sim.named_scripts import ADA, BEN, CLEO, script_named
from race_sim.random_scripts import random_script
from race_sim.timeline import timeline
from support.thorough import IS_THOROUGH, some_of
from teamtactics.contract.documents import SOURCE_DRIVER, SOURCE_TEAMMATE, lap_document
from teamtactics.demo import views
from teamtactics.demo.actions import PutBack, Service, SlowLap, Tow, Untimed
from teamtactics.demo.engine import ticks
from teamtactics.demo.script import Script
from teamtactics.demo.world import Quirk
from teamtactics.model.events import Event, LapSeen, SessionBegan
from teamtactics.model.facts import LapFacts
from teamtactics.model.frame import Frame
from teamtactics.model.parcel import Document, Value
from teamtactics.model.session import SessionInfo
from teamtactics.race.record.record import Record
from teamtactics.race.tracker import Tracker

SEEDS = int(os.environ.get("TEAMTACTICS_RANDOM_RACES", "10" if IS_THOROUGH else "1"))


@dataclass
class Line:
    """
    How one member's client is connected.

    Attributes:
        runs: Whether he has one.

        delay_s: How late what others tell comes in, and goes out.

        simulator_away: From and until when his simulator was, race seconds; then its ticks count anew.

        dead: From and until when it was killed, race seconds; what it saw in the last half minute is lost.
    """

    runs: bool = True
    delay_s: float = 0.3
    started_at_tick: int = 0
    simulator_away: tuple[float, float] | None = None
    dead: tuple[float, float] | None = None


@dataclass
class Client:
    """One member's tracker, and what is on his disk."""

    tracker: Tracker = field(default_factory=Tracker)
    text: str | None = None
    told: list[LapFacts] = field(default_factory=list)
    session_num: int | None = None
    is_dead: bool = False
    is_alone: bool = False


class Shown(NamedTuple):
    """What each member's simulator shows in one tick."""

    tick: int
    infos: Mapping[int, SessionInfo]
    frames: Mapping[int, Frame]


@lru_cache(maxsize=1)
def shown(script: Script) -> Sequence[Shown]:
    """Play *script*; whoever plays it again with other lines sees the same."""
    members = [member.customer_id for member in script.members]
    version, infos = -1, dict[int, SessionInfo]()
    found = []
    for world in ticks(script):
        if world.quirk is Quirk.MISSED:
            continue
        if world.text_version != version:
            version = world.text_version
            infos = {member: views.session_info(world, member) for member in members}
        found.append(Shown(world.tick, infos, {member: views.frame(world, member) for member in members}))
    return found


class Team:
    """
    Every member's tracker behind the member's own view; what it tells travels with each line's delay.

    Attributes:
        facts: All that was told and came to somebody's disk, by session.
    """

    def __init__(self, script: Script, lines: Mapping[int, Line]) -> None:
        self.lines = lines
        self.facts: dict[int, list[LapFacts]] = {}
        self.clients = {member: Client() for member, line in lines.items() if line.runs}
        self.mail: list[tuple[int, int, int, LapFacts]] = []
        self.stall_pct = script.track.stall_m / script.track.length_m
        for now in shown(script):
            self._tick(now)
        for member, client in self.clients.items():
            self._take(member, client, client.tracker.finish(), 0)

    def _tick(self, now: Shown) -> None:
        for letter in [letter for letter in self.mail if letter[0] <= now.tick]:
            self.mail.remove(letter)
            _, member, session_num, facts = letter
            if self.clients[member].session_num == session_num:
                self.clients[member].tracker.learn([facts])
        for member, client in self.clients.items():
            self._look(now, member, client, self.lines[member])

    def _look(self, now: Shown, member: int, client: Client, line: Line) -> None:
        now_s = now.tick / RATE
        if now.tick < line.started_at_tick or (line.dead is not None and line.dead[0] <= now_s < line.dead[1]):
            client.is_dead = client.session_num is not None
            return
        if client.is_dead:
            client.tracker, client.is_dead = Tracker(), False
        frame, info = now.frames[member], now.infos[member]
        if line.simulator_away is not None and line.simulator_away[0] <= now_s:
            if now_s < line.simulator_away[1]:
                if not client.is_alone:
                    client.text, client.is_alone = client.tracker.checkpoint(), True
                    client.tracker.simulator_lost()
                return
            frame = frame._replace(session_tick=now.tick - round(line.simulator_away[1] * RATE) + 1)
        events = client.tracker.advance(frame, info)
        if events and isinstance(events[-1], SessionBegan):
            self._take(member, client, events[:-1], now.tick)
            self._follow(client, events[-1].session_num)
            events = client.tracker.advance(frame, info)
        self._take(member, client, events, now.tick)

    def _follow(self, client: Client, session_num: int) -> None:
        if client.session_num == session_num and client.text is not None:
            client.tracker.resume(client.text, client.told)
            client.tracker.learn(self.facts[session_num])
            return
        client.session_num, client.text, client.told = session_num, None, []
        client.tracker.begin()
        client.tracker.learn(self.facts.setdefault(session_num, []))

    def _take(self, member: int, client: Client, events: object, tick: int) -> None:
        assert isinstance(events, list | tuple), "the tracker returns a sequence"
        for event in events:
            if isinstance(event, LapSeen):
                self._tell(member, client, event.facts, tick)
        if any(self._is_written(event) for event in events):
            client.text = client.tracker.checkpoint()

    def _tell(self, member: int, client: Client, facts: LapFacts, tick: int) -> None:
        num = client.session_num
        assert num is not None, "only a session that is followed is told of"
        client.told.append(facts)
        self.facts[num].append(facts)
        for other, line in self.lines.items():
            if line.runs and other != member:
                due = tick + round((line.delay_s + self.lines[member].delay_s) * RATE)
                self.mail.append((due, other, num, facts))

    @staticmethod
    def _is_written(event: Event) -> bool:
        return not isinstance(event, SessionBegan)

    def laps(self, session_num: int) -> list[Document]:
        """The documents that whoever has all of it writes."""
        record = Record(is_stall_first=self.stall_pct > 0.5)
        record.learn(self.facts[session_num])
        found = (record.lap(lap) for lap in record.laps if record.is_complete(lap))
        return [
            lap_document(folded.record, SOURCE_DRIVER if folded.is_drivers else SOURCE_TEAMMATE)
            for folded in found
            if folded is not None
        ]


def everybody(script: Script, **changes: Line) -> dict[int, Line]:
    named = {"ada": ADA.customer_id, "ben": BEN.customer_id, "cleo": CLEO.customer_id}
    lines = {member.customer_id: Line() for member in script.members}
    lines.update({named[name]: line for name, line in changes.items()})
    return lines


FROM_OUTSIDE = frozenset({"FuelLevel", "FuelUsed", "FuelAdded", "PitSvFlags", *truth.MAXIMA, "Source"})
NEAR = {name: 0.1 for name in TOLERANCES if name.endswith("Time") or name == "LapTimeMeasured"}


def false_fields(true: Mapping[str, Value], got: Document, outside: float = 0.0) -> list[str]:
    """
    Fields of *got* that say something else than the truth; to know less is no lie.

    Args:
        outside: How much older the picture from outside is than believed, or less old, s.
    """
    wrong = []
    for name, value in true.items():
        said = got.get(name)
        if said is None or name in {"Source", "Gap"}:
            continue
        if name in truth.MAXIMA:
            continue
        if isinstance(value, float) and isinstance(said, int | float):
            if name.endswith("TimeOfDay"):
                apart = abs(value - said) % 86_400.0
                is_same = min(apart, 86_400.0 - apart) <= 4.0
            else:
                near = NEAR[name] + outside if name in NEAR else 0.0
                is_same = abs(value - said) <= max(near, TOLERANCES.get(name, 0.0))
        else:
            is_same = said == value
        if not is_same:
            wrong.append(f"lap {true['LapCompleted']} ({got['Source']}): {name} is {said!r}, true is {value!r}")
    return wrong


def put_within_pits(script: Script, session_num: int) -> set[int]:
    """
    Laps in which the car was put from the pit lane or its stall into its stall.

    From outside it comes along the lane, or is out of the world for a while, and stands in its stall as after any stop:
    nobody sees ``LapDist`` and the tank but who sits in it.
    """
    put = [action.lap for action in script.sessions[session_num].actions if isinstance(action, PutBack)]
    return {*put, *(lap + 1 for lap in put)}  # the stall may lie behind the line


def check_without(script: Script, lines: dict[int, Line]) -> Team:
    """Drivers without a client: their laps are known from outside, the others' right in every field."""
    team = Team(script, lines)
    for told in truth.sessions(script):
        got = {lap["LapCompleted"]: lap for lap in team.laps(told.session_num)}
        assert sorted(got, key=str) == sorted((lap["LapCompleted"] for lap in told.laps), key=str)
        secret = put_within_pits(script, told.session_num)
        wrong = [
            line
            for lap in told.laps
            for line in false_fields(lap, got[lap["LapCompleted"]], outside_s(script))
            if not (lap["LapCompleted"] in secret and ": LapTimeMeasured is " in line)
        ]
        assert wrong == []
        for lap in told.laps:
            driver = lap["CustomerID"]
            assert isinstance(driver, int)
            source = "driver" if lines[driver].runs else "teammate"
            assert got[lap["LapCompleted"]]["Source"] == source
    return team


CHANGES = ("changes-before-line", "changes-after-line", "double-stint", "tow-with-change", "midnight", "fast-day")


@pytest.mark.some(2)
@pytest.mark.parametrize(("name", "missing"), some_of(list(product(CHANGES, ("ada", "ben", "cleo"))), 5))
def test_the_laps_of_a_driver_without_client_are_back_filled_and_the_stints_go_on(name: str, missing: str) -> None:
    script = script_named(name)
    check_without(script, everybody(script, **{missing: Line(runs=False)}))


def test_two_of_three_without_a_client() -> None:
    script = script_named("changes-before-line")
    team = check_without(script, everybody(script, ada=Line(runs=False), cleo=Line(runs=False)))
    assert {lap["Source"] for lap in team.laps(0)} == {"driver", "teammate"}


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(SEEDS))
def test_a_random_race_with_a_member_without_client(seed: int) -> None:
    script = random_script(seed, 12, 2 + seed % 3)
    chosen = Random(seed).choice(script.members).customer_id
    lines = {member.customer_id: Line(runs=member.customer_id != chosen) for member in script.members}
    check_without(script, lines)


TOLD_LATE = ("changes-before-line", "changes-after-line", "change-without-fuel", "tow-with-change", "tow-after-stop")


@pytest.mark.some(3)
@pytest.mark.parametrize(("name", "late_s"), some_of(list(product(TOLD_LATE, (1.0, 30.0, 90.0))), 4))
def test_what_is_told_late_gives_the_same_record(name: str, late_s: float) -> None:
    """Each member hears of the others only *late_s* later, in the car or not: ninety seconds is two stints."""
    script = script_named(name)
    lines = {member.customer_id: Line(delay_s=late_s / 2) for member in script.members}
    team = Team(script, lines)
    assert differences(truth.laps(script, 0), team.laps(0)) == []


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(SEEDS))
def test_a_random_race_with_late_words(seed: int) -> None:
    script = random_script(seed, 12, 2 + seed % 3)
    chance = Random(f"late {seed}")
    lines = {member.customer_id: Line(delay_s=chance.choice((0.1, 3.0, 20.0))) for member in script.members}
    team = Team(script, lines)
    for told in truth.sessions(script):
        assert differences(told.laps, team.laps(told.session_num)) == []


@pytest.mark.slow
def test_a_client_started_after_its_driver_is_in_the_car_knows_nothing_wrong() -> None:
    script = script_named("changes-before-line")
    change = next(world.tick for world in ticks(script) if world.driver == BEN.customer_id)
    for seconds in some_of((1, 5, 30, 50), 1):
        team = Team(script, everybody(script, ben=Line(started_at_tick=change + 60 * seconds)))
        got = {lap["LapCompleted"]: lap for lap in team.laps(0)}
        for lap in truth.laps(script, 0):
            assert false_fields(lap, got[lap["LapCompleted"]]) == []


def stops(name: str) -> list[tuple[int, float, float]]:
    """Who drove into the pits, and from when until when the car was there, race seconds."""
    (session,) = timeline(script_named(name))
    return [(session.driver_at(visit.from_s) or 0, visit.from_s, visit.until_s) for visit in session.visits]


@pytest.mark.parametrize("name", some_of(["double-stint", "changes-before-line", "changes-after-line"], 1))
def test_the_stop_that_the_killed_drivers_client_missed_is_counted_because_a_watcher_saw_it(name: str) -> None:
    script = script_named(name)
    for driver, from_s, until_s in stops(name):
        lines = everybody(script)
        lines[driver] = Line(dead=(from_s - 5.0, until_s + 5.0))
        got = {lap["LapCompleted"]: lap for lap in Team(script, lines).laps(0)}
        for lap in truth.laps(script, 0):
            found = got[lap["LapCompleted"]]
            assert false_fields(lap, found) == []
            assert (found["Stint"], found["StintLap"]) == (lap["Stint"], lap["StintLap"])


def crashes_of(seed: int) -> Script:
    """A race in which the simulator of every driver dies whose car is towed in another one."""
    script, chance = random_script(seed, 12, 2 + seed % 3), Random(f"crash {seed}")
    actions = [action for action in script.sessions[-1].actions if not isinstance(action, Tow)]
    free = set(range(2, 12)) - {action.lap for action in actions if not isinstance(action, SlowLap | Untimed)}
    lap = chance.choice(sorted(free))
    taker = chance.choice((None, chance.choice(script.members).customer_id))
    pct, tow_s, away_s = chance.uniform(0.45, 0.9), chance.uniform(3.0, 30.0), chance.uniform(6.0, 30.0)
    service = chance.choice((Service(), Service(fuel_l=8.0)))
    crash = Tow(lap, pct, tow_s, service, taker, away_s=away_s, is_crash=True, stays_s=chance.uniform(0.1, 3.0))
    race = replace(script.sessions[-1], actions=(*actions, crash))
    return replace(script, sessions=(*script.sessions[:-1], race))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(SEEDS))
def test_a_random_race_in_which_the_simulator_of_the_driver_dies(seed: int) -> None:
    """His car is towed, whoever gets in: he himself or another one, a stint ends and the lap goes on."""
    script = crashes_of(seed)
    ((victim, at_s),) = timeline(script)[-1].crashes
    lines = {member.customer_id: Line() for member in script.members}
    lines[victim] = Line(simulator_away=(at_s, at_s + 5.0))
    team = Team(script, lines)
    for told in truth.sessions(script):
        assert differences(told.laps, team.laps(told.session_num)) == []


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(SEEDS))
def test_a_random_race_with_killed_clients_says_nothing_wrong(seed: int) -> None:
    """A stint may be too low where a stop was seen by nobody."""
    script = random_script(seed, 12, 2 + seed % 3)
    chance = Random(f"killed {seed}")
    sessions = timeline(script)
    lines = {}
    for member in script.members:
        at_s = chance.uniform(10.0, sessions[-1].span.until_s - 10.0)
        lines[member.customer_id] = Line(dead=(at_s, at_s + chance.choice((5.0, 20.0, 60.0))))
    team = Team(script, lines)
    for told in truth.sessions(script):
        got = {lap["LapCompleted"]: lap for lap in team.laps(told.session_num)}
        for lap in told.laps:
            if lap["LapCompleted"] in got:
                wrong = false_fields(lap, got[lap["LapCompleted"]], outside_s(script))
                assert [line for line in wrong if ": Stint" not in line] == []
