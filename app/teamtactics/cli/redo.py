"""``teamtactics redo``: the tapes of a session through the rules of this version, and what comes out differently."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.progress import Progress

from teamtactics.cli.console.output import is_ascii_only, say, terminal_width
from teamtactics.cli.console.progress import Told
from teamtactics.cli.console.voice import complain
from teamtactics.cli.show import LAST, find_session
from teamtactics.contract.facts_text import write_facts
from teamtactics.desktop.single_instance import SingleInstance
from teamtactics.language import _, local, n_
from teamtactics.model.facts import LapFacts
from teamtactics.model.parcel import Value
from teamtactics.reports.known_laps import known_laps, seen_laps
from teamtactics.reports.tables import differences_table, printable
from teamtactics.service.app import App, outbox_path, utc_now
from teamtactics.service.past.playing import play
from teamtactics.service.past.revision import differences, needed, revise, with_revised
from teamtactics.service.past.settling import NothingToRead, settle
from teamtactics.service.startup import open_log, own_outbox, read_settings
from teamtactics.settings.places import is_there
from teamtactics.settings.settings import Settings
from teamtactics.store.store import Outbox, OwnLap, StoredSession
from teamtactics.telemetry.tape.folder import TAPES, TapeFolder


def redo(config: Path | None, session: str | None, *, may_write: bool) -> int:
    """
    Show what the rules of this version make of a session's tapes otherwise than what is recorded.

    Args:
        session: Number, collection id or ``last``; None for the last one.

        may_write: Correct it, here and in the team's collection; else nothing is written anywhere.

    Raises:
        TeamtacticsError: Configuration, local store or tapes cannot be used.
    """
    settings = read_settings(config)
    path = outbox_path(settings)
    if not is_there(path):
        complain(_("nothing is recorded yet: there is no {path}").format(path=path))
        return 1
    if not may_write:
        with Outbox.look(path, utc_now) as outbox:
            return _redo(settings, outbox, session, may_write=False)
    instance = SingleInstance(os.environ)
    control = None
    try:
        if not instance.is_first:
            complain(_("it runs in the tray and writes the record: end it, then correct"))
            return 1
        control = open_log(settings, console=False)
        outbox = own_outbox(settings, "redo")
        try:
            return _redo(settings, outbox, session, may_write=True)
        finally:
            outbox.close()
    finally:
        if control is not None:
            control.close()
        instance.close()


def _redo(settings: Settings, outbox: Outbox, wanted: str | None, *, may_write: bool) -> int:
    session = find_session(outbox.sessions(), wanted or LAST, sys.stderr)
    if session is None:
        return 1
    say(_("Session {number}: {name}").format(number=session.id, name=printable(session.collection)) + "\n")
    tapes = _tapes(settings, session)
    if not tapes:
        none = _("there is no tape of it in {folder}: the last three sessions are kept")
        complain(none.format(folder=settings.data_dir / TAPES))
        return 1
    with Progress(console=Told(), transient=True) as progress:
        bars = {tape: progress.add_task(tape.name, total=1.0) for tape in tapes}
        played = play(
            tapes,
            session,
            settings.iracing_id,
            utc_now,
            lambda tape, share: progress.update(bars[tape], completed=share),
        )
    then = seen_laps(outbox, session)
    revision = revise(then, played.facts, played.on_tape)
    was = known_laps(outbox, session)
    found = differences(was, known_laps(outbox, session, with_revised(then, revision.facts)))
    for lap, why in sorted(revision.left.items()):
        say(_("Lap {lap} stays as it is: {why}.").format(lap=lap, why=local(why)) + "\n")
    if not found:
        say(_("These rules make the same of it: nothing to correct.") + "\n")
        return 0
    rows = [(each.lap, each.name, _text(each.was), _text(each.now)) for each in found]
    out = sys.stdout
    say(differences_table(rows, ascii_only=is_ascii_only(out), width=terminal_width(out)))
    laps = len({each.lap for each in found})
    if not may_write:
        would = n_(
            "{count} lap would be corrected; nothing is written without --write.",
            "{count} laps would be corrected; nothing is written without --write.",
            laps,
        )
        say(f"{would.format(count=laps)}\n")
        return 0
    facts = needed(revision, found)
    _keep(outbox, session, facts)
    done = n_("{count} lap corrected on this PC.", "{count} laps corrected on this PC.", laps)
    say(f"{done.format(count=laps)}\n")
    return _tell(settings, outbox, session)


def _tapes(settings: Settings, session: StoredSession) -> Sequence[Path]:
    number = session.event if isinstance(session.event, int) else 0
    return TapeFolder(settings.data_dir / TAPES).of(number, session.began_utc, session.last_utc)


def _keep(outbox: Outbox, session: StoredSession, facts: Sequence[LapFacts]) -> None:
    outbox.append(
        session.id,
        (),
        checkpoint=session.checkpoint,
        session_time_s=session.last_session_time_s,
        utc=session.last_utc,
        own_laps=[OwnLap(each.lap, each.member, write_facts(each)) for each in facts],
    )


def _tell(settings: Settings, outbox: Outbox, session: StoredSession) -> int:
    if not settings.cloud.firestore_configured:
        return 0
    app = App(settings, NothingToRead(), outbox=outbox)
    app.start()
    try:
        is_there = settle(app, session.collection)
        refusal = app.deliveries.refusal()
    finally:
        app.close()
    if is_there:
        say(_("The team's collection has it.") + "\n")
        return 0
    why = f": {local(refusal)}" if refusal else ""
    left = _("Not all of it is in the team's collection yet{why}. The next start of teamtactics goes on.")
    say(f"{left.format(why=why)}\n")
    return 1


def _text(value: Value) -> str:
    if value is None:
        return "-"
    return f"{value:.3f}" if isinstance(value, float) else printable(str(value))
