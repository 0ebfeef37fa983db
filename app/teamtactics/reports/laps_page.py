"""The laps of a session as one HTML page that renews itself while it is open."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, tzinfo

from teamtactics.model.mirror import Mirrored
from teamtactics.model.parcel import ParcelKind
from teamtactics.model.records import PutBack
from teamtactics.model.status import MemberSeen
from teamtactics.reports.known_laps import KnownSession, known_session
from teamtactics.reports.page.phrases import title
from teamtactics.reports.page.rows import headings
from teamtactics.reports.page.wall_clock import WallClock
from teamtactics.reports.page.whole import Choice, view
from teamtactics.reports.pages import render
from teamtactics.store.store import Outbox, StoredSession

LAPS_PAGE = "laps.html"
"""The file of the session that was begun last; the others have their number in the name."""

RENEWED_S = 15
"""After so long an open page is read again; nothing is loaded but the file itself."""

MOST_SESSIONS = 20
"""So many can be chosen; older ones are in ``teamtactics show``."""


def page_name(session: StoredSession, newest: StoredSession) -> str:
    """Name the file of a session's page."""
    return LAPS_PAGE if session.id == newest.id else f"laps-{session.id}.html"


ReadMembers = Callable[[Sequence[Mirrored]], Sequence[MemberSeen]]
"""Makes of members' documents who was there, as everybody sees him now."""


def nobody(documents: Sequence[Mirrored]) -> Sequence[MemberSeen]:  # noqa: ARG001
    """Read no members: of a session that is over nobody asks any more."""
    return ()


def laps_page(
    outbox: Outbox,
    made_utc: datetime,
    session: StoredSession | None = None,
    zone: tzinfo | None = None,
    *,
    read_members: ReadMembers = nobody,
    left_over: PutBack | None = None,
) -> str:
    """
    Write the page of a session; None for the one that was begun last.

    Args:
        made_utc: Now; it is said on the page.

        zone: In which times of day are said; None for this PC's own.

        read_members: Reads who of the team is there.

        left_over: What the member of this PC may want to put back.

    Raises:
        OutboxError: The store cannot be read.
    """
    sessions = outbox.sessions()
    shown = session or (sessions[0] if sessions else None)
    if shown is None:
        return render("laps.html", view=None, renewed_s=RENEWED_S)
    renewed_s = RENEWED_S if shown.id == sessions[0].id else None
    choices = _choices(outbox, sessions[:MOST_SESSIONS], shown, zone)
    known = known_session(outbox, shown)
    members = read_members(known.members)
    return session_page(shown.collection, known, made_utc, choices, renewed_s, zone, members, left_over)


def sessions_page(outbox: Outbox, zone: tzinfo | None = None) -> str:
    """
    List the sessions that are recorded here, with their pages.

    Raises:
        OutboxError: The store cannot be read.
    """
    sessions = outbox.sessions()
    choices = [] if not sessions else _choices(outbox, sessions[:MOST_SESSIONS], sessions[0], zone)
    return render("sessions.html", choices=choices, more=max(0, len(sessions) - MOST_SESSIONS))


def session_page(
    collection: str,
    known: KnownSession,
    made_utc: datetime,
    choices: Sequence[Choice] = (),
    renewed_s: int | None = None,
    zone: tzinfo | None = None,
    members: Sequence[MemberSeen] = (),
    left_over: PutBack | None = None,
) -> str:
    """
    Write the page of one session from what is known of it.

    Args:
        choices: The sessions that can be chosen.

        renewed_s: After how long an open page reads itself again; None for never.

        members: Who of the team is there.

        left_over: What the member of this PC may want to put back.
    """
    return render(
        "laps.html",
        view=view(collection, known, made_utc, zone, members, left_over),
        choices=choices,
        renewed_s=renewed_s,
        headings=headings(),
    )


def _choices(
    outbox: Outbox, sessions: Sequence[StoredSession], shown: StoredSession, zone: tzinfo | None
) -> list[Choice]:
    clock, found = WallClock((), zone), []
    for session in sessions:
        infos = outbox.documents(session.id, ParcelKind.INFO)
        info = infos[-1] if infos else {}
        began = clock.moment(session.began_utc)
        found.append(
            Choice(page_name(session, sessions[0]), title(info, session.collection), began, session.id == shown.id)
        )
    return found
