"""
What goes wrong in a race, as frozen data beside its script: who runs a client, whose line drops, who is killed.

All times are ``race_s``: seconds since the first tick of the script, on through all sessions. In a script of one
session that starts at 0 they equal ``SessionTime``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

RATE = 60
NEVER_S = 1e9
"""Later than any race."""


@dataclass(frozen=True, slots=True)
class OfMember:
    """What is about one member of the team."""

    member: int


@dataclass(frozen=True, slots=True)
class Running(OfMember):
    """
    A client of *member* that is started and ended in an orderly way.

    Attributes:
        until_s: None: it runs to the end of the race.

        name: Set for a second client: another PC with a folder and store of its own, and with the same picture.

        sim_mode: What the second PC's simulator says it does; ``replay`` for somebody who watches a recording.

        settings: Further lines of its ini.

        is_older: It runs an earlier version, which knows no parts and tells the others what it saw through ``state``.
    """

    from_s: float = 0.0
    until_s: float | None = None
    name: str | None = None
    sim_mode: str = "full"
    settings: tuple[tuple[str, str], ...] = ()
    is_older: bool = False

    @property
    def client(self) -> str:
        """What the client is called."""
        return self.name if self.name is not None else str(self.member)


class LineFault(StrEnum):
    """How a line is broken."""

    REFUSED = "refuse"
    """Connections are reset and nobody listens."""
    STALLED = "stall"
    """Nothing passes; what was sent arrives when the line is whole again."""
    DEAF = "lose_replies"
    """Requests pass, answers vanish."""


@dataclass(frozen=True, slots=True)
class Outage(OfMember):
    """The line of *member* to both clouds is broken; ``until_s`` None: until the race is over and he comes back."""

    from_s: float
    until_s: float | None = None
    fault: LineFault = LineFault.REFUSED


@dataclass(frozen=True, slots=True)
class Kill(OfMember):
    """The client of *member* is killed (-9) and started again *away_s* later; after the race, if that is then."""

    at_s: float
    away_s: float = NEVER_S


@dataclass(frozen=True, slots=True)
class KeptAway(OfMember):
    """No client of *member* is ever online again after *at_s*: what it had not told by then nobody will hear of."""

    at_s: float


@dataclass(frozen=True, slots=True)
class SimulatorRestart(OfMember):
    """
    The simulator of *member* goes away and is back *away_s* later, with counters that begin anew.

    Whose simulator dies while he drives, his car does not drive on: the script says so (``Tow.is_crash``).
    """

    at_s: float
    away_s: float
    is_orderly: bool = True


@dataclass(frozen=True, slots=True)
class SlowDisk(OfMember):
    """
    Every fsync of *member*'s clients takes *fsync_ms* longer, at the simulator's own pace.

    In a race that is played a hundred times as fast the disk is as much faster; ``test_disks`` has it in real time.
    """

    fsync_ms: float


@dataclass(frozen=True, slots=True)
class HeldStore(OfMember):
    """Another program holds the store of *member* for *for_s* of the race."""

    at_s: float
    for_s: float


@dataclass(frozen=True, slots=True)
class Faults:
    """
    Everything that goes wrong in one race.

    When it is over everybody comes online once more: lines are mended, and who was killed or had ended his client
    starts it again. Only who is ``kept_away`` does not.

    Attributes:
        running: None: every member runs a client from the first tick to the last.

        simulators_end_first: Who starts his client again after the race finds no simulator any more.
    """

    running: tuple[Running, ...] | None = None
    outages: tuple[Outage, ...] = ()
    kills: tuple[Kill, ...] = ()
    restarts: tuple[SimulatorRestart, ...] = ()
    slow_disks: tuple[SlowDisk, ...] = ()
    held_stores: tuple[HeldStore, ...] = ()
    kept_away: tuple[KeptAway, ...] = ()
    simulators_end_first: bool = False

    @property
    def bad_disks(self) -> frozenset[int]:
        """Members whose clients must not be made to wait for their disk: what is on it at a moment is not known."""
        return frozenset(fault.member for fault in (*self.slow_disks, *self.held_stores))

    def away_from_s(self, member: int) -> float:
        """Return from when on *member* is kept away for good; ``NEVER_S`` for who comes back."""
        return min((away.at_s for away in self.kept_away if away.member == member), default=NEVER_S)

    def clients(self, members: tuple[int, ...]) -> tuple[Running, ...]:
        """Return every client that runs at some time."""
        return self.running if self.running is not None else tuple(map(Running, members))


@dataclass(frozen=True, slots=True)
class Span:
    """From ``from_s`` to ``until_s``, race seconds."""

    from_s: float
    until_s: float

    def meets(self, from_s: float, until_s: float) -> bool:
        """Whether any moment lies in both."""
        return self.from_s <= until_s and from_s <= self.until_s


@dataclass(slots=True)
class Agenda:
    """What is to be done at which tick, in order; made from ``Faults``."""

    entries: list[tuple[int, int, str, OfMember]] = field(default_factory=list)

    @classmethod
    def of(cls, faults: Faults, members: tuple[int, ...]) -> Agenda:
        """Plan everything that does not happen before the first tick."""
        made = cls()
        for running in faults.clients(members):
            if running.from_s > 0.0:
                made._add(running.from_s, "start", running)
            if running.until_s is not None:
                made._add(running.until_s, "end", running)
        for outage in faults.outages:
            made._add(outage.from_s, "break_line", outage)
            if outage.until_s is not None and outage.until_s < faults.away_from_s(outage.member):
                made._add(outage.until_s, "mend_line", outage)
        for kill in faults.kills:
            made._add(kill.at_s, "kill", kill)
            made._add(kill.at_s + kill.away_s, "start_again", kill)
        for restart in faults.restarts:
            made._add(restart.at_s, "end_simulator", restart)
            made._add(restart.at_s + restart.away_s, "restart_simulator", restart)
        for held in faults.held_stores:
            made._add(held.at_s, "hold_store", held)
            made._add(held.at_s + held.for_s, "release_store", held)
        for away in faults.kept_away:
            made._add(away.at_s, "keep_away", Outage(away.member, away.at_s))
        made.entries.sort(key=lambda entry: entry[:2])
        return made

    def _add(self, at_s: float, what: str, fault: OfMember) -> None:
        self.entries.append((max(2, round(at_s * RATE)), len(self.entries), what, fault))
