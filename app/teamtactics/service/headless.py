"""``teamtactics run --headless``: collect and deliver until told to stop."""

from __future__ import annotations

import logging
import threading
from functools import partial
from pathlib import Path

from teamtactics.errors import NotInStore, OutboxError
from teamtactics.reports.record_check import check_record
from teamtactics.reports.session_end import Followed, over
from teamtactics.service.app import SUPERVISE_EVERY_S, App, utc_now
from teamtactics.service.board import Board
from teamtactics.service.startup import log_settings, open_log, own_outbox, read_settings, stop_on_signals
from teamtactics.service.supervision import ASKING_LIMIT_S, BOARD, OLD_PICTURE_S, Supervision
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
    settings = read_settings(config)
    control = open_log(settings, console=True)
    others = list(control.workers)
    beside = Supervision(lambda: others)
    try:
        log_settings(settings)
        outbox = own_outbox(settings, "run --headless")
        source = open_source(settings.simulate, 1.0)
        app = App(settings, source, outbox=outbox)
        picture = Worker(BOARD, partial(_look, app, Board()), OLD_PICTURE_S)
        others.append(picture)
        stop_on_signals(app.stop)
        app.start()
        picture.start()
        try:
            while not app.wait():
                app.supervise()
                beside.look()
                if source.has_ended and not app.is_collecting:
                    break
        finally:
            picture.end()
            picture.join(SUPERVISE_EVERY_S)
            app.close()
        if (left := app.writer.left_over()) is None:
            log.info("ended in order")
    finally:
        control.close()
    if left is not None:
        raise NotInStore(left)
    return 0


def _look(app: App, board: Board, stop: threading.Event) -> None:
    """
    Look at everything once a second, as where an icon shows it: the team is told of the same needs.

    Threads: ``board``. Whatever goes wrong in it, what records goes on.
    """
    followed = Followed()
    while not stop.is_set():
        beat("asking the local store", ASKING_LIMIT_S)
        followed, ended = over(followed, board.look(app, ()))
        if ended is not None:
            _check_record(app.outbox, ended)
        beat("waiting to renew the picture")
        stop.wait(SUPERVISE_EVERY_S)


def _check_record(outbox: Outbox, collection: str) -> None:
    """Write into the log whether the record of a session that is over is whole."""
    try:
        check_record(outbox, utc_now(), collection)
    except OutboxError as error:
        log.warning("whether the record of %s is whole cannot be said now: %s", collection, error)
