"""Where everything stands in a chart of one number per lap: across in parts of the width, down in pixels."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

_MARGIN = 0.06
"""So much of the spread is left free above and below."""
_FENCE = 3.0
"""
So many times the middle half's spread beyond it a value is an outlier: Tukey's "far out". Of the laps of a stint with
traffic none is; a spin, a puncture or a lap behind a safety car is.
"""
_MOST_TICKS = 5
_STRIP = 10
"""So many pixels outside of the axis is what lies beyond it."""
_MOST_NUMBERS = 9
_FEWEST_SLOTS = 12
"""A race that has just begun does not fill the width: its points would lie metres apart."""


@dataclass(frozen=True, slots=True)
class Value:
    """
    One lap's number.

    Attributes:
        shape: Name of the symbol that it is drawn with.

        colour: Number of the driver's colour; None for nobody known.

        is_measure: The axis is made for it; others are clipped.

        text: Shown where the pointer rests on it.
    """

    lap: int
    value: float
    shape: str
    colour: int | None
    is_measure: bool
    text: str


@dataclass(frozen=True, slots=True)
class Level:
    """A value that several laps share, from one lap to another."""

    first: int
    last: int
    value: float
    text: str


@dataclass(frozen=True, slots=True)
class Point:
    """A symbol: *x* in per cent of the width, *y* in pixels; *is_clipped*, it lies beyond the axis, at its edge."""

    x: float
    y: float
    shape: str
    colour: int | None
    is_clipped: bool
    text: str


@dataclass(frozen=True, slots=True)
class Stroke:
    """A line across: *x1*, *x2* in per cent of the width, *y* in pixels."""

    x1: float
    x2: float
    y: float
    text: str


@dataclass(frozen=True, slots=True)
class Label:
    """A text at *at*: pixels down for one of the axis, per cent across for a lap's number."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Chart:
    """
    A chart as it is drawn.

    Attributes:
        top, base: The axis reaches from here to there; what lies beyond it stands in the strips outside.

        seams: Where stints begin, per cent across.

        holes: Laps of which nothing is known: from and to in per cent across, and which.

        radius: Of a dot, pixels.

        clipped: How many points lie beyond the axis.
    """

    height: ClassVar[int] = 230
    top: ClassVar[int] = 24
    base: ClassVar[int] = 196
    title: str
    points: Sequence[Point]
    ticks: Sequence[Label]
    numbers: Sequence[Label]
    means: Sequence[Stroke]
    seams: Sequence[float]
    holes: Sequence[Stroke]
    radius: float
    clipped: int


@dataclass(frozen=True, slots=True)
class Axis:
    """
    How a number is shown.

    Attributes:
        narrowest: The axis spans so much at least: what is as good as equal is not to look otherwise.

        steps: What may lie between two ticks, rising; beyond the last its multiples by tens.

        say: Writes the number of a tick, given the step.
    """

    narrowest: float
    steps: Sequence[float]
    say: Callable[[float, float], str]


@dataclass(frozen=True, slots=True)
class Frame:
    """
    The laps that a chart shows, each in a slot of the same width.

    Attributes:
        begins: The laps in which stints begin.

        missing: Rows of laps of which nothing is known, first and last.
    """

    first: int
    last: int
    begins: Sequence[int]
    missing: Sequence[tuple[int, int]]

    @property
    def count(self) -> int:
        """How many slots there are."""
        return max(_FEWEST_SLOTS, self.last - self.first + 1)

    def centre(self, lap: float) -> float:
        """Return where the middle of *lap* lies, in per cent."""
        return round((lap - self.first + 0.5) * 100 / self.count, 2)

    @property
    def numbers(self) -> Sequence[Label]:
        """Numbers of some laps, round ones."""
        step = max(1, round(_step((self.last - self.first + 1) / _MOST_NUMBERS, (1, 2, 5, 10))))
        begin = math.ceil(self.first / step) * step
        return [Label(self.centre(lap), str(lap)) for lap in range(begin, self.last + 1, step)]

    @property
    def holes(self) -> Sequence[Stroke]:
        """Where the missing laps would be."""
        shown = [(max(first, self.first), min(last, self.last)) for first, last in self.missing]
        return [self._across(first, last, 0.0, "") for first, last in shown if first <= last]

    def level(self, level: Level, y: float) -> Stroke:
        """Draw *level* at *y*."""
        return self._across(level.first, level.last, y, level.text)

    def _across(self, first: int, last: int, y: float, text: str) -> Stroke:
        return Stroke(self.centre(first - 0.5), self.centre(last + 0.5), y, text)


def chart(title: str, values: Sequence[Value], means: Sequence[Level], frame: Frame, axis: Axis) -> Chart | None:
    """Lay out a chart; None without a value."""
    if not values:
        return None
    measures = [each.value for each in values if each.is_measure] or [each.value for each in values]
    low, high = spread(measures, axis.narrowest)
    points = []
    for each in values:
        y, is_clipped = _down(each.value, low, high)
        points.append(Point(frame.centre(each.lap), y, each.shape, each.colour, is_clipped, each.text))
    step = _step((high - low) / _MOST_TICKS, axis.steps)
    return Chart(
        title=title,
        points=points,
        ticks=[Label(_down(at, low, high)[0], axis.say(at, step)) for at in _multiples(low, high, step)],
        numbers=frame.numbers,
        means=[frame.level(mean, _down(mean.value, low, high)[0]) for mean in means if low <= mean.value <= high],
        seams=[frame.centre(lap - 0.5) for lap in frame.begins],
        holes=frame.holes,
        radius=3.2 if frame.count <= 150 else 2.4 if frame.count <= 400 else 1.8,
        clipped=sum(point.is_clipped for point in points),
    )


def _down(value: float, low: float, high: float) -> tuple[float, bool]:
    """Return where *value* lies, in pixels from the top, and whether it is beyond the axis, in the strip outside."""
    if value > high:
        return Chart.top - _STRIP, True
    if value < low:
        return Chart.base + _STRIP, True
    return round(Chart.base - (value - low) * (Chart.base - Chart.top) / (high - low), 1), False


def spread(values: Sequence[float], narrowest: float) -> tuple[float, float]:
    """Return from where to where an axis for *values* reaches: all of them but outliers, with a margin."""
    low, high = min(values), max(values)
    if len(values) >= 4:
        first, _middle, third = statistics.quantiles(values, n=4)
        fence = max(_FENCE * (third - first), narrowest)
        low = min(value for value in values if value >= first - fence)
        high = max(value for value in values if value <= third + fence)
    margin = max((high - low) * _MARGIN, (narrowest - (high - low)) / 2)
    return low - margin, high + margin


def _step(least: float, steps: Sequence[float]) -> float:
    factor = 1.0
    while steps[-1] * factor < least:
        factor *= 10
    return next(step * factor for step in steps if step * factor >= least)


def _multiples(low: float, high: float, step: float) -> list[float]:
    first, last = math.ceil(low / step), math.floor(high / step)
    return [number * step for number in range(first, last + 1)]
