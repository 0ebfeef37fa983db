"""``teamtactics demo``: a scripted team race, two clients, one embedded store; no iRacing, no Google, no screen."""

from __future__ import annotations

import logging
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from teamtactics.cli.show import show
from teamtactics.demo.play import ScriptSource, default_script
from teamtactics.demo.script import Member, Script
from teamtactics.errors import ConfigError, Problem
from teamtactics.model.events import Event, LapSeen, RunEvent, RunEventKind
from teamtactics.model.facts import LapFacts
from teamtactics.race.tracker import Tracker
from teamtactics.recording.collector import Collector
from teamtactics.recording.narrator import line
from teamtactics.recording.writer import recording_directly
from teamtactics.service.app import OUTBOX_NAME, utc_now
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


def demo(laps: int, speed: float | None, data: Path | None) -> int:
    """
    Play the race, tell it lap by lap, and show what is in the store afterwards.

    Args:
        speed: Times real time; None for as fast as it goes.

        data: Keep the store in this folder; None for a temporary one.

    Raises:
        TeamtacticsError: The race cannot be played with these laps, or the folder cannot be used.
    """
    try:
        script = default_script(laps)
    except ValueError as error:
        raise ConfigError([Problem("--laps", None, None, None, str(error))]) from error
    # The collector's log lines are told on the console by the demo itself.
    logging.getLogger("teamtactics").addHandler(logging.NullHandler())
    logging.getLogger("teamtactics").propagate = False
    if data is None:
        with tempfile.TemporaryDirectory(prefix="teamtactics-demo-") as folder:
            return _play(script, speed, Path(folder))
    try:
        data.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        why = f"can be no folder ({error.strerror or error}); name another one"
        raise ConfigError([Problem("--data", None, None, str(data), why)]) from error
    return _play(script, speed, data)


def _play(script: Script, speed: float | None, folder: Path) -> int:
    console = Console()
    drivers = " and ".join(member.name for member in script.members)
    console.print(f"{script.team_name}: {drivers}, {script.sessions[-1].laps} laps", markup=False, highlight=False)
    outbox = Outbox.open(folder / OUTBOX_NAME, utc_now)
    try:
        began_s = time.monotonic()
        columns = (TextColumn("race"), BarColumn(), TextColumn("{task.fields[at]}"))
        with Progress(*columns, console=console, transient=True) as progress:
            task = progress.add_task("race", total=script.sessions[-1].laps, at="")

            def tell(event: Event) -> None:
                text = line(event)
                if text is not None and not (isinstance(event, RunEvent) and event.kind is RunEventKind.STATE_DUE):
                    progress.console.print(text, markup=False, highlight=False)

            clients = [Client(script, member, speed, outbox, tell) for member in script.members]
            while running := [client for client in clients if not client.source.has_ended]:
                for client in running:
                    client.take_turn(other for other in clients if other is not client)
                world = clients[0].source.world
                if world is not None:
                    done = max(0, world.lap_completed)
                    progress.update(task, completed=done, at=f"lap {done + 1}, {world.session_time:.0f} s")
            for client in clients:
                client.collector.close()
        took_s = time.monotonic() - began_s
        console.print(f"The race took {took_s:.1f} s. What is in the store now:", highlight=False)
        return show(outbox, "last", "table", sys.stdout)
    finally:
        outbox.close()
