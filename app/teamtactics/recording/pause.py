"""The pause: asked for by the user, ended by the user or by the next session, so that it is never forgotten."""

from __future__ import annotations

from teamtactics.model.frame import Frame
from teamtactics.model.session import SessionInfo
from teamtactics.race.memory import SessionKey


class Pause:
    """
    Whether recording is paused, and for which session.

    Threads: ``ask``, ``end`` and ``is_asked``: any; the rest the collector's.
    """

    def __init__(self) -> None:
        self._is_asked = False
        self._session: SessionKey | None = None
        self.has_begun = False

    @property
    def is_asked(self) -> bool:
        """Whether nothing is to be recorded."""
        return self._is_asked

    def ask(self) -> None:
        """Record nothing from the next tick on."""
        self._is_asked = True

    def end(self) -> None:
        """Record again from the next tick on."""
        self._is_asked = False

    def begin(self, session: SessionKey | None) -> None:
        """Note that recording has stopped in *session*; None when none was being recorded."""
        self.has_begun = True
        self._session = session

    def holds(self, frame: Frame, info: SessionInfo | None) -> bool:
        """Say whether *frame* is still of the paused session; while the text does not make sense it is."""
        now = None if info is None else SessionKey.of(frame, info)
        return now is None or now == self._session
