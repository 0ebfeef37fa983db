"""The folder of tapes: one file for the sessions of an event, and how long they are kept."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

log = logging.getLogger(__name__)

TAPES = "tapes"
"""The folder beside the store."""
SUFFIX = ".tape"
MOST_SESSIONS = 3
MOST_BYTES = 500 * 1000 * 1000

_NAME = re.compile(r"\d{8}-\d{6} (\d+)-(\d+)-(\d+)\.tape", re.ASCII)


@dataclass(frozen=True, slots=True)
class OfSession:
    """
    By what a tape is known: the first session on it.

    Attributes:
        subsession_id: 0 for a session alone on this PC.

        session_num, unique_id: Of its ticks.
    """

    subsession_id: int
    session_num: int
    unique_id: int


class TapeFolder:
    """
    Args:
        path: Made when the first tape is written.

        days: So long a tape is kept; None for as long as there are not too many.

    Threads: one.
    """

    def __init__(self, path: Path, days: int | None = None) -> None:
        self.path = path
        self._days = days

    def append(self, session: OfSession, chunk: bytes, utc: datetime) -> Path:
        """
        Write *chunk* behind what there is of its session, and remove what is too old.

        Args:
            utc: When it began, by this PC's clock; the name of a new file.

        Raises:
            OSError: It could not be written, or not all of it; what stood there before is whole.
        """
        path = self._of(session)
        is_new = path is None
        if path is None:
            self.path.mkdir(parents=True, exist_ok=True)
            began = self._behind_others(utc)
            name = f"{began:%Y%m%d-%H%M%S} {session.subsession_id}-{session.session_num}-{session.unique_id}"
            path = self.path / f"{name}{SUFFIX}"
        with path.open("ab") as file:
            file.write(chunk)
        if is_new:
            self.prune(utc)
        return path

    def tapes(self) -> Sequence[Path]:
        """Return all there are, the newest first."""
        found = (path for path in self.path.glob(f"*{SUFFIX}") if _NAME.fullmatch(path.name))
        return sorted(found, key=lambda path: path.name, reverse=True)

    def of(self, subsession_id: int, from_utc: datetime, to_utc: datetime) -> Sequence[Path]:
        """
        Return the tapes on which a session may be, the oldest first: a tape has all sessions of an event.

        Args:
            subsession_id: 0 for one alone on this PC.

            from_utc, to_utc: When it was, if it was alone and has no number of its own.
        """
        found = []
        for path in reversed(self.tapes()):
            named = session_of(path)
            if named is None or named.subsession_id != subsession_id:
                continue
            if subsession_id or (_began(path) <= to_utc and _ended(path) >= from_utc):
                found.append(path)
        return found

    def size(self) -> int:
        """Return how many bytes they hold together."""
        return sum(_size(path) for path in self.tapes())

    def prune(self, now_utc: datetime) -> None:
        """Remove those behind the third, beyond 500 MB, or too old; the newest always stays."""
        held = 0
        for number, path in enumerate(self.tapes()):
            held += _size(path)
            is_old = self._days is not None and _began(path) < now_utc - timedelta(days=self._days)
            if number and (number >= MOST_SESSIONS or held > MOST_BYTES or is_old):
                try:
                    path.unlink()
                except OSError as error:  # somebody reads it
                    log.info("%s is not removed yet: %s", path, error)

    def _behind_others(self, utc: datetime) -> datetime:
        """Return *utc*, or a moment behind all there are: a clock that was set back must not make it look old."""
        newest = next(iter(self.tapes()), None)
        after = utc if newest is None else _began(newest) + timedelta(seconds=1)
        return max(utc.astimezone(UTC), after.astimezone(UTC))

    def _of(self, session: OfSession) -> Path | None:
        """
        Return the tape of *session*: that of its subsession, which has all its sessions behind one another.

        Of one alone only the newest, for it has no number of its own.
        """
        key = (str(session.subsession_id), str(session.session_num), str(session.unique_id))
        for number, path in enumerate(self.tapes()):
            found = _NAME.fullmatch(path.name)
            if found is None:
                continue
            if (found[1] == key[0] and session.subsession_id) or (found.groups() == key and not number):
                return path
        return None


def session_of(path: Path) -> OfSession | None:
    """Return the session that a tape's name tells; None for what is no name of a tape."""
    found = _NAME.fullmatch(path.name)
    return None if found is None else OfSession(*map(int, found.groups()))


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:  # just removed by somebody
        return 0


def _ended(path: Path) -> datetime:
    try:
        return datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except OSError:  # just removed by the client that runs
        return datetime.min.replace(tzinfo=UTC)


def _began(path: Path) -> datetime:
    return datetime.strptime(path.name[:15], "%Y%m%d-%H%M%S").replace(tzinfo=UTC)
