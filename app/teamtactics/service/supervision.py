"""Who looks after the threads, each for itself, and what their heartbeats say about the picture that is shown."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from teamtactics.errors import TeamtacticsError
from teamtactics.language import Said
from teamtactics.model.status import Standstill, Status
from teamtactics.tray.words import part
from teamtactics.worker import Heartbeat, Worker, beat

log = logging.getLogger(__name__)

LOOK_EVERY_S = 1.0
SILENT_LIMIT_S = 3.0
"""The supervisor looks every second."""
OLD_PICTURE_S = 4.0
"""The picture is renewed every second; one that is older tells of a time that is over."""
ASKING_LIMIT_S = 30.0
"""A store that another program holds lets each who asks wait five seconds, and the board after writer and couriers."""
_RECORDING = ("collector", "writer")
"""Threads without which nothing is recorded."""
BOARD = "board"
"""The thread that renews it."""


class Supervision:
    """
    Begins dead threads again, says in the log which stand still, and what of a picture is still true.

    Args:
        workers: All that are looked after, as they are now: a reload brings others.

    Threads: ``look`` belongs to one: to the thread ``supervisor`` once it is begun, which waits for nothing but a
    second. It is begun again by whoever asks for ``judged``: the tray, once a second. The rest may be called from any
    and waits for nothing.
    """

    def __init__(
        self, workers: Callable[[], Iterable[Worker]], monotonic_s: Callable[[], float] = time.monotonic
    ) -> None:
        self.worker = Worker("supervisor", self._run, SILENT_LIMIT_S)
        self._workers = workers
        self._monotonic_s = monotonic_s
        self._silent: frozenset[str] = frozenset()
        self._asked_s = self._awake_s = monotonic_s()

    def look(self) -> None:
        """Look after each once; call about once a second. What goes wrong with one is no other one's trouble."""
        for worker in self._workers():
            try:
                worker.revive()
            except Exception:
                # The thread stays dead, is shown as that, and is tried again the next time.
                log.exception("%s cannot be begun again", worker.name)
        self._tell()

    def heartbeats(self) -> tuple[Heartbeat, ...]:
        """Return what each of them last told, the supervisor at the end."""
        found = (worker.heartbeat for worker in (*self._workers(), self.worker))
        return tuple(heartbeat for heartbeat in found if heartbeat is not None)

    def judged(self, picture: Status, *, is_static: bool = False) -> Status:
        """
        Return *picture* as far as it is true now.

        Args:
            is_static: It tells nothing that could grow old.
        """
        self.worker.revive()
        now_s = self._monotonic_s()
        # After the PC's sleep everybody is silent, and has a moment to speak first.
        self._awake_s, self._asked_s = (now_s if now_s - self._asked_s > OLD_PICTURE_S else self._awake_s), now_s
        if now_s - self._awake_s < LOOK_EVERY_S:
            return replace(picture, at_s=now_s)
        return judged(replace(picture, at_s=now_s) if is_static else picture, self.heartbeats(), now_s)

    def _run(self, stop: threading.Event) -> None:
        while not stop.is_set():
            beat("looking after the threads")
            self.look()
            stop.wait(LOOK_EVERY_S)

    def _tell(self) -> None:
        now_s = self._monotonic_s()
        silent = {each.name: each for each in self.heartbeats() if each.error is None and each.silence_s(now_s)}
        for name, each in silent.items():
            if name not in self._silent:
                log.error("%s stands still: no sign of it for %.0f s (%s)", name, each.silence_s(now_s), each.doing)
        for name in sorted(self._silent - silent.keys()):
            log.warning("%s goes on, or was begun again", name)
        self._silent = frozenset(silent)


def judged(picture: Status, heartbeats: Sequence[Heartbeat], now_s: float) -> Status:
    """
    Say what of *picture* is still true: who died is among the needs, who is silent stands still, and of a picture that
    nobody has renewed nothing else is left. While the board asks a store that does not answer, that is a need.
    """
    silent = [each for each in heartbeats if each.error is None and each.silence_s(now_s)]
    still = [Standstill(each.name, each.doing, each.silence_s(now_s)) for each in silent]
    deaths = death_needs(heartbeats)
    needs = (*picture.needs, *deaths)
    has_lost_one = any(each.name in _RECORDING and each.error is not None for each in heartbeats)
    in_danger = (picture.in_danger if picture.needs or not deaths else False) or has_lost_one
    age_s = now_s - picture.at_s
    if age_s > OLD_PICTURE_S and _is_asking(heartbeats, now_s):
        needs, age_s = (store_is_silent(), *needs), 0.0
        in_danger = True
    if age_s <= OLD_PICTURE_S:
        return replace(picture, needs=needs, in_danger=in_danger, still=tuple(still))
    if BOARD not in {each.name for each in still}:
        still.append(Standstill(BOARD, "renewing the picture", age_s))
    return Status(picture.at_s, needs=needs, still=tuple(still), is_old=True)


def _is_asking(heartbeats: Iterable[Heartbeat], now_s: float) -> bool:
    """Tell whether the board does what may take longer, and has not done so for too long."""
    board = next((each for each in heartbeats if each.name == BOARD and each.error is None), None)
    return board is not None and board.silent_limit_s > OLD_PICTURE_S and not board.silence_s(now_s)


def death_needs(heartbeats: Iterable[Heartbeat]) -> tuple[str, ...]:
    """Say of each that died, and has not lived for a while since, what happened."""
    return tuple(_death_need(each.name, each.error) for each in heartbeats if each.error is not None)


def _death_need(name: str, error: BaseException) -> str:
    if isinstance(error, TeamtacticsError):
        return error.said
    return Said(
        "The {part} had an error ({error}) and is begun again. If it comes back, choose Report a problem.",
        part=part(name),
        error=repr(error),
    )


def store_is_silent() -> str:
    """Say that the board has been asking the store for too long."""
    return Said(
        "What is recorded waits in memory. The local store does not answer: another program holds it, or the disk is "
        "slow. Do not quit."
    )
