"""Two clients that both believe to drive the car: noticed where their documents meet, and said once."""

from __future__ import annotations

import logging
from collections.abc import Callable

from teamtactics.language import Said
from teamtactics.model.precedence import Stored, is_foreign

log = logging.getLogger(__name__)

_ADVICE = (
    "Only one member can drive: check iracingId in teamtactics.ini on both PCs, and what else runs teamtactics there."
)


class Conflict:
    """
    What the sink knows of another client that records the same car.

    Args:
        is_driving: Whether the member of this PC drives now. What comes late, from before a driver change, meets the
            next driver's documents as well, and is no conflict.

    Attributes:
        text: What happened last, in plain words; None while there is no conflict.

    Threads:
        One, the sink's; ``text`` may be read from any.
    """

    def __init__(self, is_driving: Callable[[], bool]) -> None:
        self.text: str | None = None
        self._is_driving = is_driving
        self._last: tuple[object, object] | None = None

    def lap_yields(self, doc_id: str, stored: Stored, ours: Stored) -> None:
        """Note that *ours* is not written over it: what was seen here is folded in as a part."""
        if None in (ours.get("FuelLevel"), stored.get("FuelLevel")) or stored.get("CustomerID") == ours.get(
            "CustomerID"
        ):
            # Who did not see the line claims nothing; and one driver's may be our own, from another run or another PC.
            log.debug("lap %s is recorded already, what more is known of it is folded in", doc_id)
            return
        other, own = _name(stored), _name(ours)
        text = Said(
            "lap {lap} is claimed twice: {other}'s client says that {other} drove it, ours that {own} did; what both "
            "saw becomes one lap",
            lap=doc_id,
            other=other,
            own=own,
        )
        self._say(text)

    def state_yields(self, stored: Stored, ours: Stored) -> None:
        """Note that *ours* is not written, because a later one is there."""
        is_rival = is_foreign(stored, ours) and stored.get("CustomerID") != ours.get("CustomerID")
        if is_rival and self._is_driving():
            text = Said(
                "{other}'s client says that {other} drives this car, ours that {own} does",
                other=_name(stored),
                own=_name(ours),
            )
            self._say(text)

    def state_wins(self, stored: Stored | None, ours: Stored) -> None:
        """Note that *ours* is written: where it follows on our own last one, nobody else wrote in between."""
        is_alone = stored is None or _fact(stored) == self._last
        self._last = _fact(ours)
        if self.text is not None and is_alone:
            log.info("no other client records this car any more")
            self.text = None

    def _say(self, text: str) -> None:
        if self.text is None:
            log.warning("another client records the same car: %s. %s", text, _ADVICE)
        self.text = text


def _fact(state: Stored) -> tuple[object, object]:
    return (state.get("CustomerID"), state.get("SessionTime"))


def _name(document: Stored) -> object:
    return document.get("Driver") or f"member {document.get('CustomerID')}"
