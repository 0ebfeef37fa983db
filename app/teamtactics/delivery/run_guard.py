"""The server has begun a race anew: what is left of its former run does not come among the present one's documents."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Protocol

from teamtactics.cloud.firestore import Found
from teamtactics.cloud.wire import ABSENT, Write
from teamtactics.errors import Contended
from teamtactics.language import Said
from teamtactics.model.parcel import FIRESTORE, SCHEMA_VERSION, Document
from teamtactics.model.precedence import RUN, is_of_earlier_run, session_of
from teamtactics.model.records import SessionClock

log = logging.getLogger(__name__)

INFO = "info"


class Superseded(Exception):
    """What was to be written is of a run that is over, and has no place in the collection any more."""


class Runs(Protocol):
    """What is asked of the store; ``store.Outbox`` says what its methods promise."""

    def run_of(self, session_id: int) -> Document | None: ...
    def is_run_over(self, session_id: int) -> bool: ...


class NoRuns:
    """Knows no runs: for whoever delivers without a store."""

    def run_of(self, session_id: int) -> Document | None:
        """Know nothing."""
        del session_id
        return None

    def is_run_over(self, session_id: int) -> bool:
        """Know nothing."""
        del session_id
        return False


class RunGuard:
    """
    Which run's documents a collection holds, its ``info`` says; who removes a former run's puts the new run's in its
    place in the commit that removes the last of them. A commit of ours is therefore of the right run if it was refused
    otherwise: it expects a version that was removed with the former run (our own last state, a lap that was read with
    ``info``), or the version of ``info`` itself, which it then writes as it stands.

    Args:
        clock: How far the own simulator's session has come; None when none is read.

    Threads:
        One, the courier's.
    """

    def __init__(self, runs: Runs, clock: Callable[[], SessionClock | None] = lambda: None) -> None:
        self._runs = runs
        self._clock = clock
        self._said: set[int] = set()

    def has_runs(self, session_id: int) -> bool:
        """
        Tell whether ``info`` has to be looked at before something of the session is written.

        Raises:
            Superseded: This client itself has seen a later run of it.
        """
        if self._runs.is_run_over(session_id):
            raise Superseded
        run = self._runs.run_of(session_id)
        return bool(run and run.get(RUN))

    def admit(self, session_id: int, info: Found) -> Write | None:
        """
        Return what has to be written with a commit that creates something: ``info`` as it stands.

        Raises:
            Superseded: The collection holds a later run.

            Contended: It holds an earlier one, which is being removed; or a later one, and the own simulator still
                shows this one: it will show it too.
        """
        run, there = self._runs.run_of(session_id) or {}, info.document
        if there is None:
            return None
        if is_of_earlier_run(there, run):
            raise Contended(FIRESTORE, Said("the collection still holds the laps of the race before its restart"))
        if is_of_earlier_run(run, there):
            clock = self._clock()
            if clock is not None and clock.session == session_of(run):
                raise Contended(FIRESTORE, Said("the collection is of a restart of the race that is not seen here yet"))
            raise Superseded
        return touch(info)

    def said(self, session_id: int, collection: str) -> None:
        """Note that something was not delivered, once for each session."""
        if session_id not in self._said:
            self._said.add(session_id)
            log.warning(
                "the server has begun the race of %s anew: what was recorded before that stays here and is not sent",
                collection,
            )


def touch(info: Found) -> Write:
    """Make the write that changes nothing of ``info`` but its version, if it is as it was read."""
    assert info.version != ABSENT, "what is not there has no version"
    number = (info.document or {}).get("SchemaVersion") or SCHEMA_VERSION
    return Write(INFO, {"SchemaVersion": number}, info.version, is_partial=True)
