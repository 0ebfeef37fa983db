"""This client tells the team that it is there: document ``member``, now and then and when something in it changes."""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from teamtactics.cloud.line import Line
from teamtactics.cloud.retry import BackOff, Chance, RetryPolicy
from teamtactics.contract.member import member_document, member_id
from teamtactics.errors import DeliveryError
from teamtactics.model.parcel import Document
from teamtactics.model.status import Member
from teamtactics.worker import beat

log = logging.getLogger(__name__)

EVERY_S = 300.0
"""How often it is told that nothing has changed (DATA.md#members)."""
WAITS_S = 30.0
"""Items that wait no longer are on their way."""
_TICK_S = 1.0
_CALL_LIMIT_S = 60.0
"""Longer than a call may take; the first one loads the Google libraries."""


class Door(Protocol):
    """What is asked of Firestore; ``cloud.firestore.Firestore`` says what its methods promise."""

    def put(self, collection: str, doc_id: str, document: Document) -> None: ...
    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class _Told:
    """What was told last, of which collection, and when (monotonic)."""

    collection: str
    member: Member
    at_s: float


class Presence:
    """
    It is no part of the record: nothing is kept for later, and of what could not be told only the newest is tried.

    Args:
        open_door: Opens Firestore; called in the thread of ``run``, so that the libraries are imported there. May raise
            DeliveryError.

        line: Who else got through ends a wait.

    Attributes:
        own: What was to be told last; None while no team's session is seen.

    Threads:
        ``run``: one. ``now``, ``renew`` and ``line_is_back``: any.
    """

    def __init__(
        self,
        open_door: Callable[[], Door],
        policy: RetryPolicy | None = None,
        monotonic_s: Callable[[], float] = time.monotonic,
        chance: Chance = random.random,
        line: Line | None = None,
    ) -> None:
        self.own: Member | None = None
        self._open_door = open_door
        self._back_off = BackOff(policy or RetryPolicy(), chance)
        self._monotonic_s = monotonic_s
        self._door: Door | None = None
        self._wanted: tuple[str, Member] | None = None
        self._told: _Told | None = None
        self._not_before_s = 0.0
        self._waits_since_s: float | None = None
        self._is_stale = threading.Event()
        self._bell = threading.Event()
        self._line = line or Line()
        self._line.join(self)

    def now(self, collection: str | None, own: Member | None) -> None:
        """Say how things stand here, about once a second; without a *collection* nobody is told."""
        settled = None if own is None else replace(own, waiting=self._settled(own.waiting))
        self.own = settled
        self._wanted = None if collection is None or settled is None else (collection, settled)
        if self._is_due():
            self._bell.set()

    def renew(self) -> None:
        """Go on with other settings: by a new door, and tell anew."""
        self._is_stale.set()
        self._bell.set()

    def line_is_back(self, outage_s: float) -> None:
        """Try now if the line is what is waited for."""
        del outage_s
        if self._back_off.failures:
            self._not_before_s = 0.0
            self._bell.set()

    def run(self, stop: threading.Event) -> None:
        """Tell what is due until *stop* is set; a call under way has a deadline of its own."""
        try:
            while not stop.is_set():
                if self._is_stale.is_set():
                    self._is_stale.clear()
                    self._close()
                    self._told, self._not_before_s = None, 0.0
                if self._is_due() and self._monotonic_s() >= self._not_before_s:
                    beat("telling the team that this client is there", _CALL_LIMIT_S)
                    self._tell()
                beat("waiting until there is something to tell of this client")
                self._bell.wait(_TICK_S)
                self._bell.clear()
        finally:
            self._close()

    def _tell(self) -> None:
        wanted = self._wanted
        if wanted is None:
            return
        collection, member = wanted
        try:
            if self._door is None:
                self._door = self._open_door()
            self._door.put(collection, member_id(member.customer_id), member_document(member))
        except DeliveryError as error:
            wait_s = self._back_off.failed(error)
            self._not_before_s = self._monotonic_s() + wait_s
            level = logging.INFO if self._back_off.failures == 1 else logging.DEBUG
            log.log(level, "the team is not told that this client is there: %s", error)
            return
        self._told = _Told(collection, member, self._monotonic_s())
        self._back_off.passed()

    def _is_due(self) -> bool:
        wanted, told = self._wanted, self._told
        if wanted is None:
            return False
        collection, member = wanted
        if told is None or told.collection != collection or self._monotonic_s() - told.at_s >= EVERY_S:
            return True
        return _said(member) != _said(told.member)

    def _settled(self, waiting: int) -> int:
        """Return what waits for longer than a moment."""
        if not waiting:
            self._waits_since_s = None
            return 0
        now_s = self._monotonic_s()
        if self._waits_since_s is None:
            self._waits_since_s = now_s
        return waiting if now_s - self._waits_since_s >= WAITS_S else 0

    def _close(self) -> None:
        if self._door is not None:
            self._door.close()
            self._door = None


def _said(member: Member) -> Member:
    """Return of *member* what is news when it changes: how many items wait is none, but whether any do."""
    return replace(member, utc=None, waiting=min(1, member.waiting))
