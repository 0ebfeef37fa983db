"""``teamtactics replay``: a recording, or a tape, through the real collector, as if it were driven now."""

from __future__ import annotations

import logging
import sys
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from teamtactics.cli.console.output import say, write
from teamtactics.cli.console.progress import Told
from teamtactics.cli.console.trial import on_its_own, trial_folder
from teamtactics.cli.console.voice import complain
from teamtactics.cli.show import LAST, show
from teamtactics.errors import NotInStore, OptionRefused, OutboxError, SourceRefused
from teamtactics.language import Said, SaidOf, _, local
from teamtactics.model.events import Event, LapFinished
from teamtactics.service.app import App, outbox_path, utc_now
from teamtactics.service.past.excerpt import Clock, Excerpt
from teamtactics.service.past.settling import settle
from teamtactics.service.startup import log_settings, open_log, own_outbox, read_settings, stop_on_signals
from teamtactics.settings.settings import Settings
from teamtactics.store.store import Outbox
from teamtactics.telemetry.opening import open_source
from teamtactics.telemetry.recording import RecordingSource
from teamtactics.telemetry.tape.source import TapeSource

log = logging.getLogger(__name__)

REFRESH_S = 0.1
_OLD = timedelta(days=1)
"""What was driven longer ago hardly belongs into the record of a race that somebody follows."""


@dataclass(frozen=True, slots=True)
class Wish:
    """
    Where the laps are to go.

    Attributes:
        local: Only shown; neither kept nor delivered.

        data: Into a store of their own in this folder; not delivered.

        may_write_old: Into the team's collection without a question, however long ago they were driven.
    """

    local: bool = False
    data: Path | None = None
    may_write_old: bool = False


def replay(
    config: Path | None,
    recording: Path,
    speed: float | None,
    begin: Clock | None = None,
    end: Clock | None = None,
    wish: Wish | None = None,
) -> int:
    """
    Record and deliver *recording*; return when everything is delivered, without a cloud when it is stored.

    Args:
        speed: Times real time; None for as fast as it goes.

        begin, end: As if the client had been started then, and ended then; None for all of it.

        wish: None for the team's own record, and nothing old without a question.

    Raises:
        TeamtacticsError: The recording, the configuration or the data folder cannot be used.
    """
    settings, wish = read_settings(config), wish or Wish()
    is_excerpt = begin is not None or end is not None
    opened = open_source(recording, None if is_excerpt else speed)
    if not isinstance(opened, RecordingSource | TapeSource):
        opened.disconnect()
        raise SourceRefused(
            Said(
                "{path} is a memory image, which has no time to replay: use it as `simulate` in teamtactics.ini, "
                "or give an .ibt recording or a tape",
                path=recording,
            )
        )
    source = Excerpt(opened, begin, end, speed) if is_excerpt else opened
    if not wish.local and wish.data is None:
        if not (wish.may_write_old or may_write(settings, source.began_utc, recording.name)):
            say(_("Nothing was written. With --local it is only tried.") + "\n")
            return 1
        return _record(settings, source, recording)
    with ExitStack() as opened_here:
        if wish.data is None:
            made = TemporaryDirectory(prefix="teamtactics-replay-", ignore_cleanup_errors=True)
            folder = Path(opened_here.enter_context(made))
        else:
            folder = trial_folder("--data", wish.data, settings.data_dir)
        settings = on_its_own(settings, folder)
        code = _record(settings, source, recording)
        with Outbox.look(outbox_path(settings), utc_now) as outbox:
            if outbox.sessions():
                show(outbox, LAST, "table", sys.stdout)
        if wish.data is not None:
            kept = _("The record is in {folder}, and nothing has left this PC.").format(folder=folder)
            again = _("teamtactics show --data FOLDER shows it again.")
            say(f"\n{kept}\n{again}\n")
        else:
            say("\n" + _("Nothing of it was kept, and nothing has left this PC.") + "\n")
    return code


def may_write(settings: Settings, began_utc: datetime, name: str) -> bool:
    """
    Ask before old laps go where the team reads; what is young, or stays on this PC, needs no question.

    Args:
        began_utc: When they were recorded, by the word of the recording *name*.

    Raises:
        OptionRefused: Nobody can be asked.
    """
    cloud, age = settings.cloud, utc_now() - began_utc
    if age <= _OLD or not (cloud.firestore_configured or cloud.pubsub_configured):
        return True
    if cloud.firestore_configured:
        where = Said("the team's collection (project {project})", project=cloud.project_id)
    else:
        where = Said("the team's topic")
    time = f"{began_utc:%Y-%m-%d %H:%M}"
    found = SaidOf(
        "{name} was recorded on {time} UTC, a day ago",
        "{name} was recorded on {time} UTC, {count} days ago",
        age.days,
        name=name,
        time=time,
    )
    if sys.stdin is None or not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise OptionRefused(
            Said(
                "{found}, and would go into {where}: add --yes to write it there, or --local to only try it",
                found=found,
                where=where,
            )
        )
    into = _("{found}. Its laps go into {where}.").format(found=found.local(), where=where.local())
    write(sys.stderr, f"{into}\n" + _("Write them there? [y/N]") + " ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes", "j", "ja")


def _record(settings: Settings, source: RecordingSource | TapeSource | Excerpt, recording: Path) -> int:
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
        later = _("The team's collection cannot be read now; what its laps still lack follows with the next start")
        say(f"{later}\n")
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
    with Progress(*columns, console=Told(), transient=False) as progress:
        reading, is_told = progress.add_task(source.name, total=source.total), False
        while app.is_collecting and not app.wait(REFRESH_S):
            app.supervise()
            if isinstance(app.collecting.error, SourceRefused):
                raise app.collecting.error
            need = app.writer.need()
            if need is not None and app.writer.trouble is not None and not is_told:
                complain(local(need))  # whole, and where nobody sees the bar; it goes on when the disk takes data again
                is_told = True
            progress.update(reading, completed=source.position, description=local(need or source.name))
        progress.update(reading, completed=source.position, description=source.name)
        if not source.has_ended or app.is_collecting:
            return False
        delivering, most = progress.add_task(_("delivering"), visible=False), 0
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
    some = _("some") if waiting is None else waiting
    if collection is None:
        told = _("no session of a live race in it, nothing was recorded")
    elif laps:
        told = _("laps {first} to {last} in {session}").format(first=laps[0], last=laps[-1], session=collection)
    else:
        told = _("no new lap in {session}").format(session=collection)
    say(f"{recording.name}: {told}\n")
    if refusal is not None:
        left = _("Not delivered, {some} items wait in the local store: {why}")
        say(left.format(some=some, why=local(refusal)) + "\n")
        return 1
    if not is_complete:
        left = _("Stopped before the end; {some} items wait in the local store for the next start")
        say(left.format(some=some) + "\n")
        return 1
    return 0
