"""The charts of lap times and of fuel per lap."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from teamtactics.language import _
from teamtactics.model.parcel import Document
from teamtactics.model.words import lap_time
from teamtactics.reports import summary
from teamtactics.reports.page.chart import Axis, Chart, Frame, Level, Value, chart
from teamtactics.reports.page.drivers import Key, driver_key
from teamtactics.reports.page.phrases import kind_text
from teamtactics.reports.summary import LapKind, StintSummary, number, whole


def _minutes(seconds: float, step: float) -> str:
    minutes, tenths = divmod(round(seconds * 10), 600)
    return f"{minutes}:{tenths // 10:02d}" + (f".{tenths % 10}" if step < 1 else "")


def _litres(litres: float, step: float) -> str:
    return f"{litres:.{2 if step < 0.1 else 1 if step < 1 else 0}f}"


_SECONDS = Axis(0.5, (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0), _minutes)
_LITRES = Axis(0.1, (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0), _litres)

_NO_LAP_S, _NO_TANK_L = 86_400.0, 10_000.0
"""What is beyond it somebody else has written, and no simulator."""

SHAPES: Mapping[LapKind, str] = {
    LapKind.CLEAN: "dot",
    LapKind.UNTIMED: "ring",
    LapKind.SLOW: "ring",
    LapKind.IN: "in",
    LapKind.OUT: "out",
    LapKind.PITS: "pits",
    LapKind.TOW: "tow",
    LapKind.AFTER: "ring",
}
"""The symbol of each kind of lap."""


@dataclass(frozen=True, slots=True)
class Course:
    """
    What both charts share.

    Attributes:
        missing: Rows of laps of which nothing is known, first and last.
    """

    laps: Sequence[Document]
    stints: Sequence[StintSummary]
    missing: Sequence[tuple[int, int]]
    colours: Mapping[Key, int]
    kinds: Mapping[int, LapKind]

    @property
    def frame(self) -> Frame:
        """All laps from the first known one to the last, where stints begin, and what is missing."""
        numbers = [whole(lap, "LapCompleted") or 0 for lap in self.laps]
        begins = [lap for stint in self.stints[1:] if stint.stint is not None and (lap := stint.first_lap) is not None]
        return Frame(min(numbers), max(numbers), begins, self.missing)


def time_chart(course: Course) -> Chart | None:
    """Lay out the lap times; a lap without an official time is shown as it was measured."""
    values = []
    for lap in course.laps:
        seconds, at = summary.lap_time_s(lap), whole(lap, "LapCompleted")
        if seconds is not None and 0 < seconds < _NO_LAP_S and at is not None:
            values.append(_value(course, lap, at, seconds, lap_time(seconds)))
    means = [
        Level(*_laps_of(stint), stint.average_s, _mean_time(stint.stint, stint.average_s))
        for stint in course.stints
        if stint.average_s is not None and stint.stint is not None
    ]
    return chart(_("Lap times"), values, means, course.frame, _SECONDS)


def fuel_chart(course: Course) -> Chart | None:
    """Lay out what each lap burned, as far as it is known."""
    values = []
    for lap in course.laps:
        litres, at = number(lap, "FuelUsed"), whole(lap, "LapCompleted")
        if litres is not None and 0 < litres < _NO_TANK_L and at is not None:
            values.append(_value(course, lap, at, litres, f"{litres:.2f} L"))
    means = [
        Level(*_laps_of(stint), stint.fuel_per_lap_l, _mean_fuel(stint.stint, stint.fuel_per_lap_l))
        for stint in course.stints
        if stint.fuel_per_lap_l is not None and stint.stint is not None
    ]
    return chart(_("Fuel per lap, L"), values, means, course.frame, _LITRES)


def _value(course: Course, lap: Document, at: int, value: float, said: str) -> Value:
    kind = course.kinds[at]
    what = "" if kind is LapKind.CLEAN else f", {kind_text(kind)}"
    who = summary.word(lap, "Driver")
    text = _("lap {lap}: {value}").format(lap=at, value=f"{said}{what}") + (f", {who}" if who else "")
    return Value(at, value, SHAPES[kind], course.colours.get(driver_key(lap)), kind is LapKind.CLEAN, text)


def _mean_time(stint: int, seconds: float) -> str:
    return _("stint {stint}: mean of clean laps {time}").format(stint=stint, time=lap_time(seconds))


def _mean_fuel(stint: int, litres: float) -> str:
    return _("stint {stint}: mean {litres} L a lap").format(stint=stint, litres=f"{litres:.2f}")


def _laps_of(stint: StintSummary) -> tuple[int, int]:
    return stint.first_lap or 0, stint.last_lap or 0
