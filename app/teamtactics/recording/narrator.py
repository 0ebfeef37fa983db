"""Events as lines for people: the log of a race that can be read the next morning."""

from __future__ import annotations

from teamtactics.model.events import (
    Event,
    LapFinished,
    Remark,
    RunEvent,
    RunEventKind,
    SessionBegan,
)
from teamtactics.model.records import LapRecord
from teamtactics.model.words import lap_time

_RUN_WORDS = {
    RunEventKind.DRIVER: "in the car",
    RunEventKind.DRIVER_LEFT: "left the car",
    RunEventKind.PIT_ENTER: "pit entry",
    RunEventKind.STOP_MOVING: "stopped",
    RunEventKind.START_MOVING: "moves off",
    RunEventKind.PIT_EXIT: "pit exit",
    RunEventKind.TOW: "tow",
    RunEventKind.RESET: "reset to the pits",
}


def litres(amount: float | None) -> str:
    """Write an amount of fuel; ``?`` for None."""
    return "? L" if amount is None else f"{amount:.2f} L"


def _number(number: int | None) -> str:
    return "?" if number is None else str(number)


def lap_line(lap: LapRecord) -> str:
    """Tell a completed lap in one line."""
    official = lap_time(lap.official_s, "no time")
    parts = [
        f"lap {lap.lap_completed} ({_number(lap.stint)}/{_number(lap.stint_lap)}) {official}",
        f"{lap.driver or lap.customer_id or 'unknown driver'}",
        f"fuel {litres(lap.fuel_level_l)}, used {litres(lap.fuel_used_l)}",
    ]
    if lap.official_s is None and lap.measured_s is not None:
        parts[0] += f" (measured {lap_time(lap.measured_s)})"
    if lap.tally.fuel_added_l:
        parts.append(f"added {litres(lap.tally.fuel_added_l)}")
    if lap.tally.tow_s:
        parts.append(f"tow {lap.tally.tow_s:.0f} s")
    if lap.tally.repair_s or lap.tally.optional_repair_s:
        parts.append(f"repair {lap.tally.repair_s or 0:.0f}+{lap.tally.optional_repair_s or 0:.0f} s")
    if lap.gap_s:
        parts.append(f"{lap.gap_s:.1f} s not seen")
    return ", ".join(parts)


def line(event: Event) -> str | None:
    """Tell *event* in one line; None for what is not worth one."""
    if isinstance(event, LapFinished):
        return lap_line(event.record)
    if isinstance(event, Remark):
        return event.text
    if isinstance(event, RunEvent) and event.kind in _RUN_WORDS:
        state = event.state
        who = state.driver or state.customer_id or "unknown driver"
        return (
            f"{_RUN_WORDS[event.kind]}: {who}, {event.at.session_time_s:.2f} s, stint {state.stint}, "
            f"{state.lap_completed if state.lap_completed is not None else '?'} laps, fuel {litres(state.fuel_level_l)}"
        )
    if isinstance(event, SessionBegan):
        return f"session {event.session_num} at {event.info.track_name}"
    return None
