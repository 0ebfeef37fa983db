"""The fuel used per lap as bars, with the stint's mean as a line: where everything stands; drawn by the template."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from teamtactics.model.parcel import Document
from teamtactics.model.words import fixed
from teamtactics.reports import summary

_TOP, _BOTTOM = 14, 22
_WIDEST_BAR = 46
_HEADROOM = 1.1
_NUMBERED = 30
"""Up to so many laps each has its number; of more every fifth has one, or they would touch."""


@dataclass(frozen=True, slots=True)
class Bar:
    """
    One lap.

    Attributes:
        is_faint: The car was on pit road: what it used tells little.
    """

    x: float
    y: float
    width: float
    height: float
    text: str
    is_faint: bool


@dataclass(frozen=True, slots=True)
class Label:
    """A text and its place."""

    x: float
    y: float
    text: str


@dataclass(frozen=True, slots=True)
class FuelChart:
    """
    All lengths in the units of the drawing, from its top left corner, to a tenth.

    Attributes:
        left, right, base: The line on which the bars stand.

        numbers: Of the laps, below the line.

        mean: How high the stint's mean is; None when it is not known.
    """

    width: ClassVar[int] = 900
    height: ClassVar[int] = 150
    left: ClassVar[int] = 46
    base: ClassVar[int] = height - _BOTTOM
    right: float
    bars: Sequence[Bar]
    numbers: Sequence[Label]
    mean: Label | None


def fuel_chart(laps: Sequence[Document], mean_l: float | None) -> FuelChart | None:
    """Work out the chart of a stint's *laps*; None when no consumption is known."""
    used = [summary.number(lap, "FuelUsed") for lap in laps]
    most = max((value for value in used if value is not None), default=0.0)
    if most <= 0:
        return None
    left, base = FuelChart.left, FuelChart.base
    step = min(_WIDEST_BAR, (FuelChart.width - left) / len(laps))
    per_litre = (base - _TOP) / (most * _HEADROOM)
    bars, numbers = [], []
    for at, (lap, value) in enumerate(zip(laps, used, strict=True)):
        number = fixed(summary.whole(lap, "LapCompleted"))
        x = left + at * step
        if value is not None and value > 0:
            tall, text = value * per_litre, f"lap {number}: {value:.2f} L"
            place = (round(x + step * 0.1, 1), round(base - tall, 1), round(step * 0.8, 1), round(tall, 1))
            bars.append(Bar(*place, text, summary.saw_pits(lap)))
        if len(laps) <= _NUMBERED or at % 5 == 0:
            numbers.append(Label(round(x + step / 2, 1), base + 15, number))
    mean = None if mean_l is None else Label(left, round(base - mean_l * per_litre, 1), f"{mean_l:.2f}")
    return FuelChart(round(left + len(laps) * step, 1), bars, numbers, mean)
