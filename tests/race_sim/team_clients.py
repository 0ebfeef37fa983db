"""The clients of a team as real processes, each behind its member's own line to both clouds."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from e2e.client import PRODUCT, TOPIC, Client, until
from race_sim.faults import Faults, HeldStore, Outage, Running
from race_sim.lockstep import Lockstep
from race_sim.older_client import older_client
from support.disks import Holder, slow_disk
from support.relay import Relay
from teamtactics.model.parcel import FIRESTORE, PUBSUB

CLIENT_PROGRAM = Path(__file__).with_name("client_process.py")
_START_LIMIT_S = 60.0
_STOP_LIMIT_S = 40.0
_DELIVERY_ROUNDS = 3


@dataclass(slots=True)
class Line:
    """A member's way to both clouds; relays only where the script breaks it."""

    firestore: str
    pubsub: str
    relays: list[Relay] = field(default_factory=list)


class TeamClients:
    """
    Args:
        faults: Says which clients there are, and whose line is broken at some time.

        folder: For stores, logs and images.

        firestore, pubsub: ``host:port`` of the emulators.

        step: What the clients keep step with; None for the product's own command in real time.

        stack: Ends every process and relay when it is closed.

        speed: How much faster than life the race is played; slow disks are so much faster.

        options: Further words of the command line of clients that keep step.
    """

    def __init__(
        self,
        faults: Faults,
        members: tuple[int, ...],
        folder: Path,
        project: str,
        firestore: str,
        pubsub: str,
        step: Lockstep | None,
        stack: ExitStack,
        speed: float,
        options: tuple[str, ...] = (),
    ) -> None:
        self.running = {running.client: running for running in faults.clients(members)}
        self.kept_away = {away.member for away in faults.kept_away}
        self._folder = folder
        self._step = step
        self._options = options
        self._lines = {member: Line(firestore, pubsub) for member in members}
        for member in {fault.member for fault in (*faults.outages, *faults.kept_away)}:
            relays = [stack.enter_context(Relay(target)) for target in (firestore, pubsub)]
            self._lines[member] = Line(relays[0].address, relays[1].address, relays)
        self._clients: dict[str, Client] = {}
        self._alive: set[str] = set()
        self._stack = stack
        self._slow = {fault.member: fault.fsync_ms / speed for fault in faults.slow_disks}
        self._bad_disks = faults.bad_disks
        self._holders: list[tuple[int, Holder]] = []
        for name, running in self.running.items():
            client = self._clients[name] = self._client(running, project)
            stack.callback(client.kill)

    def image(self, running: Running) -> Path:
        """Name the image that a client reads."""
        kind = "" if running.sim_mode == "full" else f"-{running.sim_mode}"
        return self._folder / f"{running.member}{kind}.dump"

    def start(self, whom: Iterable[str]) -> None:
        """Start these clients and wait until each is connected to its image."""
        connections = {name: self._connections(name) for name in whom}
        for name in connections:
            self._clients[name].start(*self._arguments(name))
            self._alive.add(name)
        self._await_connected(connections)

    def start_without_simulator(self, whom: Iterable[str]) -> None:
        """Start these clients and wait until each says so in its log: there is no image to connect to."""
        said = {name: len(self._clients[name].log()) for name in whom}
        for name in said:
            self._clients[name].start(*self._arguments(name))
            self._alive.add(name)
        for name, before in said.items():
            log = self._clients[name].log
            until(lambda log=log, before=before: len(log()) > before, _START_LIMIT_S, log)  # type: ignore[misc]

    def away(self) -> list[str]:
        """Return who does not run now, and may come back."""
        return [name for name in self.running if name not in self._alive and not self._is_kept_away(name)]

    def lose_kept_away(self) -> None:
        """Kill who never comes back, with what he has not told."""
        for name in [name for name in self._alive if self._is_kept_away(name)]:
            self.kill(name)

    def await_team(self, name: str, limit_s: float) -> None:
        """Wait until that client has heard what the others tell, at most *limit_s*."""
        deadline_s = time.monotonic() + limit_s
        while "the team: " not in self._clients[name].log() and time.monotonic() < deadline_s:
            time.sleep(0.05)

    def kill(self, name: str) -> None:
        """Kill -9."""
        self._clients[name].kill()
        self._forget(name)

    def end(self, names: Iterable[str]) -> None:
        """
        End these clients in order.

        Raises:
            AssertionError: One ended with an error.
        """
        names = tuple(names)
        for name in names:
            self._clients[name].ask_to_stop()
        for name in names:
            code, output = self._clients[name].wait(_STOP_LIMIT_S)
            assert code == 0, f"client {name} ended with {code}:\n{output}"
            self._forget(name)

    def lose_simulator(self, member: int) -> dict[str, int]:
        """Do not wait for the clients of *member* any more; return how often each has connected so far."""
        names = [name for name in self._alive if self.running[name].member == member]
        if self._step is not None:
            for name in names:
                self._step.leave_behind(name)
        return {name: self._connections(name) for name in names}

    def find_simulator(self, connections: dict[str, int]) -> None:
        """Wait until the clients that ``lose_simulator`` named are connected again, as far as they still run."""
        self._await_connected({name: count for name, count in connections.items() if name in self._alive})

    def break_line(self, outage: Outage) -> None:
        """Break the line of a member, in the way that *outage* says."""
        for relay in self._lines[outage.member].relays:
            getattr(relay, outage.fault.value)()

    def hold_store(self, fault: HeldStore) -> None:
        """Hold the stores of a member's clients."""
        for name in [name for name in self._alive if self.running[name].member == fault.member]:
            holder = Holder(self._clients[name].folder / "data" / "teamtactics.sqlite3")
            self._stack.callback(holder.release)
            self._holders.append((fault.member, holder))
            holder.take()

    def release_stores(self, member: int | None = None) -> None:
        """Let go of the stores of *member*; None: of all."""
        for whose, holder in self._holders:
            if member in (None, whose):
                holder.release()

    def mend_lines(self, members: Iterable[int] | None = None) -> None:
        """Mend the lines of *members*; None: all."""
        for member in self._lines if members is None else members:
            for relay in self._lines[member].relays:
                relay.heal()

    def end_all(self) -> None:
        """
        End every client in order, and let those that still have something deliver it.

        Raises:
            AssertionError: One ended with an error, or cannot deliver.
        """
        self.end(self._alive)
        for _ in range(_DELIVERY_ROUNDS):
            owing = self._owing()
            for name in owing:
                self._deliver_rest(name)
        owing = self._owing()
        assert not owing, f"{owing} could not deliver:\n{self._clients[owing[0]].log()}"

    def logs(self) -> dict[str, str]:
        """Return each client's log."""
        return {name: client.log() for name, client in self._clients.items()}

    def counted(self) -> dict[str, dict[str, Any]]:
        """Return what each client left in its ``counted.json``; of its last life."""
        paths = {name: client.folder / "counted.json" for name, client in self._clients.items()}
        return {name: json.loads(path.read_text()) if path.exists() else {} for name, path in paths.items()}

    def _client(self, running: Running, project: str) -> Client:
        line = self._lines[running.member]
        settings = {"simulate": str(self.image(running)), "messageTopic": TOPIC, **dict(running.settings)}
        client = Client(
            self._folder / running.client, settings, line.firestore, line.pubsub, is_urgent=self._step is None
        )
        if self._step is not None:
            client.program = (sys.executable, str(CLIENT_PROGRAM))
        if running.is_older:
            assert self._step is not None, "an older client keeps step"
            program, package = older_client(self._folder / "older")
            client.program = (sys.executable, str(program))
            client.environment["PYTHONPATH"] = str(package)
        client.environment["GOOGLE_CLOUD_PROJECT"] = project
        if running.member in self._slow:
            client.environment.update(slow_disk(self._slow[running.member]))
        return client

    def _arguments(self, name: str) -> tuple[str, ...]:
        if self._step is None:
            return ("run", "--headless")
        is_bad = self.running[name].member in self._bad_disks
        bad_disk = ("--bad-disk",) if is_bad else ()
        return ("--address", str(self._step.address), "--name", name, *bad_disk, *self._options)

    def _connections(self, name: str) -> int:
        return self._clients[name].log().count(": connected to ")

    def _await_connected(self, connections: dict[str, int]) -> None:
        if self._step is not None:
            self._step.await_here(connections, _START_LIMIT_S, self._is_alive)
            return
        for name, before in connections.items():
            until(
                lambda name=name, before=before: self._connections(name) > before,  # type: ignore[misc]
                _START_LIMIT_S,
                self._clients[name].log,
            )

    def _is_alive(self, name: str) -> bool:
        process = self._clients[name].process
        return process is not None and process.poll() is None

    def _forget(self, name: str) -> None:
        self._alive.discard(name)
        if self._step is not None:
            self._step.detach(name)

    def _is_kept_away(self, name: str) -> bool:
        return self.running[name].member in self.kept_away

    def _owing(self) -> list[str]:
        # The store of an older client is not for this version to open.
        mine = [name for name in self._clients if not self._is_kept_away(name) and not self.running[name].is_older]
        return [name for name in mine if self._waiting(name)]

    def _waiting(self, name: str) -> int:
        client = self._clients[name]
        if not (client.folder / "data" / "teamtactics.sqlite3").exists():
            return 0
        with client.store() as outbox:
            sinks = outbox.counts().sinks
            return sum(sinks[sink].waiting for sink in (FIRESTORE, PUBSUB) if sink in sinks)

    def _deliver_rest(self, name: str) -> None:
        """Run the product's own command for a while; the image is still, so nothing is recorded."""
        client = self._clients[name]
        client.program = PRODUCT
        client.start("run", "--headless")
        time.sleep(2.0)
        code, output = client.stop(_STOP_LIMIT_S)
        assert code == 0, f"client {name} ended with {code}:\n{output}"
