"""What sinks refused for good, said as a need."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from teamtactics.language import Said, SaidOf, joined, without_stop
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
    parked, name = outbox.parked(sink), sink_name(sink)
    damaged = outbox.counts().sinks[sink].parked - len(parked)
    said: list[Said] = []
    if parked:
        laps = len({one.stored.parcel.key for one in parked if one.stored.parcel.kind is ParcelKind.LAP})
        if laps:
            said.append(
                SaidOf("{count} lap does not reach {sink}.", "{count} laps do not reach {sink}.", laps, sink=name)
            )
        else:
            said.append(Said("Some news, but no lap, does not reach {sink}.", sink=name))
        said.append(Said("It was refused for good: {reason}.", reason=without_stop(parked[-1].reason)))
        said.append(Said("The menu has: Try again what was refused."))
    if damaged:
        text = SaidOf(
            "{count} record is damaged in the local store and cannot be sent to {sink}.",
            "{count} records are damaged in the local store and cannot be sent to {sink}.",
            damaged,
            sink=name,
        )
        said.append(text)
    return joined(*said)
