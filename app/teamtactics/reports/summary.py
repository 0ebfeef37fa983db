"""Stints of a session and what kind of lap a lap is, worked out from its lap documents alone; pure."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from teamtactics.contract.values import AT_LINE
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
    *(row.name for row in AT_LINE),
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
"""The fields of a lap document (DATA.md#laps), in the order of a table for programs."""

_CHECKERED = 5
"""``SessionState`` from the moment on in which the leader has finished; the own car has at its next line."""

LINE_TO_LINE_S = 0.5
"""
So far an official time may lie from line to line: 0.05 s at most on all tapes, and seconds in a race's first lap,
which is timed from the green flag.
"""

FAR_SLOWER = 1.2
"""
So many times the median of its stint a lap is no measure of pace: a spin, damage, a lap behind the safety car. Traffic
and the change from dry to wet stay below it.
"""

RECENT_LAPS = 5
"""So many laps, the last clean ones of a stint, say what a lap costs now."""


class LapKind(StrEnum):
    """What a lap was; only ``CLEAN`` is a measure of pace."""

    CLEAN = "clean"
    UNTIMED = "not clean"
    """Driven without the pits, but not officially timed from line to line, or not all of it was seen."""
    SLOW = "slow lap"
    """Timed, and far slower than its stint: ``FAR_SLOWER``."""
    IN = "in lap"
    OUT = "out lap"
    PITS = "in and out"
    """Both: a stop, or a drive-through, before the line."""
    TOW = "tow"
    AFTER = "after the finish"


ON_TRACK = frozenset({LapKind.CLEAN, LapKind.UNTIMED, LapKind.SLOW})
"""Without pits and tow: a measure of consumption."""


@dataclass(frozen=True, slots=True)
class StintSummary:
    """
    One stint.

    Attributes:
        stint: Its number; None for laps of which nobody knows it.

        drivers: In the order in which they completed laps.

        clean_laps: How many there are (``lap_kinds``).

        best_s, average_s: Of the clean laps; None without one.

        fuel_per_lap_l: Mean of the laps that saw neither pits nor tow, as far as their consumption is known.
    """

    stint: int | None
    drivers: tuple[str, ...]
    laps: int
    first_lap: int | None
    last_lap: int | None
    clean_laps: int
    best_s: float | None
    average_s: float | None
    fuel_per_lap_l: float | None


def number(document: Document, name: str) -> float | None:
    """Read a number; None when it is absent, null, or no number."""
    value = document.get(name)
    if value is None or value is False or value is True:
        return None
    return value if isinstance(value, (float, int)) and math.isfinite(value) else None


def whole(document: Document, name: str) -> int | None:
    """Read a whole number; None when there is none."""
    value = number(document, name)
    return None if value is None else int(value)


def in_order(laps: Iterable[Document]) -> list[Document]:
    """Sort lap documents by their number."""
    return sorted(laps, key=lambda lap: number(lap, "LapCompleted") or 0)


def word(document: Document, name: str) -> str | None:
    """Read a text; None when it is absent, null, empty, or no text."""
    value = document.get(name)
    return value if isinstance(value, str) and value else None


def moment(document: Document, name: str) -> datetime | None:
    """Read a moment; None when it is absent, null, or nobody can say when it was."""
    value = document.get(name)
    if not isinstance(value, datetime) or value.tzinfo is None:
        return None
    return value.astimezone(UTC)


def lap_time_s(lap: Document) -> float | None:
    """Return how long a lap took: its official time, or where there is none as it was measured."""
    official = number(lap, "LapLastLapTime")
    return number(lap, "LapTimeMeasured") if official is None else official


def lap_kinds(laps: Sequence[Document]) -> dict[int, LapKind]:
    """
    Say of each lap, by number, what kind it was.

    A lap is clean when the simulator gave it a time that is one from line to line, the car was neither in the pits
    nor towed in it, and all of it was seen (no ``Gap``). So an in lap, an out lap (also one whose exit nobody saw: the
    first of a later stint), a lap after a reset, an off-track without a time, and a race's first lap, timed from the
    green flag, are none; nor is one behind the lap that ended under the checkered flag (SIMULATOR#finish), nor one that
    took more than ``FAR_SLOWER`` times what its stint's laps take. This is the one definition: mean and best, the
    consumption now, and the charts' axes go by it.
    """
    found: dict[int, LapKind] = {}
    after = after_the_finish(laps)
    for _stint, of_stint in by_stint(laps):
        kinds = [LapKind.AFTER if whole(lap, "LapCompleted") in after else _kind(lap) for lap in of_stint]
        times = [number(lap, "LapLastLapTime") for lap in of_stint]
        clean = known(at_s for at_s, kind in zip(times, kinds, strict=True) if kind is LapKind.CLEAN)
        limit_s = statistics.median(clean) * FAR_SLOWER if clean else math.inf
        for lap, kind, at_s in zip(of_stint, kinds, times, strict=True):
            is_slow = kind is LapKind.CLEAN and at_s is not None and at_s > limit_s
            found[whole(lap, "LapCompleted") or 0] = LapKind.SLOW if is_slow else kind
    return found


def is_finished(laps: Sequence[Document]) -> bool:
    """Tell whether a lap ended under the checkered flag."""
    return any((whole(lap, "SessionState") or 0) >= _CHECKERED for lap in laps)


def after_the_finish(laps: Sequence[Document]) -> frozenset[int | None]:
    """Return the laps behind the one that ended under the checkered flag."""
    numbers = [whole(lap, "LapCompleted") for lap in in_order(laps)]
    is_over = ((whole(lap, "SessionState") or 0) >= _CHECKERED for lap in in_order(laps))
    finish = next((at for at, over in enumerate(is_over) if over), len(numbers))
    return frozenset(numbers[finish + 1 :])


def _kind(lap: Document) -> LapKind:
    if number(lap, "PlayerCarTowTime"):
        return LapKind.TOW
    came_in, went_out = _came_in(lap), _went_out(lap)
    if came_in or went_out:
        return LapKind.PITS if came_in and went_out else LapKind.IN if came_in else LapKind.OUT
    if number(lap, "StopMovingTime") is not None or number(lap, "StartMovingTime") is not None or _was_filled(lap):
        return LapKind.PITS
    return LapKind.CLEAN if _is_timed(lap) and not number(lap, "Gap") else LapKind.UNTIMED


def clean_laps(laps: Sequence[Document]) -> list[Document]:
    """Return those that tell how fast driver and car are (``lap_kinds`` says when)."""
    kinds = lap_kinds(laps)
    return [lap for lap in laps if kinds[whole(lap, "LapCompleted") or 0] is LapKind.CLEAN]


def _came_in(lap: Document) -> bool:
    return bool(lap.get("OnPitRoad")) or number(lap, "PitEnterTime") is not None


def _went_out(lap: Document) -> bool:
    is_first = (whole(lap, "Stint") or 1) > 1 and whole(lap, "StintLap") == 1
    return is_first or number(lap, "PitExitTime") is not None


def _was_filled(lap: Document) -> bool:
    return bool(number(lap, "FuelAdded"))


def _is_timed(lap: Document) -> bool:
    official, measured = number(lap, "LapLastLapTime"), number(lap, "LapTimeMeasured")
    if official is None:
        return False
    if measured is None:  # nobody saw where it began: only a first lap can be another than from line to line
        return whole(lap, "LapCompleted") != 1
    return abs(official - measured) <= LINE_TO_LINE_S


def stints(laps: Sequence[Document]) -> list[StintSummary]:
    """Sum up each stint of *laps*, in order; laps without a stint come last."""
    kinds = lap_kinds(laps)
    return [_stint(stint, of_stint, kinds) for stint, of_stint in by_stint(laps)]


def by_stint(laps: Sequence[Document]) -> list[tuple[int | None, Sequence[Document]]]:
    """Part *laps* by their stints, both in order; those of no known stint come last."""
    groups: dict[int | None, list[Document]] = {}
    for lap in in_order(laps):
        groups.setdefault(whole(lap, "Stint"), []).append(lap)
    return [(key, groups[key]) for key in sorted(groups, key=lambda key: (key is None, key or 0))]


def _stint(stint: int | None, laps: Sequence[Document], kinds: Mapping[int, LapKind]) -> StintSummary:
    drivers = dict.fromkeys(name for lap in laps if (name := word(lap, "Driver")))
    kind_of = [kinds[whole(lap, "LapCompleted") or 0] for lap in laps]
    times = (number(lap, "LapLastLapTime") for lap, kind in zip(laps, kind_of, strict=True) if kind is LapKind.CLEAN)
    driven = (number(lap, "FuelUsed") for lap, kind in zip(laps, kind_of, strict=True) if kind in ON_TRACK)
    clean = known(times)
    return StintSummary(
        stint=stint,
        drivers=tuple(drivers),
        laps=len(laps),
        first_lap=whole(laps[0], "LapCompleted"),
        last_lap=whole(laps[-1], "LapCompleted"),
        clean_laps=len(clean),
        best_s=min(clean, default=None),
        average_s=mean(clean),
        fuel_per_lap_l=mean(known(driven)),
    )


def recent_burned_l(laps: Sequence[Document]) -> list[float]:
    """
    Return what each of the last clean ones of *laps*, those of one stint, has burned.

    Their mean is what a lap costs now.
    """
    burned = known(number(lap, "FuelUsed") for lap in clean_laps(laps))
    return [litres for litres in burned if litres > 0][-RECENT_LAPS:]


def laps_to_empty(fuel_l: float | None, per_lap_l: float | None) -> float | None:
    """Return how many laps *fuel_l* lasts; None when either is not known."""
    return None if fuel_l is None or per_lap_l is None or per_lap_l <= 0 else max(0.0, fuel_l) / per_lap_l


def known(values: Iterable[float | None]) -> list[float]:
    """Leave out what is not known."""
    return [value for value in values if value is not None]


def mean(values: Sequence[float]) -> float | None:
    """Return the mean; None of nothing."""
    return sum(values) / len(values) if values else None
