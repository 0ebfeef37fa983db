"""What a client keeps of a session's collection, so that it reads nothing twice; plain data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from teamtactics.model.parcel import Document


@dataclass(frozen=True, slots=True)
class Mirrored:
    """
    A document as it stands in a collection.

    Attributes:
        version: Of its last write, whole nanoseconds of the server's clock; the same version is the same content.

        updated: ``Updated``, the server's time stamp in it, in the same unit: what the collection is asked for by.
    """

    doc_id: str
    document: Document
    version: int
    updated: int

    @property
    def known_at(self) -> int:
        """What it tells of how far a collection is known: ``updated``, but not more than the server's own version."""
        return min(self.updated, self.version)


@dataclass(frozen=True, slots=True)
class Removed:
    """
    A document that is gone.

    Attributes:
        version: When the server found it gone: what was written later is another document.
    """

    doc_id: str
    version: int


@dataclass(frozen=True, slots=True)
class CaughtUp:
    """
    Everything that stood in the collection a moment ago has been told.

    Attributes:
        is_repeating: The server has told so much again that to ask it anew, from later on, is cheaper.
    """

    is_repeating: bool = False


Word = Mirrored | Removed | CaughtUp


@dataclass(frozen=True, slots=True)
class Known:
    """
    What is kept of a collection.

    Attributes:
        cursor: The latest ``Updated`` up to which nothing is missing; None: nothing is certain.
    """

    documents: Sequence[Mirrored] = ()
    cursor: int | None = None


NOTHING_KNOWN = Known()
