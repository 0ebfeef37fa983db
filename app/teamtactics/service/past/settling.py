"""Nobody drives any more: wait until the collection holds what this client knows of it."""

from __future__ import annotations

import logging
import time

from teamtactics.errors import OutboxError
from teamtactics.service.app import App
from teamtactics.telemetry.source import NoSource

log = logging.getLogger(__name__)

PATIENCE_S = 20.0
"""So long nothing may move: a line that is away is no reason to wait for ever, the next start goes on."""
LOOK_S = 0.1


class NothingToRead(NoSource):
    """A source that has ended: for whoever only delivers."""

    has_ended = True


def settle(app: App, collection: str, patience_s: float = PATIENCE_S) -> bool:
    """
    Let *app* deliver what *collection* lacks; return whether all that can be told stands there.

    What it lacks shows when it is read: as often as something had to be told, it is read once more.

    Args:
        patience_s: It gives up when nothing has moved for so long, and at once when a sink refuses.
    """
    moved_s, before = time.monotonic(), (-1, -1)
    asked_at: int | None = None
    while time.monotonic() - moved_s < patience_s and app.deliveries.refusal() is None:
        rounds = app.settled[collection]  # before it is counted what waits: a round ends behind what it has added
        left, owes = _outstanding(app, collection)
        if (left, rounds) != before:
            moved_s, before = time.monotonic(), (left, rounds)
        if left == 0 and (not owes or (asked_at is not None and rounds > asked_at)):
            return True
        if left == 0 and asked_at is None:
            asked_at = rounds
            app.catch_up.now()
        elif left > 0:
            asked_at = None
        if app.wait(LOOK_S):
            return False
        app.supervise()
    return False


def _outstanding(app: App, collection: str) -> tuple[int, bool]:
    """Return how many deliveries wait, -1 while the store cannot be asked, and whether something is owed."""
    try:
        return app.waiting(), app.owes(collection)
    except OutboxError as error:
        log.warning("not counted what waits: %s", error)
        return -1, True
