"""All that listens to the team and speaks to it beside the couriers: it begins, changes and ends together."""

from __future__ import annotations

from collections.abc import Sequence

from teamtactics.settings.settings import Settings
from teamtactics.team.catch_up import CatchUp
from teamtactics.team.presence import Presence
from teamtactics.team.team import JOIN_S, Team
from teamtactics.worker import Worker

CATCH_UP_LIMIT_S = 4.0
"""Whoever catches up looks about once a second; what it does with a server or the disk has a limit of its own."""
PRESENCE_LIMIT_S = 4.0
"""The same for whoever tells that this client is there."""


class Ears:
    """
    The watch of the session, the catching up of those that are over, and the word that this client is there.

    Threads: the owner's.
    """

    def __init__(self, settings: Settings, team: Team, catch_up: CatchUp, presence: Presence) -> None:
        self._settings = settings
        self._team = team
        self._catch_up = catch_up
        self._presence = presence
        self._workers = self._made()

    @property
    def workers(self) -> Sequence[Worker]:
        """All threads."""
        return (self._team.worker, *self._workers)

    def start(self) -> None:
        """Begin; without a Firestore nobody is listened to."""
        self._team.start()
        if self._settings.cloud.firestore_configured:
            self._start()

    def use(self, settings: Settings) -> None:
        """Go on with *settings*."""
        self._settings = settings
        self._team.use(settings)
        if not settings.cloud.firestore_configured:
            self._end()
        elif not all(worker.is_alive for worker in self._workers):
            self._end()
            self._workers = self._made()
            self._start()
        self._catch_up.renew()
        self._presence.renew()

    def ask_to_end(self) -> None:
        """Ask all threads to end."""
        self._team.ask_to_end()
        self._end()

    def close(self) -> bool:
        """End; return whether all threads have ended."""
        self.ask_to_end()
        ended = self._team.close()
        for worker in self._workers:
            ended = worker.join(JOIN_S) and ended
        return ended

    def _made(self) -> Sequence[Worker]:
        return (
            Worker("catch-up", self._catch_up.run, CATCH_UP_LIMIT_S),
            Worker("presence", self._presence.run, PRESENCE_LIMIT_S),
        )

    def _start(self) -> None:
        for worker in self._workers:
            worker.start()

    def _end(self) -> None:
        for worker in self._workers:
            worker.end()
