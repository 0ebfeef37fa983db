"""Tapes as files: one a session, the last three of them, not more than there is room for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from teamtactics.telemetry.tape import folder as tape_folder
from teamtactics.telemetry.tape.folder import OfSession, TapeFolder

NOW = datetime(2026, 3, 1, 12, 30, 5, tzinfo=UTC)
RACE, OTHER = OfSession(28814031, 2, 7), OfSession(28814032, 0, 7)


def names(folder: TapeFolder) -> list[str]:
    return [path.name for path in folder.tapes()]


def test_a_session_has_one_file_also_when_the_client_was_started_again(tmp_path: Path) -> None:
    TapeFolder(tmp_path / "tapes").append(RACE, b"one", NOW)
    again = TapeFolder(tmp_path / "tapes")
    path = again.append(RACE, b"two", NOW + timedelta(hours=2))
    assert path.name == "20260301-123005 28814031-2-7.tape"
    assert path.read_bytes() == b"onetwo"
    again.append(OTHER, b"x", NOW + timedelta(hours=3))
    assert names(again) == ["20260301-153005 28814032-0-7.tape", "20260301-123005 28814031-2-7.tape"]
    assert again.size() == 7


def test_all_sessions_of_an_event_are_in_one_file(tmp_path: Path) -> None:
    folder = TapeFolder(tmp_path)
    for session in (OfSession(28814031, 0, 7), OfSession(28814031, 2, 7), OfSession(28814031, 2, 8)):
        folder.append(session, b"one", NOW)
    assert len(names(folder)) == 1


def test_a_clock_that_was_set_back_makes_no_new_tape_an_old_one(tmp_path: Path) -> None:
    folder = TapeFolder(tmp_path)
    for number in range(5):
        path = folder.append(OfSession(number + 1, 0, 1), b"x", NOW - timedelta(days=number))
        assert folder.tapes()[0] == path
    assert len(names(folder)) == 3


def test_alone_on_this_pc_sessions_have_no_number_and_only_the_newest_goes_on(tmp_path: Path) -> None:
    alone, other, folder = OfSession(0, 0, 1), OfSession(0, 1, 1), TapeFolder(tmp_path)
    folder.append(alone, b"one", NOW)
    folder.append(alone, b"two", NOW + timedelta(minutes=1))
    folder.append(other, b"race", NOW + timedelta(minutes=2))
    folder.append(alone, b"another day", NOW + timedelta(minutes=3))
    assert [path.read_bytes() for path in folder.tapes()] == [b"another day", b"race", b"onetwo"]


def test_the_last_three_are_kept(tmp_path: Path) -> None:
    folder = TapeFolder(tmp_path)
    for number in range(5):
        folder.append(OfSession(number + 1, 0, 1), b"x", NOW + timedelta(hours=number))
    assert [name.split()[1] for name in names(folder)] == ["5-0-1.tape", "4-0-1.tape", "3-0-1.tape"]


def test_of_large_ones_fewer_are_kept_and_the_newest_always(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tape_folder, "MOST_BYTES", 10)
    folder = TapeFolder(tmp_path)
    for number, size in enumerate((4, 4, 4, 30)):
        folder.append(OfSession(number + 1, 0, 1), b"x" * size, NOW + timedelta(hours=number))
        kept = [name.split()[1] for name in names(folder)]
    assert kept == ["4-0-1.tape"]


def test_old_ones_go_when_days_are_set(tmp_path: Path) -> None:
    for days, left in ((None, 2), (3, 1), (9, 2)):
        folder = TapeFolder(tmp_path / str(days), days)
        folder.append(OTHER, b"x", NOW - timedelta(days=7))
        folder.append(RACE, b"x", NOW)
        assert len(names(folder)) == left


def test_what_is_not_a_tape_of_ours_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "my race.tape").write_bytes(b"kept by somebody")
    folder = TapeFolder(tmp_path)
    for number in range(5):
        folder.append(OfSession(number + 1, 0, 1), b"x", NOW + timedelta(hours=number))
    assert (tmp_path / "my race.tape").exists()
