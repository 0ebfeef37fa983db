"""The header is believed only where it can be true."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.image_writer import ImageWriter, live_variables, session_text
from support.telemetry_fakes import poll
from teamtactics.errors import LayoutChanged, SimulatorGone, SourceRefused
from teamtactics.model.frame import Frame
from teamtactics.telemetry.layout import parse_layout
from teamtactics.telemetry.memory import MemoryReader, is_published

VAR_TABLE = 144


def small_image() -> ImageWriter:
    image = ImageWriter(None)
    image.write_session_text(session_text())
    for number in range(4):
        image.write_tick({"SessionTime": 10 + number / 60, "IsOnTrackCar": True, "Lap": 1, "FuelLevel": 5.0})
    return image


def test_buffers_and_variables_come_from_the_header() -> None:
    image = ImageWriter(None, live_variables(cars=72), buffers=4)
    layout = parse_layout(image.memory, "x")
    assert layout.buffer_offsets == tuple(image.buffer_offsets)
    assert layout.buf_len == image.buf_len
    assert layout.variables["CarIdxLap"].count == 72
    assert len(layout.variables) == len(image.variables)


@pytest.mark.parametrize("length", [0, 1, 111])
def test_shorter_than_a_header_is_refused(length: int) -> None:
    with pytest.raises(SourceRefused, match=f"x: only {length} bytes"):
        parse_layout(bytes(length), "x")


def test_zeros_are_refused() -> None:
    with pytest.raises(SourceRefused, match="neither a memory image nor a recording"):
        parse_layout(bytes(5000), "x")


@pytest.mark.parametrize(
    ("at", "value", "says"),
    [
        (0, 0, "header version"),
        (0, 99, "header version"),
        (16, -1, "session text"),
        (16, 2**31 - 1, "session text"),
        (20, -5, "session text"),
        (20, 2**31 - 1, "session text"),
        (24, 0, "0 variables"),
        (24, -1, "-1 variables"),
        (24, 2**31 - 1, "variables"),
        (28, 2**31 - 1, "table of variables"),
        (28, -144, "table of variables"),
        (32, 0, "0 buffers"),
        (32, 5, "5 buffers"),
        (36, 0, "0 bytes per buffer"),
        (36, 2**31 - 1, "bytes per buffer"),
        (52, 2**31 - 1, "buffer 1"),
        (68, -8, "buffer 2"),
        (84, 0, "buffer 3"),
    ],
)
def test_what_points_outside_is_refused_and_named(at: int, value: int, says: str) -> None:
    image = small_image()
    struct.pack_into("<i", image.memory, at, value)
    with pytest.raises(SourceRefused, match=says):
        parse_layout(image.memory, "x")


ODDITIES = [(0, 6), (0, -1), (0, 2**31 - 1), (4, 2**31 - 1), (4, -8), (8, 2**31 - 1), (8, 0), (8, -(2**31))]
"""Word of a variable's entry (type, offset, count) and an absurd value in it."""


@pytest.mark.parametrize(("word", "value"), ODDITIES)
@pytest.mark.parametrize("name", [variable[0] for variable in live_variables()])
def test_an_oddity_costs_only_who_wants_the_variable_and_is_named(name: str, word: int, value: int) -> None:
    image = small_image()
    number = [variable[0] for variable in image.variables].index(name)
    struct.pack_into("<i", image.memory, VAR_TABLE + 144 * number + word, value)
    if name in ("SessionTime", "SessionNum", "FuelLevel"):
        with pytest.raises(LayoutChanged, match=f"does not give {name} \\({name}: "):
            MemoryReader(image.memory, "x")
        return
    reader = MemoryReader(image.memory, "x")
    assert [frame.fuel_level for frame in poll(reader)] == [5.0] * 3
    unneeded = {"PlayerCarIdx", "IsReplayPlaying", "TrackTempCrew"}
    assert name in {*reader.missing_variables, *reader.derived_variables, *unneeded}


def test_the_first_readable_one_of_a_name_counts_and_a_second_does_not_matter() -> None:
    variables = [("FuelLevel", "char", 1), *live_variables(), ("FuelLevel", "float", 1), ("Lap", "double", 3)]
    image = ImageWriter(None, variables)
    struct.pack_into("<i", image.memory, VAR_TABLE, 99)
    assert parse_layout(image.memory, "x").variables["FuelLevel"].type == 4
    assert parse_layout(image.memory, "x").variables["Lap"].count == 1
    assert parse_layout(image.memory, "x").unreadable == {}


@pytest.mark.parametrize(("name", "neighbour"), [("PitRepairLeft", "PitOptRepairLeft"), ("Speed", "TrackTemp")])
def test_of_two_wanted_variables_at_one_place_neither_is_believed(name: str, neighbour: str) -> None:
    image = small_image()
    offsets = {entry.name: entry.offset for entry in parse_layout(image.memory, "x").variables.values()}
    number = [variable[0] for variable in image.variables].index(name)
    struct.pack_into("<i", image.memory, VAR_TABLE + 144 * number + 4, offsets[neighbour] + 2)
    reader = MemoryReader(image.memory, "x")
    assert {name, neighbour} <= set(reader.missing_variables)
    assert [frame.fuel_level for frame in poll(reader)] == [5.0] * 3


def test_an_essential_that_shares_its_place_is_named() -> None:
    image = small_image()
    offset = parse_layout(image.memory, "x").variables["Speed"].offset
    number = [variable[0] for variable in image.variables].index("FuelLevel")
    struct.pack_into("<i", image.memory, VAR_TABLE + 144 * number + 4, offset)
    with pytest.raises(LayoutChanged, match="FuelLevel: shares byte"):
        MemoryReader(image.memory, "x")


def test_every_real_image_cut_off_is_refused(shared_data: Path) -> None:
    for path in sorted(shared_data.glob("*.dump")):
        content = path.read_bytes()
        layout = parse_layout(content, path.name)
        for length in (50, 112, 200, layout.buffer_offsets[0], max(layout.buffer_offsets) + layout.buf_len - 1):
            with pytest.raises(SourceRefused):
                parse_layout(content[:length], path.name)


@settings(max_examples=400, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), min_size=1, max_size=12))
def test_a_damaged_header_gives_an_error_or_frames_and_nothing_else(damage: list[tuple[int, int]]) -> None:
    memory = bytearray(HEALTHY)
    for at, value in damage:
        memory[at] = value
    try:
        is_published(memory, frozenset())
        frames = poll(MemoryReader(memory, "x"))
    except (SourceRefused, LayoutChanged, SimulatorGone):
        return
    assert all(isinstance(frame, Frame) for frame in frames)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 99), st.sampled_from([0, 1, -1, 2, 3, 7, 111, 112, 2**16, 2**31 - 1, -(2**31)])),
        min_size=1,
        max_size=6,
    )
)
def test_damage_while_connected_gives_an_error_or_frames_and_nothing_else(damage: list[tuple[int, int]]) -> None:
    memory = bytearray(HEALTHY)
    reader = MemoryReader(memory, "x")
    poll(reader)
    for word, value in damage:
        struct.pack_into("<i", memory, word * 4, value)
        try:
            frames = poll(reader)
        except SimulatorGone:
            return
        assert all(isinstance(frame, Frame) for frame in frames)


HEALTHY = bytes(small_image().memory)
