"""The running client behind the tray: opens the store, runs the app, looks after it, follows the configuration."""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from teamtactics.errors import ConfigError, LayoutChanged, OutboxError, SourceRefused, WorkerDied
from teamtactics.model.status import SimulatorState
from teamtactics.service.board import Board
from teamtactics.service.proxy import apply_proxy
from teamtactics.service.startup import open_log
from teamtactics.settings.first_ini import program_dir
from teamtactics.settings.load import load_settings, load_usable_settings
from teamtactics.settings.settings import Settings
from teamtactics.telemetry.no_source import NoSource

if TYPE_CHECKING:  # at run time they would be loaded before the icon is there
    from teamtactics.service.app import App
    from teamtactics.store.store import Outbox
    from teamtactics.telemetry.source import Source

log = logging.getLogger(__name__)

LOOK_EVERY_S = 1.0
RETRY_STORE_S = 5.0
"""How often a store that cannot be used is tried again."""
DEAD_RETRY_S = 30.0
"""How often a thread that keeps dying is begun again."""
DEATH_SHOWN_S = 60.0
"""So long the icon tells that a thread died and was begun again."""
STOP_S = 25.0
"""Longer than the app's own limits together; then the process may end with a thread that hangs."""


LEFT_OUT = "Until you correct and reload it, teamtactics goes on without what is wrong."
FORMER_STAYS = "Until you correct and reload it, the former configuration stays in force."


class Service:
    """
    Everything that runs behind the tray.

    Args:
        config: The ini that was named; None for the usual places.

        on_session: Called in the supervisor's thread when another session was joined.

    Attributes:
        board: Its status is what the tray shows.

    Threads: one of its own, ``supervisor``, owns the app. ``reload`` waits for it, ``close`` for everything; the rest
    returns at once.
    """

    def __init__(self, config: Path | None, on_session: Callable[[], None] = lambda: None) -> None:
        self.config = config
        self.board = Board()
        self.settings, self._config_error = load_usable_settings(config, program_dir(), os.environ, sys.platform)
        self._config_remedy = LEFT_OUT
        self._put_back_proxy = apply_proxy(self.settings.proxy, os.environ)
        self.log = open_log(self.settings, console=True)
        self._on_session = on_session
        self._app: App | None = None
        self._source_error: str | None = None
        self._store_error: str | None = None
        self._dead: str | None = None
        self._revived_s = 0.0
        self._store_dir: Path | None = None
        self._is_store_changed = False
        self._stop = threading.Event()
        self._wake = threading.Event()
        self._reloading = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="supervisor", daemon=True)

    @property
    def is_over(self) -> bool:
        """Whether everything has ended."""
        return self._stop.is_set() and not self._thread.is_alive()

    @property
    def configuration(self) -> Settings | ConfigError:
        """What a check is to look at: the settings, or what is wrong with the ini."""
        return self._config_error or self.settings

    @property
    def outbox(self) -> Outbox | None:
        """The local store; None while it cannot be used."""
        return None if self._app is None else self._app.outbox

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Ask everything to end."""
        self._stop.set()
        self._wake.set()

    def close(self, timeout_s: float = STOP_S) -> bool:
        """End everything in order; return whether it has ended in time."""
        self.stop()
        if self._thread.ident is not None:
            self._thread.join(timeout_s)
        ended = not self._thread.is_alive()
        log.info("ended in order" if ended else "not everything ended in time; what was collected is on disk")
        self.log.close()
        return ended

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

    def set_debug(self, on: bool) -> None:
        """Switch the detailed log on or off, until the configuration says otherwise."""
        self.log.set_debug(on)

    def reload(self) -> ConfigError | None:
        """
        Read the configuration again and go on with it; with a mistake in it the old one stays in force.

        Returns:
            What is wrong; None when the new configuration is in force.
        """
        with self._reloading:
            try:
                settings = load_settings(self.config, program_dir(), os.environ, sys.platform)
            except ConfigError as error:
                self._config_error, self._config_remedy = error, FORMER_STAYS
                log.error("the configuration is not taken over, the former one stays in force:\n%s", error)
                self._wake.set()
                return error
            self._config_error = None
            self._take_over(settings)
            self._wake.set()
            return None

    def needs(self) -> tuple[str, ...]:
        """Say what a human must do, as far as the sinks and the disk do not say it themselves."""
        return tuple(need for need in self._all_needs() if need)

    def _all_needs(self) -> Sequence[str | None]:
        return (
            None if self._config_error is None else config_need(self._config_error, self._config_remedy),
            self._store_error,
            self._source_error,
            self._dead,
            "dataDir has changed: quit and start teamtactics to use it." if self._is_store_changed else None,
            None if self.log.path is not None else self.log.warning,
        )

    def _take_over(self, settings: Settings) -> None:
        before, self.settings = self.settings, settings
        if settings.proxy != before.proxy:
            self._put_back_proxy()
            self._put_back_proxy = apply_proxy(settings.proxy, os.environ)
        if (settings.logfile, settings.secrets) != (before.logfile, before.secrets):
            self.log.close()
            self.log = open_log(settings, console=True)
        if settings.debug != logging.getLogger("teamtactics").isEnabledFor(logging.DEBUG):
            self.log.set_debug(settings.debug)
        app = self._app
        # Another data folder is another store: the one that is open is never left in the middle of a race.
        self._is_store_changed = self._store_dir not in (None, settings.data_dir)
        if app is not None:
            app.use(settings, self._source() if settings.simulate != before.simulate or self._source_error else None)
        log.info("the configuration was read again: %s", settings.ini_path or "none (defaults)")
        for warning in settings.warnings:
            log.warning("%s", warning)

    def _source(self) -> Source:
        from teamtactics.telemetry.opening import open_source

        try:
            source = open_source(self.settings.simulate, 1.0)
        except (SourceRefused, LayoutChanged) as error:
            self._source_error = str(error)
            log.error("%s", error)
            return NoSource()
        self._source_error = None
        return source

    def _run(self) -> None:
        try:
            app = self._open()
            if app is not None:
                self._supervise(app)
        finally:
            if self._app is not None:
                self._app.close()

    def _open(self) -> App | None:
        """Open the store, however long that takes; None when the program ends before."""
        # Loaded here, in the background, and not before the icon is there: store, race and cloud are two thirds of all.
        from teamtactics.service.app import App, open_outbox

        while not self._stop.is_set():
            settings = self.settings
            try:
                outbox = open_outbox(settings)
            except OutboxError as error:
                if self._store_error is None:
                    log.error("%s", error)
                self._store_error = str(error)
                self.board.look(None, self.needs())
                self._wait(RETRY_STORE_S)
                continue
            self._store_error, self._store_dir = None, settings.data_dir
            with self._reloading:
                self._app = App(self.settings, self._source(), outbox=outbox)
            self._app.start()
            return self._app
        return None

    def _supervise(self, app: App) -> None:
        collection: str | None = None
        while not self._stop.is_set():
            try:
                self._look_after(app)
                status = self.board.look(app, self.needs())
            except Exception as error:
                # Nobody looks after the one who looks after all: recording goes on without, and the icon says so.
                log.exception("the supervisor had an error")
                self._dead = f"teamtactics had an error ({error!r}); the log has the details."
                status = self.board.look(None, self.needs())
            if status.collection != collection and status.simulator is SimulatorState.CONNECTED:
                collection = status.collection
                self._on_session()
            self._wait(LOOK_EVERY_S)

    def _look_after(self, app: App) -> None:
        now_s = time.monotonic()
        try:
            app.supervise()
        except SourceRefused as error:
            self._dead = str(error)
            return
        except WorkerDied as error:
            # Given up by its own rule; for a race that goes on it is tried all the same, only not so often.
            if now_s - self._revived_s > DEAD_RETRY_S:
                self._revived_s = now_s
                log.error("%s; it is tried again every %.0f s", error, DEAD_RETRY_S)
                app.begin_dead_again()
            self._dead = str(error)
            return
        recent = [
            worker for worker in app.workers if worker.died_s is not None and now_s - worker.died_s < DEATH_SHOWN_S
        ]
        self._dead = f"{recent[0].name} had an error and was begun again; the log has the details." if recent else None

    def _wait(self, timeout_s: float) -> None:
        self._wake.wait(timeout_s)
        self._wake.clear()


def config_need(error: ConfigError, remedy: str) -> str:
    """Say in a sentence or two what is wrong with the configuration: the first mistake, and how many more."""
    wrong = [problem for problem in error.problems if not problem.is_warning]
    first = wrong[0]
    where = Path(first.file).name + ("" if first.line is None else f" line {first.line}")
    what = "" if first.key is None else f" {first.key}"
    more = "" if len(wrong) == 1 else f" ({len(wrong) - 1} more in the log)"
    return f"{where}:{what} {first.message}{more}. {remedy}"
