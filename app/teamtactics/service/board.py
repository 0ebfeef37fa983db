"""The board: puts the whole client into one immutable ``Status``, about once a second."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from teamtactics.errors import OutboxError
from teamtactics.language import Changed, Said, without_stop
from teamtactics.model.parcel import FIRESTORE
from teamtactics.model.status import (
    NO_COUNTS,
    Counts,
    MemberSeen,
    SimulatorState,
    SinkState,
    SinkStatus,
    Status,
    WatchStatus,
)
from teamtactics.reports.parked import ParkedNeeds
from teamtactics.tray.words import sink_name

if TYPE_CHECKING:  # at run time they would be loaded before the icon is there
    from teamtactics.model.mirror import Mirrored
    from teamtactics.model.records import PutBack
    from teamtactics.recording.collector import Collector
    from teamtactics.service.app import App

log = logging.getLogger(__name__)

_IN_BRACKETS = re.compile(r"\s*\(.*\)\.?$", re.DOTALL)


class Board:
    """
    Looks at everything and keeps the picture.

    Attributes:
        status: The newest picture, replaced as a whole.

    Threads: ``look`` may wait for the disk and belongs to the thread ``board``; ``status`` may be read from any.
    """

    def __init__(self, monotonic_s: Callable[[], float] = time.monotonic) -> None:
        self._monotonic_s = monotonic_s
        self.status = Status(monotonic_s())
        self._parked = ParkedNeeds()

    def look(self, app: App | None, needs: Sequence[str], *, in_danger: bool = False) -> Status:
        """
        Renew the picture.

        Args:
            app: None while the local store cannot be used: then nothing is recorded, and *needs* says why.

            needs: What is known to need a human; what the sinks and the disk say is added.

            in_danger: One of them endangers the recording or all delivery.
        """
        if app is None:
            self.status = Status(self._monotonic_s(), needs=tuple(needs))
            return self.status
        collector, team = app.collector, app.team
        counts, laps_waiting = NO_COUNTS, 0
        sinks = tuple(heard(sink, team.watch) for sink in app.deliveries.statuses)
        car = collector.car if collector.is_connected else None
        try:
            counts = app.outbox.counts()
            laps_waiting = _laps_waiting(app, sinks, counts)
        except OutboxError as error:
            counts = NO_COUNTS
            # What is not known must not be shown as nothing recorded and nothing waiting.
            unread = Said(
                "How many laps have arrived is not known now. {error}. Do not quit, check the drive.",
                error=without_stop(error.said),
            )
            needs, in_danger = (unread, *needs), True
        dangers, others = _own_needs(app, sinks)
        needs = (*dangers, *needs, *others, *self._parked_needs(app, counts))
        app.tell_presence(counts, needs[0] if needs else None)
        self.status = Status(
            at_s=self._monotonic_s(),
            simulator=simulator_state(collector),
            collection=collector.collection,
            member_id=collector.info.driver_user_id if collector.info is not None else None,
            session_state=collector.session_state if collector.is_connected else None,
            is_driving=car is not None and collector.is_driving,
            is_paused=collector.pause.is_asked,
            car=car,
            put_back=collector.put_back if car is not None else None,
            silent_driver=team.silent_driver if collector.is_connected else None,
            conflict=next((sink.conflict for sink in sinks if sink.conflict is not None), None),
            newer_client=team.newer_client,
            members=tuple(team.members.seen(app.presence.own)) if app.presence.own is not None else (),
            sinks=sinks,
            counts=counts,
            laps_waiting=laps_waiting,
            needs=needs,
            in_danger=in_danger or bool(dangers),
        )
        return self.status

    def _parked_needs(self, app: App, counts: Counts) -> tuple[str, ...]:
        try:
            return self._parked.of(app.outbox, counts, app.deliveries.names)
        except OutboxError as error:
            log.debug("what is parked was not read: %s", error)
            return ()


class Present:
    """
    The present as the newest page shows it beside what is stored (``reports.page_files.Present``).

    Args:
        status: Returns the newest picture.

        now_s: Seconds of the epoch.
    """

    def __init__(self, status: Callable[[], Status], now_s: Callable[[], float] = time.time) -> None:
        self._status = status
        self._now_s = now_s

    def members(self, collection: str, documents: Sequence[Mirrored]) -> Sequence[MemberSeen]:
        """
        Return who is there in the session of *collection*.

        Args:
            documents: The members' of it, as they are stored. While the session is followed, the picture knows better
                how old they are: by the server's clock, and this PC's may be wrong.
        """
        status = self._status()
        if status.members and status.collection == collection:
            return status.members
        from teamtactics.team.members import members_of  # with the contract, only when a page is made

        return members_of(documents, self._now_s())

    def put_back(self, collection: str) -> PutBack | None:
        """Return what the member of this PC may want to put back, in the session of *collection*."""
        status = self._status()
        return status.put_back if status.collection == collection else None


def heard(sink: SinkStatus, watch: WatchStatus) -> SinkStatus:
    """
    Say how Firestore is doing for a member who has nothing to deliver: by the watch of the team's state.

    What a delivery has told since the watch broke goes before that.
    """
    if sink.name != FIRESTORE or sink.state not in (SinkState.UNKNOWN, SinkState.OK) or watch.collection is None:
        return sink
    if watch.is_connected:
        return replace(sink, state=SinkState.OK)
    if watch.problem is None or (sink.confirmed_at_s is not None and sink.confirmed_at_s > watch.since_s):
        return sink
    return replace(sink, state=SinkState.UNREACHABLE, problem=watch.problem, hint=watch.hint)


def simulator_state(collector: Collector) -> SimulatorState:
    """Say what this PC's simulator, or what stands for it, is doing."""
    info = collector.info
    if not collector.is_connected or info is None:
        return SimulatorState.WAITING
    return SimulatorState.CONNECTED if info.is_live else SimulatorState.REPLAY


def _own_needs(app: App, sinks: Sequence[SinkStatus]) -> tuple[list[str], list[str]]:
    """Return what endangers the recording or all delivery, and what else needs a human."""
    refused = [sink_need(sink, sinks) for sink in sinks if sink.state is SinkState.REFUSED]
    is_all = len(refused) == len(sinks)
    dangers = [need for need in (app.collector.refusal, app.writer.need()) if need is not None]
    left_out = app.writer.recorder.left_out.need()
    others = [*app.outbox.needs, *([] if left_out is None else [left_out])]
    return ([*dangers, *refused], others) if is_all else (dangers, [*refused, *others])


def sink_need(sink: SinkStatus, sinks: Sequence[SinkStatus]) -> str:
    """
    Say of a server that refuses what becomes of the laps, why, and what to do.

    What Google says of it in brackets is left to the log: a notification is no place for it.
    """
    others = [sink_name(each.name) for each in sinks if each.state is not SinkState.REFUSED]
    why = Changed(sink.problem or "", lambda text: _IN_BRACKETS.sub("", text).rstrip(".")) or Said("it refuses them")
    facts = {
        "others": ", ".join(others),
        "sink": sink_name(sink.name),
        "why": why,
        "hint": sink.hint or Said("Choose Check everything, it says what to do."),
    }
    if others:
        return Said("Your laps reach {others}, but not {sink}. Why: {why}. {hint}", **facts)
    return Said("Your laps stay on this PC. {sink} does not take them: {why}. {hint}", **facts)


def _laps_waiting(app: App, sinks: Sequence[SinkStatus], counts: Counts) -> int:
    """Count what waits; not for a server that refuses everything while another takes it: a need tells of that one."""
    taking = [sink for sink in sinks if sink.state is not SinkState.REFUSED] or sinks
    behind = [sink.name for sink in taking if sink.name in counts.sinks and counts.sinks[sink.name].waiting]
    return app.outbox.laps_waiting(behind) if behind else 0
