"""
What a lap was, from what all members told of it: pure, and the same in whatever order they told it.

Each rule is one of the data contract's fields. What nobody saw is None.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

from teamtactics.model.facts import LapFacts, MomentKind, PitMoment, Vantage
from teamtactics.model.records import LapRecord, LapTally, Moment
from teamtactics.race.record.bounds import first_seen_s, gap_s, last_seen_s, measured_s, start_of
from teamtactics.race.record.fuel import STOPPED, fuel_added_l, is_put_back, may_be_put
from teamtactics.race.record.request import request
from teamtactics.race.record.window import Window, lines_of

SHORTEST_OTHERS_S = 30.0
"""Nobody takes over, drives a lap and hands back in less."""


@dataclass(frozen=True, slots=True)
class FoldedLap:
    """
    A lap as all together know it.

    Attributes:
        record: Without ``stint`` and ``stint_lap``: these follow from all laps (``stints``).

        is_drivers: The client of who drove it has told of it; else it is what could be seen from outside.
    """

    record: LapRecord
    is_drivers: bool


def fold(lap: Iterable[LapFacts], before: Iterable[LapFacts] = (), after: Iterable[LapFacts] = ()) -> FoldedLap | None:
    """
    Fold all that was told of one lap; None when nobody told anything.

    Args:
        lap: Of any members, in any order, as often as they like.

        before: The same of the lap before: its end is this one's begin.

        after: The same of the lap after: only it can tell how a hole ends that reaches over the line.
    """
    return fold_window(Window.of(lap, before, after))


def fold_window(window: Window) -> FoldedLap | None:
    """Fold the lap in the middle of *window*."""
    if not window.lap:
        return None
    lines = [line for _, line in window.lines]
    driver, name = _driver(window)
    official_s = _official_s(window)
    added_l = fuel_added_l(window)
    flags, is_stop = request(window, added_l)
    put_back = is_put_back(window)
    of_day_s = _first(line.at.time_of_day_s for line in lines)
    at = Moment(lines[0].at.session_time_s if lines else _found_s(window), of_day_s)
    level_l = _first(line.fuel_level_l for line in lines)
    record = LapRecord(
        lap_completed=window.lap[0].lap,
        official_s=official_s,
        measured_s=None if put_back else measured_s(window),
        customer_id=driver,
        driver=name,
        stint=None,
        stint_lap=None,
        fuel_level_l=level_l,
        fuel_used_l=None if put_back or may_be_put(window) else _used_l(window, added_l, level_l),
        on_pit_road=_is_on_pit_road(window),
        track_temp_c=_first(line.track_temp_c for line in lines),
        pit_sv_flags=flags,
        session_time_s=at.session_time_s,
        time_of_day_s=at.time_of_day_s,
        session_state=_first(line.session_state for line in lines),
        session_flags=_first(line.session_flags for line in lines),
        gap_s=gap_s(window, official_s),
        tally=_tally(window, added_l, flags if is_stop else None),
        was_line_seen=bool(lines),
        utc_s=_first(line.utc_s for line in lines),
        # Of each value what the best witness knows who knows it: the last to be laid over the others.
        values=tuple(sorted({name: value for line in reversed(lines) for name, value in line.values}.items())),
    )
    return FoldedLap(record, _is_drivers(window, driver))


T = TypeVar("T")


def _first(values: Iterable[T | None]) -> T | None:
    """Return what the best witness knows who knows it."""
    return next((value for value in values if value is not None), None)


def _is_on_pit_road(window: Window) -> bool | None:
    """
    Tell whether the car was on pit road at the line.

    Whether OnPitRoad read False there in the pit lane, or behind its end, is known only when the car is on the track.
    """
    on = _first(line.on_pit_road for _, line in window.lines)
    if not on:
        return on
    line_s = window.lines[0][1].at.session_time_s
    told = [
        (moment.at.session_time_s, moment.kind)
        for facts in (*window.lap, *window.after)
        for moment in facts.moments
        if moment.kind is not MomentKind.CLOCK and moment.at.session_time_s <= line_s
    ]
    return not told or max(told)[1] is not MomentKind.EXIT


def _driver(window: Window) -> tuple[int | None, str | None]:
    """Tell who was driving when the lap was completed, and his name."""
    driver = _first(member if line.vantage is Vantage.CAR else line.driver for member, line in window.lines)
    if driver is None:
        driver = _driver_by_sights(window)
    if driver is None:
        return None, None
    told = (line for side in (window.lap, window.before, window.after) for _, line in lines_of(side))
    return driver, _first(line.name for line in told if line.driver == driver)


def _driver_by_sights(window: Window) -> int | None:
    """
    Tell who drove over a line that nobody saw, or of which nobody could say who did.

    Who was in the car when it was last seen before the line and when it was first seen behind it, unless there was time
    for somebody else to drive a lap in between.
    """
    last_s = last_seen_s(window.lap)
    first_s = first_seen_s(window.after)
    times = [facts.official_s for side in (window.before, window.lap, window.after) for facts in side]
    others_s = max(SHORTEST_OTHERS_S, min((time_s for time_s in times if time_s is not None), default=0.0))
    if not window.is_alone and last_s is not None and first_s is not None and first_s - last_s > others_s:
        return None
    before = {sight.driver for facts in window.lap for sight in facts.sights if sight.until_s == last_s}
    behind = {sight.driver for facts in window.after for sight in facts.sights if sight.from_s == first_s}
    known = before | behind
    return known.pop() if len(known) == 1 and before and behind else None


def _official_s(window: Window) -> float | None:
    """Return the simulator's lap time: what the driver's client says, else what anybody saw."""
    best = sorted(window.lap, key=lambda facts: (not _is_at_wheel(facts), not facts.is_timed, facts.member))
    if _is_at_wheel(best[0]) and best[0].is_timed:
        return best[0].official_s
    return _first(facts.official_s for facts in best)


def _is_at_wheel(facts: LapFacts) -> bool:
    """Whether its teller drove over the line."""
    return facts.line is not None and facts.line.vantage is Vantage.CAR


def _used_l(window: Window, added_l: float | None, level_l: float | None) -> float | None:
    start = start_of(window)
    if start is None or start.level_l is None or added_l is None or level_l is None:
        return None
    used_l = start.level_l + added_l - level_l
    # No car makes fuel: then something else has happened to its tank.
    return used_l if used_l >= 0.0 else None


def _tally(window: Window, added_l: float | None, flags: int | None) -> LapTally:
    return LapTally(
        fuel_added_l=added_l,
        tow_s=_greatest(facts.tow_s for facts in window.lap),
        repair_s=_greatest(facts.repair_s for facts in window.lap),
        optional_repair_s=_greatest(facts.optional_repair_s for facts in window.lap),
        pit_enter=_last(window.of_kind(MomentKind.ENTER)),
        stop_moving=_last(window.of_kind(MomentKind.STOP)[:1]),
        start_moving=_last_start(window),
        pit_exit=_last(window.of_kind(MomentKind.EXIT)),
        pit_sv_flags=flags,
    )


def _last_start(window: Window) -> Moment | None:
    """Return the last start in the lap; None where nobody saw that of a later visit, which ended in this lap too."""
    start = _last(window.of_kind(MomentKind.START))
    if start is None:
        return None
    stood = [moment.at.session_time_s for moment in window.of_kind(*STOPPED) if moment.kind is not MomentKind.SERVED]
    exits = [moment.at.session_time_s for moment in window.of_kind(MomentKind.EXIT)]
    later = [at_s for at_s in stood if at_s > start.session_time_s]
    return None if later and exits and exits[-1] > later[0] else start


def _greatest(values: Iterable[float | None]) -> float | None:
    return max((value for value in values if value is not None), default=None)


def _last(moments: list[PitMoment]) -> Moment | None:
    return moments[-1].at if moments else None


def _found_s(window: Window) -> float:
    """Return the first tick behind a line that nobody saw, or the last before it."""
    first_s, last_s = first_seen_s(window.after), last_seen_s(window.lap)
    told = [moment.at.session_time_s for facts in window.lap for moment in facts.moments]
    return next((at_s for at_s in (first_s, last_s) if at_s is not None), max(told, default=0.0))


def _is_drivers(window: Window, driver: int | None) -> bool:
    """Tell whether the client of who drove it has told of it, from within."""
    if any(line.vantage is Vantage.CAR for _, line in window.lines):
        return True
    return any(facts.is_from_car and driver in (None, facts.member) for facts in window.lap)
