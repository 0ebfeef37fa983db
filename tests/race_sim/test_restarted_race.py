"""The server begins a team's race anew under the same collection: in the end the new race stands there alone."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from itertools import product
from pathlib import Path
from random import Random
from typing import Any

import pytest

from race_sim import truth
from race_sim.compare import differences
from race_sim.named_scripts import ADA, BEN, CLEO, script_named
from race_sim.restarted_race import Client, HandWatch, Restarted, Runs
from race_sim.test_team_in_process import false_fields
from support.memory_firestore import Killed
from support.schemas import assert_documents
from support.thorough import IS_THOROUGH, some_of
from teamtactics.model.parcel import Document
from teamtactics.team import team as team_room

BEFORE = script_named("changes-before-line")
AFTER = replace(
    script_named("double-stint"),
    seed=7,
    sessions=tuple(replace(one, fuel_l=44.0) for one in script_named("double-stint").sessions),
)
(COLLECTION,) = (told.collection for told in truth.sessions(AFTER))
RUN = "SessionUniqueID"
SEEDS = int(os.environ.get("TEAMTACTICS_RANDOM_RACES", "6" if IS_THOROUGH else "1"))
DRIVES, GETS_IN, WATCHES = ADA.customer_id, BEN.customer_id, CLEO.customer_id
"""In the new race; before it, Ada drove laps 1 and 2, Ben the next two, then Cleo."""


@cache
def runs(at_s: float) -> Runs:
    return Runs(BEFORE, AFTER, at_s)


@pytest.fixture(autouse=True)
def _by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(team_room, "TeamWatch", HandWatch)


Begun = Callable[..., Restarted]


@pytest.fixture
def begin(tmp_path: Path) -> Iterator[Begun]:
    races = []

    def made(at_s: float = 75.0, **options: Any) -> Restarted:
        races.append(Restarted(runs(at_s), tmp_path / str(len(races)), **options))
        return races[-1]

    yield made
    for race in races:
        race.close()


def the_laps(race: Restarted) -> list[Document]:
    """The laps that stand there."""
    documents = race.cloud.documents(COLLECTION)
    assert_documents(documents)
    return [each for doc_id, each in documents.items() if doc_id.isdecimal()]


def check_alone(race: Restarted) -> None:
    """Nothing of the former run stands in the collection, in anybody's copy of it, or on its way there."""
    there = race.cloud.there[COLLECTION]
    ends_s = max(float(str(lap["SessionTime"])) for lap in truth.laps(AFTER, 0)) + 60.0
    assert there["info"].document[RUN] == 2
    begins = next(at for at, (_, writes) in enumerate(race.cloud.log, 1_001) if _is_switch(writes))
    assert all(each.version >= begins for each in there.values())
    for doc_id, each in there.items():
        if (at_s := each.document.get("SessionTime")) is not None and doc_id != "info":
            assert float(str(at_s)) < ends_s
    for client in race.clients.values():
        if client.is_running:
            assert client.is_done
            assert {one.facts[RUN] for one in client.outbox.owing()} <= {2}


def check_copies(race: Restarted) -> None:
    there = race.cloud.there[COLLECTION]
    for client in (each for each in race.clients.values() if each.is_running):
        known = client.outbox.mirror(COLLECTION)
        assert {each.doc_id: each.version for each in known.documents} == {
            doc_id: each.version for doc_id, each in there.items()
        }


def _is_switch(writes: Any) -> bool:
    return any(each.doc_id == "info" and not each.is_partial and (each.document or {}).get(RUN) == 2 for each in writes)


def check_true(race: Restarted) -> None:
    assert differences(truth.laps(AFTER, 0), the_laps(race)) == []


@pytest.mark.slow
@pytest.mark.parametrize(("at_s", "page"), some_of([(75.0, 3), (20.0, 3), (47.0, 90), (119.5, 90)], 1))
def test_all_are_there(begin: Begun, at_s: float, page: int) -> None:
    race = begin(at_s, page=page, chance=Random(at_s))
    race.start()
    race.play()
    race.settle()
    check_alone(race)
    check_true(race)
    check_copies(race)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("away_s", "back_s", "who"),
    some_of(
        [(*when, who) for when in ((0.0, 3.0), (30.0, 40.0), (30.0, 200.0)) for who in (DRIVES, GETS_IN, WATCHES)], 1
    ),
)
def test_one_is_offline_over_the_restart(begin: Begun, who: int, back_s: float, away_s: float) -> None:
    """What his client has of the former run, from the last *away_s* before the restart too, stays with him."""
    race = begin(page=3)
    race.start()
    race.play(race.runs.restart - round(2 * away_s))
    race.clients[who].line.is_online = False
    race.play(race.runs.restart + round(2 * back_s))
    race.clients[who].line.is_online = True
    race.play()
    race.settle()
    check_alone(race)
    check_true(race)
    check_copies(race)


@pytest.mark.slow
@pytest.mark.parametrize("back_s", some_of([1.0, 30.0], 1))
def test_one_whose_pc_died_comes_back_without_the_simulator(begin: Begun, back_s: float) -> None:
    """He knows nothing of a restart, and nobody has what he saw of the laps before it."""
    race = begin()
    race.start()
    race.play(20)
    client = race.clients[WATCHES]
    client.line.is_online = False
    race.play(race.runs.restart - 4)
    client.kill()
    client.simulator.is_on = False
    race.play(race.runs.restart + round(2 * back_s))
    client.line.is_online = True
    client.start()
    race.play()
    race.settle()
    check_alone(race)
    check_true(race)
    assert len(client.outbox.sessions()) == 1
    assert client.outbox.own_laps(1), "what he saw stays with him"


@pytest.mark.slow
def test_the_driver_of_the_former_run_comes_back_without_the_simulator(
    begin: Begun, caplog: pytest.LogCaptureFixture
) -> None:
    """His laps are whole ones, each of which would be created, and his state is later than any of the new run."""
    race = begin()
    race.start()
    client = race.clients[DRIVES]
    client.line.is_online = False
    race.play(race.runs.restart - 4)
    client.kill()
    client.simulator.is_on = False
    race.play(race.runs.restart + 40)
    client.line.is_online = True
    client.start()
    race.play()
    race.settle()
    check_alone(race)
    said = [one.getMessage() for one in caplog.records if "has begun the race" in one.getMessage()]
    assert len(said) == 1
    # Nobody's client drove what Ada drove: it is known from outside alone.
    laps = {lap["LapCompleted"]: lap for lap in the_laps(race)}
    for true in truth.laps(AFTER, 0):
        assert false_fields(true, laps[true["LapCompleted"]]) == []


@pytest.mark.slow
@pytest.mark.parametrize("joins_s", [10.0, 60.0])
def test_one_joins_late_in_the_new_race_with_the_former_one_in_his_store(begin: Begun, joins_s: float) -> None:
    race = begin()
    race.start()
    race.play(race.runs.restart - 20)
    client = race.clients[WATCHES]
    client.kill()
    race.play(race.runs.restart + round(2 * joins_s))
    client.simulator = type(client.simulator)()
    client.start()
    race.play()
    race.settle()
    check_alone(race)
    check_true(race)
    check_copies(race)
    assert [one.facts[RUN] for one in client.outbox.sessions()] == [2, 1]


@pytest.mark.slow
def test_one_joins_who_has_seen_nothing_of_the_former_race(begin: Begun) -> None:
    """And nobody else is there: the collection alone tells that it is of the former run."""
    race = begin()
    race.start([DRIVES, GETS_IN])
    race.play(race.runs.restart - 4)
    for member in (DRIVES, GETS_IN):
        race.clients[member].kill()
        race.clients[member].simulator.is_on = False
    race.start([WATCHES])
    client = race.clients[WATCHES]
    race.play(race.runs.restart)
    client.simulator = type(client.simulator)()
    client.kill()
    client.outbox_path.unlink()
    client.start()
    race.play()
    race.settle()
    check_alone(race)
    check_copies(race)


@pytest.mark.slow
def test_who_purges_while_another_does_is_refused_and_decides_anew(begin: Begun) -> None:
    race = begin(page=3)
    race.start()
    race.play(race.runs.restart)
    purging: list[int] = []

    def let_another(me: int) -> Callable[[str, Any], None]:
        def before(_collection: str, writes: Any) -> None:
            if not any(each.document is None for each in writes) or me in purging:
                return
            purging.append(me)
            for other, client in race.clients.items():
                if other not in purging:
                    for _ in range(3):
                        client.courier.step()
            purging.remove(me)

        return before

    for member, client in race.clients.items():
        client.line.before_commit = let_another(member)
    race.play()
    race.settle()
    check_alone(race)
    check_true(race)


@pytest.mark.slow
@pytest.mark.parametrize(("who", "killed_at"), some_of(list(product(("one", "each in turn"), (1, 2, 3))), 1))
def test_a_client_killed_while_it_removes_leaves_something_that_the_next_one_continues(
    begin: Begun, killed_at: int, who: str
) -> None:
    race = begin(119.5, page=3)
    race.start()
    race.play(race.runs.restart)
    killed: list[int] = []
    removals = [0]

    def killer(me: int) -> Callable[[str, Any], None]:
        def before(_collection: str, writes: Any) -> None:
            removals[0] += any(each.document is None for each in writes)
            if removals[0] >= killed_at and me not in killed and not (killed and who == "one"):
                killed.append(me)
                raise Killed

        return before

    for member, client in race.clients.items():
        client.line.before_commit = killer(member)
    for _ in range(30):
        race.play(race.at + 4)
        for client in race.clients.values():
            if not client.is_running:
                client.simulator = type(client.simulator)()
                client.start()
    race.play()
    race.settle()
    assert killed
    check_alone(race)
    check_copies(race)
    laps = {lap["LapCompleted"]: lap for lap in the_laps(race)}
    for true in truth.laps(AFTER, 0):
        assert false_fields(true, laps[true["LapCompleted"]]) == []


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(SEEDS))
def test_lines_that_break_and_clients_that_die_at_random(begin: Begun, seed: int) -> None:
    """Whatever happens to whom: nothing of the former race comes among the new one's laps, and no field is wrong."""
    chance = Random(seed)
    race = begin(chance.choice((20.0, 47.0, 75.0, 119.5)), page=chance.choice((3, 5, 90)), chance=chance)
    race.start()
    while race.at < len(race.runs.steps):
        near = abs(race.at - race.runs.restart) < 20
        for client in race.clients.values():
            happens = chance.random()
            if not client.is_running:
                if happens < 0.2:
                    client.simulator = type(client.simulator)()
                    client.simulator.is_on = chance.random() < 0.7
                    client.start()
            elif happens < 0.04:
                client.kill()
            elif happens < (0.2 if near else 0.08):
                client.line.is_online = not client.line.is_online
            elif happens < 0.22 and near:
                client.line.before_commit = _dies_in(chance.randrange(1, 12))
            elif happens > 0.98:
                client.simulator.is_on = False
        race.play(race.at + chance.choice((1, 2, 5, 20)))
    for client in race.clients.values():
        client.line.is_online, client.line.before_commit = True, _lives
        if not client.is_running:
            client.start()
    race.settle()
    if any(_has_seen_the_new_race(client) for client in race.clients.values()):
        check_alone(race)
        check_copies_of_the_new_race(race)
    for lap in the_laps(race) if race.cloud.documents(COLLECTION)["info"][RUN] == 2 else ():
        wrong = false_fields(TRUE[lap["LapCompleted"]], lap)
        assert [line for line in wrong if not any(name in line for name in KNOWN_BY_THE_DRIVER)] == []


KNOWN_BY_THE_DRIVER = (": Stint",)
"""What may be wrong where nobody's client saw a stop, restart or not."""


def _has_seen_the_new_race(client: Client) -> bool:
    return any(one.facts[RUN] == 2 for one in client.outbox.sessions())


TRUE = {lap["LapCompleted"]: lap for lap in truth.laps(AFTER, 0)}


def _lives(_collection: str, _writes: Any) -> None:
    pass


def _dies_in(commits: int) -> Callable[[str, Any], None]:
    left = [commits]

    def before(_collection: str, _writes: Any) -> None:
        left[0] -= 1
        if left[0] == 0:
            raise Killed

    return before


def check_copies_of_the_new_race(race: Restarted) -> None:
    """Who has seen the new race has no document of the former one in his copy."""
    there = race.cloud.there[COLLECTION]
    for client in race.clients.values():
        if _has_seen_the_new_race(client):
            known = {each.doc_id: each.version for each in client.outbox.mirror(COLLECTION).documents}
            assert known.keys() <= there.keys()
