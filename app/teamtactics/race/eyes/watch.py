"""The second witness: what a member sees of the own car from outside while somebody else drives it."""

from __future__ import annotations

from teamtactics.model.events import LineCrossed
from teamtactics.model.facts import LineSeen, MomentKind, Place, Vantage
from teamtactics.model.frame import (
    APPROACHING_PITS,
    AT_LINE_FOR_ALL,
    IN_PIT_STALL,
    NOT_IN_WORLD,
    OFF_TRACK,
    ON_TRACK,
    Frame,
    values_of,
)
from teamtactics.model.records import Moment
from teamtactics.model.session import SessionInfo
from teamtactics.race.eyes.continuity import HOLD_TICKS, SEEN_STEP_S, TICK_S
from teamtactics.race.eyes.delay import PICTURE_LAG_S, moment_then, note_newest, shown_then
from teamtactics.race.eyes.laps import PendingLap, marker_runs
from teamtactics.race.eyes.notes import LapOver, Noticed
from teamtactics.race.eyes.pits.road import BESIDE_S
from teamtactics.race.eyes.pits.visit import PitVisit
from teamtactics.race.eyes.sights import look_from_outside, tell_away, with_levels
from teamtactics.race.eyes.telling import Telling
from teamtactics.race.memory import Memory, Outside

STALL_S = 1.0
"""A car that shows in its stall for so long stands there; a drive-through passes it faster."""

LINE_HOLE_S = 0.6
"""A line in a shorter hole is known as well as how old the picture is, which varies by as much (SIMULATOR#picture)."""

SETTLES_S = 6.0
"""The session text names a new driver up to 5 s after he got in (SIMULATOR#change)."""


def watch(memory: Memory, frame: Frame, info: SessionInfo, dt_s: float, out: list[Noticed]) -> None:
    """
    Take one tick of a car that somebody else may be driving.

    Args:
        dt_s: Time since the tick before, s.

    Source:
        CarIdxLapCompleted, CarIdxOnPitRoad, CarIdxTrackSurface of the own car; SIMULATOR#views, SIMULATOR#laps,
        SIMULATOR#change.
    """
    seen, surface, laps = memory.outside, frame.car_track_surface, frame.car_lap_completed
    if surface is None and frame.player_track_surface == NOT_IN_WORLD:
        surface = NOT_IN_WORLD
    if not info.is_team_session:
        # Nobody else drives: it is nowhere.
        _see_nothing(memory, frame)
        return
    if surface == NOT_IN_WORLD:
        _see_nothing(memory, frame)
    if surface == OFF_TRACK and _may_be_unset(seen):
        surface = seen.surface
        frame = frame._replace(car_track_surface=surface)
    elif surface != OFF_TRACK:
        memory.outside.surface, memory.outside.zero_ticks = surface, 0
    if surface in (None, NOT_IN_WORLD) or laps is None:
        return
    before = seen.newest
    note_newest(seen, frame)
    if not seen.has_sight:
        _catch_sight(memory, frame, laps, out)
    elif dt_s > LINE_HOLE_S and before is not None and laps == (memory.counter.value or 0) + 1:
        _cross_unseen(memory, frame, before, dt_s)
    if dt_s > SEEN_STEP_S and memory.lap is not None and memory.lap.sight is not None:
        memory.lap.sight.unseen_s += dt_s - TICK_S
    if info.own is not None and frame.session_time - (seen.driven_since_s or 0.0) >= SETTLES_S:
        seen.driver = info.own.user_id
    if laps != memory.counter.value:
        _step(memory, with_levels(frame, before), laps, out)
    elif memory.counter.odd_ticks:
        memory.counter.odd_ticks, seen.zero_at = 0, None
    if seen.on_pit_road and not frame.car_on_pit_road:
        if seen.left_at is None or surface == IN_PIT_STALL:
            # Pit road ends behind the stall, however early it reads False.
            seen.left_at = moment_then(seen, frame)
    elif seen.left_at is not None and surface != ON_TRACK:
        # On the track it reads True as well (SIMULATOR#lane-holes).
        seen.left_at = None
    if _is_in_pits(seen, frame) != seen.on_pit_road:
        _flip(memory, frame)
    elif seen.flip_ticks:
        seen.flip_ticks = 0
    if surface == IN_PIT_STALL:
        _stand(memory, frame)
    elif seen.stall_since is not None:
        seen.stall_since, seen.is_stall_told = None, False
    look_from_outside(memory, _place_of(memory, frame), frame.session_time - PICTURE_LAG_S)


def _may_be_unset(seen: Outside) -> bool:
    """Take a tick in which the surface reads 0, "off track": so reads what nobody has set (SIMULATOR#unset)."""
    seen.zero_ticks += 1
    return seen.zero_ticks < HOLD_TICKS


def _is_in_pits(seen: Outside, frame: Frame) -> bool:
    """
    Tell whether the car is in the pits.

    Source:
        CarIdxTrackSurface: CarIdxOnPitRoad of a car that somebody else drives reads True on the track and False in its
        stall (SIMULATOR#lane-holes); it tells only where on the approach road the pit road begins.
    """
    match frame.car_track_surface:
        case surface if surface == IN_PIT_STALL:
            return True
        case surface if surface == APPROACHING_PITS:
            seen.has_approached = True
            return bool(seen.on_pit_road or frame.car_on_pit_road)
        case _:
            seen.has_approached = False
            return False


def _place_of(memory: Memory, frame: Frame) -> Place:
    if frame.car_track_surface == IN_PIT_STALL:
        return Place.STALL
    return Place.LANE if memory.outside.on_pit_road else Place.TRACK


def _see_nothing(memory: Memory, frame: Frame) -> None:
    """The car is out of the world: no edge can follow from that (SIMULATOR#away)."""
    seen = memory.outside
    if seen.has_sight:
        memory.outside = Outside(first=seen.first)
        for pending in memory.pending:
            # Whoever gets in now did not complete that lap, whatever the text will say.
            pending.settles_s = 0.0
    if memory.lap is None:
        return
    at_s = frame.session_time - PICTURE_LAG_S
    if memory.place is not None:
        look_from_outside(memory, Place.AWAY, at_s)
        return
    # What it has done since it was seen shows no sooner than it is found: it may be hours and laps ago.
    away = memory.outside
    if away.away_from_s is None:
        away.away_from_s = at_s
    away.away_until_s = at_s


def _catch_sight(memory: Memory, frame: Frame, laps: int, out: list[Noticed]) -> None:
    seen, counter, before = memory.outside, memory.counter, memory.place
    if counter.value is None or laps > counter.value:
        _miss(memory, laps, out)
    tell_away(memory, seen.away_until_s)
    seen.has_sight, seen.driven_since_s = True, frame.session_time
    seen.on_pit_road = frame.car_on_pit_road
    seen.on_pit_road = _is_in_pits(seen, frame)
    place = _place_of(memory, frame)
    if place is Place.TRACK:
        memory.pits.visit, memory.pits.is_on = None, False
    elif before is Place.TRACK:
        _find_put(memory, moment_then(memory.outside, frame))
    elif before is None or memory.pits.visit is None:
        _find_in_pits(memory, moment_then(memory.outside, frame), MomentKind.PLACED)


def _find_put(memory: Memory, at: Moment) -> None:
    """The car is in the pits and was on the track: in a race it cannot be reset, only towed (SIMULATOR#tow)."""
    if memory.pits.visit is None:  # else towed, and told so
        _find_in_pits(memory, at, MomentKind.TOWED if memory.is_race else MomentKind.PUT)


def _find_in_pits(memory: Memory, at: Moment, kind: MomentKind) -> None:
    """The car is in the pits and did not drive there before our eyes."""
    memory.pits.visit, memory.pits.is_on = PitVisit(kind), True
    memory.under_way.note(kind, at, Vantage.OUTSIDE)


def _miss(memory: Memory, laps: int, out: list[Noticed]) -> None:
    """Laps were completed while nobody looked: the one under way has an unknown start."""
    counter = memory.counter
    if memory.lap is not None and memory.lap.lap != laps + 1:
        memory.lap.end_sight()
        out.append(LapOver(memory.lap))
        memory.lap = None
    if memory.lap is None:
        memory.lap = Telling(laps + 1)
    counter.value, counter.crossing_s = laps, None
    memory.closing = memory.closing_line = None


def _step(memory: Memory, frame: Frame, laps: int, out: list[Noticed]) -> None:
    counter = memory.counter
    if counter.value is not None and laps != counter.value + 1:
        # A counter that falls is a glitch while the car is in the world (SIMULATOR#glitch, SIMULATOR#flicker): it comes
        # back.
        counter.odd_ticks = counter.odd_ticks + 1 if laps > counter.value else 0
        if counter.odd_ticks >= HOLD_TICKS:
            _miss(memory, laps, out)
            counter.odd_ticks = 0
        return
    if laps == 0:
        # So reads what nobody has set (SIMULATOR#unset): the end of the formation or out lap must hold.
        memory.outside.zero_at = memory.outside.zero_at or frame
        counter.odd_ticks += 1
        if counter.odd_ticks < HOLD_TICKS:
            return
        frame, memory.outside.zero_at = memory.outside.zero_at, None
    _cross(memory, frame, laps, out)


def _cross(memory: Memory, frame: Frame, laps: int, out: list[Noticed]) -> None:
    """End the lap under way where the car was a second ago, and begin the next there."""
    at, place, counter = moment_then(memory.outside, frame), _place_of(memory, frame), memory.counter
    look_from_outside(memory, place, at.session_time_s)
    lap = memory.under_way
    lap.end_sight()
    driver, then = memory.outside.driver, shown_then(memory.outside, frame)
    lap.line = LineSeen(
        at=at,
        vantage=Vantage.OUTSIDE,
        driver=driver,
        name=None if driver is None else memory.names.get(str(driver)),
        on_pit_road=memory.outside.on_pit_road,
        track_temp_c=then.track_temp,
        session_state=then.session_state,
        session_flags=then.session_flags,
        values=values_of(then, AT_LINE_FOR_ALL),
    )
    memory.lap = Telling(laps + 1)
    look_from_outside(memory, place, at.session_time_s, from_line=True)
    memory.closing = memory.closing_line = None
    counter.value, counter.crossing_s, counter.odd_ticks = laps, at.session_time_s, 0
    if memory.pits.visit is not None:
        memory.pits.visit.has_crossed_line = True
    at_line = frame._replace(session_time=at.session_time_s, session_time_of_day=at.time_of_day_s)
    settles_s = frame.session_time + SETTLES_S
    memory.pending = (*memory.pending, PendingLap(lap, at_line, marker_runs(frame), settles_s))
    out.append(LineCrossed(laps, at.session_time_s))


def _cross_unseen(memory: Memory, frame: Frame, before: Frame, dt_s: float) -> None:
    """The line was crossed in the hole behind *before*, nobody saw when; the lap's time will be on show."""
    lap = memory.under_way
    if lap.sight is not None:
        # So much of the hole does not show in the two sights, whose picture is old.
        lap.sight.unseen_s += min(dt_s - TICK_S, PICTURE_LAG_S)
    lap.end_sight()
    memory.lap = Telling(lap.lap + 1)
    memory.closing = memory.closing_line = None
    memory.counter.value, memory.counter.crossing_s, memory.counter.odd_ticks = lap.lap, None, 0
    if memory.pits.visit is not None:
        memory.pits.visit.has_crossed_line = True
    at_line = before._replace(session_time=frame.session_time)
    memory.pending = (*memory.pending, PendingLap(lap, at_line, marker_runs(frame)))


def _flip(memory: Memory, frame: Frame) -> None:
    seen = memory.outside
    if seen.flip_ticks == 0:
        seen.flip_at, seen.flip_from = moment_then(memory.outside, frame), memory.place
    seen.flip_ticks += 1
    if seen.flip_ticks < HOLD_TICKS or seen.flip_at is None:
        return
    beside_s = frame.session_time - PICTURE_LAG_S - seen.flip_at.session_time_s
    if frame.car_track_surface == OFF_TRACK and beside_s < BESIDE_S:
        return
    seen.flip_ticks = 0
    seen.on_pit_road = not seen.on_pit_road
    pits, at = memory.pits, seen.flip_at
    if not seen.on_pit_road:
        at = seen.left_at or at
        memory.telling_at(at).note(MomentKind.EXIT, at, Vantage.OUTSIDE)
        pits.visit, pits.is_on, seen.left_at = None, False, None
    elif seen.flip_from is Place.TRACK and not seen.has_approached and frame.car_track_surface == IN_PIT_STALL:
        # From the track into the stall in one frame (SIMULATOR#tow).
        _find_put(memory, at)
    else:
        if frame.car_track_surface != IN_PIT_STALL:
            memory.telling_at(at).note(MomentKind.ENTER, at, Vantage.OUTSIDE)
        pits.visit, pits.is_on = PitVisit(MomentKind.ENTER, has_driven=True), True


def _stand(memory: Memory, frame: Frame) -> None:
    seen = memory.outside
    if seen.stall_since is None:
        seen.stall_since = moment_then(memory.outside, frame)
    elif not seen.is_stall_told and frame.session_time - PICTURE_LAG_S - seen.stall_since.session_time_s >= STALL_S:
        seen.is_stall_told = True
        memory.telling_at(seen.stall_since).note(MomentKind.STOOD, seen.stall_since, Vantage.OUTSIDE)
        if memory.pits.visit is not None:
            memory.pits.visit.stood_in_stall = True
