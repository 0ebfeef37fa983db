"""A team of trackers, some without a client, some told late: nothing is invented, and what can be known is known."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random

import pytest

from race_sim import truth
from race_sim.compare import TOLERANCES, differences
from race_sim.named_scripts import ADA, BEN, CLEO, script_named
from race_sim.random_scripts import random_script
from teamtactics.contract.documents import amended_lap_document, lap_document, state_document
from teamtactics.contract.foreign import state_from_document
from teamtactics.demo import views
from teamtactics.demo.engine import ticks
from teamtactics.demo.script import Script
from teamtactics.demo.world import Quirk, World
from teamtactics.model.events import Event, LapFilledIn, LapFinished, LapsAmended, RunEvent, SessionBegan
from teamtactics.model.parcel import Document, Value
from teamtactics.model.records import RunState
from teamtactics.model.session import SessionInfo
from teamtactics.race.tracker import Tracker

SEEDS = int(os.environ.get("TEAMTACTICS_RANDOM_RACES", "10"))


@dataclass
class Line:
    """How one member's client is connected: whether it runs, and how late states come in and go out."""

    runs: bool = True
    delay_s: float = 0.3
    started_at_tick: int = 0


@dataclass
class Cloud:
    """What stands in the cloud, by the contract's rules of precedence."""

    laps: dict[tuple[int, int], Document] = field(default_factory=dict)

    def put(self, session_num: int, document: Document) -> None:
        key = session_num, int(document["LapCompleted"] or 0)
        stored = self.laps.get(key)
        if document["Source"] == "teammate" and stored is not None:
            return
        if stored is not None and stored["Source"] == "driver" and document["FuelLevel"] is None:
            return
        self.laps[key] = document


class Team:
    """Every member's tracker behind the member's own view; states travel with each line's delay."""

    def __init__(self, script: Script, lines: Mapping[int, Line]) -> None:
        self.lines = lines
        self.cloud = Cloud()
        self.own: dict[tuple[int, int], list[Document]] = {}
        self.trackers = {member: Tracker() for member, line in lines.items() if line.runs}
        self.session_num: dict[int, int] = {}
        self.infos: dict[int, SessionInfo] = {}
        self.mail: list[tuple[int, int, int, RunState]] = []
        self.stored: dict[int, RunState] = {}
        self._text_version = -1
        for world in ticks(script):
            if world.quirk is not Quirk.MISSED:
                self._tick(world)
        for member, tracker in self.trackers.items():
            self._take(member, tracker.finish(), 0)

    def _tick(self, world: World) -> None:
        if world.text_version != self._text_version:
            self._text_version = world.text_version
            self.infos = {member: views.session_info(world, member) for member in self.trackers}
        for letter in [letter for letter in self.mail if letter[0] <= world.tick]:
            self.mail.remove(letter)
            _, member, session_num, state = letter
            if self.session_num.get(member) == session_num:
                self._take(member, self.trackers[member].adopt(state), world.tick)
        for member, tracker in self.trackers.items():
            if world.tick < self.lines[member].started_at_tick:
                continue
            frame = views.frame(world, member)
            events = tracker.advance(frame, self.infos[member])
            if events and isinstance(events[-1], SessionBegan):
                self._take(member, events[:-1], world.tick)
                num = self.session_num[member] = events[-1].session_num
                tracker.begin()
                if num in self.stored:
                    # Read at the start, at the latest by the transaction that would overwrite it.
                    self.mail.append(
                        (world.tick + round(self.lines[member].delay_s * 60), member, num, self.stored[num])
                    )
                events = tracker.advance(frame, self.infos[member])
            self._take(member, events, world.tick)

    def _take(self, member: int, events: object, tick: int) -> None:
        assert isinstance(events, list | tuple), "the tracker returns a sequence"
        for event in events:
            self._note(member, event)
            if isinstance(event, LapFinished | RunEvent):
                self._post(member, event.state, tick)

    def _note(self, member: int, event: Event) -> None:
        num = self.session_num[member]
        own = self.own.setdefault((num, member), [])
        if isinstance(event, LapFinished):
            own.append(lap_document(event.record))
            self.cloud.put(num, own[-1])
        elif isinstance(event, LapFilledIn):
            self.cloud.put(num, lap_document(event.record, "driver" if event.is_own else "teammate"))
        elif isinstance(event, LapsAmended):
            own[:] = [amended_lap_document(lap, event) for lap in own]
            for lap in own:
                self.cloud.put(num, lap)

    def _post(self, member: int, state: RunState, tick: int) -> None:
        """A later state is never overwritten by an earlier one; whoever listens gets it after both delays."""
        num = self.session_num[member]
        stored = self.stored.get(num)
        if stored is not None and state.session_time_s <= stored.session_time_s:
            return
        # Through the document and back: what the state does not carry, the others cannot know.
        state = self.stored[num] = state_from_document(state_document(state, self.infos[member], num))
        for other, line in self.lines.items():
            if line.runs:  # also the one who wrote it: everybody watches
                due = tick + round((line.delay_s + self.lines[member].delay_s) * 60)
                self.mail.append((due, other, num, state))

    def laps(self, session_num: int) -> list[Document]:
        return [lap for (num, _), lap in sorted(self.cloud.laps.items()) if num == session_num]


def everybody(script: Script, **changes: Line) -> dict[int, Line]:
    named = {"ada": ADA.customer_id, "ben": BEN.customer_id, "cleo": CLEO.customer_id}
    lines = {member.customer_id: Line() for member in script.members}
    lines.update({named[name]: line for name, line in changes.items()})
    return lines


FROM_OUTSIDE = frozenset({"FuelLevel", "FuelUsed", "FuelAdded", "PitSvFlags", *truth.MAXIMA, "Source"})
NEAR = {name: 0.1 for name in TOLERANCES if name.endswith("Time") or name == "LapTimeMeasured"}


def false_fields(true: Mapping[str, Value], got: Document) -> list[str]:
    """Fields of *got* that say something else than the truth; to know less is no lie."""
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
                is_same = abs(value - said) <= max(NEAR.get(name, 0.0), TOLERANCES.get(name, 0.0))
        else:
            is_same = said == value
        if not is_same:
            wrong.append(f"lap {true['LapCompleted']} ({got['Source']}): {name} is {said!r}, true is {value!r}")
    return wrong


def check_without(script: Script, lines: dict[int, Line]) -> Team:
    """Drivers without a client: their laps are back-filled, the others' right wherever they can know."""
    team = Team(script, lines)
    for told in truth.sessions(script):
        got = {lap["LapCompleted"]: lap for lap in team.laps(told.session_num)}
        assert sorted(got, key=str) == sorted((lap["LapCompleted"] for lap in told.laps), key=str)
        wrong = [line for lap in told.laps for line in false_fields(lap, got[lap["LapCompleted"]])]
        assert wrong == []
        for lap in told.laps:
            driver = lap["CustomerID"]
            assert isinstance(driver, int)
            source = "driver" if lines[driver].runs else "teammate"
            assert got[lap["LapCompleted"]]["Source"] == source
    return team


@pytest.mark.parametrize("missing", ["ada", "ben", "cleo"])
@pytest.mark.parametrize(
    "name", ["changes-before-line", "changes-after-line", "double-stint", "tow-with-change", "midnight", "fast-day"]
)
def test_the_laps_of_a_driver_without_client_are_back_filled_and_the_stints_go_on(name: str, missing: str) -> None:
    script = script_named(name)
    check_without(script, everybody(script, **{missing: Line(runs=False)}))


def test_two_of_three_without_a_client() -> None:
    script = script_named("changes-before-line")
    team = check_without(script, everybody(script, ada=Line(runs=False), cleo=Line(runs=False)))
    assert {lap["Source"] for lap in team.laps(0)} == {"driver", "teammate"}


@pytest.mark.parametrize("seed", range(SEEDS))
def test_a_random_race_with_a_member_without_client(seed: int) -> None:
    script = random_script(seed, 12, 2 + seed % 3)
    chosen = Random(seed).choice(script.members).customer_id
    lines = {member.customer_id: Line(runs=member.customer_id != chosen) for member in script.members}
    check_without(script, lines)


@pytest.mark.parametrize("late_s", [1.0, 8.0, 30.0])
@pytest.mark.parametrize(
    "name", ["changes-before-line", "changes-after-line", "change-without-fuel", "tow-with-change", "tow-after-stop"]
)
def test_states_that_come_late_are_merged_as_if_they_had_come_in_time(name: str, late_s: float) -> None:
    """Each member hears of the others only *late_s* later, in the car or not; the record is the same in the end."""
    script = script_named(name)
    lines = {member.customer_id: Line(delay_s=late_s / 2) for member in script.members}
    team = Team(script, lines)
    assert differences(truth.laps(script, 0), team.laps(0)) == []


@pytest.mark.parametrize("name", ["changes-before-line", "changes-after-line", "change-without-fuel"])
def test_states_that_come_when_the_next_one_drives_already_make_nothing_wrong(name: str) -> None:
    """Ninety seconds late where a stint lasts forty: too late to help, and no reason to say what is not so."""
    script = script_named(name)
    team = Team(script, {member.customer_id: Line(delay_s=45.0) for member in script.members})
    got = {lap["LapCompleted"]: lap for lap in team.laps(0)}
    assert [line for lap in truth.laps(script, 0) for line in false_fields(lap, got[lap["LapCompleted"]])] == []


@pytest.mark.parametrize("seed", range(SEEDS))
def test_a_random_race_with_late_states(seed: int) -> None:
    script = random_script(seed, 12, 2 + seed % 3)
    chance = Random(f"late {seed}")
    lines = {member.customer_id: Line(delay_s=chance.choice((0.1, 3.0, 20.0))) for member in script.members}
    team = Team(script, lines)
    for told in truth.sessions(script):
        assert differences(told.laps, team.laps(told.session_num)) == []


def test_a_client_started_after_its_driver_is_in_the_car_knows_nothing_wrong() -> None:
    script = script_named("changes-before-line")
    change = next(world.tick for world in ticks(script) if world.driver == BEN.customer_id)
    for seconds in (1, 5, 30, 50):
        team = Team(script, everybody(script, ben=Line(started_at_tick=change + 60 * seconds)))
        got = {lap["LapCompleted"]: lap for lap in team.laps(0)}
        for lap in truth.laps(script, 0):
            assert false_fields(lap, got[lap["LapCompleted"]]) == []
