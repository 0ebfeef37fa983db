"""Events as lines for people: the log of a race that can be read the next morning."""

from __future__ import annotations

from teamtactics.language import Said, joined
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
    RunEventKind.DRIVER: Said("in the car"),
    RunEventKind.DRIVER_LEFT: Said("left the car"),
    RunEventKind.PIT_ENTER: Said("pit entry"),
    RunEventKind.STOP_MOVING: Said("stopped"),
    RunEventKind.START_MOVING: Said("moves off"),
    RunEventKind.PIT_EXIT: Said("pit exit"),
    RunEventKind.TOW: Said("tow"),
    RunEventKind.RESET: Said("reset to the pits"),
}


def litres(amount: float | None) -> str:
    """Write an amount of fuel; ``?`` for None."""
    return "? L" if amount is None else f"{amount:.2f} L"


def _number(number: int | None) -> str:
    return "?" if number is None else str(number)


def _somebody(name: str | None, number: int | None) -> str:
    return name or (str(number) if number else Said("unknown driver"))


def lap_line(lap: LapRecord) -> str:
    """Tell a completed lap in one line."""
    told: str = Said(
        "lap {lap} ({stint}/{stint_lap}) {time}",
        lap=lap.lap_completed,
        stint=_number(lap.stint),
        stint_lap=_number(lap.stint_lap),
        time=Said("no time") if lap.official_s is None else lap_time(lap.official_s),
    )
    if lap.official_s is None and lap.measured_s is not None:
        told = Said("{lap} (measured {time})", lap=told, time=lap_time(lap.measured_s))
    tally = lap.tally
    parts = [
        told,
        _somebody(lap.driver, lap.customer_id),
        Said("fuel {litres}, used {used}", litres=litres(lap.fuel_level_l), used=litres(lap.fuel_used_l)),
    ]
    if tally.fuel_added_l:
        parts.append(Said("added {litres}", litres=litres(tally.fuel_added_l)))
    if tally.tow_s:
        parts.append(Said("tow {seconds:.0f} s", seconds=tally.tow_s))
    if tally.repair_s or tally.optional_repair_s:
        needed_s, optional_s = tally.repair_s or 0, tally.optional_repair_s or 0
        parts.append(Said("repair {needed:.0f}+{optional:.0f} s", needed=needed_s, optional=optional_s))
    if lap.gap_s:
        parts.append(Said("{seconds:.1f} s not seen", seconds=lap.gap_s))
    return joined(*parts, between=", ")


def line(event: Event) -> str | None:
    """Tell *event* in one line; None for what is not worth one. In English, and to people in their language."""
    if isinstance(event, LapFinished):
        return lap_line(event.record)
    if isinstance(event, Remark):
        return event.text
    if isinstance(event, RunEvent) and event.kind in _RUN_WORDS:
        state = event.state
        return Said(
            "{what}: {driver}, {seconds:.2f} s, stint {stint}, {laps} laps, fuel {litres}",
            what=_RUN_WORDS[event.kind],
            driver=_somebody(state.driver, state.customer_id),
            seconds=event.at.session_time_s,
            stint=state.stint,
            laps=_number(state.lap_completed),
            litres=litres(state.fuel_level_l),
        )
    if isinstance(event, SessionBegan):
        return Said("session {number} at {track}", number=event.session_num, track=event.info.track_name)
    return None
