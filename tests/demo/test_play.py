"""The script as a source: all ticks, in order, at the pace that was asked for."""

from __future__ import annotations

import pytest

from teamtactics.demo.engine import ticks
from teamtactics.demo.play import ScriptSource, default_script
from teamtactics.model.session import SessionInfo

ADA = 310_001


class Clock:
    """A clock that only waiting moves."""

    def __init__(self) -> None:
        self.now_s = 100.0
        self.waits: list[float] = []

    def wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now_s += seconds


def test_every_tick_comes_once_and_the_end_is_seen() -> None:
    source = ScriptSource(default_script(4), ADA)
    assert source.connect()
    got: list[int] = []
    while not source.has_ended:
        got.extend(frame.tick for frame in source.read(0.1))
    assert got == [world.tick for world in ticks(default_script(4))]
    assert list(source.read(0.1)) == []


def test_the_session_text_changes_between_two_batches_never_within_one() -> None:
    """The frames of a batch belong to the text that stands when it is returned."""
    source = ScriptSource(default_script(4), ADA)
    source.connect()
    texts: list[SessionInfo] = []
    while not source.has_ended:
        frames = source.read(0.1)
        assert source.info is not None
        assert frames or source.has_ended
        if not texts or texts[-1] is not source.info:
            texts.append(source.info)
    names = [text.own.user_name for text in texts if text.own]
    assert list(dict.fromkeys(names)) == ["Ada Falk", "Ben Ruiz"]
    assert names == sorted(names)


def test_the_pace_is_a_multiple_of_real_time() -> None:
    clock = Clock()
    source = ScriptSource(default_script(4), ADA, 10.0, monotonic=lambda: clock.now_s, wait=clock.wait)
    source.connect()
    count = 0
    while clock.now_s < 102.0:
        count += len(source.read(0.5))
    assert count == pytest.approx(2.0 * 10.0 * 60.0, abs=20)
    assert max(clock.waits) <= 1 / 600 + 1e-9


def test_after_a_pause_it_goes_on_where_it_was() -> None:
    clock = Clock()
    source = ScriptSource(default_script(4), ADA, 1.0, monotonic=lambda: clock.now_s, wait=clock.wait)
    source.connect()
    clock.now_s += 1.0
    last = source.read(0.5)[-1].tick
    source.disconnect()
    clock.now_s += 60.0
    source.connect()
    clock.now_s += 0.5
    assert [frame.tick for frame in source.read(0.5)] == list(range(last + 1, last + 31))


def test_a_member_who_is_not_in_the_team_is_refused() -> None:
    with pytest.raises(ValueError, match="not a member"):
        ScriptSource(default_script(4), 77)


def test_times_are_told_in_utc() -> None:
    source = ScriptSource(default_script(4), ADA)
    source.connect()
    frames = source.read(0.1)
    delta = source.utc_at(frames[-1].session_time) - source.utc_at(frames[0].session_time)
    assert delta.total_seconds() == pytest.approx(frames[-1].session_time - frames[0].session_time)
