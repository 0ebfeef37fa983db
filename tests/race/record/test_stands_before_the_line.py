"""A car that stands, told in the lap before by one member, at the very time at which another saw the lap behind it."""

from __future__ import annotations

from race.record.paper_cloud import Client, Cloud, until_quiet
from race.record.paper_race import ADA, CYD
from teamtactics.model.facts import LapFacts, LineSeen, MomentKind, PitMoment, Place, Sight, Vantage
from teamtactics.model.records import Moment


def test_who_stands_in_lap_5_and_is_seen_on_the_track_in_lap_6_at_that_time_is_counted_once_for_all() -> None:
    at = Moment(100.0, None)
    clients = [Client(), Client(), Client()]
    sight = Sight(100.0, 100.0, Vantage.CAR, None, Place.TRACK, Place.STALL)
    clients[0].see([LapFacts(6, ADA, (sight,), LineSeen(at, Vantage.CAR))])
    clients[2].see([LapFacts(5, CYD, moments=(PitMoment(MomentKind.STOOD, at, Vantage.CAR),))])
    until_quiet(Cloud(), clients)
