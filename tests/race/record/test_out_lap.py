"""What happens before the first crossing of the line has no document, and counts: everybody comes to know of it."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from race.record.any_race import looks, many, races
from race.record.paper_cloud import Client, Cloud, until_quiet
from race.record.paper_race import ADA, BEN, CYD, LAP_S, Race, Span, stop
from race.record.test_convergence import check
from teamtactics.model.facts import LapFacts, MomentKind, PitMoment, Vantage
from teamtactics.model.records import Moment


def out_lap_first(race: Race, member: int, *spans: Span) -> list[LapFacts]:
    """What *member* sees of *race*, if its first lap is the out lap: lap n of it is completed as n - 1."""
    return [replace(facts, lap=facts.lap - 1) for facts in race.seen_by(member, *spans)]


def client(seen: list[LapFacts]) -> Client:
    found = Client()
    found.see(seen)
    return found


def numbers(cloud: Cloud) -> list[tuple[object, object]]:
    return [(lap["Stint"], lap["StintLap"]) for _, lap in sorted(cloud.laps().items())]


@pytest.mark.parametrize("witness", [ADA, CYD])
@pytest.mark.parametrize("at_s", [20.0, 49.0])
def test_a_stop_in_the_out_lap_that_one_member_saw_is_counted_by_all(witness: int, at_s: float) -> None:
    """In practice the car is often reset before it has come to the line at all."""
    race = Race(6, (stop(at_s),))
    late = [(LAP_S * 1.5, race.end_s)]
    cloud = Cloud()
    clients = [
        client(out_lap_first(race, member, *([(0.0, race.end_s)] if member == witness else late)))
        for member in (ADA, BEN, CYD)
    ]
    until_quiet(cloud, clients)
    assert numbers(cloud) == [(2, lap) for lap in range(1, 6)]
    assert not client([]).debt(cloud).numbers, "one who saw nothing counts the same"
    assert "0" not in cloud.documents


def test_an_out_lap_in_which_nothing_happened_is_told_by_nobody() -> None:
    race = Race(6)
    cloud = Cloud()
    clients = [client(out_lap_first(race, member, (0.0, race.end_s))) for member in (ADA, BEN, CYD)]
    until_quiet(cloud, clients)
    assert sorted(cloud.documents) == ["1", "2", "3", "4", "5"]


def test_who_saw_the_first_crossing_alone_tells_when_lap_1_began() -> None:
    race = Race(6)
    cloud = Cloud()
    clients = [
        client(out_lap_first(race, ADA, (0.0, LAP_S), (1.5 * LAP_S, race.end_s))),
        client(out_lap_first(race, CYD, (1.2 * LAP_S, race.end_s))),
    ]
    until_quiet(cloud, clients)
    assert cloud.laps()[1]["LapTimeMeasured"] == pytest.approx(LAP_S)


@many
@given(st.data())
def test_the_collection_converges_whatever_happens_in_the_out_lap(data: st.DataObject) -> None:
    race = data.draw(races())
    cloud, clients, seen = Cloud(), [], []
    for member in data.draw(st.permutations([ADA, BEN, CYD])):
        told = out_lap_first(race, member, *data.draw(looks(race.end_s)))
        clients.append(client(told))
        clients[-1].come_online(cloud)
        seen += told
    until_quiet(cloud, clients)
    check(cloud, seen)


def converged(race: Race, spans: dict[int, list[Span]]) -> Cloud:
    """Return what comes to stand there of what each member saw, whoever came first."""
    cloud, seen = Cloud(), {member: out_lap_first(race, member, *looked) for member, looked in spans.items()}
    for order in itertools.permutations(spans):
        cloud, clients = Cloud(), []
        for member in order:
            clients.append(client(seen[member]))
            clients[-1].come_online(cloud)
        until_quiet(cloud, clients)
        check(cloud, [facts for told in seen.values() for facts in told])
    return cloud


def test_who_looks_on_until_the_driver_is_gone_takes_nothing_away_from_what_his_tank_tells() -> None:
    """He was gone for a minute, over the line: too short for a splash, as his levels say and nobody else's picture."""
    spans: dict[int, list[Span]] = {ADA: [(0.0, 31.0), (91.0, 540.0)], BEN: [], CYD: [(1.0, 31.0)]}
    cloud = converged(Race(6), spans)
    assert (cloud.laps()[1]["FuelAdded"], cloud.laps()[1]["PitSvFlags"]) == (0.0, 0)


def test_who_saw_the_out_lap_alone_tells_it_where_lap_1_is_known_by_it() -> None:
    """He saw the car on the track nearly to the line, behind which its driver came back: nothing was put in there."""
    spans: dict[int, list[Span]] = {ADA: [(0.0, 25.0), (95.0, 540.0)], BEN: [], CYD: [(20.0, 85.0)]}
    cloud = converged(Race(6), spans)
    assert f"part 0 {CYD}" in cloud.documents
    assert (cloud.laps()[1]["FuelAdded"], cloud.laps()[1]["PitSvFlags"]) == (0.0, 0)


def test_a_car_found_in_its_garage_by_all_who_look_is_in_stint_1_for_all() -> None:
    """Practice: the clients are started when the car has been out before, and nobody knows how often."""
    race = Race(6)

    def found_there(member: int, from_s: float, vantage: Vantage) -> list[LapFacts]:
        told = race.seen_by(member, (from_s, race.end_s))
        at = replace(told[0].sights[0], from_s=from_s).from_s
        moments = [(MomentKind.PLACED, at), (MomentKind.EXIT, at + 5.0)]
        seen = tuple(PitMoment(kind, Moment(at_s, None), vantage) for kind, at_s in moments)
        return [replace(told[0], moments=seen), *told[1:]]

    cloud = Cloud()
    clients = [
        client(found_there(ADA, 2.3 * LAP_S, Vantage.CAR)),
        client(race.seen_by(BEN, (3.5 * LAP_S, race.end_s))),
    ]
    until_quiet(cloud, clients)
    assert {lap: cloud.laps()[lap]["StintLap"] for lap in cloud.laps()} == {3: 1, 4: 2, 5: 3, 6: 4}
    assert not client([]).debt(cloud).numbers
