"""Laps that were completed and not told when a program ended: their checkpoint has them."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Mapping, Sequence

from teamtactics.contract.parcels import lap_parcel
from teamtactics.model.events import LapFinished
from teamtactics.model.parcel import Parcel
from teamtactics.model.records import UtcMark
from teamtactics.race.tracker import left_behind
from teamtactics.recording.journal import LIVE
from teamtactics.recording.kept.own_laps import OwnLaps
from teamtactics.recording.kept.recorded import numbers_of
from teamtactics.store.store import Outbox, StoredSession

log = logging.getLogger(__name__)


def tell_left_behind(outbox: Outbox, in_memory: Collection[str]) -> None:
    """
    Write the laps of live sessions that were completed and not told when the program ended, as they are known.

    Each stays open in its checkpoint: when its session goes on, its official time comes into it. A recording that was
    cut off in such a moment goes on there when it is replayed.

    Args:
        in_memory: Collections that are being recorded.
    """
    done = set(in_memory)
    for stored in outbox.sessions():
        is_newest = stored.collection not in done
        done.add(stored.collection)
        written_by, _, _ = (stored.checkpoint or "").partition("\n")
        if not is_newest or written_by != LIVE:
            continue
        seen = OwnLaps.of(outbox, stored.id)
        parcels = left_parcels(stored, seen)
        if not parcels:
            continue
        told = outbox.append(
            stored.id,
            parcels,
            checkpoint=stored.checkpoint,
            session_time_s=stored.last_session_time_s,
            utc=stored.last_utc,
            own_laps=seen.unsaved,
        )
        for one in told.stored:
            log.info("%s of %s is written as it is known", one.parcel.key, stored.collection)


def left_laps(stored: StoredSession, seen: OwnLaps) -> Sequence[LapFinished]:
    """Read from the checkpoint of *stored* the laps that were completed and not told yet; *seen* gets to know them."""
    _, _, text = (stored.checkpoint or "").partition("\n")
    events, mark = left_behind(text, seen.told), UtcMark(stored.last_session_time_s, stored.last_utc)
    for event in events:
        seen.see(event, mark)
    return [event for event in events if isinstance(event, LapFinished)]


def left_parcels(stored: StoredSession, seen: OwnLaps) -> list[Parcel]:
    """Build those laps as they are known."""
    mark = UtcMark(stored.last_session_time_s, stored.last_utc)
    whole = (event for event in left_laps(stored, seen) if event.is_whole)
    return [lap_parcel(stored.collection, stored.token, event, mark) for event in whole]


def open_laps(left: Iterable[LapFinished], kept: Iterable[Mapping[str, object]]) -> frozenset[int]:
    """Name the laps that were *left*, as far as they are among *kept*: told as known when the program began."""
    told = {lap.get("LapCompleted") for lap in kept}
    return frozenset(number for number in numbers_of(left) if number in told)
