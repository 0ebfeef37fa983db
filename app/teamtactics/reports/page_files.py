"""The pages of the sessions as files beside one another, renewed while somebody looks at them."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Protocol

from teamtactics.atomic_file import replace_file
from teamtactics.errors import TeamtacticsError
from teamtactics.model.mirror import Mirrored
from teamtactics.model.records import PutBack
from teamtactics.model.status import MemberSeen
from teamtactics.reports.laps_page import LAPS_PAGE, MOST_SESSIONS, RENEWED_S, laps_page, nobody, page_name
from teamtactics.store.store import Outbox, StoredSession

log = logging.getLogger(__name__)

AGEING_S = 720.0
"""
So long after the last change the newest page is still written again each minute: how old all is stands on it, a driver
whose client has fallen silent is seen, and a member who is gone after eleven minutes. Later nothing is under way any
more.
"""

_OLDER = re.compile(r"laps-\d+\.html", re.ASCII)


class Present(Protocol):
    """What the running client knows of the present beside the store; ``service.board.Present`` does."""

    def members(self, collection: str, documents: Sequence[Mirrored]) -> Sequence[MemberSeen]: ...
    def put_back(self, collection: str) -> PutBack | None: ...


@dataclass(frozen=True, slots=True)
class _Mark:
    """
    What a file was written of: which session, what it had come to, since when, how many minutes ago, and what was to
    be put back.
    """

    session_id: int | None
    come_to: tuple[object, ...]
    changed_s: float
    minutes: int
    left_over: PutBack | None


class PageFiles:
    """
    Writes them into a folder.

    Args:
        utc_now: Said on the pages.

        monotonic_s: Decides when it is time to look for something new.

        present: Asked for what stands on the newest page alone; None: nobody runs.

    Threads:
        One.
    """

    def __init__(
        self, utc_now: Callable[[], datetime], monotonic_s: Callable[[], float], present: Present | None = None
    ) -> None:
        self._utc_now = utc_now
        self._monotonic_s = monotonic_s
        self._present = present
        self._written: dict[Path, _Mark] = {}
        self._shown: Path | None = None
        self._due_s = 0.0

    def write_newest(self, outbox: Outbox, folder: Path) -> Path:
        """
        Write the page of the session that was begun last, from now on renewed by ``renew``.

        Durability:
            An open page that is read again finds it whole, the former or the new one.

        Raises:
            OutboxError: The store cannot be read.

            OSError: The folder cannot be written.
        """
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / LAPS_PAGE
        sessions = outbox.sessions()
        self._write(outbox, path, sessions[0] if sessions else None, is_newest=True)
        self._shown = path
        self._due_s = self._monotonic_s() + RENEWED_S
        return path

    def write_older(self, outbox: Outbox, folder: Path) -> None:
        """
        Write the pages of the sessions before, as far as they have changed, and remove those of sessions that are gone.

        Raises:
            OutboxError: The store cannot be read.

            OSError: The folder cannot be written.
        """
        sessions = outbox.sessions()[:MOST_SESSIONS]
        wanted = {folder / page_name(session, sessions[0]): session for session in sessions[1:]}
        for path, session in wanted.items():
            self._write(outbox, path, session)
        for path in folder.glob("laps-*.html"):
            if path not in wanted and _OLDER.fullmatch(path.name):
                path.unlink(missing_ok=True)

    def renew(self, outbox: Outbox) -> bool:
        """
        Write the newest page again, if it was asked for before, it is time, and something has changed.

        A failure is no news: what was written before stays, and the next time is soon.

        Returns:
            Whether anything was written.
        """
        path, now_s = self._shown, self._monotonic_s()
        if path is None or now_s < self._due_s:
            return False
        self._due_s = now_s + RENEWED_S
        try:
            sessions = outbox.sessions()
            newest = sessions[0] if sessions else None
            is_another = newest is not None and self._session_of(path) != newest.id
            is_written = self._write(outbox, path, newest, is_newest=True)
            if is_written and is_another:
                self.write_older(outbox, path.parent)
        except (TeamtacticsError, OSError) as error:  # a full disk; on Windows, a browser that just reads it
            log.debug("the laps page was not renewed: %s", error)
            return False
        return is_written

    def _session_of(self, path: Path) -> int | None:
        mark = self._written.get(path)
        return None if mark is None else mark.session_id

    def _write(self, outbox: Outbox, path: Path, session: StoredSession | None, *, is_newest: bool = False) -> bool:
        """Write a page unless it stands there as it would be written; return whether it was."""
        former, now_s = self._written.get(path), self._monotonic_s()
        session_id, come_to = (None, ()) if session is None else (session.id, outbox.come_to(session.id))
        is_same = former is not None and (former.session_id, former.come_to) == (session_id, come_to)
        changed_s = former.changed_s if former is not None and is_same else now_s
        minutes = int(min(now_s - changed_s, AGEING_S) // 60) if is_newest else 0
        present = self._present if is_newest and session is not None else None
        left_over = None if present is None or session is None else present.put_back(session.collection)
        mark = _Mark(session_id, come_to, changed_s, minutes, left_over)
        if mark == former and path.exists():
            return False
        members = nobody if present is None or session is None else partial(present.members, session.collection)
        page = laps_page(outbox, self._utc_now(), session, read_members=members, left_over=left_over)
        replace_file(path, page.encode())
        self._written[path] = mark
        return True
