"""Which session of a team is the newest: asked of the cloud, in few reads."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from heapq import nlargest
from typing import Protocol

from teamtactics.contract.names import ids_of_team
from teamtactics.model.parcel import Document

CANDIDATES = 50
"""Sessions that are looked at, those with the highest ids: a read each, two where there is no state."""

_STATE = "state"


class Finder(Protocol):
    """What is asked of Firestore; ``cloud.firestore.Firestore`` says what its methods promise."""

    def collections(self) -> Sequence[str]: ...
    def in_each(self, collections: Collection[str], doc_id: str) -> Mapping[str, Document]: ...
    def latest(self, collection: str) -> Document | None: ...
    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Newest:
    """
    Attributes:
        told_utc: Of when the last word in it is.
    """

    collection: str
    told_utc: datetime


def newest_session(finder: Finder, known: str | None = None) -> Newest | None:
    """
    Return the team session of which the last word is the latest; None where there is none.

    That is its ``state``, which only who drives there writes; where there is none the document that was written last.
    What is no team session's by its name is left out.

    Args:
        known: A collection that is looked at in any case.

    Raises:
        DeliveryError: The cloud cannot be asked.
    """
    ids = {name: found for name in finder.collections() if (found := ids_of_team(name)) is not None}
    names = list(dict.fromkeys([*nlargest(CANDIDATES, ids, key=ids.__getitem__), *([known] if known else [])]))
    states = finder.in_each(names, _STATE)
    told = {name: _moment(states.get(name)) or _moment(finder.latest(name)) for name in names}
    dated = [Newest(name, at) for name, at in told.items() if at is not None]
    return max(dated, key=lambda each: (each.told_utc, ids.get(each.collection, ())), default=None)


def _moment(document: Document | None) -> datetime | None:
    """
    Return of when *document* is, or was written: the earlier one.

    ``Utc`` is by a member's clock, which may be ahead; ``Updated`` is the server's, also where a race of last year was
    written again.
    """
    moments = [each for name in ("Utc", "Updated") if isinstance(each := (document or {}).get(name), datetime)]
    return min(moments, default=None)
