"""What happens when a key comes again: one pure rule."""

from __future__ import annotations

from enum import Enum

from teamtactics.model.parcel import Parcel, ParcelKind
from teamtactics.model.precedence import state_wins
from teamtactics.store.tables.codec import fingerprint


class Verdict(Enum):
    """What is to be done with a parcel."""

    INSERT = "insert"
    SAME = "same"
    REPLACE = "replace"
    REFUSE = "refuse"


def decide(kept: Parcel | None, new: Parcel) -> Verdict:
    """
    Decide between what is kept under a key and what comes under it again.

    Args:
        kept: None when the key is new.

    Source:
        The law of precedence for the state; everything else stays as first written.
    """
    if kept is None:
        return Verdict.INSERT
    if fingerprint(kept) == fingerprint(new):
        return Verdict.SAME
    if kept.kind is not new.kind:
        return Verdict.REFUSE
    if new.kind in (ParcelKind.PART, ParcelKind.NUMBERS):
        # Told anew because more is known; there is one teller, this client.
        return Verdict.REPLACE
    wins = new.kind is ParcelKind.STATE and state_wins(kept.document or {}, new.document or {})
    return Verdict.REPLACE if wins else Verdict.REFUSE
