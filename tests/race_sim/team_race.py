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
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from e2e.client import TOPIC
from race_sim import truth
from race_sim.faults import RATE, Agenda, Faults, Outage, Running, SimulatorRestart
from race_sim.image_race import ImageRace, Shown
from race_sim.lockstep import RING, Lockstep
from race_sim.outcome import Documents, Outcome
from race_sim.team_clients import TeamClients
from race_sim.verdict import LapsJudge
from support.firestore_reader import FirestoreReader
from support.pubsub_reader import PubSubReader
from teamtactics.demo.engine import ticks
from teamtactics.demo.script import Script
from teamtactics.demo.world import World

log = logging.getLogger(__name__)

_SETTLE_LIMIT_S = 40.0
_QUIET_S = 1.0
"""What is right and does not change for so long stays."""
_OWED_QUIET_S = 8.0
"""What is not right, and does not change for so long, is not going to be."""
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


class TeamRace:
    """
    Args:
        folder: For images, stores and logs; must be empty.

        firestore, pubsub: ``host:port`` of the emulators.

        rate: None for clients that keep step. Else the product's own command, and so many ticks a second.

        options: Further words of the command line of clients that keep step.

        read_at: ``host:port`` of the Firestore emulator for who reads the documents back; None: as the clients.
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
        options: tuple[str, ...] = (),
        read_at: str | None = None,
    ) -> None:
        self.script = script
        self.faults = faults
        self.members = tuple(member.customer_id for member in script.members)
        self.project = f"race-{uuid.uuid4().hex[:12]}"
        self._folder = folder
        self._firestore, self._pubsub = firestore, pubsub
        self._pace = pace or Pace()
        self._rate = rate
        self._options = options
        self._read_at = read_at or firestore
        self._settled_at_s = 0.0
        self._next_at_s = 0.0
        self._lost: dict[int, dict[str, int]] = {}
        self._told = truth.sessions(script)

    def run(self) -> Outcome:
        """
        Play the race to its end and read back what the clients have written.

        Raises:
            ClientLost: A client died or hung that nobody killed.

            AssertionError: A client did not end in order, or could not deliver.
        """
        began_s = time.monotonic()
        are_ours = not any(running.is_older for running in self.faults.running or ())
        with ExitStack() as stack:
            pubsub = stack.enter_context(PubSubReader(self._pubsub, self.project, TOPIC, are_ours))
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
                options=self._options,
            )
            race = stack.enter_context(closing(self._images()))
            count = self._play(race)
            reader = FirestoreReader(self._read_at, self.project, are_ours)
            self._bring_back(race)
            self._await_settled(reader)
            clients.end_all()
            documents = self._documents(reader)
            messages = pubsub.pull_all()
        return Outcome(documents, messages, clients.counted(), clients.logs(), count, time.monotonic() - began_s)

    def _images(self) -> ImageRace:
        image = self._clients.image
        return ImageRace(
            self.script,
            {member: image(Running(member)) for member in self.members},
            {each.member: image(each) for each in self._clients.running.values() if each.sim_mode == "replay"},
        )

    def _play(self, race: ImageRace) -> int:
        running = self._clients.running.values()
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
            "keep_away": lambda: self._keep_away(fault),
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

    def _keep_away(self, outage: Outage) -> None:
        """Break his line for good, when he has had the time to tell what he must have told by then."""
        time.sleep(self._pace.standing_s)
        self._clients.break_line(outage)

    def _end_simulator(self, race: ImageRace, restart: SimulatorRestart) -> None:
        race.end_simulator(restart.member, orderly=restart.is_orderly)
        self._lost[restart.member] = self._clients.lose_simulator(restart.member)

    def _restart_simulator(self, race: ImageRace, world: World, restart: SimulatorRestart) -> None:
        race.restart_simulator(restart.member, world)
        race.show(world)
        self._clients.find_simulator(self._lost.pop(restart.member))

    def _bring_back(self, race: ImageRace) -> None:
        """After the race: everybody comes online once more, but for who is kept away; then the simulators end."""
        clients = self._clients
        clients.release_stores()
        clients.mend_lines(member for member in self.members if member not in clients.kept_away)
        clients.lose_kept_away()
        if self.faults.simulators_end_first:
            self._end_simulators(race)
            clients.start_without_simulator(clients.away())
            return
        absent = {member for member in self.members if not race.is_running(member)}
        away = clients.away()
        clients.start_without_simulator(name for name in away if clients.running[name].member in absent)
        clients.start(name for name in away if clients.running[name].member not in absent)
        time.sleep(self._pace.standing_s)
        self._end_simulators(race)

    def _end_simulators(self, race: ImageRace) -> None:
        for member in self.members:
            self._clients.lose_simulator(member)
            if race.is_running(member):
                race.end_simulator(member, orderly=True)

    def _await_settled(self, reader: FirestoreReader) -> None:
        """Give the clients time to bring what they owe: longer as long as something is not as it must be."""
        judge = LapsJudge(self.script, self.faults)
        deadline_s = time.monotonic() + _SETTLE_LIMIT_S
        found, found_at_s = self._documents(reader), time.monotonic()
        while time.monotonic() < deadline_s:
            quiet_s = _QUIET_S if not judge.wrong(found) else _OWED_QUIET_S
            if time.monotonic() - found_at_s > quiet_s:
                return
            time.sleep(0.1)
            if (now := self._documents(reader)) != found:
                found, found_at_s = now, time.monotonic()

    def _documents(self, reader: FirestoreReader) -> Documents:
        return {told.collection: reader.documents(told.collection) for told in self._told}
