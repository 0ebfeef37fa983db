"""The simulator's own 60 Hz recordings (.ibt), at real speed, faster, or as fast as they can be read."""

from __future__ import annotations

import logging
import math
import os
import struct
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BufferedReader
from pathlib import Path

from teamtactics.errors import SimulatorGone, SourceRefused
from teamtactics.language import Said
from teamtactics.model.frame import Frame
from teamtactics.model.session import SessionInfo
from teamtactics.telemetry.files import open_telemetry_file
from teamtactics.telemetry.frame_reader import FrameReader
from teamtactics.telemetry.layout import HEADER_SIZE, TICK_RATE, Layout, parse_layout
from teamtactics.telemetry.session_text import parse_session_text

_log = logging.getLogger(__name__)

_SUB_HEADER = struct.Struct("<qddii")
_HEAD_LIMIT = 16 * 1024 * 1024
"""Everything before the records; real are 28 to 54 kB. More is a damaged header, not a reason to read it all."""
_CHUNK = 600
"""Records per read at full speed: ten seconds of driving, some hundred kilobytes."""
_PLAUSIBLE_UTC_S = (946_684_800, 4_102_444_800)
"""2000 to 2100."""


@dataclass(frozen=True, slots=True)
class Head:
    """
    What the begin of a recording says.

    Attributes:
        started_utc_s: Unix time at which the recording began.

        start_time_s: ``SessionTime`` at that moment.

        total: Number of whole records.
    """

    layout: Layout
    info: SessionInfo | None
    text: bytes
    size: int
    started_utc_s: int
    start_time_s: float
    total: int


class RecordingSource:
    """
    Plays a recording (see ``Source``). ``Frame.tick`` is the number of the record, from 0.

    It is read with plain file reads and not mapped: as fast, memory does not grow with the file, and a file that is
    cut off meanwhile is a short read instead of a dead process.

    Args:
        path: The .ibt file.

        speed: How many times real time; None for as fast as possible.

        wait: How to wait some seconds.

        monotonic: The clock of the waits.

    Attributes:
        key: The same each time the same file is opened.

        began_utc: When it was recorded, by its own word.

        position: Number of the record that comes next.

        total: Number of records; with ``position`` for a progress bar.

    Raises:
        SourceRefused: Missing, empty, cut off before the first record, or no recording.

        LayoutChanged: A variable that nothing works without is missing.
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
            self._head = head = read_head(file, path.name)
        car_idx = head.info.driver_car_idx if head.info is not None else None
        self._frames = FrameReader(head.layout, car_idx, path.name)
        self.name = path.name
        self.key = f"recording:{path.name}:{head.size}:{head.started_utc_s}"
        self.info: SessionInfo | None = head.info
        self.text: bytes | None = head.text
        self.missed_ticks = 0
        self.missing_variables: Sequence[str] = self._frames.missing
        self.derived_variables: Sequence[str] = self._frames.derived
        self.position = 0
        self.total = head.total
        self._path = path
        self._speed = speed
        self._wait = wait
        self._monotonic = monotonic
        self._file: BufferedReader | None = None
        self.began_utc = datetime.fromtimestamp(head.started_utc_s, UTC)
        self._clock = (head.start_time_s, self.began_utc)
        self._newest: Frame | None = None
        self._buffer = memoryview(bytearray(_CHUNK * head.layout.buf_len))
        self._begun: tuple[float, int] = (0.0, 0)

    @property
    def has_ended(self) -> bool:
        """True when the last record has been delivered."""
        return self.position >= self.total

    def connect(self) -> bool:
        """
        Open the file, to go on where the last ``read`` ended. Always True.

        Raises:
            SourceRefused: The file has gone since it was looked at.
        """
        self.disconnect()
        self._file = open_telemetry_file(self._path)
        self._file.seek(self._head.layout.buffer_offsets[0] + self.position * self._head.layout.buf_len)
        self._begun = (self._monotonic(), self.position)
        return True

    def read(self, timeout_s: float) -> Sequence[Frame]:
        """
        Return the records that are due, oldest first; without any after *timeout_s*, and at the end.

        Raises:
            SimulatorGone: Not connected.

            SourceRefused: The file cannot be read any further (drive removed).
        """
        if self._file is None:
            raise SimulatorGone(f"{self.name}: not open")
        due = self._wait_until_due(timeout_s)
        if due <= 0:
            return ()
        first = self.position
        records = self._read_records(self._file, due)
        frames = list(self._frames.frames(records, first))
        if frames:
            self._note_clock(frames)
        return frames

    def utc_at(self, session_time_s: float) -> datetime:
        """Return when the recorded moment really was, of the session that was read last."""
        at_s, utc = self._clock
        return utc + timedelta(seconds=session_time_s - at_s)

    def disconnect(self) -> None:
        """Close the file; the position is kept."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _note_clock(self, frames: Sequence[Frame]) -> None:
        """Follow the session's clock into the next session, where it begins anew: records go on, 60 a second."""
        before = self._newest or frames[0]
        self._newest = frames[-1]
        if before.session_num == self._newest.session_num:
            return
        for frame in frames:
            if frame.session_num != before.session_num:
                utc = self.utc_at(before.session_time) + timedelta(seconds=(frame.tick - before.tick) / TICK_RATE)
                self._clock = (frame.session_time, utc)
            before = frame

    def _wait_until_due(self, timeout_s: float) -> int:
        """Return how many records are due now; waits for the next one, at most *timeout_s*."""
        left = min(self.total - self.position, _CHUNK)
        if self._speed is None or left <= 0:
            return left
        rate = TICK_RATE * self._speed
        begun_s, begun_at = self._begun
        next_s = begun_s + (self.position - begun_at) / rate
        now_s = self._monotonic()
        if now_s < next_s:
            self._wait(min(timeout_s, next_s - now_s))
            now_s = self._monotonic()
            if now_s < next_s:
                return 0
        due_at = begun_at + math.floor((now_s - begun_s) * rate)
        return min(left, max(due_at - self.position, 0) + 1)

    def _read_records(self, file: BufferedReader, count: int) -> memoryview:
        size = self._head.layout.buf_len
        try:
            got = _read_fully(file, self._buffer[: count * size])
        except OSError as error:
            raise SourceRefused(
                Said("{path}: cannot be read any further: {error}", path=self._path, error=error)
            ) from error
        whole = got // size
        self.position += whole
        if whole < count:
            _log.warning("%s was cut off while it was read: it ends after %d records", self.name, self.position)
            self.total = self.position
        return self._buffer[: whole * size]


def read_head(file: BufferedReader, where: str) -> Head:
    """
    Read and check everything before the first record.

    Raises:
        SourceRefused: No recording, or cut off before its first record ends.
    """
    size = os.fstat(file.fileno()).st_size
    try:
        head = file.read(_HEAD_LIMIT)
    except OSError as error:
        raise SourceRefused(Said("{path}: cannot be read: {error}", path=where, error=error)) from error
    layout = parse_layout(head, where, size)
    if not looks_like_recording(head):
        raise SourceRefused(
            Said(
                "{path}: not a recording of iRacing: the part that says when it was recorded makes no sense; a memory"
                " image should be named .dump",
                path=where,
            )
        )
    started_utc_s, start_time_s, _, _, declared = _SUB_HEADER.unpack_from(head, HEADER_SIZE)
    text = head[layout.text_offset : layout.text_offset + layout.text_len]
    total, rest = divmod(size - layout.buffer_offsets[0], layout.buf_len)
    if 0 < declared < total:
        total = declared
    elif declared > total:
        _log.warning("%s was cut off: %d of its %d records are there", where, total, declared)
    elif declared < 1 and rest:
        _log.warning("%s was not closed properly; its last record is not whole and left out", where)
    return Head(layout, parse_session_text(text), text.partition(b"\0")[0], size, started_utc_s, start_time_s, total)


def looks_like_recording(head: bytes) -> bool:
    """Tell by the content: one buffer only, and a believable begin of the recording behind the header."""
    if len(head) < HEADER_SIZE + _SUB_HEADER.size or struct.unpack_from("<32xi", head)[0] != 1:
        return False
    started_utc_s: int
    start_time_s: float
    started_utc_s, start_time_s, *_ = _SUB_HEADER.unpack_from(head, HEADER_SIZE)
    earliest, latest = _PLAUSIBLE_UTC_S
    return earliest <= started_utc_s < latest and abs(start_time_s) < 1e9


def _read_fully(file: BufferedReader, target: memoryview) -> int:
    got = 0
    while got < len(target):
        part = file.readinto(target[got:])
        if not part:
            break
        got += part
    return got
