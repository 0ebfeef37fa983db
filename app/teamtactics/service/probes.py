"""The attempts of a check that need the outside world: cloud, simulator, recording, proxy."""

from __future__ import annotations

import socket
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from teamtactics.delivery.ports import Sink
from teamtactics.errors import ConfigError
from teamtactics.model.usage import NO_USAGE, Usage, quota_day
from teamtactics.reports.check import CheckProbes
from teamtactics.service.app import outbox_path, utc_now
from teamtactics.service.clouds import firestore_sink, pubsub_sink
from teamtactics.settings.settings import Settings, Unsound
from teamtactics.store.store import Outbox
from teamtactics.telemetry.iracing import IracingSource
from teamtactics.telemetry.opening import open_source

_PROXY_LIMIT_S = 5.0


def probes(settings: Settings | ConfigError) -> CheckProbes:
    """Wire the attempts; each has a deadline of its own. With mistakes in them they go by what is sound."""
    sound = settings.sound if isinstance(settings, Unsound) else settings

    def ask(make: Callable[[Settings], Sink]) -> Callable[[], str]:
        def probe() -> str:
            assert not isinstance(sound, ConfigError), "what nobody could read names no sink"
            sink = make(sound)
            try:
                return sink.check()
            finally:
                sink.close()

        return probe

    def usage() -> Usage:
        if isinstance(sound, ConfigError) or not outbox_path(sound).exists():
            return NO_USAGE
        with Outbox.look(outbox_path(sound), utc_now) as outbox:
            return outbox.usage(quota_day(utc_now()))

    return CheckProbes(ask(firestore_sink), ask(pubsub_sink), _simulator_runs, _opens, proxy=_why_no_proxy, usage=usage)


def _simulator_runs() -> bool:
    """
    Tell whether the simulator answers.

    Raises:
        SourceRefused: It cannot run on this system.
    """
    source = IracingSource()
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
