"""
Tables for people, of sessions, laps, stints and stops.

``width`` is how many characters a line has; None for a table as wide as it needs.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from textwrap import wrap
from typing import Literal

from rich.box import ASCII2, SIMPLE_HEAD, Box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from teamtactics.language import _, local
from teamtactics.model.parcel import Document
from teamtactics.model.status import MemberSeen
from teamtactics.model.words import UNKNOWN, clock, duration, fixed, lap_time
from teamtactics.reports.printing.fitting import Column, fit
from teamtactics.reports.stops import Stop, services_text
from teamtactics.reports.summary import StintSummary, number, whole
from teamtactics.store.store import SessionCounts, StoredSession


def sessions_table(
    sessions: Sequence[StoredSession],
    counts: Mapping[int, SessionCounts],
    *,
    ascii_only: bool,
    width: int | None = None,
) -> str:
    """List the sessions."""
    of = [counts.get(session.id, SessionCounts()) for session in sessions]
    return _table(
        _("Sessions"),
        [
            Column(_("No."), [str(session.id) for session in sessions]),
            Column(_("Session"), [session.collection for session in sessions], is_left=True),
            Column(_("Laps"), [str(one.laps) for one in of]),
            Column(_("First (UTC)"), [_utc(session.began_utc) for session in sessions], rank=3),
            Column(_("Last (UTC)"), [_utc(session.last_utc) for session in sessions], rank=2),
            Column(_("Waiting"), [str(one.waiting) for one in of], rank=1),
        ],
        ascii_only=ascii_only,
        width=width,
    )


def differences_table(found: Sequence[tuple[int, str, str, str]], *, ascii_only: bool, width: int | None = None) -> str:
    """List what comes out differently: lap, field, what was recorded, what it is now."""
    return _table(
        _("Differences"),
        [
            Column(_("Lap"), [str(lap) for lap, *_rest in found]),
            Column(_("Field"), [name for _lap, name, *_rest in found], is_left=True),
            Column(_("Recorded"), [was for *_place, was, _now in found], is_left=True),
            Column(_("Now"), [now for *_place, now in found], is_left=True),
        ],
        ascii_only=ascii_only,
        width=width,
    )


def laps_table(
    laps: Sequence[Document],
    stops: Sequence[Stop],
    marks: Mapping[int, str],
    *,
    ascii_only: bool,
    width: int | None = None,
) -> str:
    """
    List the laps; the durations of a stop stand in the lap in which they ended.

    Args:
        marks: By lap, the letters of what else is known of it.
    """
    lane = {stop.lap_out: stop.lane_s for stop in stops}
    standing = {stop.start_s: stop.stationary_s for stop in stops if stop.start_s is not None}
    numbers = [whole(lap, "LapCompleted") for lap in laps]
    starts = [number(lap, "StartMovingTime") for lap in laps]
    columns = [
        Column(_("Lap"), [fixed(one) for one in numbers]),
        Column(_("Lap time"), [lap_time(number(lap, "LapLastLapTime")) for lap in laps]),
        Column(_("Measured"), [lap_time(number(lap, "LapTimeMeasured")) for lap in laps], rank=8),
        Column(_("Driver"), [str(lap.get("Driver") or UNKNOWN) for lap in laps], is_left=True),
        Column(_("Stint"), [fixed(whole(lap, "Stint")) for lap in laps], rank=1),
        Column(_("Stint lap"), [fixed(whole(lap, "StintLap")) for lap in laps], rank=6),
        Column(_("Fuel L"), [fixed(number(lap, "FuelLevel"), 2) for lap in laps], rank=3),
        Column(_("Used L"), [fixed(number(lap, "FuelUsed"), 3) for lap in laps], rank=2),
        Column(_("Added L"), [_amount(number(lap, "FuelAdded"), 2) for lap in laps], is_optional=True, rank=4),
        Column(_("Track °C"), [fixed(number(lap, "TrackTemp"), 1) for lap in laps], rank=9),
        Column(_("On pit road"), [_yes(lap.get("OnPitRoad")) for lap in laps], is_optional=True, rank=7),
        Column(_("Pit in"), [clock(number(lap, "PitEnterTime")) for lap in laps], is_optional=True, rank=5),
        Column(_("Pit out"), [clock(number(lap, "PitExitTime")) for lap in laps], is_optional=True, rank=5),
        Column(_("Pit road s"), [fixed(lane.get(one), 1) for one in numbers], is_optional=True, rank=7),
        Column(
            _("Standing s"),
            [fixed(None if one is None else standing.get(one), 1) for one in starts],
            is_optional=True,
            rank=7,
        ),
        Column(_("Tow s"), [_amount(number(lap, "PlayerCarTowTime"), 1) for lap in laps], is_optional=True, rank=6),
        Column(_("Repair s"), [_amount(number(lap, "PitRepairLeft"), 1) for lap in laps], is_optional=True, rank=6),
        Column(
            _("Optional s"), [_amount(number(lap, "PitOptRepairLeft"), 1) for lap in laps], is_optional=True, rank=8
        ),
        Column(_("Source"), [_source(lap) for lap in laps], is_left=True, is_optional=True, rank=7),
        Column(_("Gap s"), [_amount(number(lap, "Gap"), 1) for lap in laps], is_optional=True, rank=7),
        Column(_("Marks"), [marks.get(one or 0, "") for one in numbers], is_left=True, is_optional=True, rank=4),
    ]
    return _table(_("Laps"), columns, ascii_only=ascii_only, width=width)


def stints_table(stints: Sequence[StintSummary], *, ascii_only: bool, width: int | None = None) -> str:
    """List the stints."""
    columns = [
        Column(_("Stint"), [fixed(stint.stint) for stint in stints]),
        Column(_("Driver"), [", ".join(stint.drivers) or UNKNOWN for stint in stints], is_left=True),
        Column(_("Laps"), [str(stint.laps) for stint in stints]),
        Column(_("From"), [fixed(stint.first_lap) for stint in stints], rank=4),
        Column(_("To"), [fixed(stint.last_lap) for stint in stints], rank=4),
        Column(_("Clean"), [str(stint.clean_laps) for stint in stints], rank=5),
        Column(_("Best"), [lap_time(stint.best_s) for stint in stints], rank=1),
        Column(_("Mean"), [lap_time(stint.average_s) for stint in stints], rank=2),
        Column(_("Fuel L/lap"), [fixed(stint.fuel_per_lap_l, 3) for stint in stints], rank=3),
    ]
    return _table(
        _("Stints (best and mean of clean laps; fuel without pits and tows)"),
        columns,
        ascii_only=ascii_only,
        width=width,
    )


def stops_table(stops: Sequence[Stop], *, ascii_only: bool, width: int | None = None) -> str:
    """List the stops; moments are session times."""
    columns = [
        Column(_("Lap in"), [fixed(stop.lap_in) for stop in stops]),
        Column(_("Lap out"), [fixed(stop.lap_out) for stop in stops], rank=3),
        Column(_("Enter"), [clock(stop.enter_s) for stop in stops], rank=2),
        Column(_("Stop"), [clock(stop.stop_s) for stop in stops], rank=6),
        Column(_("Start"), [clock(stop.start_s) for stop in stops], rank=6),
        Column(_("Exit"), [clock(stop.exit_s) for stop in stops], rank=5),
        Column(_("Pit road s"), [fixed(stop.lane_s, 1) for stop in stops], rank=2),
        Column(_("Standing s"), [fixed(stop.stationary_s, 1) for stop in stops], rank=2),
        Column(_("Fuel added L"), [fixed(stop.fuel_added_l, 2) for stop in stops], rank=1),
        Column(_("Requested"), [services_text(stop) for stop in stops], is_left=True, rank=4),
        Column(_("Driver"), [_drivers(stop) for stop in stops], is_left=True, is_optional=True, rank=3),
        Column(_("Tow s"), [_amount(stop.tow_s, 1) for stop in stops], is_optional=True, rank=5),
        Column(_("Repair s"), [_amount(stop.repair_s, 1) for stop in stops], is_optional=True, rank=5),
    ]
    return _table(_("Stops"), columns, ascii_only=ascii_only, width=width)


def team_table(members: Sequence[MemberSeen], *, ascii_only: bool, width: int | None = None) -> str:
    """List the members whose clients have been in a session."""
    ready = sum(one.is_ready for one in members)
    columns = [
        Column(_("Member"), [one.member.name for one in members], is_left=True),
        Column(_("Number"), [str(one.member.customer_id) for one in members], rank=4),
        Column(_("Version"), [one.member.client_version or UNKNOWN for one in members], rank=3),
        Column(_("Last seen"), [_("{duration} ago").format(duration=duration(one.seen_s)) for one in members]),
        Column(
            _("In the car"), [_yes(one.member.is_in_car and not one.is_gone) for one in members], is_left=True, rank=1
        ),
        Column(_("Waiting"), [_amount(one.member.waiting, 0) for one in members], rank=2),
        Column(_("What is wrong"), [_wrong(one) for one in members], is_left=True),
    ]
    title = _("{ready} of {all} ready").format(ready=ready, all=len(members))
    return _table(_("Team: {title}").format(title=title), columns, ascii_only=ascii_only, width=width)


def _wrong(seen: MemberSeen) -> str:
    return _("gone: its teamtactics has ended or is offline") if seen.is_gone else local(seen.trouble or "")


def printable(text: str) -> str:
    """Replace what would steer a terminal instead of being read: names come from other people's computers."""
    return "".join(character if character.isprintable() else "?" for character in text)


def _table(title: str, columns: Sequence[Column], *, ascii_only: bool, width: int | None) -> str:
    """Write a table that fits lines of *width* characters, and say what it therefore does not show."""
    box: Box = ASCII2 if ascii_only else SIMPLE_HEAD
    table = Table(title=title, title_justify="left", box=box, padding=(0, 1, 0, 0), pad_edge=False)
    shown = [one for one in columns if not one.is_optional or not {*one.cells} <= {"", UNKNOWN}]
    fitted = fit([replace(one, cells=[*map(printable, one.cells)]) for one in shown], width)
    for column, wide in fitted.columns:
        justify: Literal["left", "right"] = "left" if column.is_left else "right"
        table.add_column(column.heading, justify=justify, width=wide, overflow="fold")
    for row in zip(*(column.cells for column, _wide in fitted.columns), strict=True):
        # Text, not str: square brackets in a driver's name are no markup.
        table.add_row(*map(Text, row))
    text = io.StringIO()
    Console(file=text, width=10_000, color_system=None, legacy_windows=False).print(table)
    lines = [line.rstrip() for line in text.getvalue().splitlines()]
    if fitted.left_out:
        narrow = _("Not shown, the window is too narrow: {columns}.")
        lines += wrap(narrow.format(columns=", ".join(fitted.left_out)), max(width or 0, 20))
    return "\n" + "".join(line + "\n" for line in lines if line)


def _amount(value: float | None, digits: int) -> str:
    """Write nothing for 0, where nothing happened, so that what did stands out; unknown is not 0."""
    return "" if value == 0 else fixed(value, digits)


def _yes(value: object) -> str:
    return UNKNOWN if value is None else _("yes") if value else ""


def _drivers(stop: Stop) -> str:
    """Name who drove: both where he changed; nobody where it is known of neither side."""
    before, after = stop.driver_before, stop.driver_after
    if before == after:
        return before or ""
    return f"{before or UNKNOWN} > {after or UNKNOWN}"


def _source(lap: Document) -> str:
    source = lap.get("Source")
    return "" if source == "driver" else str(source or UNKNOWN)


def _utc(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}"
