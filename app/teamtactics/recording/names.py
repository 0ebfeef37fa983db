"""Names by customer id that the outbox keeps from session to session."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping

from teamtactics.model.session import SessionInfo
from teamtactics.store.store import Outbox

log = logging.getLogger(__name__)

KEY = "names"


class Names:
    """
    Who was seen in the car, ever.

    Threads: the writer's.
    """

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox
        self._names: dict[str, str] | None = None
        self._is_new = False

    def known(self) -> Mapping[str, str]:
        """
        Return what is known.

        Raises:
            OutboxError: The store has to be asked first and cannot be.
        """
        if self._names is None:
            try:
                self._names = dict(json.loads(self._outbox.meta(KEY) or "{}"))
            except ValueError as error:
                log.warning("the names of earlier sessions cannot be read and are learned anew: %s", error)
                self._names = {}
        return dict(self._names)

    def note(self, info: SessionInfo) -> None:
        """Learn the driver's name, once anything was asked for."""
        own, names = info.own, self._names
        if own is not None and names is not None and names.get(str(own.user_id)) != own.user_name:
            names[str(own.user_id)] = own.user_name
            self._is_new = True

    def turn_to(self, outbox: Outbox) -> None:
        """Write into *outbox* from now on."""
        self._outbox = outbox

    def write_again(self) -> None:
        """Give the store all of it with the next ``write``: it is another one."""
        self._is_new = self._names is not None

    def write(self) -> None:
        """
        Bring what is new to the disk.

        Raises:
            OutboxError: It is not there; it goes with the next attempt.
        """
        if self._is_new:
            self._outbox.set_meta(KEY, json.dumps(self._names))
            self._is_new = False
