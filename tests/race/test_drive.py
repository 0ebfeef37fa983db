"""One tick in the car: what comes into its tank, where it is put, what holds it up, what is told of the pits."""

from __future__ import annotations

from typing import Any

import pytest

from race.driving import TRACK_M
from race.test_begins_anew import TRACK
from race.test_found import LANE, LEFT_S, STALL, frame, left, stopped
from teamtactics.model.events import RunEventKind
from teamtactics.model.facts import Filling, MomentKind, Request
from teamtactics.model.records import Moment
from teamtactics.race.eyes.continuity import TICK_S as SHOWN_S
from teamtactics.race.eyes.drive import drive, see_reset
from teamtactics.race.eyes.notes import Happened, Noticed
from teamtactics.race.eyes.pits.visit import PitVisit
from teamtactics.race.eyes.sights import look_from_car
from teamtactics.race.eyes.telling import Telling
from teamtactics.race.memory import Memory

RESET, TOWED, ENTER = MomentKind.RESET, MomentKind.TOWED, MomentKind.ENTER
STANDS: dict[str, Any] = {**STALL, "speed": 0.0}
TICK_S = 0.0625


def at_wheel(where: dict[str, Any], *, visit: PitVisit | None = None, pct: float = 0.5, **changes: Any) -> Memory:
    """The eyes of a driver with 40 litres in lap 5."""
    eyes = left(where, visit=visit, last={"lap_dist_pct": pct, "lap_dist": pct * TRACK_M}, **changes)
    assert eyes.last is not None
    look_from_car(eyes, eyes.last)
    eyes.pits.is_on = bool(where["on_pit_road"])
    eyes.position.dist_m, eyes.position.pct, eyes.position.length_m = pct * TRACK_M, pct, TRACK_M
    return eyes


def driven(eyes: Memory, *, dt_s: float = TICK_S, **shown: Any) -> list[Noticed]:
    """What is noticed in a tick that is so much later."""
    assert eyes.last is not None
    last, out = eyes.last, list[Noticed]()
    values = {**last._asdict(), **shown}
    if "lap_dist_pct" in shown and "lap_dist" not in shown:
        values["lap_dist"] = shown["lap_dist_pct"] * TRACK_M
    values["session_time"] = last.session_time + dt_s
    drive(eyes, type(last)(**values), dt_s, out)
    return out


def kinds(out: list[Noticed]) -> list[RunEventKind]:
    return [each.kind for each in out if isinstance(each, Happened)]


def moments(eyes: Memory) -> list[MomentKind]:
    return [moment.kind for moment in eyes.under_way.moments]


@pytest.mark.parametrize(("dt_s", "unseen_s"), [(0.1, 0.0), (0.125, 0.125 - SHOWN_S), (1.5, 1.5 - SHOWN_S)])
def test_a_hole_is_counted_that_is_longer_than_a_step(dt_s: float, unseen_s: float) -> None:
    eyes = at_wheel(TRACK)
    driven(eyes, dt_s=dt_s)
    assert eyes.under_way.sight is not None
    assert eyes.under_way.sight.unseen_s == pytest.approx(unseen_s)


def test_a_car_that_is_out_of_the_world_is_nowhere_and_neither_enters_nor_leaves() -> None:
    eyes = at_wheel(TRACK)
    before, eyes.pits.moving_since_s = eyes.last, LEFT_S - 10.0
    assert driven(eyes, player_track_surface=-1, on_pit_road=True) == []
    assert (eyes.last is before, eyes.pits.moving_since_s, eyes.position.dist_m) == (True, None, None)


@pytest.mark.parametrize(
    ("where", "shown", "filled_l"),
    [
        (STANDS, {}, 0.25),
        (STANDS, {"speed": 0.9375}, 0.25),
        (STANDS, {"speed": 1.0}, None),
        (STANDS, {"speed": None}, None),
        (STANDS, {"is_in_garage": True}, None),
        (TRACK, {"speed": 0.0}, None),  # on the track nothing comes in
        (STANDS, {"fuel_level": 41.0}, None),  # so much does not come in a tick
    ],
)
def test_litres_come_in_while_the_car_stands_in_the_pits(
    where: dict[str, Any], shown: dict[str, Any], filled_l: float | None
) -> None:
    visit = None if where is TRACK else stopped()
    eyes = at_wheel(where, visit=visit)
    driven(eyes, **{"fuel_level": 40.25, **shown})
    if filled_l is None:
        assert (eyes.filling, eyes.under_way.fillings) == (None, ())
        return
    filling = Filling(LEFT_S, LEFT_S + TICK_S, 40.0, 40.25, filled_l)
    assert (eyes.filling, eyes.under_way.fillings) == (filling, (filling,))
    assert visit is not None
    assert (visit.was_served, visit.is_request_final) == (True, True)
    driven(eyes)
    assert eyes.filling == filling, "a pause of the rig"
    driven(eyes, fuel_level=40.5)
    assert eyes.under_way.fillings == (Filling(LEFT_S, LEFT_S + 3 * TICK_S, 40.0, 40.5, 0.5),)
    driven(eyes, speed=1.0)
    assert eyes.filling is None
    driven(eyes, speed=0.0)
    driven(eyes, fuel_level=40.75)
    assert [each.added_l for each in eyes.under_way.fillings] == [0.5, 0.25], "another one"


def test_a_tank_that_is_another_in_the_stall_was_set_by_a_reset() -> None:
    eyes = at_wheel(STANDS, visit=stopped())
    assert [kinds(driven(eyes, fuel_level=60.0)) for _ in range(4)] == [[], [], [RunEventKind.RESET], []]
    assert (moments(eyes)[0], eyes.under_way.fillings, eyes.fuel.was_set) == (RESET, (), False)
    assert eyes.pits.visit is not None
    assert eyes.pits.visit.came is RESET


def test_a_stretch_has_the_level_that_is_known_first() -> None:
    eyes = at_wheel(TRACK)
    assert eyes.under_way.sight is not None
    eyes.under_way.sight.fuel_first_l = eyes.fuel.level_l = None
    driven(eyes, fuel_level=40.0)
    driven(eyes, fuel_level=39.75)
    assert eyes.under_way.sight.fuel_first_l == 40.0


def test_settings_that_are_back_were_never_others() -> None:
    eyes = at_wheel(TRACK)
    one, other = (("dcABS", 3.0),), (("dcABS", 5.0),)
    for shown, known in ((one, None), (one, None), (one, one), (other, one), (other, one), (one, one), (other, one)):
        driven(eyes, in_car=shown)
        assert eyes.in_car.value == known
    driven(eyes, in_car=eyes.in_car.value)
    assert eyes.in_car.odd_ticks == 0


@pytest.mark.parametrize("is_visiting", [True, False])
def test_a_repair_keeps_its_greatest_time_and_makes_a_visit_one_with_service(is_visiting: bool) -> None:
    visit = stopped() if is_visiting else None
    eyes = at_wheel(STANDS if is_visiting else TRACK, visit=visit)
    for must_s, may_s in ((0.0, 0.0), (20.0, 0.0), (12.0, 10.0), (0.0, 30.0), (0.0, 25.0), (None, None)):
        driven(eyes, pit_repair_left=must_s, pit_opt_repair_left=may_s)
    assert (eyes.under_way.repair_s, eyes.under_way.optional_repair_s) == (20.0, 30.0)
    if visit is not None:
        assert visit.was_served
        assert MomentKind.SERVED in moments(eyes)
    small = at_wheel(TRACK)
    driven(small, pit_opt_repair_left=0.25)
    assert (small.under_way.repair_s, small.under_way.optional_repair_s) == (0.0, 0.25)
    driven(small, pit_repair_left=0.5)
    assert (small.under_way.repair_s, small.under_way.optional_repair_s) == (0.5, 0.25)
    sound = at_wheel(STANDS, visit=stopped())
    driven(sound)
    assert sound.pits.visit is not None
    assert not sound.pits.visit.was_served


def test_a_tow_is_told_once_with_its_greatest_time() -> None:
    eyes = at_wheel(TRACK)
    assert kinds(driven(eyes, player_car_tow_time=20.0, speed=0.0)) == [RunEventKind.TOW]
    assert kinds(driven(eyes, player_car_tow_time=19.0)) == []
    driven(eyes, player_car_tow_time=30.0)
    driven(eyes, player_car_tow_time=29.0)
    assert kinds(driven(eyes, player_car_tow_time=0.0)) == []
    assert (eyes.under_way.tow_s, moments(eyes)) == (30.0, [TOWED])
    short = at_wheel(TRACK)
    driven(short, player_car_tow_time=0.5)
    assert short.under_way.tow_s == 0.5
    reset = at_wheel(STANDS, visit=stopped(came=RESET))
    assert kinds(driven(reset, player_car_tow_time=20.0)) == [RunEventKind.TOW], "a reset was none"


def test_a_car_that_was_taken_for_towed_is_told_of_with_its_time() -> None:
    """SIMULATOR#unset: that comes by itself where a seat is taken."""
    visit = PitVisit(TOWED, untold_tow_s=LEFT_S - 3.0)
    eyes = at_wheel(STANDS, visit=visit)
    assert driven(eyes) == []
    (tow,) = driven(eyes, player_car_tow_time=20.0)
    assert isinstance(tow, Happened)
    assert (tow.kind, tow.at.session_time_s, visit.untold_tow_s) == (RunEventKind.TOW, LEFT_S - 3.0, None)
    assert driven(eyes, player_car_tow_time=19.0) == []


@pytest.mark.parametrize(
    ("pct", "shown", "jumps"),
    [
        (0.5, {"lap_dist_pct": 0.7}, True),
        (0.5, {"lap_dist_pct": 0.5005}, False),
        (0.5, {"fuel_level": 40.25}, False),  # a level alone
        (0.99, {"lap_dist_pct": 0.005, "fuel_level": 40.0}, False),  # over the line
        (0.99, {"lap_dist_pct": 0.005, "fuel_level": 40.25}, True),  # no tank is filled where it is driven over
    ],
)
def test_a_car_is_put_where_it_cannot_have_driven(pct: float, shown: dict[str, Any], jumps: bool) -> None:
    eyes = at_wheel(TRACK, pct=pct)
    driven(eyes, dt_s=0.5, **{"speed": 60.0, **shown})
    assert (eyes.position.jump_ticks > 0) is jumps
    assert (eyes.closing is not None) is (pct == 0.99 and not jumps), "behind a put it has passed no line"


@pytest.mark.parametrize(
    ("fuel_l", "jumps"), [(40.0, False), (40.015625, False), (40.03, True), (39.97, True), (0.0, False), (None, False)]
)
def test_behind_a_tick_of_rubbish_another_tank_is_proof(fuel_l: float | None, jumps: bool) -> None:
    eyes = at_wheel(TRACK)
    see_reset(eyes, frame(LEFT_S, fuel_level=fuel_l or 40.0))
    assert eyes.position.is_reset
    driven(eyes, fuel_level=fuel_l, lap_dist_pct=0.5001)
    assert (eyes.position.jump_ticks > 0) is jumps
    assert not eyes.position.is_reset, "it is that of the tick before"
    see_reset(eyes, frame(LEFT_S, fuel_level=0.0))
    assert not eyes.position.is_reset, "nobody set it: it is only torn"


@pytest.mark.parametrize(("came", "is_forgotten"), [(ENTER, True), (TOWED, False)])
def test_a_car_that_is_put_into_its_stall_has_another_tank_unless_it_is_towed_there(
    came: MomentKind, is_forgotten: bool
) -> None:
    eyes = at_wheel(LANE, visit=stopped(came=came, stood_in_stall=False, is_standing=False))
    out = driven(eyes, lap_dist_pct=0.7, fuel_level=60.0, **STANDS)
    assert kinds(out) == ([RunEventKind.RESET] if is_forgotten else [])
    assert eyes.fuel.level_l == (60.0 if is_forgotten else 40.0)
    for elsewhere in (TRACK, {**LANE, "speed": 0.0}, {**STANDS, "on_pit_road": False}):
        other = at_wheel(LANE, visit=stopped(came=came, stood_in_stall=False, is_standing=False))
        assert kinds(driven(other, lap_dist_pct=0.7, **elsewhere)) == []


@pytest.mark.parametrize(
    ("where", "fuel_l", "jumps"),
    [
        (TRACK, 41.0, True),
        (TRACK, 40.0, False),  # LapDist alone proves nothing
        (LANE, 41.0, False),  # in the pits it is a reset, or none
    ],
)
def test_a_car_that_was_put_elsewhere_on_the_track_is_told_of_when_that_holds(
    where: dict[str, Any], fuel_l: float, jumps: bool
) -> None:
    eyes = at_wheel(where, visit=None if where is TRACK else stopped(stood_in_stall=False, is_standing=False))
    driven(eyes, lap_dist_pct=0.7, fuel_level=fuel_l, speed=20.0)
    told = []
    for _ in range(8):
        driven(eyes, lap_dist_pct=0.7)
        told.append(moments(eyes))
    assert told[:5] == [[]] * 5
    assert told[5:] == [[MomentKind.JUMPED] * jumps] * 3


def test_a_line_that_the_counter_does_not_confirm_within_two_seconds_was_none() -> None:
    """SIMULATOR#line."""
    eyes = at_wheel(TRACK, pct=0.99)
    driven(eyes, dt_s=0.5, lap_dist_pct=0.005, speed=60.0)
    assert (eyes.under_way.lap, eyes.closing is None) == (6, False)
    driven(eyes, dt_s=2.0, lap_dist_pct=0.04)
    assert eyes.under_way.lap == 6
    driven(eyes, dt_s=0.0625, lap_dist_pct=0.041)
    assert (eyes.under_way.lap, eyes.closing, eyes.closing_line) == (5, None, None)


def test_a_counter_that_is_back_begins_to_count_anew() -> None:
    eyes = at_wheel(TRACK)
    for laps in (7, 7, 4, 7, 7):
        driven(eyes, lap_completed=laps)
    assert eyes.counter.value == 4
    driven(eyes, lap_completed=7)
    assert eyes.counter.value == 7


@pytest.mark.parametrize(
    ("shown", "told"),
    [
        ({**STALL, "speed": 0.0}, [RunEventKind.RESET]),
        ({**STALL, "speed": 0.0, "on_pit_road": False}, []),  # torn, or a hole: it is not in the pits by the flag
        ({**LANE, "speed": 0.0}, []),  # that must hold
        (TRACK, []),
    ],
)
def test_a_car_in_its_stall_that_did_not_come_there_was_reset(shown: dict[str, Any], told: list[RunEventKind]) -> None:
    eyes = at_wheel(TRACK)
    assert kinds(driven(eyes, **shown)) == told
    if told:
        assert eyes.pits.visit is not None
        assert (eyes.pits.visit.came, moments(eyes)) == (RESET, [RESET, MomentKind.STOOD])
    held = at_wheel({**LANE}, visit=None)
    assert kinds(driven(held, speed=0.0)) == [RunEventKind.RESET], "by the flag as believed it is in the pits"


def test_a_driven_entry_into_a_stall_right_behind_the_track_is_no_reset() -> None:
    eyes = at_wheel(TRACK)
    eyes.pits.moving_since_s = LEFT_S - 10.0
    out = [kind for _ in range(3) for kind in kinds(driven(eyes, **STALL, speed=20.0))]
    assert out == [RunEventKind.PIT_ENTER]


@pytest.mark.parametrize(
    ("visit", "asked"),
    [
        ({"stop_s": LEFT_S, "request": 15}, [Request(LEFT_S, 15, False)]),
        ({"stop_s": LEFT_S, "request": 15, "is_request_final": True}, [Request(LEFT_S, 15, True)]),
        ({"stop_s": None, "request": 15}, []),  # when it came to stand nobody saw
        ({"stop_s": LEFT_S, "request": None}, []),
    ],
)
def test_what_is_requested_for_a_stop_is_told_once_while_the_car_stands(
    visit: dict[str, Any], asked: list[Request]
) -> None:
    eyes = at_wheel(STANDS, visit=stopped(**visit))
    driven(eyes, pit_sv_flags=None)
    eyes.under_way.is_news = False
    driven(eyes, pit_sv_flags=None)
    assert [*eyes.under_way.requests] == asked
    assert not eyes.under_way.is_news
    rolls = at_wheel(LANE, visit=stopped(is_standing=False, **visit))
    driven(rolls, speed=20.0, pit_sv_flags=None)
    assert rolls.under_way.requests == ()


def test_a_car_that_is_reset_in_the_tick_of_a_line_that_was_not_confirmed_crossed_none() -> None:
    eyes = at_wheel(LANE, visit=stopped(is_standing=False), pct=0.5)
    eyes.closing, eyes.closing_line = Telling(5), frame(LEFT_S)
    eyes.lap = Telling(6)
    look_from_car(eyes, frame(LEFT_S, **LANE), from_line=True)
    driven(eyes, lap_dist_pct=0.7, **STANDS)
    assert (eyes.under_way.lap, eyes.closing) == (5, None)
    assert eyes.under_way.moments[0].at == Moment(LEFT_S + TICK_S, 50_000.0)
