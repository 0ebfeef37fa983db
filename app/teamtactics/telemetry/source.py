"""Where frames come from: the one shape that the live simulator, images, recordings and the demo share."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Protocol

from teamtactics.model.frame import Frame
from teamtactics.model.session import SessionInfo


class Source(Protocol):
    """
    A stream of frames with the session text that goes with them.

    Attributes:
        name: For people: ``iRacing`` or the file's name.

        key: Identity of the stream: ``live`` for a simulator (also a live image); for a recording something
            that is the same each time the same file is opened, so that an interrupted replay can go on.

        info: The newest session text; None until it makes sense. A new object only when something changed.

        text: The same, bit for bit as it stands there; None where the stream has none.

        missed_ticks: Ticks that were published but never read, since connecting.

        missing_variables: Names of wanted variables that this stream does not have and that could not be derived.

        derived_variables: Names of wanted variables worked out from others, e.g. ``LapCompleted`` from ``Lap``.
    """

    name: str
    key: str
    info: SessionInfo | None
    text: bytes | None
    missed_ticks: int
    missing_variables: Sequence[str]
    derived_variables: Sequence[str]

    @property
    def has_ended(self) -> bool:
        """True when no frame will ever come again (end of a recording)."""

    def connect(self) -> bool:
        """
        Try once to connect; cheap when there is nothing to connect to. True when connected.

        Raises:
            SourceRefused: The file can never be read; the text says why.

            LayoutChanged: A variable that the collector cannot do without is missing.
        """

    def read(self, timeout_s: float) -> Sequence[Frame]:
        """
        Return the frames that have come since the last call, oldest first; empty after *timeout_s* without one.

        Raises:
            SimulatorGone: The connection is lost; call ``disconnect`` and then ``connect`` again.
        """

    def utc_at(self, session_time_s: float) -> datetime:
        """Return the moment (aware, UTC) at which the frame of *session_time_s* was true."""

    def disconnect(self) -> None:
        """Let go of everything; harmless when not connected."""


class NoSource:
    """Stands for a source that cannot be used: never connects. What is wrong is among the needs."""

    name, key = "nothing", "nothing"
    info: SessionInfo | None = None
    text: bytes | None = None
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
