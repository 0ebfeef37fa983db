"""Stints and stops of a session, worked out from its lap documents alone; pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from teamtactics.model.parcel import Document

LAP_COLUMNS = (
    "LapCompleted",
    "LapLastLapTime",
    "LapTimeMeasured",
    "CustomerID",
    "Driver",
    "Stint",
    "StintLap",
    "FuelLevel",
    "FuelUsed",
    "FuelAdded",
    "OnPitRoad",
    "TrackTemp",
    "AirTemp",
    "TrackWetness",
    "WeatherDeclaredWet",
    "PlayerTireCompound",
    "PlayerCarTeamIncidentCount",
    "PitSvFlags",
    "SessionTime",
    "SessionTimeOfDay",
    "Utc",
    "SessionState",
    "SessionFlags",
    "PlayerCarTowTime",
    "PitRepairLeft",
    "PitOptRepairLeft",
    "PitEnterTimeOfDay",
    "PitEnterTime",
    "StopMovingTimeOfDay",
    "StopMovingTime",
    "StartMovingTimeOfDay",
    "StartMovingTime",
    "PitExitTimeOfDay",
    "PitExitTime",
    "Source",
    "Gap",
)
"""The fields of a lap document (data contract), in the order of a table for programs."""

SERVICES = (
    (0x01, "LF"),
    (0x02, "RF"),
    (0x04, "LR"),
    (0x08, "RR"),
    (0x10, "fuel"),
    (0x20, "tear-off"),
    (0x40, "fast-repair"),
)
"""The bits of PitSvFlags (field guide 7.5)."""

_ENTER, _STOP, _START, _EXIT = "PitEnterTime", "StopMovingTime", "StartMovingTime", "PitExitTime"
_MOMENTS = (_ENTER, _STOP, _START, _EXIT)


@dataclass(frozen=True, slots=True)
class StintSummary:
    """
    One stint.

    Attributes:
        stint: Its number; None for laps of which nobody knows it.

        drivers: In the order in which they completed laps.

        best_s: The best official lap time; None when no lap has one.

        average_s: Mean official time of the laps that did not see the pits and were not towed.

        fuel_per_lap_l: Mean of the laps whose consumption is known.
    """

    stint: int | None
    drivers: tuple[str, ...]
    laps: int
    first_lap: int | None
    last_lap: int | None
    best_s: float | None
    average_s: float | None
    fuel_per_lap_l: float | None


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


@dataclass(slots=True)
class _Visit:
    """A visit under way: when each moment was, and which laps have part in it."""

    at: dict[str, float] = field(default_factory=dict)
    laps: list[Document] = field(default_factory=list)
    served: list[Document] = field(default_factory=list)
    flags: float | None = None


def number(document: Document, name: str) -> float | None:
    """Read a number; None when it is absent, null, or no number."""
    value = document.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return value


def whole(document: Document, name: str) -> int | None:
    """Read a whole number; None when there is none."""
    value = number(document, name)
    return None if value is None else int(value)


def in_order(laps: Iterable[Document]) -> list[Document]:
    """Sort lap documents by their number."""
    return sorted(laps, key=lambda lap: number(lap, "LapCompleted") or 0)


def services(flags: int) -> tuple[str, ...]:
    """Name the services requested in PitSvFlags."""
    return tuple(name for bit, name in SERVICES if flags & bit)


def stints(laps: Sequence[Document]) -> list[StintSummary]:
    """Sum up each stint of *laps*, in order; laps without a stint come last."""
    groups: dict[int | None, list[Document]] = {}
    for lap in in_order(laps):
        groups.setdefault(whole(lap, "Stint"), []).append(lap)
    return [_stint(key, groups[key]) for key in sorted(groups, key=lambda key: (key is None, key or 0))]


def _stint(stint: int | None, laps: Sequence[Document]) -> StintSummary:
    drivers = dict.fromkeys(str(lap["Driver"]) for lap in laps if lap.get("Driver"))
    times = _known(number(lap, "LapLastLapTime") for lap in laps)
    clean = _known(number(lap, "LapLastLapTime") for lap in laps if not saw_pits(lap))
    return StintSummary(
        stint=stint,
        drivers=tuple(drivers),
        laps=len(laps),
        first_lap=whole(laps[0], "LapCompleted"),
        last_lap=whole(laps[-1], "LapCompleted"),
        best_s=min(times, default=None),
        average_s=_mean(clean),
        fuel_per_lap_l=_mean(_known(number(lap, "FuelUsed") for lap in laps)),
    )


def saw_pits(lap: Document) -> bool:
    """Say whether this lap was an in lap, an out lap or a towed one: no measure of pace."""
    moments = any(number(lap, name) is not None for name in (_ENTER, _EXIT))
    return moments or bool(lap.get("OnPitRoad")) or bool(number(lap, "PlayerCarTowTime"))


def stops(laps: Sequence[Document]) -> list[Stop]:
    """
    Work out the visits to the pits.

    The line may lie anywhere along the pit road, so the moments of one visit may stand in two documents, and one
    document may hold the exit of one visit and the entry of the next. Leaving the pits without having come in (the
    garage) is no stop, unless the car was towed, repaired or refuelled there.
    """
    return [_stop(visit) for visit in _visits(in_order(laps)) if _counts(visit)]


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


def _stop(visit: _Visit) -> Stop:
    enter_s, stop_s, start_s, exit_s = (visit.at.get(name) for name in _MOMENTS)
    added = _known(number(lap, "FuelAdded") for lap in visit.served)
    tows = _known(number(lap, "PlayerCarTowTime") for lap in visit.served)
    repairs = _known(number(lap, name) for lap in visit.served for name in ("PitRepairLeft", "PitOptRepairLeft"))
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
    )


def _between(first: float | None, second: float | None) -> float | None:
    return None if first is None or second is None or second < first else second - first


def _known(values: Iterable[float | None]) -> list[float]:
    return [value for value in values if value is not None]


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None
