"""The running client behind the tray: opens the store, runs the app, looks after it, follows the configuration."""

from __future__ import annotations

import logging
import math
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from teamtactics.errors import ConfigError, LayoutChanged, SourceRefused, TeamtacticsError
from teamtactics.language import Said
from teamtactics.logs.setup import LogControl
from teamtactics.model.status import Status
from teamtactics.service.board import Board
from teamtactics.service.configuration import Configuration
from teamtactics.service.startup import own_outbox
from teamtactics.service.supervision import ASKING_LIMIT_S, BOARD, OLD_PICTURE_S, Supervision
from teamtactics.settings.settings import Settings
from teamtactics.telemetry.source import NoSource
from teamtactics.worker import Worker, beat

if TYPE_CHECKING:  # at run time they would be loaded before the icon is there
    from teamtactics.service.app import App
    from teamtactics.store.store import Outbox
    from teamtactics.telemetry.source import Source

log = logging.getLogger(__name__)

RENEW_EVERY_S = 1.0
RETRY_STORE_S = 5.0
"""How often a store that cannot be used is tried again."""
OPEN_LIMIT_S = 30.0
"""Longer than it takes to load the program behind the icon, and to open and check the store, on a slow PC."""
STOP_S = 25.0
"""Longer than the app's own limits together; then the process may end with a thread that hangs."""


class Service:
    """
    Everything that runs behind the tray.

    Args:
        config: The ini that was named; None for the usual places.

        on_status: Called in the board's thread with each new picture.

    Threads: two of its own. ``board`` opens, owns and ends the app and renews the picture; ``supervisor`` begins dead
    threads again (``Supervision``). ``reload`` waits for the opening, ``close`` for all; the rest returns at once.
    """

    def __init__(self, config: Path | None, on_status: Callable[[Status], None] = lambda _status: None) -> None:
        self.board = Board()
        self._configuration = Configuration.usable(config)
        self._on_status = on_status
        self._app: App | None = None
        self._source_error: str | None = None
        self._store_error: str | None = None
        self._store_dir: Path | None = None
        self._stop = threading.Event()
        self._stopped_s = math.inf
        self._wake = threading.Event()
        self._others: tuple[Worker, ...] = ()
        self._board = Worker(BOARD, lambda _stop: self._run(), OLD_PICTURE_S)
        self._supervision = Supervision(lambda: self.workers)

    @property
    def is_over(self) -> bool:
        """Whether everything has ended, or has had its time: a disk that hangs does not hold the icon."""
        return self._stop.is_set() and (not self._board.is_alive or time.monotonic() - self._stopped_s > STOP_S)

    @property
    def workers(self) -> tuple[Worker, ...]:
        """All threads that the supervisor looks after."""
        app = self._app
        return (*(() if app is None else app.workers), self._board, *self.log.workers, *self._others)

    def look_after(self, *workers: Worker) -> None:
        """Let the supervisor look after these as well."""
        self._others = (*self._others, *workers)

    def status(self) -> Status:
        """
        Return the newest picture as far as it is still true, and begin a dead supervisor again.

        Threads: any; without disk, network or a lock that somebody holds while waiting.
        """
        # Before the store is open there are only needs to tell, and at the end nothing new.
        is_static = self._app is None or self._stop.is_set()
        return self._supervision.judged(self.board.status, is_static=is_static)

    @property
    def config(self) -> Path | None:
        """The ini that was named; None for the usual places."""
        return self._configuration.config

    @property
    def settings(self) -> Settings:
        """The settings in force."""
        return self._configuration.settings

    @property
    def log(self) -> LogControl:
        """The log as the settings in force name it."""
        return self._configuration.log

    @property
    def configuration(self) -> Settings | ConfigError:
        """What a check is to look at: the settings, or what is wrong with the ini."""
        return self._configuration.error or self.settings

    @property
    def outbox(self) -> Outbox | None:
        """The local store; None while it cannot be used."""
        return None if self._app is None else self._app.outbox

    def start(self) -> None:
        """Begin."""
        self._board.start()
        self._supervision.worker.start()

    def stop(self) -> None:
        """Ask everything to end."""
        if not self._stop.is_set():
            self._stopped_s = time.monotonic()
        self._stop.set()
        self._supervision.worker.end()
        if self._app is not None:
            # The board may be waiting for the disk.
            self._app.stop()
        self._wake.set()

    def close(self, timeout_s: float = STOP_S) -> bool:
        """End everything in order; return whether it has ended in time."""
        self.stop()
        until_s = self._stopped_s + timeout_s
        ended = self._board.join(max(RENEW_EVERY_S, until_s - time.monotonic()))
        if self._board.error is not None:
            self._board.start()  # It died, on the way or while ending: it has still to end the app.
            ended = self._board.join(max(RENEW_EVERY_S, until_s - time.monotonic())) and self._board.error is None
        ended = self._supervision.worker.join(RENEW_EVERY_S) and ended
        left = self.left_over()
        late = f"not everything ended in time; {left or 'what was collected is on disk'}"
        log.info("ended in order" if ended and left is None else late)
        self.log.close()
        return ended

    def left_over(self) -> str | None:
        """Say, at the end, what did not come into the store, and where it is; None when all did."""
        return None if self._app is None else self._app.writer.left_over()

    def pause(self) -> None:
        """Record nothing until ``resume`` or the next session."""
        if self._app is not None:
            self._app.collector.pause.ask()
        self._wake.set()

    def resume(self) -> None:
        """Record again."""
        if self._app is not None:
            self._app.collector.pause.end()
        self._wake.set()

    def retry_parked(self) -> int:
        """
        Let what was refused for good be tried again now; return how many.

        Raises:
            OutboxError: It could not be noted.
        """
        return 0 if self._app is None else self._app.retry_parked()

    def reload(self) -> ConfigError | None:
        """
        Read the configuration again and go on with it; with a mistake in it the old one stays in force.

        Returns:
            What is wrong; None when the new configuration is in force.
        """
        error = self._configuration.reload(self._use)
        self._wake.set()
        return error

    def settings_changed(self) -> bool:
        """Say whether there is something to ``reload``: the ini was saved. For one thread, about once a second."""
        return self._configuration.changed()

    def needs(self) -> tuple[str, ...]:
        """Say what a human must do, as far as the sinks and the disk do not say it themselves."""
        needs = (
            self._store_error,
            self._configuration.need(),
            self._source_error,
            # Another data folder is another store: the one that is open is never left in the middle of a race.
            Said(
                "The laps stay in the former folder: dataDir has changed. Quit and start teamtactics to use the new "
                "one."
            )
            if self._store_dir not in (None, self.settings.data_dir)
            else None,
            None if self.log.path is not None else self.log.warning,
        )
        return tuple(need for need in needs if need)

    @property
    def _in_danger(self) -> bool:
        # Where there is no simulator nobody expects a recording of it.
        is_unread = self._source_error and (sys.platform == "win32" or self.settings.simulate is not None)
        return bool(self._store_error or is_unread) or self._configuration.in_danger

    def _use(self, before: Settings, settings: Settings) -> None:
        app = self._app
        if app is not None:
            app.use(settings, self._source() if settings.simulate != before.simulate or self._source_error else None)

    def _source(self) -> Source:
        from teamtactics.telemetry.opening import open_source

        try:
            source = open_source(self.settings.simulate, 1.0)
        except (SourceRefused, LayoutChanged) as error:
            self._source_error = error.said
            log.error("%s", error)
            return NoSource()
        self._source_error = None
        return source

    def _run(self) -> None:
        beat("opening", OPEN_LIMIT_S)
        while self._app is None and not self._stop.is_set():
            self._configuration.read_again(self._use, is_begun=False)
            error = self._configuration.error
            if error is not None and error.is_unread:
                # It may name another data folder: rather nothing yet than laps in two stores.
                self.board.look(None, self.needs())
                self._wait("read the configuration")
            else:
                self._open()
        app = self._app
        while app is not None and not self._stop.is_set():
            self._configuration.read_again(self._use, is_begun=True)
            beat("asking the local store", ASKING_LIMIT_S)
            self._on_status(self.board.look(app, self.needs(), in_danger=self._in_danger))
            app.upkeep.now_and_then()
            self._wait("renew the picture")
        if app is not None:
            beat("ending", STOP_S)
            app.close()

    def _open(self) -> None:
        """Open the store and begin; when that cannot be done now, say so for a few seconds."""
        try:
            with self._configuration.lock:
                self._begin()
        except Exception as error:
            # Whatever it was: nothing is recorded, which the icon says for as long as it lasts, and it is tried again.
            text = (
                error.said
                if isinstance(error, TeamtacticsError)
                else Said("Nothing can be recorded ({error}).", error=repr(error))
            )
            if text != self._store_error:
                log.error("%s", text, exc_info=not isinstance(error, TeamtacticsError))
            self._store_error = text
            until_s = time.monotonic() + RETRY_STORE_S
            while time.monotonic() < until_s and not self._stop.is_set():
                self.board.look(None, self.needs())
                self._wait("open the store again")
            beat("opening", OPEN_LIMIT_S)

    def _begin(self) -> None:
        # Loaded here, in the background, and not before the icon is there: store, race and cloud are two thirds of all.
        from teamtactics.service.app import App

        outbox = own_outbox(self.settings, "in the tray")
        app = None
        try:
            app = App(self.settings, self._source(), outbox=outbox)
            app.start()
            self._app, self._store_dir, self._store_error = app, self.settings.data_dir, None
        except BaseException:
            self._app = None
            (app or outbox).close()
            raise

    def _wait(self, purpose: str) -> None:
        beat(f"waiting to {purpose}")
        self._wake.wait(RENEW_EVERY_S)
        self._wake.clear()
