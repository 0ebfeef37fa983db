"""The end of the log: as much of it as tells of the session, and as can be sent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

from teamtactics.logs.logfile import BACKUPS

MOST_BYTES = 8_000_000
"""More than a day of racing says; a detailed log of an hour."""
_MOMENT = len("2025-08-12 14:03:22.123+02:00")


def log_end(path: Path, since: datetime, prose: Callable[[str], str]) -> tuple[str, bool]:
    """
    Return the log from *since* on, and whether something of that was left out because it is too much.

    Raises:
        OSError: It cannot be read.
    """
    raw, is_cut = _newest(path)
    told, is_wanted = list[str](), False
    for line in raw.decode("utf-8", "replace").splitlines():
        moment = _moment(line)
        if moment is not None:
            is_wanted = moment >= since
        if is_wanted:
            told.append(prose(line))
    return "".join(f"{line}\n" for line in told), is_cut


def _newest(path: Path) -> tuple[bytes, bool]:
    """Read the newest bytes of the log and of the older files beside it."""
    pieces, left = list[bytes](), MOST_BYTES
    for each in _files(path):
        with each.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - left))
            pieces.insert(0, file.read(left))
        left -= len(pieces[0])
        if left <= 0:
            return b"".join(pieces).partition(b"\n")[2], True
    return b"".join(pieces), False


def _files(path: Path) -> Iterator[Path]:
    names = [path, *(Path(f"{path}.{number}") for number in range(1, BACKUPS + 1))]
    return (each for each in names if each.is_file())


def _moment(line: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(line[:_MOMENT])
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None
