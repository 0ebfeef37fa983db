"""What this client tells the team of itself, as its parts know it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from teamtactics import __version__
from teamtactics.model.status import CHECK_OK, Counts, Member
from teamtactics.recording.collector import Collector
from teamtactics.recording.journal import LIVE

_LONGEST_CHECK = 200
"""Nobody reads more of it (``contract.member``)."""


def own_member(
    collector: Collector, counts: Counts, sinks: Collection[str], trouble: str | None, utc: datetime
) -> Member | None:
    """
    Return what is to be told; None where no team's live session is seen: a recording tells nothing of who is there.

    Args:
        counts: Where the items stand; of the *sinks*, what waits is told.

        trouble: What a human here must do; None when all is well.
    """
    info = collector.info
    if not collector.is_connected or collector.source.key != LIVE:
        return None
    if info is None or not (info.is_live and info.is_team_session):
        return None
    customer_id = info.driver_user_id or collector.tracker.fallback_customer_id
    if not customer_id:
        return None
    return Member(
        customer_id=customer_id,
        name=collector.tracker.name_of(customer_id) or f"member {customer_id}",
        client_version=__version__,
        is_in_car=collector.is_driving,
        waiting=sum(count.waiting for name, count in counts.sinks.items() if name in sinks),
        check=" ".join((trouble or CHECK_OK).split())[:_LONGEST_CHECK] or CHECK_OK,
        text_encoding=info.text_encoding,
        utc=utc,
    )
