"""A tape is a source like a simulator: the same readings, texts, holes and moments."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from support.image_writer import session_text
from teamtactics.errors import SimulatorGone, SourceRefused
from teamtactics.model.frame import Frame
from teamtactics.telemetry.opening import open_source
from teamtactics.telemetry.tape.chunk import Reading, encode
from teamtactics.telemetry.tape.source import TapeSource

UTC_AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


def reading(at: int, text: bytes | None = None, *, hole: bool = False) -> Reading:
    frame = Frame(tick=at, session_time=at / 60, session_num=0, lap=1)
    return Reading([frame], text, UTC_AT + timedelta(seconds=at / 60), is_after_hole=hole)


def tape(path: Path, *chunks: Iterable[Reading] | bytes) -> Path:
    path.write_bytes(b"".join(c if isinstance(c, bytes) else encode([*c], "live", "1") for c in chunks))
    return path


def played(source: TapeSource) -> list[int | None]:
    """Return the ticks as they come; None where the stream is gone."""
    found: list[int | None] = []
    source.connect()
    while not source.has_ended:
        try:
            found += [frame.tick for frame in source.read(0.5)]
        except SimulatorGone:
            found.append(None)
            source.disconnect()
            source.connect()
    return found


def test_it_is_played_as_it_was_read_with_its_holes(tmp_path: Path) -> None:
    path = tape(tmp_path / "a.tape", map(reading, range(3)), [reading(9, hole=True), reading(10)], [reading(11)])
    assert played(TapeSource(path)) == [0, 1, 2, None, 9, 10, 11]


def test_before_the_first_reading_is_no_hole(tmp_path: Path) -> None:
    assert played(TapeSource(tape(tmp_path / "a.tape", [reading(5, hole=True), reading(6)]))) == [5, 6]


def test_a_damaged_chunk_is_a_hole_and_what_is_cut_off_is_left(tmp_path: Path) -> None:
    good = encode([reading(1)], "live", "1")
    damaged = bytearray(encode([reading(n) for n in range(2, 50)], "live", "1"))
    damaged[40] ^= 1
    source = TapeSource(tape(tmp_path / "a.tape", good, bytes(damaged), [reading(60)], good[:30]))
    assert played(source) == [1, None, 60]
    assert source.damaged == 2


def test_text_and_info_change_with_the_reading_that_they_came_with(tmp_path: Path) -> None:
    first, second = (session_text(track_name=track).encode() for track in ("spa", "monza"))
    source = TapeSource(
        tape(tmp_path / "a.tape", [reading(0), reading(1, first), reading(2, first), reading(3, second)])
    )
    tracks, infos = [], []
    while not source.has_ended:
        source.read(0.5)
        tracks.append(None if source.info is None else source.info.track_name)
        infos.append(source.info)
    assert tracks == [None, "spa", "spa", "monza"]
    assert infos[1] is infos[2], "a new object only when something changed"
    assert source.text == second


def test_moments_are_those_of_the_pc_that_made_it(tmp_path: Path) -> None:
    source = TapeSource(tape(tmp_path / "a.tape", map(reading, range(120))))
    source.read(0.5)
    assert source.utc_at(-1.0) == UTC_AT - timedelta(seconds=1)
    source.read(0.5)
    assert source.utc_at(0.0) == UTC_AT + timedelta(seconds=1 / 60) - timedelta(seconds=1 / 60)


def test_at_double_speed_a_minute_takes_half_of_one(tmp_path: Path) -> None:
    now_s, waits = [100.0], []

    def wait(seconds: float) -> None:
        waits.append(seconds)
        now_s[0] += seconds

    path = tape(tmp_path / "a.tape", map(reading, range(0, 3601, 60)))
    source = TapeSource(path, 2.0, wait, lambda: now_s[0])
    assert played(source) == [*range(0, 3601, 60)]
    assert now_s[0] == pytest.approx(130.0)
    assert max(waits) <= 0.5


def test_it_is_known_by_its_content_and_is_the_same_each_time(tmp_path: Path) -> None:
    path = tape(tmp_path / "race.bin", [reading(0)])
    source = open_source(path, None)
    assert isinstance(source, TapeSource)
    assert source.key == TapeSource(path).key
    assert source.key != "live"


def test_what_is_no_tape_is_refused_with_its_name(tmp_path: Path) -> None:
    with pytest.raises(SourceRefused, match="no such file"):
        open_source(tmp_path / "away.tape")
    for content in (b"x" * 500, encode([reading(0)], "live", "1")[:-1]):
        path = tmp_path / "bad.tape"
        path.write_bytes(content)
        with pytest.raises(SourceRefused, match=r"bad\.tape: nothing on this tape can be read"):
            open_source(path)


def test_position_and_total_tell_how_far_it_is(tmp_path: Path) -> None:
    source = TapeSource(tape(tmp_path / "a.tape", *([reading(n)] for n in range(10))))
    assert 0 < source.position < source.total
    played(source)
    assert source.position == source.total
