"""The tables of drivers, stints and stops: headings, and rows that begin with who."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from teamtactics.language import _
from teamtactics.model.parcel import Document
from teamtactics.model.words import UNKNOWN, fixed, lap_time
from teamtactics.reports import summary
from teamtactics.reports.page import weather
from teamtactics.reports.page.drivers import DriverShare, Key, driver_key
from teamtactics.reports.page.phrases import amount, share, span
from teamtactics.reports.page.wall_clock import WallClock
from teamtactics.reports.stops import Stop, services_text
from teamtactics.reports.summary import StintSummary, number


@dataclass(frozen=True, slots=True)
class Who:
    """A driver's name with the number of his colour; None for nobody known."""

    name: str
    colour: int | None


@dataclass(frozen=True, slots=True)
class Heading:
    """Of a column; *is_text*, it stands on the left."""

    text: str
    is_text: bool = False
    is_optional: bool = False
    """Left out when no cell says anything: most sessions know no tow."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A text, and whether it stands on the left."""

    text: str
    is_text: bool


@dataclass(frozen=True, slots=True)
class Row:
    """
    Who, and the cells beside him.

    Attributes:
        drivers: One after the other; in a stop who got out, and who got in where it was another.
    """

    drivers: Sequence[Who]
    cells: Sequence[Cell]


@dataclass(frozen=True, slots=True)
class Table:
    """Headings of the columns behind the driver's, and rows."""

    headings: Sequence[Heading]
    rows: Sequence[Row]


def drivers_table(shares: Sequence[DriverShare]) -> Table:
    """Write who drove how much."""
    rows = [
        (
            [Who(each.name, each.colour)],
            (
                str(each.laps),
                share(each.laps_share),
                span(each.driving_s),
                share(each.time_share),
                lap_time(each.average_s),
                lap_time(each.best_s),
                _of(each.clean_laps, each.laps),
            ),
        )
        for each in shares
    ]
    names = (_("Laps"), _("of all"), _("Driving"), _("of all"), _("Mean"), _("Best"), _("Clean"))
    return _table([Heading(name) for name in names], rows)


def stints_table(
    stints: Sequence[StintSummary],
    laps_of: Mapping[int | None, Sequence[Document]],
    people: Mapping[Key, Who],
    clock: WallClock,
) -> Table:
    """Write each stint."""
    rows = []
    for stint in stints:
        laps = laps_of[stint.stint]
        cells = (
            fixed(stint.stint),
            _from_to(stint.first_lap, stint.last_lap),
            clock.text(_begin_s(laps[0])),
            clock.text(number(laps[-1], "SessionTime")),
            lap_time(stint.average_s),
            lap_time(stint.best_s),
            _of(stint.clean_laps, stint.laps),
            fixed(stint.fuel_per_lap_l, 2),
            weather.temperatures(laps),
        )
        rows.append((list(dict.fromkeys(people[driver_key(lap)] for lap in laps)), cells))
    first = (_("Stint"), _("Laps"), _("From"), _("To"), _("Mean"))
    names = (*first, _("Best"), _("Clean"), _("L a lap"), _("Track °C"))
    return _table([Heading(name) for name in names], rows)


def stops_table(stops: Sequence[Stop], people: Mapping[Key, Who], clock: WallClock) -> Table:
    """Write each visit to the pits."""
    by_name = {who.name: who for who in people.values()}
    rows = []
    for stop in stops:
        names = dict.fromkeys(name or UNKNOWN for name in (stop.driver_before, stop.driver_after))
        cells = (
            _from_to(stop.lap_in, stop.lap_out),
            clock.text(begun_s(stop)),
            fixed(stop.lane_s, 1),
            fixed(stop.stationary_s, 1),
            amount(stop.fuel_added_l, 2),
            amount(stop.repair_s, 0),
            amount(stop.tow_s, 0),
            asked_for(stop),
        )
        rows.append(([by_name.get(name) or Who(name, None) for name in names], cells))
    headings = (
        Heading(_("Lap")),
        Heading(_("At")),
        Heading(_("Pit road s")),
        Heading(_("Standing s")),
        Heading(_("Added L")),
        Heading(_("Repair s"), is_optional=True),
        Heading(_("Tow s"), is_optional=True),
        Heading(_("Asked for"), is_text=True),
    )
    return _table(headings, rows)


def begun_s(stop: Stop) -> float | None:
    """Return the first moment of a visit that somebody saw."""
    moments = (stop.enter_s, stop.stop_s, stop.start_s, stop.exit_s)
    return next((at_s for at_s in moments if at_s is not None), None)


def asked_for(stop: Stop) -> str:
    """Say what was asked for, or what kind of visit it was that asked for nothing."""
    if stop.services is not None:
        return services_text(stop)
    if stop.tow_s:
        return _("towed")
    is_through = stop.stop_s is None and stop.start_s is None and None not in (stop.enter_s, stop.exit_s)
    return _("drive-through") if is_through else UNKNOWN


def _table(headings: Sequence[Heading], rows: Sequence[tuple[Sequence[Who], Sequence[str]]]) -> Table:
    shown = [
        at
        for at, heading in enumerate(headings)
        if not heading.is_optional or any(cells[at] not in ("", UNKNOWN) for _who, cells in rows)
    ]
    cut = [Row(who, [Cell(cells[at], headings[at].is_text) for at in shown]) for who, cells in rows]
    return Table([headings[at] for at in shown], cut)


def _of(some: int, laps: int) -> str:
    return _("{some} of {all}").format(some=some, all=laps)


def _begin_s(lap: Document) -> float | None:
    """Return when the first lap of a stint began, or the car left the pits in it."""
    line_s, took_s, left_s = number(lap, "SessionTime"), summary.lap_time_s(lap), number(lap, "PitExitTime")
    begun = None if line_s is None or took_s is None else line_s - took_s
    return begun if left_s is None else left_s


def _from_to(first: int | None, last: int | None) -> str:
    return fixed(first) if first == last else f"{fixed(first)}–{'' if last is None else last}"
