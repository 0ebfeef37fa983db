"""Parts that nobody can have seen: what comes of them is a record that can be told, and comes to rest."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from race.record.any_facts import lap_facts
from race.record.any_race import many
from race.record.paper_cloud import Client, Cloud, until_quiet
from race.record.paper_race import ADA, BEN, CYD, LAP_S, Race, moment
from teamtactics.model.facts import LapFacts, LineSeen, MomentKind, PitMoment, Vantage
from teamtactics.race.record.fold import fold


def test_a_line_before_the_one_before_measures_nothing() -> None:
    """A document with a negative time is refused by everybody who reads it: its lap would be left alone for ever."""
    race = Race(3)
    (lap,) = (facts for facts in race.seen_by(ADA, (0.0, race.end_s)) if facts.lap == 3)
    odd = LapFacts(2, BEN, line=LineSeen(moment(4 * LAP_S), Vantage.CAR, BEN))
    folded = fold([lap], [odd])
    assert folded is not None
    assert folded.record.measured_s is None


def test_a_car_that_is_first_seen_in_its_garage_in_a_later_lap_is_counted_alike_by_all() -> None:
    clients = [Client(), Client()]
    placed = PitMoment(MomentKind.PLACED, moment(0.0), Vantage.CAR)
    clients[0].see([LapFacts(6, ADA, line=LineSeen(moment(LAP_S), Vantage.CAR, ADA), moments=(placed,))])
    cloud = Cloud()
    until_quiet(cloud, clients)
    assert (cloud.documents["6"]["Stint"], cloud.documents["6"]["StintLap"]) == (1, 1)


def test_who_alone_saw_it_in_its_garage_tells_that_of_a_lap_whose_document_says_all_else() -> None:
    """The others count from lap 1 else, and correct him for ever."""
    clients = [Client(), Client()]
    line = LineSeen(moment(LAP_S), Vantage.OUTSIDE, BEN, "Ben Ruiz")
    clients[0].see([LapFacts(5, ADA, line=line)])
    clients[1].see([LapFacts(5, CYD, moments=(PitMoment(MomentKind.PLACED, moment(0.0), Vantage.OUTSIDE),))])
    cloud = Cloud()
    until_quiet(cloud, clients)
    assert (cloud.documents["5"]["Stint"], cloud.documents["5"]["StintLap"]) == (1, 1)


@many
@given(st.data())
def test_whatever_is_told_of_laps_comes_to_rest(data: st.DataObject) -> None:
    """Clients that saw what cannot be do not correct one another for ever, and each reads what the others wrote."""
    clients = []
    for member in (ADA, BEN, CYD):
        clients.append(Client())
        for lap in (5, 6):
            clients[-1].see(data.draw(st.lists(lap_facts((member,), lap), max_size=1)))
    until_quiet(Cloud(), clients)
