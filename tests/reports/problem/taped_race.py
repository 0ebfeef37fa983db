"""A member's PC after a race: store, tape, log and ini as a client leaves them, played as fast as it goes."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from race_sim.named_scripts import script_named
from race_sim.session_text import session_text
from teamtactics.demo import views
from teamtactics.demo.engine import ticks
from teamtactics.demo.script import Member, Script
from teamtactics.logs.setup import setup_logging
from teamtactics.model.frame import Frame
from teamtactics.model.session import SessionInfo
from teamtactics.race.tracker import Tracker
from teamtactics.recording.collector import Collector
from teamtactics.recording.journal import LIVE, Journal
from teamtactics.recording.taping import Taping
from teamtactics.recording.writer import Writer
from teamtactics.service.app import OUTBOX_NAME
from teamtactics.settings.load import load_settings
from teamtactics.settings.settings import Settings
from teamtactics.store.store import Outbox
from teamtactics.telemetry.session_text import parse_session_text
from teamtactics.telemetry.tape.folder import TAPES, TapeFolder

BEGAN = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=10)
AL, JUERGEN = Member(410001, "Al"), Member(410002, "Jürgen O'Straße")
RIVALS = ("Pat Rival", "Sam Rival")


class LiveRace:
    """The simulator of one member (see ``Source``): three ticks a reading."""

    name, key = "iRacing", LIVE
    missed_ticks, has_ended = 0, False
    missing_variables: Sequence[str] = ()
    derived_variables: Sequence[str] = ()

    def __init__(self, script: Script, member: int) -> None:
        self.info: SessionInfo | None = None
        self.text: bytes | None = None
        self._version = -1
        self._readings = self._all(script, member)

    def connect(self) -> bool:
        return True

    def read(self, timeout_s: float) -> Sequence[Frame]:  # noqa: ARG002
        frames = next(self._readings, ())
        self.has_ended = not frames
        return frames

    def utc_at(self, session_time_s: float) -> datetime:
        return BEGAN + timedelta(seconds=session_time_s)

    def disconnect(self) -> None:
        pass

    def _all(self, script: Script, member: int) -> Iterator[list[Frame]]:
        frames: list[Frame] = []
        for world in ticks(script):
            if world.text_version != self._version:
                self._version = world.text_version
                self.text = session_text(world, member).encode("latin-1")
                self.info = parse_session_text(self.text)
            frames.append(views.frame(world, member))
            if len(frames) == 3:
                yield frames
                frames = []


def script_of(name: str) -> Script:
    """Return a named script with people whose names are short, odd, and the team's."""
    script = script_named(name)
    members = [AL, JUERGEN, *script.members[2:]][: len(script.members)]
    return replace(script, members=tuple(members), team_name=None if script.team_name is None else AL.name)


class Pc:
    """One member's PC in *folder*: what he has set, and after ``race`` what there is of it."""

    def __init__(self, folder: Path) -> None:
        self.key = folder / "team-key-4711.json"
        self.ini = folder / "teamtactics.ini"
        self.ini.write_text(
            f"; the key of Al is {self.key}\n[global]\niracingId = {AL.customer_id}\n"
            f"googleAccessToken = {self.key.name}\nmessageTopic = projects/fast-project-77/topics/secret-topic-9\n"
            "proxy = http://alfons:pass1234@proxyhost:3128\nlogfile = irtactics.log\ndataDir = data\n",
            "utf-8",
        )
        self.key.write_text(
            '{"type": "service_account", "private_key": "-----BEGIN PRIVATE KEY-----\\nMIIabc"}', "utf-8"
        )
        self.data = folder / "data"
        self.log = folder / "irtactics.log"
        self.reports = folder / "reports"

    @property
    def settings(self) -> Settings:
        """As the ini says; without the cloud, for its key is none."""
        cloud_free = self.ini.read_text("utf-8").replace("googleAccessToken", ";googleAccessToken")
        self.ini.write_text(cloud_free, "utf-8")
        settings = load_settings(self.ini, self.ini.parent, {}, "linux")
        return replace(settings, google_access_token=self.key)

    def outbox(self) -> Outbox:
        return Outbox.look(self.data / OUTBOX_NAME, lambda: datetime.now(UTC))

    def race(self, script: Script, member: int = AL.customer_id) -> None:
        """Drive *script*; it is over when this returns."""
        self.data.mkdir(exist_ok=True)
        control = setup_logging(self.log, debug=False, console=False, fallback_dir=self.data)
        try:
            logging.getLogger("teamtactics").info(
                "key %s of fast-project-77, C:\\Users\\Alfons Berg\\data, mail al.berg@example.com", self.key
            )
            logging.getLogger("teamtactics").info("Jürgen is away; Jürgen O'Str… of member 410002, lap time 410001.25")
            with Outbox.open(self.data / OUTBOX_NAME, lambda: datetime.now(UTC)) as outbox:
                self._record(script, member, outbox)
        finally:
            control.close()

    def _record(self, script: Script, member: int, outbox: Outbox) -> None:
        taping = Taping(TapeFolder(self.data / TAPES))
        writers: list[Writer] = []
        journal = Journal(on_put=lambda: writers[0].work())
        writers.append(Writer(journal, outbox, lambda: None, write_before=lambda is_due: taping.write(to_disk=is_due)))
        source = LiveRace(script, member)
        Collector(source, Tracker(), journal, threading.Event(), expected_customer_id=member, tape=taping).run()
        writers[0].work()
        taping.write(to_disk=True)
