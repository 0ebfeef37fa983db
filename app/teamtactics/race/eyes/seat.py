"""Getting into the car and out of it, and the time in which nobody looked."""

from __future__ import annotations

from teamtactics.model.events import RunEventKind
from teamtactics.model.facts import MomentKind, Vantage
from teamtactics.model.frame import Frame
from teamtactics.model.records import Moment
from teamtactics.model.session import SessionInfo
from teamtactics.race.crossing import reopen
from teamtactics.race.eyes.continuity import HOLD_TICKS, is_glitch, moment
from teamtactics.race.eyes.drive import tell_pit_fact, tell_visit
from teamtactics.race.eyes.fuel import NOISE_L, SUSPECT_L
from teamtactics.race.eyes.in_car import Settings
from teamtactics.race.eyes.laps import LAP_TIME_WAIT_S, PendingLap
from teamtactics.race.eyes.notes import Happened, LapOver, Noticed
from teamtactics.race.eyes.pits.road import MOVING_M_S
from teamtactics.race.eyes.pits.visit import STANDING_M_S, PitVisit, is_in_stall
from teamtactics.race.eyes.sights import end_away, look_from_car, lose_sight
from teamtactics.race.eyes.telling import Telling
from teamtactics.race.identity import BEGIN_S
from teamtactics.race.memory import Memory, Outside

_PUT = (MomentKind.TOWED, MomentKind.RESET, MomentKind.PUT)


def who_sits_here(info: SessionInfo, fallback_customer_id: int | None) -> int | None:
    """
    Tell who sits at this PC.

    Source:
        DriverInfo.DriverUserID (field guide 3.1). Recordings of 2015 lack it: then the configured id, else, in a single
        session, the own entry's.
    """
    if info.driver_user_id is not None:
        return info.driver_user_id
    if fallback_customer_id is not None or info.own is None or info.is_team_session:
        return fallback_customer_id
    return info.own.user_id


def is_driven(frame: Frame) -> bool:
    """
    Tell whether the car's physics run on this PC in this tick.

    Source:
        IsOnTrackCar, else IsOnTrack; IsInGarage (live only); data contract and field guide 3.4, 3.5.
    """
    flag = frame.is_on_track_car
    if flag is None:
        flag = frame.is_on_track
    return bool(flag) and not frame.is_in_garage


def hides_line(memory: Memory, frame: Frame) -> bool:
    """
    Tell whether the car was driven over the line in the hole before *frame*: where in it, nobody saw.

    Source:
        LapCompleted, LapDistPct; a spawn or a reset reads rubbish in both (field guide 9.3, 9.4).
    """
    if not is_driven(frame) or is_glitch(frame) or memory.position.is_reset or is_in_stall(frame):
        return False
    before, pct = memory.position.pct, frame.lap_dist_pct
    has_wrapped = before is not None and pct is not None and before > 0.9 and pct < 0.1
    return has_wrapped or frame.lap_completed == (memory.counter.value or 0) + 1


def waits_for_counter(memory: Memory, frame: Frame) -> bool:
    """
    Tell whether the seat is taken in mid-race, for all one can know, and the laps are still to be told.

    Source:
        LapCompleted; field guide 17.5. A change of drivers is made in the stall, and who stands there misses nothing.
    """
    laps = max(frame.lap_completed or 0, frame.car_lap_completed or 0)
    is_unknown = memory.is_team and memory.counter.value is None and laps <= 0 and frame.session_time > BEGIN_S
    return is_unknown and bool(is_in_stall(frame)) and frame.speed is not None and frame.speed < STANDING_M_S


def take_seat(memory: Memory, frame: Frame, out: list[Noticed]) -> None:
    """The member of this PC drives from *frame* on."""
    has_rejoined, memory.has_rejoined = memory.has_rejoined, False
    is_first = memory.counter.value is None
    before, last, visit = memory.place, memory.last, memory.pits.visit
    if visit is not None and _has_been_round(memory, frame, visit):
        # What it is in now is another visit than the one it was left in.
        visit = None
    end_away(memory, memory.seat.on_since_s)
    lose_sight(memory)
    _go_on_with_lap(memory, frame, None if before is not None else last, out)
    level_l = memory.fuel.level_l
    memory.fuel.forget()
    memory.fuel.level_l = frame.fuel_level
    was_set_up = _was_set_up(memory, level_l)
    memory.position.lose_sight()
    memory.in_car = Settings(frame.in_car)
    memory.outside = Outside(first=memory.outside.first)
    look_from_car(memory, frame, at_s=memory.seat.on_since_s)
    if not (frame.on_pit_road or is_in_stall(frame)):
        if visit is not None:
            # Nobody saw the exit: it must outlive the next crash.
            out.append(Happened(RunEventKind.STATE_DUE, moment(frame)))
        memory.pits.visit, memory.pits.is_on = None, False
        if is_first or before is None:
            memory.pits.find_on_track(frame)
        return
    if visit is not None and was_set_up:
        if last is not None:
            # It was put back already when it was left: nothing came in before that, either.
            memory.telling_at(moment(last)).note(MomentKind.RESET, moment(last), Vantage.CAR)
        _find_in_pits(memory, frame, MomentKind.RESET)
        out.append(Happened(RunEventKind.RESET, moment(frame)))
    elif visit is not None:
        _go_on_with_visit(memory, frame, visit)
    elif frame.player_car_tow_time:
        _find_in_pits(memory, frame, MomentKind.TOWED)
        out.append(Happened(RunEventKind.TOW, moment(frame)))
    elif has_rejoined:
        # The simulator was restarted and set the car into its stall: no stop unless something is done.
        _find_in_pits(memory, frame, MomentKind.PLACED, counts=False, rejoined=True)
    elif is_first or before is None:
        # In a team's mid-race a car that is first seen in the pits has been somewhere: somebody else began that stop.
        _find_in_pits(memory, frame, MomentKind.PLACED, counts=memory.is_team or not is_first)
    else:
        is_tow = memory.is_race and not _has_another_tank(memory, last, level_l)
        _find_in_pits(memory, frame, MomentKind.TOWED if is_tow else MomentKind.RESET)
        out.append(Happened(RunEventKind.STATE_DUE, moment(frame)))


def _was_set_up(memory: Memory, level_l: float | None) -> bool:
    """
    Tell whether the car, left in the pits with *level_l*, was given another tank in the garage: that is no refuelling.

    Source:
        FuelLevel, IsInGarage. Nobody else can have sat in it, or its member was in the garage; in a race there is none.
    """
    was_in_garage, memory.seat.garage_ticks = memory.seat.garage_ticks >= HOLD_TICKS, 0
    now_l = memory.fuel.level_l
    if memory.is_race or level_l is None or now_l is None or abs(now_l - level_l) <= NOISE_L:
        return False
    return was_in_garage or not memory.is_team


def _has_another_tank(memory: Memory, last: Frame | None, level_l: float | None) -> bool:
    """Tell whether the car was given another tank since it was left with *level_l*: that is a reset, and no tow."""
    is_own = last is not None and last.lap_completed == memory.counter.value
    now_l = memory.fuel.level_l
    return is_own and level_l is not None and now_l is not None and abs(now_l - level_l) > SUSPECT_L


def _go_on_with_lap(memory: Memory, frame: Frame, before_hole: Frame | None, out: list[Noticed]) -> None:
    """
    Name the lap that the car is in.

    Args:
        before_hole: The last tick in the car, where nobody has looked since.
    """
    counter, now, ended = memory.counter, frame.lap_completed, memory.lap
    if now is None or now <= 0:
        # It may be the seat's rubbish, for some ticks still: laps that were seen are not taken back.
        now = max(0 if now is None else now, counter.value or now or 0, frame.car_lap_completed or now or 0)
    if ended is None or ended.lap != now + 1:
        memory.lap = Telling(now + 1)
        memory.closing = memory.closing_line = None
        if memory.pits.visit is not None:
            memory.pits.visit.has_crossed_line = True
        if ended is not None and before_hole is not None and _was_last(memory, ended, now, before_hole):
            # Its line was crossed while nobody looked: its time is on show for the whole next lap.
            memory.pending = (PendingLap(ended, before_hole._replace(session_time=frame.session_time)),)
        elif ended is not None:
            out.append(LapOver(ended))
        counter.crossing_s = None
    counter.value, counter.odd_ticks = now, 0


def _was_last(memory: Memory, ended: Telling, now: int, before: Frame) -> bool:
    """Tell whether only the line of the lap that *ended* was crossed unseen, with no other lap's time still to come."""
    line_s = memory.counter.crossing_s
    is_shown = line_s is not None and before.session_time - line_s >= LAP_TIME_WAIT_S and not memory.pending
    return is_shown and ended.lap == now and before.lap_completed == now - 1


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


def _find_in_pits(
    memory: Memory, frame: Frame, came: MomentKind, *, counts: bool = True, rejoined: bool = False
) -> None:
    """
    The car is in the pits and was not driven there before our eyes.

    Args:
        counts: Whether that it stands there makes a stop.

        rejoined: The member's simulator was restarted, and that alone has brought it there.
    """
    visit = memory.pits.place(came, frame)
    visit.has_driven = came is MomentKind.PLACED and frame.speed is not None and frame.speed > MOVING_M_S
    if not counts:
        visit.told = (MomentKind.STOOD,)
    if not rejoined:
        memory.under_way.note(came, Moment(memory.seat.on_since_s, frame.session_time_of_day), Vantage.CAR)
    tell_visit(memory, frame, visit)


def _go_on_with_visit(memory: Memory, frame: Frame, visit: PitVisit) -> None:
    """The car is in the pits as it was when it was last seen."""
    memory.pits.is_on = bool(frame.on_pit_road)
    visit.slow_since = None
    if is_in_stall(frame):
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


def leave_seat(memory: Memory, out: list[Noticed]) -> None:
    """Take a tick in which the member of this PC, who drove, does not; it counts when it holds."""
    seat = memory.seat
    seat.off_ticks += 1
    if seat.off_ticks < HOLD_TICKS:
        return
    seat.is_driving, seat.on_ticks, seat.off_ticks = False, 0, 0
    reopen(memory)
    _last_word(memory, out)
    lose_sight(memory)
    memory.pits.lose_sight()
    memory.position.lose_sight()
    last = memory.last
    at = Moment(memory.clock.time_s, None) if last is None else moment(last)
    out.append(Happened(RunEventKind.DRIVER_LEFT, at))


def _last_word(memory: Memory, out: list[Noticed]) -> None:
    """Tell what has not held its time yet: whoever gets out of the car at once will see no more of it."""
    visit, last = memory.pits.visit, memory.last
    if visit is None or last is None or visit.is_standing or visit.slow_since is None:
        return
    fact = visit.stand(is_in_stall(last))
    if fact is not None:
        tell_pit_fact(memory, *fact, out)
    tell_visit(memory, last, visit)


def lose_simulator(memory: Memory) -> None:
    """The simulator was not read for too long for anything to follow from what was seen before."""
    reopen(memory)
    lose_sight(memory)
    seat = memory.seat
    seat.is_driving, seat.on_ticks, seat.off_ticks = False, 0, 0
    memory.pits.lose_sight()
    memory.position.lose_sight()
    memory.place = None
    memory.outside = Outside(first=memory.outside.first)


def set_back(memory: Memory, by_s: float) -> None:
    """The session's clock was set back *by_s*: what is counted from an earlier moment goes on being counted."""
    pits, counter, outside = memory.pits, memory.counter, memory.outside
    pits.moving_since_s = _earlier(pits.moving_since_s, by_s)
    counter.crossing_s = _earlier(counter.crossing_s, by_s)
    outside.driven_since_s = _earlier(outside.driven_since_s, by_s)
    memory.state_s = _earlier(memory.state_s, by_s)
    for pending in memory.pending:
        pending.at_line = pending.at_line._replace(session_time=pending.at_line.session_time - by_s)
        pending.settles_s -= by_s


def _earlier(at_s: float | None, by_s: float) -> float | None:
    return None if at_s is None else at_s - by_s
