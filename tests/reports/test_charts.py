"""The charts stand on the spread of what is a measure, and what lies beyond is clipped, marked and not lost."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.sample_races import PaperRace, day_and_night, race_day
from teamtactics.model.parcel import Document
from teamtactics.reports.page.chart import Axis, Chart, Frame, Level, Value, chart, spread
from teamtactics.reports.page.drivers import colours
from teamtactics.reports.page.lap_charts import Course, fuel_chart, time_chart
from teamtactics.reports.page.marks import missing
from teamtactics.reports.summary import in_order, lap_kinds, stints

AXIS = Axis(0.5, (0.1, 0.2, 0.5, 1.0, 2.0, 5.0), lambda value, _step: f"{value:.1f}")


def course(laps: list[Document]) -> Course:
    return Course(laps, stints(laps), missing(laps), colours(laps), lap_kinds(laps))


def drawn(values: list[float], measures: int | None = None) -> Chart:
    shown = [
        Value(lap, value, "dot", 0, measures is None or lap <= measures, f"lap {lap}")
        for lap, value in enumerate(values, start=1)
    ]
    found = chart("t", shown, [Level(1, 3, values[0], "mean")], Frame(1, len(values), [3], [(2, 2)]), AXIS)
    assert found is not None
    return found


def test_the_axis_does_not_begin_at_zero() -> None:
    low, high = spread([91.0, 92.0, 91.5, 91.2], 0.5)
    assert (low, high) == (pytest.approx(90.94), pytest.approx(92.06))


def test_an_axis_of_equal_values_still_has_a_width() -> None:
    assert spread([91.0] * 9, 0.5) == (90.75, 91.25)


def test_outliers_do_not_flatten_the_rest() -> None:
    found = drawn([91.0, 91.2, 91.1, 91.4, 91.3, 91.2, 191.0, 61.0])
    assert [point.is_clipped for point in found.points] == [False] * 6 + [True, True]
    assert found.clipped == 2
    assert found.points[6].y < found.top < found.points[3].y, "slower stands above the axis"
    assert found.points[7].y > found.base
    assert found.points[3].y == min(point.y for point in found.points[:6])


def test_what_is_no_measure_does_not_make_the_axis() -> None:
    found = drawn([91.0, 91.2, 91.1, 91.4, 128.0, 99.0], measures=4)
    assert [point.is_clipped for point in found.points] == [False] * 4 + [True] * 2
    alone = drawn([128.0, 99.0], measures=0)
    assert alone.clipped == 0, "where there is nothing else it does"


@given(st.lists(st.floats(0.1, 5000.0), min_size=1, max_size=60), st.integers(0, 60))
def test_every_value_has_its_place_in_the_drawing(values: list[float], measures: int) -> None:
    found = drawn(values, measures)
    assert len(found.points) == len(values)
    for point in found.points:
        assert 0 <= point.x <= 100
        assert 0 < point.y < found.height
        assert point.is_clipped == (not found.top <= point.y <= found.base)
    assert 1 <= len(found.ticks) <= 8
    assert all(found.top <= tick.at <= found.base for tick in found.ticks)


@given(st.integers(1, 40_000), st.integers(0, 5000))
def test_numbers_below_the_axis_do_not_touch(first: int, more: int) -> None:
    frame = Frame(first, first + more, [], [])
    assert 1 <= len(frame.numbers) <= 10
    places = [label.at for label in frame.numbers]
    assert all(later - sooner >= 7 for sooner, later in pairwise(places))


def test_kinds_of_laps_are_told_apart_by_shape_and_drivers_by_colour() -> None:
    laps = in_order(race_day().laps)
    found = time_chart(course(laps))
    assert found is not None
    shapes = {point.text.split(":")[0]: point.shape for point in found.points}
    assert (shapes["lap 28"], shapes["lap 29"], shapes["lap 30"], shapes["lap 82"]) == ("dot", "in", "out", "tow")
    assert (shapes["lap 1"], shapes["lap 19"], shapes["lap 44"], shapes["lap 63"]) == ("ring",) * 4
    assert {point.colour for point in found.points} == {0, 1, 2}
    spin = next(point for point in found.points if point.text.startswith("lap 44"))
    assert (spin.is_clipped, spin.text) == (True, "lap 44: 2:51.2000, slow lap, Ben Ruiz")
    assert len(found.seams) == 3
    (hole,) = found.holes
    assert hole.x1 < hole.x2


def test_fuel_that_nobody_knows_is_no_point() -> None:
    laps = in_order(race_day().laps)
    times, fuel = time_chart(course(laps)), fuel_chart(course(laps))
    assert times is not None and fuel is not None
    assert (len(times.points), len(fuel.points)) == (100, 98)
    assert [tick.text for tick in fuel.ticks] == ["2.8", "2.9", "3.0", "3.1"]
    assert [tick.text for tick in times.ticks] == ["1:48", "1:50", "1:52", "1:54", "1:56"]


def test_a_night_has_a_point_for_each_lap() -> None:
    laps = in_order(day_and_night().laps)
    found = time_chart(course(laps))
    assert found is not None
    assert len(found.points) == 780
    assert found.radius < 3
    assert [label.text for label in found.numbers] == ["100", "200", "300", "400", "500", "600", "700"]


def test_without_a_time_there_is_no_chart() -> None:
    laps = PaperRace().drive(2).laps
    for lap in laps:
        lap.update(LapLastLapTime=None, LapTimeMeasured=None, FuelUsed=None)
    assert (time_chart(course(list(laps))), fuel_chart(course(list(laps)))) == (None, None)
