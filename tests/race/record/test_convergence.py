"""The collection comes to hold all that anybody saw, in whatever order the clients come online."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from race.record.any_race import looks, many, races
from race.record.paper_cloud import Client, Cloud, until_quiet
from race.record.paper_race import ADA, BEN, CYD, Race
from teamtactics.contract.lap_facts import shown_lap
from teamtactics.model.facts import LapFacts
from teamtactics.race.record.record import Record
from teamtactics.race.record.same import says_the_same


@many
@given(st.data())
def test_the_collection_converges(data: st.DataObject) -> None:
    """Everybody sees what he sees; they come online in any order, also while they still see more."""
    race = data.draw(races())
    seen = {member: race.seen_by(member, *data.draw(looks(race.end_s))) for member in (ADA, BEN, CYD)}
    cloud, clients = Cloud(), {member: Client() for member in seen}
    for member in data.draw(st.lists(st.sampled_from(sorted(seen)), max_size=6)):
        count = data.draw(st.integers(0, len(seen[member])))
        clients[member].see(seen[member][:count])
        clients[member].come_online(cloud)
    for member in data.draw(st.permutations(sorted(seen))):
        clients[member].see(seen[member])
        clients[member].come_online(cloud)
    until_quiet(cloud, list(clients.values()))
    check(cloud, [facts for told in seen.values() for facts in told])


@many
@given(races(), st.permutations([ADA, BEN, CYD]))
def test_a_lap_that_its_driver_saw_whole_costs_one_write(race: Race, order: list[int]) -> None:
    """Also one with a stop: nobody adds a part, and nobody a number. Only a driver change needs parts."""
    race = in_one_hand(race)
    cloud = Cloud()
    clients = {member: Client() for member in order}
    for member in (ADA, *order):
        clients[member].see(race.seen_by(member, (0.0, race.end_s)))
        clients[member].come_online(cloud)
    assert cloud.writes == race.laps == len(cloud.documents)


@many
@given(races(), st.permutations([ADA, BEN, CYD]))
def test_a_lap_is_written_once_while_the_race_goes_on(race: Race, order: list[int]) -> None:
    """Everybody is online all the time; who drives brings his lap, and the others find nothing that it lacks."""
    race = in_one_hand(race)
    cloud, clients = Cloud(), {member: Client() for member in order}
    told = {member: race.seen_by(member, (0.0, race.end_s)) for member in order}
    for lap in range(race.laps + 1):
        for member in (ADA, *order):
            clients[member].see(facts for facts in told[member] if facts.lap == lap)
            clients[member].come_online(cloud)
    assert cloud.writes == race.laps == len(cloud.documents)


def in_one_hand(race: Race) -> Race:
    """Return *race* without driver changes and resets, and one visit in a lap: of two, a document shows one exit."""
    driven = [visit for visit in race.visits if visit.put is None]
    visits = {race.lap_at(visit.exit_s): replace(visit, changes=()) for visit in driven}
    return replace(race, visits=tuple(visits[lap] for lap in sorted(visits)))


def check(cloud: Cloud, seen: list[LapFacts]) -> None:
    """
    What stands there is what one who had seen all of it would have written.

    Of the lap after the last one that stands there nobody saw the end: of that one nothing can be told.
    """
    laps = cloud.laps()
    last = max(laps, default=0)
    assert last >= max((facts.lap for facts in seen if facts.line is not None), default=0)
    truth = Record()
    truth.close(range(last + 1))
    truth.learn(facts for facts in seen if facts.lap <= last)
    assert sorted(laps) == [record.lap_completed for record in truth.completed()]
    for record in truth.completed():
        lap = record.lap_completed
        shown, is_drivers = shown_lap(str(lap), laps[lap])
        folded = truth.lap(lap)
        assert folded is not None
        assert says_the_same(record, shown), f"lap {lap}: {shown} is not {record}"
        assert is_drivers == folded.is_drivers
        assert (shown.stint, shown.stint_lap) == (record.stint, record.stint_lap), f"lap {lap}"
