"""What the log says of who is there: each once, for as long as it holds."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from teamtactics.model.status import CHECK_OK, MemberSeen

log = logging.getLogger(__name__)


class RollCall:
    """
    For whoever reads the log, and for a client without a tray, which shows no notifications.

    Threads:
        One.
    """

    def __init__(self) -> None:
        self._collection: str | None = None
        self._said: dict[int, str] = {}

    def look(self, collection: str | None, members: Sequence[MemberSeen], own_id: int | None) -> None:
        """Say what is new of the *members* of a session; of *own_id*, this client, nothing."""
        if collection != self._collection:
            self._collection, self._said = collection, {}
        for seen in members:
            customer_id = seen.member.customer_id
            level, text = _word(seen)
            if customer_id != own_id and self._said.get(customer_id) != text:
                self._said[customer_id] = text
                log.log(level, "%s %s", seen.member.name, text)


def _word(seen: MemberSeen) -> tuple[int, str]:
    member = seen.member
    if seen.is_gone:
        return logging.INFO, "is not there: his teamtactics has ended or is offline"
    if seen.trouble is None:
        return logging.INFO, f"is there and ready: teamtactics {member.client_version or 'of an unknown version'}"
    if member.check == CHECK_OK and member.waiting:
        # How many is no news, and it passes by itself.
        return logging.INFO, "is there; items wait there for a server"
    return logging.WARNING, f"is there, but not ready: {seen.trouble}"
