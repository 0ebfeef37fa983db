"""The newest session's laps as one HTML page: a table and a small chart of the fuel for each stint."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from teamtactics.model.parcel import Document, ParcelKind
from teamtactics.model.words import UNKNOWN, clock, fixed, lap_time
from teamtactics.reports import summary
from teamtactics.reports.fuel_chart import FuelChart, fuel_chart
from teamtactics.reports.known_laps import known_laps
from teamtactics.reports.pages import render
from teamtactics.store.store import Outbox


@dataclass(frozen=True, slots=True)
class _Lap:
    """A row; *cells* stand under the numbers' headings."""

    cells: Sequence[str]
    pits: str
    saw_pits: bool


@dataclass(frozen=True, slots=True)
class _Stint:
    """A heading, what is said below it, and the rows."""

    name: str
    drivers: str
    facts: str
    chart: FuelChart | None
    laps: Sequence[_Lap]


@dataclass(frozen=True, slots=True)
class _Session:
    """
    What the page shows.

    Attributes:
        has_measured: Of a lap the simulator gave no time.
    """

    name: str
    collection: str
    stints: Sequence[_Stint]
    has_measured: bool


def laps_page(outbox: Outbox) -> str:
    """
    Write the page of the session that was begun last.

    Raises:
        OutboxError: The store cannot be read.
    """
    sessions = outbox.sessions()
    if not sessions:
        return render("laps.html", session=None)
    session = sessions[0]
    laps = summary.in_order(known_laps(outbox, session))
    infos = outbox.documents(session.id, ParcelKind.INFO)
    return session_page(session.collection, infos[-1] if infos else None, laps)


def session_page(collection: str, info: Document | None, laps: Sequence[Document]) -> str:
    """Write the page of one session from its documents alone."""
    lanes = {stop.lap_out: stop for stop in summary.stops(laps)}
    stints = []
    for stint in summary.stints(laps):
        of_stint = [lap for lap in laps if summary.whole(lap, "Stint") == stint.stint]
        stints.append(_stint(stint, of_stint, lanes))
    has_measured = any(summary.number(lap, "LapLastLapTime") is None for lap in laps)
    name = str((info or {}).get("Track") or collection)
    return render("laps.html", session=_Session(name, collection, stints, has_measured))


def _stint(stint: summary.StintSummary, laps: Sequence[Document], lanes: Mapping[int | None, summary.Stop]) -> _Stint:
    facts = f"{stint.laps} laps, best {lap_time(stint.best_s)}, average {lap_time(stint.average_s)}"
    if stint.fuel_per_lap_l is not None:
        facts += f", {stint.fuel_per_lap_l:.2f} L a lap"
    return _Stint(
        "Laps of an unknown stint" if stint.stint is None else f"Stint {stint.stint}",
        ", ".join(stint.drivers) or "unknown driver",
        facts,
        fuel_chart(laps, stint.fuel_per_lap_l),
        [_lap(lap, lanes) for lap in laps],
    )


def _lap(lap: Document, lanes: Mapping[int | None, summary.Stop]) -> _Lap:
    number = summary.whole(lap, "LapCompleted")
    cells = (
        fixed(number),
        fixed(summary.whole(lap, "StintLap")),
        _time(lap),
        fixed(summary.number(lap, "FuelLevel"), 2),
        fixed(summary.number(lap, "FuelUsed"), 2),
        fixed(summary.number(lap, "FuelAdded"), 2) if summary.number(lap, "FuelAdded") else "",
        fixed(summary.number(lap, "TrackTemp"), 1),
    )
    return _Lap(cells, _pits(lap, lanes.get(number)), summary.saw_pits(lap))


def _time(lap: Document) -> str:
    official = summary.number(lap, "LapLastLapTime")
    if official is not None:
        return lap_time(official)
    measured = summary.number(lap, "LapTimeMeasured")
    return UNKNOWN if measured is None else f"({lap_time(measured)})"


def _pits(lap: Document, stop: summary.Stop | None) -> str:
    parts = []
    entered, left = (summary.number(lap, name) for name in ("PitEnterTime", "PitExitTime"))
    if entered is not None:
        parts.append(f"in {clock(entered)}")
    if left is not None:
        parts.append(f"out {clock(left)}")
    if stop is not None and stop.lane_s is not None:
        parts.append(f"{stop.lane_s:.1f} s on pit road")
    if stop is not None and stop.stationary_s is not None:
        parts.append(f"{stop.stationary_s:.1f} s standing")
    for name, word in (("PlayerCarTowTime", "tow"), ("PitRepairLeft", "repair"), ("PitOptRepairLeft", "optional")):
        seconds = summary.number(lap, name)
        if seconds:
            parts.append(f"{word} {seconds:.0f} s")
    return ", ".join(parts)
