"""What the car is found in by who takes its seat in the pits: the visit it was left in, another one, a reset, a tow."""

from __future__ import annotations

from dataclasses import dataclass

from teamtactics.model.events import RunEventKind
from teamtactics.model.facts import MomentKind, Place, Vantage
from teamtactics.model.frame import Frame
from teamtactics.model.records import Moment
from teamtactics.race.eyes.continuity import HOLD_TICKS, moment
from teamtactics.race.eyes.delay import PICTURE_LAG_S
from teamtactics.race.eyes.drive import tell_visit
from teamtactics.race.eyes.fuel import NOISE_L, SUSPECT_L
from teamtactics.race.eyes.notes import Happened, Noticed
from teamtactics.race.eyes.pits.road import MOVING_M_S
from teamtactics.race.eyes.pits.visit import STANDING_M_S, PitVisit, is_in_stall
from teamtactics.race.memory import Memory

SHORTEST_WAY_IN_S = 6.0
"""Nobody comes from the track into his stall, stops and gets out of the car in less."""

SHORTEST_FROM_LANE_S = 1.5
"""The same from the pit lane."""

_PUT = (MomentKind.TOWED, MomentKind.RESET, MomentKind.PUT)


@dataclass(frozen=True, slots=True)
class Left:
    """
    What was known of the car until its seat was taken.

    Attributes:
        is_first: Nothing; nobody has looked in this session.

        place: Where it was; None where nobody has looked since.

        last, level_l: The last tick in it, and what was in its tank then.

        visit: The visit to the pits that it is still in.

        has_vanished: It was out of the world too soon after it was on the track to have been driven into the pits.

        was_in_lane: The same in the pit lane: its driver got out of it there, before it was in its stall.

        was_in_garage: It was left for the garage.
    """

    is_first: bool
    place: Place | None
    last: Frame | None
    level_l: float | None
    visit: PitVisit | None
    has_vanished: bool
    was_in_lane: bool
    was_in_garage: bool

    @property
    def is_unknown(self) -> bool:
        """Whether nobody knows what it has done since it was seen."""
        return self.is_first or self.place is None


def remember(memory: Memory, frame: Frame) -> Left:
    """Return what was known until now, in the first tick *frame* in the car; it is asked once."""
    visit, seat = memory.pits.visit, memory.seat
    if visit is not None and _has_been_round(memory, frame, visit):
        # What it is in now is another visit than the one it was left in.
        visit = None
    last, has_vanished = memory.last, _has_vanished(memory)
    left = Left(
        is_first=memory.counter.value is None,
        place=memory.place,
        last=last,
        level_l=memory.fuel.level_l,
        visit=visit,
        has_vanished=has_vanished and last is not None and not _is_in_pits(last),
        was_in_lane=has_vanished and last is not None and _is_in_pits(last) and not is_in_stall(last),
        was_in_garage=seat.garage_ticks >= HOLD_TICKS,
    )
    seat.garage_ticks = 0
    return left


def find_in_pits(memory: Memory, frame: Frame, left: Left, out: list[Noticed]) -> None:
    """Take the first tick *frame* in a car that is in the pits."""
    if left.visit is not None and (_was_set_up(memory, frame, left) or _was_put_back(memory, frame, left)):
        if left.last is not None:
            # It was put back already when it was left: nothing came in before that, either.
            memory.telling_at(moment(left.last)).note(MomentKind.RESET, moment(left.last), Vantage.CAR)
        _begin_visit(memory, frame, MomentKind.RESET)
        out.append(Happened(RunEventKind.RESET, moment(frame)))
    elif left.visit is not None:
        _go_on_with_visit(memory, frame, left.visit)
    elif frame.player_car_tow_time:
        _begin_visit(memory, frame, MomentKind.TOWED)
        out.append(Happened(RunEventKind.TOW, Moment(memory.seat.on_since_s, frame.session_time_of_day)))
    elif left.is_unknown and not left.has_vanished:
        # In a team's mid-race a car that is first seen in the pits has been somewhere: somebody else began that stop.
        # And whose simulator crashed finds it in its stall, where it was put: that ends a stint, whoever gets in.
        _begin_visit(memory, frame, MomentKind.PLACED, counts=memory.is_team or not left.is_first)
    else:
        is_tow = memory.is_race and not _has_another_tank(memory, left)
        visit = _begin_visit(memory, frame, MomentKind.TOWED if is_tow else MomentKind.RESET)
        visit.untold_tow_s = memory.seat.on_since_s if is_tow else None
        out.append(Happened(RunEventKind.STATE_DUE, moment(frame)))


def _has_vanished(memory: Memory) -> bool:
    """Tell whether the car was out of the world since very soon after it was last seen."""
    sight, last = None if memory.lap is None else memory.lap.sight, memory.last
    away_from_s = memory.outside.away_from_s
    if sight is not None and sight.place_first is sight.place_last is Place.AWAY:
        away_from_s = sight.from_s
    if away_from_s is None or last is None:
        return False
    unseen_s = away_from_s + PICTURE_LAG_S - last.session_time
    return 0.0 <= unseen_s <= (SHORTEST_FROM_LANE_S if _is_in_pits(last) else SHORTEST_WAY_IN_S)


def _is_in_pits(last: Frame) -> bool:
    return bool(last.on_pit_road or is_in_stall(last))


def _was_put_back(memory: Memory, frame: Frame, left: Left) -> bool:
    """Tell whether the car, left in the pit lane, is found in its stall: in a race that is no reset."""
    return left.was_in_lane and not memory.is_race and bool(is_in_stall(frame))


def _was_set_up(memory: Memory, frame: Frame, left: Left) -> bool:
    """
    Tell whether the car, left in the pits, was given another tank in the garage: that is no refuelling.

    Source:
        FuelLevel, IsInGarage. In a race there is none. A recording does not have IsInGarage, and no ticks either while
        nobody is in the car; whoever left it standing got out of it there, and alone nobody else has been in it.
    """
    now_l = memory.fuel.level_l
    if memory.is_race or left.level_l is None or now_l is None or abs(now_l - left.level_l) <= NOISE_L:
        return False
    is_recorded = frame.is_in_garage is None and not memory.is_team
    return left.was_in_garage or (is_recorded and left.visit is not None and left.visit.is_standing)


def _has_another_tank(memory: Memory, left: Left) -> bool:
    """Tell whether the car was given another tank since it was left: that is a reset, and no tow."""
    is_own = left.last is not None and left.last.lap_completed == memory.counter.value
    now_l = memory.fuel.level_l
    return is_own and left.level_l is not None and now_l is not None and abs(now_l - left.level_l) > SUSPECT_L


def _has_been_round(memory: Memory, frame: Frame, visit: PitVisit) -> bool:
    """
    Tell whether a car that was left in the pits and is found there has driven at least a lap in between.

    One line may lie on the way to the stall, or between stall and exit; for a second one it takes a whole lap. A car
    that was in its stall before has no way to it any more.
    """
    known, now = memory.counter.value, frame.lap_completed
    if known is None or now is None:
        return False
    unseen = now - known
    if unseen == 0 and _is_half_a_lap_further(memory.last, frame):
        # In one lap from behind its line to before the next.
        return True
    crossed = unseen + visit.has_crossed_line
    if crossed != 1:
        return crossed > 1
    in_stall = bool(is_in_stall(frame))
    if memory.stall_pct is not None and memory.stall_pct > 0.5:
        return in_stall
    has_been_there = unseen == 1 and (visit.stood_in_stall or visit.came in _PUT)
    return has_been_there and (in_stall or memory.stall_pct is not None)


def _is_half_a_lap_further(last: Frame | None, frame: Frame) -> bool:
    """Tell whether the car has come so far since *last*, in the same lap: no pit lane is so long."""
    if last is None or last.lap_dist_pct is None or frame.lap_dist_pct is None:
        return False
    return last.lap_completed == frame.lap_completed and frame.lap_dist_pct - last.lap_dist_pct > 0.5


def _begin_visit(memory: Memory, frame: Frame, came: MomentKind, *, counts: bool = True) -> PitVisit:
    """
    The car is in the pits and was not driven there before our eyes.

    Args:
        counts: Whether that it stands there makes a stop.
    """
    visit = memory.pits.place(came, frame)
    visit.has_driven = came is MomentKind.PLACED and frame.speed is not None and frame.speed > MOVING_M_S
    if not counts:
        visit.told = (MomentKind.STOOD,)
    memory.under_way.note(came, Moment(memory.seat.on_since_s, frame.session_time_of_day), Vantage.CAR)
    tell_visit(memory, frame, visit)
    return visit


def _go_on_with_visit(memory: Memory, frame: Frame, visit: PitVisit) -> None:
    """The car is in the pits as it was when it was last seen."""
    memory.pits.is_on = bool(frame.on_pit_road)
    visit.slow_since = None
    if is_in_stall(frame):
        if not visit.stood_in_stall and frame.speed is not None and frame.speed >= STANDING_M_S:
            # What was ticked in the lane may have been changed there.
            visit.request = None
        visit.stood_in_stall = True
    if frame.speed is not None and frame.speed < STANDING_M_S:
        # It stopped before the seat was taken: when, only somebody else can tell.
        visit.is_standing = True
        visit.last_slow_s, visit.last_slow_of_day_s = frame.session_time, frame.session_time_of_day
        if visit.stop_s is None and visit.came in _PUT and frame.player_car_tow_time:
            # It was put there, and the crew does not begin before the tow is over: what is requested is for that stop.
            visit.stop_s = memory.seat.on_since_s
    elif visit.is_standing and frame.speed is not None:
        # Before anybody looked: when, nobody can tell.
        visit.is_standing, visit.has_driven = False, True
        visit.is_request_final = visit.stood_in_stall
    tell_visit(memory, frame, visit)
