"""Whether a record says anything that a document does not show yet."""

from __future__ import annotations

from dataclasses import fields

from teamtactics.model.records import LapRecord, LapTally, Moment

TIME_S = 0.05
"""From outside a moment is known to some hundredths: what differs by less is the same, and worth no write."""

GAP_S = 0.25
"""So little of a lap may be missed before somebody who saw it is asked for."""

LEVEL = 0.001
"""L, °C and s that were computed from others: single precision."""

_WITHIN = {"session_time_s": TIME_S, "measured_s": TIME_S, "gap_s": GAP_S}
_ELSEWHERE = frozenset({"stint", "stint_lap", "driver", "utc_s", "time_of_day_s", "tally"})
"""Numbers are corrected by themselves; two members may spell a name in two ways, and their clocks differ."""


def says_the_same(record: LapRecord, shown: LapRecord) -> bool:
    """Tell whether the lap document that shows *shown* needs nothing of *record* but perhaps its numbers."""
    if record.driver is not None and shown.driver is None:
        return False
    skipped = _ELSEWHERE if record.was_line_seen else _ELSEWHERE | {"session_time_s"}
    names = (field.name for field in fields(LapRecord) if field.name not in skipped)
    if not all(_is_near(name, getattr(record, name), getattr(shown, name)) for name in names):
        return False
    return _is_tally_near(record.tally, shown.tally)


def _is_tally_near(tally: LapTally, shown: LapTally) -> bool:
    # The request is compared where it is shown, as the lap's.
    names = (field.name for field in fields(LapTally) if field.name != "pit_sv_flags")
    return all(_is_near(name, getattr(tally, name), getattr(shown, name)) for name in names)


def _is_near(name: str, value: object, shown: object) -> bool:
    if isinstance(value, Moment) and isinstance(shown, Moment):
        return abs(value.session_time_s - shown.session_time_s) <= TIME_S
    if isinstance(value, float) and isinstance(shown, float):
        return abs(value - shown) <= _WITHIN.get(name, LEVEL)
    return value == shown
