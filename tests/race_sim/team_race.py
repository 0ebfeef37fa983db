"""
One scripted race told to a whole team: a memory image and a real client process for each member, and what goes wrong.

    race = TeamRace(script, Faults(), tmp_path, firestore="127.0.0.1:1234", pubsub="127.0.0.1:2345")
    outcome = race.run()

The world is played here; the clients are processes that keep step with it (``client_process``), or, with ``rate``, the
product's own ``teamtactics run --headless`` in real time. Every process is ended, by its id, whatever happens.
"""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from e2e.client import TOPIC
from race_sim import truth
from race_sim.faults import RATE, Agenda, Faults, Outage, Running, SimulatorRestart
from race_sim.image_race import ImageRace, Shown
from race_sim.lockstep import RING, Lockstep
from race_sim.team_clients import TeamClients
from support.firestore_reader import FirestoreReader
from support.pubsub_reader import PubSubReader, Received
from teamtactics.demo.engine import ticks
from teamtactics.demo.script import Script
from teamtactics.demo.world import World

log = logging.getLogger(__name__)

_DELIVER_LIMIT_S = 15.0
_HEAR_LIMIT_S = 3.0
"""So long the world stands for a client that has started late to hear of its team; one without a line hears nothing."""


@dataclass(frozen=True, slots=True)
class Pace:
    """
    Ticks a second; the clouds' delay is real time, so what hangs on it must not be played too fast.

    Attributes:
        driving: While somebody drives.

        changing: While nobody is in the car, and ``settling_s`` seconds of real time after somebody got in.

        standing_s: How long the world stands when a client has started again or a line was mended: connecting takes
            real time as well.
    """

    driving: float = 6_000.0
    changing: float = 600.0
    settling_s: float = 0.5
    standing_s: float = 0.8


@dataclass(slots=True)
class Outcome:
    """
    What a race has left behind.

    Attributes:
        documents: Of each collection that the truth names, by document id.

        messages: Every delivery of Pub/Sub, repeats included.

        counted: What each client left in its ``counted.json``; of its last life.

        ticks, seconds: How long the race was and how long it took to play.
    """

    documents: dict[str, dict[str, dict[str, Any]]]
    messages: list[Received]
    counted: dict[str, dict[str, Any]]
    logs: dict[str, str]
    ticks: int
    seconds: float

    def laps(self, collection: str) -> list[dict[str, Any]]:
        """Return the lap documents of *collection* in their order."""
        found = self.documents[collection]
        return [found[name] for name in sorted((n for n in found if n.isdigit()), key=int)]


class TeamRace:
    """
    Args:
        folder: For images, stores and logs; must be empty.

        firestore, pubsub: ``host:port`` of the emulators.

        rate: None for clients that keep step. Else the product's own command, and so many ticks a second.
    """

    def __init__(
        self,
        script: Script,
        faults: Faults,
        folder: Path,
        firestore: str,
        pubsub: str,
        pace: Pace | None = None,
        rate: float | None = None,
    ) -> None:
        self.script = script
        self.faults = faults
        self.members = tuple(member.customer_id for member in script.members)
        self.project = f"race-{uuid.uuid4().hex[:12]}"
        self._folder = folder
        self._firestore, self._pubsub = firestore, pubsub
        self._pace = pace or Pace()
        self._rate = rate
        self._settled_at_s = 0.0
        self._next_at_s = 0.0
        self._lost: dict[int, dict[str, int]] = {}

    def run(self) -> Outcome:
        """
        Play the race to its end and read back what the clients have written.

        Raises:
            ClientLost: A client died or hung that nobody killed.

            AssertionError: A client did not end in order, or could not deliver.
        """
        began_s = time.monotonic()
        with ExitStack() as stack:
            pubsub = stack.enter_context(PubSubReader(self._pubsub, self.project, TOPIC))
            self._step = Lockstep(self._folder / "world.sock") if self._rate is None else None
            if self._step is not None:
                stack.callback(self._step.close)
            clients = self._clients = TeamClients(
                self.faults,
                self.members,
                self._folder,
                self.project,
                self._firestore,
                self._pubsub,
                self._step,
                stack,
                speed=(self._rate or self._pace.driving) / RATE,
            )
            count = self._play(stack)
            clients.mend_lines()
            clients.release_stores()
            reader = FirestoreReader(self._firestore, self.project)
            self._await_laps(reader)
            clients.end_all()
            names = [told.collection for told in truth.sessions(self.script)]
            documents = {name: reader.documents(name) for name in names}
            messages = pubsub.pull_all()
        return Outcome(documents, messages, clients.counted(), clients.logs(), count, time.monotonic() - began_s)

    def _play(self, stack: ExitStack) -> int:
        image, running = self._clients.image, self._clients.running.values()
        race = ImageRace(
            self.script,
            {member: image(Running(member)) for member in self.members},
            {each.member: image(each) for each in running if each.sim_mode == "replay"},
        )
        stack.callback(race.close)
        agenda = Agenda.of(self.faults, self.members).entries
        shown: list[Shown] = []
        count = 0
        for world in ticks(self.script):
            count = world.tick
            if count == 1:
                race.show(world)
                self._clients.start(each.client for each in running if each.from_s <= 0.0)
                continue
            while agenda and agenda[0][0] <= count:
                self._show(race, shown)
                _, _, what, fault = agenda.pop(0)
                self._do(race, world, what, fault)
            shown.append(race.render(world))
            rate = self._ticks_per_second(world)
            if len(shown) == RING or rate < self._pace.driving or self._step is None:
                self._wait_until_due(len(shown), rate)
                self._show(race, shown)
        self._show(race, shown)
        if self._step is not None:
            self._step.await_seen()
        return count

    def _ticks_per_second(self, world: World) -> float:
        if self._rate is not None:
            return self._rate
        if world.driver is None or world.is_glitch:
            self._settled_at_s = time.monotonic() + self._pace.settling_s
        return self._pace.changing if time.monotonic() < self._settled_at_s else self._pace.driving

    def _wait_until_due(self, count: int, rate: float) -> None:
        now_s = time.monotonic()
        if self._next_at_s > now_s:
            time.sleep(self._next_at_s - now_s)
        # What was late by more than a moment is not made good: a client that starts has made the world wait.
        self._next_at_s = max(self._next_at_s, now_s - 0.05) + count / rate

    def _show(self, race: ImageRace, shown: list[Shown]) -> None:
        """Publish the ticks that are made, once everybody has seen the ones before."""
        if not shown:
            return
        if self._step is not None:
            self._step.await_seen()
        for tick in shown:
            race.write(tick)
        if self._step is not None:
            self._step.look()
        shown.clear()

    def _do(self, race: ImageRace, world: World, what: str, fault: Any) -> None:
        if self._step is not None and what != "kill":  # a kill strikes in the middle of the work
            self._step.await_seen()
        log.debug("tick %d: %s %s", world.tick, what, fault)
        deeds: dict[str, Callable[[], None]] = {
            "start": lambda: self._start_late(fault.client),
            "end": lambda: self._clients.end([fault.client]),
            "break_line": lambda: self._clients.break_line(fault),
            "mend_line": lambda: self._mend_line(fault),
            "kill": lambda: self._clients.kill(str(fault.member)),
            "start_again": lambda: self._start_late(str(fault.member)),
            "end_simulator": lambda: self._end_simulator(race, fault),
            "restart_simulator": lambda: self._restart_simulator(race, world, fault),
            "hold_store": lambda: self._clients.hold_store(fault),
            "release_store": lambda: self._clients.release_stores(fault.member),
        }
        deeds[what]()

    def _start_late(self, name: str) -> None:
        self._clients.start([name])
        time.sleep(self._pace.standing_s)
        self._clients.await_team(name, _HEAR_LIMIT_S)

    def _mend_line(self, outage: Outage) -> None:
        self._clients.mend_lines([outage.member])
        time.sleep(self._pace.standing_s)

    def _end_simulator(self, race: ImageRace, restart: SimulatorRestart) -> None:
        race.end_simulator(restart.member, orderly=restart.is_orderly)
        self._lost[restart.member] = self._clients.lose_simulator(restart.member)

    def _restart_simulator(self, race: ImageRace, world: World, restart: SimulatorRestart) -> None:
        race.restart_simulator(restart.member, world)
        race.show(world)
        self._clients.find_simulator(self._lost.pop(restart.member))

    def _await_laps(self, reader: FirestoreReader) -> None:
        """Give the clients time to deliver what they owe, as long as something is missing."""
        expected = {told.collection: len(told.laps) for told in truth.sessions(self.script)}
        deadline_s = time.monotonic() + _DELIVER_LIMIT_S
        while time.monotonic() < deadline_s:
            if all(len(reader.laps(name)) >= count for name, count in expected.items()):
                break
            time.sleep(0.1)
