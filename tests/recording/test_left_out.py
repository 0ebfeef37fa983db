"""A defect of ours costs the one thing that it concerns, in words beside the store and before somebody's eyes."""

from __future__ import annotations

import threading
from contextlib import suppress
from pathlib import Path

import pytest

from recording.test_collecting import NOW
from recording.test_deaths import Again
from teamtactics.contract.parcels import Ledger
from teamtactics.model.events import Event, LapFinished
from teamtactics.model.parcel import Parcel, ParcelKind
from teamtactics.model.records import UtcMark
from teamtactics.race.tracker import Tracker
from teamtactics.recording.collector import Collector
from teamtactics.recording.journal import Journal
from teamtactics.recording.writer import Writer
from teamtactics.reports.known_laps import known_laps
from teamtactics.store.left_out import NAME, LeftOut
from teamtactics.store.store import Outbox


class Defect(TypeError):
    """What nobody thought of."""


def test_what_cannot_be_recorded_is_kept_in_words_and_said_and_the_rest_is_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Ledger.parcels

    def parcels(ledger: Ledger, event: Event, mark: UtcMark) -> tuple[Parcel, ...]:
        if isinstance(event, LapFinished) and event.record.lap_completed == 1:
            raise Defect
        return real(ledger, event, mark)

    monkeypatch.setattr(Ledger, "parcels", parcels)
    source, journal = Again(), Journal()
    with Outbox.open(tmp_path / "o.sqlite3", lambda: NOW) as outbox:
        writer = Writer(journal, outbox, lambda: None)
        assert writer.recorder.left_out.need() is None
        collector = Collector(source, Tracker(), journal, threading.Event())
        while not source.has_ended:
            collector.step()
            with suppress(Defect):
                writer.work()
        collector.close()
        assert writer.work()
        sessions = outbox.sessions()
        laps = [lap["LapCompleted"] for one in sessions for lap in outbox.documents(one.id, ParcelKind.LAP)]
        seen = [lap["LapCompleted"] for one in sessions for lap in known_laps(outbox, one)]
        need = writer.recorder.left_out.need()
    assert laps == [2, 2]
    assert seen == [1, 2, 1, 2], "what was seen of the lap is a fact all the same"
    assert need is not None and str(tmp_path / NAME) in need
    assert "lap_completed=1" in (tmp_path / NAME).read_text(encoding="utf-8")
    assert LeftOut(tmp_path).need() == need, "the next start says it too"
    (tmp_path / NAME).unlink()
    assert LeftOut(tmp_path).need() is None


def test_words_that_cannot_be_kept_are_a_need_all_the_same(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    left_out = LeftOut(tmp_path / "gone")
    left_out.keep("a lap")
    assert "in this log only" in caplog.text
    assert left_out.need() is not None


def test_a_folder_that_cannot_be_asked_does_not_end_the_start(tmp_path: Path) -> None:
    assert LeftOut(tmp_path / ("a" * 5000)).need() is None
