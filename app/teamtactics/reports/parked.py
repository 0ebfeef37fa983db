"""What sinks refused for good, said as a need."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from teamtactics.language import _, n_
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
        laps = len({one.stored.parcel.key for one in parked if one.stored.parcel.kind is ParcelKind.LAP})
        if laps:
            text = n_("{laps} lap does not reach {sink}.", "{laps} laps do not reach {sink}.", laps)
        else:
            text = _("Some news, but no lap, does not reach {sink}.")
        said.append(text.format(laps=laps, sink=sink_name(sink)))
        said.append(_("It was refused for good: {reason}.").format(reason=parked[-1].reason.rstrip(".")))
        said.append(_("The menu has: Try again what was refused."))
    if damaged:
        text = n_(
            "{count} record is damaged in the local store and cannot be sent to {sink}.",
            "{count} records are damaged in the local store and cannot be sent to {sink}.",
            damaged,
        )
        said.append(text.format(count=damaged, sink=sink_name(sink)))
    return " ".join(said)
