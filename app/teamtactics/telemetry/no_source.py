"""What the collector reads from while there is nothing it can read from."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from teamtactics.model.frame import Frame
from teamtactics.model.session import SessionInfo


class NoSource:
    """Stands for a source that cannot be used: never connects. What is wrong is among the needs."""

    name, key = "nothing", "nothing"
    info: SessionInfo | None = None
    missed_ticks = 0
    missing_variables: Sequence[str] = ()
    derived_variables: Sequence[str] = ()
    has_ended = False

    def connect(self) -> bool:
        """Never."""
        return False

    def read(self, timeout_s: float) -> Sequence[Frame]:
        """Nothing."""
        del timeout_s
        return ()

    def utc_at(self, session_time_s: float) -> datetime:
        """Now, for want of anything better."""
        del session_time_s
        return datetime.now(UTC)

    def disconnect(self) -> None:
        """Nothing to do."""
