"""A lap that Firestore took folded from us: its message goes out, and only from here."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace

from teamtactics.contract.parcels import told_anew
from teamtactics.model.parcel import Document, Parcel, ParcelKind, StoredParcel
from teamtactics.store.store import Outbox

log = logging.getLogger(__name__)


def announcing_folds(outbox: Outbox, ring: Callable[[], None]) -> Callable[[StoredParcel, Document], None]:
    """
    Return what the sink calls with a lap that it folded, and its document.

    Two clients that fold the same give their messages the same id, and a subscriber drops one of them.

    Args:
        ring: Wakes the couriers.

    Durability:
        The message is on disk before the lap's delivery is noted. A crash between the two brings the lap again, and
        with it the same message, which is kept once.

    Threads:
        What is returned: the Firestore courier's.
    """

    def announce(stored: StoredParcel, document: Document) -> None:
        token = next((session.token for session in outbox.sessions() if session.id == stored.session_id), "")
        lap = told_anew(stored.parcel.collection, token, document)
        message = announcement(lap)
        if message is not None and message.message is not None:
            message = replace(message, key=f"{message.key}/{message.message.id}")
            if outbox.announce(stored.session_id, message):
                log.info("%s of %s was folded by us", lap.key, lap.collection)
                ring()

    return announce


def announcement(lap: Parcel) -> Parcel | None:
    """Make the message of a lap a parcel of its own; None when it has none."""
    if lap.message is None:
        return None
    return Parcel(ParcelKind.EVENT, f"announced/{lap.key}", lap.collection, lap.session_time_s, message=lap.message)
