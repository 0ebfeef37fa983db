"""Recordings: every record once, at the speed asked for, and nothing that is not one."""

from __future__ import annotations

import logging
import math
import struct
from datetime import UTC, datetime
from pathlib import Path

import pytest

from support.image_writer import ImageWriter, live_variables
from support.recording_writer import START_UTC, write_recording
from support.telemetry_fakes import Clock, drain
from teamtactics.errors import LayoutChanged, SimulatorGone, SourceRefused
from teamtactics.telemetry.recording import RecordingSource

WITHOUT_FUEL = [variable for variable in live_variables() if variable[0] != "FuelLevel"]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write_recording(tmp_path / "race.ibt", 1500)


def test_every_record_comes_once_and_then_it_has_ended(path: Path) -> None:
    source = RecordingSource(path)
    assert (source.name, source.total, source.position) == ("race.ibt", 1500, 0)
    assert source.connect()
    frames = drain(source)
    assert [frame.tick for frame in frames] == list(range(1500))
    assert [frame.session_time for frame in frames] == [100 + number / 60 for number in range(1500)]
    assert (source.position, source.has_ended, source.missed_ticks) == (1500, True, 0)
    assert not source.read(0.0)
    source.disconnect()


def test_what_was_read_is_not_overwritten_by_the_next_read(path: Path) -> None:
    source = RecordingSource(path)
    source.connect()
    first = list(source.read(0.0))
    kept = list(first)
    source.read(0.0)
    assert first == kept


def test_the_key_is_the_same_each_time_and_another_for_another_file(path: Path, tmp_path: Path) -> None:
    assert (
        RecordingSource(path).key
        == RecordingSource(path).key
        == f"recording:race.ibt:{path.stat().st_size}:{START_UTC}"
    )
    assert RecordingSource(write_recording(tmp_path / "other.ibt", 10)).key != RecordingSource(path).key


def test_the_moment_of_a_frame_is_when_it_was_recorded(path: Path) -> None:
    source = RecordingSource(path)
    assert source.utc_at(100.0) == datetime(2015, 5, 28, 18, 48, 39, tzinfo=UTC)
    assert source.utc_at(160.5) == datetime(2015, 5, 28, 18, 49, 39, 500_000, tzinfo=UTC)


@pytest.mark.parametrize("session_from", [600, 601, 1199])
def test_in_a_next_session_the_moments_go_on_while_its_clock_begins_anew(tmp_path: Path, session_from: int) -> None:
    """At the begin of a piece, behind it and at its end; a client reads the moment with the newest piece."""
    source = RecordingSource(write_recording(tmp_path / "two.ibt", 1300, session_from=session_from))
    source.connect()
    began = datetime(2015, 5, 28, 18, 48, 39, tzinfo=UTC)
    for _ in range(3):
        newest = source.read(0.0)[-1]
        since_s = (source.utc_at(newest.session_time) - began).total_seconds()
        assert since_s == pytest.approx(newest.tick / 60, abs=0.001)


@pytest.mark.parametrize("speed", [0.5, 1.0, 10.0, 1000.0])
def test_it_plays_at_the_speed_asked_for(path: Path, speed: float) -> None:
    clock = Clock()
    source = RecordingSource(path, speed, clock.wait, clock.monotonic)
    source.connect()
    while not source.has_ended:
        ahead = source.position - (clock.now_s - 1000) * 60 * speed
        assert ahead <= 1.001
        source.read(0.5)
    assert clock.now_s - 1000 == pytest.approx(1499 / 60 / speed, abs=0.02 + 0.5 / 60 / speed)


def test_a_slow_replay_waits_no_longer_than_it_is_told(path: Path) -> None:
    clock = Clock()
    source = RecordingSource(path, 0.001, clock.wait, clock.monotonic)
    source.connect()
    assert len(source.read(0.5)) == 1
    assert not source.read(0.5)
    assert clock.waits == [0.5]


def test_it_goes_on_where_it_was_after_a_reconnection(path: Path) -> None:
    source = RecordingSource(path)
    source.connect()
    first = len(source.read(0.0))
    source.disconnect()
    with pytest.raises(SimulatorGone):
        source.read(0.0)
    source.connect()
    assert drain(source)[0].tick == first


@pytest.mark.parametrize("speed", [0.0, -1.0, math.nan, math.inf])
def test_a_speed_that_is_none_is_a_programming_error(path: Path, speed: float) -> None:
    with pytest.raises(ValueError, match="speed"):
        RecordingSource(path, speed)


def test_a_record_that_is_not_whole_is_left_out_and_told(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path.write_bytes(path.read_bytes()[:-10])
    source = RecordingSource(path)
    assert "cut off: 1499 of its 1500 records" in caplog.text
    source.connect()
    assert len(drain(source)) == 1499


def test_a_recording_that_was_never_closed_is_read_to_its_end(tmp_path: Path) -> None:
    """A crash of the simulator leaves the count at 0."""
    source = RecordingSource(write_recording(tmp_path / "x.ibt", 20, declared=0))
    assert source.total == 20


def test_what_follows_the_declared_records_is_not_read(tmp_path: Path) -> None:
    assert RecordingSource(write_recording(tmp_path / "x.ibt", 20, declared=15)).total == 15


def test_a_recording_cut_off_while_it_is_read_ends_early(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    source = RecordingSource(path)
    source.connect()
    source.read(0.0)
    content = path.read_bytes()
    with path.open("r+b") as file:
        file.truncate(len(content) * 3 // 4)
    drain(source)
    assert source.has_ended
    assert 600 < source.total < 1500
    assert "cut off while it was read" in caplog.text


def test_records_without_a_session_time_are_left_out_and_keep_their_number(tmp_path: Path) -> None:
    path = write_recording(tmp_path / "x.ibt", 5)
    content = bytearray(path.read_bytes())
    size = ImageWriter(None).buf_len
    content[-2 * size : -size] = bytes(size)
    path.write_bytes(content)
    source = RecordingSource(path)
    source.connect()
    assert [frame.tick for frame in drain(source)] == [0, 1, 2, 4]
    assert source.has_ended


@pytest.mark.parametrize("length", [0, 50, 112, 143, 200, 5000])
def test_a_recording_cut_off_before_its_first_record_is_refused(path: Path, length: int) -> None:
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(SourceRefused, match=r"race\.ibt"):
        RecordingSource(path)


def test_a_begin_that_makes_no_sense_is_refused(path: Path) -> None:
    content = bytearray(path.read_bytes())
    struct.pack_into("<q", content, 112, -1)
    path.write_bytes(content)
    with pytest.raises(SourceRefused, match="when it was recorded"):
        RecordingSource(path)


def test_a_memory_image_is_no_recording(tmp_path: Path) -> None:
    with ImageWriter(tmp_path / "x.ibt") as image:
        image.write_tick({"SessionTime": 1.0})
    with pytest.raises(SourceRefused, match=r"not a recording .* should be named \.dump"):
        RecordingSource(tmp_path / "x.ibt")


def test_missing_files_and_folders_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceRefused, match="no such file"):
        RecordingSource(tmp_path / "x.ibt")
    with pytest.raises(SourceRefused, match="is a folder"):
        RecordingSource(tmp_path)


def test_a_missing_essential_is_named(tmp_path: Path) -> None:
    path = write_recording(tmp_path / "x.ibt", 2, variables=WITHOUT_FUEL)
    with pytest.raises(LayoutChanged, match="FuelLevel"):
        RecordingSource(path)
