"""``teamtactics run --headless``: collect and deliver until told to stop."""

from __future__ import annotations

import logging
import threading
from pathlib import Path

from teamtactics.errors import LayoutChanged, NotInStore, OutboxError, SourceRefused
from teamtactics.reports.record_check import check_record
from teamtactics.reports.session_end import Followed, over
from teamtactics.service.app import SUPERVISE_EVERY_S, App, utc_now
from teamtactics.service.board import Board
from teamtactics.service.configuration import TAKE_OVER_LIMIT_S, Configuration
from teamtactics.service.startup import log_settings, own_outbox, stop_on_signals
from teamtactics.service.supervision import ASKING_LIMIT_S, BOARD, OLD_PICTURE_S, Supervision
from teamtactics.settings.settings import Settings
from teamtactics.store.store import Outbox
from teamtactics.telemetry.opening import open_source
from teamtactics.worker import Worker, beat

log = logging.getLogger(__name__)


def run_headless(config: Path | None) -> int:
    """
    Collect and deliver until SIGINT or SIGTERM; return the exit code.

    Raises:
        TeamtacticsError: It cannot work; the text says what to do.
    """
    configuration = Configuration.sound(config)
    pictures: list[Worker] = []
    beside = Supervision(lambda: [*configuration.log.workers, *pictures])
    try:
        settings = configuration.settings
        log_settings(settings)
        outbox = own_outbox(settings, "run --headless")
        app = App(settings, open_source(settings.simulate, 1.0), outbox=outbox)
        picture = Worker(BOARD, _Beside(app, configuration).run, OLD_PICTURE_S)
        pictures.append(picture)
        stop_on_signals(app.stop)
        app.start()
        picture.start()
        try:
            while not app.wait():
                app.supervise()
                beside.look()
                if app.collector.source.has_ended and not app.is_collecting:
                    break
        finally:
            picture.end()
            picture.join(SUPERVISE_EVERY_S)
            app.close()
        if (left := app.writer.left_over()) is None:
            log.info("ended in order")
    finally:
        configuration.log.close()
    if left is not None:
        raise NotInStore(left)
    return 0


class _Beside:
    """
    What goes on beside the recording, once a second.

    Threads: ``board``. Whatever goes wrong in it, what records goes on.
    """

    def __init__(self, app: App, configuration: Configuration) -> None:
        self._app, self._configuration = app, configuration
        self._board = Board()
        self._followed = Followed()
        self._source_error: str | None = None

    def run(self, stop: threading.Event) -> None:
        """Look at everything as where an icon shows it: the team is told of the same needs. Follow the ini."""
        while not stop.is_set():
            beat("asking the local store", ASKING_LIMIT_S)
            status = self._board.look(self._app, self._needs(), in_danger=self._configuration.in_danger)
            self._followed, ended = over(self._followed, status)
            if ended is not None:
                _check_record(self._app.outbox, ended)
            beat("taking over the configuration", TAKE_OVER_LIMIT_S)
            if self._configuration.changed():
                self._configuration.reload(self._use)
            beat("waiting to renew the picture")
            stop.wait(SUPERVISE_EVERY_S)

    def _needs(self) -> list[str]:
        return [need for need in (self._configuration.need(), self._source_error) if need is not None]

    def _use(self, before: Settings, settings: Settings) -> None:
        source = None
        if settings.simulate != before.simulate or self._source_error is not None:
            try:
                source, self._source_error = open_source(settings.simulate, 1.0), None
            except (SourceRefused, LayoutChanged) as error:
                self._source_error = error.said
                log.error("%s; the former one is read on", error)
        self._app.use(settings, source)


def _check_record(outbox: Outbox, collection: str) -> None:
    """Write into the log whether the record of a session that is over is whole."""
    try:
        check_record(outbox, utc_now(), collection)
    except OutboxError as error:
        log.warning("whether the record of %s is whole cannot be said now: %s", collection, error)
