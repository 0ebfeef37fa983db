"""A tape as a source: what the collector was given then, given to it once more."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from teamtactics.errors import SimulatorGone, SourceRefused
from teamtactics.language import Said
from teamtactics.model.frame import Frame
from teamtactics.model.session import SessionInfo
from teamtactics.telemetry.files import open_telemetry_file
from teamtactics.telemetry.session_text import parse_session_text
from teamtactics.telemetry.tape.chunk import MARK, Reading, decode, stretches

_log = logging.getLogger(__name__)


def looks_like_tape(head: bytes) -> bool:
    """Tell by its first bytes whether a file is a tape."""
    return head.startswith(MARK)


class TapeSource:
    """
    Plays a tape (see ``Source``): the same readings, holes and moments as then, so that the same comes of it.

    Args:
        path: The file.

        speed: How many times real time; None for as fast as possible.

        wait: How to wait some seconds.

        monotonic: The clock of the waits.

    Attributes:
        key: The same each time the same file is opened.

        began_utc: When it was recorded, by the clock of the PC that made it.

        position: Bytes of the file that were played, of ``total``.

    Raises:
        SourceRefused: Missing, or no tape, or all of it is damaged.
    """

    def __init__(
        self,
        path: Path,
        speed: float | None = None,
        wait: Callable[[float], object] = time.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        if speed is not None and not (speed > 0 and math.isfinite(speed)):
            raise ValueError(f"speed must be more than 0, or None for as fast as possible: {speed}")
        with open_telemetry_file(path) as file:
            self.total = file.seek(0, 2)
        self.name = path.name
        self.info: SessionInfo | None = None
        self.text: bytes | None = None
        self.missed_ticks = 0
        self.missing_variables: Sequence[str] = ()
        self.derived_variables: Sequence[str] = ()
        self.position = 0
        self.damaged = 0
        self._path = path
        self._speed = speed
        self._wait = wait
        self._monotonic = monotonic
        self._readings = self._all()
        self._next = next(self._readings, None)
        if self._next is None:
            raise SourceRefused(Said("{path}: nothing on this tape can be read; use another copy of it", path=path))
        self.began_utc = self._next.newest_utc
        self.key = f"tape:{path.name}:{self.began_utc:%Y%m%dT%H%M%S.%f}"
        self._newest: Reading | None = None
        self._is_hole_told = True
        self._begun: tuple[float, float] | None = None

    @property
    def has_ended(self) -> bool:
        """True when the last reading has been delivered."""
        return self._next is None

    def connect(self) -> bool:
        """Go on where the last ``read`` ended. Always True."""
        self._begun = None
        return True

    def read(self, timeout_s: float) -> Sequence[Frame]:
        """
        Return the next reading that is due; nothing after *timeout_s*, and at the end.

        Raises:
            SimulatorGone: The stream was gone here.
        """
        reading = self._next
        if reading is None:
            return ()
        if reading.is_after_hole and not self._is_hole_told:
            self._is_hole_told = True
            # As of a simulator that is gone: the text comes anew with what comes next.
            self.info = self.text = None
            raise SimulatorGone(f"{self.name}: the stream was gone here")
        if not self._is_due(reading, timeout_s):
            return ()
        if reading.text is not self.text:
            self.text = reading.text
            info = None if reading.text is None else parse_session_text(reading.text)
            if reading.text is None or (info is not None and info != self.info):
                self.info = info
        self._newest, self._next, self._is_hole_told = reading, next(self._readings, None), False
        return reading.frames

    def utc_at(self, session_time_s: float) -> datetime:
        """Return when it was, by the clock of the PC that made the tape."""
        newest = self._newest or self._next
        if newest is None:
            return datetime.now(UTC)
        return newest.newest_utc + timedelta(seconds=session_time_s - newest.frames[-1].session_time)

    def disconnect(self) -> None:
        """Nothing is held open; the place is kept."""

    def _is_due(self, reading: Reading, timeout_s: float) -> bool:
        if self._speed is None:
            return True
        now_s, at_s = self._monotonic(), reading.newest_utc.timestamp()
        if self._begun is None:
            self._begun = (now_s, at_s)
        began_s, began_at_s = self._begun
        left_s = (at_s - began_at_s) / self._speed - (now_s - began_s)
        if left_s > 0.0:
            self._wait(min(left_s, timeout_s))
        return left_s <= timeout_s

    def _all(self) -> Iterator[Reading]:
        """Yield all readings; a damaged stretch is a hole."""
        has_hole = False
        with open_telemetry_file(self._path) as file:
            for body in stretches(file):
                self.position = file.tell()
                try:
                    if body is None:
                        raise SourceRefused("a part of the tape is damaged or cut off")
                    readings = decode(body)
                except SourceRefused as refused:
                    _log.warning("%s: %s; it goes on behind it", self.name, refused)
                    self.damaged += 1
                    has_hole = True
                    continue
                for reading in readings:
                    yield reading if not has_hole else _after_hole(reading)
                    has_hole = False


def _after_hole(reading: Reading) -> Reading:
    return Reading(reading.frames, reading.text, reading.newest_utc, is_after_hole=True)
