"""A recording, or a tape, from one moment to another."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest

from support.recording_writer import START_UTC, write_recording
from teamtactics.errors import SimulatorGone, SourceRefused
from teamtactics.service.past.excerpt import Clock, Excerpt
from teamtactics.telemetry.recording import RecordingSource
from teamtactics.telemetry.tape.chunk import encode
from teamtactics.telemetry.tape.source import TapeSource
from telemetry.tape.test_chunk import reading

BEGAN_UTC = datetime(2026, 11, 26, 23, 59, 30, 400_000, tzinfo=UTC)


@pytest.fixture
def tape(tmp_path: Path) -> Path:
    """Two minutes over midnight, a reading a second; the stream was gone before the 61st."""
    path = tmp_path / "a.tape"
    readings = [
        replace(
            reading(at, b"text %d" % (at // 60)), newest_utc=BEGAN_UTC + timedelta(seconds=at), is_after_hole=at == 60
        )
        for at in range(120)
    ]
    path.write_bytes(encode(readings[:50], "live", "1.0.0") + encode(readings[50:], "live", "1.0.0"))
    return path


def played(excerpt: Excerpt) -> list[datetime]:
    """Return when each reading was; a hole twice in a row would be one."""
    found: list[datetime] = []
    while not excerpt.has_ended:
        try:
            shown = excerpt.read(0.5)
        except SimulatorGone:
            found.append(datetime.min.replace(tzinfo=UTC))
            continue
        found.append(excerpt.utc_at(shown[-1].session_time))
    return found


@pytest.mark.parametrize(
    ("text", "day", "at"),
    [
        ("14:30", None, time(14, 30)),
        ("4:30", None, time(4, 30)),
        ("14:30:05", None, time(14, 30, 5)),
        ("2026-11-26T14:30", "2026-11-26", time(14, 30)),
        (" 2026-11-26 04:30:59Z ", "2026-11-26", time(4, 30, 59)),
    ],
)
def test_a_moment_as_people_give_it(text: str, day: str | None, at: time) -> None:
    clock = Clock.read(text)
    assert (None if clock.day is None else clock.day.isoformat(), clock.at) == (day, at)


@pytest.mark.parametrize("text", ["", "25:00", "14", "14:60", "2026-13-01T10:00", "2026-11-26", "soon", "14:30:5"])
def test_what_is_no_moment_says_what_is_allowed(text: str) -> None:
    with pytest.raises(ValueError, match=r"give UTC as 14:30, 14:30:05 or 2026-11-26T14:30"):
        Clock.read(text)


def test_what_lies_between_is_played_with_its_text_and_its_hole(tape: Path) -> None:
    excerpt = Excerpt(TapeSource(tape), Clock.read("0:00:20"), Clock.read("0:00:40"))
    moments = played(excerpt)
    assert moments[0] == BEGAN_UTC + timedelta(seconds=50)
    assert moments[-1] == BEGAN_UTC + timedelta(seconds=69)
    assert len(moments) == 21
    assert moments[10].year == 1, "the stream was gone there"
    assert excerpt.text == b"text 1"


def test_a_hole_before_the_begin_is_none(tape: Path) -> None:
    moments = played(Excerpt(TapeSource(tape), Clock.read("2026-11-27T00:00:35"), None))
    assert len(moments) == 120 - 65
    assert all(each.year > 1 for each in moments)


def test_without_a_day_it_is_the_first_time_from_the_begin_on(tape: Path) -> None:
    assert len(played(Excerpt(TapeSource(tape), Clock.read("23:59:30"), Clock.read("0:00")))) == 30


def test_a_recording_is_cut_as_well(tmp_path: Path) -> None:
    """Its clock begins in the header."""
    path = write_recording(tmp_path / "a.ibt", records=600)
    began = datetime.fromtimestamp(START_UTC, UTC)
    excerpt = Excerpt(RecordingSource(path), Clock.read(f"{began + timedelta(seconds=4):%Y-%m-%dT%H:%M:%S}"), None)
    count, times = 0, []
    while not excerpt.has_ended:
        shown = excerpt.read(0.5)
        count += len(shown)
        times.append(excerpt.utc_at(shown[0].session_time))
    assert count == 600 - 4 * 60
    assert times[0] == began + timedelta(seconds=4)
    assert excerpt.key != RecordingSource(path).key, "what was played of all of it is no checkpoint of this"


@pytest.mark.parametrize(
    ("begin", "end", "said"),
    [
        ("12:00", None, "has nothing there"),
        (None, "2026-11-26T12:00", "is before --from"),
        ("2026-11-27T00:01", "2026-11-27T00:00:30", "is before --from"),
    ],
)
def test_an_excerpt_with_nothing_in_it_says_what_there_is(
    tape: Path, begin: str | None, end: str | None, said: str
) -> None:
    clocks = [None if text is None else Clock.read(text) for text in (begin, end)]
    with pytest.raises(SourceRefused, match=said):
        list(played(Excerpt(TapeSource(tape), *clocks)))


def test_what_is_left_out_takes_no_time_and_the_rest_its_own(tape: Path) -> None:
    now_s = [0.0]

    def wait(seconds: float) -> None:
        now_s[0] += seconds

    excerpt = Excerpt(TapeSource(tape), Clock.read("0:00:40"), None, speed=2.0, wait=wait, monotonic=lambda: now_s[0])
    excerpt.connect()
    moments = played_at(excerpt)
    assert len(moments) == 50
    assert now_s[0] == pytest.approx(49 / 2.0, abs=0.01)


def played_at(excerpt: Excerpt) -> list[datetime]:
    found = []
    while not excerpt.has_ended:
        if shown := excerpt.read(0.5):
            found.append(excerpt.utc_at(shown[-1].session_time))
    return found
