"""Without a tray: what only tells how things stand must never end what records."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from support.recording_writer import write_recording
from teamtactics.model.status import Status
from teamtactics.service import headless
from teamtactics.service.app import App
from teamtactics.service.board import Board


@pytest.mark.slow
def test_a_picture_that_fails_is_begun_again_and_what_records_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("FIRESTORE_EMULATOR_HOST", "PUBSUB_EMULATOR_HOST"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(headless, "stop_on_signals", lambda _stop: None)
    recording = write_recording(tmp_path / "short.ibt", 240)
    ini = tmp_path / "teamtactics.ini"
    ini.write_text(f"[global]\nlogfile = log.txt\ndataDir = data\nsimulate = {recording}\n")
    looks, look = [0], Board.look

    def broken_at_first(board: Board, app: App, needs: Sequence[str], *, in_danger: bool = False) -> Status:
        looks[0] += 1
        if looks[0] == 1:
            raise ZeroDivisionError("unforeseen")
        return look(board, app, needs, in_danger=in_danger)

    monkeypatch.setattr(Board, "look", broken_at_first)
    assert headless.run_headless(ini) == 0
    said = capsys.readouterr().err
    assert "board died: ZeroDivisionError('unforeseen')" in said
    assert "short.ibt: 240 ticks read" in said, "to its end"
    assert looks[0] > 1
