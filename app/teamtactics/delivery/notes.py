"""What a sink has confirmed, until the outbox has noted it."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from teamtactics.cloud.retry import BackOff
from teamtactics.delivery.ports import DeliveryQueue
from teamtactics.errors import OutboxDamaged, OutboxError, TemporaryFailure

log = logging.getLogger(__name__)


class Notes:
    """
    Notes deliveries; what cannot be noted now is remembered, so that it is not sent again and again.

    Args:
        back_off: How long to wait for an outbox that cannot be written.

    Threads:
        One, the courier's.
    """

    def __init__(self, name: str, outbox: DeliveryQueue, back_off: BackOff) -> None:
        self._name = name
        self._outbox = outbox
        self._back_off = back_off
        self._unnoted: list[int] = []

    def write(self, confirmed: Sequence[int] = ()) -> float:
        """
        Note *confirmed*, and what could not be noted before.

        Returns:
            0 when nothing is left to be noted; else how long to wait, s: nothing is to be sent before.

        Raises:
            OutboxDamaged: There is another file by now, in which they do not stand.
        """
        seqs = [*self._unnoted, *confirmed]
        if not seqs:
            return 0.0
        try:
            self._outbox.mark_delivered(self._name, seqs)
        except OutboxDamaged:
            self._unnoted = []
            raise
        except OutboxError as error:
            level = logging.DEBUG if self._unnoted else logging.WARNING
            log.log(level, "%s has %d items more, which cannot be noted now: %s", self._name, len(seqs), error)
            self._unnoted = seqs
            return self._back_off.failed(TemporaryFailure(self._name, str(error)))
        self._unnoted = []
        self._back_off.passed()
        return 0.0
