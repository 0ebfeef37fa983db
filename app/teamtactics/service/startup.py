"""What every way to run begins with: settings, proxy, log, and the signals that end it."""

from __future__ import annotations

import logging
import os
import queue
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from teamtactics import __version__
from teamtactics.errors import ConfigError
from teamtactics.language import use
from teamtactics.logs.setup import LogControl, setup_logging
from teamtactics.service.proxy import apply_proxy, use_environment
from teamtactics.settings.first_ini import program_dir
from teamtactics.settings.load import load_settings
from teamtactics.settings.settings import Settings

if TYPE_CHECKING:
    from teamtactics.store.store import Outbox  # for the reason that own_outbox gives

log = logging.getLogger(__name__)


READ_AGAIN_S, READ_TIMES = 0.25, 12
"""A virus scanner, a backup or an editor holds a file for a second or two."""


def read_settings(config: Path | None, wait: Callable[[float], object] = time.sleep) -> Settings:
    """
    Find and read the ini, speak its language, and put environment and proxy in order before anything asks the network.

    What cannot be read at the moment is tried again for three seconds.

    Raises:
        ConfigError: With every mistake in the file.
    """
    settings = read_patiently(config, use_environment(os.environ), wait)
    use(settings.language)
    apply_proxy(settings.proxy, os.environ)
    return settings


def read_patiently(
    config: Path | None, environ: Mapping[str, str], wait: Callable[[float], object] = time.sleep
) -> Settings:
    """
    Find and read the ini; what cannot be read at the moment is tried again for three seconds.

    Raises:
        ConfigError: With every mistake in the file.
    """
    left = READ_TIMES
    while True:
        left -= 1
        try:
            return load_settings(config, program_dir(), environ, sys.platform)
        except ConfigError as error:
            if not (error.is_passing and left):
                raise
            wait(READ_AGAIN_S)


def open_log(settings: Settings, *, console: bool) -> LogControl:
    """Open the log of *settings*; it never holds their secrets."""
    return setup_logging(
        settings.logfile, settings.debug, console, fallback_dir=settings.data_dir, secrets=settings.secrets
    )


def log_settings(settings: Settings) -> None:
    """Write down what this run goes by; no secret is among it."""
    log.info("teamtactics %s, configuration %s", __version__, settings.ini_path or "none (defaults)")
    for warning in settings.warnings:
        log.warning("%s", warning)
    cloud = settings.cloud
    log.info(
        "data in %s; Firestore %s; Pub/Sub %s",
        settings.data_dir,
        cloud.project_id if cloud.firestore_configured else "not configured: everything stays on this PC",
        cloud.topic_path if cloud.pubsub_configured else "not configured",
    )


def stop_on_signals(stop: Callable[[], None]) -> None:
    """
    Let SIGINT and SIGTERM ask for an orderly end.

    Threads: *stop* is called in one of its own, ``signals``. Python runs a signal's handler in the main thread between
    any two of its steps, also while that holds a lock that *stop* needs, which then nobody would ever give back.
    """
    came: queue.SimpleQueue[None] = queue.SimpleQueue()

    def ask(_number: int, _frame: FrameType | None) -> None:
        came.put(None)  # the one thing of the standard library that a handler may do at any moment

    def wait() -> None:
        while True:
            came.get()
            stop()

    threading.Thread(target=wait, name="signals", daemon=True).start()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, ask)


def own_outbox(settings: Settings, command: str) -> Outbox:
    """
    Take the local store for *command* to write.

    Raises:
        OutboxHeld: Another process writes it.

        OutboxError: It can never be used; the text says why.
    """
    # Imported here: the tray shows its icon before it loads store, race and cloud, and takes the store in its own way.
    from teamtactics.service.app import outbox_path, utc_now
    from teamtactics.store.store import Outbox

    outbox = Outbox.own(outbox_path(settings), utc_now, f"teamtactics {command}")
    outbox.claim()
    return outbox
