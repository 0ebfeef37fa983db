"""What happens when a key comes again: one pure rule."""

from __future__ import annotations

from enum import Enum

from teamtactics.model.parcel import Document, Parcel, ParcelKind, is_back_filled
from teamtactics.store.codec import fingerprint


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
        Data contract: a lap stays as first written, only a driver's document replaces a back-filled one, and one that
        amends it his own; a later state is never overwritten by an earlier one.
    """
    if kept is None:
        return Verdict.INSERT
    if fingerprint(kept) == fingerprint(new):
        return Verdict.SAME
    if kept.kind is not new.kind:
        return Verdict.REFUSE
    if new.kind is ParcelKind.STATE:
        return Verdict.REPLACE if new.session_time_s >= kept.session_time_s else Verdict.REFUSE
    if new.kind is ParcelKind.LAP and _may_replace(kept.document or {}, new.document or {}, new.amends):
        return Verdict.REPLACE
    return Verdict.REFUSE


def _may_replace(kept: Document, new: Document, amends: bool) -> bool:
    if new.get("Source") != "driver":
        return False
    if is_back_filled(kept):
        return True
    return amends and kept.get("Source") == "driver" and kept.get("CustomerID") == new.get("CustomerID")
