"""What a program that ended knew of its laps and had told nobody: the checkpoints have it."""

from __future__ import annotations

import logging
from collections.abc import Collection

from teamtactics.recording.journal import LIVE
from teamtactics.recording.kept.own_laps import OwnLaps
from teamtactics.store.store import Outbox

log = logging.getLogger(__name__)


def take_up_left(outbox: Outbox, in_memory: Collection[str]) -> None:
    """
    Let what the checkpoints of live sessions alone know of laps count as seen.

    They stay: when a session goes on after all, a lap's official time comes into it. A recording that was cut off goes
    on there when it is replayed.

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
        seen.take_up(stored)
        if not seen.has_unsaved:
            continue
        outbox.append(
            stored.id,
            (),
            checkpoint=stored.checkpoint,
            session_time_s=stored.last_session_time_s,
            utc=stored.last_utc,
            own_laps=seen.unsaved,
        )
        laps = ", ".join(str(lap.lap) for lap in seen.unsaved)
        log.info("what was seen of %s when the program ended counts now: lap %s", stored.collection, laps)
