"""What every command does first: settings, proxy, log."""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path

from teamtactics import __version__
from teamtactics.logs.setup import LogControl, setup_logging
from teamtactics.service.app import outbox_path, utc_now
from teamtactics.service.proxy import apply_proxy
from teamtactics.settings.first_ini import program_dir
from teamtactics.settings.load import load_settings
from teamtactics.settings.settings import Settings
from teamtactics.store.store import Outbox

log = logging.getLogger(__name__)


def read_settings(config: Path | None) -> Settings:
    """
    Find and read the ini, and set the proxy before anything can ask the network.

    Raises:
        ConfigError: With every mistake in the file.
    """
    settings = load_settings(config, program_dir(), os.environ, sys.platform)
    apply_proxy(settings.proxy, os.environ)
    return settings


def begin_log(settings: Settings, *, console: bool) -> LogControl:
    """Open the log and write down what this run goes by; no secret is among it."""
    control = setup_logging(
        settings.logfile, settings.debug, console, fallback_dir=settings.data_dir, secrets=settings.secrets
    )
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
    return control


def open_outbox(settings: Settings) -> Outbox:
    """
    Open the local store; a damaged one has been moved aside, and that is said.

    Raises:
        OutboxError: It cannot be used; the text says why.
    """
    outbox = Outbox.open(outbox_path(settings), utc_now)
    if outbox.damaged_moved_to is not None:
        log.error("the local store was damaged; it was moved to %s and a new one begun", outbox.damaged_moved_to)
    return outbox
