"""The line: which tick it was crossed in, and what the lap counter says of it later."""

from __future__ import annotations

from dataclasses import replace

from teamtactics.model.events import LineCrossed, Remark
from teamtactics.model.facts import MomentKind, Vantage
from teamtactics.model.frame import Frame
from teamtactics.model.session import SessionInfo
from teamtactics.race.eyes.continuity import HOLD_TICKS, JUMP_SLACK_M, moment
from teamtactics.race.eyes.laps import PendingLap, marker_runs, official_or_none
from teamtactics.race.eyes.notes import LapOver, Noticed
from teamtactics.race.eyes.sights import line_seen, part
from teamtactics.race.memory import Memory

SHORTEST_LAP_S = 5.0
"""
No circuit of the simulator is lapped in less; the lap counter's flicker at older race starts is back after about one
second (SIMULATOR#flicker).
"""

COUNTER_TICKS = 120
"""
So long a lap counter may read 0 where the seat is taken: it comes some ticks later (SIMULATOR#seat). One that has
fallen must stand as long to be believed, and laps are not taken back.
"""

FLICKER_S = 10.0
"""Within this time of a step a decrease by one takes the step back (SIMULATOR#flicker)."""

COUNTER_LAG_S = 2.0
"""How much later than the wrap of LapDistPct the counter may confirm the line (SIMULATOR#line)."""


def begin_closing(memory: Memory, frame: Frame) -> None:
    memory.closing = part(memory, frame)
    memory.closing_line = frame._replace(fuel_level=memory.fuel.level_l)


def reopen(memory: Memory) -> None:
    """Undo a line crossing that the lap counter did not confirm."""
    closing, later = memory.closing, memory.lap
    if closing is not None and later is not None:
        closing.absorb(later)
        memory.lap = closing
    memory.closing = memory.closing_line = None


def count_laps(memory: Memory, frame: Frame, out: list[Noticed]) -> None:
    counter = memory.counter
    now, known = frame.lap_completed, counter.value
    if now is None or known is None:
        return
    recent = counter.crossing_s is not None and frame.session_time - counter.crossing_s < SHORTEST_LAP_S
    if now == known + 1 and not recent:
        counter.odd_ticks = 0
        if memory.closing is None and _was_crossed_before(memory, frame):
            _part_behind_line(memory, frame, out)
        else:
            cross_line(memory, frame, out)
        return
    counter.odd_ticks = counter.odd_ticks + 1 if now == counter.odd_value else 1
    counter.odd_value = now
    if counter.odd_ticks < HOLD_TICKS or now == known + 1:
        return
    if now == known - 1 and _take_back(memory, frame):
        counter.odd_ticks = 0
        return
    if now < known and counter.odd_ticks < COUNTER_TICKS:
        return
    counter.odd_ticks = 0
    reopen(memory)
    sight = memory.under_way.sight
    if now > known and sight is not None and frame.session_time - sight.from_s > COUNTER_LAG_S:
        # What was driven until now is the lap it was; only the lines of the others were seen by nobody.
        out.append(LapOver(part(memory, frame, is_line=False)))
    counter.value, counter.crossing_s = now, None
    memory.under_way.lap = now + 1
    out.append(Remark(f"laps completed went from {known} to {now} without a line crossing: the lap starts unknown"))


def _was_crossed_before(memory: Memory, frame: Frame) -> bool:
    """Tell whether the counter confirms a line that was crossed before the car came into sight (SIMULATOR#line)."""
    sight, pct, dist_m = memory.under_way.sight, frame.lap_dist_pct, frame.lap_dist
    if sight is None or sight.from_line or pct is None or dist_m is None:
        return False
    since_s = frame.session_time - sight.from_s
    return pct < 0.9 and since_s <= COUNTER_LAG_S and dist_m >= (frame.speed or 0.0) * since_s - JUMP_SLACK_M


def _part_behind_line(memory: Memory, frame: Frame, out: list[Noticed]) -> None:
    """What is watched now belongs to the next lap; when the line was crossed nobody saw."""
    counter, ended, current = memory.counter, memory.under_way, frame.lap_current_lap_time
    memory.lap = ended.part_behind_line()
    memory.lap.see_maxima(frame)
    counter.value, counter.crossing_s = ended.lap, None
    if memory.pits.visit is not None:
        memory.pits.visit.has_crossed_line = True
    if current and not marker_runs(frame):
        ended.is_timed, ended.official_s = True, official_or_none(frame.lap_last_lap_time)
    memory.pending = (*memory.pending, PendingLap(ended, frame, marker_runs(frame)))
    await_lap_time(memory, frame, out)


def _take_back(memory: Memory, frame: Frame) -> bool:
    counter = memory.counter
    pending = memory.pending[-1] if memory.pending else None
    if pending is None or counter.crossing_s is None or frame.session_time - counter.crossing_s > FLICKER_S:
        return False
    counter.value = pending.telling.lap - 1
    counter.crossing_s = None
    if memory.pits.visit is not None:
        memory.pits.visit.has_crossed_line = False
    pending.telling.absorb(memory.under_way)
    memory.lap = pending.telling
    memory.pending = memory.pending[:-1]
    return True


def cross_line(memory: Memory, frame: Frame, out: list[Noticed]) -> None:
    """Complete the lap under way: freeze it at the line and begin the next."""
    counter = memory.counter
    completed = 0 if counter.value is None else counter.value + 1
    if memory.closing is not None and memory.closing_line is not None:
        lap, line = memory.closing, memory.closing_line
    else:
        lap, line = part(memory, frame), frame._replace(fuel_level=memory.fuel.level_l)
    memory.closing = memory.closing_line = None
    if memory.position.jump_ticks and memory.position.is_proved:
        # It was put behind the line, and did not drive over it.
        lap.note(MomentKind.JUMPED, moment(line), Vantage.CAR)
    finish_pending(memory, frame, out)
    counter.value, counter.crossing_s = completed, line.session_time
    lap.line = line_seen(memory, line, lap.sights[-1].place_last)
    if memory.pits.visit is not None:
        memory.pits.visit.has_crossed_line = True
    out.append(LineCrossed(completed, line.session_time))
    # −1 → 0: the formation or out lap ends; it has no time, but the step may be taken back. And the session text names
    # who has just got in only seconds later.
    waits = not completed or memory.driver is None
    memory.pending = (PendingLap(lap, line, marker_runs(line), line.session_time + FLICKER_S if waits else 0.0),)
    await_lap_time(memory, frame, out)


def await_lap_time(memory: Memory, frame: Frame, out: list[Noticed]) -> None:
    """Let laps go that have their time in *frame*, or that have waited long enough."""
    over = [pending for pending in memory.pending if pending.look(frame)]
    if over:
        memory.pending = tuple(pending for pending in memory.pending if pending not in over)
        out.extend(LapOver(pending.telling) for pending in over)


def finish_pending(memory: Memory, frame: Frame | None, out: list[Noticed]) -> None:
    """End all waiting: a lap takes its time if *frame* shows one by now, else it has none."""
    for pending in memory.pending:
        if frame is not None:
            pending.look(frame)
        out.append(LapOver(pending.telling))
    memory.pending = ()


def name_driver(memory: Memory, frame: Frame, info: SessionInfo) -> None:
    """Let a lap that waited for it have the driver whom the session text names by now."""
    own = info.own
    for pending in memory.pending:
        line = pending.telling.line
        if line is None or line.driver is not None or own is None or not 0.0 < pending.settles_s <= frame.session_time:
            continue
        if line.vantage is Vantage.OUTSIDE:
            pending.telling.line = replace(line, driver=own.user_id, name=own.user_name)
