"""In-car settings: those that the car has, by name, made anew only when one of them changes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path

import pytest

from support.image_writer import ImageWriter, Value, Variable
from teamtactics.model.frame import InCar
from teamtactics.telemetry.in_car import InCarReader
from teamtactics.telemetry.layout import parse_layout
from teamtactics.telemetry.opening import open_source

CAR: list[Variable] = [
    ("dcStarter", "bool", 1),
    ("dcABSToggle", "bool", 1),
    ("Speed", "float", 1),
    ("dcBrakeBias", "float", 1),
    ("dcFuelMixture", "int", 1),
    ("dcDiffEntry", "double", 1),
    ("dcsomething", "float", 1),
    ("dc", "float", 1),
    ("dcPitSpeedLimiterToggle", "bool", 1),
]


def image_of(variables: list[Variable]) -> ImageWriter:
    return ImageWriter(None, [("SessionTime", "double", 1), *variables])


def buffer_of(image: ImageWriter, values: Mapping[str, Value]) -> bytes:
    image.write_tick(values)
    at = image.buffer_offsets[image._current]
    return bytes(image.memory[at : at + image.buf_len])


def test_every_setting_of_the_car_is_read_in_its_type_and_no_button() -> None:
    image = image_of(CAR)
    values: dict[str, Value] = {"dcBrakeBias": 56.25, "dcFuelMixture": 3, "dcDiffEntry": -2.5, "dcABSToggle": True}
    shown = InCarReader(parse_layout(image.memory, "x")).read(
        buffer_of(image, {**values, "dcStarter": True, "Speed": 60.0, "dcsomething": 1.0, "dc": 1.0})
    )
    assert shown == (("dcABSToggle", True), ("dcBrakeBias", 56.25), ("dcDiffEntry", -2.5), ("dcFuelMixture", 3))
    assert [type(value) for _, value in shown or ()] == [bool, float, float, int]


def test_a_car_without_settings_has_none_in_however_many_records() -> None:
    image = image_of([("dcStarter", "bool", 1)])
    reader = InCarReader(parse_layout(image.memory, "x"))
    buffer = buffer_of(image, {"dcStarter": True})
    assert reader.read(buffer) is None
    assert [shown for shown, _ in zip(reader.read_all(buffer * 3), range(3), strict=False)] == [None] * 3


def test_settings_that_stay_are_one_object_and_a_change_is_another() -> None:
    """What makes a tick as cheap as for a car without: nothing is decoded while nothing changes."""
    image = image_of(CAR)
    reader = InCarReader(parse_layout(image.memory, "x"))
    seen: list[InCar | None] = [
        reader.read(buffer_of(image, {"SessionTime": time_s, "Speed": time_s, "dcBrakeBias": bias}))
        for time_s, bias in ((1.0, 55.0), (2.0, 55.0), (3.0, 55.5))
    ]
    assert seen[0] is seen[1]
    assert (dict(seen[1] or ())["dcBrakeBias"], dict(seen[2] or ())["dcBrakeBias"]) == (55.0, 55.5)


def test_records_in_a_row_are_read_as_one_by_one() -> None:
    image = image_of(CAR)
    records = [buffer_of(image, {"dcBrakeBias": 50.0 + n // 2}) for n in range(6)]
    one_by_one = [InCarReader(parse_layout(image.memory, "x")).read(record) for record in records]
    assert list(InCarReader(parse_layout(image.memory, "x")).read_all(b"".join(records))) == one_by_one


@pytest.mark.parametrize("damaged", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_left_out(damaged: float) -> None:
    image = image_of([("dcBrakeBias", "float", 1), ("dcABS", "float", 1)])
    shown = InCarReader(parse_layout(image.memory, "x")).read(buffer_of(image, {"dcBrakeBias": damaged, "dcABS": 2.0}))
    assert shown == (("dcABS", 2.0),)


@pytest.mark.recording
def test_a_real_car_shows_its_settings(shared_data: Path) -> None:
    source = open_source(shared_data / "team-suzuka-2025-driving-practice.dump")
    assert source.connect()
    frame = source.read(0.0)[-1]
    source.disconnect()
    shown = dict(frame.in_car or ())
    assert set(shown) == {
        "dcABS",
        "dcBrakeBias",
        "dcToggleWindshieldWipers",
        "dcTractionControl",
        "dcTractionControlToggle",
    }
    assert 40.0 < shown["dcBrakeBias"] < 70.0
