"""``teamtactics demo``: a scripted team race, two clients, one embedded store; no iRacing, no Google, no screen."""

from __future__ import annotations

import logging
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from rich.progress import BarColumn, Progress, TextColumn

from teamtactics.cli.console.output import say
from teamtactics.cli.console.progress import Told
from teamtactics.cli.console.trial import trial_folder
from teamtactics.cli.show import show
from teamtactics.demo.play import ScriptSource, default_script
from teamtactics.demo.script import Member, Script
from teamtactics.errors import ConfigError, OptionRefused, said_by
from teamtactics.language import _, joined, local
from teamtactics.model.events import Event, LapSeen, RunEvent, RunEventKind, SessionBegan
from teamtactics.model.facts import LapFacts
from teamtactics.race.tracker import Tracker
from teamtactics.recording.collector import Collector
from teamtactics.recording.narrator import line
from teamtactics.recording.writer import recording_directly
from teamtactics.service.app import OUTBOX_NAME, utc_now
from teamtactics.service.startup import read_settings
from teamtactics.store.store import Outbox

SLICE_TICKS = 30
"""The clients take turns of half a second of racing: as if the state reached the team-mate within that time."""


class Client:
    """One member's teamtactics: the real tracker, recorder and collector behind the member's own view of the race."""

    def __init__(
        self, script: Script, member: Member, speed: float | None, outbox: Outbox, tell: Callable[[Event], None]
    ) -> None:
        self.member = member
        self.source = ScriptSource(
            script, member.customer_id, speed, key=f"demo/{member.customer_id}", batch=SLICE_TICKS
        )
        self.tracker = Tracker()
        journal, writer = recording_directly(outbox)
        self.recorder = writer.recorder
        self.collector = Collector(self.source, self.tracker, journal, threading.Event(), on_event=self._tell)
        self.seen: list[LapFacts] = []
        self._on_event = tell

    def take_turn(self, others: Iterable[Client]) -> None:
        """Read half a second of the race, after what the team-mates have seen of it."""
        for other in others:
            self.tracker.learn(other.seen)
        self.seen.clear()
        self.collector.step()

    def _tell(self, event: Event) -> None:
        if isinstance(event, LapSeen):
            self.seen.append(event.facts)
        self._on_event(event)


class Teller:
    """Tells the race line by line: each thing once, though both clients see it, and everybody by name."""

    def __init__(self, script: Script, write: Callable[[str], None]) -> None:
        self._names = {member.customer_id: member.name for member in script.members}
        self._write = write
        self._session: int | None = None

    def tell(self, event: Event) -> None:
        """Write a line of *event*, if it is worth one."""
        if isinstance(event, SessionBegan):
            if event.session_num == self._session:
                return
            self._session = event.session_num
        if isinstance(event, RunEvent):
            if event.kind is RunEventKind.STATE_DUE:
                return
            # The session text names who has got in seconds later; the script knows him.
            driver = event.state.driver or self._names.get(event.state.customer_id or 0)
            event = replace(event, state=replace(event.state, driver=driver))
        if (text := line(event)) is not None:
            self._write(local(text))


def demo(laps: int, speed: float | None, data: Path | None, config: Path | None = None) -> int:
    """
    Play the race, tell it lap by lap, and show what is in the store afterwards.

    Args:
        speed: Times real time; None for as fast as it goes.

        data: Keep the store in this folder; None for a temporary one.

        config: Of the team's record, which a demo must not get into.

    Raises:
        TeamtacticsError: The race cannot be played with these laps, or the folder cannot be used.
    """
    try:
        script = default_script(laps)
    except ValueError as error:
        raise OptionRefused(joined(f"--laps {laps}:", said_by(error))) from error
    with _without_log():
        return _demo(script, speed, data, config)


@contextmanager
def _without_log() -> Iterator[None]:
    """Let the log say nothing meanwhile: what the collector logs is told on the console by the demo itself."""
    ours, nowhere = logging.getLogger("teamtactics"), logging.NullHandler()
    before = ours.propagate
    ours.addHandler(nowhere)
    ours.propagate = False
    try:
        yield
    finally:
        ours.propagate = before
        ours.removeHandler(nowhere)


def _demo(script: Script, speed: float | None, data: Path | None, config: Path | None) -> int:
    if data is None:
        with tempfile.TemporaryDirectory(prefix="teamtactics-demo-") as temporary:
            return _play(script, speed, Path(temporary))
    team: Path | None = None
    with suppress(ConfigError):  # the demo works whatever the ini says
        team = read_settings(config).data_dir
    folder = trial_folder("--data", data, team)
    code = _play(script, speed, folder)
    kept = _("The record is in {folder}; teamtactics show --data shows it again.").format(folder=folder)
    say(f"\n{kept}\n")
    return code


def _play(script: Script, speed: float | None, folder: Path) -> int:
    console, race = Told(), script.sessions[-1]
    drivers = _(" and ").join(member.name for member in script.members)
    laps = race.laps + race.cool_down_laps  # the lap home is recorded, too
    told = _("{team}: {drivers}, {laps} laps: {race} of the race and the lap home")
    told = told.format(team=script.team_name, drivers=drivers, laps=laps, race=race.laps)
    console.print(told, markup=False, highlight=False)
    outbox = Outbox.open(folder / OUTBOX_NAME, utc_now)
    try:
        began_s = time.monotonic()
        columns = (TextColumn(_("race")), BarColumn(), TextColumn("{task.fields[at]}"))
        with Progress(*columns, console=console, transient=True) as progress:
            task = progress.add_task(_("race"), total=laps, at="")
            teller = Teller(script, lambda text: progress.console.print(text, markup=False, highlight=False))

            clients = [Client(script, member, speed, outbox, teller.tell) for member in script.members]
            while not console.has_gone and (running := [one for one in clients if not one.source.has_ended]):
                for client in running:
                    client.take_turn(other for other in clients if other is not client)
                world = clients[0].source.world
                if world is not None:
                    done = max(0, world.lap_completed)
                    at = _("lap {lap}, {time:.0f} s").format(lap=min(done + 1, laps), time=world.session_time)
                    progress.update(task, completed=done, at=at)
            for client in clients:
                client.collector.close()
        if console.has_gone:  # nobody watches any more: ``demo | head``
            return 0
        took_s = time.monotonic() - began_s
        took = _("The race took {seconds:.1f} s. What is in the store now:").format(seconds=took_s)
        console.print(took, highlight=False)
        return show(outbox, "last", "table", sys.stdout)
    finally:
        outbox.close()
