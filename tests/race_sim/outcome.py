"""What a race has left behind, in the clouds and beside its clients."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from support.pubsub_reader import Received

Documents = dict[str, dict[str, dict[str, Any]]]
"""The documents of each collection by their ids."""


@dataclass(slots=True)
class Outcome:
    """
    What a race has left behind.

    Attributes:
        documents: Of each collection that the truth names, by document id.

        messages: Every delivery of Pub/Sub, repeats included.

        counted: What each client left in its ``counted.json``; of its last life.

        ticks, seconds: How long the race was and how long it took to play.
    """

    documents: Documents
    messages: list[Received]
    counted: dict[str, dict[str, Any]]
    logs: dict[str, str]
    ticks: int
    seconds: float

    def laps(self, collection: str) -> list[dict[str, Any]]:
        """Return the lap documents of *collection* in their order."""
        return laps_of(self.documents[collection])


def laps_of(found: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the lap documents of one collection in their order."""
    return [found[name] for name in sorted((n for n in found if n.isdigit()), key=int)]
