"""What one tick does to a session that is followed: a hole with the line in it, a name read late, a lap that ends."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from race.driving import ADA, BEN, TICK_S, Car, kinds, seen, session_info
from race.test_put import RUBBISH
from race.test_told_of_a_session import KEY
from teamtactics.model.events import Event, LapFinished, LapSeen
from teamtactics.model.facts import LapFacts, LineSeen, MomentKind, Place, Sight, Vantage
from teamtactics.model.frame import Frame
from teamtactics.model.records import LapTally, Moment, RunState
from teamtactics.model.session import Entry
from teamtactics.race.eyes.continuity import Position, Step, TimeLine
from teamtactics.race.eyes.laps import PendingLap
from teamtactics.race.eyes.telling import SightUnderWay, Telling
from teamtactics.race.memory import LapCounter, Memory, Seat
from teamtactics.race.teller import Teller

NOW_S = 512.0
ADA_DRIVES, BEN_DRIVES = session_info(), session_info(me=ADA, in_car=BEN)


def frame(at_s: float = NOW_S, **changes: Any) -> Frame:
    return Frame(**{**Car().values, "session_time": at_s, "lap": 5, "lap_completed": 4, **changes})


def driving(**changes: Any) -> Memory:
    """The eyes of Ada, who drives in lap 5 and is in the last tenth of it."""
    values: dict[str, Any] = {
        "member": ADA,
        "is_team": True,
        "seat": Seat(is_driving=True),
        "counter": LapCounter(4),
        "position": Position(dist_m=2940.0, pct=0.98, speed_m_s=50.0, length_m=3000.0),
        "last": frame(lap_dist_pct=0.98, lap_dist=2940.0),
        "place": Place.TRACK,
        "state_s": NOW_S,
        **changes,
    }
    eyes = Memory(KEY, TimeLine(NOW_S, 100), lap=Telling(5), **values)
    eyes.fuel.level_l = 50.0
    eyes.under_way.sight = SightUnderWay(Vantage.CAR, NOW_S - 10.0, ADA, Place.TRACK, NOW_S - 10.0, Place.TRACK)
    return eyes


def watching(**changes: Any) -> Memory:
    """The eyes of Ada, who has not been in the car in this session."""
    return Memory(KEY, TimeLine(NOW_S, 100), **{"member": ADA, "is_team": True, **changes})


def ticked(
    eyes: Memory, *, dt_s: float = TICK_S, step: Step = Step.NEXT, interval_s: float = 1e9, **shown: Any
) -> list[Event]:
    """What is told of the next tick."""
    eyes.clock.time_s += dt_s
    return [*Teller(eyes).tick(frame(eyes.clock.time_s, **shown), ADA_DRIVES, step, dt_s, interval_s)]


BEHIND_LINE: dict[str, Any] = {"lap_dist_pct": 0.01, "lap_dist": 30.0}


@pytest.mark.parametrize(("dt_s", "is_lost"), [(0.1, False), (0.125, True), (1.5, True)])
def test_a_hole_in_which_the_line_was_crossed_is_more_than_a_step(dt_s: float, is_lost: bool) -> None:
    """Steps up to a tenth of a second are normal (SIMULATOR#holes): in one of them the line is known well enough."""
    eyes = driving()
    ticked(eyes, dt_s=dt_s, **BEHIND_LINE)
    assert eyes.seat.is_driving is not is_lost
    assert (eyes.closing is None) is is_lost, "where in a hole it was nobody saw"
    assert (eyes.under_way.sight is None) is is_lost


def test_a_hole_without_the_line_in_it_is_a_hole_of_the_same_stretch() -> None:
    eyes = driving()
    ticked(eyes, dt_s=1.5, lap_dist_pct=0.99, lap_dist=2970.0)
    assert eyes.seat.is_driving
    assert eyes.under_way.sight is not None
    assert eyes.under_way.sight.unseen_s == pytest.approx(1.5 - TICK_S)


def test_who_is_about_to_take_the_seat_forgets_nothing_over_a_hole_in_which_the_line_may_lie() -> None:
    """He does not drive yet: what was seen of the car until now counts."""
    eyes = driving(seat=Seat(on_ticks=2, on_since_s=NOW_S - 1.0))
    ticked(eyes, dt_s=0.5, **BEHIND_LINE, lap_completed=5)
    assert eyes.seat.is_driving


@pytest.mark.parametrize("is_seen", [False, True])
def test_a_name_that_is_read_late_is_told_of_a_line_that_was_seen(is_seen: bool) -> None:
    """SIMULATOR#lag: the text names who has just got in only seconds later. A line in a hole is nobody's."""
    line = LineSeen(Moment(NOW_S - 1.0, None), Vantage.CAR, ADA)
    eyes = driving(pending=(PendingLap(Telling(4, line=line if is_seen else None), frame(NOW_S - 1.0)),))
    assert ADA_DRIVES.own is not None
    Teller(eyes).read(ADA_DRIVES, ADA_DRIVES.own, ADA)
    assert eyes.pending[0].telling.line == (replace(line, name="Ada Falk") if is_seen else None)


def test_the_name_of_the_member_is_not_that_of_whom_he_watches() -> None:
    line = LineSeen(Moment(NOW_S - 1.0, None), Vantage.OUTSIDE)
    eyes = watching(pending=(PendingLap(Telling(4, line=line), frame(NOW_S - 1.0)),))
    assert ADA_DRIVES.own is not None
    Teller(eyes).read(ADA_DRIVES, ADA_DRIVES.own, ADA)
    assert eyes.pending[0].telling.line == line


def heard(who: int | None, at_s: float) -> RunState:
    return RunState(at_s, who, None, 2, 1, 3, None, None, None, None, False, LapTally())


@pytest.mark.parametrize(
    ("told", "said", "silent_s"),
    [
        (None, None, 61.0),
        (None, (BEN, 502.0), 10.0),
        ((BEN, 500.0), None, 12.0),
        ((BEN, 500.0), (BEN, 502.0), 10.0),
        ((BEN, 500.0), (BEN, 498.0), 12.0),
        ((BEN, 500.0), (None, 502.0), 12.0),  # a word of nobody in particular
        ((BEN, 500.0), (303, 502.0), 61.0),  # Cyd drove behind that
        ((303, 500.0), (BEN, 500.0), 61.0),  # what stands in the facts was seen
    ],
)
def test_a_driver_is_silent_since_he_told_last_of_his_own_driving(
    told: tuple[int, float] | None, said: tuple[int | None, float] | None, silent_s: float
) -> None:
    eyes = watching()
    eyes.outside.driven_since_s = NOW_S - 61.0
    teller = Teller(eyes)
    if told is not None:
        sight = Sight(told[1] - 10.0, told[1], Vantage.CAR, told[0])
        teller.learn([LapFacts(4, told[0], (sight,))])
    if said is not None:
        teller.hear(heard(*said))
    assert teller.silent_for_s(BEN_DRIVES) == silent_s


@pytest.mark.parametrize(("set_s", "is_due"), [(0.0, False), (15.0, True)])
def test_a_state_is_due_by_the_clock_that_all_members_share(set_s: float, is_due: bool) -> None:
    """Set forward it makes the last state as old as everybody else reads it."""
    eyes = driving(state_s=NOW_S - 20.0)
    eyes.clock.time_s += set_s + TICK_S
    eyes.clock.set_s = set_s
    events = Teller(eyes).tick(frame(eyes.clock.time_s, lap_dist_pct=0.98), ADA_DRIVES, Step.NEXT, TICK_S, 30.0)
    assert ("stateDue" in kinds(events)) is is_due


@pytest.mark.parametrize(("at_s", "lap"), [(NOW_S - 0.5, 5), (NOW_S, 6), (NOW_S + 0.5, 6)])
@pytest.mark.parametrize("is_seen", [False, True])
def test_what_happened_right_behind_a_line_that_nobody_saw_is_of_the_lap_in_which_it_was_seen(
    at_s: float, lap: int, is_seen: bool
) -> None:
    """The picture from outside is a second old: what it shows may lie before the line that was seen."""
    line = LineSeen(Moment(NOW_S, None), Vantage.CAR) if is_seen else None
    eyes = Memory(KEY, TimeLine(NOW_S, 100), lap=Telling(6), pending=(PendingLap(Telling(5, line=line), frame()),))
    assert eyes.telling_at(Moment(at_s, None)).lap == (lap if is_seen else 6)


@pytest.mark.parametrize("set_s", [0.0, 5.0, -0.875])
@pytest.mark.parametrize("vantage", [*Vantage, None])
def test_that_the_clock_was_set_is_told_once_of_the_lap_by_who_sees_the_car(
    set_s: float, vantage: Vantage | None
) -> None:
    """Behind the set clock the lap can be measured by nobody."""
    eyes = watching() if vantage is None else driving(seat=Seat(is_driving=vantage is Vantage.CAR))
    eyes.clock.set_s = set_s
    shown = {} if vantage is Vantage.CAR else {"is_on_track_car": False, "is_on_track": False}
    told = seen(ticked(eyes, **shown))
    eyes.clock.set_s = 0.0
    told += seen(ticked(eyes, **shown))
    moments = [(moment.kind, moment.vantage) for facts in told for moment in facts.moments]
    assert moments == ([(MomentKind.CLOCK, vantage)] if set_s and vantage else [])


@pytest.mark.parametrize("is_driving", [True, False])
def test_a_tick_of_rubbish_is_none_in_the_car(is_driving: bool) -> None:
    """SIMULATOR#reset: where it is, how fast and in which lap, all of that is 0 in it; the tank alone is real."""
    eyes = driving(seat=Seat(is_driving=is_driving, on_ticks=0 if is_driving else 2))
    before = eyes.last
    assert ticked(eyes, **RUBBISH) == []
    assert (eyes.seat.is_driving, eyes.last is before, eyes.position.dist_m) == (is_driving, True, 2940.0)
    assert eyes.position.is_reset is is_driving


@pytest.mark.parametrize(("step", "told"), [(Step.PAUSED, []), (Step.NEXT, ["pitEnter"])])
def test_nothing_holds_while_the_clock_stands(step: Step, told: list[str]) -> None:
    eyes = driving()
    eyes.pits.moving_since_s = NOW_S - 10.0
    lane = {"on_pit_road": True, "player_track_surface": 2, "lap_dist_pct": 0.98, "lap_dist": 2941.0}
    dt_s = 0.0 if step is Step.PAUSED else TICK_S
    events = [event for _ in range(3) for event in ticked(eyes, dt_s=dt_s, step=step, **lane)]
    assert kinds(events) == told


@pytest.mark.parametrize(
    ("vantage", "is_confirmed", "is_told"),
    [
        (Vantage.CAR, True, False),
        (Vantage.OUTSIDE, True, True),
        (None, True, True),  # a line that nobody saw
        (None, False, False),
    ],
)
def test_what_is_new_waits_while_the_line_behind_it_may_still_be_taken_back(
    vantage: Vantage | None, is_confirmed: bool, is_told: bool
) -> None:
    """A driver's line may be for ten seconds; a watcher's is one, whatever the counter says then."""
    line = None if vantage is None else LineSeen(Moment(NOW_S - 1.0, None), vantage, ADA, "Ada Falk")
    eyes = driving(pending=(PendingLap(Telling(4, line=line), frame(NOW_S - 1.0)),))
    if not is_confirmed:
        eyes.closing, eyes.closing_line = Telling(4), frame(NOW_S - 1.0)
    eyes.under_way.is_news = True
    events = ticked(eyes, lap_dist_pct=0.98, lap_dist=2941.0)
    assert [facts.lap for facts in seen(events)] == ([5] if is_told else [])
    assert eyes.under_way.is_news is not is_told
    again = ticked(eyes, interval_s=0.0, lap_dist_pct=0.98, lap_dist=2942.0)
    assert kinds(again) == ["stateDue"]
    assert bool(seen(again)) is is_told, "what else is told of changes nothing in that"
    assert not seen(ticked(eyes, lap_dist_pct=0.98, lap_dist=2943.0)), "and it is told once"


@pytest.mark.parametrize(("last_driver", "told"), [(ADA, []), (BEN, ["driver"])])
def test_who_goes_on_driving_with_a_client_that_began_anew_tells_a_state_half_a_minute_later(
    last_driver: int, told: list[str]
) -> None:
    """He is no other driver; and no state is older than the interval."""
    eyes = watching(seat=Seat(on_ticks=2, on_since_s=NOW_S - 0.05))
    teller = Teller(eyes)
    teller.learn([LapFacts(5, BEN, (Sight(500.0, 505.0, Vantage.CAR, last_driver),))])
    taken_s = NOW_S + TICK_S
    assert kinds(teller.tick(frame(taken_s), ADA_DRIVES, Step.NEXT, TICK_S, 30.0)) == told
    assert eyes.seat.is_driving
    assert kinds(teller.tick(frame(taken_s + 29.75), ADA_DRIVES, Step.NEXT, TICK_S, 30.0)) == []
    assert kinds(teller.tick(frame(taken_s + 30.0), ADA_DRIVES, Step.NEXT, TICK_S, 30.0)) == ["stateDue"]


def test_what_is_over_is_told_once_and_where_no_car_was_seen_nothing_is() -> None:
    assert Teller(watching()).close() == []
    teller = Teller(driving())
    (sight,) = seen(teller.close())[0].sights
    assert sight.until_s == NOW_S
    assert teller.close() == []


@pytest.mark.parametrize(
    ("lap", "vantage", "finished"),
    [
        (0, Vantage.CAR, []),  # the formation or out lap is none
        (1, Vantage.CAR, [1]),
        (4, Vantage.CAR, [4]),
        (4, Vantage.OUTSIDE, []),  # whoever drove it tells of it
        (4, None, []),  # in a hole: what is known of its end others may know better
    ],
)
@pytest.mark.parametrize("is_team", [True, False])
def test_a_lap_is_finished_by_who_drove_it_over_the_line(
    lap: int, vantage: Vantage | None, finished: list[int], is_team: bool
) -> None:
    line = None if vantage is None else LineSeen(Moment(NOW_S - 1.0, None), vantage, ADA, "Ada Falk")
    sights = (Sight(NOW_S - 60.0, NOW_S - 1.0, vantage or Vantage.CAR, ADA),)
    eyes = driving(is_team=is_team, pending=(PendingLap(Telling(lap, sights, line=line), frame(NOW_S - 1.0)),))
    teller = Teller(eyes)
    teller.read(session_info(team_racing=is_team), Entry(5, ADA, "Ada Falk", 77, "Falk & Ruiz", "", "", 169), ADA)
    events = teller.close()
    assert [event.facts.lap for event in events if isinstance(event, LapSeen) and event.is_over] == [lap]
    over = [event for event in events if isinstance(event, LapFinished)]
    assert [event.record.lap_completed for event in over] == finished
    assert all(event.is_whole is not is_team for event in over), "in a team somebody may know when it began"
    assert all((event.facts.lap, event.state.customer_id) == (lap, ADA) for event in over)


@pytest.mark.parametrize(("from_s", "is_whole"), [(NOW_S - 91.0, True), (NOW_S - 90.0, False)])
def test_in_a_team_a_lap_is_known_whole_that_its_driver_saw_from_line_to_line(from_s: float, is_whole: bool) -> None:
    before, line = (
        LineSeen(Moment(at_s, None), Vantage.CAR, ADA, "Ada Falk", 40.0, False) for at_s in (NOW_S - 91.0, NOW_S - 1.0)
    )
    sight = Sight(from_s, NOW_S - 1.0, Vantage.CAR, ADA, Place.TRACK, Place.TRACK, False, False, 40.0, 40.0, 0.0, True)
    telling = Telling(4, (sight,), line=line, official_s=90.0, is_timed=True)
    teller = Teller(driving(pending=(PendingLap(telling, frame(NOW_S - 1.0)),)))
    teller.read(ADA_DRIVES, Entry(5, ADA, "Ada Falk", 77, "Falk & Ruiz", "", "", 169), ADA)
    teller.learn([LapFacts(3, ADA, line=before)])
    assert [event.is_whole for event in teller.close() if isinstance(event, LapFinished)] == [is_whole]


def test_a_car_that_nobody_has_seen_is_on_no_pit_road() -> None:
    assert not Teller(watching()).state.on_pit_road
