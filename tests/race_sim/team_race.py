"""
One scripted race told to a whole team: a memory image and a real client process for each member, and what goes wrong.

    race = TeamRace(script, Faults(), tmp_path, firestore="127.0.0.1:1234", pubsub="127.0.0.1:2345")
    outcome = race.run()

The world is played here; the clients are processes that keep step with it (``client_process``), or, with ``rate``, the
product's own ``teamtactics run --headless`` in real time. Every process is ended, by its id, whatever happens.
"""

from __future__ import annotations

import json
import logging
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from e2e.client import PRODUCT, TOPIC, Client, until
from race_sim.faults import Agenda, Faults, Kill, Outage, Running, SimulatorRestart
from race_sim.image_race import ImageRace, Shown
from race_sim.lockstep import RING, Lockstep
from support.firestore_reader import FirestoreReader
from support.pubsub_reader import PubSubReader, Received
from support.relay import Relay
from teamtactics.demo import truth
from teamtactics.demo.engine import ticks
from teamtactics.demo.script import Script
from teamtactics.demo.world import World
from teamtactics.model.parcel import FIRESTORE, PUBSUB

log = logging.getLogger(__name__)

CLIENT_PROGRAM = Path(__file__).with_name("client_process.py")
_START_LIMIT_S = 60.0
_STOP_LIMIT_S = 40.0
_DELIVER_LIMIT_S = 15.0
_DELIVERY_ROUNDS = 3


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


@dataclass(slots=True)
class _Line:
    """A member's way to both clouds; relays only where the script breaks it."""

    firestore: str
    pubsub: str
    relays: list[Relay] = field(default_factory=list)


class TeamRace:
    """
    Args:
        folder: For images, stores and logs; must be empty.

        firestore, pubsub: ``host:port`` of the emulators.

        rate: None for clients that keep step. Else the product's own command, and so many ticks a second.

        settings: Further lines of every client's ini.
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
        settings: dict[str, str] | None = None,
    ) -> None:
        self.script = script
        self.faults = faults
        self.members = tuple(member.customer_id for member in script.members)
        self.project = f"race-{uuid.uuid4().hex[:12]}"
        self._folder = folder
        self._firestore, self._pubsub = firestore, pubsub
        self._pace = pace or Pace()
        self._rate = rate
        self._settings = settings or {}
        self._clients: dict[str, Client] = {}
        self._lines: dict[int, _Line] = {}
        self._running: dict[str, Running] = {running.client: running for running in faults.clients(self.members)}
        self._alive: set[str] = set()
        self._settled_at_s = 0.0
        self._next_at_s = 0.0
        self._step: Lockstep | None = None

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
            self._prepare(stack)
            count = self._play(stack)
            self._mend_all()
            reader = FirestoreReader(self._firestore, self.project)
            self._end_clients(reader)
            names = [told.collection for told in truth.sessions(self.script)]
            documents = {name: reader.documents(name) for name in names}
            messages = pubsub.pull_all()
        logs = {name: client.log() for name, client in self._clients.items()}
        return Outcome(documents, messages, self._counted(), logs, count, time.monotonic() - began_s)

    def _prepare(self, stack: ExitStack) -> None:
        broken = {outage.member for outage in self.faults.outages}
        for member in self.members:
            line = self._lines[member] = _Line(self._firestore, self._pubsub)
            if member in broken:
                line.relays = [stack.enter_context(Relay(target)) for target in (self._firestore, self._pubsub)]
                line.firestore, line.pubsub = (relay.address for relay in line.relays)
        if self._rate is None:
            self._step = Lockstep(self._folder / "world.sock")
            stack.callback(self._step.close)
        for running in self._running.values():
            client = self._clients[running.client] = self._client(running)
            stack.callback(client.kill)

    def _client(self, running: Running) -> Client:
        line = self._lines[running.member]
        client = Client(
            self._folder / running.client,
            {"simulate": str(self._image(running)), "messageTopic": TOPIC, **self._settings, **dict(running.settings)},
            line.firestore,
            line.pubsub,
        )
        if self._step is not None:
            client.program = (sys.executable, str(CLIENT_PROGRAM))
        client.environment["GOOGLE_CLOUD_PROJECT"] = self.project
        return client

    def _image(self, running: Running) -> Path:
        kind = "" if running.sim_mode == "full" else f"-{running.sim_mode}"
        return self._folder / f"{running.member}{kind}.dump"

    def _play(self, stack: ExitStack) -> int:
        replays = [running for running in self._running.values() if running.sim_mode == "replay"]
        race = ImageRace(
            self.script,
            {member: self._image(Running(member)) for member in self.members},
            {running.member: self._image(running) for running in replays},
        )
        stack.callback(race.close)
        agenda = Agenda.of(self.faults, self.members).entries
        shown: list[Shown] = []
        count = 0
        for world in ticks(self.script):
            count = world.tick
            if count == 1:
                race.show(world)
                self._start([running for running in self._running.values() if running.from_s <= 0.0])
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
            self._settle()
        return self._pace.changing if time.monotonic() < self._settled_at_s else self._pace.driving

    def _settle(self) -> None:
        self._settled_at_s = time.monotonic() + self._pace.settling_s

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
            "start": lambda: self._start_late(fault),
            "end": lambda: self._end(fault.client),
            "break_line": lambda: self._break_line(fault),
            "mend_line": lambda: self._mend_line(fault),
            "kill": lambda: self._kill(fault),
            "start_again": lambda: self._start_late(self._running[str(fault.member)]),
            "end_simulator": lambda: self._end_simulator(race, fault),
            "restart_simulator": lambda: self._restart_simulator(race, world, fault),
        }
        deeds[what]()

    def _start(self, whom: list[Running]) -> None:
        connections = {running.client: self._connections(running.client) for running in whom}
        for running in whom:
            self._clients[running.client].start(*self._arguments(running.client))
            self._alive.add(running.client)
        self._await_connected(connections)

    def _start_late(self, running: Running) -> None:
        self._start([running])
        time.sleep(self._pace.standing_s)

    def _arguments(self, name: str) -> tuple[str, ...]:
        if self._step is None:
            return ("run", "--headless")
        return ("--address", str(self._folder / "world.sock"), "--name", name)

    def _connections(self, name: str) -> int:
        return self._clients[name].log().count(": connected to ")

    def _await_connected(self, connections: dict[str, int]) -> None:
        """Let the world stand until these clients are connected to their images."""
        if self._step is not None:
            self._step.await_here(connections, _START_LIMIT_S, self._is_alive)
        else:
            for name, before in connections.items():
                until(
                    lambda name=name, before=before: self._connections(name) > before,  # type: ignore[misc]
                    _START_LIMIT_S,
                    self._clients[name].log,
                )
        self._next_at_s = 0.0

    def _is_alive(self, name: str) -> bool:
        process = self._clients[name].process
        return process is not None and process.poll() is None

    def _kill(self, kill: Kill) -> None:
        name = str(kill.member)
        self._clients[name].kill()
        self._alive.discard(name)
        if self._step is not None:
            self._step.detach(name)

    def _end(self, name: str) -> None:
        self._clients[name].ask_to_stop()
        self._await_end(name)

    def _await_end(self, name: str) -> None:
        code, output = self._clients[name].wait(_STOP_LIMIT_S)
        assert code == 0, f"client {name} ended with {code}:\n{output}"
        self._alive.discard(name)
        if self._step is not None:
            self._step.detach(name)

    def _end_simulator(self, race: ImageRace, restart: SimulatorRestart) -> None:
        race.end_simulator(restart.member, orderly=restart.is_orderly)
        if self._step is not None:
            for name in self._watching(restart.member):
                self._step.leave_behind(name)

    def _restart_simulator(self, race: ImageRace, world: World, restart: SimulatorRestart) -> None:
        connections = {name: self._connections(name) for name in self._watching(restart.member)}
        race.restart_simulator(restart.member, world)
        race.show(world)
        self._await_connected(connections)

    def _watching(self, member: int) -> Iterator[str]:
        return (name for name in self._alive if self._running[name].member == member)

    def _break_line(self, outage: Outage) -> None:
        for relay in self._lines[outage.member].relays:
            getattr(relay, outage.fault.value)()

    def _mend_line(self, outage: Outage) -> None:
        for relay in self._lines[outage.member].relays:
            relay.heal()
        time.sleep(self._pace.standing_s)

    def _mend_all(self) -> None:
        for line in self._lines.values():
            for relay in line.relays:
                relay.heal()

    def _end_clients(self, reader: FirestoreReader) -> None:
        """Wait for the laps, end every client in order, and let those that still have something deliver it."""
        expected = {told.collection: len(told.laps) for told in truth.sessions(self.script)}
        deadline_s = time.monotonic() + _DELIVER_LIMIT_S
        while time.monotonic() < deadline_s:
            if all(len(reader.laps(name)) >= count for name, count in expected.items()):
                break
            time.sleep(0.1)
        for name in self._alive:
            self._clients[name].ask_to_stop()
        for name in tuple(self._alive):
            self._await_end(name)
        for _ in range(_DELIVERY_ROUNDS):
            owing = [name for name in self._clients if self._waiting(name)]
            if not owing:
                return
            for name in owing:
                self._deliver_rest(name)
        owing = [name for name in self._clients if self._waiting(name)]
        assert not owing, f"{owing} could not deliver:\n{self._clients[owing[0]].log()}"

    def _waiting(self, name: str) -> int:
        client = self._clients[name]
        if not (client.folder / "data" / "teamtactics.sqlite3").exists():
            return 0
        with client.store() as outbox:
            sinks = outbox.counts().sinks
            return sum(sinks[sink].waiting for sink in (FIRESTORE, PUBSUB) if sink in sinks)

    def _deliver_rest(self, name: str) -> None:
        """Run the product's own command until nothing waits; the image is still, so nothing is recorded."""
        client = self._clients[name]
        client.program = PRODUCT
        client.start("run", "--headless")
        time.sleep(2.0)
        code, output = client.stop(_STOP_LIMIT_S)
        assert code == 0, f"client {name} ended with {code}:\n{output}"

    def _counted(self) -> dict[str, dict[str, Any]]:
        found = {}
        for name, client in self._clients.items():
            path = client.folder / "counted.json"
            found[name] = json.loads(path.read_text()) if path.exists() else {}
        return found
