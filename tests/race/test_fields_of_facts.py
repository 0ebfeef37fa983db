"""Each thing that is seen is told under its own name: of a line, a stretch, a lap, in which no two values are alike."""

from __future__ import annotations

from typing import Any

import pytest

from race.driving import ADA, BEN, Car, follow, known, run_events, seen, session_info
from race.test_witness import Seen
from teamtactics.model.facts import Filling, LapFacts, LineSeen, MomentKind, PitMoment, Place, Request, Sight, Vantage
from teamtactics.model.records import LapRecord, LapTally, Moment, RunState
from teamtactics.race.eyes.telling import SightUnderWay, Telling
from teamtactics.race.record.fold import fold
from teamtactics.race.record.same import says_the_same
from teamtactics.race.record.stints import numbers, renumbered
from teamtactics.race.tracker import Tracker

SHOWN: dict[str, Any] = {
    "track_temp": 30.5,
    "session_state": 4,
    "session_flags": 268_435_456,
    "air_temp": 20.5,
    "track_wetness": 2,
    "weather_declared_wet": True,
    "player_tire_compound": 1,
    "player_car_team_incident_count": 17,
    "pit_sv_flags": 63,
    "fuel_level": 41.5,
}
WEATHER: dict[str, Any] = {
    "track_temp_c": 30.5,
    "session_state": 4,
    "session_flags": 268_435_456,
    "values": (
        ("air_temp", 20.5),
        ("player_car_team_incident_count", 17),
        ("track_wetness", 2),
        ("weather_declared_wet", True),
    ),
}
OF_CAR = {**WEATHER, "values": tuple(sorted((*WEATHER["values"], ("player_tire_compound", 1))))}


def test_what_is_true_at_a_line_is_told_under_its_name_by_who_drives_over_it() -> None:
    car = Car(lap_completed=4, lap=5, **SHOWN).run(1.0).lap(lap_time=None).run(12.0)
    (line,) = [facts.line for facts in seen(follow(car.frames)) if facts.line is not None]
    assert line == LineSeen(
        at=line.at,
        vantage=Vantage.CAR,
        driver=ADA,
        name="Ada Falk",
        fuel_level_l=41.5,
        on_pit_road=False,
        pit_sv_flags=63,
        **OF_CAR,
    )
    assert line.at.time_of_day_s == 50_000.0
    assert line.at.session_time_s == pytest.approx(161.0, abs=0.05)


def test_what_is_true_at_a_line_is_told_under_its_name_by_who_watches() -> None:
    info = session_info(me=ADA, in_car=BEN)
    told = seen(follow(Seen(**SHOWN).run(20.0).passes_line(then_s=10.0).frames, info))
    (line,) = [facts.line for facts in told if facts.line is not None]
    assert line == LineSeen(
        at=line.at, vantage=Vantage.OUTSIDE, driver=BEN, name="Ben Ruiz", on_pit_road=False, **WEATHER
    )
    assert line.at.session_time_s == pytest.approx(119.0, abs=0.05), "a second before it shows"
    assert told[-1].lap == 5
    assert {sight.driver for facts in told for sight in facts.sights} == {BEN}


def sight_under_way(from_s: float, **changes: Any) -> SightUnderWay:
    values: dict[str, Any] = {
        "vantage": Vantage.CAR,
        "from_s": from_s,
        "driver": ADA,
        "place_first": Place.TRACK,
        "until_s": from_s + 50.0,
        "place_last": Place.LANE,
        "stood_first": False,
        "stood_last": True,
        "fuel_first_l": 40.0,
        "fuel_last_l": 39.0,
        "unseen_s": 0.5,
        "from_line": True,
    }
    return SightUnderWay(**{**values, **changes})


def told_sight(from_s: float, until_s: float, **changes: Any) -> Sight:
    values: dict[str, Any] = {
        "vantage": Vantage.CAR,
        "driver": ADA,
        "place_first": Place.TRACK,
        "place_last": Place.LANE,
        "stood_first": False,
        "stood_last": True,
        "fuel_first_l": 40.0,
        "fuel_last_l": 39.0,
        "unseen_s": 0.5,
        "from_line": True,
    }
    return Sight(from_s=from_s, until_s=until_s, **{**values, **changes})


LINE = LineSeen(Moment(810.0, 50_810.0), Vantage.CAR, ADA, "Ada Falk", 38.0, False)
STOP = PitMoment(MomentKind.STOP, Moment(790.0, 50_790.0), Vantage.CAR)
EXIT = PitMoment(MomentKind.EXIT, Moment(820.0, 50_820.0), Vantage.CAR)
FILLING = Filling(791.0, 799.0, 30.0, 50.0, 20.0)


def telling(lap: int = 7, **changes: Any) -> Telling:
    values: dict[str, Any] = {
        "sights": (told_sight(720.0, 740.0),),
        "sight": sight_under_way(750.0),
        "line": LINE,
        "official_s": 91.5,
        "is_timed": True,
        "moments": (STOP,),
        "requests": (Request(790.0, 15),),
        "fillings": (FILLING,),
        "tow_s": 1.0,
        "repair_s": 2.0,
        "optional_repair_s": 3.0,
    }
    return Telling(lap, **{**values, **changes})


def test_a_lap_is_told_with_all_that_was_seen_of_it() -> None:
    assert telling().facts(ADA) == LapFacts(
        lap=7,
        member=ADA,
        sights=(told_sight(720.0, 740.0), told_sight(750.0, 800.0)),
        line=LINE,
        official_s=91.5,
        is_timed=True,
        moments=(STOP,),
        requests=(Request(790.0, 15),),
        fillings=(FILLING,),
        tow_s=1.0,
        repair_s=2.0,
        optional_repair_s=3.0,
    )
    assert telling(sight=None).facts(ADA).sights == (told_sight(720.0, 740.0),)


def test_what_is_read_again_stands_in_the_place_of_what_was_read_before() -> None:
    lap = telling(is_news=False)
    lap.request(Request(790.0, 31, is_final=True))
    lap.request(Request(805.0, 1))
    assert lap.requests == (Request(790.0, 31, is_final=True), Request(805.0, 1))
    assert lap.is_news
    lap.fill(Filling(791.0, 800.0, 30.0, 55.0, 25.0))
    lap.fill(Filling(802.0, 803.0, 1.0, 2.0, 1.0))
    assert [filling.added_l for filling in lap.fillings] == [25.0, 1.0]


def test_a_line_that_was_none_joins_the_two_stretches_that_it_parted() -> None:
    """The lap counter stepped and stepped back: what was watched was one stretch."""
    lap = telling(sight=None, sights=(told_sight(700.0, 710.0), told_sight(720.0, 740.0)))
    later = telling(
        8,
        sights=(),
        sight=sight_under_way(740.0, place_last=Place.STALL, stood_last=False, fuel_last_l=37.0, unseen_s=0.25),
        moments=(EXIT,),
        requests=(Request(805.0, 1),),
        fillings=(Filling(802.0, 803.0, 1.0, 2.0, 1.0),),
        tow_s=0.0,
        repair_s=7.0,
        optional_repair_s=8.0,
    )
    lap.absorb(later)
    assert lap.facts(ADA) == LapFacts(
        7,
        ADA,
        sights=(
            told_sight(700.0, 710.0),
            told_sight(720.0, 790.0, place_last=Place.STALL, stood_last=False, fuel_last_l=37.0, unseen_s=0.75),
        ),
        moments=(STOP, EXIT),
        requests=(Request(790.0, 15), Request(805.0, 1)),
        fillings=(FILLING, Filling(802.0, 803.0, 1.0, 2.0, 1.0)),
        tow_s=1.0,
        repair_s=7.0,
        optional_repair_s=8.0,
    )
    assert lap.is_news
    assert lap.sight is not None, "it goes on being watched"
    assert lap.sights == (told_sight(700.0, 710.0),)


def test_a_line_that_was_none_joins_also_stretches_that_are_over() -> None:
    lap = telling(sight=None)
    lap.absorb(telling(8, sights=(told_sight(740.0, 760.0), told_sight(770.0, 780.0)), sight=None, tow_s=None))
    assert lap.sight is None
    assert lap.sights == (told_sight(720.0, 760.0, unseen_s=1.0), told_sight(770.0, 780.0))
    assert lap.tow_s == 1.0
    mixed = telling(sight=None)
    mixed.absorb(telling(8, sights=(told_sight(740.0, 760.0),), sight=sight_under_way(770.0)))
    assert mixed.facts(ADA).sights == (told_sight(720.0, 760.0, unseen_s=1.0), told_sight(770.0, 820.0))
    nothing = telling(sights=(), sight=None, tow_s=None)
    nothing.absorb(telling(8, sights=(told_sight(740.0, 760.0),), sight=sight_under_way(770.0), tow_s=None))
    assert nothing.facts(ADA).sights == (told_sight(740.0, 760.0), told_sight(770.0, 820.0))
    assert nothing.tow_s is None
    alone = telling()
    alone.absorb(telling(8, sights=(), sight=None))
    assert (alone.sight, alone.sights) == (None, (told_sight(720.0, 740.0), told_sight(750.0, 800.0)))


def test_what_is_watched_behind_a_line_that_nobody_saw_is_the_next_laps() -> None:
    lap = telling(moments=(STOP, EXIT), sight=sight_under_way(820.0))
    behind = lap.part_behind_line()
    assert behind.facts(ADA) == LapFacts(8, ADA, (told_sight(820.0, 870.0),), moments=(EXIT,))
    assert (lap.moments, lap.sight, lap.is_news, behind.is_news) == ((STOP,), None, True, True)


@pytest.mark.parametrize("name", ["player_car_tow_time", "pit_repair_left", "pit_opt_repair_left"])
def test_what_stays_0_was_seen_to_be_0_where_the_build_has_it(name: str) -> None:
    lap, absent = Telling(7), Telling(7)
    lap.see_maxima(Car().run().frames[0])
    assert (lap.tow_s, lap.repair_s, lap.optional_repair_s) == (0.0, 0.0, 0.0)
    absent.see_maxima(Car(**{name: None}).run().frames[0])
    assert [absent.tow_s, absent.repair_s, absent.optional_repair_s].count(None) == 1
    kept = telling()
    kept.see_maxima(Car().run().frames[0])
    assert (kept.tow_s, kept.repair_s, kept.optional_repair_s) == (1.0, 2.0, 3.0)


BEGIN = LapFacts(6, ADA, line=LineSeen(Moment(720.0, None), Vantage.CAR, ADA, None, 40.0, False))
AT_LINE = LineSeen(
    Moment(810.0, 50_810.0), Vantage.CAR, ADA, "Ada Falk", 38.0, True, pit_sv_flags=7, utc_s=1.5e9,
    **OF_CAR,
)  # fmt: skip


def moments(*told: tuple[MomentKind, float]) -> tuple[PitMoment, ...]:
    return tuple(PitMoment(kind, Moment(at_s, 50_000.0 + at_s), Vantage.CAR) for kind, at_s in told)


VISIT = moments(
    (MomentKind.ENTER, 740.0), (MomentKind.STOP, 750.0), (MomentKind.STOOD, 750.5), (MomentKind.START, 790.0),
    (MomentKind.EXIT, 800.0),
)  # fmt: skip


def folded(*facts: LapFacts) -> LapRecord:
    lap = fold(facts, [BEGIN])
    assert lap is not None
    return lap.record


def test_a_lap_is_folded_with_each_value_under_its_name() -> None:
    mine = LapFacts(
        7, ADA, (told_sight(720.0, 810.0, unseen_s=1.5),), AT_LINE, 91.5, True, VISIT, (Request(750.0, 63, True),),
        (Filling(752.0, 760.0, 30.0, 50.0, 20.0),), 31.0, 32.0, 33.0,
    )  # fmt: skip
    assert folded(mine) == LapRecord(
        lap_completed=7,
        official_s=91.5,
        measured_s=90.0,
        customer_id=ADA,
        driver="Ada Falk",
        stint=None,
        stint_lap=None,
        fuel_level_l=38.0,
        fuel_used_l=22.0,
        on_pit_road=False,  # it had left
        pit_sv_flags=63,
        session_time_s=810.0,
        time_of_day_s=50_810.0,
        gap_s=1.5,
        tally=LapTally(
            fuel_added_l=20.0,
            tow_s=31.0,
            repair_s=32.0,
            optional_repair_s=33.0,
            pit_enter=Moment(740.0, 50_740.0),
            stop_moving=Moment(750.0, 50_750.0),
            start_moving=Moment(790.0, 50_790.0),
            pit_exit=Moment(800.0, 50_800.0),
            pit_sv_flags=63,
        ),
        was_line_seen=True,
        utc_s=1.5e9,
        **OF_CAR,
    )


def test_of_several_visits_in_a_lap_the_first_stop_and_the_last_of_the_rest_are_told() -> None:
    twice = (*VISIT, *moments((MomentKind.ENTER, 801.0), (MomentKind.STOP, 802.0)))
    tally = folded(LapFacts(7, ADA, line=AT_LINE, moments=twice)).tally
    times = [each and each.session_time_s for each in (tally.pit_enter, tally.stop_moving, tally.start_moving)]
    assert times == [801.0, 750.0, 790.0]
    for later, start_s in (
        (((MomentKind.STOOD, 802.0), (MomentKind.EXIT, 805.0)), None),  # its own start was seen by nobody
        (((MomentKind.STOOD, 802.0),), 790.0),  # it still stands
        (((MomentKind.SERVED, 802.0), (MomentKind.EXIT, 805.0)), 790.0),
    ):
        told = LapFacts(7, ADA, line=AT_LINE, moments=(*VISIT, *moments(*later)))
        start = folded(told).tally.start_moving
        assert (start and start.session_time_s) == start_s


def test_the_greatest_that_anybody_saw_of_a_tow_and_of_repairs_counts() -> None:
    told = [
        LapFacts(7, ADA, line=AT_LINE, tow_s=1.0, repair_s=9.0),
        LapFacts(7, BEN, tow_s=4.0, repair_s=2.0, optional_repair_s=0.0),
    ]
    tally = folded(*told).tally
    assert (tally.tow_s, tally.repair_s, tally.optional_repair_s) == (4.0, 9.0, 0.0)


def test_the_drivers_client_says_what_the_official_time_was() -> None:
    """Also that there is none; from outside it counts where he does not know."""
    mine = LapFacts(7, ADA, line=AT_LINE, official_s=None, is_timed=True)
    other = LapFacts(7, BEN, official_s=91.0, is_timed=True)
    assert folded(mine, other).official_s is None
    assert folded(LapFacts(7, ADA, line=AT_LINE), other).official_s == 91.0
    assert folded(LapFacts(7, ADA, line=AT_LINE, official_s=92.0), other).official_s == 92.0
    both = LapFacts(7, 303, official_s=95.0)
    assert folded(other, both).official_s == 91.0, "who saw that it is final"


def seen_by(member: int, driver: int | None, from_s: float, until_s: float, lap: int = 7) -> LapFacts:
    return LapFacts(lap, member, (told_sight(from_s, until_s, driver=driver, vantage=Vantage.OUTSIDE),))


@pytest.mark.parametrize(
    ("before", "behind", "found_s", "official_s", "driver"),
    [
        (ADA, ADA, 815.0, None, ADA),
        (ADA, BEN, 815.0, None, None),
        (ADA, None, 815.0, None, None),
        (ADA, ADA, 830.0, None, ADA),
        (ADA, ADA, 831.0, None, None),  # somebody else may have driven a lap
        (ADA, ADA, 890.0, 90.0, ADA),
        (ADA, ADA, 891.0, 90.0, None),
        (ADA, ADA, 830.0, 20.0, ADA),
    ],
)
def test_who_drove_over_a_line_that_nobody_saw(
    before: int, behind: int | None, found_s: float, official_s: float | None, driver: int | None
) -> None:
    lap = fold(
        [seen_by(303, before, 720.0, 800.0), LapFacts(7, 404, official_s=official_s)],
        [BEGIN],
        [seen_by(303, behind, found_s, 900.0, 8)],
    )
    assert lap is not None
    assert (lap.record.customer_id, lap.record.was_line_seen) == (driver, False)
    assert lap.record.session_time_s == found_s
    assert not lap.is_drivers


def record(**changes: Any) -> LapRecord:
    values: dict[str, Any] = {
        "lap_completed": 7, "official_s": 91.5, "measured_s": 90.0, "customer_id": ADA, "driver": "Ada Falk",
        "stint": 1, "stint_lap": 7, "fuel_level_l": 38.0, "fuel_used_l": 2.0, "on_pit_road": False,
        "track_temp_c": 30.5, "pit_sv_flags": 0, "session_time_s": 810.0, "time_of_day_s": 50_810.0,
        "session_state": 4, "session_flags": 1, "gap_s": 0.0, "tally": LapTally(pit_exit=Moment(800.0, None)),
    }  # fmt: skip
    return LapRecord(**{**values, **changes})


@pytest.mark.parametrize(
    ("changes", "same"),
    [
        ({"session_time_s": 810.0 + 0.05 - 0.01}, True),
        ({"session_time_s": 810.0 + 0.05 + 0.01}, False),
        ({"measured_s": 90.0 + 0.05 - 0.01}, True),
        ({"measured_s": 90.0 + 0.05 + 0.01}, False),
        ({"measured_s": None}, False),
        ({"gap_s": 0.25}, True),
        ({"gap_s": 0.25 + 0.25}, False),
        ({"fuel_used_l": 2.0 + 0.001 / 2}, True),
        ({"fuel_used_l": 2.0 + 0.001 * 2}, False),
        ({"official_s": 91.502}, False),
        ({"customer_id": BEN}, False),
        ({"driver": "A. Falk"}, True),  # spelt in two ways
        ({"driver": None}, False),
        ({"stint": 2, "stint_lap": 1}, True),  # numbers are corrected by themselves
        ({"time_of_day_s": 50_811.0}, True),
        ({"utc_s": 1.0}, True),
        ({"pit_sv_flags": 1}, False),
        ({"was_line_seen": False}, False),
        ({"tally": LapTally(pit_exit=Moment(800.0 + 0.05 - 0.01, None))}, True),
        ({"tally": LapTally(pit_exit=Moment(800.0 + 0.05 + 0.01, None))}, False),
        ({"tally": LapTally()}, False),
        ({"tally": LapTally(pit_exit=Moment(800.0, None), pit_sv_flags=3)}, True),
        ({"tally": LapTally(pit_exit=Moment(800.0, None), tow_s=1.0)}, False),
    ],
)
def test_what_is_worth_a_write_and_what_is_not(changes: dict[str, Any], same: bool) -> None:
    assert says_the_same(record(), record(**changes)) is same


def test_a_name_that_only_the_document_knows_is_no_reason_to_write_and_a_line_nobody_saw_has_no_time() -> None:
    assert says_the_same(record(driver=None), record())
    assert says_the_same(record(driver=None), record(driver=None))
    unseen = record(was_line_seen=False)
    assert says_the_same(unseen, record(was_line_seen=False, session_time_s=0.0))


def test_the_numbers_of_a_stint_follow_from_where_stints_begin() -> None:
    begins = (3, 3, 6)
    assert [numbers(begins, lap) for lap in (1, 2, 3, 5, 6, 8)] == [(1, 1), (1, 2), (3, 1), (3, 3), (4, 1), (4, 3)]
    assert [numbers((0, 3), lap) for lap in (1, 2, 3)] == [(2, 1), (2, 2), (3, 1)], "before lap 1 there is none"
    assert [numbers((), lap, 5) for lap in (5, 7)] == [(1, 1), (1, 3)]
    assert renumbered(((), 1), ((3,), 1), range(1, 6)) == [3, 4, 5]
    assert renumbered(((), 1), ((), 2), (2, 3)) == [2, 3]
    assert renumbered(((3,), 1), ((3,), 1), range(1, 6)) == []


def test_a_state_tells_the_car_as_it_is() -> None:
    in_car = (("dcABS", 3.0),)
    car = Car(lap_completed=4, lap=5, in_car=in_car, **SHOWN).run(1.0).lap(lap_time=91.5).run(12.0, fuel_level=41.0)
    tracker = Tracker(state_interval_s=1e9)
    follow(car.frames, tracker=tracker)
    state = tracker.state
    assert state == RunState(
        session_time_s=car.frames[-1].session_time,
        customer_id=ADA,
        driver="Ada Falk",
        stint=1,
        stint_lap=5,
        lap_completed=5,
        lap_last_lap_time_s=91.5,
        lap_start_s=state.lap_start_s if state is not None else None,
        fuel_level_l=41.0,
        fuel_at_lap_start_l=41.5,
        on_pit_road=False,
        tally=LapTally(),
        in_car=in_car,
    )
    assert state is not None
    assert state.lap_start_s == pytest.approx(161.0, abs=0.05)


def test_a_stop_is_told_with_its_four_moments_its_litres_and_its_repair() -> None:
    car = Car(lap_completed=4, lap=5, pit_sv_flags=15, fuel_level=20.0).run(2.0).lap(lap_time=91.5).run(12.0)
    began_s = car.values["session_time"]
    car.run(2.0).drive_into_pits(5.0)
    car.stand_in_stall(2.0).run(1.0, pitstop_active=True, pit_repair_left=30.0, pit_opt_repair_left=12.0)
    for litres in range(1, 11):
        car.run(0.25, fuel_level=20.0 + litres / 2, pit_repair_left=0.0, pit_opt_repair_left=0.0)
    car.run(1.0, pitstop_active=False).leave_pits(5.0).run(2.0).lap(lap_time=91.5).run(12.0)
    events = follow(car.frames)
    assert [event.kind.value for event in run_events(events)][1:] == [
        "pitEnter",
        "stopMoving",
        "startMoving",
        "pitExit",
    ]
    tally = known(events)[6].tally
    assert tally.fuel_added_l == pytest.approx(5.0)
    assert (tally.repair_s, tally.optional_repair_s, tally.tow_s, tally.pit_sv_flags) == (30.0, 12.0, 0.0, 15)
    at = [each.session_time_s if each else 0.0 for each in (tally.pit_enter, tally.stop_moving, tally.start_moving)]
    assert at == pytest.approx([began_s + 4.0, began_s + 9.0, began_s + 15.5], abs=0.05)
    (told,) = [facts for facts in seen(events) if facts.line is not None and facts.lap == 6]
    (filling,) = told.fillings
    assert (filling.from_l, filling.until_l, filling.added_l) == pytest.approx((20.0, 25.0, 5.0))
    assert (filling.from_s, filling.until_s) == pytest.approx((began_s + 12.0, began_s + 14.25), abs=0.05)
