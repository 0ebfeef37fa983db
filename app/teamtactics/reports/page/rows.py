"""Every lap of a stint, in its own words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from teamtactics.language import _
from teamtactics.model.parcel import Document
from teamtactics.model.words import UNKNOWN, fixed, lap_time
from teamtactics.reports import summary
from teamtactics.reports.page.drivers import Key, driver_key
from teamtactics.reports.page.marks import Sign
from teamtactics.reports.page.phrases import amount, kind_text
from teamtactics.reports.page.tables import Who
from teamtactics.reports.page.wall_clock import WallClock
from teamtactics.reports.stops import Stop
from teamtactics.reports.summary import ON_TRACK, LapKind, StintSummary, number, whole

_SAID_OTHERWISE = (LapKind.CLEAN, LapKind.UNTIMED, LapKind.TOW)
"""By the time in brackets, by a letter, or by the seconds it took."""


def headings() -> tuple[str, ...]:
    """Name the columns."""
    return (_("Lap"), _("Of stint"), _("At"), _("Lap time"), _("Fuel L"), _("Used L"), _("Added L"), _("Track °C"))


@dataclass(frozen=True, slots=True)
class LapRow:
    """
    One lap.

    Attributes:
        cells: Under ``headings``, from the second on.

        notes: What happened in it.

        is_pits, is_best: It saw the pits or a tow; it is the stint's best.
    """

    lap: str
    who: Who
    signs: Sequence[Sign]
    cells: Sequence[str]
    notes: str
    is_pits: bool
    is_best: bool


@dataclass(frozen=True, slots=True)
class StintLaps:
    """The laps of a stint under its name."""

    name: str
    drivers: Sequence[Who]
    laps: Sequence[LapRow]


@dataclass(frozen=True, slots=True)
class LapRows:
    """
    Writes the rows.

    Attributes:
        people: Of each driver his name and colour.

        kinds, signs: Of each lap by number.

        stops: Of the whole session; what a stop took stands at the lap in which it ended.
    """

    clock: WallClock
    people: Mapping[Key, Who]
    kinds: Mapping[int, LapKind]
    signs: Mapping[int, Sequence[Sign]]
    stops: Sequence[Stop]

    def of(self, stint: StintSummary, laps: Sequence[Document]) -> StintLaps:
        """Write every lap of a stint."""
        ended = {stop.lap_out: stop for stop in self.stops}
        rows = [self._row(lap, ended, stint.best_s) for lap in laps]
        name = _("Laps of an unknown stint") if stint.stint is None else _("Stint {stint}").format(stint=stint.stint)
        return StintLaps(name, list(dict.fromkeys(row.who for row in rows)), rows)

    def _row(self, lap: Document, ended: Mapping[int | None, Stop], best_s: float | None) -> LapRow:
        at = whole(lap, "LapCompleted")
        kind = self.kinds[at or 0]
        cells = (
            fixed(whole(lap, "StintLap")),
            self.clock.text(number(lap, "SessionTime")),
            _time(lap),
            fixed(number(lap, "FuelLevel"), 2),
            fixed(number(lap, "FuelUsed"), 2),
            amount(number(lap, "FuelAdded"), 2),
            fixed(number(lap, "TrackTemp"), 1),
        )
        return LapRow(
            lap=fixed(at),
            who=self.people[driver_key(lap)],
            signs=self.signs.get(at or 0, ()),
            cells=cells,
            notes=_notes(lap, kind, ended.get(at)),
            is_pits=kind not in ON_TRACK,
            is_best=kind is LapKind.CLEAN and best_s is not None and number(lap, "LapLastLapTime") == best_s,
        )


def _time(lap: Document) -> str:
    said = lap_time(summary.lap_time_s(lap))
    return f"({said})" if number(lap, "LapLastLapTime") is None and said != UNKNOWN else said


def _notes(lap: Document, kind: LapKind, stop: Stop | None) -> str:
    parts = [] if kind in _SAID_OTHERWISE else [kind_text(kind)]
    if stop is not None and stop.lane_s is not None:
        parts.append(_("{seconds} s on pit road").format(seconds=fixed(stop.lane_s, 1)))
    if stop is not None and stop.stationary_s is not None:
        parts.append(_("{seconds} s standing").format(seconds=fixed(stop.stationary_s, 1)))
    spent = (
        ("PlayerCarTowTime", _("{seconds} s tow")),
        ("PitRepairLeft", _("{seconds} s repair")),
        ("PitOptRepairLeft", _("{seconds} s optional")),
        ("Gap", _("{seconds} s not seen")),
    )
    for name, said in spent:
        if seconds := number(lap, name):
            parts.append(said.format(seconds=f"{seconds:.0f}"))
    return ", ".join(parts)
