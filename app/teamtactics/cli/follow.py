"""``teamtactics follow``: a team's session read along on a PC without a simulator. It writes nothing there."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from teamtactics.cli.console.output import say
from teamtactics.cli.console.trial import FOLLOWED_FOLDER
from teamtactics.cli.console.voice import complain
from teamtactics.cli.show import show
from teamtactics.errors import DeliveryError, OptionRefused
from teamtactics.language import Said, _, local
from teamtactics.model.mirror import Mirrored
from teamtactics.model.parcel import Document
from teamtactics.model.words import UNKNOWN, fixed, lap_time
from teamtactics.reports.known_laps import known_laps
from teamtactics.reports.page_files import PageFiles
from teamtactics.reports.summary import moment, number, whole, word
from teamtactics.reports.tables import printable
from teamtactics.service.app import utc_now
from teamtactics.service.clouds import collection_reader, session_finder
from teamtactics.service.startup import log_settings, open_log, own_outbox, read_settings, stop_on_signals
from teamtactics.settings.settings import Settings
from teamtactics.store.records import FOLLOWED
from teamtactics.store.store import Outbox, StoredSession
from teamtactics.team.catch_up import LOOK_EVERY_S, CatchUp, Reader
from teamtactics.team.newest import Newest, newest_session

_TOKEN = "followed"


def follow(config: Path | None, collection: str | None, *, once: bool) -> int:
    """
    Read a session along until SIGINT or SIGTERM: laps are told as they come, the page is renewed, all can be shown.

    Kept is it in a store of its own beside the own record: nothing of it is ever delivered.

    Args:
        collection: The session's collection; None for the team's newest.

        once: Read what is there, show it, and end.

    Returns:
        1 when it cannot be read, or there is nothing.

    Raises:
        TeamtacticsError: The configuration or the folder cannot be used.
    """
    settings = read_settings(config)
    if not settings.cloud.firestore_configured:
        raise OptionRefused(
            Said(
                "to follow a team the key file that its admin has sent must stand in teamtactics.ini as "
                "googleAccessToken; an account that may only read (roles/datastore.viewer) is enough"
            )
        )
    settings = replace(settings, data_dir=settings.data_dir / FOLLOWED_FOLDER)
    control = open_log(settings, console=False)
    try:
        log_settings(settings)
        with own_outbox(settings, "follow") as outbox:
            sessions = outbox.sessions()
            wanted = collection or _chosen(settings, [each.collection for each in sessions])
            if wanted is None:
                return 1
            return _Following(settings, outbox, wanted).run(once=once)
    finally:
        control.close()


def _chosen(settings: Settings, known: Sequence[str]) -> str | None:
    """
    Return the team's newest session, and say which it is; None, which is said too, where there is none.

    Args:
        known: Those that were followed before, the latest first; where nothing else can be seen, that one goes on.
    """
    last = next(iter(known), None)
    try:
        found = _newest(settings, last)
    except DeliveryError as error:
        hint = "" if known else f". {local(error.hint)}"  # else it comes with the reading
        unseen = _("which session is the newest cannot be seen: {error}").format(error=local(error.said))
        complain(f"{unseen}{hint}")
        found = None
    else:
        if found is None:
            complain(
                _(
                    "no session of a team stands there yet: the first one is there as soon as a member's teamtactics "
                    "has recorded something in it"
                )
            )
    if found is None:
        if last is not None:
            going_on = _("Going on with {session}, the latest that was followed")
            say(f"{going_on.format(session=printable(last))}\n")
        return last
    if found.collection in known:
        told = _("Going on with {session}: no session is newer; its last word is of {time} UTC")
    else:
        told = _("The team's newest session is {session}; its last word is of {time} UTC")
    say(told.format(session=printable(found.collection), time=f"{found.told_utc:%Y-%m-%d %H:%M}") + "\n")
    return found.collection


def _newest(settings: Settings, last: str | None) -> Newest | None:
    finder = session_finder(settings)
    try:
        return newest_session(finder, last)
    finally:
        finder.close()


class _Noted:
    """Reads a collection, and remembers why it could not."""

    def __init__(self, settings: Settings) -> None:
        self.error: DeliveryError | None = None
        self._settings = settings
        self._reader: Reader | None = None

    def changed(self, collection: str, since: int | None, after: Mirrored | None, page: int) -> Sequence[Mirrored]:
        self.error = None
        try:
            self._reader = self._reader or collection_reader(self._settings)
            return self._reader.changed(collection, since, after, page)
        except DeliveryError as error:
            self.error = error
            raise

    def close(self) -> None:
        reader, self._reader = self._reader, None
        if reader is not None:
            reader.close()


class _Following:
    """One collection, its copy here, and what of it was told."""

    def __init__(self, settings: Settings, outbox: Outbox, collection: str) -> None:
        self._outbox, self._collection, self._folder = outbox, collection, settings.data_dir
        self._reader = _Noted(settings)
        self._catch_up = CatchUp(lambda: self._reader, outbox, lambda: [collection], lambda _read: None)
        self._pages = PageFiles(utc_now, time.monotonic)
        self._told: dict[int, str] = {}
        self._last_error = ""

    def run(self, *, once: bool) -> int:
        stop = threading.Event()
        stop_on_signals(stop.set)
        try:
            if not self._look() and (once or self._reader.error is None):
                return 1
            session = self._outbox.latest_session(self._collection)
            if once:
                return show(self._outbox, self._collection, "table", sys.stdout) if session is not None else 1
            told = _("Following {session} until Ctrl-C; the page is {page}")
            say(told.format(session=printable(self._collection), page=self._folder / "laps.html") + "\n")
            self._tell()
            while not stop.wait(LOOK_EVERY_S):
                if self._look():
                    self._tell()
        finally:
            self._reader.close()
        return 0

    def _look(self) -> bool:
        """Read what is new; return whether anything is there. What stands in the way is said once."""
        self._catch_up.step()
        error = (
            "" if self._reader.error is None else f"{local(self._reader.error.said)}. {local(self._reader.error.hint)}"
        )
        if error:
            if error != self._last_error:
                complain(error)
            self._last_error = error
            return False
        self._last_error = ""
        documents = {each.doc_id: each.document for each in self._outbox.mirror(self._collection).documents}
        if not documents:
            nothing = _(
                "nothing stands in {session}: give the name as teamtactics show prints it at a member who drives"
            )
            complain(nothing.format(session=printable(self._collection)))
            return False
        self._keep(list(documents.values()))
        self._pages.write_newest(self._outbox, self._folder)
        return True

    def _keep(self, documents: Sequence[Document]) -> StoredSession:
        moments = sorted(at for each in documents if (at := moment(each, "Utc")) is not None) or [utc_now()]
        session = self._outbox.latest_session(self._collection)
        if session is None:
            session = self._outbox.begin_session(self._collection, _TOKEN, {FOLLOWED: True}, moments[0])
        if session.last_utc != moments[-1]:
            self._outbox.append(session.id, (), checkpoint=None, session_time_s=0.0, utc=moments[-1])
        return session

    def _tell(self) -> None:
        session = self._outbox.latest_session(self._collection)
        for lap in [] if session is None else known_laps(self._outbox, session):
            at, text = whole(lap, "LapCompleted") or 0, _line(lap)
            if self._told.get(at) != text:
                say((_("{lap} (corrected)").format(lap=text) if at in self._told else text) + "\n")
                self._told[at] = text


def _line(lap: Document) -> str:
    who = printable(word(lap, "Driver") or UNKNOWN)
    return _("lap {lap} ({stint}/{stint_lap}) {time}, {driver}, fuel {fuel} L, used {used} L").format(
        lap=fixed(whole(lap, "LapCompleted")),
        stint=fixed(whole(lap, "Stint")),
        stint_lap=fixed(whole(lap, "StintLap")),
        time=lap_time(number(lap, "LapLastLapTime")),
        driver=who,
        fuel=fixed(number(lap, "FuelLevel"), 2),
        used=fixed(number(lap, "FuelUsed"), 2),
    )
