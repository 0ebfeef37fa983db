"""``teamtactics check`` and ``teamtactics show``: look at things, change nothing."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from teamtactics.cli.show import Format, show
from teamtactics.cli.startup import open_outbox, read_settings
from teamtactics.delivery.courier import Sink
from teamtactics.errors import ConfigError, SourceRefused
from teamtactics.reports.check import CheckProbes, exit_code, print_results, run_checks
from teamtactics.service.app import outbox_path
from teamtactics.service.clouds import firestore_sink, pubsub_sink
from teamtactics.service.proxy import apply_proxy
from teamtactics.settings.first_ini import program_dir
from teamtactics.settings.load import load_settings
from teamtactics.settings.settings import Settings
from teamtactics.telemetry.iracing import IracingSource
from teamtactics.telemetry.opening import open_source

_PROXY_LIMIT_S = 5.0


def check_everything(config: Path | None) -> int:
    """Check all that must work on race day, print a line for each; return 1 when one failed."""
    settings: Settings | ConfigError
    try:
        settings = load_settings(config, program_dir(), os.environ, sys.platform)
    except ConfigError as error:
        settings = error
    # Also with a broken ini: the simulator is asked on this PC, never through a proxy of the environment.
    apply_proxy(None if isinstance(settings, ConfigError) else settings.proxy, os.environ)
    results = run_checks(settings, probes(settings))
    print_results(results, sys.stdout)
    return exit_code(results)


def show_recorded(config: Path | None, session: str | None, form: Format) -> int:
    """
    Print what is recorded; return 1 when there is no such session.

    Raises:
        TeamtacticsError: The configuration or the local store cannot be used.
    """
    settings = read_settings(config)
    path = outbox_path(settings)
    if not path.exists():
        sys.stderr.write(f"Nothing is recorded yet: there is no {path}.\n")
        return 1
    with open_outbox(settings) as outbox:
        return show(outbox, session, form, sys.stdout)


def probes(settings: Settings | ConfigError) -> CheckProbes:
    """Wire the attempts of ``check`` that need the outside world."""

    def ask(make: Callable[[Settings], Sink]) -> Callable[[], str]:
        def probe() -> str:
            assert not isinstance(settings, ConfigError), "a broken configuration names no sink"
            sink = make(settings)
            try:
                return sink.check()
            finally:
                sink.close()

        return probe

    return CheckProbes(ask(firestore_sink), ask(pubsub_sink), _simulator_runs, _opens, proxy=_why_no_proxy)


def _simulator_runs() -> bool:
    """Tell whether the simulator answers; on a system where it cannot run it does not."""
    try:
        source = IracingSource()
    except SourceRefused:
        return False
    try:
        return source.connect()
    finally:
        source.disconnect()


def _why_no_proxy(proxy: str) -> str | None:
    where = urlsplit(proxy)
    try:
        socket.create_connection((where.hostname or "", where.port or 80), _PROXY_LIMIT_S).close()
    except OSError as error:
        return error.strerror or str(error)
    return None


def _opens(path: Path) -> str:
    source = open_source(path)
    try:
        source.connect()
        frames = source.read(1.0)
        info = source.info
    finally:
        source.disconnect()
    when: datetime | None = source.utc_at(frames[0].session_time) if frames else None
    track = info.track_name if info is not None else "no session text"
    return f"{path} can be read: {track}" + (f", {when:%Y-%m-%d}" if when is not None and source.key != "live" else "")
