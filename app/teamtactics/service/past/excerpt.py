"""From when to when a recording or a tape is replayed."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from datetime import time as time_of_day

from teamtactics.errors import SimulatorGone, SourceRefused
from teamtactics.language import Said, later
from teamtactics.model.frame import Frame
from teamtactics.model.session import SessionInfo
from teamtactics.telemetry.recording import RecordingSource
from teamtactics.telemetry.tape.source import TapeSource

_MOMENT = re.compile(r"(?:(\d{4}-\d{2}-\d{2})[T ])?(\d{1,2}:\d{2}(?::\d{2})?)Z?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Clock:
    """
    A moment in UTC as people give it.

    Attributes:
        day: None for the first time at which it is that late.
    """

    day: date | None
    at: time_of_day

    @classmethod
    def read(cls, text: str) -> Clock:
        """
        Read ``14:30``, ``14:30:05`` or ``2026-11-26T14:30``.

        Raises:
            ValueError: It is none; the text says what is allowed.
        """
        found = _MOMENT.fullmatch(text.strip())
        try:
            if found is None:
                raise ValueError("no moment")
            day = None if found[1] is None else date.fromisoformat(found[1])
            hour, _, rest = found[2].partition(":")
            return cls(day, time_of_day.fromisoformat(f"{hour:0>2}:{rest}"))
        except ValueError:
            raise ValueError(
                Said("{text!r} is no moment: give UTC as 14:30, 14:30:05 or 2026-11-26T14:30", text=text)
            ) from None

    def behind(self, begin_utc: datetime) -> datetime:
        """Return when that is, for what begins at *begin_utc*."""
        if self.day is not None:
            return datetime.combine(self.day, self.at, UTC)
        moment = datetime.combine(begin_utc.astimezone(UTC).date(), self.at, UTC)
        # To the second: what begins at 14:30:00.4 has half past two in it.
        return moment if moment >= begin_utc.replace(microsecond=0) else moment + timedelta(days=1)


class Excerpt:
    """
    A recording, or a tape, from one moment to another (see ``Source``): as if the client had been started only then.

    Args:
        source: Opened to be read as fast as possible, and not read yet.

        begin, end: None for its own begin and end.

        speed: How many times real time; None for as fast as possible. What is left out takes no time.

    Attributes:
        key: Another one than that of the whole: what was seen of the one is no checkpoint of the other.

        began_utc: When what is shown of it was recorded.

        position: How far it is, of ``total``.

    Raises:
        SourceRefused: There is nothing between the two; the text says from when to when there is.
    """

    def __init__(
        self,
        source: RecordingSource | TapeSource,
        begin: Clock | None,
        end: Clock | None,
        speed: float | None = None,
        wait: Callable[[float], object] = time.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._source, self._speed, self._wait, self._monotonic = source, speed, wait, monotonic
        self._next: Sequence[Frame] = ()
        self._begun: tuple[float, float] | None = None
        self._is_gone = False
        self.name = source.name
        self.info: SessionInfo | None = None
        self._next_utc = datetime.now(UTC)
        self.text: bytes | None = None
        self.missed_ticks = 0
        self.missing_variables, self.derived_variables = source.missing_variables, source.derived_variables
        self.position, self.total = 0, source.total
        source.connect()
        self._step()
        first_utc = self._shown_utc = self._next_utc
        self._shown_s = 0.0
        from_utc = first_utc if begin is None else begin.behind(first_utc)
        self._to_utc = None if end is None else end.behind(from_utc)
        if self._to_utc is not None and self._to_utc < from_utc:
            begin_shown, end_shown = f"{from_utc:%Y-%m-%d %H:%M:%S}", f"{self._to_utc:%Y-%m-%d %H:%M:%S}"
            raise SourceRefused(Said("--to {end} is before --from {begin}", begin=begin_shown, end=end_shown))
        last_utc = first_utc
        while self._next and self._next_utc < from_utc:
            last_utc = self._next_utc
            self._step()
        self._leave_out(from_utc)
        if self.has_ended:
            begin_shown = f"{first_utc:%Y-%m-%d %H:%M:%S}"
            end_shown = f"{max(last_utc, self._next_utc):%H:%M:%S}"
            nothing = later("{name} has nothing there: it begins and ends, in UTC, {begin} to {end}")
            raise SourceRefused(Said(nothing, name=source.name, begin=begin_shown, end=end_shown))
        self._is_gone = False
        self.began_utc = max(from_utc, first_utc)
        self.key = f"{source.key}:{from_utc:%Y%m%dT%H%M%S}"

    @property
    def has_ended(self) -> bool:
        """True when everything up to the end was delivered."""
        if not self._next or self._to_utc is None:
            return not self._next
        return self._source.utc_at(self._next[0].session_time) > self._to_utc

    def connect(self) -> bool:
        """Go on where the last ``read`` ended. Always True."""
        self._begun = None
        return True

    def read(self, timeout_s: float) -> Sequence[Frame]:
        """
        Return what is due; nothing after *timeout_s*, and at the end.

        Raises:
            SimulatorGone: The stream was gone here.
        """
        if self._is_gone:
            self._is_gone = False
            raise SimulatorGone(f"{self.name}: the stream was gone here")
        if self.has_ended or not self._is_due(timeout_s):
            return ()
        source, frames = self._source, self._next
        self.info, self.text = source.info, source.text
        self.position, self.missed_ticks = source.position, source.missed_ticks
        self._shown_utc, self._shown_s = self._next_utc, frames[-1].session_time
        if self._to_utc is not None:
            frames = [frame for frame in frames if source.utc_at(frame.session_time) <= self._to_utc]
        self._step()
        return frames

    def utc_at(self, session_time_s: float) -> datetime:
        """Return when it was, by the clock that stamped what was read last."""
        return self._shown_utc + timedelta(seconds=session_time_s - self._shown_s)

    def disconnect(self) -> None:
        """The place is kept."""

    def _step(self) -> None:
        """Read on; what comes is held until it is due."""
        self._next = ()
        while not self._next and not self._source.has_ended:
            try:
                self._next = self._source.read(0.0)
            except SimulatorGone:
                self._is_gone = True
        if self._next:
            self._next_utc = self._source.utc_at(self._next[-1].session_time)

    def _leave_out(self, before_utc: datetime) -> None:
        """Leave out ticks of what comes next: a recording is read many at once."""
        self._next = [frame for frame in self._next if self._source.utc_at(frame.session_time) >= before_utc]

    def _is_due(self, timeout_s: float) -> bool:
        if self._speed is None:
            return True
        now_s, at_s = self._monotonic(), self._next_utc.timestamp()
        if self._begun is None:
            self._begun = (now_s, at_s)
        left_s = (at_s - self._begun[1]) / self._speed - (now_s - self._begun[0])
        if left_s > 0.0:
            self._wait(min(left_s, timeout_s))
        return left_s <= timeout_s
