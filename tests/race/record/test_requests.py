"""What stood requested at the line, and what a stop was for: in a garage and behind a tow nobody made one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from race.record.paper_race import ADA, BEN, CYD, moment
from race.record.test_holes_of_a_lap import BEGIN, LANE, STALL, TRACK, at, car
from teamtactics.model.facts import LapFacts, LineSeen, MomentKind, PitMoment, Place, Request, Sight, Vantage
from teamtactics.model.records import LapRecord
from teamtactics.race.record.fold import fold

AT_LINE, AT_STOP = 7, 31
LINE = LineSeen(moment(580.0), Vantage.CAR, ADA, "Ada Falk", 30.0, False, pit_sv_flags=AT_LINE)
WHOLE = car(180.0, 580.0, TRACK, TRACK, (50.0, 30.0), from_line=True)


def record(*lap: LapFacts) -> LapRecord:
    folded = fold(lap, [BEGIN])
    assert folded is not None
    return folded.record


def flags(*moments: PitMoment, sight: Sight = WHOLE, lap: int = 3) -> int | None:
    told = record(LapFacts(lap, ADA, (sight,), LINE, moments=moments, requests=(Request(300.0, AT_STOP),)))
    assert told.tally.pit_sv_flags == (None if told.pit_sv_flags == AT_LINE else told.pit_sv_flags)
    return told.pit_sv_flags


def test_without_a_stop_it_is_what_stands_requested_at_the_line() -> None:
    assert flags() == AT_LINE
    assert flags(at(MomentKind.STOP, 300.0)) == AT_STOP
    assert flags(at(MomentKind.STOOD, 300.0)) == AT_STOP
    silent = replace(LINE, pit_sv_flags=None)
    assert record(LapFacts(3, ADA, (WHOLE,), silent), LapFacts(3, CYD, line=LINE)).pit_sv_flags == AT_LINE


def test_where_a_stop_may_have_been_that_nobody_saw_nobody_knows_what_for() -> None:
    halves = (replace(WHOLE, until_s=300.0, fuel_last_l=None), replace(WHOLE, from_s=400.0, from_line=False))
    assert record(LapFacts(3, ADA, halves, LINE)).pit_sv_flags is None


def test_whoever_leaves_in_the_tick_in_which_he_stood_made_no_stop() -> None:
    assert flags(at(MomentKind.STOOD, 300.0), at(MomentKind.EXIT, 300.0)) == AT_LINE
    assert flags(at(MomentKind.STOOD, 300.0), at(MomentKind.EXIT, 310.0)) == AT_STOP
    assert flags(at(MomentKind.STOP, 300.0), at(MomentKind.EXIT, 310.0), at(MomentKind.STOOD, 310.0)) == AT_STOP


@pytest.mark.parametrize("kind", [MomentKind.TOWED, MomentKind.RESET, MomentKind.PUT])
def test_a_car_that_was_put_into_its_stall_made_no_stop(kind: MomentKind) -> None:
    """Who looks from outside may see it there before its driver's client tells how it came."""
    for put_s, told in ((290.0, AT_LINE), (300.0, AT_LINE), (302.5, AT_LINE), (302.75, AT_STOP)):
        assert flags(at(MomentKind.STOOD, 300.0), at(kind, put_s)) == told, put_s
    assert flags(at(kind, 250.0), at(MomentKind.ENTER, 290.0), at(MomentKind.STOOD, 300.0)) == AT_STOP
    assert flags(at(MomentKind.ENTER, 250.0), at(kind, 290.0), at(MomentKind.STOOD, 300.0)) == AT_LINE
    before = LapFacts(2, BEN, moments=(at(kind, 170.0, Vantage.OUTSIDE),))
    lap = LapFacts(3, ADA, (WHOLE,), LINE, moments=(at(MomentKind.STOOD, 300.0),))
    folded = fold([lap], [BEGIN, before])
    assert folded is not None
    assert folded.record.pit_sv_flags == AT_LINE


@pytest.mark.parametrize(
    ("lap", "kinds", "first", "on_track_s", "told"),
    [
        (1, (MomentKind.PLACED, MomentKind.STOOD), STALL, 580.0, AT_LINE),
        (0, (MomentKind.PLACED, MomentKind.STOOD), LANE, 580.0, AT_LINE),
        (2, (MomentKind.PLACED, MomentKind.STOOD), STALL, 580.0, AT_STOP),  # whoever is in lap 2 has driven
        (1, (MomentKind.STOOD,), STALL, 580.0, AT_STOP),
        (1, (MomentKind.PLACED, MomentKind.STOOD), TRACK, 580.0, AT_STOP),  # somebody saw it on the track before
        (1, (MomentKind.PLACED, MomentKind.STOOD), STALL, 300.0, AT_LINE),
        (1, (MomentKind.PLACED, MomentKind.STOOD), STALL, 299.5, AT_STOP),
    ],
)
def test_a_car_in_its_garage_made_no_stop(
    lap: int, kinds: tuple[MomentKind, ...], first: Place, on_track_s: float, told: int
) -> None:
    stretch = Sight(180.0, on_track_s, Vantage.OUTSIDE, ADA, first, TRACK)
    mine = replace(WHOLE, place_first=Place.AWAY, place_last=LANE)
    moments = tuple(at(kind, 300.0) for kind in kinds)
    facts = LapFacts(lap, ADA, (mine,), LINE, moments=moments, requests=(Request(300.0, AT_STOP),))
    folded = fold([facts, LapFacts(lap, BEN, (stretch,))], [replace(BEGIN, lap=lap - 1)])
    assert folded is not None
    assert folded.record.pit_sv_flags == told
