"""What a car is found in by who takes its seat in the pits: the visit it was left in, another one, a reset, a tow."""

from __future__ import annotations

from typing import Any

import pytest

from race.driving import ADA, Car
from teamtactics.model.events import RunEventKind
from teamtactics.model.facts import MomentKind, Place, Vantage
from teamtactics.model.frame import Frame
from teamtactics.model.records import Moment
from teamtactics.race.eyes.continuity import TimeLine
from teamtactics.race.eyes.notes import Happened, Noticed
from teamtactics.race.eyes.pits.visit import PitVisit
from teamtactics.race.eyes.seat import take_seat
from teamtactics.race.eyes.telling import SightUnderWay, Telling
from teamtactics.race.memory import Memory, SessionKey

ENTER, TOWED, RESET, PLACED, STOOD = (
    MomentKind.ENTER, MomentKind.TOWED, MomentKind.RESET, MomentKind.PLACED, MomentKind.STOOD,
)  # fmt: skip
LANE: dict[str, Any] = {"on_pit_road": True, "player_track_surface": 2, "player_car_in_pit_stall": False}
STALL: dict[str, Any] = {"on_pit_road": True, "player_track_surface": 1, "player_car_in_pit_stall": True}
LEFT_S, FOUND_S = 500.0, 620.0


def frame(at_s: float, **changes: Any) -> Frame:
    return Frame(**{**Car().values, "session_time": at_s, "lap_completed": 4, "fuel_level": 40.0, **changes})


def left(
    where: dict[str, Any] | None = None, *, visit: PitVisit | None = None, last: dict[str, Any] | None = None,
    place: Place | None = None, **changes: Any,
) -> Memory:  # fmt: skip
    """The eyes of a client whose car was left in lap 5; nobody has looked since, unless a place is named."""
    values = {"member": ADA, "is_team": True, "is_race": True, "stall_pct": 0.95, **changes}
    eyes = Memory(SessionKey(2, 3, 1000, 2000, 9, 77, 5), TimeLine(FOUND_S, 100), place=place, **values)
    eyes.counter.value, eyes.lap, eyes.fuel.level_l, eyes.seat.on_since_s = 4, Telling(5), 40.0, FOUND_S - 0.25
    eyes.last = frame(LEFT_S, **{**(where or {}), **(last or {})})
    eyes.pits.visit = visit
    return eyes


def taken(eyes: Memory, where: dict[str, Any], **shown: Any) -> list[RunEventKind]:
    """What is told when the seat is taken of a car that shows this."""
    out = list[Noticed]()
    take_seat(eyes, frame(FOUND_S, **{"speed": 0.0, **where, **shown}), out)
    return [each.kind for each in out if isinstance(each, Happened)]


def told(eyes: Memory) -> list[MomentKind]:
    return [moment.kind for moment in eyes.under_way.moments]


def stopped(**changes: Any) -> PitVisit:
    values = {"came": ENTER, "stood_in_stall": True, "is_standing": True, "has_driven": True, "told": (STOOD,)}
    return PitVisit(**{**values, **changes})


@pytest.mark.parametrize(
    ("stall_pct", "stood", "crossed", "laps", "where", "is_round"),
    [
        (0.95, True, False, 0, STALL, False),
        (0.95, True, False, 1, LANE, False),  # it goes out over the line
        (0.95, True, False, 1, STALL, True),  # in its stall before the line and behind it
        (0.95, True, True, 0, STALL, True),
        (0.95, True, True, 0, LANE, False),
        (0.95, True, True, 1, LANE, True),  # for a second line it takes a lap
        (0.95, True, False, 2, LANE, True),
        (0.05, False, False, 1, STALL, False),  # over the line on its way there
        (0.05, True, False, 1, STALL, True),
        (0.05, True, False, 1, LANE, True),  # behind its stall there was no line any more
        (0.05, True, True, 0, STALL, False),
        (0.05, True, True, 1, LANE, True),
        (0.5, False, False, 1, STALL, False),
        (None, True, False, 1, STALL, True),
        (None, True, False, 1, LANE, False),  # where its stall is nobody knows
        (None, False, False, 1, STALL, False),
    ],
)
def test_a_car_that_has_driven_a_lap_meanwhile_is_in_another_visit(
    stall_pct: float | None, stood: bool, crossed: bool, laps: int, where: dict[str, Any], is_round: bool
) -> None:
    visit = stopped(stood_in_stall=stood, is_standing=False, has_crossed_line=crossed)
    eyes = left(LANE, visit=visit, stall_pct=stall_pct)
    taken(eyes, where, lap_completed=4 + laps)
    assert (eyes.pits.visit is visit) is not is_round
    assert (PLACED in told(eyes)) is is_round


@pytest.mark.parametrize(("came", "is_round"), [(TOWED, True), (RESET, True), (MomentKind.PUT, True), (ENTER, False)])
def test_a_car_that_was_put_into_its_stall_has_no_way_to_it(came: MomentKind, is_round: bool) -> None:
    visit = PitVisit(came)
    eyes = left(STALL, visit=visit, stall_pct=0.05)
    taken(eyes, STALL, lap_completed=5)
    assert (eyes.pits.visit is visit) is not is_round


@pytest.mark.parametrize(
    ("before", "now", "is_round"),
    [
        ({"lap_dist_pct": 0.25}, {"lap_dist_pct": 0.8125}, True),  # from behind its line to before the next
        ({"lap_dist_pct": 0.25}, {"lap_dist_pct": 0.75}, False),
        ({"lap_dist_pct": 0.75}, {"lap_dist_pct": 0.125}, False),
        ({"lap_dist_pct": 0.25, "lap_completed": 3}, {"lap_dist_pct": 0.8125}, False),
        ({"lap_dist_pct": None}, {"lap_dist_pct": 0.8125}, False),
        ({"lap_dist_pct": 0.25}, {"lap_dist_pct": None}, False),
    ],
)
def test_no_pit_lane_is_half_a_lap_long(before: dict[str, Any], now: dict[str, Any], is_round: bool) -> None:
    visit = stopped()
    eyes = left(LANE, visit=visit, last=before)
    taken(eyes, LANE, **now)
    assert (eyes.pits.visit is visit) is not is_round


def test_who_takes_the_seat_of_a_car_that_he_saw_come_in_goes_on_with_that_visit() -> None:
    """He has never been in it himself; where it came to stand he does not say a second time."""
    visit = PitVisit(ENTER, has_driven=True, stood_in_stall=True, told=(STOOD,))
    eyes = left(visit=visit, place=Place.STALL)
    eyes.last = None
    assert taken(eyes, STALL) == []
    assert (eyes.pits.visit is visit, told(eyes), eyes.pits.is_on) == (True, [], True)
    assert (visit.is_standing, visit.last_slow_s, visit.last_slow_of_day_s) == (True, FOUND_S, 50_000.0)


@pytest.mark.parametrize(
    ("laps", "known"), [(None, 4), (4, None)], ids=["a build without a lap counter", "of a car never seen"]
)
def test_without_a_lap_counter_it_is_the_visit_that_it_was(laps: int | None, known: int | None) -> None:
    visit = stopped()
    eyes = left(STALL, visit=visit)
    eyes.counter.value = known
    taken(eyes, STALL, lap_completed=laps)
    assert eyes.pits.visit is visit


@pytest.mark.parametrize(
    ("away_from_s", "where", "kind"),
    [
        (LEFT_S + 5.0, {}, TOWED),  # nobody comes into his stall and gets out within six seconds
        (LEFT_S + 5.25, {}, PLACED),
        (LEFT_S - 1.0, {}, TOWED),
        (LEFT_S - 1.25, {}, PLACED),  # it was there again since
        (None, {}, PLACED),
        (LEFT_S + 0.5, LANE, PLACED),
        (LEFT_S + 0.5, STALL, PLACED),
        (LEFT_S + 0.5, {**STALL, "on_pit_road": False}, PLACED),  # the flag has holes
    ],
)
def test_a_car_that_vanished_from_the_track_was_put_into_its_stall(
    away_from_s: float | None, where: dict[str, Any], kind: MomentKind
) -> None:
    """What is seen of it is a second old."""
    eyes = left(where)
    eyes.outside.away_from_s = away_from_s
    assert taken(eyes, STALL) == ([RunEventKind.STATE_DUE] if kind is TOWED else [])
    assert told(eyes) == [kind, STOOD]
    assert [moment.at for moment in eyes.under_way.moments] == [
        Moment(FOUND_S - 0.25, 50_000.0),
        Moment(FOUND_S, 50_000.0),
    ]


@pytest.mark.parametrize(
    ("gone_s", "first", "where", "found", "is_race", "kinds"),
    [
        (0.5, Place.AWAY, LANE, STALL, False, [RESET, RESET]),
        (0.75, Place.AWAY, LANE, STALL, False, []),  # so long it takes from the lane
        (0.5, Place.LANE, LANE, STALL, False, []),  # it was seen there first
        (0.5, Place.AWAY, LANE, LANE, False, []),
        (0.5, Place.AWAY, LANE, STALL, True, []),  # in a race there is no reset
        (0.5, Place.AWAY, {**LANE, "on_pit_road": False}, STALL, False, []),
        (0.5, Place.AWAY, STALL, STALL, False, []),
    ],
)
def test_a_car_that_its_driver_left_in_the_pit_lane_is_put_into_its_stall(
    gone_s: float, first: Place, where: dict[str, Any], found: dict[str, Any], is_race: bool, kinds: list[MomentKind]
) -> None:
    visit = stopped()
    eyes = left(where, visit=visit, place=Place.LANE, is_race=is_race)
    eyes.under_way.sight = SightUnderWay(Vantage.OUTSIDE, LEFT_S + gone_s, None, first, FOUND_S, Place.AWAY)
    assert taken(eyes, found) == ([RunEventKind.RESET] if kinds else [])
    assert [kind for kind in told(eyes) if kind is RESET] == kinds
    assert (eyes.pits.visit is visit) is not kinds
    if kinds:
        at = [moment.at.session_time_s for moment in eyes.under_way.moments if moment.kind is RESET]
        assert at == [LEFT_S, FOUND_S - 0.25], "it was put back when it was left"


@pytest.mark.parametrize(
    ("tank_l", "changes", "shown", "garage_ticks", "is_reset"),
    [
        (41.0, {}, {}, 3, True),
        (39.0, {}, {}, 3, True),
        (41.0, {}, {}, 2, False),  # a single tick reads anything
        (41.0, {"is_race": True}, {}, 3, False),
        (40.0, {}, {}, 3, False),
        (None, {}, {}, 3, False),
        (41.0, {"is_team": False}, {"is_in_garage": None}, 0, True),  # a recording, alone
        (41.0, {"is_team": True}, {"is_in_garage": None}, 0, False),
        (41.0, {"is_team": False}, {}, 0, False),
    ],
)
def test_another_tank_out_of_the_garage_is_no_refuelling(
    tank_l: float | None, changes: dict[str, Any], shown: dict[str, Any], garage_ticks: int, is_reset: bool
) -> None:
    eyes = left(STALL, visit=stopped(), place=Place.STALL, **{"is_race": False, **changes})
    eyes.seat.garage_ticks = garage_ticks
    taken(eyes, STALL, fuel_level=tank_l, **shown)
    assert (RESET in told(eyes)) is is_reset
    assert eyes.seat.garage_ticks == 0, "asked once"


@pytest.mark.parametrize(("rise_l", "is_reset"), [(0.001, False), (0.0015, True)])
def test_noise_is_no_other_tank(rise_l: float, is_reset: bool) -> None:
    eyes = left(STALL, visit=stopped(), place=Place.STALL, is_race=False)
    eyes.seat.garage_ticks, eyes.fuel.level_l = 3, 0.0
    taken(eyes, STALL, fuel_level=rise_l)
    assert (RESET in told(eyes)) is is_reset


def test_a_car_put_from_the_track_into_its_garage_was_reset_where_it_is_found() -> None:
    """Until it vanished it was driven: the lap before that is as it was seen."""
    eyes = left(place=Place.TRACK, is_race=False)
    eyes.seat.garage_ticks = 3
    assert taken(eyes, STALL, fuel_level=60.0) == [RunEventKind.STATE_DUE]
    assert [moment.at.session_time_s for moment in eyes.under_way.moments] == [FOUND_S - 0.25, FOUND_S]


def test_a_car_left_rolling_in_a_recording_may_have_been_refuelled() -> None:
    eyes = left(LANE, visit=stopped(is_standing=False), place=Place.LANE, is_race=False, is_team=False)
    taken(eyes, STALL, fuel_level=60.0, is_in_garage=None)
    assert RESET not in told(eyes)
    unknown = left(STALL, visit=stopped(), place=Place.STALL, is_race=False)
    unknown.seat.garage_ticks, unknown.fuel.level_l = 3, None
    taken(unknown, STALL)
    assert RESET not in told(unknown), "what was in it nobody knew"


@pytest.mark.parametrize(
    ("now_l", "is_race", "last", "kind"),
    [
        (40.5, True, {}, TOWED),
        (39.5, True, {}, TOWED),
        (40.625, True, {}, RESET),  # it has another tank
        (39.375, True, {}, RESET),
        (60.0, True, {"lap_completed": 3}, TOWED),  # somebody else has driven it since
        (None, True, {}, TOWED),
        (40.0, False, {}, RESET),
    ],
)
def test_a_car_left_on_the_track_and_found_in_its_stall_was_towed_in_a_race_and_else_reset(
    now_l: float | None, is_race: bool, last: dict[str, Any], kind: MomentKind
) -> None:
    eyes = left(last=last, place=Place.TRACK, is_race=is_race)
    assert taken(eyes, STALL, fuel_level=now_l) == [RunEventKind.STATE_DUE]
    assert told(eyes) == [kind, STOOD]


def test_of_a_car_whose_tank_nobody_knew_a_tow_is_a_tow() -> None:
    eyes = left(place=Place.TRACK)
    eyes.fuel.level_l = None
    taken(eyes, STALL)
    assert told(eyes) == [TOWED, STOOD]
    never = left(place=Place.TRACK)
    never.last = None
    taken(never, STALL, fuel_level=60.0)
    assert told(never) == [TOWED, STOOD]


def test_who_gets_in_while_the_car_is_towed_tells_of_the_tow() -> None:
    eyes, out = left(), list[Noticed]()
    take_seat(eyes, frame(FOUND_S, speed=0.0, player_car_tow_time=30.0, **STALL), out)
    assert told(eyes) == [TOWED, STOOD]
    assert out == [Happened(RunEventKind.TOW, Moment(FOUND_S - 0.25, 50_000.0))]


@pytest.mark.parametrize(
    ("is_team", "is_first", "kinds"),
    [(True, True, [PLACED, STOOD]), (False, True, [PLACED]), (False, False, [PLACED, STOOD])],
)
def test_whoever_is_alone_finds_his_car_in_its_garage_and_in_a_team_somebody_else_has_stopped_there(
    is_team: bool, is_first: bool, kinds: list[MomentKind]
) -> None:
    eyes = left(is_team=is_team)
    if is_first:
        eyes.counter.value = eyes.lap = eyes.last = None
    assert taken(eyes, STALL) == []
    assert told(eyes) == kinds


@pytest.mark.parametrize(("speed", "has_driven"), [(1.25, True), (1.0, False), (None, False)])
def test_a_car_found_moving_in_the_lane_has_driven(speed: float | None, has_driven: bool) -> None:
    eyes = left()
    taken(eyes, LANE, speed=speed)
    assert eyes.pits.visit is not None
    assert (eyes.pits.visit.came, eyes.pits.visit.has_driven) == (PLACED, has_driven)
    put = left(place=Place.TRACK)
    taken(put, LANE, speed=speed)
    assert put.pits.visit is not None
    assert not put.pits.visit.has_driven, "it was put there"


@pytest.mark.parametrize(
    ("stood", "speed", "where", "flags"),
    [
        (False, 0.5, STALL, None),  # what was ticked in the lane may have been changed there
        (False, 0.25, STALL, 15),
        (True, 0.5, STALL, 15),
        (False, 0.5, LANE, 15),
        (False, None, STALL, 15),
    ],
)
def test_what_was_requested_counts_unless_the_car_rolls_into_its_stall(
    stood: bool, speed: float | None, where: dict[str, Any], flags: int | None
) -> None:
    visit = stopped(stood_in_stall=stood, is_standing=False, request=15)
    eyes = left(LANE, visit=visit, place=Place.LANE)
    taken(eyes, where, speed=speed)
    assert visit.request == flags
    assert visit.stood_in_stall is (stood or where is STALL)


@pytest.mark.parametrize(("stood", "speed", "moves"), [(True, 0.5, True), (False, 0.5, True), (True, 0.25, False)])
def test_a_car_that_was_left_standing_and_rolls_has_started_when_nobody_looked(
    stood: bool, speed: float, moves: bool
) -> None:
    """Its boxes are armed again where it has stood in its stall: they are no more those of the stop."""
    visit = stopped(stood_in_stall=stood, has_driven=False, slow_since=Moment(LEFT_S, None))
    eyes = left(LANE, visit=visit, place=Place.LANE)
    taken(eyes, LANE, speed=speed)
    assert (visit.is_standing, visit.has_driven, visit.slow_since) == (not moves, moves, None)
    assert visit.is_request_final is (stood and moves)
    rolls = stopped(is_standing=False, has_driven=False)
    taken(left(LANE, visit=rolls, place=Place.LANE), LANE, speed=speed)
    assert (rolls.has_driven, rolls.is_request_final) == (False, False)
    unknown = stopped(has_driven=False)
    taken(left(LANE, visit=unknown, place=Place.LANE), LANE, speed=None)
    assert (unknown.is_standing, unknown.has_driven) == (True, False)


@pytest.mark.parametrize(
    ("came", "tow_s", "stop_s", "stops_s"),
    [
        (TOWED, 20.0, None, FOUND_S - 0.25),
        (RESET, 20.0, None, FOUND_S - 0.25),
        (TOWED, 0.0, None, None),
        (ENTER, 20.0, None, None),
        (TOWED, 20.0, 550.0, 550.0),
    ],
)
def test_the_crew_begins_when_the_tow_is_over(
    came: MomentKind, tow_s: float, stop_s: float | None, stops_s: float | None
) -> None:
    visit = PitVisit(came, stop_s=stop_s)
    taken(left(STALL, visit=visit, place=Place.STALL), STALL, player_car_tow_time=tow_s)
    assert visit.stop_s == stops_s


@pytest.mark.parametrize(("laps", "crossed"), [(0, False), (1, True)])
def test_a_car_that_is_found_in_another_lap_has_crossed_the_line_in_its_visit(laps: int, crossed: bool) -> None:
    visit = stopped(is_standing=False)
    taken(left(LANE, visit=visit), LANE, lap_completed=4 + laps)
    assert visit.has_crossed_line is crossed
    without_visit = left(LANE)
    taken(without_visit, LANE, lap_completed=4 + laps)
    assert without_visit.under_way.lap == 5 + laps
