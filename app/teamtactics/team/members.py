"""Who is there: the members' documents of the followed collection, and how old they are by the server's clock."""

from __future__ import annotations

import logging
import re
import threading
import time
from collections.abc import Callable, Iterable, Sequence

from teamtactics.contract.foreign import DocumentRefused
from teamtactics.contract.member import member_of, read_member
from teamtactics.language import Said
from teamtactics.model.mirror import Mirrored
from teamtactics.model.status import CHECK_OK, Member, MemberSeen

log = logging.getLogger(__name__)

GONE_S = 660.0
"""A member whose client has told nothing for so long is gone (DATA.md#members)."""
_NANOS = 1e9


class Members:
    """
    All times are the server's: PCs of one team may be minutes apart. How far it has come is known by the youngest
    document that was told, of whatever kind, our own among them.

    Threads:
        ``hear``, ``note`` and ``clear``: any; ``seen``: any.
    """

    def __init__(self, monotonic_s: Callable[[], float] = time.monotonic) -> None:
        self._monotonic_s = monotonic_s
        self._lock = threading.Lock()
        self._told: dict[int, tuple[Member, float]] = {}
        self._ahead_s: float | None = None

    def clear(self) -> None:
        """Forget everybody: another collection is followed."""
        with self._lock:
            self._told = {}

    def note(self, document: Mirrored) -> None:
        """Take of any *document* how far the server's clock has come at least."""
        ahead_s = document.known_at / _NANOS - self._monotonic_s()
        with self._lock:
            self._ahead_s = ahead_s if self._ahead_s is None else max(self._ahead_s, ahead_s)

    def hear(self, document: Mirrored) -> bool:
        """
        Take a *document*; return whether it is a member's.

        Raises:
            DocumentRefused: It is one, and cannot be used.
        """
        customer_id = member_of(document.doc_id)
        if customer_id is None:
            return False
        member = read_member(customer_id, document.document)
        with self._lock:
            self._told[customer_id] = (member, document.known_at / _NANOS)
        return True

    @property
    def has_anybody(self) -> bool:
        """Whether anybody's client was heard of lately; our own is, once the server has it."""
        with self._lock:
            told = list(self._told.values())
        return any(self._age_s(at_s) <= GONE_S for _member, at_s in told)

    def has_client(self, customer_id: int) -> bool:
        """Whether the client of *customer_id* was heard of lately."""
        with self._lock:
            told = self._told.get(customer_id)
        return told is not None and self._age_s(told[1]) <= GONE_S

    def seen(self, own: Member | None) -> Sequence[MemberSeen]:
        """
        Return everybody who was ever here, those who are gone last, else by name.

        Args:
            own: This client; what others are compared with. None: with nobody.
        """
        with self._lock:
            told = list(self._told.values())
        return in_order(_seen(member, self._age_s(at_s), own) for member, at_s in told)

    def _age_s(self, at_s: float) -> float:
        ahead_s = self._ahead_s
        return 0.0 if ahead_s is None else max(0.0, self._monotonic_s() + ahead_s - at_s)


def members_of(documents: Iterable[Mirrored], now_s: float, own: Member | None = None) -> Sequence[MemberSeen]:
    """
    Return who is told of in the *documents* of a collection; what cannot be used is left out.

    Args:
        now_s: Seconds of the epoch, by the best clock there is.
    """
    found = []
    for document in documents:
        customer_id = member_of(document.doc_id)
        if customer_id is None:
            continue
        try:
            member = read_member(customer_id, document.document)
        except DocumentRefused as why:
            log.debug("%s cannot be used: %s", document.doc_id, why)
            continue
        found.append(_seen(member, max(0.0, now_s - document.known_at / _NANOS), own))
    return in_order(found)


def in_order(members: Iterable[MemberSeen]) -> Sequence[MemberSeen]:
    """Sort by name, those who are gone last."""
    return sorted(members, key=lambda one: (one.is_gone, one.member.name.casefold(), one.member.customer_id))


def _seen(member: Member, age_s: float, own: Member | None) -> MemberSeen:
    is_gone = age_s > GONE_S
    return MemberSeen(member, age_s, is_gone, None if is_gone else trouble(member, own))


def trouble(member: Member, own: Member | None) -> str | None:
    """Say in one sentence what is wrong at *member*, compared with *own*; None when nothing is."""
    if member.check != CHECK_OK:
        return member.check
    if member.waiting:
        return Said("What is recorded there has not arrived yet.")
    if own is None or member.customer_id == own.customer_id:
        return None
    if member.client_version and own.client_version and is_other_release(member.client_version, own.client_version):
        versions = {"theirs": member.client_version, "own": own.client_version}
        return Said("Runs teamtactics {theirs}, this is {own}.", **versions)
    if member.text_encoding and own.text_encoding and member.text_encoding != own.text_encoding:
        encodings = {"theirs": member.text_encoding, "own": own.text_encoding}
        return Said("Reads names as {theirs}, this PC as {own}: some may look different.", **encodings)
    return None


def is_other_release(one: str, other: str) -> bool:
    """Tell whether two versions are of different releases; what stands behind a plus sign is the build's."""
    return numbers(one) != numbers(other)


def numbers(version: str) -> tuple[int, ...]:
    """Read the numbers of a version: 1.10 is newer than 1.9."""
    return tuple(int(number) for number in re.findall(r"\d+", version.partition("+")[0]))
