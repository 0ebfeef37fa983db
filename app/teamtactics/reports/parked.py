"""What sinks refused for good, said as a need."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from teamtactics.model.parcel import ParcelKind
from teamtactics.model.status import Counts
from teamtactics.tray.words import sink_name

if TYPE_CHECKING:  # at run time it would be loaded before the icon is there
    from teamtactics.store.store import Outbox

RETRY_PARKED = "retry-parked"
"""What ``teamtactics deliver --parked`` asks the running tray."""


class ParkedNeeds:
    """Puts what is parked into words; the store is asked only when its counts have changed."""

    def __init__(self) -> None:
        self._said: dict[tuple[str, int], str] = {}

    def of(self, outbox: Outbox, counts: Counts, sinks: Sequence[str]) -> tuple[str, ...]:
        """
        Say what of *counts* is parked at *sinks*.

        Raises:
            OutboxError: The store cannot be read now.
        """
        found = {(name, counts.sinks[name].parked) for name in sinks if name in counts.sinks}
        self._said = {key: self._said.get(key) or need(outbox, key[0]) for key in sorted(found) if key[1]}
        return tuple(self._said.values())


def need(outbox: Outbox, sink: str) -> str:
    """Say in words what is parked at *sink*, why, and what can be done."""
    parked = outbox.parked(sink)
    damaged = outbox.counts().sinks[sink].parked - len(parked)
    said = []
    if parked:
        kinds = {one.stored.parcel.kind for one in parked}
        were = _number(len(parked), "lap" if kinds == {ParcelKind.LAP} else "item", "was", "were")
        said.append(f"{were} refused for good by {sink_name(sink)}: {parked[-1].reason}.")
        said.append("The menu has: Try parked items again.")
    if damaged:
        are = _number(damaged, "item", "is", "are")
        said.append(f"{are} damaged in the local store and cannot be sent to {sink_name(sink)}.")
    return " ".join(said)


def _number(count: int, what: str, one: str, many: str) -> str:
    return f"1 {what} {one}" if count == 1 else f"{count} {what}s {many}"
