"""Getting into the car and out of it, and the time in which nobody looked."""

from __future__ import annotations

from teamtactics.model.events import RunEventKind
from teamtactics.model.facts import Vantage
from teamtactics.model.frame import Frame
from teamtactics.model.records import Moment
from teamtactics.model.session import SessionInfo
from teamtactics.race.eyes.continuity import HOLD_TICKS, is_glitch, moment
from teamtactics.race.eyes.crossing import reopen
from teamtactics.race.eyes.drive import tell_pit_fact, tell_visit
from teamtactics.race.eyes.in_car import Settings
from teamtactics.race.eyes.laps import LAP_TIME_WAIT_S, PendingLap
from teamtactics.race.eyes.notes import Happened, LapOver, Noticed
from teamtactics.race.eyes.pits.found import find_in_pits, remember
from teamtactics.race.eyes.pits.visit import STANDING_M_S, is_in_stall
from teamtactics.race.eyes.sights import end_away, look_from_car, lose_sight, tell_away
from teamtactics.race.eyes.telling import Telling
from teamtactics.race.identity import BEGIN_S
from teamtactics.race.memory import Memory, Outside


def who_sits_here(info: SessionInfo, fallback_customer_id: int | None) -> int | None:
    """
    Tell who sits at this PC.

    Source:
        DriverInfo.DriverUserID (SIMULATOR#account). Recordings of 2015 lack it: then the configured id, else, in a
        single session, the own entry's.
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
        IsOnTrackCar, else IsOnTrack; IsInGarage (live only); DATA.md#document-state, SIMULATOR#views,
        SIMULATOR#driving.
    """
    flag = frame.is_on_track_car
    if flag is None:
        flag = frame.is_on_track
    return bool(flag) and not frame.is_in_garage


def hides_line(memory: Memory, frame: Frame) -> bool:
    """
    Tell whether the car was driven over the line in the hole before *frame*: where in it, nobody saw.

    Source:
        LapCompleted, LapDistPct; a spawn or a reset reads rubbish in both (SIMULATOR#reset, SIMULATOR#spawn).
    """
    if not is_driven(frame) or is_glitch(frame) or memory.position.is_reset or is_in_stall(frame):
        return False
    before, pct = memory.position.pct, frame.lap_dist_pct
    has_wrapped = before is not None and pct is not None and before > 0.9 and pct < 0.1
    return has_wrapped or frame.lap_completed == (memory.counter.value or 0) + 1


def waits_for_counter(memory: Memory, frame: Frame) -> bool:
    """
    Tell whether the laps are still to be told, for all one can know, where the seat is taken.

    Source:
        LapCompleted; SIMULATOR#seat. It reads -1 before the first line of a session (SIMULATOR#laps), and 0 while
        nobody has set it. A change of drivers is made in the stall, and who stands misses nothing.
    """
    if memory.counter.value is not None or frame.speed is None or frame.speed >= STANDING_M_S:
        return False
    if frame.lap_completed == 0 and (frame.car_lap_completed or 0) <= 0:
        return True
    laps = max(frame.lap_completed or 0, frame.car_lap_completed or 0)
    return memory.is_team and laps <= 0 and frame.session_time > BEGIN_S and bool(is_in_stall(frame))


def take_seat(memory: Memory, frame: Frame, out: list[Noticed]) -> None:
    """The member of this PC drives from *frame* on."""
    left = remember(memory, frame)
    end_away(memory, memory.seat.on_since_s)
    lose_sight(memory)
    _go_on_with_lap(memory, frame, None if left.place is not None else left.last, out)
    tell_away(memory, memory.seat.on_since_s)
    memory.fuel.forget()
    memory.fuel.level_l = frame.fuel_level
    memory.position.lose_sight()
    memory.in_car = Settings(frame.in_car)
    memory.outside = Outside(first=memory.outside.first)
    look_from_car(memory, frame, at_s=memory.seat.on_since_s)
    if frame.on_pit_road or is_in_stall(frame):
        find_in_pits(memory, frame, left, out)
        return
    if left.visit is not None:
        # Nobody saw the exit: it must outlive the next crash.
        out.append(Happened(RunEventKind.STATE_DUE, moment(frame)))
    memory.pits.visit, memory.pits.is_on = None, False
    memory.pits.kept = None
    if left.is_unknown:
        memory.pits.find_on_track(frame, left.visit)


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
    for pending in memory.pending:
        line = pending.telling.line
        if line is not None and line.vantage is Vantage.OUTSIDE and line.driver is None:
            # Whoever drives when somebody looks again need not have completed that lap, whatever the text will say.
            pending.settles_s = 0.0
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
    outside.away_from_s = _earlier(outside.away_from_s, by_s)
    outside.away_until_s -= by_s
    memory.state_s = _earlier(memory.state_s, by_s)
    if memory.change is not None:
        memory.change.got_in_s -= by_s
    for pending in memory.pending:
        pending.at_line = pending.at_line._replace(session_time=pending.at_line.session_time - by_s)
        pending.settles_s -= by_s


def _earlier(at_s: float | None, by_s: float) -> float | None:
    return None if at_s is None else at_s - by_s


def silent_for_s(memory: Memory, info: SessionInfo | None, told: tuple[int, float] | None) -> float:
    """
    Return for how long the team-mate in the car has been driving without his client telling anything, s.

    0 while nobody drives, or the member of this PC does.

    Args:
        told: Who told last of his own driving, and of which session time.
    """
    since_s = memory.outside.driven_since_s
    own = None if info is None else info.own
    if since_s is None or own is None or info is None or own.user_id == info.driver_user_id or memory.seat.is_driving:
        return 0.0
    if told is not None and told[0] == own.user_id:
        since_s = max(since_s, told[1])
    return max(0.0, memory.clock.time_s - since_s)
