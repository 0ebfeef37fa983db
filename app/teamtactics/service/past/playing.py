"""Tapes played through the rules of this version, beside everything: what they see now of a session's laps."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from teamtactics.errors import SimulatorGone
from teamtactics.model.facts import LapFacts
from teamtactics.model.frame import Frame
from teamtactics.race.tracker import Tracker
from teamtactics.recording.collector import Collector
from teamtactics.recording.writer import recording_directly
from teamtactics.reports.known_laps import seen_laps
from teamtactics.service.past.revision import Stretches
from teamtactics.store.store import Outbox, StoredSession
from teamtactics.telemetry.tape.source import TapeSource

_HOLE_TICKS = 2
"""Ticks that follow one another are one apart."""
_NAME = "redo.sqlite3"


@dataclass(frozen=True, slots=True)
class Played:
    """
    What tapes came to.

    Attributes:
        facts: What was seen of the session's laps.

        on_tape: Of what the tapes tell, by session time, s.
    """

    facts: Sequence[LapFacts]
    on_tape: Stretches


def play(
    tapes: Iterable[Path],
    session: StoredSession,
    own_id: int | None,
    utc_now: Callable[[], datetime],
    on_progress: Callable[[Path, float], None] = lambda _tape, _share: None,
) -> Played:
    """
    Play *tapes* of *session* into a store of their own, which is removed again.

    Args:
        own_id: Customer id from the ini, as the collector has it.

        on_progress: Told how much of a tape was played, 0 to 1.

    Raises:
        SourceRefused: A tape cannot be read at all.

        OutboxError: There is no place for it in the folder for temporary files.
    """
    on_tape = Stretches()
    with tempfile.TemporaryDirectory(prefix="teamtactics-") as folder:
        outbox = Outbox.own(Path(folder) / _NAME, utc_now, "teamtactics redo")
        with outbox:
            for tape in tapes:
                source = _Noted(tape, on_tape, on_progress)
                journal, writer = recording_directly(outbox)
                Collector(source, Tracker(fallback_customer_id=own_id), journal, threading.Event()).run()
                writer.work()
            return Played(_facts(outbox, session), on_tape)


class _Noted(TapeSource):
    """A tape that notes what it has shown."""

    def __init__(self, path: Path, on_tape: Stretches, on_progress: Callable[[Path, float], None]) -> None:
        super().__init__(path)
        self._file, self._on_tape, self._on_progress = path, on_tape, on_progress
        self._told = -1
        self._last_tick: int | None = None

    def read(self, timeout_s: float) -> Sequence[Frame]:
        try:
            frames = super().read(timeout_s)
        except SimulatorGone:
            self._last_tick = None
            raise
        for frame in frames:
            is_next = self._last_tick is not None and 0 <= frame.tick - self._last_tick < _HOLE_TICKS
            self._on_tape.add(frame.session_time, is_next=is_next)
            self._last_tick = frame.tick
        if self.position != self._told:
            self._told = self.position
            self._on_progress(self._file, self.position / self.total)
        return frames


def _facts(outbox: Outbox, session: StoredSession) -> Sequence[LapFacts]:
    """Return what was seen of *session*: of several under its name the one with its token, if any has it."""
    found = [one for one in outbox.sessions() if one.collection == session.collection]
    same = [one for one in found if one.token == session.token] or found[:1]
    return [facts for one in same for facts in seen_laps(outbox, one)]
