"""Real captures that keep only changes, as the frames that a client must have seen."""

from __future__ import annotations

import gzip
import json
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from teamtactics.model.frame import IN_PIT_STALL, Frame
from teamtactics.model.session import Entry, SessionEntry, SessionInfo

TICK_S = 1.0 / 60.0

NAMES = {
    "IsOnTrack": "is_on_track",
    "IsOnTrackCar": "is_on_track_car",
    "IsInGarage": "is_in_garage",
    "Lap": "lap",
    "LapCompleted": "lap_completed",
    "OnPitRoad": "on_pit_road",
    "PlayerTrackSurface": "player_track_surface",
    "PlayerCarInPitStall": "player_car_in_pit_stall",
    "PitstopActive": "pitstop_active",
    "PitSvFlags": "pit_sv_flags",
    "SessionState": "session_state",
    "SessionFlags": "session_flags",
    "TrackTemp": "track_temp",
}


def text_of(
    track: str, car: str, user: int, team: int = 0, in_car: int | None = None, stall_pct: float | None = None
) -> SessionInfo:
    """The session text that belongs to a capture, as far as it matters."""
    driver = user if in_car is None else in_car
    own = Entry(0, driver, f"Driver {driver}", team, "Team" if team else f"Driver {driver}", car, car, 1)
    ids = (1000, 2000) if team else (0, 0)
    race = (SessionEntry(0, "Race" if team else "Offline Testing", None, None),)
    return SessionInfo("full", bool(team), *ids, track, 9, "Race", user, 0, own, 100.0, race, stall_pct)


def from_timelines(path: Path, litres: dict[float, float]) -> list[Frame]:
    """
    Rebuild the frames of a capture that tells when which variable changed.

    Args:
        litres: The level at some moments, L by s; it is not told, only that it changed. Between them it runs straight.
    """
    fields = json.loads(path.read_text(encoding="utf-8"))["fields"]
    lines = {name: [(at["sessionTime"], at["value"]) for at in fields[key]["timeline"]] for key, name in NAMES.items()}
    points = sorted(litres.items())
    begin_s, end_s = fields["SessionTime"]["firstValue"], fields["SessionTime"]["lastValue"]
    return [_frame(number, begin_s + number * TICK_S, lines, points) for number in range(int((end_s - begin_s) * 60))]


def _frame(
    number: int, at_s: float, lines: dict[str, list[tuple[float, Any]]], litres: Sequence[tuple[float, float]]
) -> Frame:
    # Moments are told in whole milliseconds: one belongs to the tick that it is nearest to.
    now = {name: line[max(0, bisect_right(line, at_s + TICK_S / 2, key=_first) - 1)][1] for name, line in lines.items()}
    in_car = now["is_on_track_car"]
    speed = 0.02 if now["player_car_in_pit_stall"] else 20.0 if now["on_pit_road"] else 50.0
    return Frame(
        tick=number,
        session_time=at_s,
        session_num=0,
        session_unique_id=1,
        session_tick=1000 + number,
        session_time_of_day=float(int(40_000 + at_s)),
        fuel_level=straight(litres, at_s) if in_car else 0.0,
        speed=speed if in_car else 0.0,
        **now,
    )


def _first(each: tuple[float, Any]) -> float:
    return each[0]


def straight(points: Sequence[tuple[float, float]], at: float) -> float:
    """Return the value at *at* of a line through some points."""
    after = bisect_right(points, at, key=_first)
    if after in (0, len(points)):
        return points[min(after, len(points) - 1)][1]
    (from_, first), (until, last) = points[after - 1], points[after]
    return first + (last - first) * (at - from_) / (until - from_)


def watched_change(path: Path, tick_s: float = 0.5) -> list[Frame]:
    """Rebuild what a watcher saw of the driver change at Portimao; his ticks come as slowly as they were captured."""
    rows = json.loads(path.read_text(encoding="utf-8"))["car8"]
    frames = []
    for number in range(int((9290.0 - 9175.0) / tick_s)):
        at_s = 9175.017 + number * tick_s
        row = rows[max(0, bisect_right(rows, at_s, key=lambda each: each[0]) - 1)]
        # Away behind the last row: the guide says a stop of 70 to 90 s.
        on, surface, lap = (False, 3, 90) if at_s > 9270.0 else (True, 2, 90) if at_s > 9262.0 else row[1:4]
        frames.append(
            Frame(
                tick=number,
                session_time=at_s,
                session_num=0,
                session_unique_id=1,
                session_tick=1000 + round(number * tick_s * 60),
                session_time_of_day=float(int(30_000 + at_s)),
                is_on_track_car=False,
                lap_completed=0,
                car_lap=lap,
                car_lap_completed=lap - 1 if lap > 0 else -1,
                car_on_pit_road=on,
                car_track_surface=surface,
                player_track_surface=surface,
                lap_last_lap_time=110.0,
                lap_current_lap_time=at_s - 9190.0,
            )
        )
    return frames


@dataclass(frozen=True)
class SixHours:
    """
    What a member's client sent in the six-hour race, of the race itself.

    Attributes:
        fuel: Level by session time, every two seconds while he drove.

        places: Track surface, flags and what is left to repair, by session time.

        lines: By session time, the lap and the level that were sent with it.
    """

    fuel: dict[float, float]
    places: list[tuple[float, int, float, float]]
    lines: dict[float, tuple[int, float]]

    @cached_property
    def _lines(self) -> Sequence[tuple[float, int]]:
        return [(at_s, lap) for at_s, (lap, _) in sorted(self.lines.items())]

    @classmethod
    def read(cls, path: Path) -> SixHours:
        """Read the log."""
        fuel, places, lines = dict[float, float](), list[tuple[float, int, float, float]](), dict[float, Any]()
        with gzip.open(path, "rt", encoding="utf-8") as log:
            for line in log:
                message = json.loads(json.loads(line.partition("$")[2]))
                told, at_s = message["payload"], message["payload"].get("sessionTime")
                if not message["sessionId"].endswith("#31875647#2"):
                    continue
                match message["type"]:
                    case "runData":
                        fuel[at_s] = told["fuelLevel"]
                    case "event":
                        places.append((at_s, told["trackLocation"], told["repairTime"], told["optRepairTime"]))
                    case "lapdata":
                        lines[at_s] = (told["lap"], told["fuelLevel"])
        return cls(fuel, [cls._arrived(place, fuel) for place in places], lines)

    @staticmethod
    def _arrived(place: tuple[float, int, float, float], fuel: dict[float, float]) -> tuple[float, int, float, float]:
        """Places were sent every two seconds, too: a car that is being filled stood before that."""
        before = max((at_s for at_s in fuel if at_s < place[0]), default=place[0])
        is_filled = (
            place[1] == IN_PIT_STALL and place[0] - before < 5.0 and fuel.get(place[0], 0.0) > fuel[before] + 0.1
        )
        return (before, *place[1:]) if is_filled else place

    def drives(self) -> Iterator[tuple[float, float]]:
        """Give the spans in which he sat in the car."""
        begun = last = min(self.fuel)
        for at_s in sorted(self.fuel):
            if at_s - last > 600.0:
                yield begun, last
                begun = at_s
            last = at_s
        yield begun, last

    def frames(self, tick_s: float = 1 / 15) -> list[Frame]:
        """Rebuild what his simulator showed while he drove, and the second in which he was out of the car."""
        driven = set(self._driven)
        levels = {**self.fuel, **{at_s: level for at_s, (_, level) in self.lines.items() if at_s in driven}}
        points, frames = sorted(levels.items()), list[Frame]()
        for number, (from_s, until_s) in enumerate(self.drives()):
            for step in range(int((until_s - from_s) / tick_s)):
                frames.append(self._frame(number, from_s + step * tick_s, points))
            last = frames[-1]
            for step in range(1, int(1.0 / tick_s)):
                at_s = last.session_time + step * tick_s
                out = {"session_tick": round(at_s * 60), "is_on_track_car": False}
                frames.append(
                    Frame(tick=last.tick + step, session_time=at_s, session_num=0, session_unique_id=1, **out)
                )
        return frames

    @property
    def _driven(self) -> Sequence[float]:
        spans = list(self.drives())
        return [at_s for at_s in self.lines if any(from_s + 5.0 < at_s < until_s for from_s, until_s in spans)]

    def next_driver(self, tick_s: float = 1 / 15) -> list[Frame]:
        """What the team-mate must have seen who took over in mid-filling at 8,905 s; from there on nobody told it."""
        left_s, level_l = 8905.366666629172, self.fuel[8905.366666629172]
        litres = {left_s + 3.0: level_l, left_s + 16.0: 62.5, left_s + 40.0: 62.48, 9020.0: 60.0}
        places = [(8898.6, 1, 0.0, 0.0), (8940.0, 2, 0.0, 0.0), (8947.0, 3, 0.0, 0.0)]
        drive = SixHours(litres, places, {8881.9: (63, 1.859), 9020.0: (64, 60.0)})
        return [
            drive._frame(1, left_s + 3.0 + step * tick_s, sorted(litres.items())) for step in range(int(130.0 / tick_s))
        ]

    def _frame(self, drive: int, at_s: float, levels: Sequence[tuple[float, float]]) -> Frame:
        at = max(0, bisect_right(self.places, at_s, key=lambda each: each[0]) - 1)
        _, surface, repair_s, optional_s = self.places[at]
        line = bisect_right(self._lines, at_s, key=lambda each: each[0]) - 1
        completed = self._lines[line][1] if line >= 0 else 32
        return Frame(
            tick=round(at_s * 60) + drive,
            session_time=at_s,
            session_num=0,
            session_unique_id=1,
            session_tick=round(at_s * 60),
            session_time_of_day=float(int(50_000 + at_s)),
            is_on_track=True,
            is_on_track_car=True,
            is_in_garage=False,
            lap=completed + 1,
            lap_completed=completed,
            fuel_level=straight(levels, at_s),
            on_pit_road=surface in (1, 2),
            player_track_surface=surface,
            player_car_in_pit_stall=surface == IN_PIT_STALL,
            pit_sv_flags=0,
            pit_repair_left=repair_s,
            pit_opt_repair_left=optional_s,
            player_car_tow_time=0.0,
            speed=0.02 if surface == IN_PIT_STALL else 20.0 if surface == 2 else 55.0,
        )
