"""``teamtactics run --headless``: collect and deliver until told to stop."""

from __future__ import annotations

import logging
from pathlib import Path

from teamtactics.service.app import App
from teamtactics.service.startup import log_settings, open_log, own_outbox, read_settings, stop_on_signals
from teamtactics.service.supervision import Supervision
from teamtactics.telemetry.opening import open_source

log = logging.getLogger(__name__)


def run_headless(config: Path | None) -> int:
    """
    Collect and deliver until SIGINT or SIGTERM; return the exit code.

    Raises:
        TeamtacticsError: It cannot work; the text says what to do.
    """
    settings = read_settings(config)
    control = open_log(settings, console=True)
    logging_on = Supervision(lambda: control.workers)
    try:
        log_settings(settings)
        outbox = own_outbox(settings, "run --headless")
        source = open_source(settings.simulate, 1.0)
        app = App(settings, source, outbox=outbox)
        stop_on_signals(app.stop)
        app.start()
        try:
            while not app.wait():
                app.supervise()
                logging_on.look()
                if source.has_ended and not app.is_collecting:
                    break
        finally:
            app.close()
        if not app.writer.backlog:
            log.info("ended in order")
    finally:
        control.close()
    return 0
