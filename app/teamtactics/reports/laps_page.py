"""The newest session's laps as one HTML page: a table and a small chart of the fuel for each stint."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from teamtactics.model.parcel import Document, ParcelKind
from teamtactics.model.words import UNKNOWN, clock, lap_time
from teamtactics.reports import summary
from teamtactics.reports.pages import page
from teamtactics.store.store import Outbox

_WIDTH, _HEIGHT = 900, 150
_LEFT, _BOTTOM, _TOP = 46, 22, 14
_WIDEST_BAR = 46


def laps_page(outbox: Outbox) -> str:
    """
    Write the page of the session that was begun last.

    Raises:
        OutboxError: The store cannot be read.
    """
    sessions = outbox.sessions()
    if not sessions:
        return page("Teamtactics: laps", ["<h1>Laps</h1>", "<p>Nothing is recorded yet.</p>"])
    session = sessions[0]
    laps = summary.in_order(outbox.documents(session.id, ParcelKind.LAP))
    infos = outbox.documents(session.id, ParcelKind.INFO)
    return session_page(session.collection, infos[-1] if infos else None, laps)


def session_page(collection: str, info: Document | None, laps: Sequence[Document]) -> str:
    """Write the page of one session from its documents alone."""
    track = str((info or {}).get("Track") or "")
    body = [f"<h1>{escape(track or collection)}</h1>", f'<p class="soft">{escape(collection)}</p>']
    if not laps:
        body.append("<p>No lap is recorded yet.</p>")
    lanes = {stop.lap_out: stop for stop in summary.stops(laps)}
    for stint in summary.stints(laps):
        of_stint = [lap for lap in laps if summary.whole(lap, "Stint") == stint.stint]
        body += _stint(stint, of_stint, lanes)
    if any(summary.number(lap, "LapLastLapTime") is None for lap in laps):
        body.append('<p class="soft">A lap time in brackets was measured here: the simulator gave none.</p>')
    return page(f"Teamtactics: {track or collection}", body)


def _stint(stint: summary.StintSummary, laps: Sequence[Document], lanes: dict[int | None, summary.Stop]) -> list[str]:
    name = "Laps of an unknown stint" if stint.stint is None else f"Stint {stint.stint}"
    drivers = ", ".join(stint.drivers) or "unknown driver"
    facts = f"{stint.laps} laps, best {lap_time(stint.best_s)}, average {lap_time(stint.average_s)}"
    if stint.fuel_per_lap_l is not None:
        facts += f", {stint.fuel_per_lap_l:.2f} L a lap"
    return [
        f"<h2>{name}: {escape(drivers)}</h2>",
        f'<p class="soft">{facts}</p>',
        _chart(laps, stint.fuel_per_lap_l),
        '<table class="laps">',
        "<tr><th>Lap</th><th>Stint lap</th><th>Lap time</th><th>Fuel L</th><th>Used L</th><th>Added L</th>"
        '<th>Track °C</th><th class="left">Pits</th></tr>',
        *(_row(lap, lanes) for lap in laps),
        "</table>",
    ]


def _row(lap: Document, lanes: dict[int | None, summary.Stop]) -> str:
    number = summary.whole(lap, "LapCompleted")
    saw_pits = summary.saw_pits(lap)
    cells = (
        UNKNOWN if number is None else str(number),
        _whole(summary.whole(lap, "StintLap")),
        _time(lap),
        _fixed(lap, "FuelLevel", 2),
        _fixed(lap, "FuelUsed", 2),
        _fixed(lap, "FuelAdded", 2) if summary.number(lap, "FuelAdded") else "",
        _fixed(lap, "TrackTemp", 1),
    )
    tags = "".join(f"<td>{cell}</td>" for cell in cells)
    row = ' class="pit"' if saw_pits else ""
    return f'<tr{row}>{tags}<td class="left">{escape(_pits(lap, lanes.get(number)))}</td></tr>'


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


def _chart(laps: Sequence[Document], mean_l: float | None) -> str:
    """Draw the fuel used per lap as bars, with the stint's mean as a line."""
    used = [summary.number(lap, "FuelUsed") for lap in laps]
    most = max((value for value in used if value is not None), default=0.0)
    if most <= 0:
        return ""
    height, width = _HEIGHT - _TOP - _BOTTOM, _WIDTH - _LEFT
    step = min(_WIDEST_BAR, width / len(laps))
    scale = height / (most * 1.1)
    base = _TOP + height
    marks = []
    for at, (lap, value) in enumerate(zip(laps, used, strict=True)):
        number = summary.whole(lap, "LapCompleted")
        x = _LEFT + at * step
        if value is not None and value > 0:
            bar = value * scale
            marks.append(
                f'<rect x="{x + step * 0.1:.1f}" y="{base - bar:.1f}" width="{step * 0.8:.1f}" height="{bar:.1f}" '
                f'class="bar" fill-opacity="{0.4 if summary.saw_pits(lap) else 1}">'
                f"<title>lap {_whole(number)}: {value:.2f} L</title></rect>"
            )
        if len(laps) <= 30 or at % 5 == 0:
            marks.append(f'<text x="{x + step / 2:.1f}" y="{base + 15}" text-anchor="middle">{_whole(number)}</text>')
    lines = []
    if mean_l is not None:
        y = base - mean_l * scale
        end = _LEFT + len(laps) * step
        lines.append(
            f'<line x1="{_LEFT}" x2="{end:.1f}" y1="{y:.1f}" y2="{y:.1f}" stroke="currentColor" '
            f'stroke-dasharray="4 3"/><text x="{_LEFT - 4}" y="{y + 4:.1f}" text-anchor="end">{mean_l:.2f}</text>'
        )
    return (
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="Fuel used per lap">'
        f'<text x="{_LEFT}" y="10">Fuel per lap, L</text>'
        f'<line x1="{_LEFT}" x2="{_LEFT + len(laps) * step:.1f}" y1="{base}" y2="{base}" stroke="currentColor"/>'
        + "".join(marks + lines)
        + "</svg>"
    )


def _fixed(lap: Document, name: str, digits: int) -> str:
    value = summary.number(lap, name)
    return UNKNOWN if value is None else f"{value:.{digits}f}"


def _whole(value: int | None) -> str:
    return UNKNOWN if value is None else str(value)
