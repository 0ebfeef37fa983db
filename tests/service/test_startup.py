"""What every way to run begins with."""

from __future__ import annotations

import signal
import threading
from pathlib import Path

import pytest

from teamtactics.errors import ConfigError
from teamtactics.service.startup import READ_AGAIN_S, READ_TIMES, read_settings, stop_on_signals


@pytest.fixture
def ini(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.setenv(name, "localhost")
    path = tmp_path / "teamtactics.ini"
    path.write_text("[global]\nstateInterval = 40\n")
    return path


def hold(ini: Path, monkeypatch: pytest.MonkeyPatch, times: int) -> list[float]:
    """Let another program hold the ini for some attempts; return the waits between them."""
    real, waits, left = Path.open, [], [None] * times

    def refuse(path: Path, *arguments: object, **named: object) -> object:
        if path == ini and left:
            left.pop()
            raise PermissionError(13, "held")
        return real(path, *arguments, **named)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", refuse)
    return waits


def test_an_ini_that_is_held_for_a_moment_is_read_again(ini: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    waits = hold(ini, monkeypatch, READ_TIMES - 1)
    assert read_settings(ini, waits.append).state_interval_s == 40.0
    assert waits == [READ_AGAIN_S] * (READ_TIMES - 1)


def test_one_that_stays_held_is_an_error_after_some_seconds(ini: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    waits = hold(ini, monkeypatch, 1000)
    with pytest.raises(ConfigError, match=r"cannot be read at the moment \(held\)"):
        read_settings(ini, waits.append)
    assert sum(waits) < 4.0


def test_a_mistake_is_told_at_once(ini: Path) -> None:
    ini.write_text("[global]\niracingId = me\n")
    waits: list[float] = []
    with pytest.raises(ConfigError, match="iracingId"):
        read_settings(ini, waits.append)
    assert waits == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_that_comes_while_the_main_thread_holds_a_lock_which_stopping_needs(number: signal.Signals) -> None:
    """As when it came while the supervisor was just being begun: the client then hung for ever."""
    lock, ended = threading.Lock(), threading.Event()

    def stop() -> None:
        with lock:
            ended.set()

    before = {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        stop_on_signals(stop)
        with lock:
            signal.raise_signal(number)
            assert not ended.is_set()
        assert ended.wait(10.0)
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
