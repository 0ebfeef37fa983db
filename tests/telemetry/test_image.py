"""A memory image is a simulator: still ones show their moment, live ones are followed, broken ones are refused."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest

from support.image_writer import MEMORY_SIZE, ImageWriter, session_text
from support.telemetry_fakes import Clock, drain
from teamtactics.errors import LayoutChanged, SimulatorGone, SourceRefused
from teamtactics.telemetry.image import ImageSource, Pace
from teamtactics.telemetry.live import BATCH_S, SILENCE_S, STARTING_S
from teamtactics.telemetry.memory import PROMPT_TICKS


def image_at(path: Path, ticks: int = 3, **options: int) -> ImageWriter:
    image = ImageWriter(path, **options)  # type: ignore[arg-type]
    image.write_session_text(session_text(car_idx=5))
    write(image, ticks)
    return image


def write(image: ImageWriter, ticks: int = 1) -> None:
    for _ in range(ticks):
        at = image.tick + 1
        image.write_tick({"SessionTime": 100 + at / 60, "IsOnTrackCar": True, "Lap": 2, "FuelLevel": 50.0})


def open_handles() -> int:
    process = psutil.Process()
    count: int = getattr(process, "num_handles" if sys.platform == "win32" else "num_fds")()
    return count


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "x.dump"


def source_of(path: Path, clock: Clock) -> ImageSource:
    return ImageSource(path, clock.wait, clock.monotonic)


def followed(path: Path, clock: Clock) -> tuple[ImageWriter, ImageSource]:
    """Return an image and its source when there is nothing any more that cannot wait; 33 ticks were written."""
    image, source = image_at(path), source_of(path, clock)
    source.connect()
    drain(source)
    write(image, PROMPT_TICKS)
    drain(source)
    return image, source


def test_a_still_image_shows_its_moment_once_and_then_waits(path: Path, clock: Clock) -> None:
    image_at(path)
    source = source_of(path, clock)
    assert (source.name, source.key, source.has_ended) == ("x.dump", "live", False)
    assert source.connect()
    assert source.info is not None
    assert [frame.tick for frame in drain(source, 0.5)] == [1, 2, 3]
    with pytest.raises(SimulatorGone, match="no new tick for 5 s"):
        for _ in range(100):
            source.read(0.5)
    assert clock.now_s < 1000 + SILENCE_S + 2
    source.disconnect()
    assert not any(source.connect() for _ in range(20))


def test_waiting_on_a_still_image_is_cheap(path: Path, clock: Clock) -> None:
    image_at(path)
    source = source_of(path, clock)
    source.connect()
    drain(source, 0.1)
    clock.waits.clear()
    for _ in range(4):
        source.read(1.0)
    assert len(clock.waits) < 4 * 60


def test_read_waits_no_longer_than_it_is_told(path: Path, clock: Clock) -> None:
    image_at(path)
    source = source_of(path, clock)
    source.connect()
    drain(source)
    before_s = clock.now_s
    assert source.read(0.25) == ()
    assert clock.now_s - before_s == pytest.approx(0.25)


def test_an_image_updated_in_place_is_followed_tick_by_tick(path: Path, clock: Clock) -> None:
    image = image_at(path)
    source = source_of(path, clock)
    source.connect()
    drain(source)
    clock.while_waiting = lambda: write(image)
    got = [frame.tick for _ in range(50) for frame in source.read(0.5)]
    assert got == list(range(4, 4 + len(got)))
    assert len(got) > 100, "some at a time"
    assert source.missed_ticks == 0


def test_ticks_are_handed_out_some_at_a_time_and_the_last_ones_after_a_tenth_of_a_second(
    path: Path, clock: Clock
) -> None:
    image, source = followed(path, clock)
    write(image)
    before_s = clock.now_s
    assert [frame.tick for frame in source.read(0.5)] == [34]
    assert BATCH_S <= clock.now_s - before_s < BATCH_S + 0.03
    clock.while_waiting = lambda: write(image)
    assert [frame.tick for frame in source.read(0.5)] == [35, 36, 37, 38, 39, 40]


def test_what_was_copied_before_the_simulator_ended_is_handed_out_first(path: Path, clock: Clock) -> None:
    image, source = followed(path, clock)
    write(image, 2)

    def end() -> None:
        image.set_connected(False)
        clock.while_waiting = lambda: None

    clock.while_waiting, missed_ticks = end, source.missed_ticks
    assert [frame.tick for frame in source.read(0.5)] == [34, 35]
    with pytest.raises(SimulatorGone, match="ended"):
        source.read(0.5)
    assert source.missed_ticks == missed_ticks


def test_ticks_are_told_with_the_text_that_was_there_when_they_came(path: Path, clock: Clock) -> None:
    image, source = followed(path, clock)
    write(image)

    def retell() -> None:
        image.write_session_text(session_text(track_name="spa"))
        write(image)
        clock.while_waiting = lambda: write(image)

    clock.while_waiting = retell
    told = [(frame.tick, source.info) for _ in range(3) for frame in source.read(0.5)]
    named = [(tick, info is not None and info.track_name == "spa") for tick, info in told]
    assert named[:3] == [(34, False), (35, True), (36, True)]


@pytest.mark.parametrize("name", ["LapCompleted", "LapLastLapTime", "SessionNum"])
def test_what_somebody_waits_for_is_told_at_once_and_what_follows_it_too(path: Path, clock: Clock, name: str) -> None:
    image, source = followed(path, clock)
    before_s = clock.now_s
    for _ in range(PROMPT_TICKS):
        at = image.tick + 1
        image.write_tick({"SessionTime": 100 + at / 60, "IsOnTrackCar": True, "Lap": 2, "FuelLevel": 50.0, name: 3})
        assert [frame.tick for frame in source.read(0.5)] == [at]
    assert clock.now_s - before_s < PROMPT_TICKS * 0.02


def test_a_connection_that_fell_silent_is_taken_up_when_the_counter_moves(path: Path, clock: Clock) -> None:
    image = image_at(path)
    source = source_of(path, clock)
    source.connect()
    drain(source)
    clock.now_s += SILENCE_S + 0.1
    with pytest.raises(SimulatorGone):
        source.read(0.0)
    source.disconnect()
    assert not source.connect()
    write(image)
    assert source.connect()
    assert [frame.tick for frame in source.read(0.0)] == [4]


def test_the_status_bit_ends_the_connection_and_begins_the_next(path: Path, clock: Clock) -> None:
    image = image_at(path)
    source = source_of(path, clock)
    source.connect()
    drain(source)
    image.set_connected(False)
    with pytest.raises(SimulatorGone, match="ended"):
        source.read(0.5)
    source.disconnect()
    write(image)
    assert not source.connect()
    image.set_connected(True)
    assert source.connect()


def test_a_reader_that_is_not_connected_says_so(path: Path, clock: Clock) -> None:
    image_at(path)
    source = source_of(path, clock)
    with pytest.raises(SimulatorGone, match="not connected"):
        source.read(0.0)
    source.disconnect()


def test_connecting_and_losing_a_thousand_times_leaks_nothing(path: Path, clock: Clock) -> None:
    image = image_at(path)
    source = source_of(path, clock)
    source.connect()
    source.disconnect()
    process = psutil.Process()
    before = open_handles()
    maps = len(process.memory_maps(grouped=False))
    for number in range(1000):
        write(image)
        assert source.connect(), number
        assert source.read(0.0)
        image.set_connected(False)
        with pytest.raises(SimulatorGone):
            source.read(0.0)
        source.disconnect()
        assert not source.connect()
        image.set_connected(True)
    after = open_handles()
    assert after <= before
    assert len(process.memory_maps(grouped=False)) <= maps + 2


def test_the_layout_is_built_anew_after_a_reconnection(path: Path, clock: Clock) -> None:
    """A new build, a new car: other offsets (SIMULATOR#restart)."""
    image_at(path).close()
    source = source_of(path, clock)
    source.connect()
    drain(source)
    with ImageWriter(path, [("Junk", "float", 7), *reversed(ImageWriter(None).variables)]) as image:
        image.write_tick({"SessionTime": 7.0, "IsOnTrackCar": True, "Lap": 9, "FuelLevel": 11.0})
        clock.now_s += 1
        with pytest.raises(SimulatorGone):
            source.read(0.0)
        source.disconnect()
        assert source.connect()
        (frame,) = source.read(0.0)
        assert (frame.lap, frame.fuel_level) == (9, 11.0)


def test_an_image_that_vanishes_is_waited_for(path: Path, clock: Clock) -> None:
    image_at(path).close()
    source = source_of(path, clock)
    source.connect()
    drain(source)
    path.unlink()
    clock.now_s += 1
    with pytest.raises(SimulatorGone, match="gone"):
        source.read(0.0)
    source.disconnect()
    assert not source.connect()
    image_at(path).close()
    assert source.connect()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not let a mapped file be shortened")
def test_an_image_that_is_cut_off_under_us_does_not_kill_the_program(path: Path, clock: Clock) -> None:
    image_at(path).close()
    source = source_of(path, clock)
    source.connect()
    drain(source)
    os.truncate(path, 0)
    with pytest.raises(SimulatorGone, match="gone"):
        source.read(0.5)
    source.disconnect()
    assert not source.connect(), "it once was an image: somebody may be writing it anew"


def test_the_moment_of_a_frame_is_counted_from_the_newest_ones_arrival(path: Path) -> None:
    image = image_at(path)
    source = source_of(path, clock := Clock())
    source._utc_now = lambda: datetime.fromtimestamp(1_700_000_000 + clock.now_s, UTC)
    source.connect()
    (*_, newest) = drain(source)
    arrived = datetime.fromtimestamp(1_700_000_000 + clock.now_s, UTC)
    clock.now_s += 3
    assert source.utc_at(newest.session_time) == arrived
    assert (arrived - source.utc_at(newest.session_time - 20)).total_seconds() == pytest.approx(20)
    image.close()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "no such file"),
        (b"", "empty"),
        (b"x", "only 1 bytes"),
        (b"\0" * 5000, "neither a memory image"),
        (b"# a text file\n" * 1000, "neither a memory image"),
    ],
)
def test_what_is_no_image_is_refused_and_named(path: Path, clock: Clock, content: bytes | None, says: str) -> None:
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SourceRefused, match=says) as caught:
        source_of(path, clock).connect()
    assert "x.dump" in str(caught.value)


def test_a_folder_is_refused(tmp_path: Path, clock: Clock) -> None:
    with pytest.raises(SourceRefused, match="is a folder"):
        source_of(tmp_path, clock).connect()


def test_an_image_cut_off_before_its_buffers_is_refused(path: Path, clock: Clock) -> None:
    image_at(path).close()
    path.write_bytes(path.read_bytes()[: MEMORY_SIZE // 4])
    with pytest.raises(SourceRefused, match="cut off"):
        source_of(path, clock).connect()


def test_a_missing_essential_is_told_and_leaves_nothing_open(path: Path, clock: Clock) -> None:
    with ImageWriter(path, [("SessionTime", "double", 1)]) as image:
        image.write_tick({"SessionTime": 1.0})
    source = source_of(path, clock)
    with pytest.raises(LayoutChanged, match="FuelLevel"):
        source.check()
    before = open_handles()
    assert not source.connect(), "it may be half a header"
    clock.now_s += STARTING_S
    for _ in range(20):
        with pytest.raises(LayoutChanged, match="FuelLevel"):
            source.connect()
    after = open_handles()
    assert after <= before


WRITER = """
import sys, time
from pathlib import Path
from support.image_writer import ImageWriter, session_text
with ImageWriter(Path(sys.argv[1])) as image:
    image.write_session_text(session_text(user_name="Other Process"))
    image.write_tick({"SessionTime": 1.0, "IsOnTrackCar": True, "Lap": 1, "FuelLevel": 50.0})
    print("ready", flush=True)
    sys.stdin.readline()
    for tick in range(2, 122):
        image.write_tick({"SessionTime": tick / 2, "IsOnTrackCar": True, "Lap": tick, "FuelLevel": float(tick)})
        time.sleep(1 / 240)
    image.set_connected(False)
"""


def test_another_process_that_updates_the_image_is_a_live_simulator(path: Path) -> None:
    """Four times as fast as the simulator: no tick is torn or repeated, and what was missed is counted."""
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])}
    command = [sys.executable, "-c", WRITER, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, text=True) as writer:
        assert writer.stdout is not None
        assert writer.stdin is not None
        assert writer.stdout.readline() == "ready\n"
        source = ImageSource(path)
        assert source.connect()
        assert source.info is not None
        assert source.info.own is not None
        assert source.info.own.user_name == "Other Process"
        frames = list(source.read(1.0))
        writer.stdin.write("\n")
        writer.stdin.flush()
        with pytest.raises(SimulatorGone, match="ended"):
            while True:
                frames += source.read(1.0)
        source.disconnect()
    assert [frame.tick for frame in frames] == sorted({frame.tick for frame in frames})
    assert all(frame.lap == frame.fuel_level == frame.tick for frame in frames[1:])
    assert len(frames) + source.missed_ticks >= 115
    assert len(frames) > 60


@pytest.mark.parametrize(("rate", "wakes_per_tick"), [(60, 0.6), (240, 2.5), (1000, 2.5)])
def test_ticks_of_any_rate_are_followed_with_few_wake_ups_and_within_the_ring(rate: int, wakes_per_tick: float) -> None:
    pace, now_s, read, wakes = Pace(), 0.0, 0, 0
    while read < 20 * rate:
        published = int(now_s * rate)
        assert published - read <= 2, "the third would be overwritten"
        if published > read:
            pace.arrived(published - read, now_s)
            read = published
        now_s += pace.pause_s() + 0.0001
        wakes += 1
    assert wakes / read < wakes_per_tick


@pytest.mark.parametrize("first_s", [0.0, 0.004, 0.008, 0.012, 0.016])
@pytest.mark.parametrize("rate", [59.95, 60.0, 60.05])
def test_of_a_real_simulator_we_wake_soon_behind_every_second_tick(first_s: float, rate: float) -> None:
    """What a wake-up may be late by before a tick is overwritten: most of a tick, whatever moment we began at."""
    pace, now_s, read = Pace(), first_s, 0
    settled: list[tuple[int, float]] = []
    while read < 20 * rate:
        published = int(now_s * rate)
        if published > read:
            pace.arrived(published - read, now_s)
            if now_s > 10.0:
                settled.append((published - read, now_s - published / rate))
            read = published
        now_s += pace.pause_s() + 0.0001
    assert max(behind_s for ticks, behind_s in settled if ticks == 2) < 0.002
    assert sum(ticks == 1 for ticks, _ in settled) < 0.1 * len(settled)


def test_a_writer_that_speeds_up_is_followed_at_once() -> None:
    pace, now_s = Pace(), 0.0
    for tick in range(1, 100):
        now_s = tick / 60
        pace.arrived(1, now_s)
    pace.arrived(12, now_s + 0.024)
    assert pace.pause_s() <= 0.002
