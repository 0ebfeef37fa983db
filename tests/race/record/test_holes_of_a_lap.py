"""What can have happened while nobody looked: of a hole's length, of its two ends, and of the tank at them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from race.record.paper_race import ADA, BEN, moment
from teamtactics.model.facts import Filling, LapFacts, LineSeen, MomentKind, PitMoment, Place, Request, Sight, Vantage
from teamtactics.model.records import LapRecord
from teamtactics.race.record.fold import fold

TRACK, LANE, STALL, AWAY = Place.TRACK, Place.LANE, Place.STALL, Place.AWAY
LEFT_S = 200.0
BEGIN = LapFacts(2, ADA, line=LineSeen(moment(180.0), Vantage.CAR, ADA, "Ada Falk", 50.0, False))


def car(
    from_s: float, until_s: float, first: Place, last: Place, levels: tuple[float | None, float | None],
    *, stood: tuple[bool, bool] = (False, False), from_line: bool = False,
) -> Sight:  # fmt: skip
    return Sight(from_s, until_s, Vantage.CAR, ADA, first, last, *stood, *levels, from_line=from_line)


def outside(from_s: float, until_s: float, first: Place = TRACK, last: Place = TRACK) -> LapFacts:
    return LapFacts(3, BEN, (Sight(from_s, until_s, Vantage.OUTSIDE, ADA, first, last),))


def at(kind: MomentKind, at_s: float, vantage: Vantage = Vantage.CAR) -> PitMoment:
    return PitMoment(kind, moment(at_s), vantage)


def lap_with_hole(
    hole_s: float,
    places: tuple[Place, Place],
    levels: tuple[float | None, float | None],
    *moments: PitMoment,
    stood: tuple[bool, bool] = (False, False),
    others: tuple[LapFacts, ...] = (),
) -> LapRecord:
    """A lap of 400 s that is left at 200 s at the first place, with the first level, and found so much later."""
    found_s = LEFT_S + hole_s
    sights = (
        car(180.0, LEFT_S, TRACK, places[0], (50.0, levels[0]), stood=(False, stood[0]), from_line=True),
        car(found_s, 580.0, places[1], TRACK, (levels[1], 30.0), stood=(stood[1], False)),
    )
    line = LineSeen(moment(580.0), Vantage.CAR, ADA, "Ada Falk", 30.0, False)
    folded = fold([LapFacts(3, ADA, sights, line, moments=moments), *others], [BEGIN])
    assert folded is not None
    return folded.record


@pytest.mark.parametrize(
    ("places", "longest_s"),
    [
        ((TRACK, TRACK), 12.0),
        ((TRACK, LANE), 3.0),
        ((LANE, TRACK), 3.0),
        ((LANE, LANE), 3.0),
        ((TRACK, STALL), 0.5),
        ((STALL, TRACK), 0.5),
        ((STALL, LANE), 0.5),
        ((AWAY, TRACK), 3.0),
    ],
)
def test_a_hole_that_is_too_short_for_a_stop_hides_none(places: tuple[Place, Place], longest_s: float) -> None:
    """Of which nobody knows the tank: from the track it takes 12 s, from the lane 3, in the stall it shows at once."""
    assert lap_with_hole(longest_s, places, (None, None)).tally.fuel_added_l == 0.0
    longer = lap_with_hole(longest_s + 0.25, places, (None, None))
    assert longer.tally.fuel_added_l is None
    assert longer.fuel_used_l is None


@pytest.mark.parametrize(
    ("places", "longest_s"),
    [((TRACK, TRACK), 60.0), ((TRACK, LANE), 20.0), ((LANE, TRACK), 20.0), ((LANE, LANE), 20.0)],
)
def test_a_tank_that_has_not_risen_in_a_short_time_got_nothing(places: tuple[Place, Place], longest_s: float) -> None:
    assert lap_with_hole(longest_s, places, (45.0, 44.0)).tally.fuel_added_l == 0.0
    assert lap_with_hole(longest_s + 0.5, places, (45.0, 44.0)).tally.fuel_added_l is None


def test_a_tank_that_has_not_risen_where_the_car_was_seen_to_stop_may_have_got_something() -> None:
    for vantage in Vantage:
        stop = at(MomentKind.STOOD, 210.0, vantage)
        assert lap_with_hole(50.0, (TRACK, TRACK), (45.0, 44.0), stop).tally.fuel_added_l is None
    for edge in (LEFT_S, LEFT_S + 5.0):
        stop = at(MomentKind.STOOD, edge)
        assert lap_with_hole(5.0, (TRACK, TRACK), (45.0, 44.0), stop).tally.fuel_added_l == 0.0, "not in the hole"


@pytest.mark.parametrize(("rise_l", "added_l"), [(0.0, 0.0), (0.25, 0.0), (0.3, 0.0), (0.5, None), (20.0, None)])
def test_a_tank_that_is_fuller_than_before_proves_that_something_came_in(rise_l: float, added_l: float | None) -> None:
    """However short the hole is; a driven car burns, so how much came in nobody knows."""
    record = lap_with_hole(5.0, (TRACK, TRACK), (0.0, rise_l))
    assert record.tally.fuel_added_l == added_l


@pytest.mark.parametrize(
    ("places", "stood", "moments", "added_l"),
    [
        ((STALL, STALL), (True, True), (), 20.0),
        ((LANE, LANE), (True, True), (), 20.0),  # builds of 2015 do not tell the stall
        ((STALL, STALL), (True, False), (), None),
        ((STALL, STALL), (False, True), (), None),
        ((STALL, TRACK), (True, True), (), None),
        ((STALL, STALL), (True, True), (at(MomentKind.ENTER, 210.0, Vantage.OUTSIDE),), None),
        ((STALL, STALL), (True, True), (at(MomentKind.EXIT, 210.0, Vantage.OUTSIDE),), None),
        ((STALL, STALL), (True, True), (at(MomentKind.EXIT, 230.0),), None),
        ((STALL, STALL), (True, True), (at(MomentKind.EXIT, LEFT_S),), 20.0),
        ((TRACK, STALL), (True, True), (), None),
        ((TRACK, STALL), (True, True), (at(MomentKind.TOWED, 201.0),), 20.0),
        ((TRACK, STALL), (False, True), (at(MomentKind.TOWED, 201.0),), None),
        ((TRACK, STALL), (False, True), (at(MomentKind.TOWED, 199.0),), 20.0),
        ((TRACK, STALL), (False, True), (at(MomentKind.TOWED, LEFT_S),), 20.0),
        ((TRACK, STALL), (True, True), (at(MomentKind.ENTER, 190.0), at(MomentKind.TOWED, 185.0)), None),
    ],
)
def test_where_the_car_stood_in_the_pits_all_the_time_the_two_levels_say_what_came_in(
    places: tuple[Place, Place], stood: tuple[bool, bool], moments: tuple[PitMoment, ...], added_l: float | None
) -> None:
    assert lap_with_hole(30.0, places, (20.0, 40.0), *moments, stood=stood).tally.fuel_added_l == added_l


@pytest.mark.parametrize(("rise_l", "added_l"), [(0.001, 0.0), (0.002, 0.002), (-1.0, 0.0)])
def test_noise_in_the_stall_is_no_filling(rise_l: float, added_l: float) -> None:
    record = lap_with_hole(30.0, (STALL, STALL), (0.0, rise_l), stood=(True, True))
    assert record.tally.fuel_added_l == added_l


@pytest.mark.parametrize(("kind", "soon_s"), [(MomentKind.RESET, 1.0), (MomentKind.PUT, 1.0), (MomentKind.TOWED, 2.0)])
def test_a_tank_that_changes_with_a_reset_is_no_refuelling(kind: MomentKind, soon_s: float) -> None:
    """Who is put into his stall may have another tank at once; later the crew may have worked."""
    put_s = LEFT_S + 4.0
    for late_s, added_l in ((0.0, 0.0), (soon_s, 0.0), (soon_s + 0.25, None)):
        record = lap_with_hole(4.0 + late_s, (TRACK, STALL), (20.0, 40.0), at(kind, put_s))
        assert record.tally.fuel_added_l == added_l, late_s
    early = lap_with_hole(17.0, (TRACK, STALL), (20.0, 40.0), at(kind, put_s + 12.75))
    assert early.tally.fuel_added_l is None, "it had the time for a stop before"


def test_whoever_is_put_without_having_driven_has_the_tank_that_he_had() -> None:
    record = lap_with_hole(300.0, (TRACK, STALL), (40.0, 40.001), stood=(True, True))
    assert record.tally.fuel_added_l == 0.0
    assert lap_with_hole(300.0, (TRACK, STALL), (40.0, 39.998), stood=(True, True)).tally.fuel_added_l is None
    assert lap_with_hole(300.0, (LANE, STALL), (40.0, 40.0)).tally.fuel_added_l is None


def test_what_somebody_watched_from_outside_hides_no_stop() -> None:
    """But for what he could not see: two ends of his own sight, in the stall."""
    watched = outside(200.0, 300.0)
    assert lap_with_hole(100.0, (TRACK, TRACK), (None, None), others=(watched,)).tally.fuel_added_l == 0.0
    for left_s, found_s, added_l in (
        (212.0, 300.0, 0.0),
        (212.5, 300.0, None),
        (200.0, 288.0, 0.0),
        (200.0, 287.5, None),
    ):
        seen = outside(left_s, found_s)
        record = lap_with_hole(100.0, (TRACK, TRACK), (None, None), others=(seen,))
        assert record.tally.fuel_added_l == added_l
    for places in ((STALL, TRACK), (TRACK, STALL)):
        seen = outside(200.0, 300.0, *places)
        assert lap_with_hole(100.0, (TRACK, TRACK), (None, None), others=(seen,)).tally.fuel_added_l is None
    lane = outside(204.0, 300.0, LANE, TRACK)
    assert lap_with_hole(100.0, (TRACK, TRACK), (None, None), others=(lane,)).tally.fuel_added_l is None
    elsewhere = (outside(180.0, 190.0, STALL, STALL), outside(400.0, 410.0, STALL, STALL))
    assert lap_with_hole(10.0, (TRACK, TRACK), (None, None), others=elsewhere).tally.fuel_added_l == 0.0


@pytest.mark.parametrize(
    ("hole_s", "places", "levels", "stood", "moments", "is_known"),
    [
        (6.0, (TRACK, LANE), (45.0, 44.0), (False, False), (), True),  # too short to be put, stand and drive off
        (6.5, (TRACK, LANE), (45.0, 44.0), (False, False), (), False),
        (2.0, (TRACK, STALL), (45.0, 44.0), (False, False), (), False),
        (15.0, (TRACK, STALL), (45.0, 44.0), (False, False), (at(MomentKind.ENTER, 203.0),), True),
        (15.0, (TRACK, STALL), (45.0, 44.0), (False, False), (at(MomentKind.ENTER, 190.0),), False),
        (15.0, (TRACK, STALL), (45.0, 44.0), (False, False), (at(MomentKind.TOWED, 203.0),), True),
        (15.0, (TRACK, STALL), (45.0, 45.0), (True, False), (), True),  # it stood and has its tank
        (15.0, (TRACK, STALL), (45.0, 44.0), (True, False), (), False),
        (15.0, (TRACK, STALL), (45.0, 45.0), (False, False), (), False),
        (15.0, (TRACK, TRACK), (45.0, 44.0), (False, False), (), True),
        (15.0, (LANE, STALL), (45.0, 44.0), (False, False), (), True),
    ],
)
def test_a_car_that_is_left_on_the_track_and_found_in_the_pits_may_have_been_put_there(
    hole_s: float,
    places: tuple[Place, Place],
    levels: tuple[float, float],
    stood: tuple[bool, bool],
    moments: tuple[PitMoment, ...],
    is_known: bool,
) -> None:
    """With another tank: then nobody knows what it has burned."""
    record = lap_with_hole(hole_s, places, levels, *moments, stood=stood)
    assert (record.fuel_used_l is not None) is (is_known and record.tally.fuel_added_l is not None)
    if record.tally.fuel_added_l == 0.0:
        assert record.fuel_used_l == (20.0 if is_known else None)


@pytest.mark.parametrize("kind", [MomentKind.RESET, MomentKind.PUT, MomentKind.JUMPED])
def test_the_begin_of_a_lap_in_which_the_car_was_put_somewhere_counts_no_more(kind: MomentKind) -> None:
    record = lap_with_hole(0.05, (TRACK, TRACK), (45.0, 45.0), at(kind, 300.0))
    assert (record.fuel_used_l, record.measured_s) == (None, None)
    towed = lap_with_hole(0.05, (TRACK, TRACK), (45.0, 45.0), at(MomentKind.TOWED, 302.5), at(kind, 300.0))
    assert (towed.measured_s is None) is (kind is MomentKind.JUMPED), "a towed lap goes on"


def test_a_tow_that_ended_before_makes_no_tow_of_a_reset() -> None:
    moments = (at(MomentKind.TOWED, 210.0), at(MomentKind.EXIT, 250.0), at(MomentKind.RESET, 300.0))
    assert lap_with_hole(0.05, (TRACK, TRACK), (45.0, 45.0), *moments).measured_s is None
    assert lap_with_hole(0.05, (TRACK, TRACK), (45.0, 45.0), *moments[::2]).measured_s == 400.0


def filled(*fillings: Filling) -> float | None:
    record = lap_with_hole(0.05, (TRACK, TRACK), (45.0, 45.0))
    whole = car(180.0, 580.0, TRACK, TRACK, (50.0, 30.0), from_line=True)
    line = LineSeen(moment(580.0), Vantage.CAR, ADA, "Ada Falk", 30.0, False)
    folded = fold([LapFacts(3, 101 + n, (whole,), line, fillings=(each,)) for n, each in enumerate(fillings)], [BEGIN])
    assert folded is not None
    assert record.tally.fuel_added_l == 0.0
    return folded.record.tally.fuel_added_l


def test_of_one_filling_that_two_saw_the_levels_tell_what_they_saw_together() -> None:
    one = Filling(200.0, 210.0, 10.0, 30.0, 20.0)
    assert filled(one) == 20.0
    assert filled(one, replace(one, until_s=205.0, until_l=20.0, added_l=10.0)) == 20.0, "he got out earlier"
    assert filled(one, Filling(205.0, 220.0, 20.0, 50.0, 30.0)) == 40.0, "he got in while it went on"
    assert filled(one, Filling(210.0, 220.0, 30.0, 50.0, 20.0)) == 40.0
    assert filled(one, Filling(211.0, 220.0, 12.0, 20.0, 8.0)) == 28.0, "another stop"
    assert filled(one, Filling(211.0, 220.0, 12.0, 20.0, 8.0), Filling(300.0, 301.0, 1.0, 2.0, 1.0)) == 29.0
    assert filled(one, Filling(205.0, 220.0, 35.0, 36.0, 1.0)) == 26.0
    assert filled(one, Filling(205.0, 220.0, 5.0, 6.0, 1.0)) == 20.0, "never less than one alone saw"
    less = replace(one, until_l=20.0, added_l=10.0)
    assert (filled(one, less), filled(less, one)) == (20.0, 20.0)
    assert filled(replace(one, until_s=205.0), one) == filled(one, replace(one, until_s=205.0)) == 20.0


def test_of_a_lap_whose_end_nobody_saw_the_lap_behind_tells_how_the_hole_ends() -> None:
    mine = LapFacts(3, ADA, (car(180.0, LEFT_S, TRACK, TRACK, (50.0, 45.0), from_line=True),))
    for found_s, added_l in ((260.0, 0.0), (261.0, None)):
        behind = LapFacts(4, ADA, (car(found_s, 600.0, TRACK, TRACK, (44.0, 30.0), stood=(True, False)),))
        folded = fold([mine], [BEGIN], [behind])
        assert folded is not None
        assert folded.record.tally.fuel_added_l == added_l
        assert folded.record.session_time_s == found_s, "the first tick behind it"
    stands = LapFacts(4, ADA, (car(230.0, 600.0, STALL, TRACK, (44.0, 30.0), stood=(True, False)),))
    lap_in_stall = replace(mine, sights=(replace(mine.sights[0], place_last=STALL, stood_last=True, fuel_last_l=20.0),))
    folded = fold([lap_in_stall], [BEGIN], [stands])
    assert folded is not None
    assert folded.record.tally.fuel_added_l is None, "the line may have been crossed before it came in, or after"
    assert fold([mine], [BEGIN]).record.tally.fuel_added_l is None  # type: ignore[union-attr]


def test_of_a_lap_whose_begin_nobody_saw_the_lap_before_tells_how_the_hole_begins() -> None:
    mine = LapFacts(
        3, ADA, (car(240.0, 580.0, TRACK, TRACK, (44.0, 30.0)),),
        LineSeen(moment(580.0), Vantage.CAR, ADA, "Ada Falk", 30.0, False),
    )  # fmt: skip
    for left_s, added_l in ((180.0, 0.0), (179.0, None)):
        before = LapFacts(2, ADA, (car(100.0, left_s, TRACK, TRACK, (50.0, 45.0), stood=(False, True)),))
        folded = fold([mine], [before])
        assert folded is not None
        assert folded.record.tally.fuel_added_l == added_l
        assert (folded.record.fuel_used_l, folded.record.measured_s) == (None, None)
    later = LapFacts(2, ADA, (car(240.0, 250.0, TRACK, TRACK, (50.0, 45.0)),))
    assert fold([mine], [later]).record.tally.fuel_added_l is None  # type: ignore[union-attr]


REQUESTS = (Request(210.0, 15), Request(300.0, 31, True))


@pytest.mark.parametrize(
    ("moments", "flags"),
    [
        ((at(MomentKind.STOP, 300.0),), 31),
        ((at(MomentKind.STOOD, 300.0),), 31),
        ((at(MomentKind.SERVED, 300.0),), 31),
        ((at(MomentKind.STOP, 300.0), at(MomentKind.EXIT, 310.0), at(MomentKind.STOOD, 320.0)), None),
        ((at(MomentKind.STOP, 300.0), at(MomentKind.STOOD, 320.0)), 31),
        ((at(MomentKind.STOP, 300.0), at(MomentKind.EXIT, 310.0)), 31),
        ((at(MomentKind.RESET, 290.0), at(MomentKind.STOOD, 300.0)), 7),  # put there, it made no stop
        ((at(MomentKind.ENTER, 290.0), at(MomentKind.STOOD, 300.0)), 31),
        ((at(MomentKind.RESET, 280.0), at(MomentKind.ENTER, 290.0), at(MomentKind.STOOD, 300.0)), 31),
        ((at(MomentKind.STOOD, 300.0, Vantage.OUTSIDE),), 7),  # who sat in it knows better
        ((), 7),
    ],
)
def test_of_several_stops_the_last_ones_request_counts_and_without_one_that_at_the_line(
    moments: tuple[PitMoment, ...], flags: int | None
) -> None:
    whole = car(180.0, 580.0, TRACK, TRACK, (50.0, 30.0), from_line=True)
    line = LineSeen(moment(580.0), Vantage.CAR, ADA, "Ada Falk", 30.0, False, pit_sv_flags=7)
    folded = fold([LapFacts(3, ADA, (whole,), line, moments=moments, requests=REQUESTS)], [BEGIN])
    assert folded is not None
    assert folded.record.pit_sv_flags == flags
    assert folded.record.tally.pit_sv_flags == (None if flags == 7 else flags)


def gap(*sights: Sight, others: tuple[LapFacts, ...] = (), unseen_s: float = 0.0) -> float:
    line = LineSeen(moment(580.0), Vantage.CAR, ADA, "Ada Falk", 30.0, False)
    first = replace(sights[0], unseen_s=unseen_s)
    folded = fold([LapFacts(3, ADA, (first, *sights[1:]), line), *others], [BEGIN])
    assert folded is not None
    return folded.record.gap_s


def test_a_gap_is_the_seconds_of_the_lap_for_which_nobody_saw_a_tick() -> None:
    tick_s = 1.0 / 60.0
    whole = car(180.0, 580.0, TRACK, TRACK, (50.0, 30.0), from_line=True)
    halves = [
        car(180.0, 200.0, TRACK, TRACK, (50.0, 49.0), from_line=True),
        car(230.0, 580.0, TRACK, TRACK, (48.0, 30.0)),
    ]
    assert gap(whole) == 0.0
    assert gap(whole, unseen_s=1.5) == 1.5
    assert gap(*halves) == pytest.approx(30.0 - tick_s)
    assert gap(*halves, others=(outside(200.0, 230.0),)) == 0.0
    assert gap(*halves, others=(outside(200.0, 215.0),)) == pytest.approx(15.0 - 1.0 - tick_s)
    assert gap(halves[0], replace(halves[1], from_s=200.0625)) == 0.0, "two or three ticks are a step"
    assert gap(halves[0], replace(halves[1], from_s=200.125)) == pytest.approx(0.125 - tick_s)
    assert gap(halves[1]) == pytest.approx(50.0 - tick_s), "from the line on"
    assert gap(whole, others=(replace(outside(170.0, 600.0), member=BEN),), unseen_s=2.0) == 0.0, "somebody saw it"


def test_a_lap_is_measured_between_two_lines_that_fit_together() -> None:
    """From the car both are exact; from outside both are late by the same; one of each is as good as it gets."""

    def lap(start: float | None, end: float | None, vantage: Vantage, member: int) -> tuple[LapFacts, LapFacts]:
        lines = [
            None if at_s is None else LineSeen(moment(at_s), vantage, ADA, None, None, False) for at_s in (start, end)
        ]
        return LapFacts(2, member, line=lines[0]), LapFacts(3, member, line=lines[1])

    def measured(*told: tuple[LapFacts, LapFacts]) -> float | None:
        folded = fold([each[1] for each in told], [each[0] for each in told])
        assert folded is not None
        return folded.record.measured_s

    inside, other = lap(180.0, 270.0, Vantage.CAR, ADA), lap(180.5, 271.0, Vantage.OUTSIDE, BEN)
    assert measured(inside, other) == 90.0
    assert measured(lap(None, 270.0, Vantage.CAR, ADA), other) == 90.5
    assert measured(lap(180.0, None, Vantage.CAR, ADA), other) == 90.5
    assert measured(lap(None, 270.0, Vantage.CAR, ADA), lap(180.5, None, Vantage.OUTSIDE, BEN)) == 89.5
    assert measured(lap(180.0, None, Vantage.CAR, ADA), lap(None, 271.0, Vantage.OUTSIDE, BEN)) == 91.0
    third = lap(None, 271.25, Vantage.OUTSIDE, 303)
    assert measured(lap(180.5, None, Vantage.OUTSIDE, BEN), third) == 90.75
    both = (lap(180.0, None, Vantage.CAR, ADA), lap(180.5, None, Vantage.OUTSIDE, BEN))
    assert measured(*both, third) == 90.75, "two from outside are late by the same"
    assert measured(lap(180.0, 180.0, Vantage.CAR, ADA)) is None
    assert measured(lap(180.0, None, Vantage.CAR, ADA)) is None
    assert measured(lap(None, 270.0, Vantage.CAR, ADA)) is None
