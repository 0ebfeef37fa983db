"""The messages of one member's client in a real six-hour race, and when its lines must have been crossed."""

from __future__ import annotations

import gzip
import json
from bisect import bisect_left
from dataclasses import dataclass
from pathlib import Path

LATE = {
    *(33, 35, 37, 38, 39, 41, 42, 43, 46, 47, 48, 49, 50, 52, 53, 56, 57, 60, 62),
    *(109, 110, 111, 112, 113, 114, 115, 117, 118, 119, 120, 121, 122, 123, 125, 126, 127, 129),
}
"""The messages that tell the time of the lap before: the only reading, but for 50, 126 and 127, that fits all looks."""


@dataclass(frozen=True)
class Look:
    """What the client saw of one lap near its line: somewhere behind ``after_s`` it was crossed, by ``by_s`` it was."""

    after_s: float
    by_s: float
    after_l: float
    by_l: float
    told_s: float
    temp_c: float


@dataclass(frozen=True)
class Log:
    """
    The race's messages.

    Attributes:
        fuel: Session time and level.

        places: Session time, track surface, flags, mandatory and optional seconds left to repair.

        lines: By lap.

        away: Session times at which he was not in the car.

        looks: All session times.
    """

    fuel: list[tuple[float, float]]
    places: list[tuple[float, int, int, float, float]]
    lines: dict[int, Look]
    away: list[float]
    looks: list[float]

    @classmethod
    def read(cls, path: Path) -> Log:
        """Read what was sent of the race itself; practice and qualifying stand in the same file."""
        with gzip.open(path, "rt", encoding="utf-8") as text:
            messages = [json.loads(json.loads(line.partition("$")[2])) for line in text]
        race = [each for each in messages if each["sessionId"].endswith("#31875647#2")]
        told = {kind: [m["payload"] for m in race if m["type"] == kind] for kind in {m["type"] for m in race}}
        names = ("sessionTime", "trackLocation", "flags", "repairTime", "optRepairTime")
        seated = told["runData"] + told["lapdata"]
        fuel = sorted((each["sessionTime"], each["fuelLevel"]) for each in seated)
        looks = sorted({m["payload"]["sessionTime"] for m in race if "sessionTime" in m["payload"]})
        lines = {}
        for each in told["lapdata"]:
            by_s = each["sessionTime"]
            at = bisect_left(fuel, (by_s, 0.0))
            after_s = looks[bisect_left(looks, by_s) - 1]
            lines[each["lap"]] = Look(
                after_s, by_s, fuel[at - 1][1], each["fuelLevel"], each["laptime"], each["trackTemp"]
            )
        places = [tuple(each[name] for name in names) for each in told["event"]]
        return cls(fuel, places, lines, [each["sessionTime"] for each in told["syncData"]], looks)

    def before(self, at_s: float) -> float:
        """Return the last look before the one at *at_s*."""
        return self.looks[bisect_left(self.looks, at_s) - 1]

    @property
    def drives(self) -> list[tuple[float, float]]:
        """The first and the last look of each span in which he sat in the car."""
        seated = [at_s for at_s, _ in self.fuel]
        breaks = [at for at in range(1, len(seated)) if any(seated[at - 1] < s < seated[at] for s in self.away)]
        return [(seated[a], seated[b - 1]) for a, b in zip([0, *breaks], [*breaks, len(seated)], strict=True)]

    def level(self, at_s: float) -> float:
        """Return the level at a look."""
        return self.fuel[bisect_left(self.fuel, (at_s, 0.0))][1]

    def official(self, lap: int) -> float | None:
        """Return the time of *lap*, where the log shows it."""
        if lap in self.lines and lap not in LATE:
            return self.lines[lap].told_s
        return self.lines[lap + 1].told_s if lap + 1 in LATE and lap + 1 in self.lines else None


def crossings(log: Log) -> dict[int, float]:
    """Find when the lines were crossed that the log tells of: all that it says holds, else this fails."""
    found: dict[int, tuple[float, float]] = {}
    for lap, look in log.lines.items():
        if look.after_s in log.away:
            continue  # told when the seat was taken, long behind the line
        first, last = look.after_s, look.by_s - (0.0 if lap in LATE else 0.1)
        took = log.official(lap)
        if lap - 1 in found and took is not None and took > 0.0:
            first, last = (
                max(first, found[lap - 1][0] + took - 0.02),
                min(last, found[lap - 1][1] + took + 0.02),
            )
        assert first <= last, f"no moment fits what the log says of lap {lap}"
        found[lap] = (first, last)
    lines: dict[int, float] = {}
    for lap in sorted(found, reverse=True):
        first, last = found[lap]
        at_s, took = (first + last) / 2, log.official(lap + 1)
        if lap + 1 in lines and took is not None and took > 0.0:
            at_s = min(max(lines[lap + 1] - took, first), last)
        lines[lap] = at_s
    return lines
