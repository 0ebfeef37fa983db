"""Whether the record of a session in the store is whole, written into the log as well."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from teamtactics.reports.known_laps import known_wholeness
from teamtactics.reports.wholeness import Wholeness, sentences
from teamtactics.store.store import Outbox

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class RecordCheck:
    """
    What came of it.

    Attributes:
        said: In sentences, the answer first.

        is_single: The session is of one driver on this PC.
    """

    found: Wholeness
    said: Sequence[str]
    is_single: bool


def check_record(outbox: Outbox, now_utc: datetime, over: str | None = None) -> RecordCheck | None:
    """
    Hold the record of a session against the simulator's results.

    Args:
        now_utc: By which it is under way or over.

        over: The collection of a session that has just ended; None for the one begun last.

    Returns:
        None where nothing is recorded: no session at all, or of the one that has ended no lap.

    Raises:
        OutboxError: The store cannot be read.
    """
    session = next(iter(outbox.sessions()), None) if over is None else outbox.latest_session(over)
    if session is None:
        return None
    found = known_wholeness(outbox, session, now_utc)
    if over is not None and not found.has_laps:
        return None
    said = sentences(found)
    for sentence in sentences(found, in_english=True):
        log.info("%s: %s", session.collection, sentence)
    return RecordCheck(found, said, session.is_single)
