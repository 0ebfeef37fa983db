"""Whole ticks, each once, in order, out of memory that somebody else is writing."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.image_writer import ImageWriter, Value, Variable, live_variables, session_text
from support.telemetry_fakes import poll
from teamtactics.errors import LayoutChanged, SimulatorGone, SourceRefused
from teamtactics.model.frame import Frame
from teamtactics.telemetry.memory import MemoryReader, is_published

SMALL: list[Variable] = [
    ("SessionTime", "double", 1),
    ("SessionNum", "int", 1),
    ("IsOnTrackCar", "bool", 1),
    ("Lap", "int", 1),
    ("LapCompleted", "int", 1),
    ("FuelLevel", "float", 1),
    ("CarIdxLap", "int", 64),
]


class Meddled(bytearray):
    """Memory in which something happens just before or after a buffer is copied."""

    before: Callable[[], object] | None = None
    after: Callable[[], object] | None = None
    size = 0

    def __getitem__(self, key: object) -> bytes:  # type: ignore[override]  # only slices are taken of memory
        assert isinstance(key, slice)
        is_copy = key.stop - key.start == self.size
        if is_copy and self.before is not None:
            self.before()
        part = bytes(super().__getitem__(key))
        if is_copy and self.after is not None:
            self.after()
        return part


def values_at(tick: int) -> dict[str, Value]:
    """Every value tells which tick it belongs to."""
    return {
        "SessionTime": tick / 60, "SessionNum": 1, "IsOnTrackCar": True, "Lap": tick, "LapCompleted": tick,
        "FuelLevel": float(tick), "CarIdxLap": [tick] * 64,
    }  # fmt: skip


def is_torn(frame: Frame) -> bool:
    tick = frame.tick
    told = (frame.lap, frame.lap_completed, frame.fuel_level, frame.session_num, frame.is_on_track_car)
    return frame.session_time != tick / 60 or told != (tick, tick, tick, 1, True)


def image_of(ticks: int, **options: bool | int) -> ImageWriter:
    image = ImageWriter(None, SMALL, **options)  # type: ignore[arg-type]
    image.write_session_text(session_text(car_idx=5))
    write(image, ticks)
    return image


def write(image: ImageWriter, ticks: int) -> None:
    for _ in range(ticks):
        image.write_tick(values_at(image.tick + 1))


def meddle(image: ImageWriter) -> Meddled:
    image.memory = memory = Meddled(image.memory)
    memory.size = image.buf_len
    return memory


def ticks_of(frames: Sequence[Frame]) -> list[int]:
    return [frame.tick for frame in frames]


def test_the_first_look_gives_all_buffers_oldest_first() -> None:
    reader = MemoryReader(image_of(7).memory, "x")
    assert ticks_of(poll(reader)) == [5, 6, 7]
    assert poll(reader) == []
    assert reader.missed_ticks == 0


def test_buffers_that_were_never_written_are_left_out() -> None:
    assert ticks_of(poll(MemoryReader(image_of(2).memory, "x"))) == [1, 2]


def test_each_tick_comes_once() -> None:
    image = image_of(3)
    reader = MemoryReader(image.memory, "x")
    poll(reader)
    for tick in range(4, 20):
        write(image, 1)
        assert ticks_of(poll(reader)) == [tick]
        assert poll(reader) == []
    assert reader.missed_ticks == 0


def test_ticks_that_came_meanwhile_are_caught_up_from_the_older_buffers() -> None:
    image = image_of(3)
    reader = MemoryReader(image.memory, "x")
    poll(reader)
    write(image, 3)
    assert ticks_of(poll(reader)) == [4, 5, 6]
    assert reader.missed_ticks == 0


def test_ticks_that_were_overwritten_are_counted() -> None:
    image = image_of(3)
    reader = MemoryReader(image.memory, "x")
    poll(reader)
    write(image, 10)
    assert ticks_of(poll(reader)) == [11, 12, 13]
    assert reader.missed_ticks == 7


@pytest.mark.parametrize("buffers", [1, 2, 4])
def test_the_number_of_buffers_comes_from_the_header(buffers: int) -> None:
    image = image_of(9, buffers=buffers)
    assert ticks_of(poll(MemoryReader(image.memory, "x"))) == list(range(10 - buffers, 10))


@pytest.mark.parametrize("has_begin_counters", [False, True])
def test_a_buffer_that_is_just_being_refilled_is_no_tick(has_begin_counters: bool) -> None:
    """limerock.dmp: its counter still says the old tick, its content is zero (SIMULATOR#torn)."""
    image = image_of(3, has_begin_counters=has_begin_counters)
    image.begin_tick()
    assert ticks_of(poll(MemoryReader(image.memory, "x"))) == [2, 3]


@pytest.mark.parametrize("has_begin_counters", [False, True])
def test_a_buffer_that_is_half_refilled_is_no_tick(has_begin_counters: bool) -> None:
    image = image_of(3, has_begin_counters=has_begin_counters)
    image.begin_tick()
    image.put({"SessionTime": 4 / 60, "Lap": 4})
    reader = MemoryReader(image.memory, "x")
    assert ticks_of(poll(reader)) == [2, 3]
    image.put(values_at(4))
    image.end_tick()
    assert ticks_of(poll(reader)) == [4]
    assert reader.missed_ticks == 0


def test_a_lost_older_buffer_is_counted_as_missed() -> None:
    image = image_of(3)
    reader = MemoryReader(image.memory, "x")
    poll(reader)
    write(image, 3)
    image.begin_tick()
    image.put({"SessionTime": 7 / 60})
    assert ticks_of(poll(reader)) == [5, 6]
    assert reader.missed_ticks == 1


def test_the_newest_buffer_is_copied_again_when_it_changed_meanwhile() -> None:
    image = image_of(3)
    memory = meddle(image)
    reader = MemoryReader(memory, "x")
    poll(reader)
    write(image, 1)
    laps = [3]  # one full turn of the ring lands in the very buffer that is being copied

    def overtake() -> None:
        if laps:
            write(image, laps.pop())

    memory.after = overtake
    frames = poll(reader)
    assert ticks_of(frames) == [7]
    assert not any(map(is_torn, frames))
    assert reader.missed_ticks == 3


def test_a_writer_that_always_overtakes_does_not_hang_the_reader() -> None:
    image = image_of(3)
    memory = meddle(image)
    reader = MemoryReader(memory, "x")
    poll(reader)
    write(image, 1)
    memory.after = lambda: write(image, 3)
    assert poll(reader) == []
    memory.after = None
    frames = poll(reader)
    assert not any(map(is_torn, frames))
    assert reader.missed_ticks + len(frames) == image.tick - 3


def test_the_begin_counter_shows_a_write_that_began_while_copying() -> None:
    """Without the counter only the time could tell, and here the time is still the old one."""
    image = image_of(3, has_begin_counters=True)
    memory = meddle(image)
    begun: list[int] = []

    def begin_once() -> None:
        if not begun:
            begun.append(1)
            struct.pack_into("<i", memory, 48 + 8, image.tick + 1)

    memory.after = begin_once
    assert ticks_of(poll(MemoryReader(memory, "x"))) == [2, 3]


def test_an_all_zero_tick_is_dropped_and_not_counted_as_missed() -> None:
    """Whole frames of zeros while driving were reported (SIMULATOR#holes)."""
    image = image_of(3)
    reader = MemoryReader(image.memory, "x")
    poll(reader)
    image.write_tick({})
    assert poll(reader) == []
    write(image, 1)
    assert ticks_of(poll(reader)) == [5]
    assert reader.missed_ticks == 0


def test_buffers_with_the_same_time_are_all_kept() -> None:
    """A paused simulator, and the images of 2025 in ../shared/data."""
    image = ImageWriter(None, SMALL)
    for _ in range(3):
        image.write_tick(values_at(50))
    assert ticks_of(poll(MemoryReader(image.memory, "x"))) == [1, 2, 3]


def test_a_cleared_status_bit_is_the_end() -> None:
    image = image_of(3)
    reader = MemoryReader(image.memory, "x")
    poll(reader)
    image.set_connected(False)
    with pytest.raises(SimulatorGone, match="ended"):
        poll(reader)


def test_a_counter_that_went_back_is_a_restart() -> None:
    """26468, then 2 (SIMULATOR#holes)."""
    image = image_of(3, start_tick=26_465)
    reader = MemoryReader(image.memory, "x")
    poll(reader)
    for tick in (1, 2, 3):
        image.write_tick(values_at(tick), tick)
    with pytest.raises(SimulatorGone, match="restarted"):
        poll(reader)


@pytest.mark.parametrize("at", [16, 20, 24, 28, 32, 36, 52, 68, 84])
def test_another_layout_under_the_reader_is_another_simulator(at: int) -> None:
    image = image_of(3)
    reader = MemoryReader(image.memory, "x")
    poll(reader)
    struct.pack_into("<i", image.memory, at, struct.unpack_from("<i", image.memory, at)[0] + 16)
    write(image, 1)
    with pytest.raises(SimulatorGone, match="layout"):
        poll(reader)


def test_a_layout_without_the_essentials_names_them() -> None:
    image = ImageWriter(None, [v for v in live_variables() if v[0] != "FuelLevel"])
    with pytest.raises(LayoutChanged, match="FuelLevel"):
        MemoryReader(image.memory, "x")


def test_what_is_missing_and_derived_is_told() -> None:
    image = ImageWriter(None, [v for v in live_variables() if v[0] not in ("LapCompleted", "PitstopActive")])
    reader, whole = MemoryReader(image.memory, "x"), MemoryReader(ImageWriter(None).memory, "x")
    assert [*set(reader.missing_variables).difference(whole.missing_variables)] == ["PitstopActive"]
    assert (reader.derived_variables, whole.derived_variables) == (("LapCompleted",), ())


def test_the_session_text_is_read_again_only_when_its_number_changed() -> None:
    image = image_of(3)
    reader = MemoryReader(image.memory, "x")
    first = reader.info
    assert first is not None
    at = image.memory.find(b"monza full")
    image.memory[at : at + 10] = b"spa  short"
    write(image, 1)
    poll(reader)
    assert reader.info is first
    image.write_session_text(session_text(car_idx=5))
    poll(reader)
    assert reader.info is first, "a new object only when something changed"
    image.write_session_text(session_text(car_idx=5, track_name="spa"))
    poll(reader)
    assert reader.info is not None
    assert reader.info.track_name == "spa"


def test_a_new_text_is_taken_without_a_new_tick() -> None:
    image = image_of(3)
    reader = MemoryReader(image.memory, "x")
    poll(reader)
    image.write_session_text(session_text(car_idx=5, track_name="spa"))
    assert poll(reader) == []
    assert reader.info is not None
    assert reader.info.track_name == "spa"


@pytest.mark.parametrize("text", ["", "---\nWeekendInfo:\n TrackID: 0\n"])
def test_a_text_without_meaning_keeps_the_last_good_one(text: str) -> None:
    image = image_of(3)
    reader = MemoryReader(image.memory, "x")
    good = reader.info
    image.write_session_text(text)
    write(image, 1)
    assert ticks_of(poll(reader)) == [2, 3, 4]
    assert reader.info is good


def test_a_text_replaced_while_it_is_copied_is_read_again() -> None:
    image = image_of(3)
    memory = meddle(image)
    reader = MemoryReader(memory, "x")
    image.write_session_text(session_text(car_idx=5, track_name="first"))
    memory.size = 524_288
    replaced: list[int] = []

    def replace() -> None:
        if not replaced:
            replaced.append(1)
            image.write_session_text(session_text(car_idx=5, track_name="second"))

    memory.after = replace
    poll(reader)
    assert reader.info is not None
    assert reader.info.track_name == "monza full"
    poll(reader)
    assert reader.info.track_name == "second"


def test_the_own_car_follows_the_session_text() -> None:
    image = ImageWriter(None, SMALL)
    image.write_tick(values_at(1) | {"CarIdxLap": {5: 50, 63: 630}})
    reader = MemoryReader(image.memory, "x")
    assert [frame.car_lap for frame in poll(reader)] == [None]
    for car_idx, lap in ((5, 50), (63, 630)):
        image.write_session_text(session_text(car_idx=car_idx))
        image.write_tick(values_at(2) | {"CarIdxLap": {5: 50, 63: 630}})
        assert [frame.car_lap for frame in poll(reader)] == [lap]


def test_is_published_needs_the_status_bit_and_a_tick_that_was_not_there_before() -> None:
    image = ImageWriter(None, SMALL)
    assert not is_published(image.memory, frozenset())
    write(image, 3)
    assert is_published(image.memory, frozenset())
    seen = MemoryReader(image.memory, "x").ticks()
    assert seen == {1, 2, 3}
    assert not is_published(image.memory, seen)
    write(image, 1)
    assert is_published(image.memory, seen)
    image.set_connected(False)
    assert not is_published(image.memory, frozenset())
    assert not is_published(b"", frozenset())


def test_a_restart_counts_as_new_only_when_its_ticks_are_the_newest() -> None:
    image = image_of(3, start_tick=100)
    seen = MemoryReader(image.memory, "x").ticks()
    published = []
    for tick in (1, 2, 3):
        image.write_tick(values_at(tick), tick)
        published.append(is_published(image.memory, seen))
    assert published == [False, False, True]
    assert ticks_of(poll(MemoryReader(image.memory, "x", seen))) == [1, 2, 3]


def test_after_a_silence_only_new_ticks_are_given() -> None:
    image = image_of(3)
    seen = MemoryReader(image.memory, "x").ticks()
    write(image, 1)
    assert ticks_of(poll(MemoryReader(image.memory, "x", seen))) == [4]


def test_a_refused_layout_raises_at_once() -> None:
    with pytest.raises(SourceRefused):
        MemoryReader(bytes(2000), "x")


@settings(max_examples=150, deadline=None)
@given(
    steps=st.lists(st.sampled_from("bpqewr"), min_size=1, max_size=80),
    meddling=st.lists(st.sampled_from(["", "e", "b", "w", "ww", "www", "wwwb", "wwwwbp"]), max_size=30),
    has_begin_counters=st.booleans(),
    order=st.permutations(["SessionTime", "Lap", "LapCompleted", "FuelLevel", "SessionNum", "IsOnTrackCar"]),
)
def test_no_interleaving_of_writer_and_reader_gives_a_torn_a_repeated_or_an_uncounted_tick(
    steps: list[str], meddling: list[str], has_begin_counters: bool, order: list[str]
) -> None:
    """The writer works variable by variable in any order; the reader comes in anywhere, even between copy and check."""
    image = image_of(3, has_begin_counters=has_begin_counters)
    memory = meddle(image)
    reader = MemoryReader(memory, "x")
    frames = poll(reader)
    writer = StepWriter(image, order)
    turns = iter(meddling)
    memory.before = lambda: writer.run(next(turns, ""))
    memory.after = lambda: writer.run(next(turns, ""))
    for step in steps:
        if step == "r":
            frames += poll(reader)
        else:
            writer.run(step)
    memory.before = memory.after = None
    writer.run("w")
    frames += poll(reader)
    ticks = ticks_of(frames)
    assert not any(map(is_torn, frames))
    assert ticks == sorted(set(ticks))
    assert len(ticks) + reader.missed_ticks == image.tick


class StepWriter:
    """A writer that can be stopped between any two variables."""

    def __init__(self, image: ImageWriter, order: list[str]) -> None:
        self._image, self._order = image, order
        self._left: list[str] | None = None

    def run(self, steps: str) -> None:
        for step in steps:
            if step == "b" and self._left is None:
                self._image.begin_tick()
                self._left = list(self._order)
            elif step in "pq" and self._left:
                self._put(1 if step == "p" else 3)
            elif step == "e" and self._left is not None:
                self._finish()
            elif step == "w":
                if self._left is None:
                    self._image.begin_tick()
                    self._left = list(self._order)
                self._finish()

    def _put(self, count: int) -> None:
        assert self._left is not None
        values = values_at(self._image.tick)
        self._image.put({name: values[name] for name in self._left[:count]})
        del self._left[:count]

    def _finish(self) -> None:
        self._put(99)
        self._image.end_tick()
        self._left = None
