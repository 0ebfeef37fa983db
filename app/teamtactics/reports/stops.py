"""Visits to the pits, worked out from a session's lap documents alone; pure."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field

from teamtactics.language import _
from teamtactics.model.parcel import Document
from teamtactics.model.words import UNKNOWN
from teamtactics.reports.summary import in_order, known, number, whole, word

SERVICES = (
    (0x01, "LF"),
    (0x02, "RF"),
    (0x04, "LR"),
    (0x08, "RR"),
    (0x10, "fuel"),
    (0x20, "tear-off"),
    (0x40, "fast-repair"),
)
"""The bits of PitSvFlags (SIMULATOR#boxes)."""

_ENTER, _STOP, _START, _EXIT = "PitEnterTime", "StopMovingTime", "StartMovingTime", "PitExitTime"
_MOMENTS = (_ENTER, _STOP, _START, _EXIT)


@dataclass(frozen=True, slots=True)
class Stop:
    """
    One visit to the pits. Session times, s; None for a moment that nobody saw.

    Attributes:
        lap_in, lap_out: ``LapCompleted`` of the documents with its first and its last moment.

        lane_s: From pit road entry to pit road exit.

        stationary_s: From the first stop to the last start.

        services: What was requested; None when unknown or when the car did not stop.

        tow_s, repair_s: The greatest tow and repair (also optional) time shown; 0 when none, None when unknown.

        driver_before, driver_after: Who drove at the last line before it, and at the first behind it; None when nobody
            knows, or there is no such line (yet).
    """

    lap_in: int | None
    lap_out: int | None
    enter_s: float | None
    stop_s: float | None
    start_s: float | None
    exit_s: float | None
    lane_s: float | None
    stationary_s: float | None
    fuel_added_l: float | None
    services: tuple[str, ...] | None
    tow_s: float | None
    repair_s: float | None
    driver_before: str | None
    driver_after: str | None


@dataclass(slots=True)
class _Visit:
    """A visit under way: when each moment was, and which laps have part in it."""

    at: dict[str, float] = field(default_factory=dict)
    laps: list[Document] = field(default_factory=list)
    served: list[Document] = field(default_factory=list)
    flags: float | None = None


def services(flags: int) -> tuple[str, ...]:
    """Name the services requested in PitSvFlags."""
    return tuple(name for bit, name in SERVICES if flags & bit)


def services_text(stop: Stop) -> str:
    """Say what was asked for."""
    if stop.services is None:
        return UNKNOWN
    said = {
        "LF": _("LF"),
        "RF": _("RF"),
        "LR": _("LR"),
        "RR": _("RR"),
        "fuel": _("fuel"),
        "tear-off": _("tear-off"),
        "fast-repair": _("fast-repair"),
    }
    return " ".join(said.get(name, name) for name in stop.services) or _("nothing")


def stops(laps: Sequence[Document]) -> list[Stop]:
    """
    Work out the visits to the pits.

    The line may lie anywhere along the pit road, so the moments of one visit may stand in two documents, and one
    document may hold the exit of one visit and the entry of the next. Leaving the pits without having come in (the
    garage) is no stop, unless the car was towed, repaired or refuelled there.
    """
    ordered = in_order(laps)
    lines = [(at_s, word(lap, "Driver")) for lap in ordered if (at_s := number(lap, "SessionTime")) is not None]
    lines.sort(key=lambda line: line[0])
    return [_stop(visit, lines) for visit in _visits(ordered) if _counts(visit)]


def _visits(laps: Sequence[Document]) -> list[_Visit]:
    visits: list[_Visit] = []
    under_way: _Visit | None = None
    for lap in laps:
        if number(lap, "PlayerCarTowTime"):
            # A towed car has left the pits before; that exit's moment was overwritten by the one after the tow.
            under_way = None
        in_lap = [under_way] if under_way is not None else []
        for name, at_s in _moments(lap):
            if under_way is None or name == _ENTER:
                under_way = _Visit()
                visits.append(under_way)
                in_lap.append(under_way)
            _note(under_way, lap, name, at_s)
            if name == _EXIT:
                under_way = None
        _serve(in_lap, lap)
    return visits


def _moments(lap: Document) -> list[tuple[str, float]]:
    found = [(name, at_s) for name in _MOMENTS if (at_s := number(lap, name)) is not None]
    # Sorted by time alone: moments of one tick stay in the order of _MOMENTS.
    return sorted(found, key=lambda moment: moment[1])


def _note(visit: _Visit, lap: Document, name: str, at_s: float) -> None:
    if not visit.laps or visit.laps[-1] is not lap:
        visit.laps.append(lap)
    if name == _STOP and name in visit.at:
        return  # the first stop and the last start count
    visit.at[name] = at_s
    if name == _STOP:
        visit.flags = number(lap, "PitSvFlags")


def _serve(in_lap: Sequence[_Visit], lap: Document) -> None:
    """Charge what was done in *lap* to the visit that stood still in it."""
    stood = [visit for visit in in_lap if _stood_in(visit, lap)]
    if in_lap:
        (stood or in_lap)[-1].served.append(lap)


def _stood_in(visit: _Visit, lap: Document) -> bool:
    own = (number(lap, _STOP), number(lap, _START))
    return any(at_s is not None and at_s in (visit.at.get(_STOP), visit.at.get(_START)) for at_s in own)


def _counts(visit: _Visit) -> bool:
    if _ENTER in visit.at or _STOP in visit.at:
        return True
    was_done = ("PlayerCarTowTime", "PitRepairLeft", "PitOptRepairLeft", "FuelAdded")
    return any(number(lap, name) for lap in visit.served for name in was_done)


def _stop(visit: _Visit, lines: Sequence[tuple[float, str | None]]) -> Stop:
    enter_s, stop_s, start_s, exit_s = (visit.at.get(name) for name in _MOMENTS)
    added = known(number(lap, "FuelAdded") for lap in visit.served)
    tows = known(number(lap, "PlayerCarTowTime") for lap in visit.served)
    repairs = known(number(lap, name) for lap in visit.served for name in ("PitRepairLeft", "PitOptRepairLeft"))
    return Stop(
        lap_in=whole(visit.laps[0], "LapCompleted"),
        lap_out=whole(visit.laps[-1], "LapCompleted") if exit_s is not None else None,
        enter_s=enter_s,
        stop_s=stop_s,
        start_s=start_s,
        exit_s=exit_s,
        lane_s=_between(enter_s, exit_s),
        stationary_s=_between(stop_s, start_s),
        fuel_added_l=sum(added) if added else None,
        services=None if visit.flags is None else services(int(visit.flags)),
        tow_s=max(tows, default=None),
        repair_s=max(repairs, default=None),
        # He changes while the car stands: a line between the entry and the stall was still crossed by who came in.
        driver_before=_driver_before(lines, min(visit.at.values()) if stop_s is None else stop_s),
        driver_after=_driver_after(lines, max(visit.at.values()) if start_s is None else start_s),
    )


def _driver_before(lines: Sequence[tuple[float, str | None]], at_s: float) -> str | None:
    # The stall may lie on the line: who crosses it in the moment of standing still has come from before.
    index = bisect_right(lines, at_s, key=lambda line: line[0])
    return lines[index - 1][1] if index else None


def _driver_after(lines: Sequence[tuple[float, str | None]], at_s: float) -> str | None:
    index = bisect_left(lines, at_s, key=lambda line: line[0])
    return lines[index][1] if index < len(lines) else None


def _between(first: float | None, second: float | None) -> float | None:
    return None if first is None or second is None or second < first else second - first
