"""Other names and numbers for people: the same one for the same person, in everything that a report holds. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum

from teamtactics.contract.names import escape, latin_1


class Kind(Enum):
    """What a number is of; its value is where the others begin, far above every number that the simulator has given."""

    CUSTOMER = 900_000_000
    TEAM = 800_000_000
    SESSION = 700_000_000
    """With the number of a session its results, and so everybody in it, can be looked up."""
    LEAGUE = 600_000_000


@dataclass(slots=True)
class Found:
    """
    Who occurs in what a report will hold.

    Attributes:
        drivers, teams: Names as the product reads them.

        known: Names of which a log may hold a part: of the own team.
    """

    drivers: set[str] = field(default_factory=set)
    teams: set[str] = field(default_factory=set)
    known: set[str] = field(default_factory=set)
    numbers: set[tuple[Kind, int]] = field(default_factory=set)
    collections: set[str] = field(default_factory=set)

    def number(self, kind: Kind, number: object) -> None:
        """Note a number of somebody; 0 and below are nobody's."""
        if type(number) is int and number > 0:
            self.numbers.add((kind, number))


_TEAMS = re.compile(r"(.*)@(\d+)#(\d+)#(\d+)", re.ASCII | re.DOTALL)
_SINGLE = re.compile(r"(.*)@([^@#]*#[^#]*#\d+)", re.ASCII | re.DOTALL)


class People:
    """
    Who is called what in a report.

    Their order stays, of numbers and of names: where a rule has to choose between two of them, it chooses the same.
    """

    def __init__(self, found: Found) -> None:
        self._numbers: dict[tuple[Kind, int], int] = {}
        for kind in Kind:
            of_kind = sorted(number for each, number in found.numbers if each is kind)
            self._numbers |= {(kind, number): kind.value + at for at, number in enumerate(of_kind, 1)}
        drivers, teams = found.drivers - {""}, found.teams - found.drivers - {""}
        width = len(str(len(drivers) + len(teams)))
        self.names = {name: f"Driver {at:0{width}}" for at, name in enumerate(sorted(drivers), 1)}
        self.names |= {name: f"Team {at:0{width}}" for at, name in enumerate(sorted(teams), 1)}
        self.known = found.known & self.names.keys()
        # The own team's at the front: where two names look alike in another writing, it is theirs.
        for name in sorted(self.names, key=lambda each: (each not in self.known, each)):
            for written in _writings(name):
                self.names.setdefault(written, self.names[name])
        for collection in sorted(found.collections):
            name = self._parted(collection)[0]
            if name:
                self.names.setdefault(name, f"Name {len(self.names) + 1}")
        self.of_anybody = {number: other for kind in reversed(Kind) for number, other in self._of(kind)}
        self.customers = dict(self._of(Kind.CUSTOMER))

    def name(self, name: str) -> str:
        """Return the other name; one that is not known is not told."""
        return self.names.get(name, "somebody") if name.strip() else name

    def number(self, kind: Kind, number: int) -> int:
        """Return the other number; 0 and below are nobody's and stay."""
        return self._numbers.get((kind, number), kind.value) if number > 0 else number

    def collection(self, collection: str) -> str:
        """Return the id of a session's collection with other names and numbers in it."""
        name, rest = self._parted(collection)
        return f"{self.name(name)}@{rest}" if rest else self.name(name)

    def _parted(self, collection: str) -> tuple[str, str]:
        if (of_team := _TEAMS.fullmatch(collection)) is not None:
            numbers = [self.number(Kind.SESSION, int(of_team[at])) for at in (2, 3)]
            return of_team[1], "#".join(map(str, [*numbers, of_team[4]]))
        single = _SINGLE.fullmatch(collection)
        return (single[1], single[2]) if single is not None else (collection, "")

    def _of(self, kind: Kind) -> Iterable[tuple[int, int]]:
        return ((number, other) for (each, number), other in self._numbers.items() if each is kind)


def _writings(name: str) -> Iterable[str]:
    """Yield the other ways in which a name is written: in a collection's id, by another's simulator, as Python does."""
    yield latin_1(name)
    yield escape(latin_1(name))
    yield ascii(name)[1:-1]
    yield name.encode("utf-8", "replace").decode("cp1252", "replace")
    yield name.encode("utf-8", "replace").decode("latin-1")
    yield " ".join(name.split())
