"""``teamtactics run --headless``: collect and deliver until told to stop."""

from __future__ import annotations

import logging
import signal
from pathlib import Path
from types import FrameType

from teamtactics.cli.startup import begin_log, open_outbox, read_settings
from teamtactics.service.app import App
from teamtactics.telemetry.opening import open_source

log = logging.getLogger(__name__)


def run(config: Path | None) -> int:
    """
    Collect and deliver until SIGINT or SIGTERM; return the exit code.

    Raises:
        TeamtacticsError: It cannot work; the text says what to do.
    """
    settings = read_settings(config)
    control = begin_log(settings, console=True)
    try:
        source = open_source(settings.simulate, 1.0)
        app = App(settings, source, outbox=open_outbox(settings))
        stop_on_signals(app)
        app.start()
        try:
            while not app.wait():
                app.supervise()
                if source.has_ended:
                    break
        finally:
            app.close()
        log.info("ended in order")
    finally:
        control.close()
    return 0


def stop_on_signals(app: App) -> None:
    """Let SIGINT and SIGTERM ask *app* for an orderly end."""

    def ask(_number: int, _frame: FrameType | None) -> None:
        app.stop()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, ask)
