"""What a member sees of a car that somebody else drives is old; clocks, weather and flags show at once."""

from __future__ import annotations

from operator import attrgetter

from teamtactics.model.frame import AT_LINE_FOR_ALL, Frame
from teamtactics.model.records import Moment
from teamtactics.race.eyes.continuity import HOLD_TICKS
from teamtactics.race.memory import Outside

PICTURE_LAG_S = 1.0
"""What a member sees of a car whose physics run elsewhere is 0.99 to 1.007 s old (SIMULATOR#picture)."""

RATE_S = 5.0
"""So long the clocks must have been watched to tell how fast the day runs: it has whole seconds only."""

RATE_AGAIN_S = 10_000.0
"""Measured anew so often: the day must not have gone round meanwhile, also when it runs eight times faster."""

DAY_S = 86_400.0

_NAMES_TRUE_AT_LINE = ("track_temp", "session_state", "session_flags", *AT_LINE_FOR_ALL)
_TRUE_AT_LINE = attrgetter(*_NAMES_TRUE_AT_LINE)


def note_newest(seen: Outside, frame: Frame) -> None:
    """
    Take the next tick in which the car was seen from outside.

    What is true at the line is taken from it once it holds: a single tick reads anything (SIMULATOR#unset).
    """
    if seen.first is None or frame.session_time - seen.first.session_time_s > RATE_AGAIN_S:
        seen.first = Moment(frame.session_time, frame.session_time_of_day)
    newest, levels = seen.newest, _TRUE_AT_LINE(frame)
    if newest is None or _TRUE_AT_LINE(newest) == levels:
        seen.newest, seen.odd, seen.odd_ticks = frame, None, 0
        return
    if seen.odd is None or _TRUE_AT_LINE(seen.odd) != levels:
        seen.odd, seen.odd_ticks = frame, 0
    seen.odd_ticks += 1
    if seen.odd_ticks >= HOLD_TICKS:
        seen.former, seen.changed_s = newest, seen.odd.session_time
        seen.newest, seen.odd, seen.odd_ticks = frame, None, 0


def shown_then(seen: Outside, frame: Frame) -> Frame:
    """Return a tick that shows what was true where the car was a second ago."""
    has_changed_since = frame.session_time - seen.changed_s < PICTURE_LAG_S
    return seen.former if seen.former is not None and has_changed_since else seen.newest or frame


def moment_then(seen: Outside, frame: Frame) -> Moment:
    """Name the time of what *frame* shows of the car: a second ago."""
    return Moment(frame.session_time - PICTURE_LAG_S, _of_day_then(seen, frame))


def _of_day_then(seen: Outside, frame: Frame) -> float | None:
    """Return the time of day a second ago; it may stand still or run several times faster (SIMULATOR#day)."""
    now_s, first = frame.session_time_of_day, seen.first
    if now_s is None or first is None or first.time_of_day_s is None:
        return None
    passed_s = frame.session_time - first.session_time_s
    if passed_s < RATE_S:
        return None
    rate = round((now_s - first.time_of_day_s) % DAY_S / passed_s)
    return (now_s - PICTURE_LAG_S * rate) % DAY_S
