"""Stretches that are watched: where one begins, goes on and ends, from the car and from outside."""

from __future__ import annotations

from operator import attrgetter

from teamtactics.model.facts import LapFacts, LineSeen, Place, Sight, Vantage
from teamtactics.model.frame import APPROACHING_PITS, AT_LINE, ON_TRACK, Frame, values_of
from teamtactics.race.eyes.continuity import moment
from teamtactics.race.eyes.pits.visit import STANDING_M_S, is_in_stall
from teamtactics.race.eyes.telling import SightUnderWay, Telling
from teamtactics.race.memory import Memory

_NAMES_AT_LINE = (
    "on_pit_road",
    "player_track_surface",
    "track_temp",
    "pit_sv_flags",
    "session_state",
    "session_flags",
    "session_time_of_day",
    "lap_last_lap_time",
    "lap_current_lap_time",
    "car_last_lap_time",
    *AT_LINE,
)
_LEVELS_AT_LINE = attrgetter(*_NAMES_AT_LINE)


def place_of(memory: Memory, frame: Frame) -> Place:
    """Tell where a car is that is driven on this PC; OnPitRoad has holes in the pit lane (SIMULATOR#lane-holes)."""
    if is_in_stall(frame):
        return Place.STALL
    if frame.player_track_surface == ON_TRACK:
        return Place.TRACK
    pits = memory.pits
    is_in_lane = (pits.visit or pits.kept) is not None and frame.player_track_surface == APPROACHING_PITS
    return Place.LANE if frame.on_pit_road or is_in_lane else Place.TRACK


def look_from_car(memory: Memory, frame: Frame, *, at_s: float | None = None, from_line: bool = False) -> None:
    """
    Begin a stretch in the lap under way with the tick *frame* in the car.

    Args:
        at_s: Session time of the first tick of those that it took to be sure; None for this one.

        from_line: The lap begins in this tick.
    """
    place, stood = place_of(memory, frame), stands(frame)
    telling, level_l = memory.under_way, memory.fuel.level_l
    at_s = frame.session_time if at_s is None else at_s
    telling.end_sight()
    telling.sight = SightUnderWay(
        Vantage.CAR, at_s, memory.member, place, at_s, place, stood, stood, level_l, level_l, from_line=from_line
    )
    telling.see_maxima(frame)
    memory.last, memory.place = frame, place


def stands(frame: Frame) -> bool | None:
    """Tell whether a car stands that is driven on this PC; None when this build does not say."""
    return None if frame.speed is None else frame.speed < STANDING_M_S


def take_up(memory: Memory) -> None:
    """Let the stretch that is watched from the car reach to the newest good tick."""
    telling, last = memory.lap, memory.last
    sight = None if telling is None else telling.sight
    if sight is None or sight.vantage is not Vantage.CAR or last is None:
        return
    # The clock may have been set back since it began.
    sight.until_s = max(sight.from_s, last.session_time)
    sight.place_last = memory.place = place_of(memory, last)
    sight.stood_last = stands(last)
    sight.fuel_last_l = memory.fuel.level_l


def lose_sight(memory: Memory) -> None:
    """Nobody looks from here on."""
    take_up(memory)
    memory.filling = None
    if memory.lap is not None:
        memory.lap.end_sight()


def part(memory: Memory, frame: Frame, *, is_line: bool = True) -> Telling:
    """
    End the lap under way with the tick *frame* in the car, and begin the next there; return the one that ended.

    Args:
        is_line: The line was crossed in this tick.
    """
    memory.last = frame
    lose_sight(memory)
    ended = memory.under_way
    memory.lap = Telling(ended.lap + 1)
    look_from_car(memory, frame, from_line=is_line)
    return ended


def with_levels(line: Frame, before: Frame | None) -> Frame:
    """
    Return the tick *line* of the line with what it does not show as the tick *before* showed it.

    Source:
        A variable that nobody set in a tick reads 0 alone (SIMULATOR#unset).
    """
    if before is None:
        return line
    pairs = zip(_NAMES_AT_LINE, _LEVELS_AT_LINE(line), _LEVELS_AT_LINE(before), strict=True)
    return line._replace(**{name: was for name, now, was in pairs if was and now is not None and not now})


def line_seen(memory: Memory, line: Frame, place: Place) -> LineSeen:
    """
    Freeze what is true in the tick *line* in which the car was driven across the line.

    Args:
        place: Where it was then; OnPitRoad has holes in the pit lane (SIMULATOR#lane-holes).
    """
    return LineSeen(
        at=moment(line),
        vantage=Vantage.CAR,
        driver=memory.member,
        name=memory.driver,
        fuel_level_l=line.fuel_level,
        on_pit_road=None if line.on_pit_road is None else line.on_pit_road or place is not Place.TRACK,
        track_temp_c=line.track_temp,
        pit_sv_flags=line.pit_sv_flags,
        session_state=line.session_state,
        session_flags=line.session_flags,
        values=values_of(line, AT_LINE),
    )


def look_from_outside(memory: Memory, place: Place, at_s: float, *, from_line: bool = False) -> None:
    """Watch from outside: go on with the stretch under way, or begin one at session time *at_s*."""
    telling, driver = memory.under_way, memory.outside.driver
    sight = telling.sight
    if sight is None:
        # The picture is a second old, also of what was seen from the car until just now.
        from_s = max([at_s, *(told.until_s for told in telling.sights[-1:])])
        telling.sight = sight = SightUnderWay(
            Vantage.OUTSIDE, from_s, driver, place, from_s, place, from_line=from_line
        )
    elif sight.driver is None:
        sight.driver = driver
    sight.until_s, sight.place_last = max(sight.until_s, at_s), place
    if place is not Place.AWAY:
        memory.place = place


def end_away(memory: Memory, at_s: float) -> None:
    """The car is taken at session time *at_s*: until then nobody was in it, as old as the picture may be."""
    sight = None if memory.lap is None else memory.lap.sight
    if sight is not None and sight.place_last is Place.AWAY:
        sight.until_s = max(sight.until_s, at_s)


def tell_away(memory: Memory, until_s: float) -> None:
    """
    The car is found: until session time *until_s* it was out of the world, in the lap in which it is found.

    Out of the world it crosses no line, so however long ago it was seen, this stretch is of the lap under way.
    """
    seen, lap = memory.outside, memory.lap
    if seen.away_from_s is None or lap is None:
        return
    from_s = max([seen.away_from_s, *(told.until_s for told in lap.sights[-1:])])
    away = Sight(from_s, max(from_s, until_s), Vantage.OUTSIDE, None, Place.AWAY, Place.AWAY)
    lap.sights, lap.is_news, seen.away_from_s = (*lap.sights, away), True, None


def facts_under_way(memory: Memory, member: int) -> list[LapFacts]:
    """Tell what is known of the laps of which more is still to come."""
    tellings = [pending.telling for pending in memory.pending]
    tellings += [telling for telling in (memory.closing, memory.lap) if telling is not None]
    return [telling.facts(member) for telling in tellings]
