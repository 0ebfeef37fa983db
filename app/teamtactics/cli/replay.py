"""``teamtactics replay``: a recording, or a tape, through the real collector, as if it were driven now."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from teamtactics.errors import NotInStore, OutboxError, SourceRefused
from teamtactics.model.events import Event, LapFinished
from teamtactics.service.app import App
from teamtactics.service.past.excerpt import Clock, Excerpt
from teamtactics.service.past.settling import settle
from teamtactics.service.startup import log_settings, open_log, own_outbox, read_settings, stop_on_signals
from teamtactics.telemetry.opening import open_source
from teamtactics.telemetry.recording import RecordingSource
from teamtactics.telemetry.tape.source import TapeSource

log = logging.getLogger(__name__)

REFRESH_S = 0.1


def replay(
    config: Path | None, recording: Path, speed: float | None, begin: Clock | None = None, end: Clock | None = None
) -> int:
    """
    Record and deliver *recording*; return when everything is delivered, without a cloud when it is stored.

    Args:
        speed: Times real time; None for as fast as it goes.

        begin, end: As if the client had been started then, and ended then; None for all of it.

    Raises:
        TeamtacticsError: The recording, the configuration or the data folder cannot be used.
    """
    settings = read_settings(config)
    is_excerpt = begin is not None or end is not None
    source: RecordingSource | TapeSource | Excerpt
    opened = open_source(recording, None if is_excerpt else speed)
    if not isinstance(opened, RecordingSource | TapeSource):
        opened.disconnect()
        raise SourceRefused(
            f"{recording} is a memory image, which has no time to replay: use it as `simulate` in teamtactics.ini, "
            "or give an .ibt recording or a tape"
        )
    source = Excerpt(opened, begin, end, speed) if is_excerpt else opened
    control = open_log(settings, console=False)
    laps: list[int] = []

    def count(event: Event) -> None:
        if isinstance(event, LapFinished):
            laps.append(event.record.lap_completed)

    try:
        log_settings(settings)
        app = App(settings, source, on_event=count, outbox=own_outbox(settings, "replay"))
        stop_on_signals(app.stop)
        app.start()
        try:
            is_complete = _watch(app, source)
            # Of laps that others told of, or of which it saw a part, what is lacking shows when the collection is read.
            is_told = not is_complete or app.collector.collection is None or settle(app, app.collector.collection)
            refusal = app.deliveries.refusal()
            waiting = _waiting(app)
            collection = app.collector.collection
        finally:
            app.close()
    finally:
        control.close()
    if (left := app.writer.left_over()) is not None:
        raise NotInStore(left)
    code = _report(recording, collection, laps, is_complete, waiting, refusal)
    if code == 0 and not is_told:
        sys.stdout.write(
            "The team's collection cannot be read now; what its laps still lack follows with the next start\n"
        )
        return 1
    return code


def _watch(app: App, source: RecordingSource | TapeSource | Excerpt) -> bool:
    """Show how far it is; return whether all was read and delivered."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, transient=False) as progress:
        reading = progress.add_task(source.name, total=source.total)
        while app.is_collecting and not app.wait(REFRESH_S):
            app.supervise()
            if isinstance(app.collecting.error, SourceRefused):
                raise app.collecting.error
            progress.update(reading, completed=source.position, description=app.writer.need() or source.name)
        progress.update(reading, completed=source.position, description=source.name)
        if not source.has_ended or app.is_collecting:
            return False
        delivering, most = progress.add_task("delivering", visible=False), 0
        while (left := _waiting(app)) != 0 and app.deliveries.refusal() is None:
            if left is not None:
                most = max(most, left)
                progress.update(delivering, visible=True, total=most, completed=most - left)
            if app.wait(REFRESH_S):
                return False
            app.supervise()
        progress.update(delivering, completed=most - (left or 0))
    return left == 0


def _waiting(app: App) -> int | None:
    """Count what is to be delivered; None while somebody holds the store, which passes."""
    try:
        return app.waiting()
    except OutboxError as error:
        log.warning("not counted what waits: %s", error)
        return None


def _report(
    recording: Path,
    collection: str | None,
    laps: list[int],
    is_complete: bool,
    waiting: int | None,
    refusal: str | None,
) -> int:
    out, some = sys.stdout, "some" if waiting is None else waiting
    if collection is None:
        out.write(f"{recording.name}: no session of a live race in it, nothing was recorded\n")
    else:
        told = f"laps {laps[0]} to {laps[-1]}" if laps else "no new lap"
        out.write(f"{recording.name}: {told} in {collection}\n")
    if refusal is not None:
        out.write(f"Not delivered, {some} items wait in the local store: {refusal}\n")
        return 1
    if not is_complete:
        out.write(f"Stopped before the end; {some} items wait in the local store for the next start\n")
        return 1
    return 0
